"""SeparatrixClassifier: an ensemble of small networks, cross-fitted and blended, that needs no settings."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from separatrix.errors import InvalidParameter
from separatrix.estimators._base import TableClassifier, Tasks, with_callbacks
from separatrix.estimators._decisions import decision_extras, read_costs, restore_decisions, settled_decisions
from separatrix.estimators._ensemble_training import Ensemble, fit_ensemble
from separatrix.estimators._fitted import roles_of
from separatrix.estimators._prediction import by_blocks
from separatrix.estimators._reasons import restored_profile
from separatrix.estimators._rows import (
    columns_unchanged_on_error,
    in_own_order,
    read_related_rows,
)
from separatrix.estimators.encoding._reading import as_numbers, read_columns
from separatrix.estimators.encoding.encoding import encode, kinds_of
from separatrix.estimators.encoding.unseen import unseen_texts, warn_of_unseen
from separatrix.estimators.portable import Member, Portable, fold_models_of, summed_logits
from separatrix.estimators.roles import Roles, read_roles, without_columns
from separatrix.evaluation.thresholds import METRICS
from separatrix.support.constraints import SEED, AnyOf, Choice, Flag, Having, Integer, Optional, Real, Rule, check
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

OWNER = "SeparatrixClassifier"
RULES: dict[str, Rule] = {
    "n_members": Integer(1),
    "metric": Optional(Choice(METRICS)),
    "costs": Optional(Having("items", "a dict such as {'false_positive': 1, 'false_negative': 12}")),
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
    each of these is worth. Where few of many columns say anything about the labels, further networks see these alone.

    Rows are put into an order of their own before training, so that the order in which they are given doesn't matter,
    and a weight of k trains as k copies of the row do.

    Args:
        n_members: networks of each base model. Each is trained on four fifths of the rows, and after five every row has
            been left out once. Fewer train faster, more give a steadier result.
        metric: the metric that the threshold of `predict` maximises, a name from
            `separatrix.evaluation.thresholds.METRICS`. None predicts the second class from probability 0.5 on. The
            probabilities don't depend on it.
        costs: what errors cost, such as `{"false_positive": 1, "false_negative": 12}`, in any unit; the positive class is
            the second. The threshold of `predict` is the cheapest one on out-of-fold rows. A cost is a number, the name of
            a column of X (which a new row must have; `drop` keeps it from being a feature), or a function that takes X and
            returns a cost for each row.
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
        left_out_: columns of the frame that are no features, each with the reason.
        named_columns_: columns of weights, groups and times, by the argument of `fit` that named them.
        members_: the networks with their encodings and weights.
        threshold_: the probability above which `predict` gives the second class.
        log_loss_: mean log loss of the training rows, each predicted by networks that weren't trained on it; NaN if there
            are too few rows.
        out_of_fold_: the logits of training rows by networks that weren't trained on them, with labels, weights, groups and
            times: an `OutOfFoldRows`. None where no network held rows out, and after loading from a file.
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
        costs: Any = None,
        time_limit: float | None = None,
        missing_words: Collection[str] | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.n_members = n_members
        self.metric = metric
        self.costs = costs
        self.time_limit = time_limit
        self.missing_words = missing_words
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        time: Any = None,
        drop: Any = None,
        keep: Any = None,
    ) -> SeparatrixClassifier:
        """Train all networks and blend them.

        Args:
            X: a table: any array (n, d), or a data frame of pandas, polars, pyarrow … .
            y: labels of two classes, (n,), or the name of a column of X.
            sample_weight: (n,), or the name of a column of X; 0 removes a row, k counts it k times.
            groups: the group of each row, (n,), or the name of a column of X: every network is trained on a group as a
                whole or judged by it.
            time: the time of each row, (n,), or the name of a column of X: networks are judged by rows that are later
                than all that they were trained on, and some learn from all rows. With groups, a group's time is that of
                its last row.
            drop: names of columns of the frame X that are no features; a mapping also has the reason of each.
            keep: names of columns that are features although they have another role here or look useless; "all" keeps
                every column and warns of none. By default columns that cannot help to predict a new row are left out of
                a frame with a warning: row numbers, texts that are different in every row, constants.

        Raises:
            ValueError: settings, columns, labels, weights, groups or times that can't be used; the message says what to do.
        """
        with columns_unchanged_on_error(self):
            return self._fit(read_roles(X, y, sample_weight, groups, time, drop, keep), X)

    def _fit(self, roles: Roles, X: Any) -> SeparatrixClassifier:
        start = time.monotonic()
        settings = checked_settings({name: getattr(self, name) for name in RULES})
        costs = read_costs(self.costs, self.metric, X)
        rows, classes, left_out = read_related_rows(self, roles, reset=True)
        # by a hash of their content, so that the order in which rows were passed doesn't matter
        rows = in_own_order(rows)
        settled = {
            "classes_": classes,
            "target_name_": roles.target,
            "left_out_": left_out,
            "named_columns_": dict(roles.named),
        }

        def new_tasks(steps: int) -> Tasks:
            return Tasks(self, "member", steps, roles.x, roles.y, roles.metadata)

        def attributes(ensemble: Ensemble) -> dict[str, Any]:
            return settled | ensemble.attributes() | settled_decisions(ensemble.out_of_fold, costs)

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
        x = as_numbers(
            read_columns(self, without_columns(X, self.target_name_, self.left_out_), encoded=True, reset=False)
        )
        warn_of_unseen(unseen_texts((member.encoding for member in self.members_), x))
        return summed_logits(self.members_, x, encode)

    def predict(self, X: Any) -> np.ndarray:
        """The label of each row, (n,): the second class where its probability is above `threshold_`, or by costs of the row."""
        is_second = self._is_second(X)  # first: it says that a classifier isn't fitted
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
        } | (roles_of(self) | decision_extras(self))

    def _restore(self, portable: Portable, extras: dict[str, Any]) -> None:
        """Become the estimator that these were taken from."""
        members: tuple[Member, ...] = portable.members
        if extras["feature_names_in_"] is not None:
            self.feature_names_in_ = np.array(extras["feature_names_in_"], dtype=object)
        self.n_features_in_ = int(extras["n_features_in_"])
        self.classes_, self.target_name_ = np.asarray(extras["classes_"]), extras["target_name_"]
        self.members_ = members
        self.left_out_, self.named_columns_ = extras.get("left_out", {}), extras.get("named_columns", {})
        self.log_loss_, self.out_of_fold_ = float(extras["log_loss_"]), None
        self.profile_ = restored_profile(extras.get("profile"), portable.columns)
        restore_decisions(self, portable.threshold, extras)
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
