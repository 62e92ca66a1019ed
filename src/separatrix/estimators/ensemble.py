"""SeparatrixClassifier: several kinds of small networks, cross-fitted and blended; nothing to set."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from separatrix.estimators._blending import Ensemble, build
from separatrix.estimators._callbacks import CallbackSupportMixin, Tasks, with_callbacks
from separatrix.estimators._reading import columns_kept, read_rows
from separatrix.estimators._rows import in_own_order, split_target, without_target
from separatrix.estimators.encoding._reading import as_numbers, read_columns
from separatrix.estimators.encoding.encoding import encode, kinds_of
from separatrix.estimators.portable import Portable, summed_logits
from separatrix.estimators.settings import ENSEMBLE_RULES, checked_ensemble
from separatrix.networks.activations import sigmoid
from separatrix.support.seeds import seed_of

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.portable import Member


class SeparatrixClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """A classifier for two classes that needs no settings: an ensemble of small networks on a table as it is.

    Networks of several kinds (`estimators.base_models.FAMILIES`), among them a logistic regression, are each trained on all
    rows but one part. On the parts held back it is found out how long to train, how much each kind counts and how sure
    the whole may be. `benchmarks/ABLATION.md` says what each of these buys.

    Rows are put into an order of their own before training, so that the order in which they are given doesn't matter,
    and a weight of k trains as k copies of the row do.

    Args:
        n_members: networks of each kind. Each is trained on four fifths of the rows, and after five every row has been
            held back once; fewer train faster, more make the result steadier.
        metric: what `predict` should be best in: a name from `separatrix.estimators.thresholds.METRICS`. None calls a row
            positive from probability 0.5 on. Probabilities don't depend on it.
        time_limit: seconds after which no further network is begun, those under way are ended early, and what there is
            is blended. With it, the result depends on how fast the machine is.
        n_jobs: networks trained at a time; -1 is all cores, None one. The result doesn't depend on it.
        random_state: the seed; None draws one.
        verbose: True prints a line for each kind of network, 2 one for each network.

    Attributes:
        classes_: the two labels, sorted; the second is the one whose probability is modelled.
        n_features_in_: columns of X.
        feature_names_in_: their names, if X had names.
        target_name_: the target's name after `fit(frame, "target")`, or None.
        members_: the networks with their encodings and their parts in the whole.
        threshold_: the probability above which `predict` gives the second class.
        log_loss_: of the training rows, each predicted by networks that weren't trained on it; NaN if there were too few.
        families_: a data frame, a row a kind: networks, weight in the whole, log loss alone, seconds of its
            trainings added up.

    Examples:
        >>> import numpy as np
        >>> draw = np.random.default_rng(0)
        >>> X = draw.normal(size=(200, 2))
        >>> y = np.where(X[:, 0] ** 2 + X[:, 1] ** 2 < 1, "inside", "outside")
        >>> clf = SeparatrixClassifier(random_state=0).fit(X, y)
        >>> clf.predict([[0.0, 0.0], [2.0, 2.0]]).tolist()
        ['inside', 'outside']
    """

    encoder = "auto"  # what reading rows asks of an estimator: the columns may be of any kind

    def __init__(
        self,
        *,
        n_members: int = 5,
        metric: str | None = None,
        time_limit: float | None = None,
        n_jobs: int | None = -1,
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.n_members = n_members
        self.metric = metric
        self.time_limit = time_limit
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # Training.

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SeparatrixClassifier:
        """Train.

        Args:
            X: a table: any array (n, d), or a data frame of pandas, polars, pyarrow … .
            y: labels of two classes, (n,), or the name of a column of X.
            sample_weight: (n,); 0 removes a row, k counts it k times.

        Raises:
            ValueError: settings, columns, labels or weights that can't be used; the message says what to do.
        """
        with columns_kept(self):
            return self._fit(X, y, sample_weight)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> SeparatrixClassifier:
        began = time.monotonic()
        settings = checked_ensemble({name: getattr(self, name) for name in ENSEMBLE_RULES})
        X, y, target = split_target(X, y)
        rows, classes = read_rows(self, X, y, sample_weight, fresh=True)
        rows = in_own_order(rows)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}

        def known(ensemble: Ensemble) -> dict[str, Any]:
            return {"classes_": classes, "target_name_": target} | ensemble.attributes()

        ensemble = build(
            rows, settings, seed_of(settings["random_state"]), began,
            lambda steps: Tasks(self, "member", steps, X, y, metadata), known,
        )  # fmt: skip  # one call
        for name, value in known(ensemble).items():
            setattr(self, name, value)
        self.__dict__.pop("input_", None)  # the file that a loaded estimator was fitted on
        return self

    # Prediction.

    def decision_function(self, X: Any) -> np.ndarray:
        """The logit of the second class, (n,) float64: above 0 where its probability is above one half."""
        check_is_fitted(self)
        x = as_numbers(read_columns(self, without_target(X, self.target_name_), encoded=True, fresh=False))
        return summed_logits(self.members_, x, encode)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the first and of the second class: (n, 2) float64."""
        z = self.decision_function(X)
        return np.stack([sigmoid(-z), sigmoid(z)], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """The class of each row, (n,), by its label: the second where its probability is above `threshold_`."""
        positive = self.predict_proba(X)[:, 1] > self.threshold_
        found: np.ndarray = self.classes_[positive.astype(np.intp)]
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy. y: labels, or the name of their column."""
        X, y, _ = split_target(X, y)
        return float(super().score(X, y, sample_weight))

    # Results, files and exports, notebooks, conventions.

    def committees(self) -> tuple[Portable, ...]:
        """The networks that were trained on the same rows, as classifiers of their own: one of each kind, with its weight.

        How far they lie apart says how much a prediction hangs on which rows happened to be there. Where no time limit
        cut a kind short, the mean of their logits is the whole's; else there are as many as the shortest kind has.
        """
        whole, told = self._portable(), self._families
        kinds = [(n, weight) for n, weight in zip(told["members"], told["weight"], strict=True) if weight > 0]
        first = np.cumsum([0, *(n for n, _ in kinds)])
        shift = sum(member.shift for member in whole.members) / len(kinds)
        return tuple(
            replace(
                whole,
                members=tuple(
                    replace(whole.members[at + k], scale=weight, shift=shift)
                    for at, (_, weight) in zip(first.tolist(), kinds, strict=False)
                ),
            )
            for k in range(min(n for n, _ in kinds))
        )

    @property
    def families_(self) -> polars.DataFrame:
        """A row a kind of network, the weightiest first; see the class."""
        import polars

        check_is_fitted(self)
        return polars.DataFrame(self._families).sort("weight", descending=True, maintain_order=True)

    def _portable(self) -> Portable:
        """All that is needed to predict, as plain records."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", [f"x{at}" for at in range(self.n_features_in_)])
        encoding = self.members_[0].encoding
        assert encoding is not None  # of an ensemble every member has one
        kinds = dict(zip(names, kinds_of(encoding).values(), strict=True))
        return Portable(kinds, tuple(label.item() for label in self.classes_), self.members_, self.threshold_)

    def _extras(self) -> dict[str, Any]:
        """What else is fitted, as plain values and arrays."""
        names = getattr(self, "feature_names_in_", None)
        return {
            "n_features_in_": self.n_features_in_,
            "feature_names_in_": None if names is None else names.tolist(),
            "classes_": self.classes_,
            "target_name_": self.target_name_,
            "log_loss_": self.log_loss_,
            "families": self._families,
        }

    def _restore(self, portable: Portable, extras: dict[str, Any]) -> None:
        """Become the estimator that these were taken from."""
        members: tuple[Member, ...] = portable.members
        if extras["feature_names_in_"] is not None:
            self.feature_names_in_ = np.array(extras["feature_names_in_"], dtype=object)
        self.n_features_in_ = int(extras["n_features_in_"])
        self.classes_, self.target_name_ = np.asarray(extras["classes_"]), extras["target_name_"]
        self.members_, self.threshold_ = members, portable.threshold
        self.log_loss_, self._families = float(extras["log_loss_"]), extras["families"]

    def _html_repr(self) -> str:
        """What a notebook shows."""
        from separatrix.estimators._repr import html_of

        return html_of(self)

    _repr_html_inner = _html_repr  # of scikit-learn before 1.7

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` has been called."""
        return hasattr(self, "members_")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn's tools and checks are told."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.non_deterministic = self.time_limit is not None
        tags.input_tags.sparse = False
        for name in ("allow_nan", "categorical", "string"):
            setattr(tags.input_tags, name, True)
        return tags
