"""What a classifier decides beyond its probabilities: by costs, as sets of labels, as intervals, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._labels import coded, read_labels
from separatrix.estimators.roles import read_roles
from separatrix.estimators.row_costs import costs_of_rows
from separatrix.evaluation.conformal import CalibrationScores, calibration_scores, label_sets, venn_abers
from separatrix.evaluation.costs import (
    UnsureBand,
    cheapest_threshold,
    checked_costs,
    unsure_band,
    unweighted_threshold,
    weighted_probability,
)
from separatrix.evaluation.thresholds import METRICS, best_threshold, differs_by_row
from separatrix.networks.activations import sigmoid
from separatrix.support.constraints import Choice, check

ATTRIBUTES = ("threshold_", "costs_", "calibration_", "evaluation_")


def read_costs(costs: Any, metric: str | None, X: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The costs that a classifier is fitted with, and those of the training rows; None without costs.

    Raises:
        InvalidParameter: costs that aren't valid, or a metric beside them.
    """
    if costs is None:
        return None
    if metric is not None:
        raise InvalidParameter(f"the threshold can follow costs or metric={metric!r}; pass one of them.")
    checked = checked_costs(costs)
    return checked, costs_of_rows(checked, X)


def settled_decisions(rows: Any, costs: tuple[dict[str, Any], dict[str, Any]] | None) -> dict[str, Any]:
    """The fitted attributes that follow from out-of-fold rows: the record of their scores, and with costs the threshold.

    Args:
        rows: an `OutOfFoldRows`, or None.
        costs: see `read_costs`.
    """
    scores = None
    if rows is not None:
        # the copies of a row that its weight was written out as belong together as the rows of a group do
        group = rows.index if rows.group is None and len(np.unique(rows.index)) < len(rows.index) else rows.group
        scores = calibration_scores(rows.logit, rows.y, rows.weight, group)
    settled: dict[str, Any] = {"calibration_": scores, "costs_": None if costs is None else costs[0]}
    settled["evaluation_"] = None  # that of an earlier training
    if costs is not None:
        checked, of_rows = costs
        threshold = 0.5
        if rows is not None:
            here = {name: cost[rows.index] if isinstance(cost, np.ndarray) else cost for name, cost in of_rows.items()}
            threshold = cheapest_threshold(sigmoid(rows.logit), rows.y, rows.weight, **here)
        settled["threshold_"] = threshold if differs_by_row(checked) else unweighted_threshold(threshold, **checked)
    return settled


def decision_extras(estimator: Any) -> dict[str, Any]:
    """The scores and costs for a model file; nothing where there is nothing, as in files of earlier versions."""
    scores: CalibrationScores | None = estimator.calibration_
    extras: dict[str, Any] = {} if estimator.costs_ is None else {"costs": dict(estimator.costs_)}
    if estimator.evaluation_ is not None:
        extras["evaluation"] = dict(estimator.evaluation_)
    if scores is not None:
        weight = None if (scores.weight == 1).all() else scores.weight
        extras["calibration"] = {"logit": scores.logit, "y": scores.y, "weight": weight, "group": scores.group}
    return extras


def restore_decisions(estimator: Any, threshold: float, extras: Mapping[str, Any]) -> None:
    """Set the threshold, and the attributes that `decision_extras` wrote.

    Raises:
        ValueError, TypeError, LookupError: anything that it never writes.
    """
    costs, written = extras.get("costs"), extras.get("calibration")
    estimator.threshold_ = threshold
    estimator.costs_ = None if costs is None else checked_costs(costs)
    estimator.calibration_, estimator.evaluation_ = None, extras.get("evaluation")
    if not isinstance(estimator.evaluation_, dict | None):
        raise InvalidData("the evaluation in a model file must be a record.")
    if written is not None:
        logit, weight = np.asarray(written["logit"]), written["weight"]
        weight = np.ones(logit.shape) if weight is None else np.asarray(weight)
        group = None if written["group"] is None else np.asarray(written["group"])
        if group is not None and (group.dtype != np.int64 or group.shape != logit.shape or group.min(initial=0) < 0):
            raise InvalidData("the groups of the calibration rows must be numbers from 0, one for each row.")
        estimator.calibration_ = CalibrationScores(logit, np.asarray(written["y"]), weight, group)


