"""Growth: how an outcome of runs depends on a number, such as the width.

A share, such as that of solved runs, by logistic regression; a measure, such as the length of a border, by linear regression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.pairs import p_words
from separatrix.evaluation.statistics.shares import LEVEL
from separatrix.support.constraints import check

STEPS = 100  # of Newton's method, which takes fewer than ten


@dataclass(frozen=True)
class Growth:
    """A logistic curve: log odds of an event, such as being solved = constant + slope · x.

    Attributes:
        constant: log odds at x = 0.
        slope: change of the log odds when x grows by one.
        low: lower end of the slope's interval.
        high: upper end.
        p_value: of a slope of 0.
        dispersion: Pearson's χ² per degree of freedom. Far above 1 the curve doesn't fit, and the interval is too narrow.
        level: of the interval.
        event: what the runs are in that count, in a word.
    """

    constant: float
    slope: float
    low: float
    high: float
    p_value: float
    dispersion: float
    level: float = 0.95
    event: str = "solved"

    def share(self, x: Any) -> np.ndarray:
        """The curve's share at x."""
        return np.asarray(1 / (1 + np.exp(-(self.constant + self.slope * np.asarray(x, np.float64)))))

    def sentence(self, one: str = "one more unit of width") -> str:
        """In words.

        >>> growth([2, 3, 4], [10, 30, 60], [100, 100, 100]).sentence()
        'With one more unit of width the odds of being solved are multiplied by 3.64 (95% interval 2.53 to 5.23; \
p < 0.001).'
        """
        poor = (
            ""
            if self.dispersion < 3
            else (
                f" A straight line in the log odds fits poorly here (χ² / df is {self.dispersion:.1f}, and about 1 where it "
                "fits), so trust the direction and not the number."
            )
        )
        # exp(710) is beyond float64
        low, value, high = (f"{np.exp(min(number, 700)):.3g}" for number in (self.low, self.slope, self.high))
        return (
            f"With {one} the odds of being {self.event} are multiplied by {value} "
            f"({self.level * 100:g}% interval {low} to {high}; p {p_words(self.p_value)}).{poor}"
        )


@dataclass(frozen=True)
class Trend:
    """A straight line through a measure: mean = constant + slope · x.

    Attributes:
        constant: mean at x = 0.
        slope: change of the mean when x grows by one.
        low: lower end of the slope's interval.
        high: upper end.
        p_value: of a slope of 0.
        determination: R², the share of the measure's variance that the line accounts for.
        count: number of values.
        left_out: number of values that are missing, such as the margin of a run without a border.
        level: of the interval.
    """

    constant: float
    slope: float
    low: float
    high: float
    p_value: float
    determination: float
    count: int
    left_out: int = 0
    level: float = 0.95

    def sentence(self, measure: str, one: str = "one more unit of width", *, is_share: bool = False) -> str:
        """In words.

        Args:
            measure: its name.
            one: what grows by one.
            is_share: whether the measure is a share, whose changes are in percentage points.

        >>> trend([1, 2, 3, 4], [2.0, 4.1, 5.9, 8.0]).sentence("number of pieces")
        'With one more unit of width the number of pieces changes by +1.98 (95% interval +1.8 to +2.16; p < 0.001).'
        """
        runs = "1 run is" if self.left_out == 1 else f"{self.left_out:,} runs are"
        less = f" {runs} left out, in which it has no finite value." if self.left_out else ""
        scale, unit = (100, " points") if is_share else (1, "")
        change, low, high = (f"{scale * value:+.3g}" for value in (self.slope, self.low, self.high))
        return (
            f"With {one} the {measure} changes by {change}{unit} ({self.level * 100:g}% interval {low} to {high}; "
            f"p {p_words(self.p_value)}).{less}"
        )


