"""The measures of one run at each checkpoint: accuracies, loss, status, dead units. Each checkpoint gives a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from separatrix.data.points import Points, fitting
from separatrix.engines.base import penalty
from separatrix.errors import SeparatrixError
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.studies._borders import border_rows
from separatrix.studies.plan import Job, Study, train_job
from separatrix.studies.sources import Source
from separatrix.training.many import FAILED
from separatrix.training.preparation import as_task
from separatrix.training.run import COLUMNS, History, Run, Status, ended

AT_ONCE = 4_000_000  # activations computed at a time, which bounds the memory of many checkpoints on many rows

Row = dict[str, Any]


def run_job(study: Study, job: Job, go_on: Callable[[], bool] | None = None) -> tuple[list[Row], float] | None:
    """Train one run and measure it at every checkpoint.

    An error of the library itself, such as points of one class or too little memory, gives rows of status "failed". Any
    other error is a fault of the program and is raised.

    Args:
        study: the study.
        job: the run.
        go_on: asked now and then whether to continue.

    Returns:
        One row for each checkpoint and the seconds that the run took, or None if `go_on` ended it.
    """
    # a monotonic clock: the system's time may be set back during a run
    start = time.perf_counter()
    try:
        points, test = job.condition.point.draw(job.data_seed, study.n_test)
        run = train_job(study, job, points, **({} if go_on is None else {"on_progress": lambda moment: go_on()}))
        # only the callback ends a run early with this status, and half a run must not be counted
        if run.status is Status.STOPPED and run.epochs < job.condition.recipe.epochs:
            return None
        rows = rows_of(run, study.checkpoints, points, test)
        if study.borders:
            rows = _with_borders(rows, run, study.checkpoints, points, job.condition.point)
    except (SeparatrixError, MemoryError) as error:
        # a failed run keeps its rows: dropping them would make the shares look better than they are
        rows = failed_rows(study.checkpoints, f"{type(error).__name__}: {error}")
    return rows, time.perf_counter() - start


def _with_borders(rows: list[Row], run: Run, checkpoints: tuple[int, ...], points: Points, source: Source) -> list[Row]:
    """The rows with the measures of the border beside the others."""
    network = run.network
    if not isinstance(network, Network):
        raise TypeError("a study trains Networks")
    parameters = np.stack([run.snapshots.get(epoch, run.parameters) for epoch in checkpoints])
    of_border = border_rows(network, parameters, checkpoints, points, source)
    return [row | more for row, more in zip(rows, of_border, strict=True)]


def failed_rows(checkpoints: tuple[int, ...], message: str) -> list[Row]:
    """The rows of a run without results: not solved, with the reason."""
    nothing: Row = dict.fromkeys(("epochs", "accuracy", "test_accuracy", "loss", "solved_epoch", "dead_units"))
    return [
        nothing | {"epoch": epoch, "solved": False, "status": FAILED, "error": message[:500]} for epoch in checkpoints
    ]


def rows_of(run: Run, checkpoints: tuple[int, ...], points: Points, test: Points | None) -> list[Row]:
    """The state of a run at each checkpoint. After an early end, later checkpoints repeat the final state."""
    network = run.network
    if not isinstance(network, Network):
        raise TypeError("a study trains Networks")
    x, y = _trained_on(run, network, points)
    test_x = None if test is None else fitting(test.x, run.recipe.dtype)
    # after an early end, later checkpoints have no snapshot and repeat the final parameters
    parameters = np.stack([run.snapshots.get(epoch, run.parameters) for epoch in checkpoints])
    measures = [
        _measured(run, network, parameters[group], x, y, test_x, None if test is None else test.y)
        for group in _groups(len(parameters), len(x) + (0 if test is None else len(test)), sum(network.widths))
    ]
    accuracy, loss, test_accuracy, dead = (np.concatenate(parts) for parts in zip(*measures, strict=True))
    first = _first_solved(run.log)
    rows = []
    for k, epoch in enumerate(checkpoints):
        status = _status(run, epoch, float(accuracy[k]))
        # exactly 1: shares of counted rows, which are exact in floating point
        solved = bool(accuracy[k] == 1.0) and status is not Status.DIVERGED
        # an early end stops the count of epochs too
        done = min(epoch, run.epochs)
        rows.append(
            {
                "epoch": epoch,
                "epochs": done,
                "accuracy": float(accuracy[k]),
                "test_accuracy": None if test is None else float(test_accuracy[k]),
                # Parquet readers treat NaN and missing differently, so infinite losses become missing values
                "loss": float(loss[k]) if np.isfinite(loss[k]) else None,
                "solved": solved,
                "solved_epoch": first if first is not None and first <= done else done if solved else None,
                "status": status.value,
                "dead_units": int(dead[k]),
                "error": None,
            }
        )
    return rows


def _trained_on(run: Run, network: Network, points: Points) -> tuple[np.ndarray, np.ndarray]:
    """The rows that the run was trained on, without those that its recipe held out for validation."""
    if run.recipe.validation_fraction is None:
        return fitting(points.x, run.recipe.dtype), points.y.astype(run.recipe.dtype)
    # the loop's own function draws the split again, so that both are the same by construction
    task = as_task(network, run.recipe, points, None, None)
    return task.x, task.y


def _groups(checkpoints: int, rows: int, units: int) -> list[slice]:
    """The checkpoints in groups whose activations fit into `AT_ONCE`."""
    size = max(1, AT_ONCE // (rows * units))
    return [slice(first, first + size) for first in range(0, checkpoints, size)]


def _measured(
    run: Run,
    network: Network,
    parameters: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    test_x: np.ndarray | None,
    test_y: Any,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training accuracy, loss with penalties, test accuracy and dead units, each (c,), at parameters (c, p)."""
    recipe = run.recipe
    entry = LOSSES[str(recipe.loss)]
    with np.errstate(over="ignore", invalid="ignore"):  # of a run about to diverge; its loss becomes a missing value
        steps = network.trace(parameters, x)
        # all checkpoints in one pass: parameters have a leading axis of runs
        z = _logit(steps[-1][1])  # (c, n)
        row_loss: np.ndarray = entry.value(z, y, recipe.focal_gamma)
        penalties = np.array([penalty(network, row, recipe.l1, recipe.l2) for row in parameters])
        # sums in float64, as the engines log them
        loss = np.asarray(row_loss.sum(axis=-1, dtype=np.float64)) / len(x) + penalties
        test = np.full(len(parameters), np.nan)
        if test_x is not None:
            test_z = _logit(network.trace(parameters, test_x)[-1][1])
            test = ((test_z > 0) == (test_y > 0)).mean(axis=-1)
        dead = np.zeros(len(parameters), np.int64)
        for (before, _), activation in zip(steps[:-1], network.activations, strict=True):
            # a unit is dead if its slope is 0 on every training row: no gradient can reach it any more
            dead += (activation.slope(before) == 0).all(axis=-2).sum(axis=-1)  # (c, n, h) -> (c, h) -> (c,)
    return ((z > 0) == (y > 0.5)).mean(axis=-1), loss, test, dead


def _logit(outputs: np.ndarray) -> np.ndarray:
    """The logit of class 1, (c, n), from outputs (c, n, 1) or, for the softmax, (c, n, 2)."""
    z = outputs[..., 0] if outputs.shape[-1] == 1 else outputs[..., 1] - outputs[..., 0]
    return np.ascontiguousarray(z)


def _first_solved(log: History) -> int | None:
    """The first logged epoch at which every training row was on the right side."""
    rows = np.flatnonzero(log.accuracy == 1.0)
    return int(log.epoch[rows[0]]) if len(rows) else None


def _status(run: Run, epoch: int, accuracy: float) -> Status:
    """The status that the run would have had if this checkpoint had been its last epoch."""
    if epoch >= run.epochs and (epoch == run.recipe.epochs or run.epochs < run.recipe.epochs):
        return run.status
    # the status follows from the log, which is cut as if the run had ended here
    upto = int(np.searchsorted(run.log.epoch, epoch, side="right"))
    return ended(History(**{name: getattr(run.log, name)[:upto] for name in COLUMNS}), accuracy, epoch)
