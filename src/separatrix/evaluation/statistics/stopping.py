"""Sequential stopping: run seeds until every share is known closely enough, and what that does to the intervals.

Looking again and again and stopping when an interval happens to be narrow isn't free: near 0 and 1 a lucky start gives
a narrow interval early. `coverage` says exactly how often the final interval then holds the true share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import LEVEL, wilson
from separatrix.support.constraints import Integer, Real, Rule, check

GROWTH = 1.25  # from one look to the next: few looks disturb the intervals little, and cost at most a quarter too many


@dataclass(frozen=True)
class Until:
    """Run seeds until the interval of every share is at most ± `half_width`.

    Attributes:
        half_width: half the length of Wilson's interval that is close enough.
        level: of the interval.
        least: seeds before the first look.

    Raises:
        InvalidParameter: a number out of range.

    Examples:
        >>> Until(0.02).looks(1000)
        (100, 125, 157, 197, 247, 309, 387, 484, 605, 757, 947, 1000)
    """

    half_width: float = 0.02
    level: float = 0.95
    least: int = 100

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "half_width": Real(0, 0.5, open_low=True),
            "level": LEVEL,
            "least": Integer(1),
        }
        check("Until", vars(self), rules)

    def looks(self, most: int, block: int = 1) -> tuple[int, ...]:
        """The numbers of seeds after which to look: each a quarter more than the last, whole blocks, up to `most`."""
        found: list[int] = []
        at: float = self.least
        while not found or found[-1] < most:
            rounded = -(-int(np.ceil(at)) // block) * block
            found.append(min(most, max(rounded, found[-1] + block if found else 1)))
            at = max(found[-1], at) * GROWTH
        return tuple(found)

    def reached(self, successes: np.ndarray, runs: np.ndarray) -> bool:
        """Whether every one of these shares is known closely enough."""
        low, high = wilson(successes, runs, self.level)
        return bool(((high - low) / 2 <= self.half_width).all())


def coverage(until: Until, most: int, true_share: float) -> tuple[float, float]:
    """How often the interval at the stop holds the true share of one condition, and the mean number of seeds.

    Exact, by carrying the distribution of the number of successes from look to look.

    Args:
        until: the rule.
        most: seeds at which it gives up, however wide the interval.
        true_share: the share that nobody knows.

    Raises:
        InvalidParameter: a share outside [0, 1] or fewer than one seed.

    Examples:
        >>> covers, seeds = coverage(Until(0.05), 2_000, 0.5)
        >>> round(covers, 3), round(seeds)
        (0.947, 387)
    """
    from scipy.stats import binom

    check("coverage", {"true_share": true_share, "most": most}, {"true_share": Real(0, 1), "most": Integer(1)})
    looks = until.looks(most)
    mass, before = np.ones(1), 0
    covered = seeds = 0.0
    for at in looks:
        step = binom.pmf(np.arange(at - before + 1), at - before, true_share)
        mass, before = np.convolve(mass, step), at  # (at + 1,): how likely each number of successes is, not yet stopped
        low, high = wilson(np.arange(at + 1), at, until.level)
        ends = ((high - low) / 2 <= until.half_width) | (at == looks[-1])
        holds = (low <= true_share) & (true_share <= high)
        covered += float(mass[ends & holds].sum())
        seeds += at * float(mass[ends].sum())
        mass = np.where(ends, 0.0, mass)
    if not np.isfinite(covered):
        raise InvalidParameter("coverage: the number of seeds is too large to be carried through exactly.")
    return covered, seeds
