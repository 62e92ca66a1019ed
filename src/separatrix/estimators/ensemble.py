"""SeparatrixClassifier: an ensemble of small networks, cross-fitted and blended, that needs no settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from separatrix.data.splits import cross_fitting_folds
from separatrix.errors import InvalidParameter
from separatrix.estimators._base import TableClassifier, Tasks, with_callbacks
from separatrix.estimators._cross_fitting import Blend, CrossFitting, FittedBaseModel, blend, log_losses
from separatrix.estimators._prediction import by_blocks
from separatrix.estimators._rows import (
    Rows,
    columns_unchanged_on_error,
    in_own_order,
    read_rows,
    split_target,
    without_target,
)
from separatrix.estimators.base_models import BASE_MODELS, BaseModel, budget_for, encoding_for, pieces_for
from separatrix.estimators.encoding._reading import as_numbers, read_columns
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import encode, kinds_of
from separatrix.estimators.encoding.unseen import unseen_texts, warn_of_unseen
from separatrix.estimators.portable import Member, Portable, fold_models_of, summed_logits
from separatrix.evaluation.thresholds import METRICS, best_threshold
from separatrix.networks.activations import sigmoid
from separatrix.support.constraints import SEED, AnyOf, Choice, Flag, Having, Integer, Optional, Real, Rule, check
from separatrix.support.machine import threads_of
from separatrix.support.seeds import child_seed, seed_of
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.encoding.encoding import Encoding

OWNER = "SeparatrixClassifier"
RULES: dict[str, Rule] = {
    "n_members": Integer(1),
    "metric": Optional(Choice(METRICS)),
    "time_limit": Optional(Real(0, open_low=True)),
    "missing_words": Optional(Having("__iter__", "a list of texts")),
    "n_jobs": Optional(Integer(-1_000_000)),
    "random_state": Optional(AnyOf((SEED, Having("bit_generator", "a Generator"), Having("randint", "a RandomState")))),
    "verbose": AnyOf((Flag(), Integer(0))),
}
OLD_COLUMNS = {"family": "base_model", "moment": "checkpoint"}  # of `base_models_` in files of earlier versions


@insulated
class SeparatrixClassifier(TableClassifier):
    """A classifier for two classes that needs no settings: an ensemble of small networks on a table as it is.

    The base models (`separatrix.estimators.base_models.BASE_MODELS`), a logistic regression among them, are
    cross-fitted: each of their networks is trained on all rows but one fold. The out-of-fold rows decide how long to
    train, the weight of each base model, and how confident their blend may be. `benchmarks/ABLATION.md` measures what
    each of these is worth.

    Rows are put into an order of their own before training, so that the order in which they are given doesn't matter,
    and a weight of k trains as k copies of the row do.

    Args:
        n_members: networks of each base model. Each is trained on four fifths of the rows, and after five every row has
            been left out once. Fewer train faster, more give a steadier result.
        metric: the metric that the threshold of `predict` maximises, a name from
            `separatrix.evaluation.thresholds.METRICS`. None predicts the second class from probability 0.5 on. The
            probabilities don't depend on it.
        time_limit: seconds after which no further network is begun and those under way are ended early; what is trained
            by then is blended. With a limit the result depends on the speed of the machine.
        missing_words: texts that stand for a missing value, as for `TableEncoder`; None takes the usual ones.
        n_jobs: networks trained at a time; -1 is all cores, None one. The result doesn't depend on it.
        random_state: the seed; None draws one.
        verbose: True prints a line for each base model, 2 also one for each network.

    Attributes:
        classes_: the two labels, sorted; probabilities are those of the second.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, if X has names.
        target_name_: the target's name after `fit(frame, "target")`, or None.
        members_: the networks with their encodings and weights.
        threshold_: the probability above which `predict` gives the second class.
        log_loss_: mean log loss of the training rows, each predicted by networks that weren't trained on it; NaN if there
            are too few rows.
        base_models_: a data frame with a row for each base model: its network, number of networks, weight in the blend,
            log loss alone, chosen checkpoint, and the seconds of its trainings added up.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> X = rng.normal(size=(200, 2))
        >>> y = np.where(X[:, 0] ** 2 + X[:, 1] ** 2 < 1, "inside", "outside")
        >>> clf = SeparatrixClassifier(random_state=0).fit(X, y)
        >>> clf.predict([[0.0, 0.0], [2.0, 2.0]]).tolist()
        ['inside', 'outside']
    """

    encoder = "auto"  # read by `read_rows`: columns may be of any kind

    def __init__(
        self,
        *,
        n_members: int = 5,
        metric: str | None = None,
        time_limit: float | None = None,
        missing_words: Collection[str] | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.n_members = n_members
        self.metric = metric
        self.time_limit = time_limit
        self.missing_words = missing_words
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SeparatrixClassifier:
        """Train all networks and blend them.

        Args:
            X: a table: any array (n, d), or a data frame of pandas, polars, pyarrow … .
            y: labels of two classes, (n,), or the name of a column of X.
            sample_weight: (n,); 0 removes a row, k counts it k times.

        Raises:
            ValueError: settings, columns, labels or weights that can't be used; the message says what to do.
        """
        with columns_unchanged_on_error(self):
            return self._fit(X, y, sample_weight)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> SeparatrixClassifier:
        start = time.monotonic()
        settings = checked_settings({name: getattr(self, name) for name in RULES})
        X, y, target = split_target(X, y)
        rows, classes = read_rows(self, X, y, sample_weight, reset=True)
        # by a hash of their content, so that the order in which rows were passed doesn't matter
        rows = in_own_order(rows)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}

        def new_tasks(steps: int) -> Tasks:
            return Tasks(self, "member", steps, X, y, metadata)

        def attributes(ensemble: Ensemble) -> dict[str, Any]:
            return {"classes_": classes, "target_name_": target} | ensemble.attributes()

        ensemble = fit_ensemble(rows, settings, start, new_tasks, attributes)
        for name, value in attributes(ensemble).items():  # all at once: an error before leaves the estimator as it was
            setattr(self, name, value)
        self.__dict__.pop("input_", None)  # the training file of an estimator that was loaded
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The logit of the second class, (n,) float64: above 0 where its probability is above one half."""
        check_is_fitted(self)
        if issparse(X):
            return by_blocks(X.tocsr(), lambda block: self.decision_function(block.toarray()))
        x = as_numbers(read_columns(self, without_target(X, self.target_name_), encoded=True, reset=False))
        warn_of_unseen(unseen_texts((member.encoding for member in self.members_), x))
        return summed_logits(self.members_, x, encode)

    def predict(self, X: Any) -> np.ndarray:
        """The label of each row, (n,): the second class where its probability is above `threshold_`."""
        # a strict comparison, as in scikit-learn: exactly one half is the first class
        is_second = self.predict_proba(X)[:, 1] > self.threshold_
        labels: np.ndarray = self.classes_[is_second.astype(np.intp)]
        return labels

    def fold_models(self) -> tuple[Portable, ...]:
        """The networks that were trained on the same rows, as classifiers of their own: one of each base model, weighted.

        How far their predictions lie apart shows how much a prediction depends on the rows that happened to be drawn.
        The mean of their logits is that of the ensemble, unless a time limit left some base models with fewer networks;
        there are as many classifiers as the base model with the fewest networks has.
        """
        columns = self._base_models
        return fold_models_of(self._portable(), columns["members"], columns["weight"])

    @property
    def base_models_(self) -> polars.DataFrame:
        """A row for each base model, the one with the largest weight first; its columns are described in the class."""
        import polars

        check_is_fitted(self)
        return polars.DataFrame(self._base_models).sort("weight", descending=True, maintain_order=True)

    def _portable(self) -> Portable:
        """All that prediction needs, as plain records."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", [f"x{k}" for k in range(self.n_features_in_)])
        encoding = self.members_[0].encoding
        assert encoding is not None  # of an ensemble every member has one
        kinds = dict(zip(names, kinds_of(encoding).values(), strict=True))
        return Portable(kinds, tuple(label.item() for label in self.classes_), self.members_, self.threshold_)

    def _extras(self) -> dict[str, Any]:
        """All other fitted attributes, as plain values and arrays."""
        names = getattr(self, "feature_names_in_", None)
        return {
            "n_features_in_": self.n_features_in_,
            "feature_names_in_": None if names is None else names.tolist(),
            "classes_": self.classes_,
            "target_name_": self.target_name_,
            "log_loss_": self.log_loss_,
            "base_models": self._base_models,
        }

    def _restore(self, portable: Portable, extras: dict[str, Any]) -> None:
        """Become the estimator that these were taken from."""
        members: tuple[Member, ...] = portable.members
        if extras["feature_names_in_"] is not None:
            self.feature_names_in_ = np.array(extras["feature_names_in_"], dtype=object)
        self.n_features_in_ = int(extras["n_features_in_"])
        self.classes_, self.target_name_ = np.asarray(extras["classes_"]), extras["target_name_"]
        self.members_, self.threshold_ = members, portable.threshold
        self.log_loss_ = float(extras["log_loss_"])
        # files written before base models had their name
        columns = extras["families"] if "families" in extras else extras["base_models"]
        self._base_models = {OLD_COLUMNS.get(name, name): column for name, column in columns.items()}

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` has been called."""
        return hasattr(self, "members_")

    def __sklearn_tags__(self) -> Any:
        """The tags by which scikit-learn's tools and checks know what the estimator takes."""
        tags = super().__sklearn_tags__()
        # a time limit ends trainings by the clock
        tags.non_deterministic = self.time_limit is not None
        return tags


