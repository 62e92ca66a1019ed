"""Shards: consecutive runs that are trained, written and, after a kill, repeated as a unit."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.studies._borders import COUNTS, NUMBERS
from separatrix.studies._measuring import Row, failed_rows, run_job
from separatrix.studies.plan import Condition, Job, Study, recipe_text
from separatrix.support.machine import versions
from separatrix.training.many import FAILED

if TYPE_CHECKING:
    import polars

TARGET = 0.5  # seconds that a shard should take on one core: as much work is lost by a kill
MOST_SHARDS = 20_000  # files in a folder; more are slow to list
MOST_RUNS = 20_000  # runs in a shard, which bounds a worker's memory


@dataclass(frozen=True)
class ShardResult:
    """The results of one shard, as a worker returns them.

    Attributes:
        first: number of the first run.
        runs: number of runs.
        table: the rows as the bytes of a Parquet file.
        seconds: the seconds of each run as the bytes of a Parquet file.
        solved: solved runs of each condition at each checkpoint, (conditions, checkpoints) int64.
        finished: runs of each condition, (conditions,) int64.
        failed: runs that failed or diverged, (conditions,) int64.
        versions: versions of the libraries that the last bits depend on.
    """

    first: int
    runs: int
    table: bytes
    seconds: bytes
    solved: np.ndarray
    finished: np.ndarray
    failed: np.ndarray
    versions: dict[str, str]


def runs_per_shard(study: Study) -> int:
    """The number of runs in a shard: about `TARGET` seconds of work, but enough shards for many workers.

    A shard holds whole seeds with all their conditions, or an equal part of the conditions of one seed, so that any number
    of seeds is a whole number of shards. The number follows from the description alone and never from a clock: every
    machine cuts a study in the same way.
    """
    cells = len(study.conditions)
    # the mean over the conditions, since a shard mixes them
    seconds = sum(estimated_seconds(condition) for condition in study.conditions) / cells
    # at least 16 shards, so that several workers share even a small study and end at about the same time
    wanted = min(TARGET / seconds, study.n_runs / 16, MOST_RUNS)
    wanted = max(1, int(wanted), -(-study.n_runs // MOST_SHARDS))
    if wanted >= cells:
        return wanted // cells * cells
    # a divisor of the conditions, so that whole seeds are whole numbers of shards
    return max(part for part in range(1, wanted + 1) if cells % part == 0)


def estimated_seconds(condition: Condition) -> float:
    """An estimate of a run's seconds on the compiled engine, from the figures in explanation/engines.md, to plan shards by."""
    recipe, rows = condition.recipe, condition.point.n_rows
    batches = 1 if recipe.batch_size is None else -(-rows // recipe.batch_size)
    # a constant for each epoch and each batch, and the products of rows and parameters
    an_epoch = 0.1e-6 + 0.1e-6 * batches + 7e-11 * rows * condition.network.n_parameters
    return 1e-3 + recipe.epochs * an_epoch


def run_shard(
    study: Study, first: int, runs: int, stop: Callable[[], bool] | None = None, died: str | None = None
) -> ShardResult | None:
    """Train and measure the runs first … first + runs - 1.

    Args:
        study: the study.
        first: number of the first run.
        runs: number of runs.
        stop: asked now and then whether to stop.
        died: if given, nothing is trained, and all runs count as failed with this message.

    Returns:
        The results, or None if `stop` ended the work.
    """
    rows: list[Row] = []
    jobs = [study.job(run) for run in range(first, first + runs)]
    seconds = np.zeros(runs)
    go_on = None if stop is None else (lambda: not stop())
    for k, job in enumerate(jobs):
        # asked between runs too: very short runs never call their callback
        if go_on is not None and not go_on():
            return None
        if died is not None:
            rows += failed_rows(study.checkpoints, died)
            continue
        done = run_job(study, job, go_on)
        if done is None:
            return None
        rows += done[0]
        seconds[k] = done[1]
    frame = frame_of(study, jobs, rows)
    # packed by the worker: the compression is spread over the cores, and the bytes are written as sent
    return ShardResult(
        first, runs, parquet(frame), parquet(seconds_of(first, seconds)), *tally(study, frame), made_with(study)
    )


def frame_of(study: Study, jobs: list[Job], rows: list[Row]) -> polars.DataFrame:
    """The rows of the table, with the columns of `schema(study.borders)` in their order."""
    import polars

    types = schema(study.borders)
    rows_per_run = len(study.checkpoints)
    ids = {
        "run": [job.run for job in jobs],
        "seed": [job.seed for job in jobs],
        "data_seed": [job.data_seed for job in jobs],
        "initial_seed": [job.initial_seed for job in jobs],
    }
    which = np.repeat([job.condition.index for job in jobs], rows_per_run)
    columns = [
        polars.Series(name, np.repeat(np.array(values, np.uint64), rows_per_run)) for name, values in ids.items()
    ]
    grid = condition_frame(study.conditions)[which]
    frame = polars.DataFrame(columns).hstack(grid.get_columns())
    measured = [name for name in types if name not in frame.columns]
    frame = frame.hstack([polars.Series(name, [row.get(name) for row in rows], dtype=types[name]) for name in measured])
    return frame.select(list(types))


def condition_frame(conditions: tuple[Condition, ...]) -> polars.DataFrame:
    """One row for each condition, with the columns that describe it."""
    import polars

    rows = []
    for condition in conditions:
        hidden, names = condition.network.widths[1:-1], condition.network.activation
        rows.append(
            {
                "condition": condition.index,
                "point": condition.point.text,
                "sampler": condition.point.sampler,
                "n": condition.point.n,
                "noise": condition.point.noise,
                "network": str(condition.network),
                "width": max(hidden, default=0),
                "depth": len(hidden),
                "activation": names if isinstance(names, str) else "-".join(names),
                "init": condition.network.init,
                "loss_name": condition.recipe.loss,
                "optimizer": condition.recipe.optimizer,
                "lr": condition.recipe.lr,
                "batch_size": condition.recipe.batch_size,
                "recipe": recipe_text(condition.recipe),
            }
        )
    types = schema()
    return polars.DataFrame(rows, schema={name: types[name] for name in rows[0]})


def schema(borders: bool = False) -> dict[str, Any]:
    """The columns of the table and their types, in their order; with those of exact borders where a study has them."""
    import polars

    u32, u64, f64, text = polars.UInt32, polars.UInt64, polars.Float64, polars.String
    of_borders = {
        **dict.fromkeys(COUNTS, u32),
        "closed": polars.Boolean,
        "closed_epoch": u32,
        **dict.fromkeys(NUMBERS, f64),
    }
    return {
        "run": u64,
        "seed": u64,
        "data_seed": u64,
        "initial_seed": u64,
        "condition": u32,
        "point": text,
        "sampler": text,
        "n": u32,
        "noise": f64,
        "network": text,
        "width": u32,
        "depth": u32,
        "activation": text,
        "init": text,
        "loss_name": text,
        "optimizer": text,
        "lr": f64,
        "batch_size": u32,
        "recipe": text,
        "epoch": u32,
        "epochs": u32,
        "accuracy": f64,
        "test_accuracy": f64,
        "loss": f64,
        "solved": polars.Boolean,
        "solved_epoch": u32,
        "status": text,
        "dead_units": u32,
        **(of_borders if borders else {}),
        "error": text,
    }


def seconds_of(first: int, seconds: np.ndarray) -> polars.DataFrame:
    """The seconds of consecutive runs as a frame."""
    import polars

    return polars.DataFrame({"run": np.arange(first, first + len(seconds), dtype=np.uint64), "seconds": seconds})


def tally(study: Study, frame: polars.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solved runs (conditions, checkpoints), runs (conditions,), and failed or diverged ones (conditions,)."""
    cells, looks = len(study.conditions), len(study.checkpoints)
    condition = frame["condition"].to_numpy()
    # the position of each row's checkpoint
    place = np.searchsorted(study.checkpoints, frame["epoch"].to_numpy())
    solved = np.zeros((cells, looks), np.int64)
    # add.at counts repeated indices, which `solved[...] += ` would not
    np.add.at(solved, (condition, place), frame["solved"].to_numpy().astype(np.int64))
    last = place == looks - 1
    broken = frame["status"].is_in([FAILED, "diverged"]).to_numpy()
    counts = (np.bincount(condition[rows], minlength=cells).astype(np.int64) for rows in (last, last & broken))
    return (solved, *counts)  # type: ignore[return-value]  # two of them


def parquet(frame: polars.DataFrame) -> bytes:
    """The bytes of a Parquet file: the same frame gives the same bytes."""
    buffer = io.BytesIO()
    # fixed settings: the digest of these bytes names the file, and tables are compared byte by byte
    frame.write_parquet(buffer, compression="zstd", compression_level=3, statistics=True, row_group_size=1_000_000)
    return buffer.getvalue()


def unpacked(content: bytes) -> polars.DataFrame:
    """The frame that `parquet` wrote."""
    import polars

    return polars.read_parquet(io.BytesIO(content))


def joined(parts: list[ShardResult]) -> ShardResult:
    """Consecutive parts joined to one shard."""
    import polars

    table, seconds = (
        parquet(polars.concat([unpacked(getattr(part, name)) for part in parts])) for name in ("table", "seconds")
    )
    solved, finished, failed = (
        np.sum([getattr(part, name) for part in parts], axis=0) for name in ("solved", "finished", "failed")
    )
    runs = sum(part.runs for part in parts)
    return ShardResult(parts[0].first, runs, table, seconds, solved, finished, failed, parts[0].versions)


def made_with(study: Study) -> dict[str, str]:
    """The versions and the kind of processor that the last bits of the results depend on."""
    import platform

    names = study.engines
    # Polars writes the files, so their bytes depend on its version too
    libraries: dict[str, str] = {"polars": _version("polars")}
    for name in sorted(names):
        libraries |= versions(name)
    if "fused" in names:
        from separatrix.engines.fused import lanes_of

        # the width of the vectors decides the order of the compiled engine's sums
        libraries["lanes"] = str(lanes_of("float32"))
    return dict(sorted((libraries | {"processor": platform.machine()}).items()))


@cache  # looking it up takes half a millisecond, and every shard asks
def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


# The seam of a study: a backend takes shards and returns their results. Only the calling process writes files.


class WorkerDied(Exception):
    """A worker ended without returning its shard: it was killed, ran out of memory, or its machine was lost."""


class Backend(Protocol):
    """What trains shards: threads, processes or a cluster."""

    workers: int

    def submit(self, first: int, runs: int) -> Future[ShardResult | None]:
        """Start a shard. The future raises `WorkerDied` if the worker dies."""
        ...

    def close(self) -> None:
        """Stop at once and abandon the shards under way."""
        ...
