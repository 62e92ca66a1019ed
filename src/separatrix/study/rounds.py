"""Rounds: which shards are carried out before it is looked whether that is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from separatrix.study import shards
from separatrix.study.plan import Study
from separatrix.study.progress import Tally


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

    return shards.tally(study, polars.read_parquet(path, columns=["condition", "epoch", "solved", "status"]))