def checked_settings(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the estimator, each checked by its rule.

    Raises:
        InvalidParameter: names the parameter, its value, what is allowed and the nearest valid name.
    """
    check(OWNER, parameters, RULES)
    if parameters["n_jobs"] == 0:
        raise InvalidParameter(f"{OWNER}: n_jobs must be None or a whole number other than 0, got 0.")
    return parameters


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Fitted base models and their blend.

    Attributes:
        fitted: the base models that have a network, each with its encoding.
        blend: their weights.
        log_loss: of the blend on out-of-fold rows; NaN if there are none.
        threshold: see `SeparatrixClassifier.threshold_`.
    """

    fitted: tuple[tuple[FittedBaseModel, Encoding], ...]
    blend: Blend
    log_loss: float
    threshold: float

    @classmethod
    def blended(cls, fitted: list[tuple[FittedBaseModel, Encoding]], rows: Rows, metric: str | None) -> Ensemble:
        """Blend base models, and choose the threshold that maximises the metric.

        Args:
            fitted: base models with their encodings.
            rows: that they were fitted on.
            metric: a name from `METRICS`, or None for a threshold of 0.5.
        """
        # only out-of-fold logits: on its own training rows a network looks better than it is
        logits = np.stack([model.out_of_fold for model, _ in fitted], axis=1)  # (n, base models)
        # of a large table only some rows are held out of a network, and a time limit leaves others without one
        judged = np.isfinite(logits).all(axis=1)
        y, weight = rows.y[judged], None if rows.weight is None else rows.weight[judged]
        if len(np.unique(y)) < 2:  # there is nothing to fit weights to
            return cls(tuple(fitted), Blend(np.full(len(fitted), 1 / len(fitted)), 0.0), float("nan"), 0.5)
        weights = blend(logits[judged], y, weight)
        z = logits[judged] @ weights.weights + weights.shift
        threshold = 0.5 if metric is None else best_threshold(sigmoid(z), y, weight, metric)
        return cls(tuple(fitted), weights, float(log_losses(z, y, weight)), threshold)

    def attributes(self) -> dict[str, Any]:
        """The fitted attributes of the estimator."""
        models = [model for model, _ in self.fitted]
        return {
            "members_": self.members(),
            "threshold_": self.threshold,
            "log_loss_": self.log_loss,
            "_base_models": {
                "base_model": [model.base_model.name for model in models],
                "network": [str(model.network) for model in models],
                "members": [len(model.parameters) for model in models],
                "weight": self.blend.weights.tolist(),
                "log_loss": [float(model.losses[model.checkpoint]) for model in models],
                "checkpoint": [model.checkpoint for model in models],
                "seconds": [model.seconds for model in models],
            },
        }

    def members(self) -> tuple[Member, ...]:
        """The networks of base models with a weight; each adds an equal part of its base model's weight and of the shift."""
        weighted = [
            (encoding, model.network, parameters, weight / len(model.parameters))
            for (model, encoding), weight in zip(self.fitted, self.blend.weights.tolist(), strict=True)
            if weight > 0
            for parameters in model.parameters
        ]
        # so that the members' parts add up to the blend, whatever their number
        shift = self.blend.shift / len(weighted)
        return tuple(Member(encoding, network, p, scale, shift) for encoding, network, p, scale in weighted)


def fit_ensemble(
    rows: Rows,
    settings: dict[str, Any],
    start: float,
    new_tasks: Callable[[int], Tasks],
    attributes: Callable[[Ensemble], dict[str, Any]],
) -> Ensemble:
    """Train all base models and blend them.

    Args:
        rows: in random order.
        settings: the estimator's parameters, checked.
        start: the `time.monotonic()` from which the time limit counts.
        new_tasks: returns scikit-learn's callback tasks for a number of steps.
        attributes: returns the estimator's fitted attributes for an ensemble, for callbacks.
    """
    seed, limit, verbose = seed_of(settings["random_state"]), settings["time_limit"], settings["verbose"]
    # seeds for folds, networks and encodings are derived apart: a change of one leaves the others
    folds = cross_fitting_folds(rows.y, settings["n_members"], child_seed(seed, 0))
    tasks = new_tasks(len(folds) * len(BASE_MODELS))
    fitted: list[tuple[FittedBaseModel, Encoding]] = []

    def blend_so_far() -> dict[str, Any] | None:
        return attributes(Ensemble.blended(fitted, rows, settings["metric"])) if fitted else None

    def on_fold_end(base_model: BaseModel, done: int) -> bool:
        if verbose > 1:
            print(f"{base_model.name}: network {done} of {len(folds)}")
        return not tasks.end_step(blend_so_far)

    cross_fitting = CrossFitting(
        y=rows.y,
        weight=rows.weight,
        folds=folds,
        budget=budget_for(len(rows.y[folds[0].train])),
        seed=child_seed(seed, 1),
        threads=threads_of(settings["n_jobs"]),
        # counted from the first line of `fit`, reading and encoding included
        deadline=np.inf if limit is None else start + limit,
        on_fold_end=on_fold_end,
    )
    for encoding, x, base_models in _encoded(rows, child_seed(seed, 2), settings["missing_words"]):
        for model in cross_fitting.fit(base_models, x):
            fitted.append((model, encoding))
            if verbose:
                print(_summary(model))
        del x  # a large table has no room for two encodings
    ensemble = Ensemble.blended(fitted, rows, settings["metric"])
    tasks.close(lambda: attributes(ensemble))
    return ensemble


def _encoded(
    rows: Rows, seed: int, words: Collection[str] | None
) -> Iterator[tuple[Encoding, np.ndarray, list[tuple[int, BaseModel]]]]:
    """Each encoding, the encoded rows (n, k) float32 and the base models that take them; one at a time, to save memory."""
    # the position is part of a network's seed, so it counts all base models and not those of an encoding
    numbered = list(enumerate(BASE_MODELS.values()))
    encodings = [encoding_for(base_model, rows.x.shape[1]) for _, base_model in numbered]
    # unique, in the order of the base models
    for numbers in dict.fromkeys(encodings):
        pieces = pieces_for(*rows.x.shape)
        encoder = TableEncoder(numbers, pieces=pieces, missing_words=words, random_state=seed)
        x = encoder._fit_encode(rows.x, rows.y, rows.weight, "float32")  # finite, whatever the table holds
        chosen = [entry for entry, encoding in zip(numbered, encodings, strict=True) if encoding == numbers]
        yield encoder.encoding_, x, chosen
        del x  # before the next takes its place


def _summary(model: FittedBaseModel) -> str:
    return (
        f"{model.base_model.name}: {len(model.parameters)} networks {model.network} in {model.seconds:.1f} s, "
        f"out-of-fold log loss {model.losses[model.checkpoint]:.4f}"
    )
