"""The one outer loop: it draws random numbers, divides epochs into chunks, logs, stops early and reports progress.

Engines only advance epochs; the command line, the page, the estimators and studies all call `train`.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points
from separatrix.engines.base import Engine, Epochs, Metrics, Progress, Session, Task
from separatrix.engines.choose import choose
from separatrix.errors import InvalidData, OutOfMemory
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.constraints import AnyOf, Callback, Having, Integer, Optional, check
from separatrix.support.machine import versions
from separatrix.support.seeds import stream_seed
from separatrix.support.surroundings import insulated
from separatrix.training.preparation import as_network, as_task, fingerprint, initial_parameters, refuse_other_recipe
from separatrix.training.run import Checkpoint, EpochEnd, History, OnProgress, Run, Status, ended

if TYPE_CHECKING:
    from torch import nn

    from separatrix.networks.module_network import ModuleNetwork

LOOK_EVERY = 0.05  # seconds between two reports of progress
ORDER_CELLS = 1_000_000  # entries of the batch order that are drawn at a time: 8 MB
KEPT_NUMBERS = 4_000_000  # parameters of logged epochs kept until it is known which were the best: 32 MB at most


_LOOK_EVERY = Optional(AnyOf((Integer(1), Callback("a function that gives one"))))


@insulated
def train(
    network: Network | ModuleNetwork | nn.Module,
    recipe: Recipe,
    points: Points,
    *,
    engine: str = "auto",
    device: str = "cpu",
    initial: np.ndarray | None = None,
    validation: Points | None = None,
    sample_weight: Any = None,
    validation_weight: Any = None,
    memory: dict[str, np.ndarray] | None = None,
    resume: Run | None = None,
    threads: int = 1,
    on_progress: OnProgress | None = None,
    look_every: int | Callable[[], int] | None = None,
) -> Run:
    """Train a network on points, as a recipe describes.

    Args:
        network: a description, or a `torch.nn.Module` of your own (torch engine).
        recipe: how to train.
        points: x (n, d), y (n,).
        engine: "torch", "fused", or "auto" for the fastest engine that supports the recipe.
        device: "cpu", "cuda", "mps" …; any but "cpu" needs the torch engine.
        initial: initial parameters (p,). By default they are drawn from the recipe's seed.
        validation: points for validation, instead of the recipe's `validation_fraction`.
        sample_weight: (n,) weights of the rows; 0 removes a row, 2 counts it twice.
        validation_weight: (m,) weights of the validation points; with the recipe's `validation_fraction` they keep their own.
        memory: initial memory of the optimiser, such as another run's `checkpoint.memory`, together with that run's
            parameters as `initial`: to continue learning from other points, which may then be of one class alone.
        resume: a run to resume, up to the recipe's epochs. The result has the same bits as a training that was not
            interrupted.
        threads: maximum number of threads; the result does not depend on it.
        on_progress: called with a `EpochEnd` about every 0.05 s; return False to stop.
        look_every: number of epochs between two calls of `on_progress`, instead of 0.05 s; or a function that returns
            this number before the first call and after each one.

    Raises:
        InvalidData: points, weights or parameters cannot be used.
        InvalidParameter: settings contradict each other.
        EngineRefusal: the engine does not support this recipe.
        OutOfMemory: the training does not fit into memory.

    Examples:
        >>> import separatrix as sx
        >>> run = train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=200), sx.circle(seed=1))
        >>> run.status, run.epochs
        (<Status.STOPPED: 'stopped'>, 200)
    """
    check(
        "train",
        {"threads": threads, "recipe": recipe, "look_every": look_every},
        {"threads": Integer(1), "recipe": Having("focal_gamma", "a Recipe"), "look_every": _LOOK_EVERY},
    )
    network = as_network(network, recipe)
    try:
        task = as_task(
            network, recipe, points, validation, sample_weight, validation_weight, one_class=memory is not None
        )
        task = replace(task, threads=int(threads))
        chosen, _ = choose(engine, network, recipe, device)
        parameters = initial_parameters(network, recipe, initial)
        # The engine gets checked arrays; everything random is drawn here, so that all engines see the same numbers.
        run = _Training(chosen, task, parameters, memory, resume, on_progress, look_every).run()
    except MemoryError as error:
        raise OutOfMemory(f"training {network} on {len(points):,} rows doesn't fit into memory: {error}") from error
    if not isinstance(network, Network) and run.status is not Status.DIVERGED:
        network.warn_outside(run.parameters, task.x)
    return run


class _Training:
    """The loop's state while one training is under way."""

    def __init__(
        self,
        engine: Engine,
        task: Task,
        initial: np.ndarray,
        memory: dict[str, np.ndarray] | None,
        resume: Run | None,
        on_progress: OnProgress | None,
        look_every: int | Callable[[], int] | None,
    ) -> None:
        self.engine, self.task, self.recipe = engine, task, task.recipe
        # Without a callback there is nothing to look for.
        self.on_progress, self.look_every = on_progress, look_every if on_progress else None
        self.data = fingerprint(task)
        self.batched = task.recipe.batch_size is not None
        # PCG64 by name: NumPy may change what `default_rng` returns, and a saved state must still fit.
        self.orders = np.random.Generator(np.random.PCG64(stream_seed(self.recipe.seed, "order")))
        self.logs: list[History] = []
        self.snapshots: dict[int, np.ndarray] = {}
        self.done, self.initial, self.seconds, self.status = 0, initial, 0.0, None
        self.best, self.best_loss, self.waited = None, float("inf"), 0
        if resume is not None:
            initial, memory = self._take_up(resume)
        self.session: Session = engine.start(task, initial, memory)
        # A first guess of the epochs in 0.05 s; `_fit_chunk` corrects it.
        self.chunk = max(1, min(1_000_000 // (len(task.x) * len(initial)), 10_000))
        self.reported, self.look_at = len(self.logs), self._after_this_look()
        self.started = time.perf_counter() - self.seconds

    done: int
    status: Status | None
    best: np.ndarray | None

    def _take_up(self, resume: Run) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Continue from the state of a run: its parameters and its optimiser's memory."""
        checkpoint = resume.checkpoint
        if checkpoint is None:
            raise InvalidData(f"this run cannot be resumed: it {resume.status} and has no checkpoint.")
        if resume.network != self.task.network:
            raise InvalidData(f"the run to resume is of {resume.network!r}, not of {self.task.network!r}.")
        if resume.data != self.data:
            raise InvalidData("the points or weights differ from those of the run to resume; pass the same ones.")
        refuse_other_recipe(resume, self.recipe, self.engine.name)
        if checkpoint.order is not None:
            self.orders.bit_generator.state = checkpoint.order
        self.done, self.initial, self.seconds = resume.epochs, resume.initial, resume.seconds
        self.best, self.best_loss, self.waited = checkpoint.best, checkpoint.best_loss, checkpoint.waited
        self.logs, self.snapshots = [resume.log], dict(resume.snapshots)
        if self._solved(resume.log) is not None or self._waited_enough():
            self.status = Status.CONVERGED  # it was over then, and still is
        return checkpoint.parameters, checkpoint.memory

    def run(self) -> Run:
        """Train chunk by chunk until all epochs are completed or a condition ends the training earlier."""
        if self.done in self.recipe.snapshots:
            self.snapshots[self.done] = self.session.parameters()
        while self.done < self.recipe.epochs and self.status is None:
            before = time.perf_counter()
            self._advance()
            self._fit_chunk(time.perf_counter() - before)
        return self._result()

    def _advance(self) -> None:
        """Train one chunk: advance, log, and check whether to stop."""
        # Chunks end where something has to be decided; the engine itself never stops early.
        stop = min(self.done + self.chunk, self._next_look())
        start, state = self.done, self._state() if self.recipe.solved_below else None
        epochs, progress, snapshots = self._walk(start, stop)
        solved = self._solved(progress)
        if state is not None and solved is not None and epochs.logged[solved] + 1 < len(epochs.rates):
            epochs, progress, snapshots = self._again(state, start, start + int(epochs.logged[solved]) + 1)
        self.done = start + progress.done
        self._log(start, epochs, progress)
        self.snapshots |= snapshots
        self._remember_best(progress)
        # Fewer epochs than asked for means that a number became infinite or NaN.
        if progress.done < len(epochs.rates):
            self.status = Status.DIVERGED
        elif solved is not None or self._waited_enough():
            self.status = Status.CONVERGED
        if self._is_stopped() and self.status is None and self.done < self.recipe.epochs:
            self.status = Status.STOPPED

    def _walk(self, start: int, stop: int) -> tuple[Epochs, Progress, dict[int, np.ndarray]]:
        """Train these epochs in one call of the engine; return what is logged of them, and their snapshots."""
        epochs = self._epochs(start, stop)
        # Snapshots are measured like logged epochs, in one call, and taken out again below.
        progress = self.session.advance(epochs)
        measured, reached = epochs.logged, len(progress.loss)
        rows = np.searchsorted(measured[:reached], snapshots := self._snapshots(start, stop))
        snapshots_here = {
            start + 1 + int(offset): progress.parameters[row].copy()
            for offset, row in zip(snapshots, rows, strict=True)
            if progress.parameters is not None and row < reached
        }
        logged = np.isin(measured, self._logged(start, stop))
        return replace(epochs, logged=measured[logged]), progress.select(logged[:reached]), snapshots_here

    def _logged(self, start: int, stop: int) -> np.ndarray:
        """Offsets of the logged epochs."""
        numbers = np.arange(start + 1, stop + 1)
        return np.flatnonzero((numbers % self.recipe.log_every == 0) | (numbers == self.recipe.epochs))

    def _snapshots(self, start: int, stop: int) -> np.ndarray:
        """Offsets of the epochs after which a snapshot is taken."""
        first, last = (bisect_right(self.recipe.snapshots, epoch) for epoch in (start, stop))
        return np.array(self.recipe.snapshots[first:last], np.int64) - start - 1

    def _epochs(self, start: int, stop: int) -> Epochs:
        rates = SCHEDULES[self.recipe.schedule].rates(start, stop, self.recipe)
        measured, snapshots = self._logged(start, stop), self._snapshots(start, stop)
        order = None
        if self.batched:
            rows = np.tile(np.arange(len(self.task.x)), (stop - start, 1))
            order = self.orders.permuted(rows, axis=1, out=rows)  # one stream, row after row: chunks don't matter
        keep = self.recipe.patience is not None or len(snapshots) > 0
        return Epochs(rates, order, np.union1d(measured, snapshots), keep)

    def _next_look(self) -> int:
        """The next epoch after which the loop has to decide something."""
        looks, most_rows = [self.recipe.epochs], max(1, KEPT_NUMBERS // len(self.initial))
        if self.recipe.patience:  # the first epoch at which it could be over
            rows = min(self.recipe.patience - self.waited, most_rows)
            looks.append((self.done // self.recipe.log_every + rows) * self.recipe.log_every)
        if after := self.recipe.snapshots[bisect_right(self.recipe.snapshots, self.done) :]:
            half = max(1, most_rows // 2)  # of what may be kept: rows that are logged, snapshots
            looks += [(self.done // self.recipe.log_every + half) * self.recipe.log_every, *after[half - 1 : half]]
        if self.look_every:
            looks.append(self.look_at)
        if self.batched:
            looks.append(self.done + max(1, ORDER_CELLS // len(self.task.x)))
        return min(looks)

    def _fit_chunk(self, elapsed: float) -> None:
        """Aim at `LOOK_EVERY` seconds per chunk. The results do not depend on the chunks."""
        # At most eight times longer or four times shorter: one slow chunk says little.
        grown = self.chunk * min(8.0, max(0.25, LOOK_EVERY / max(elapsed, 1e-9)))
        self.chunk = max(1, int(min(grown, self.recipe.epochs)))  # else it grows for ever where looks cut chunks short

    def _state(self) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, Any]]:
        return self.session.parameters(), self.session.memory(), dict(self.orders.bit_generator.state)

    def _again(
        self, state: tuple[np.ndarray, dict[str, np.ndarray], dict[str, Any]], start: int, stop: int
    ) -> tuple[Epochs, Progress, dict[int, np.ndarray]]:
        """Train the chunk once more, this time only to the epoch at which the training should have stopped."""
        parameters, memory, self.orders.bit_generator.state = state
        self.session = self.engine.start(self.task, parameters, memory)
        return self._walk(start, stop)

    def _solved(self, progress: Progress | History) -> int | None:
        """The first logged row at which the points are solved in the sense of the recipe."""
        if self.recipe.solved_below is None:
            return None
        rows = np.flatnonzero((progress.accuracy == 1.0) & (progress.loss < self.recipe.solved_below))
        return int(rows[0]) if len(rows) else None

    def _remember_best(self, progress: Progress) -> None:
        """Early stopping: keep the parameters with the lowest validation loss, and count the logged epochs since."""
        if self.recipe.patience is None or progress.parameters is None:
            return
        for loss, parameters in zip(progress.validation_loss.tolist(), progress.parameters, strict=True):
            if loss < self.best_loss - self.recipe.min_delta:
                self.best, self.best_loss, self.waited = parameters.copy(), loss, 0
            else:
                self.waited += 1

    def _waited_enough(self) -> bool:
        return self.recipe.patience is not None and self.waited >= self.recipe.patience

    def _log(self, start: int, epochs: Epochs, progress: Progress) -> None:
        now, was = time.perf_counter() - self.started, self.seconds
        offsets = epochs.logged[: len(progress.loss)]
        share = (offsets + 1) / max(1, progress.done)
        self.logs.append(
            History(
                start + offsets + 1,
                progress.loss,
                progress.accuracy,
                progress.validation_loss,
                progress.validation_accuracy,
                epochs.rates[offsets],
                progress.gradient_norm,
                was + share * (now - was),
            )
        )
        self.seconds = now

    def _is_time(self) -> bool:
        over = self.status is not None or self.done == self.recipe.epochs
        return over or self.look_every is None or self.done >= self.look_at

    def _after_this_look(self) -> int:
        every = self.look_every or 1
        if not callable(every):
            return (self.done // every + 1) * every
        epochs = every()
        check("train", {"look_every()": epochs}, {"look_every()": Integer(1)})  # else the loop would never advance
        return self.done + int(epochs)

    def _is_stopped(self) -> bool:
        if self.on_progress is None or not self._is_time():
            return False
        rows = self.logs[-1] if len(self.logs) == self.reported + 1 else History.joined(self.logs[self.reported :])
        self.reported = len(self.logs)
        last = next((log for log in reversed(self.logs) if len(log)), None)
        loss, accuracy, validation = (
            (None, None, None)
            if last is None
            else (float(last.loss[-1]), float(last.accuracy[-1]), float(last.validation_accuracy[-1]))
        )
        moment = EpochEnd(
            self.done, self.recipe.epochs, loss, accuracy, validation, rows, self.session.parameters, self._so_far
        )
        go_on = self.on_progress(moment)
        if go_on is False:
            return True  # nobody is asked for another look
        self.look_at = self._after_this_look()
        return False

    def _so_far(self) -> Run:
        """The run as it is now, to be saved: resuming it gives the same bits as going on."""
        measure = self.session.measure()
        return self._run(self._checkpoint(), measure, Status.STOPPED)

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.session.parameters(),
            self.session.memory(),
            dict(self.orders.bit_generator.state) if self.batched else None,
            self.best,
            self.best_loss,
            self.waited,
        )

    def _result(self) -> Run:
        checkpoint = self._checkpoint()
        # After a divergence the last finite parameters are the result, not the best ones before it.
        if self.best is not None and self.status is not Status.DIVERGED:
            self.session.place(self.best)
        measure = self.session.measure()
        if not np.isfinite(measure.loss):  # the last step broke it, and no other came to see
            self.status = Status.DIVERGED
        return self._run(None if self.status is Status.DIVERGED else checkpoint, measure, self.status)

    def _run(self, checkpoint: Checkpoint | None, measure: Metrics, status: Status | None) -> Run:
        """The run with the session's parameters; a status of None is judged by its history."""
        log = History.joined(self.logs)
        return Run(
            network=self.task.network,
            recipe=self.recipe,
            parameters=self.session.parameters(),
            initial=self.initial,
            log=log,
            status=status or ended(log, measure.accuracy, self.recipe.epochs),
            epochs=self.done,
            loss=measure.loss,
            accuracy=measure.accuracy,
            validation_accuracy=None if self.task.validation_x is None else measure.validation_accuracy,
            engine=self.engine.name,
            seconds=time.perf_counter() - self.started,
            versions=versions(self.engine.name),
            snapshots=dict(self.snapshots),
            checkpoint=checkpoint,
            data=self.data,
        )
