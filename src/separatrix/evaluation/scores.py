"""How well probabilities separate two classes: ROC, precision and recall, thresholds, calibration, confusion.

Every record comes from `Scored`: labels beside probabilities, checked once. What scikit-learn has is computed by
`sklearn.metrics`; our own are the rates at all thresholds in one pass, and the placements behind DeLong's variance of an
AUC, which it lacks (docs/explanation/decisions.md has the measurements).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.evaluation.statistics.shares import wilson
from separatrix.evaluation.thresholds import counts_at_thresholds
from separatrix.support.constraints import Integer, Real, Rule, check

NORMAL_95 = 1.959963984540054  # 97.5% of a normal distribution lie below
BINS: Rule = Integer(1, 1000)
THRESHOLD: Rule = Real(0, 1)


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows with what they are and what was predicted; made by `scored`.

    Attributes:
        y: labels 0 and 1, both there, (n,) int64.
        probability: of class 1, (n,) float64 in [0, 1].
        classes: how classes 0 and 1 are called.
        decided: whether each row is predicted as class 1, (n,) bool, where the costs of errors differ by row; None where one
            threshold on the probability decides.
    """

    y: np.ndarray
    probability: np.ndarray
    classes: tuple[str, str] = ("0", "1")
    decided: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)


def scored(y: Any, probability: Any, classes: tuple[str, str] = ("0", "1"), decided: Any = None) -> Scored:
    """Labels and probabilities, checked.

    Args:
        y: 0 and 1 (or False and True), (n,).
        probability: of class 1, (n,).
        classes: how classes 0 and 1 are called.
        decided: whether each row is predicted as class 1, (n,) bool, or None to decide by a threshold.

    Raises:
        InvalidData: unequal lengths, other labels, one class only, or a probability outside [0, 1].

    Examples:
        >>> len(scored([0, 1, 1], [0.2, 0.7, 0.4]))
        3
    """
    labels, share = np.asarray(y), np.asarray(probability, np.float64)
    if labels.ndim != 1 or labels.shape != share.shape:
        raise InvalidData(
            f"labels and probabilities must be one for each row, got shapes {labels.shape} and {share.shape}; "
            "of predict_proba's two columns give the second."
        )
    if not np.isin(labels, (0, 1)).all():
        strange = labels[~np.isin(labels, (0, 1))][0]
        raise InvalidData(f"labels must be 0 and 1, got {strange!r}; give `y == positive` for others.")
    # asks what must hold: NaN fails every comparison, and would pass `(share < 0) | (share > 1)`
    if not ((share >= 0) & (share <= 1)).all():
        raise InvalidData("probabilities must lie in [0, 1]; NaN and logits are none.")
    labels = labels.astype(np.int64)
    if len(labels) == 0 or labels.min() == labels.max():
        raise InvalidData(f"rows of both classes are needed to tell them apart, got {len(labels)} of one class.")
    decisions = None if decided is None else np.asarray(decided, bool)
    if decisions is not None and decisions.shape != labels.shape:
        raise InvalidData(f"decisions must be one for each of {len(labels)} rows, got shape {decisions.shape}.")
    return Scored(labels, share, classes, decisions)


@dataclass(frozen=True, eq=False)
class Roc:
    """The receiver operating characteristic.

    Attributes:
        false_positive_rate: share of class 0 that is taken for class 1, rising from 0 to 1, (k,).
        true_positive_rate: share of class 1 that is found, (k,).
        threshold: where, falling from infinity, (k,).
        auc: the area under it: how often a random row of class 1 gets a higher probability than one of class 0.
    """

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    threshold: np.ndarray
    auc: float


