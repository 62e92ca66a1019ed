"""Paired comparisons: two conditions on the same seeds, so that a hard seed is hard for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import LEVEL
from separatrix.support.constraints import SEED, Integer, Rule, check

RESAMPLES = 9_999  # (B + 1) · 2.5% is whole, as Davison & Hinkley (1997) advise
CELLS = 5_000_000  # resampled numbers held at a time
NORMAL_FROM = 5_000  # seeds, from which on the mean is so nearly normal that a bootstrap would only cost time


@dataclass(frozen=True)
class Paired:
    """Two shares on common seeds.

    Attributes:
        both: pairs of runs solved by both.
        first_only: by the first alone.
        second_only: by the second alone.
        neither: by none.
        difference: the second's share minus the first's.
        low: lower end of the difference's interval.
        high: upper end.
        p_value: of McNemar's exact test that both solve equally often.
        seeds: different seeds among the pairs.
        level: of the interval.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    difference: float
    low: float
    high: float
    p_value: float
    seeds: int
    level: float = 0.95

    @property
    def pairs(self) -> int:
        """Pairs of runs; as many as seeds, unless several pairs share one."""
        return self.both + self.first_only + self.second_only + self.neither

    def sentence(self, first: str, second: str, p_value: float | None = None) -> str:
        """In words; `p_value` may be one that was adjusted for many comparisons.

        >>> mcnemar([1, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]).sentence("width 3", "width 4")
        'width 4 solves 66.7 points more of the same 6 seeds than width 3 (95% interval 1.0 to 99.0): 4 only with \
width 4, 0 only with width 3. That could be chance (p = 0.12).'
        """
        p = self.p_value if p_value is None else p_value
        more = "more" if self.difference >= 0 else "less"
        sign = 1 if self.difference >= 0 else -1
        # with the sign turned round, the ends change places
        low, high = sorted((100 * sign * self.low, 100 * sign * self.high))
        interval = f"{self.level * 100:g}% interval"
        if not self.first_only and not self.second_only:
            return (
                f"none of the same {self.seeds:,} seeds tells {first} and {second} apart: both solve "
                f"{self.both:,} of {self.pairs:,} ({interval} of the difference {low:.1f} to {high:.1f} points)."
            )
        verdict = "Chance would hardly do that" if p < 1 - self.level else "That could be chance"
        size = f"{abs(100 * self.difference):.1f} points {more}"
        among = "" if self.pairs == self.seeds else f" in {self.pairs:,} pairs"
        return (
            f"{second} solves {size} of the same {self.seeds:,} seeds than {first}{among} "
            f"({interval} {low:.1f} to {high:.1f}): {self.second_only:,} only with {second}, "
            f"{self.first_only:,} only with {first}. {verdict} (p {p_words(p)})."
        )


def mcnemar(first: Any, second: Any, seeds: Any = None, level: float = 0.95) -> Paired:
    """Compare two shares on common seeds: McNemar's exact test, and an interval of their difference.

    Only the seeds that one solves and the other doesn't are informative. Were both equally good, each of them would be a
    toss of a coin (McNemar 1947; exact by the binomial distribution). The interval is Bonett & Price's (2012), which
    adds one seed to either side: it is never of length 0, also where no seed differs. Where a seed stands for several
    pairs (the same points under two losses, say), it still is one toss, by which side it favours on the whole, and
    one number in the interval: pairs of one seed aren't independent.

    Args:
        first: whether the first solves each pair, (n,) bool.
        second: whether the second does, in the same order.
        seeds: the seed of each pair, (n,); by default all are different.
        level: of the interval.

    Raises:
        InvalidParameter: other lengths, no pairs, or values other than true and false.

    Examples:
        >>> found = mcnemar([True, False, False, False], [True, True, True, False])
        >>> found.second_only, found.first_only, found.difference, found.p_value
        (2, 0, 0.5, 0.5)
    """
    from scipy.special import ndtri
    from scipy.stats import binomtest

    check("mcnemar", {"level": level}, {"level": LEVEL})
    a, b = _flags("first", first), _flags("second", second)
    group = np.arange(len(a)) if seeds is None else np.unique(np.asarray(seeds), return_inverse=True)[1]
    if not len(a) == len(b) == len(group) or not len(a):
        raise InvalidParameter(f"mcnemar: expected one value per pair of both, got {len(a)} and {len(b)}.")
    difference = np.bincount(group, b.astype(np.float64) - a) / np.bincount(group)  # (seeds,): mean of each seed
    # by the sign alone: a seed is one toss, however many pairs it stands for
    for_second, tosses = int((difference > 0).sum()), int((difference != 0).sum())
    p = 1.0 if tosses == 0 else float(binomtest(for_second, tosses, 0.5).pvalue)
    # Bonett & Price (2012), Laplace adjustment: one seed more on either side
    size = len(difference) + 2
    middle = float(difference.sum()) / size  # with a seed of +1 and one of -1
    half = float(ndtri((1 + level) / 2)) * float(np.sqrt((((difference**2).sum() + 2) / size - middle**2) / size))
    counts = (int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))
    # a difference of shares lies within ±1
    low, high = max(-1.0, middle - half), min(1.0, middle + half)
    return Paired(*counts, float(difference.mean()), low, high, p, len(difference), level)


