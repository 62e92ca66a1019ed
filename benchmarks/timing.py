"""Timing in turn: A B C, A B C, …, so that a machine that speeds up or slows down does so for every side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        name: what it is.
        work: does the whole job once.
        share: the share of the job that `work` does, for a side too slow to do all of it: its seconds are divided
            by it.
        loss: the loss that the last `work` ended with, or None; to see that the sides did the same job.
        compiles: whether the first call is slower, and is made once before the clock runs.
    """

    name: str
    work: Work
    share: float = 1.0
    loss: Callable[[], float] | None = None
    compiles: bool = True


@dataclass(frozen=True)
class Timed:
    """Seconds of one side, one number a round, already divided by the side's share."""

    name: str
    seconds: tuple[float, ...]
    share: float
    loss: float | None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Comparison:
    """What came out: every side's seconds, the first side being ours."""

    title: str
    sides: tuple[Timed, ...]
    per: int = 1
    unit: str = "run"

    def ratio(self, name: str) -> float:
        """How many times faster ours is: the median over the rounds of theirs / ours in the same round."""
        theirs = next(side for side in self.sides if side.name == name)
        return statistics.median(b / a for a, b in zip(self.sides[0].seconds, theirs.seconds, strict=True))


def compare(title: str, sides: list[Side], rounds: int = 3, per: int = 1, unit: str = "run") -> Comparison:
    """Run all sides in turn, `rounds` times, after one call of each that compiles."""
    for side in sides:
        if side.compiles:
            side.work()
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            start = time.perf_counter()
            side.work()
            seconds[side.name].append((time.perf_counter() - start) / side.share)
    timed = tuple(
        Timed(side.name, tuple(seconds[side.name]), side.share, side.loss() if side.loss else None) for side in sides
    )
    return Comparison(title, timed, per, unit)
