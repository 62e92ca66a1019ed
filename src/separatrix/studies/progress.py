"""What a study's callback is told while it runs."""

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
    """How far a study is.

    Attributes:
        study: the study.
        done: runs finished, those of earlier calls too.
        runs: runs asked for; with `until` those up to the next look.
        solved: solved runs of each condition at each checkpoint, (conditions, checkpoints) int64.
        finished: finished runs of each condition, (conditions,) int64.
        failed: those of them that failed or diverged, (conditions,) int64.
        repeated: shards that were begun again because their worker died.
        seconds: since this call began.
        done_before: runs that earlier calls had finished.
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
        """A guess from the runs of this call; None before the first."""
        fresh = self.done - self.done_before
        return None if fresh <= 0 else self.seconds * (self.runs - self.done) / fresh


class Tally:
    """The counts while they grow."""

    def __init__(self, study: Study) -> None:
        cells, looks = len(study.conditions), len(study.checkpoints)
        self.solved = np.zeros((cells, looks), np.int64)
        self.finished, self.failed = np.zeros(cells, np.int64), np.zeros(cells, np.int64)

    def add(self, solved: np.ndarray, finished: np.ndarray, failed: np.ndarray) -> None:
        """Count another shard."""
        self.solved += solved
        self.finished += finished
        self.failed += failed

    def add_done(self, done: ShardResult) -> None:
        """Count what a worker handed back."""
        self.add(done.solved, done.finished, done.failed)


# Rounds: which shards are carried out before it is looked whether that is enough.


def rounds(study: Study, size: int) -> Iterator[tuple[int, int, int]]:
    """(first shard, the one after the last, seeds done by then): one round, or with `until` one from look to look."""
    cells, runs = len(study.conditions), study.n_runs
    looks: tuple[int, ...] = (study.n_replicates,)
    if study.until is not None:
        looks = study.until.looks(study.n_replicates, max(1, size // cells))
    first = 0
    for seeds in looks:
        last = -(-min(runs, seeds * cells) // size)
        yield first, last, seeds
        first = last


def enough(study: Study, tally: Tally, seeds: int) -> bool:
    """Whether the rule of `until` is kept by all shares."""
    if study.until is None or seeds < min(study.until.least, study.n_replicates):
        return False
    return study.until.reached(tally.solved, tally.finished[:, None])


def tally_of(study: Study, path: Path) -> tuple[Any, Any, Any]:
    """The counts of a shard that is there."""
    import polars

    return _shards.tally(study, polars.read_parquet(path, columns=["condition", "epoch", "solved", "status"]))