def compute_roc(rows: Scored) -> Roc:
    """The curve through every threshold.

    >>> compute_roc(scored([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).auc
    0.75
    """
    from sklearn.metrics import auc, roc_curve  # only now: importing it takes longer than drawing the curve

    # scikit-learn would drop points on straight stretches, and with them thresholds that can be looked up
    x, y, threshold = roc_curve(rows.y, rows.probability, drop_intermediate=False)
    return Roc(x, y, threshold, float(auc(x, y)))


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Precision against recall.

    Attributes:
        recall: share of class 1 that is found, rising, (k,).
        precision: share of class 1 among what is taken for it, (k,).
        threshold: where, falling, (k,).
        average_precision: precision averaged over the steps of recall.
        share: of class 1 among all rows: the precision of guessing.
    """

    recall: np.ndarray
    precision: np.ndarray
    threshold: np.ndarray
    average_precision: float
    share: float


def compute_precision_recall(rows: Scored) -> PrecisionRecall:
    """The curve through every threshold at which some row is taken for class 1.

    >>> found = compute_precision_recall(scored([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    >>> found.precision.round(3).tolist(), found.recall.tolist()
    ([1.0, 0.5, 0.667, 0.5], [0.5, 0.5, 1.0, 1.0])
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve  # only now, as above

    precision, recall, threshold = precision_recall_curve(rows.y, rows.probability)
    average = float(average_precision_score(rows.y, rows.probability))
    # scikit-learn goes from the lowest threshold up and ends with a point (0, 1) that belongs to no threshold
    return PrecisionRecall(recall[-2::-1], precision[-2::-1], threshold[::-1], average, float(rows.y.mean()))


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What a threshold makes of the probabilities, at thresholds from 0 to 1.

    Attributes:
        threshold: rising, (k,).
        accuracy: share of rows on the right side, (k,).
        precision: share of class 1 among what is taken for it, (k,); NaN where nothing is.
        recall: share of class 1 that is found, (k,).
        f1: harmonic mean of precision and recall, (k,); 0 where nothing of class 1 is found.
        taken: share of all rows that are taken for class 1, (k,).
        best_f1: the threshold with the highest f1: the middle of the widest stretch of such, a float.
        best_accuracy: the same of accuracy.
    """

    threshold: np.ndarray
    accuracy: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    taken: np.ndarray
    best_f1: float
    best_accuracy: float


def compute_thresholds(rows: Scored, nodes: int = 401) -> Thresholds:
    """Rates at `nodes` even thresholds from 0 to 1; the best ones are searched over every threshold that matters.

    Raises:
        InvalidParameter: `nodes` isn't a whole number of at least 2.

    Examples:
        >>> found = compute_thresholds(scored([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), nodes=3)
        >>> found.threshold.tolist(), found.accuracy.tolist(), round(found.best_accuracy, 3)
        ([0.0, 0.5, 1.0], [0.5, 0.75, 0.5], 0.6)
    """
    check("compute_thresholds", {"nodes": nodes}, {"nodes": Integer(2, 100_000)})
    counts, threshold = counts_at_thresholds(rows.probability, rows.y), np.linspace(0, 1, nodes)
    reached = (
        np.searchsorted(-counts.threshold, -threshold, side="right") - 1
    )  # the lowest threshold at or above a node
    predicted = counts.true_positive + counts.false_positive
    # `np.where` computes both branches, and this one must not divide by 0
    precision = np.where(predicted > 0, counts.true_positive / np.maximum(predicted, 1), np.nan)
    return Thresholds(
        threshold,
        accuracy=counts.values("accuracy")[reached],
        precision=precision[reached],
        recall=(counts.true_positive / counts.positive)[reached],
        f1=counts.values("f1")[reached],
        taken=(predicted / len(rows))[reached],
        best_f1=counts.best("f1"),
        best_accuracy=counts.best("accuracy"),
    )


@dataclass(frozen=True, eq=False)
class Confusion:
    """Rows counted by what they are and what they are taken for.

    Attributes:
        counts: (2, 2) int64, a row for each true class, a column for each predicted one.
        threshold: from which probability on a row is taken for class 1; None where each row's costs decide.
        classes: how classes 0 and 1 are called.
    """

    counts: np.ndarray
    threshold: float | None
    classes: tuple[str, str]


def compute_confusion(rows: Scored, threshold: float = 0.5) -> Confusion:
    """The four counts at a threshold, or by the decisions that the rows bring with them.

    Raises:
        InvalidParameter: a threshold outside [0, 1].

    Examples:
        >>> compute_confusion(scored([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])).counts.tolist()
        [[1, 1], [1, 1]]
    """
    check("compute_confusion", {"threshold": threshold}, {"threshold": THRESHOLD})
    from sklearn.metrics import confusion_matrix  # only now, as above

    predicted = rows.probability >= threshold if rows.decided is None else rows.decided
    counts = confusion_matrix(rows.y, predicted, labels=[0, 1])
    return Confusion(counts, float(threshold) if rows.decided is None else None, rows.classes)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Whether what is said to happen with probability p happens in a share p of the rows, bin by bin.

    Attributes:
        predicted: mean probability of the bin's rows, (b,).
        observed: share of class 1 among them, (b,).
        low: lower ends of the shares' 95% Wilson intervals, (b,).
        high: upper ends, (b,).
        counts: rows of the bin, (b,) int64.
        edges: of 20 even bins for the histogram, (21,).
        histogram: rows of class 0 and class 1 in each of them, (20, 2) int64.
        brier: mean squared distance between probability and label.
        log_loss: mean negative logarithm of the probability of what happened, clipped as scikit-learn does.
    """

    predicted: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    histogram: np.ndarray
    brier: float
    log_loss: float


def compute_calibration(rows: Scored, bins: int = 10) -> Calibration:
    """Bins of equally many rows (as far as equal probabilities allow it), so that each says equally much.

    Raises:
        InvalidParameter: `bins` isn't a whole number in [1, 1000].

    Examples:
        >>> found = compute_calibration(scored([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), bins=2)
        >>> found.predicted.round(2).tolist(), found.observed.round(2).tolist(), found.counts.tolist()
        ([0.2, 0.8], [0.33, 0.67], [3, 3])
    """
    from sklearn.metrics import brier_score_loss, log_loss  # only now, as above

    check("compute_calibration", {"bins": bins}, {"bins": BINS})
    p, y = rows.probability, rows.y
    # inner edges alone, so that the least and the greatest probability fall into a bin too
    inner = np.quantile(p, np.linspace(0, 1, bins + 1))[1:-1]
    place = np.searchsorted(inner, p)  # an edge itself belongs to the bin below it, as in scikit-learn
    counts = np.bincount(place, minlength=bins)
    # equal probabilities can leave a bin empty, and an empty one has no mean
    full = np.flatnonzero(counts)
    hits = np.bincount(place, y, minlength=bins)[full]
    low, high = wilson(hits, counts[full])
    edges = np.linspace(0, 1, 21)
    histogram = np.column_stack([np.histogram(p[y == label], edges)[0] for label in (0, 1)])
    return Calibration(
        np.bincount(place, p, minlength=bins)[full] / counts[full],
        hits / counts[full],
        low,
        high,
        counts[full],
        edges,
        histogram,
        float(brier_score_loss(y, p)),
        float(log_loss(y, p)),
    )


def placements(p: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the share of rows of the other class that it is on the right side of, ties half; and the AUCs.

    These are the components of DeLong, DeLong & Clarke-Pearson (1988): the AUC is their mean over a class.

    Args:
        p: scores, a line a classifier, (r, n).
        y: labels 0 and 1, (n,).

    Returns:
        Placements, (r, n), and areas, (r,).

    Examples:
        >>> found, auc = placements(np.array([[0.1, 0.4, 0.35, 0.8]]), np.array([0, 0, 1, 1]))
        >>> found.tolist(), auc.tolist()
        ([[1.0, 0.5, 0.5, 1.0]], [0.75])
    """
    from scipy.stats import rankdata

    ones = y == 1
    rank = rankdata(p, axis=1)
    placement = np.empty(p.shape)
    n0, n1 = int((~ones).sum()), int(ones.sum())
    # a rank among all less the rank within the class counts the other class's rows below it, ties half
    placement[:, ones] = (rank[:, ones] - rankdata(p[:, ones], axis=1)) / n0
    placement[:, ~ones] = 1 - (rank[:, ~ones] - rankdata(p[:, ~ones], axis=1)) / n1
    return placement, placement[:, ones].mean(1)


def variance_of_auc(placement: np.ndarray, y: np.ndarray) -> float:
    """DeLong's variance of an AUC from its placements (n,); of their differences, that of a difference of two AUCs.

    One row tells no spread: a class of a single one counts with the largest variance that a share can have.
    """
    variance = 0.0
    for label in (0, 1):
        of_class = placement[y == label]
        variance += of_class.var(ddof=1) / len(of_class) if len(of_class) > 1 else 0.25
    return float(variance)
