"""Numbers of the studies' tables as statements: shares of seeds, differences on common seeds, ratios of times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.evaluation.statistics.pairs import bootstrap_difference, mcnemar
from separatrix.evaluation.statistics.shares import share
from separatrix.studies.claims._parts import Kind, Part
from separatrix.studies.results import Results

STABLE = 0.95  # of the seeds: what "stable" is taken to mean
SOME = 0.05  # of the seeds: what "can" is taken to mean, more than a fluke
MOST = 0.5  # of the seeds: what "usually" is taken to mean


@dataclass(frozen=True, eq=False)
class Column:
    """One condition at one checkpoint, a number a seed in the order of the seeds; NaN where a run has none.

    Attributes:
        solved: every training point on the right side, (n,) bool.
        status: how it stood, (n,) str.
        accuracy: training accuracy, (n,).
        held: accuracy on fresh points, (n,).
        loss: (n,).
    """

    solved: np.ndarray
    status: np.ndarray
    accuracy: np.ndarray
    held: np.ndarray
    loss: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """How far fresh points are behind, (n,)."""
        return np.asarray(self.accuracy - self.held)


def column(results: Results, epoch: int | None = None, **where: Any) -> Column:
    """The rows of a condition."""
    frame = results.rows(epoch, **where).sort("run").collect()
    numbers = (frame[name].cast(float).fill_null(np.nan).to_numpy() for name in ("accuracy", "held_accuracy", "loss"))
    return Column(frame["solved"].to_numpy(), frame["status"].to_numpy(), *numbers)


def share_part(name: str, flags: np.ndarray, bound: float, above: bool = True) -> Part:
    """The share of seeds for which something is so, with Wilson's interval."""
    found = share(int(flags.sum()), len(flags))
    return Part(name, Kind.SHARE, found.value, found.low, found.high, bound, above, len(flags))


def more_part(name: str, first: np.ndarray, second: np.ndarray, above: bool = True) -> Part:
    """Whether the second share is larger than the first (or smaller), on common seeds."""
    found = mcnemar(first, second)
    return Part(name, Kind.POINTS, found.difference, found.low, found.high, 0.0, above, len(first))


def higher_part(name: str, first: np.ndarray, second: np.ndarray, above: bool = True) -> Part:
    """Whether the second measure is higher than the first in the mean of common seeds (or lower)."""
    found = bootstrap_difference(first, second)
    return Part(name, Kind.POINTS, found.value, found.low, found.high, 0.0, above, found.runs)


def slower_part(name: str, first: np.ndarray, second: np.ndarray) -> Part:
    """How many times as long the second takes, pair by pair, in the geometric mean; whether it is more than once."""
    found = bootstrap_difference(np.log(first), np.log(second))
    value, low, high = (float(np.exp(each)) for each in (found.value, found.low, found.high))
    return Part(name, Kind.TIMES, value, low, high, 1.0, True, found.runs)


def share_text(flags: np.ndarray) -> str:
    """A cell: the share and its interval.

    >>> share_text(np.array([True, True, False, True]))
    '75.0 % (30.1–95.4)'
    """
    from separatrix.evaluation.statistics.shares import percent

    found = share(int(flags.sum()), len(flags))
    return f"{percent(found.value)} ({100 * found.low:.1f}–{100 * found.high:.1f})"


def median_text(values: np.ndarray, digits: int = 1) -> str:
    """A cell: the median of shares, in per cent."""
    return f"{100 * np.nanmedian(values):.{digits}f} %"
