"""How good a classifier is: AUC, log loss, Brier score and accuracy with intervals, beside simpler classifiers.

A number without its interval, and without what a logistic regression reaches on the same rows, says little. The
intervals are over rows: how far the number could lie off for other rows of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData
from separatrix.evaluation.scores import (
    NORMAL_95,
    THRESHOLD,
    Scored,
    compute_calibration,
    compute_confusion,
    placements,
    scored,
    variance_of_auc,
)
from separatrix.evaluation.statistics.shares import wilson
from separatrix.support.constraints import check

MEASURES = ("AUC", "log loss", "Brier score", "accuracy")
HIGHER = {"AUC": True, "log loss": False, "Brier score": False, "accuracy": True}  # is better
NETWORK, NETWORKS, LOGISTIC, MAJORITY = "network", "networks", "logistic regression", "majority class"


@dataclass(frozen=True)
class Estimate:
    """A measure of a classifier with its 95% interval.

    Attributes:
        name: one of MEASURES.
        value: the estimate.
        low: lower end.
        high: upper end.
    """

    name: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, eq=False)
class Judged:
    """A classifier's predictions for rows that it wasn't trained on, and measures of them.

    Attributes:
        name: of the classifier.
        rows: labels and probabilities.
        measures: by name, in the order of MEASURES.
    """

    name: str
    rows: Scored
    measures: dict[str, Estimate]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A classifier beside simpler ones, on the same rows.

    Attributes:
        where: a description of the rows.
        network: the classifier.
        baselines: simpler classifiers that it is compared with, or none.
    """

    where: str
    network: Judged
    baselines: tuple[Judged, ...] = ()

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Column heads, and rows of text: one row per measure, one column per classifier."""
        classifiers = (self.network, *self.baselines)
        rows = [[name, *(str(judged.measures[name]) for judged in classifiers)] for name in MEASURES]
        return [self.where, *(judged.name for judged in classifiers)], rows


def judged(name: str, rows: Scored, threshold: float = 0.5) -> Judged:
    """The four measures of probabilities.

    Of the AUC, DeLong's interval on the logit scale, which keeps it inside [0, 1]; where every pair is in order and it
    has no length, Wilson's with as many trials as the rarer class has rows. Of the log loss and the Brier score, which
    are means over rows, the normal one; of the accuracy Wilson's.

    Raises:
        InvalidParameter: a threshold outside [0, 1].

    Examples:
        >>> found = judged("mine", scored([0, 0, 1, 1] * 20, [0.1, 0.4, 0.35, 0.8] * 20))
        >>> print(found.measures["AUC"])
        0.750 (0.624 to 0.844)
    """
    check("judged", {"threshold": threshold}, {"threshold": THRESHOLD})
    y, p = rows.y, rows.probability
    right = int(compute_confusion(rows, threshold).counts.trace())
    low, high = wilson(right, len(y))
    calibrated = compute_calibration(rows)
    estimates = (
        _auc(rows),
        _mean("log loss", calibrated.log_loss, _losses(rows)),
        _mean("Brier score", calibrated.brier, (p - y) ** 2),
        Estimate("accuracy", right / len(y), float(low), float(high)),
    )
    return Judged(name, rows, {estimate.name: estimate for estimate in estimates})


def _losses(rows: Scored) -> np.ndarray:
    """The log loss of each row, (n,)."""
    of_actual_class = np.where(rows.y == 1, rows.probability, 1 - rows.probability)
    # one row that is certain and wrong mustn't make the mean infinite; the bound is scikit-learn's
    return np.asarray(-np.log(np.clip(of_actual_class, np.finfo(np.float64).eps, None)))


def _mean(name: str, value: float, by_row: np.ndarray) -> Estimate:
    # a single row tells no spread, so that its interval has no end
    half = NORMAL_95 * float(by_row.std(ddof=1)) / np.sqrt(len(by_row)) if len(by_row) > 1 else float("inf")
    # a normal interval may reach below 0, where neither measure can be
    return Estimate(name, value, max(0.0, value - half), value + half)


def _auc(rows: Scored) -> Estimate:
    from scipy.special import expit

    placement, (auc,) = placements(rows.probability[None], rows.y)
    auc, variance = float(auc), variance_of_auc(placement[0], rows.y)
    if rows.probability.min() == rows.probability.max():  # all rows are tied: not an estimate but known
        return Estimate("AUC", 0.5, 0.5, 0.5)
    # DeLong's variance would claim certainty from a few rows here, and the logit of 0 or 1 is infinite
    if variance == 0 or auc in (0.0, 1.0):
        fewest = int(np.bincount(rows.y).min())
        low, high = wilson(auc * fewest, fewest)
        return Estimate("AUC", auc, float(low), float(high))
    # delta method: the logit's slope is 1 / (auc (1 - auc))
    logit, half = np.log(auc / (1 - auc)), NORMAL_95 * np.sqrt(variance) / (auc * (1 - auc))
    low, high = (expit(logit + side * half) for side in (-1, 1))
    return Estimate("AUC", auc, float(low), float(high))


def gain(better: Judged, than: Judged) -> Estimate:
    """The difference of two AUCs on the same rows, with DeLong's interval for paired ones.

    Raises:
        InvalidData: other rows.

    Examples:
        >>> y, p = [0, 0, 1, 1] * 20, np.array([0.1, 0.4, 0.35, 0.8] * 20)
        >>> print(gain(judged("mine", scored(y, p)), judged("guess", scored(y, p * 0))))
        0.250 (0.139 to 0.361)
    """
    y = better.rows.y
    if not np.array_equal(y, than.rows.y):
        raise InvalidData("two classifiers can be compared on the same rows only.")
    both, areas = placements(np.array([better.rows.probability, than.rows.probability]), y)
    value = float(areas[0] - areas[1])
    # differences row by row: the AUCs of the same rows are correlated, and their variances don't add up
    half = NORMAL_95 * np.sqrt(variance_of_auc(both[0] - both[1], y))
    return Estimate("AUC", value, float(value - half), float(value + half))


def is_better(evaluation: Evaluation) -> bool:
    """Whether the network is better than a logistic regression beyond doubt: by AUC, or else by its log loss.

    True without one to compare with.

    >>> y = [0, 1] * 50
    >>> flat = judged(LOGISTIC, scored(y, [0.5] * 100))
    >>> is_better(Evaluation("rows", judged(NETWORK, scored(y, y)), (flat,)))
    True
    """
    rival = next((baseline for baseline in evaluation.baselines if baseline.name == LOGISTIC), None)
    if rival is None:
        return True
    more = gain(evaluation.network, rival)
    if more.low > 0 or more.high < 0:
        return more.low > 0
    mean, half = _log_loss_difference(evaluation.network, rival)
    return mean + half < 0


def verdict(evaluation: Evaluation) -> str:
    """Whether the network is better than a logistic regression, in a sentence; empty without one to compare with.

    >>> y = [0, 1] * 50
    >>> flat = judged(LOGISTIC, scored(y, [0.5] * 100))
    >>> verdict(Evaluation("held-out rows", judged(NETWORK, scored(y, y)), (flat,)))[:56]
    'The network is worth it: its AUC is higher than that of '
    """
    rival = next((baseline for baseline in evaluation.baselines if baseline.name == LOGISTIC), None)
    if rival is None:
        return ""
    more = gain(evaluation.network, rival)
    difference = f"by {abs(more.value):.3f} (95% interval {more.low:+.3f} to {more.high:+.3f})"
    name, are, their = (
        (evaluation.network.name, "are", "their") if evaluation.network.name == NETWORKS else (NETWORK, "is", "its")
    )
    if more.low > 0:
        return f"The {name} {are} worth it: {their} AUC is higher than that of a logistic regression {difference}."
    if more.high < 0:
        return f"Take a logistic regression: the AUC of the {name} is lower than its {difference}."
    way = "higher" if more.value > 0 else "lower"
    # a smaller one would be printed as 0.000
    ranks = f"{their} AUC is {way} {difference}" if abs(more.value) >= 0.0005 else "both have the same AUC"
    # classifiers that rank rows equally well may still differ in their probabilities
    probabilities = _by_log_loss(evaluation.network, rival)
    return f"On these rows the {name} and a logistic regression don't differ significantly in AUC: {ranks}. {probabilities}"


def _by_log_loss(network: Judged, rival: Judged) -> str:
    """The paired difference of the log losses, for classifiers that don't differ by rank."""
    mean, half = _log_loss_difference(network, rival)
    way = "lower" if mean < 0 else "higher"
    difference = f"log loss {way} by {abs(mean):.3f} (95% interval {mean - half:+.3f} to {mean + half:+.3f})"
    if mean + half < 0:
        return f"But its probabilities are better: {difference}."
    if mean - half > 0:
        return f"And its probabilities are worse: {difference}; take the simpler one."
    return "The simpler one is enough unless more rows show otherwise."


def _log_loss_difference(network: Judged, rival: Judged) -> tuple[float, float]:
    """The mean difference of the log losses, and half the length of its 95% interval."""
    more = _losses(network.rows) - _losses(rival.rows)
    # the differences of paired rows are independent, so their mean is nearly normal
    return float(more.mean()), NORMAL_95 * float(more.std(ddof=1)) / np.sqrt(len(more))


def majority(train: np.ndarray, rows: np.ndarray, classes: tuple[str, str] = ("0", "1")) -> Judged:
    """The measures of a constant prediction, the share of class 1 among the training rows.

    Args:
        train: labels of the training rows, (m,).
        rows: labels of the rows to judge on, (n,).
        classes: names of classes 0 and 1.
    """
    # the training rows' share: that of the judged rows would be known only afterwards
    return judged(MAJORITY, scored(rows, np.full(len(rows), float(train.mean())), classes))
