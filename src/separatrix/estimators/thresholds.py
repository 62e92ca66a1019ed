"""The probability from which on a row is called positive, chosen so that a named metric is best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Counts = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Metric:
    """One metric of decisions.

    Attributes:
        name: scikit-learn's.
        about: in one sentence, for those who choose.
        value: weights of the true positives, false positives, false negatives and true negatives, each (k,) -> (k,).
    """

    name: str
    about: str
    value: Counts


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Above / below, 0 where nothing is below: a metric that isn't defined is never the best."""
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0))


def _correlation(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> np.ndarray:
    total = tp + fp + fn + tn
    tp, fp, fn, tn = tp / total, fp / total, fn / total, tn / total  # so that no product overflows
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


METRICS: dict[str, Metric] = {
    entry.name: entry
    for entry in (
        Metric("accuracy", "The share of rows called right.", lambda tp, fp, fn, tn: (tp + tn) / (tp + fp + fn + tn)),
        Metric(
            "balanced_accuracy",
            "The mean of both classes' shares called right: a rare class counts as much as the other.",
            lambda tp, fp, fn, tn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
        ),
        Metric(
            "f1",
            "The harmonic mean of precision and recall of the positive class.",
            lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn),
        ),
        Metric("matthews_corrcoef", "The correlation of what is called and what is (Matthews 1975).", _correlation),
    )
}


def own_threshold(classifier: Any, column: int) -> float:
    """From which probability on a classifier gives the label of this column of its `predict_proba`.

    Examples:
        >>> from types import SimpleNamespace
        >>> own_threshold(SimpleNamespace(threshold_=0.25), 0), own_threshold(object(), 0)
        (0.75, 0.5)
    """
    own = float(getattr(classifier, "threshold_", 0.5))
    return own if column else 1 - own


def best_threshold(probability: np.ndarray, y: np.ndarray, weight: np.ndarray | None, metric: str) -> float:
    """The threshold above which calling rows positive makes the metric best, in the middle between two rows.

    Of equally good ones, the one nearest to 0.5.

    Args:
        probability: of the second class, for rows that weren't trained on, (n,).
        y: labels 0 and 1, (n,).
        weight: of the rows, (n,), or None.
        metric: a name from `METRICS`.

    Examples:
        >>> best_threshold(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 0, 1, 1]), None, "f1")
        0.25
    """
    order = np.argsort(-probability, kind="stable")
    p, share = probability[order], np.ones(len(y)) if weight is None else weight[order]
    positive = share * (y[order] == 1)
    last = np.flatnonzero(np.append(p[1:] < p[:-1], True))  # of each group of equal probabilities
    tp, called = np.append(0, np.cumsum(positive)[last]), np.append(0, np.cumsum(share)[last])
    fp, all_positive, total = called - tp, positive.sum(), share.sum()
    value = METRICS[metric].value(tp, fp, all_positive - tp, total - all_positive - fp)
    edge = np.concatenate([[1.0], p[last], [0.0]])
    middle = (edge[:-1] + edge[1:]) / 2
    best = np.flatnonzero(value >= value.max() - 1e-12)
    return float(middle[best[np.argmin(np.abs(middle[best] - 0.5))]])
