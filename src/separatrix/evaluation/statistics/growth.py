"""Growth: how the share of solved runs depends on a number, such as the width, by logistic regression."""

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
    """A logistic curve: log odds of being solved = constant + slope · x.

    Attributes:
        constant: log odds at x = 0.
        slope: change of the log odds when x grows by one.
        low: lower end of the slope's interval.
        high: upper end.
        p_value: of a slope of 0.
        dispersion: Pearson's χ² per degree of freedom. Far above 1 the curve doesn't fit, and the interval is too narrow.
        level: of the interval.
    """

    constant: float
    slope: float
    low: float
    high: float
    p_value: float
    dispersion: float
    level: float = 0.95

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
            else (f" A straight line in the log odds fits poorly here (χ² / df = {self.dispersion:.1f}).")
        )
        # exp(710) is beyond float64
        low, value, high = (f"{np.exp(min(number, 700)):.3g}" for number in (self.low, self.slope, self.high))
        return (
            f"With {one} the odds of being solved are multiplied by {value} "
            f"({self.level * 100:g}% interval {low} to {high}; p {p_words(self.p_value)}).{poor}"
        )


def growth(x: Any, solved: Any, runs: Any, level: float = 0.95) -> Growth:
    """Logistic regression of the share of solved runs on a number, by maximum likelihood (Newton's method).

    Args:
        x: the number of each group, (k,), such as its width.
        solved: solved runs of each group, (k,).
        runs: runs of each group, (k,).
        level: of the slope's interval (Wald).

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
        raise InvalidParameter("growth: expected two or more different x with their solved runs and runs, shape (k,).")
    for share, reason in ((0 * n, "none is solved at any x"), (n, "all are solved at every x")):
        # at either extreme the likelihood has no maximum
        if (k == share).all():
            raise InvalidParameter(f"growth: {reason}, so nothing grows or falls.")
    # the likelihood then rises for ever with the slope, so there is no estimate
    if _is_separated(numbers, k, n):
        raise InvalidParameter(
            "growth: all are solved on one side of some x and none on the other: no slope is too steep."
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
    return Growth(float(beta[0] - slope * middle), slope, slope - half, slope + half, p_value, dispersion, level)


def _is_separated(x: np.ndarray, solved: np.ndarray, runs: np.ndarray) -> bool:
    """Whether some x separates groups that are all solved from groups of which none is solved; the slope is then infinite."""
    with_solved, with_failed = x[solved > 0], x[runs > solved]
    # Albert & Anderson 1984: under separation the slope that fits best is infinite
    return bool(with_solved.min() >= with_failed.max() or with_failed.min() >= with_solved.max())