def _flags(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or not np.isin(array, (0, 1)).all():
        raise InvalidParameter(f"mcnemar: {name} must be true or false for each seed, shape (n,).")
    return array.astype(bool)


@dataclass(frozen=True)
class Difference:
    """A mean difference on common seeds, the second minus the first.

    Attributes:
        value: the mean.
        low: lower end of its interval.
        high: upper end.
        runs: seeds that both have a number for.
        left_out: seeds where one of them has none (diverged, failed).
        level: of the interval.
    """

    value: float
    low: float
    high: float
    runs: int
    left_out: int
    level: float = 0.95

    def sentence(self, first: str, second: str, what: str) -> str:
        """In words.

        >>> Difference(0.02, 0.01, 0.03, 100, 1).sentence("width 3", "width 4", "test accuracy")
        'test accuracy is higher with width 4 than with width 3 by 0.02 in the mean of 100 common seeds (95% \
interval 0.01 to 0.03); 1 seed without a number is left out.'
        """
        # the interval is turned round with the side, so that both numbers read as amounts
        side = "higher" if self.value >= 0 else "lower"
        low, high = (self.low, self.high) if self.value >= 0 else (-self.high, -self.low)
        seeds = "seeds without a number are" if self.left_out > 1 else "seed without a number is"
        left = f"; {self.left_out} {seeds} left out"
        return (
            f"{what} is {side} with {second} than with {first} by {abs(self.value):.3g} in the mean of {self.runs:,} "
            f"common seeds ({self.level * 100:g}% interval {low:.3g} to {high:.3g}){left if self.left_out else ''}."
        )


def bootstrap_difference(
    first: Any, second: Any, *, left_out: int = 0, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """The mean difference of two measures on common seeds, with a bootstrap interval over the seeds.

    SciPy's BCa interval (Efron 1987). From 5,000 seeds on the normal distribution's, which is the same there.

    Args:
        first: a number per seed, (n,); NaN or None where there is none.
        second: likewise, in the same order.
        left_out: number of seeds that were left out before, which the sentence adds.
        level: of the interval.
        resamples: number of bootstrap samples.
        seed: of the bootstrap.

    Raises:
        InvalidParameter: other lengths, or fewer than two seeds with both numbers.

    Examples:
        >>> found = bootstrap_difference([0.8, 0.7, 0.9], [0.9, 0.9, 0.95])
        >>> round(found.value, 3), found.runs, found.low > 0
        (0.117, 3, True)
    """
    from scipy.special import ndtri
    from scipy.stats import bootstrap

    rules: dict[str, Rule] = {"level": LEVEL, "resamples": Integer(99), "seed": SEED}
    check("bootstrap_difference", {"level": level, "resamples": resamples, "seed": seed}, rules)
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise InvalidParameter(
            f"bootstrap_difference: expected one number per seed of both, got {a.shape} and {b.shape}."
        )
    # by pairs: a seed that lacks one of the numbers tells nothing of the difference
    difference = (b - a)[np.isfinite(a) & np.isfinite(b)]
    if len(difference) < 2:
        raise InvalidParameter(f"bootstrap_difference: needs two seeds with numbers of both, got {len(difference)}.")
    value = float(difference.mean())
    low = high = value
    if len(difference) >= NORMAL_FROM:
        half = float(ndtri((1 + level) / 2) * difference.std(ddof=1) / np.sqrt(len(difference)))
        low, high = value - half, value + half
    elif np.ptp(difference) > 0:  # of equal differences BCa's acceleration is 0 / 0
        interval = bootstrap(
            (difference,),
            np.mean,
            confidence_level=level,
            n_resamples=resamples,
            vectorized=True,
            rng=np.random.default_rng(seed),
            method="BCa",
            batch=max(1, CELLS // len(difference)),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return Difference(value, low, high, len(difference), left_out + len(a) - len(difference), level)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being many (Holm 1979): the chance that any of the comparisons errs stays below the level.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    # the least p times the number of tests, the next times one less; the maximum keeps them in order
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return [float(value) for value in adjusted]


def p_words(p: float) -> str:
    """A p-value as people write it.

    >>> p_words(0.03456), p_words(1e-9)
    ('= 0.035', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"
