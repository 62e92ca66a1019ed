"""Sequential stopping: run seeds until every share is known closely enough, and what that does to the intervals.

Repeated analyses that stop at the first narrow interval have a price: near 0 and 1 a lucky start gives a narrow interval
early. `coverage` computes exactly how often the final interval then covers the true share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import LEVEL, wilson
from separatrix.support.constraints import Integer, Real, Rule, check

GROWTH = 1.25  # from one interim analysis to the next: a few disturb the intervals little, and cost a quarter at most


@dataclass(frozen=True)
class Until:
    """Run seeds until the interval of every share is at most ± `half_width`.

    Attributes:
        half_width: half the length of Wilson's interval that is close enough.
        level: of the interval.
        least: seeds before the first interim analysis.

    Raises:
        InvalidParameter: a number out of range.

    Examples:
        >>> Until(0.02).interim_sizes(1000)
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

    def interim_sizes(self, largest: int, block: int = 1) -> tuple[int, ...]:
        """The numbers of seeds after which the intervals are computed, each a quarter more than the one before.

        Args:
            largest: the number of seeds after which to give up.
            block: every number but the last is a multiple of this.
        """
        sizes: list[int] = []
        size: float = self.least
        while not sizes or sizes[-1] < largest:
            rounded = -(-int(np.ceil(size)) // block) * block
            sizes.append(min(largest, max(rounded, sizes[-1] + block if sizes else 1)))
            size = max(sizes[-1], size) * GROWTH
        return tuple(sizes)

    def reached(self, successes: np.ndarray, runs: np.ndarray) -> bool:
        """Whether every one of these shares is known closely enough."""
        low, high = wilson(successes, runs, self.level)
        return bool(((high - low) / 2 <= self.half_width).all())


def coverage(until: Until, largest: int, true_share: float) -> tuple[float, float]:
    """Probability that the final interval covers the true share of one condition, and the expected number of seeds.

    Exact: the distribution of the number of successes is carried from one interim analysis to the next.

    Args:
        until: the stopping rule.
        largest: the number of seeds after which it gives up, however wide the interval.
        true_share: the share that the interval should cover.

    Raises:
        InvalidParameter: a share outside [0, 1] or fewer than one seed.

    Examples:
        >>> covers, seeds = coverage(Until(0.05), 2_000, 0.5)
        >>> round(covers, 3), round(seeds)
        (0.947, 387)
    """
    from scipy.stats import binom

    check("coverage", {"true_share": true_share, "largest": largest}, {"true_share": Real(0, 1), "largest": Integer(1)})
    sizes = until.interim_sizes(largest)
    mass, before = np.ones(1), 0
    covered = seeds = 0.0
    for size in sizes:
        # the seeds since the last analysis are independent of those before, so their counts are convolved
        step = binom.pmf(np.arange(size - before + 1), size - before, true_share)
        mass, before = np.convolve(mass, step), size  # (size + 1,): P(successes = k and not stopped yet)
        low, high = wilson(np.arange(size + 1), size, until.level)
        ends = ((high - low) / 2 <= until.half_width) | (size == sizes[-1])
        holds = (low <= true_share) & (true_share <= high)
        covered += float(mass[ends & holds].sum())
        seeds += size * float(mass[ends].sum())
        # what has stopped takes no part in the next analysis
        mass = np.where(ends, 0.0, mass)
    if not np.isfinite(covered):
        raise InvalidParameter("coverage: the number of seeds is too large to be carried through exactly.")
    return covered, seeds
