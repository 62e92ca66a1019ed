"""The progress of a study: what its callback receives, and when enough seeds are finished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.studies import _shards
from separatrix.studies._shards import ShardResult
from separatrix.studies.plan import Study


@dataclass(frozen=True, eq=False)
class StudyProgress:
    """The progress of a study, which its callback receives.

    Attributes:
        study: the study.
        done: number of finished runs, with those of earlier calls.
        runs: number of runs to finish; with `until`, those up to the next look.
        solved: solved runs of each condition at each checkpoint, (conditions, checkpoints) int64.
        finished: finished runs of each condition, (conditions,) int64.
        failed: runs of each condition that failed or diverged, (conditions,) int64.
        repeated: number of shards that were started again because their worker died.
        seconds: seconds since this call began.
        done_before: number of runs that earlier calls had finished.
    """

    study: Study
    done: int
    runs: int
    solved: np.ndarray
    finished: np.ndarray
    failed: np.ndarray
    repeated: int
    seconds: float
    done_before: int

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the speed of this call, in seconds; None before its first run."""
        # runs of earlier calls took none of this call's seconds
        fresh = self.done - self.done_before
        return None if fresh <= 0 else self.seconds * (self.runs - self.done) / fresh


class Tally:
    """The counts of a study while it runs."""

    def __init__(self, study: Study) -> None:
        cells, looks = len(study.conditions), len(study.checkpoints)
        self.solved = np.zeros((cells, looks), np.int64)
        self.finished, self.failed = np.zeros(cells, np.int64), np.zeros(cells, np.int64)

    def add(self, solved: np.ndarray, finished: np.ndarray, failed: np.ndarray) -> None:
        """Add the counts of a shard: solved (conditions, checkpoints), finished and failed (conditions,), all int64."""
        self.solved += solved
        self.finished += finished
        self.failed += failed

    def add_done(self, done: ShardResult) -> None:
        """Add the counts of the results that a worker returned."""
        self.add(done.solved, done.finished, done.failed)


# Rounds: shards that are finished before the rule of `until` is applied again. The looks are fixed beforehand, because
# looking after every run would make the intervals hold less often than they say.


def rounds(study: Study, size: int) -> Iterator[tuple[int, int, int]]:
    """The rounds as (first shard, one past the last shard, seeds finished by then); without `until` there is one."""
    cells, runs = len(study.conditions), study.n_runs
    looks: tuple[int, ...] = (study.n_replicates,)
    if study.until is not None:
        # at least a shard of seeds between two looks, since a shard is the least that can be run
        looks = study.until.interim_sizes(study.n_replicates, max(1, size // cells))
    first = 0
    for seeds in looks:
        # rounded up: a shard that reaches beyond the look is finished too
        last = -(-min(runs, seeds * cells) // size)
        yield first, last, seeds
        first = last


def enough(study: Study, tally: Tally, seeds: int) -> bool:
    """Whether all shares fulfil the rule of `until`."""
    if study.until is None or seeds < min(study.until.least, study.n_replicates):
        return False
    return study.until.reached(tally.solved, tally.finished[:, None])


def tally_of(study: Study, path: Path) -> tuple[Any, Any, Any]:
    """The counts of a finished shard."""
    import polars

    # four columns alone: Parquet leaves the others unread
    return _shards.tally(study, polars.read_parquet(path, columns=["condition", "epoch", "solved", "status"]))
