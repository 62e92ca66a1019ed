"""Label sets and intervals of probabilities with a guarantee, from scores of rows that a classifier wasn't trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.constraints import Real, Rule, check

MOST_ROWS = 10_000  # kept of each table: the error of a share of so many rows is below half a per cent
ALPHA: Rule = Real(0, 1, open_low=True, open_high=True)


@dataclass(frozen=True, eq=False)
class CalibrationScores:
    """Logits and labels of rows that the classifier wasn't trained on.

    Attributes:
        logit: of class 1, (m,) float64.
        y: labels 0 and 1, (m,) uint8.
        weight: of the rows, (m,) float64, all above 0.
        group: numbers from 0 of the groups of rows that belong together, (m,) int64, or None.
    """

    logit: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    group: np.ndarray | None = None

    def __post_init__(self) -> None:
        columns = [column for column in (self.logit, self.y, self.weight, self.group) if column is not None]
        sound = (
            all(column.shape == (len(self.logit),) for column in columns)
            and np.isfinite(self.logit).all()
            and np.isin(self.y, (0, 1)).all()
            and np.isfinite(self.weight).all()
            and (self.weight > 0).all()
        )
        if not sound:
            raise InvalidData("calibration scores need finite logits, labels 0 and 1 and weights above 0, one per row.")

    def __len__(self) -> int:
        return len(self.logit)

    def unit_weights(self, rows: np.ndarray | None = None) -> tuple[np.ndarray, int]:
        """Weights that count rows that belong together as one, and how many such units there are.

        Of a group only a random row is like a new row of a new group, so that each group has a total weight of 1 (Lee,
        Barber & Willett 2025, "Distribution-free inference with hierarchical data"). Without groups every row is a unit.

        Args:
            rows: which rows, (m,) bool; None for all.

        Returns:
            Weights of these rows, which sum to the number of units; and that number.
        """
        weight = self.weight if rows is None else self.weight[rows]
        if not len(weight):
            return weight, 0
        if self.group is None:
            return weight / weight.mean(), len(weight)
        groups, place = np.unique(self.group if rows is None else self.group[rows], return_inverse=True)
        return weight / np.bincount(place, weight)[place], len(groups)


def calibration_scores(
    logit: Any, y: Any, weight: Any = None, group: Any = None, *, most: int = MOST_ROWS
) -> CalibrationScores:
    """The record of rows that a classifier wasn't trained on: of a large table a random part, as many of each class.

    Args:
        logit: of class 1, (n,).
        y: labels 0 and 1, (n,).
        weight: of the rows, (n,), or None; rows of weight 0 don't count.
        group: of each row, (n,), or None. Copies of a row are a group, too.
        most: number of rows to keep; the weights of the kept ones keep the share of each class.

    Examples:
        >>> scores = calibration_scores([-1.0, 2.0, 0.5, 3.0], [0, 1, 1, 1], most=2)
        >>> len(scores), scores.weight.tolist(), scores.y.tolist()
        (2, [0.5, 1.5], [0, 1])
    """
    z, labels = np.asarray(logit, np.float64), np.asarray(y).astype(np.uint8)
    w = np.ones(len(z)) if weight is None else np.asarray(weight, np.float64)
    chosen = np.flatnonzero(w > 0)
    if len(chosen) > most:
        chosen = _part(labels, chosen, most)
        total = np.array([w[labels == label].sum() for label in (0, 1)])
        now = np.array([w[chosen][labels[chosen] == label].sum() for label in (0, 1)])
        # the shares of the classes are those of all rows; the mean weight is that of the kept rows
        factor = np.divide(total, now, out=np.zeros(2), where=now > 0) * now.sum() / total.sum()
        w = w * factor[labels]
    numbers = None if group is None else np.unique(np.asarray(group)[chosen], return_inverse=True)[1].astype(np.int64)
    return CalibrationScores(z[chosen], labels[chosen], w[chosen], numbers)


def _part(y: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, at random but always the same ones: half of each class where there are as many."""
    rng = np.random.default_rng(0)
    by_class = [rng.permutation(rows[y[rows] == label]) for label in (0, 1)]
    rarer = int(len(by_class[1]) < len(by_class[0]))
    sizes = [most, most]
    sizes[rarer] = min(len(by_class[rarer]), most // 2)
    sizes[1 - rarer] = most - sizes[rarer]
    return np.sort(np.concatenate([of_class[:size] for of_class, size in zip(by_class, sizes, strict=True)]))


def label_p_values(scores: CalibrationScores, logit: np.ndarray, *, by_class: bool = True) -> np.ndarray:
    """How well each label would fit each row: the conformal p-value, (n, 2) in (0, 1].

    It is the share of the calibration rows with this label, the new row counted among them, that look at least as
    strange as the new row would (Vovk, Gammerman & Shafer 2005). If the new row is drawn like the calibration rows, the
    p-value of its label is at most α with a probability of at most α.

    Args:
        scores: of the calibration rows.
        logit: of the new rows, (n,).
        by_class: compare with the rows of the same label only, so that the guarantee holds within each class; otherwise
            with all rows, on average over the classes.

    Examples:
        >>> scores = calibration_scores([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1])
        >>> label_p_values(scores, np.array([1.5])).round(3).tolist()
        [[0.333, 0.667]]
    """
    logit = np.asarray(logit, np.float64)
    p = np.empty((len(logit), 2))
    # a row is the stranger for a label the lower the probability of the label is
    strangeness = np.where(scores.y == 1, -scores.logit, scores.logit)
    for label, of_new in enumerate((logit, -logit)):
        rows = scores.y == label if by_class else np.ones(len(scores), bool)
        weight, units = scores.unit_weights(rows)
        order = np.argsort(strangeness[rows], kind="stable")
        # the weight of the rows from each place on; the last entry is that of none
        at_least = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
        place = np.searchsorted(strangeness[rows][order], of_new, side="left")
        p[:, label] = np.minimum((at_least[place] + 1) / (units + 1), 1.0)
    return p


def label_sets(scores: CalibrationScores, logit: np.ndarray, alpha: float, *, by_class: bool = True) -> np.ndarray:
    """The labels that can't be excluded at a level, (n, 2) bool: conformal label sets, with a coverage of 1 - α or more.

    Args:
        scores: of the calibration rows.
        logit: of the new rows, (n,).
        alpha: the share of sets that may miss the label, in (0, 1).
        by_class: see `label_p_values`.

    Raises:
        InvalidParameter: alpha is outside (0, 1).

    Examples:
        >>> scores = calibration_scores(np.linspace(-3, 3, 40), [0] * 20 + [1] * 20)
        >>> label_sets(scores, np.array([-2.5, 2.5]), alpha=0.1).tolist()
        [[True, False], [False, True]]
    """
    check("label_sets", {"alpha": alpha}, {"alpha": ALPHA})
    # without rounding, so that 10 of 100 is not above 0.1 by its last bit
    return np.asarray(label_p_values(scores, logit, by_class=by_class) > alpha + 1e-12)


def venn_abers(scores: CalibrationScores, logit: np.ndarray) -> np.ndarray:
    """Intervals of the probability of class 1: Venn-Abers predictors (Vovk, Petej & Fedorova 2015), (n, 2).

    The lower end is the isotonic regression of the calibration rows and the new row if the latter had label 0, the upper
    end if it had label 1. One of the two is calibrated, without an assumption about the classifier; they lie close
    together where there are many calibration rows.

    Args:
        scores: of the calibration rows.
        logit: of the new rows, (n,).

    Examples:
        >>> scores = calibration_scores([-2.0, -1.0, 1.0, 2.0], [0, 1, 0, 1])
        >>> venn_abers(scores, np.array([0.0])).round(3).tolist()
        [[0.333, 0.667]]
    """
    logit = np.asarray(logit, np.float64)
    lower, upper = interval_steps(scores)
    return np.stack([lower.at(logit, side="right"), upper.at(logit, side="left")], axis=1)


@dataclass(frozen=True, eq=False)
class Steps:
    """A step function of the logit.

    Attributes:
        edge: where it steps, rising, (k,) float64.
        value: below the first edge, between the edges and above the last one, (k + 1,) float64.
    """

    edge: np.ndarray
    value: np.ndarray

    def at(self, logit: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
        """The values at logits, (n,); on an edge the one on this side of it."""
        return np.asarray(self.value[np.searchsorted(self.edge, logit, side=side)])


def interval_steps(scores: CalibrationScores) -> tuple[Steps, Steps]:
    """The lower and the upper end of `venn_abers` as functions of the logit, for a program that carries them.

    On an edge the lower end has the value on its right, the upper end the value on its left.

    Examples:
        >>> lower, upper = interval_steps(calibration_scores([-2.0, -1.0, 1.0, 2.0], [0, 1, 0, 1]))
        >>> upper.edge.tolist(), upper.value.round(3).tolist()
        ([-2.0, 1.0], [0.5, 0.667, 1.0])
    """
    weight, _ = scores.unit_weights()
    mirrored = _with_label_1(-scores.logit, 1 - scores.y, weight)
    lower = Steps(-mirrored.edge[::-1], 1 - mirrored.value[::-1])
    return lower, _with_label_1(scores.logit, scores.y, weight)


def _with_label_1(score: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Steps:
    """The isotonic regression at a new score after a row of weight 1 with this score and label 1 was added."""
    distinct, place = np.unique(score, return_inverse=True)
    values = _values_at(np.bincount(place, weight), np.bincount(place, weight * y))
    # a label of 1 between two scores is averaged with the next ones; above all of them it stands alone
    value = np.append(values, 1.0)
    steps = np.flatnonzero(np.diff(value))
    return Steps(distinct[steps], value[np.append(steps, len(value) - 1)])


def _values_at(weight: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """The regression's value where a row with label 1 joins each distinct score, (k,).

    An isotonic regression is the slope of the lower convex hull of the sums of weights and labels. The added row starts
    before all scores and moves on by one score a step, so that only the hull's left end changes (algorithms 1 and 2 of the
    paper): all k values in time proportional to k.
    """
    x = [-1.0, *np.append(0.0, np.cumsum(weight)).tolist()]
    y = [-1.0, *np.append(0.0, np.cumsum(positive)).tolist()]
    hull: list[tuple[float, float]] = []  # its left end is the last
    for point in zip(reversed(x), reversed(y), strict=True):
        _push(hull, point)
    left, values = (x[0], y[0]), np.empty(len(weight))
    for k, (step, rise) in enumerate(zip(weight.tolist(), positive.tolist(), strict=True)):
        (x0, y0), (x1, y1) = hull[-1], hull[-2]
        values[k] = (y1 - y0) / (x1 - x0)
        left = (left[0] + step, left[1] + rise)
        if _turn(hull[-1], left, hull[-2]) > 0:  # it lies below the hull's first edge
            hull.pop()
            _push(hull, left)
        if len(hull) < 2:
            break
    return np.clip(values, 0.0, 1.0)


def _push(hull: list[tuple[float, float]], point: tuple[float, float]) -> None:
    while len(hull) > 1 and _turn(point, hull[-1], hull[-2]) <= 0:
        hull.pop()
    hull.append(point)


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    """Above 0 where b lies below the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