def forget_decisions(estimator: Any) -> None:
    """Remove what was settled for an earlier training."""
    for name in ATTRIBUTES:
        estimator.__dict__.pop(name, None)


class RowDecisions:
    """Decisions of a fitted classifier: the methods are the same for all that predict by a logit.

    Attributes:
        threshold_: the probability above which `predict` gives the second class. Where costs differ by row, the threshold
            on the share of the second class in the expected cost of an error.
        costs_: what a false positive and a false negative cost, or None.
        calibration_: scores of rows that the classifier wasn't trained on, a `CalibrationScores`, or None.
        evaluation_: figures of the job that trained it, as plain values, or None; for `separatrix inspect --card`.
    """

    threshold_: float = 0.5
    costs_: dict[str, Any] | None = None
    calibration_: CalibrationScores | None = None
    evaluation_: dict[str, Any] | None = None
    classes_: np.ndarray

    def decision_function(self, X: Any) -> np.ndarray:
        """The logit of the second class, (n,) float64."""
        raise NotImplementedError

    def _is_second(self, X: Any) -> np.ndarray:
        """Whether each row is predicted as the second class, (n,) bool."""
        logit = self.decision_function(X)
        if differs_by_row(self.costs_):
            assert self.costs_ is not None
            return np.asarray(weighted_probability(sigmoid(logit), **costs_of_rows(self.costs_, X)) > self.threshold_)
        # a strict comparison, as in scikit-learn: exactly one half is the first class
        return np.asarray(sigmoid(logit) > self.threshold_)

    def conformalize(self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None) -> RowDecisions:
        """Take rows that were held back from training as those that sets, intervals and thresholds are computed from.

        `SeparatrixClassifier` has such rows from its folds. Rows of your own that no network has seen, not even for
        stopping, give the exact guarantee of split conformal prediction.

        Args:
            X: a table with the columns of `fit`, n rows.
            y: their labels, (n,), or the name of a column of X.
            sample_weight: (n,), or the name of a column of X.
            groups: the group of each row, (n,), or the name of a column of X; new rows are then those of new groups.

        Raises:
            ValueError: columns, labels, weights or groups that can't be used.
        """
        check_is_fitted(self)
        roles = read_roles(X, y, sample_weight, groups)
        logit = self.decision_function(roles.x)
        labels, group = coded(read_labels(roles.y, len(logit)), self.classes_), None
        if roles.groups is not None:
            from separatrix.data.dependence import RowDependence  # only where rows belong together

            dependence = RowDependence.of(roles.groups, None, len(logit))
            group = None if dependence is None else dependence.group
        weight = None
        if roles.weight is not None:
            weight = _check_sample_weight(roles.weight, logit, dtype=np.float64, ensure_non_negative=True)
        if not len(logit) or (weight is not None and not weight.any()):
            raise InvalidData("conformalize needs at least one row with a weight above 0.")
        self.calibration_ = calibration_scores(logit, labels, weight, group)
        return self

    def choose_threshold(self, *, costs: Mapping[str, Any] | None = None, metric: str | None = None) -> RowDecisions:
        """Choose the threshold of `predict` anew, without training.

        It is the best one on rows that the classifier wasn't trained on. Without such rows, costs give the threshold that
        is cheapest if the probabilities are right; so do costs that differ by row.

        Args:
            costs: see `SeparatrixClassifier`.
            metric: a name from `separatrix.evaluation.thresholds.METRICS` to maximise instead.

        Raises:
            InvalidParameter: costs or metric that aren't valid, or not exactly one of them.
            InvalidData: a metric, but no rows that the classifier wasn't trained on.
        """
        check_is_fitted(self)
        if (costs is None) == (metric is None):
            raise InvalidParameter("choose_threshold needs costs or metric, and one of them only.")
        if costs is None:
            check("choose_threshold", {"metric": metric}, {"metric": Choice(METRICS)})
            scores, assured = self._calibration(), str(metric)
            threshold = best_threshold(sigmoid(scores.logit), scores.y, scores.weight, assured)
            self.costs_, self.threshold_ = None, threshold
            return self
        checked, threshold, known = checked_costs(costs), 0.5, self.calibration_
        if not differs_by_row(checked):
            if known is not None:
                threshold = cheapest_threshold(sigmoid(known.logit), known.y, known.weight, **checked)
            threshold = unweighted_threshold(threshold, **checked)
        self.costs_, self.threshold_ = checked, threshold
        return self

    def predict_set(self, X: Any, alpha: float = 0.1, *, by_class: bool = True) -> np.ndarray:
        """The labels that can't be excluded for each row: conformal label sets.

        Of new rows like the training rows, at most a share of about `alpha` have a set without their label; after
        `conformalize` with rows of your own this holds exactly. A set of both labels says that the classifier is unsure,
        an empty one that the row resembles neither class. Where groups were named, it holds for rows of new groups. It does
        not hold where new rows come from another time or place than the training rows.

        Args:
            X: a table with the columns of `fit`, n rows.
            alpha: the share of sets that may miss the label, in (0, 1).
            by_class: whether this holds within each class; otherwise only on average over both.

        Returns:
            (n, 2) bool: whether the label is in the set, in the order of `classes_`.

        Raises:
            InvalidData: there are no rows that the classifier wasn't trained on.
            InvalidParameter: alpha is outside (0, 1).
        """
        check_is_fitted(self)
        return label_sets(self._calibration(), self.decision_function(X), alpha, by_class=by_class)

    def predict_interval(self, X: Any) -> np.ndarray:
        """The probability of the second class as an interval: a Venn-Abers predictor.

        One of the two ends is calibrated whatever the networks are like: among rows with that value, the share of the second
        class is that value. A wide interval means that few rows with such a score were held out.

        Args:
            X: a table with the columns of `fit`, n rows.

        Returns:
            (n, 2) float64: lower and upper end.

        Raises:
            InvalidData: there are no rows that the classifier wasn't trained on.
        """
        check_is_fitted(self)
        return venn_abers(self._calibration(), self.decision_function(X))

    def unsure_band(self, error: float = 0.05) -> UnsureBand:
        """The probabilities between which a row should be left undecided, so that few decisions are wrong.

        Args:
            error: the largest share of wrong ones among the rows decided for either class, on rows that the classifier
                wasn't trained on.

        Raises:
            InvalidData: there are no such rows.
            InvalidParameter: an error outside (0, 1), or costs that differ by row.
        """
        check_is_fitted(self)
        if differs_by_row(self.costs_):
            raise InvalidParameter("unsure_band needs one threshold for all rows, but the costs differ by row.")
        scores = self._calibration()
        return unsure_band(sigmoid(scores.logit), scores.y, error, threshold=self.threshold_, weight=scores.weight)

    def predict_or_abstain(self, X: Any, error: float = 0.05) -> np.ndarray:
        """The label of each row, or None where the decision would be unsure, (n,) of objects.

        Args:
            X: a table with the columns of `fit`, n rows.
            error: see `unsure_band`, which also says how many rows are decided.
        """
        band = self.unsure_band(error)
        probability = sigmoid(self.decision_function(X))
        labels = self.classes_[(probability >= band.high).astype(np.intp)].astype(object)
        labels[band.unsure(probability)] = None
        return np.asarray(labels)

    def _calibration(self) -> CalibrationScores:
        if self.calibration_ is None:
            raise InvalidData(
                "there are no scores of rows that weren't trained on. Call conformalize(X, y) with such rows, or fit a "
                "SeparatrixClassifier, which keeps those of its folds."
            )
        return self.calibration_
