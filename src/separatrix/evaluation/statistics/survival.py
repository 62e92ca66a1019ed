"""Epochs until solved, as a survival curve: runs that are never solved count, as not yet solved at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.pairs import p_words
from separatrix.evaluation.statistics.shares import LEVEL, percent
from separatrix.support.constraints import check


@dataclass(frozen=True, eq=False)
class Survival:
    """Kaplan and Meier's estimate of the share solved by each epoch.

    Attributes:
        epochs: epochs at which runs were solved, (k,) int64, increasing.
        solved: share solved by then, (k,) float64.
        low: lower end of its interval, (k,).
        high: upper end, (k,).
        runs: all runs.
        never: runs not solved while they were watched.
        horizon: the last epoch watched.
        level: of the intervals, pointwise.
    """

    epochs: np.ndarray
    solved: np.ndarray
    low: np.ndarray
    high: np.ndarray
    runs: int
    never: int
    horizon: int
    level: float = 0.95

    def quantile(self, share: float) -> int | None:
        """The first epoch by which this share is solved; None if fewer are by the horizon."""
        # a product of fractions may miss one half by a rounding error
        reached = np.flatnonzero(self.solved >= share - 1e-12)
        return int(self.epochs[reached[0]]) if len(reached) else None

    @property
    def median(self) -> int | None:
        """The epoch by which half of the runs are solved."""
        return self.quantile(0.5)

    def sentence(self, what: str = "runs") -> str:
        """In words.

        >>> survival([10, 20, 20, 50], [True, True, True, False]).sentence()
        'Half of 4 runs are solved by epoch 20; by epoch 50, 75.0% are (95% interval 33.5 to 99.1%).'
        """
        at_end = "no run is"
        if len(self.solved):
            ends = f"{100 * self.low[-1]:.1f} to {100 * self.high[-1]:.1f}%"
            at_end = f"{percent(float(self.solved[-1]))} are ({self.level * 100:g}% interval {ends})"
        half = self.median
        begin = f"Fewer than half of {self.runs:,} {what} are ever solved"
        if half is not None:
            begin = f"Half of {self.runs:,} {what} are solved by epoch {half:,}"
        return f"{begin}; by epoch {self.horizon:,}, {at_end}."


def survival(epochs: Any, solved: Any, level: float = 0.95, horizon: int | None = None) -> Survival:
    """How many runs are solved by which epoch, by SciPy's Kaplan–Meier estimate with log-log intervals.

    A run that isn't solved is censored at the last epoch it was watched. A diverged run will never be solved: give it
    the horizon, not the epoch at which it broke, or it would count as if it might still have made it.

    Args:
        epochs: the epoch at which a run was solved, or up to which it was watched, (n,).
        solved: which of the two, (n,) bool.
        level: of the pointwise intervals.
        horizon: the last epoch watched; by default the largest of `epochs`.

    Raises:
        InvalidParameter: other lengths, no runs, or epochs that aren't finite.

    Examples:
        >>> found = survival([10, 30, 30], [True, True, False])
        >>> found.epochs.tolist(), found.solved.round(3).tolist(), found.never
        ([10, 30], [0.333, 0.667], 1)
    """
    from scipy.stats import CensoredData, ecdf

    check("survival", {"level": level}, {"level": LEVEL})
    times, events = np.asarray(epochs, np.float64), np.asarray(solved, bool)
    if times.shape != events.shape or times.ndim != 1 or not len(times) or not np.isfinite(times).all():
        raise InvalidParameter("survival: expected an epoch and whether it was solved for each run, shape (n,) both.")
    never, horizon = int((~events).sum()), int(times.max()) if horizon is None else horizon
    # without an event the curve has no step, and so no interval to ask for
    if not events.any():
        none = np.zeros(0)
        return Survival(none.astype(np.int64), none, none, none, len(times), never, horizon, level)
    curve = ecdf(CensoredData(uncensored=times[events], right=times[~events])).sf
    with np.errstate(divide="ignore", invalid="ignore"):  # where all or none survive the formula has no number
        ends = _intervals(curve, level)
    is_event = np.isin(curve.quantiles, times[events])  # SciPy also lists the epochs of censored runs
    share = 1 - curve.probabilities[is_event]
    # the share solved is 1 - survival, so the ends change places
    low, high = 1 - ends[1][is_event], 1 - ends[0][is_event]
    return Survival(curve.quantiles[is_event].astype(np.int64), share, low, high, len(times), never, horizon, level)


def _intervals(curve: Any, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the survival's intervals; where SciPy has none (all solved), those of what was last known."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it warns of the ends that are filled in here
        ends = curve.confidence_interval(level, method="log-log")
    low, high = ends.low.probabilities.copy(), ends.high.probabilities.copy()
    empty = ~np.isfinite(low) | ~np.isfinite(high)
    low[empty] = 0.0
    before = np.where(np.isfinite(high), high, 1.0)
    high[empty] = np.minimum.accumulate(before)[empty]
    return low, high


@dataclass(frozen=True)
class LogRank:
    """Whether two survival curves differ.

    Attributes:
        statistic: the log-rank test's, as a normal deviate.
        p_value: of equal curves.
    """

    statistic: float
    p_value: float

    def sentence(self, first: str, second: str) -> str:
        """In words.

        >>> LogRank(2.5, 0.012).sentence("bce", "mse")
        'Over all epochs, bce and mse differ in how fast they are solved (log-rank p = 0.012).'
        """
        differ = "differ" if self.p_value < 0.05 else "don't clearly differ"
        return f"Over all epochs, {first} and {second} {differ} in how fast they are solved (log-rank p {p_words(self.p_value)})."


def log_rank(first: tuple[Any, Any], second: tuple[Any, Any]) -> LogRank:
    """SciPy's log-rank test of two sets of (epochs, solved), each as for `survival`.

    It takes the two as independent; on common seeds it is the more careful for it.

    Raises:
        InvalidParameter: no run of either is solved, so there is nothing to compare.

    Examples:
        >>> log_rank(([1, 2, 3, 4], [1, 1, 1, 1]), ([5, 6, 7, 8], [1, 1, 1, 0])).p_value < 0.05
        True
    """
    from scipy.stats import CensoredData, logrank

    sides = []
    for epochs, solved in (first, second):
        times, events = np.asarray(epochs, np.float64), np.asarray(solved, bool)
        sides.append(CensoredData(uncensored=times[events], right=times[~events]))
    if not any(side.num_censored() < len(side) for side in sides):
        raise InvalidParameter("log_rank: no run of either is solved; there is nothing to compare.")
    result = logrank(*sides)
    return LogRank(float(result.statistic), float(result.pvalue))
