"""Statements from the studies' tables: shares of seeds, differences on common seeds, ratios of times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.evaluation.statistics.pairs import bootstrap_difference, mcnemar
from separatrix.evaluation.statistics.shares import share
from separatrix.studies.claims._statements import Kind, Statement
from separatrix.studies.results import Results

STABLE = 0.95  # share of the seeds from which on a network is called stable
SOME = 0.05  # share of the seeds from which on a network "can" do it, which is more than a fluke
MOST = 0.5  # share of the seeds from which on something happens "usually"


@dataclass(frozen=True, eq=False)
class SeedColumn:
    """One condition at one checkpoint, with one number for each seed in the order of the seeds; NaN if a run has none.

    Attributes:
        solved: whether every training point was classified correctly, (n,) bool.
        status: status of the run at the checkpoint, (n,) str.
        accuracy: training accuracy, (n,).
        test_accuracy: accuracy on test points, (n,).
        loss: (n,).
    """

    solved: np.ndarray
    status: np.ndarray
    accuracy: np.ndarray
    test_accuracy: np.ndarray
    loss: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """Training accuracy minus test accuracy, (n,)."""
        return np.asarray(self.accuracy - self.test_accuracy)


def column(results: Results, epoch: int | None = None, **where: Any) -> SeedColumn:
    """The column of the condition with these values."""
    # by run, which is by seed: comparisons pair the columns place by place
    frame = results.rows(epoch, **where).sort("run").collect()
    numbers = (frame[name].cast(float).fill_null(np.nan).to_numpy() for name in ("accuracy", "test_accuracy", "loss"))
    return SeedColumn(frame["solved"].to_numpy(), frame["status"].to_numpy(), *numbers)


def share_statement(name: str, flags: np.ndarray, bound: float, above: bool = True) -> Statement:
    """A statement on the share of seeds for which something holds, with Wilson's interval."""
    estimate = share(int(flags.sum()), len(flags))
    return Statement(name, Kind.SHARE, estimate.value, estimate.low, estimate.high, bound, above, len(flags))


def more_statement(name: str, first: np.ndarray, second: np.ndarray, above: bool = True) -> Statement:
    """A statement that the second share is larger than the first (or smaller), on common seeds."""
    test = mcnemar(first, second)
    return Statement(name, Kind.POINTS, test.difference, test.low, test.high, 0.0, above, len(first))


def higher_statement(name: str, first: np.ndarray, second: np.ndarray, above: bool = True) -> Statement:
    """A statement that the mean of the second measure is higher than that of the first (or lower), on common seeds."""
    # pairs in which either has no number are left out, which `runs` takes into account
    difference = bootstrap_difference(first, second)
    return Statement(name, Kind.POINTS, difference.value, difference.low, difference.high, 0.0, above, difference.runs)


def slower_statement(name: str, first: np.ndarray, second: np.ndarray) -> Statement:
    """A statement that the second takes longer than the first: the geometric mean of the ratios of paired times."""
    # The logarithm turns ratios into differences, whose bootstrap interval is turned back by the exponential.
    difference = bootstrap_difference(np.log(first), np.log(second))
    value, low, high = (float(np.exp(logarithm)) for logarithm in (difference.value, difference.low, difference.high))
    return Statement(name, Kind.TIMES, value, low, high, 1.0, True, difference.runs)


def share_text(flags: np.ndarray) -> str:
    """A cell of a table: the share and its interval.

    >>> share_text(np.array([True, True, False, True]))
    '75.0% (30.1–95.4)'
    """
    from separatrix.evaluation.statistics.shares import percent

    estimate = share(int(flags.sum()), len(flags))
    return f"{percent(estimate.value)} ({100 * estimate.low:.1f}–{100 * estimate.high:.1f})"


def median_text(values: np.ndarray, digits: int = 1) -> str:
    """A cell of a table: the median of some shares in per cent."""
    return f"{100 * np.nanmedian(values):.{digits}f}%"
