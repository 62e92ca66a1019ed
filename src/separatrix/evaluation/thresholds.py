"""Decision thresholds on the probability of class 1: counts at every threshold, metrics of decisions, and the best one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Rate = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class ThresholdCounts:
    """Rows by actual and predicted class at thresholds; a row is predicted as class 1 where its probability reaches one.

    Attributes:
        threshold: infinity, then every probability that occurs, decreasing, (k,).
        true_positive: weight of the rows of class 1 that are predicted as class 1, (k,) float64.
        false_positive: likewise of the rows of class 0.
    """

    threshold: np.ndarray
    true_positive: np.ndarray
    false_positive: np.ndarray

    @property
    def positive(self) -> float:
        """Weight of all rows of class 1."""
        return float(self.true_positive[-1])

    @property
    def negative(self) -> float:
        """Weight of all rows of class 0."""
        return float(self.false_positive[-1])

    def values(self, metric: str) -> np.ndarray:
        """A metric at every threshold, (k,) float64; metric: a name from `METRICS`."""
        tp, fp = self.true_positive, self.false_positive
        return METRICS[metric].value(tp, fp, self.positive - tp, self.negative - fp)

    def best(self, metric: str) -> float:
        """The threshold at which the metric is highest: the middle between the two probabilities that it separates.

        Of equally good ones it is the one nearest to 0.5.
        """
        value = self.values(metric)
        # the first threshold is infinite; a probability is 1 at most
        edges = np.concatenate([[1.0], self.threshold[1:], [0.0]])
        middle = (edges[:-1] + edges[1:]) / 2
        # Equal metrics may differ in the last bits, by the order in which weights were added up.
        best = middle[np.flatnonzero(value >= value.max() - 1e-12)]
        return float(best[np.argmin(np.abs(best - 0.5))])


def counts_at_thresholds(probability: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> ThresholdCounts:
    """Count rows at every threshold that makes a difference.

    Args:
        probability: of class 1, (n,).
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.

    Examples:
        >>> counts = counts_at_thresholds(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
        >>> counts.true_positive.tolist(), counts.false_positive.tolist()
        ([0.0, 1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0, 2.0])
    """
    order = np.argsort(-probability, kind="stable")
    decreasing, share = probability[order], np.ones(len(y)) if weight is None else weight[order]
    last = np.flatnonzero(np.append(np.diff(decreasing) != 0, True))  # equal probabilities pass a threshold together
    # a threshold above all probabilities comes first: nothing is predicted as class 1
    true_positive = np.append(0, np.cumsum(share * (y[order] == 1))[last])
    predicted = np.append(0, np.cumsum(share)[last])
    return ThresholdCounts(np.append(np.inf, decreasing[last]), true_positive, predicted - true_positive)


@dataclass(frozen=True)
class Metric:
    """One metric of decisions.

    Attributes:
        name: its name in scikit-learn.
        about: what it measures, in one sentence.
        value: weights of the true positives, false positives, false negatives and true negatives, each (k,) -> (k,).
    """

    name: str
    about: str
    value: Rate


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient, 0 where the denominator is 0: a metric that isn't defined is never the best."""
    return np.asarray(np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0))


def _correlation(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    total = tp + fp + fn + tn
    tp, fp, fn, tn = tp / total, fp / total, fn / total, tn / total  # so that no product overflows
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


# scikit-learn computes a metric at one threshold a call; docs/explanation/decisions.md says how long all thresholds would take.
METRICS: dict[str, Metric] = {
    entry.name: entry
    for entry in (
        Metric("accuracy", "The share of correct predictions.", lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn)),
        Metric(
            "balanced_accuracy",
            "The mean of both classes' recall: a rare class counts as much as the other.",
            lambda tp, fp, fn, tn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
        ),
        Metric(
            "f1",
            "The harmonic mean of precision and recall of the positive class.",
            lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn),
        ),
        Metric("matthews_corrcoef", "The correlation of predicted and actual class (Matthews 1975).", _correlation),
    )
}


def differs_by_row(costs: Mapping[str, Any] | None) -> bool:
    """Whether a cost is a column or a function, so that each row has a threshold of its own."""
    return costs is not None and any(isinstance(cost, str) or callable(cost) for cost in costs.values())


def decision_threshold(classifier: Any, column: int) -> float:
    """The probability from which a classifier predicts the label of one column of its `predict_proba`.

    Args:
        classifier: with a `threshold_` for its second class; without one, or with costs that differ by row, it is 0.5.
        column: 0 or 1.

    Examples:
        >>> from types import SimpleNamespace
        >>> decision_threshold(SimpleNamespace(threshold_=0.25), 0), decision_threshold(object(), 0)
        (0.75, 0.5)
    """
    threshold = float(getattr(classifier, "threshold_", 0.5))
    if differs_by_row(getattr(classifier, "costs_", None)):
        return 0.5
    return threshold if column else 1 - threshold


def best_threshold(probability: np.ndarray, y: np.ndarray, weight: np.ndarray | None, metric: str) -> float:
    """The threshold that maximises a metric; see `ThresholdCounts.best`.

    Args:
        probability: of class 1, for rows that weren't trained on, (n,).
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.
        metric: a name from `METRICS`.

    Examples:
        >>> best_threshold(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 0, 1, 1]), None, "f1")
        0.25
    """
    return counts_at_thresholds(probability, y, weight).best(metric)