def trend(x: Any, values: Any, level: float = 0.95) -> Trend:
    """Linear regression of a measure on a number, by least squares.

    Args:
        x: the number of each run, (k,), such as its width.
        values: the measure, (k,); NaN where a run has none.
        level: of the slope's interval (Student's t).

    Raises:
        InvalidParameter: fewer than three values, fewer than two different x among them, or equal values.

    Examples:
        >>> round(trend([1, 2, 3, 4], [2.0, 4.1, 5.9, 8.0]).slope, 4)
        1.98
    """
    from scipy.stats import linregress, t

    check("trend", {"level": level}, {"level": LEVEL})
    numbers, measured = (np.asarray(column, np.float64) for column in (x, values))
    if numbers.shape != measured.shape or numbers.ndim != 1:
        raise InvalidParameter("trend: expected one value for each x, shape (k,).")
    present = np.isfinite(measured)
    numbers, measured = numbers[present], measured[present]
    # two points lie on a line whatever they are, so nothing would be left to tell its error from
    if len(numbers) < 3 or len(np.unique(numbers)) < 2:
        raise InvalidParameter("trend: needs three or more values at two or more different x.")
    if np.ptp(measured) == 0:
        raise InvalidParameter("trend: all values are equal, so nothing grows or falls.")
    line = linregress(numbers, measured)
    half = float(t.ppf((1 + level) / 2, len(numbers) - 2) * line.stderr)
    slope = float(line.slope)
    return Trend(
        float(line.intercept),
        slope,
        slope - half,
        slope + half,
        float(line.pvalue),
        float(line.rvalue) ** 2,
        len(numbers),
        int((~present).sum()),
        level,
    )


def growth(x: Any, solved: Any, runs: Any, level: float = 0.95, event: str = "solved") -> Growth:
    """Logistic regression of the share of solved runs on a number, by maximum likelihood (Newton's method).

    Args:
        x: the number of each group, (k,), such as its width.
        solved: solved runs of each group, (k,).
        runs: runs of each group, (k,).
        level: of the slope's interval (Wald).
        event: what is counted instead of solved runs, in a word.

    Raises:
        InvalidParameter: fewer than two different x, none or all solved, or shares that leave the slope without bound:
            all solved on one side of some x and none on the other.

    Examples:
        >>> round(growth([0, 1], [20, 50], [100, 100]).slope, 4)  # the log of the odds ratio, (50/50) / (20/80)
        1.3863
    """
    from scipy.special import expit, ndtr, ndtri

    check("growth", {"level": level}, {"level": LEVEL})
    numbers, k, n = (np.asarray(values, np.float64) for values in (x, solved, runs))
    if not (numbers.shape == k.shape == n.shape and numbers.ndim == 1 and len(np.unique(numbers)) > 1):
        raise InvalidParameter(
            f"growth: expected two or more different x with their {event} runs and runs, shape (k,)."
        )
    for share, reason in ((0 * n, f"none is {event} at any x"), (n, f"all are {event} at every x")):
        # at either extreme the likelihood has no maximum
        if (k == share).all():
            raise InvalidParameter(f"growth: {reason}, so nothing grows or falls.")
    # the likelihood then rises for ever with the slope, so there is no estimate
    if _is_separated(numbers, k, n):
        raise InvalidParameter(
            f"growth: there is a value below which none is {event} and above which all are, or the other way round, so "
            "that no slope is too steep."
        )
    # Centred, so that constant and slope are nearly uncorrelated and Newton's method is well conditioned.
    middle = numbers.mean()
    design = np.column_stack((np.ones(len(numbers)), numbers - middle))  # (k, 2)
    beta = np.zeros(2)
    for _ in range(STEPS):
        p = expit(design @ beta)
        information = design.T @ (design * (n * p * (1 - p))[:, None])  # (2, 2)
        # Newton's step: the inverse of Fisher's information times the gradient of the log likelihood
        step = np.linalg.solve(information, design.T @ (k - n * p))
        beta = beta + np.clip(step, -5, 5)  # a full first step can overshoot where shares are near 0 or 1
        if np.abs(step).max() < 1e-12:
            break
    # the asymptotic standard error of the slope (Wald)
    error = float(np.sqrt(np.linalg.inv(information)[1, 1]))
    half = float(ndtri((1 + level) / 2)) * error
    slope = float(beta[1])
    # a fitted share of 0 or 1 has no variance, and must not divide by 0
    variance = np.maximum(n * p * (1 - p), 1e-300)
    # Pearson's chi-squared per degree of freedom; far above 1 the curve doesn't fit
    dispersion = float((((k - n * p) ** 2) / variance).sum() / max(1, len(numbers) - 2))
    p_value = float(2 * ndtr(-abs(slope / error)))
    # back from the centred x
    return Growth(float(beta[0] - slope * middle), slope, slope - half, slope + half, p_value, dispersion, level, event)


def _is_separated(x: np.ndarray, solved: np.ndarray, runs: np.ndarray) -> bool:
    """Whether some x separates groups that are all solved from groups of which none is solved; the slope is then infinite."""
    with_solved, with_failed = x[solved > 0], x[runs > solved]
    # Albert & Anderson 1984: under separation the slope that fits best is infinite
    return bool(with_solved.min() >= with_failed.max() or with_failed.min() >= with_solved.max())
