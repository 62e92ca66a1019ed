"""Measures of decisions and of calibration with intervals, for all rows and for groups of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.evaluation.cross_validation import Estimate, Judged, judged
from separatrix.evaluation.scores import NORMAL_95, Scored, compute_confusion, scored
from separatrix.evaluation.statistics.shares import wilson

if TYPE_CHECKING:
    import polars

MOST_GROUPS = 12  # of a column; the rarer values of a longer list count together
QUARTERS = 4
OTHERS, MISSING = "others", "missing"


def decision_measures(rows: Scored, threshold: float = 0.5) -> dict[str, Estimate]:
    """Precision, recall, specificity and F1 at a threshold, by name, with 95% intervals.

    The first three are shares, with Wilson's interval. F1 is a function of one: 2 J / (1 + J), where J is the share of
    true positives among all rows that are of class 1 or predicted as such; its interval is that of J, transformed.

    Args:
        rows: labels and probabilities.
        threshold: rows with at least this probability are predicted as class 1.

    Examples:
        >>> measures = decision_measures(scored([0, 0, 1, 1] * 20, [0.1, 0.6, 0.35, 0.8] * 20))
        >>> print(measures["precision"])
        0.500 (0.352 to 0.648)
    """
    (tn, fp), (fn, tp) = compute_confusion(rows, threshold).counts.tolist()
    precision, recall = _share("precision", tp, tp + fp), _share("recall", tp, tp + fn)
    jaccard = _share("F1", tp, tp + fp + fn)
    f1 = Estimate("F1", *(2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high)))
    return {each.name: each for each in (precision, recall, _share("specificity", tn, tn + fp), f1)}


def _share(name: str, hits: int, of: int) -> Estimate:
    low, high = wilson(hits, of)
    # a share of nothing is unknown: its interval is [0, 1]
    return Estimate(name, hits / of if of else float("nan"), float(low), float(high))


@dataclass(frozen=True)
class CalibrationFit:
    """How far probabilities are off as a whole (Cox 1958).

    Attributes:
        predicted: their mean.
        observed: the share of class 1, with its interval.
        slope: of the logit of class 1 on the logit of the probability: below 1 where they are too extreme, above 1 where
            they are too cautious; NaN where it can't be fitted.
        error: mean distance of predicted and observed shares over ten bins of equally many rows, weighted by their rows.
    """

    predicted: float
    observed: Estimate
    slope: Estimate
    error: float

    def sentence(self) -> str:
        """In words.

        >>> p = np.linspace(0.05, 0.95, 200)
        >>> calibration_fit(scored(np.arange(200) % 20 < p * 20, p)).sentence()[:48]
        'Class 1 is predicted with 50.0% on average and o'
        """
        words = f"Class 1 is predicted with {self.predicted:.1%} on average and observed in {self.observed.value:.1%}"
        words += f" ({self.observed.low:.1%} to {self.observed.high:.1%})"
        if np.isnan(self.slope.value):
            return f"{words}."
        if self.slope.high < 1:
            meaning = "the probabilities are too extreme"
        elif self.slope.low > 1:
            meaning = "the probabilities are too cautious"
        else:
            meaning = "1 is right"
        return f"{words}; calibration slope {self.slope}: {meaning}."


def calibration_fit(rows: Scored) -> CalibrationFit:
    """The calibration of probabilities as a whole.

    Args:
        rows: labels and probabilities.
    """
    from separatrix.evaluation.scores import compute_calibration

    bins = compute_calibration(rows)
    error = float(np.average(np.abs(bins.predicted - bins.observed), weights=bins.counts))
    low, high = wilson(int(rows.y.sum()), len(rows))
    observed = Estimate("observed", float(rows.y.mean()), float(low), float(high))
    return CalibrationFit(float(rows.probability.mean()), observed, _slope(rows), error)


def _slope(rows: Scored) -> Estimate:
    """Newton's method for a logistic regression on the logit: two parameters, and their covariance at the end."""
    p = np.clip(rows.probability, 1e-12, 1 - 1e-12)
    z = np.log(p / (1 - p))
    unknown = Estimate("calibration slope", float("nan"), float("-inf"), float("inf"))
    if len(rows) < 10 or z.std() < 1e-9:
        return unknown
    x, beta = np.stack([np.ones(len(z)), z], axis=1), np.zeros(2)
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-np.clip(x @ beta, -500, 500)))
        information = (x * (fitted * (1 - fitted))[:, None]).T @ x
        if np.linalg.cond(information) > 1e12:  # the classes are separated: the slope has no end
            return unknown
        step = np.linalg.solve(information, x.T @ (rows.y - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            half = NORMAL_95 * float(np.sqrt(np.linalg.inv(information)[1, 1]))
            return Estimate("calibration slope", float(beta[1]), float(beta[1]) - half, float(beta[1]) + half)
    return unknown


@dataclass(frozen=True, eq=False)
class Subgroup:
    """The rows with one value of a column.

    Attributes:
        column: its name.
        value: the value, or the range of values, in words.
        rows: their number.
        share: of class 1 among them, with its interval.
        judged: AUC, log loss, Brier score and accuracy; None where only one class occurs.
        decisions: see `decision_measures`; empty where only one class occurs.
        predicted: the mean probability.
    """

    column: str
    value: str
    rows: int
    share: Estimate
    judged: Judged | None
    decisions: Mapping[str, Estimate]
    predicted: float


def subgroups(column: polars.Series, rows: Scored, threshold: float = 0.5) -> tuple[Subgroup, ...]:
    """The measures of the rows with each value of a column, or in each quarter of its numbers.

    Args:
        column: of any type, (n,).
        rows: labels and probabilities of the same rows.
        threshold: rows with at least this probability are predicted as class 1.

    Examples:
        >>> import polars
        >>> column = polars.Series("town", ["Ulm", "Bonn"] * 40)
        >>> for group in subgroups(column, scored([0, 0, 1, 1] * 20, [0.1, 0.6, 0.35, 0.8] * 20)):
        ...     print(group.value, group.rows, group.judged.measures["AUC"])
        Bonn 40 1.000 (0.839 to 1.000)
        Ulm 40 1.000 (0.839 to 1.000)
    """
    values, names = _groups(column)
    return tuple(_subgroup(column.name, name, rows, values == k, threshold) for k, name in enumerate(names))


def _subgroup(column: str, value: str, rows: Scored, chosen: np.ndarray, threshold: float) -> Subgroup:
    y, p = rows.y[chosen], rows.probability[chosen]
    share, both = _share("share", int(y.sum()), len(y)), len(np.unique(y)) == 2
    decided = None if rows.decided is None else rows.decided[chosen]
    part = scored(y, p, rows.classes, decided) if both else None
    return Subgroup(
        column,
        value,
        len(y),
        share,
        None if part is None else judged(value, part, threshold),
        {} if part is None else decision_measures(part, threshold),
        float(p.mean()),
    )


def _groups(column: polars.Series) -> tuple[np.ndarray, list[str]]:
    """The number of each row's group, (n,) int, and the groups' names, the missing values last."""
    import polars

    from separatrix.evaluation.overview.views import as_text

    if column.dtype.is_numeric() and column.drop_nulls().n_unique() > MOST_GROUPS:
        numbers = column.cast(polars.Float64).fill_nan(None).to_numpy()
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, QUARTERS + 1)))
        place = np.clip(np.searchsorted(edges[1:-1], numbers, side="left"), 0, len(edges) - 2)
        names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        missing = np.isnan(numbers)
    else:
        # a boolean as files have it
        values = [str(value).lower() if isinstance(value, bool) else value for value in column.to_list()]
        texts = [None if value is None else as_text(value) for value in values]
        counts: dict[str, int] = {}
        for text in texts:
            if text is not None:
                counts[text] = counts.get(text, 0) + 1
        # the most frequent ones, by name; the number of rows decides ties by name too
        frequent = sorted(sorted(counts), key=lambda text: -counts[text])
        names = sorted(frequent[:MOST_GROUPS])
        number = {text: k for k, text in enumerate(names)}
        place = np.array([-1 if text is None else number.get(text, len(names)) for text in texts])
        missing = place < 0
        if len(frequent) > MOST_GROUPS:
            names = [*names, OTHERS]
    if missing.any():
        place = np.where(missing, len(names), place)
        names = [*names, MISSING]
    occurring = np.unique(place)
    return np.searchsorted(occurring, place), [names[k] for k in occurring]


def estimate_record(estimate: Estimate) -> dict[str, Any]:
    """A value with its interval for JSON, which has neither NaN nor infinity."""
    return {
        name: value if np.isfinite(value) else None
        for name, value in (("value", estimate.value), ("low", estimate.low), ("high", estimate.high))
    }
