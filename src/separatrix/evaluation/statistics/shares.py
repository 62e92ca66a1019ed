"""Shares: how many of so many runs, with an interval that is honest for few runs and near 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.support.constraints import Integer, Real, Rule, check

LEVEL: Rule = Real(0, 1, open_low=True, open_high=True)


def wilson(successes: Any, runs: Any, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of a share (Wilson 1927): the shares that a score test would not reject.

    Unlike the share ± 1.96 standard errors it never leaves [0, 1], isn't empty at 0 or 100%, and covers about as
    often as it says from a handful of runs on (Brown, Cai & DasGupta 2001).

    Args:
        successes: whole numbers, any shape.
        runs: whole numbers of the same shape; where it is 0 nothing is known: (0, 1).
        level: how often the interval should cover.

    Returns:
        Lower and upper ends, float64 of that shape.

    Raises:
        InvalidParameter: a level outside (0, 1), or successes outside [0, runs].

    Examples:
        >>> low, high = wilson(9, 10)
        >>> round(float(low), 3), round(float(high), 3)
        (0.596, 0.982)
    """
    from scipy.special import ndtri

    check("wilson", {"level": level}, {"level": LEVEL})
    k, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(runs, np.float64))
    if not ((k >= 0) & (k <= n)).all():
        raise InvalidParameter("wilson: successes must lie between 0 and runs, in each place.")
    z2 = float(ndtri((1 + level) / 2)) ** 2
    # 0 runs must not divide; their interval is put in at the end
    size = np.maximum(n, 1)
    share = k / size
    # the two solutions π of (share - π)² = z² π (1 - π) / n are middle ± half
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = np.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2))) / (1 + z2 / size)
    low = np.where(k == 0, 0.0, middle - half)  # exactly 0 and 1 at the ends, where rounding would leave 1e-17
    high = np.where(k == n, 1.0, middle + half)
    return np.where(n == 0, 0.0, low), np.where(n == 0, 1.0, high)


@dataclass(frozen=True)
class Share:
    """A share with its interval.

    Attributes:
        successes: how many.
        runs: of how many.
        low: lower end of the interval.
        high: upper end.
        level: how often such an interval covers the true share.
    """

    successes: int
    runs: int
    low: float
    high: float
    level: float = 0.95

    @property
    def value(self) -> float:
        """The share itself; NaN without runs."""
        return self.successes / self.runs if self.runs else float("nan")

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    def sentence(self, what: str = "runs") -> str:
        """In words.

        >>> share(81, 100).sentence("runs of width 4 reach 100% training accuracy")
        '81 of 100 runs of width 4 reach 100% training accuracy: 81.0% (95% interval 72.2 to 87.5%).'
        """
        if not self.runs:
            return f"No {what}: nothing was run."
        return (
            f"{self.successes:,} of {self.runs:,} {what}: {percent(self.value)} "
            f"({self.level * 100:g}% interval {span(self.low, self.high)})."
        )


def share(successes: int, runs: int, level: float = 0.95) -> Share:
    """A share with Wilson's interval.

    Raises:
        InvalidParameter: no whole numbers, or successes outside [0, runs].

    Examples:
        >>> share(3, 4).value
        0.75
    """
    rules: dict[str, Rule] = {"successes": Integer(0), "runs": Integer(0)}
    check("share", {"successes": successes, "runs": runs}, rules)
    low, high = wilson(successes, runs, level)
    return Share(int(successes), int(runs), float(low), float(high), level)


@dataclass(frozen=True, eq=False)
class ShareLine:
    """Shares against a number or a word, with their intervals: one line of a picture.

    Attributes:
        label: what the line is, for a legend.
        x: (k,), increasing; positions 0, 1, … if the column holds words.
        share: (k,) in [0, 1].
        low: lower ends of the intervals, (k,).
        high: upper ends, (k,).
    """

    label: str
    x: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def percent(value: float, digits: int = 1) -> str:
    """0.8125 -> "81.3%". What isn't all is never rounded to 100%, and what isn't nothing never to 0%.

    >>> percent(0.99999), percent(0.00001), percent(1.0)
    ('> 99.9%', '< 0.1%', '100.0%')
    """
    least = 10.0 ** -(digits + 2)
    # `least` is one unit of the last digit; within half of it, rounding would show 100% or 0%
    if 1 - least / 2 < value < 1:
        return f"> {100 * (1 - least):.{digits}f}%"
    if 0 < value < least / 2:
        return f"< {100 * least:.{digits}f}%"
    return f"{100 * value:.{digits}f}%"


def span(low: float, high: float, digits: int = 1) -> str:
    """Two ends of an interval of shares, in per cent.

    >>> span(0.0, 0.00001), span(0.25, 0.5)
    ('0.0 to < 0.1%', '25.0 to 50.0%')
    """
    return f"{percent(low, digits).removesuffix('%')} to {percent(high, digits)}"
