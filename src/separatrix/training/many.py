"""Many trainings at once: one network and recipe, many seeds, all cores."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points
from separatrix.engines.choose import choose
from separatrix.errors import InvalidParameter, OutOfMemory, SeparatrixError
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import SEED, Having, Integer, Optional, Rule, check
from separatrix.support.machine import usable_cores
from separatrix.training.loop import train
from separatrix.training.preparation import as_network
from separatrix.training.run import EpochEnd, Run, Status

if TYPE_CHECKING:
    import polars
    from torch import nn

    from separatrix.networks.modules import ModuleNetwork

Data = Points | Callable[[int], Points]

BEAT = 1.0  # seconds after which the progress callback is called again though no run has ended


@dataclass(frozen=True, eq=False)
class Runs:
    """The results of many trainings, one row per seed in the order of the seeds.

    Attributes:
        network: the description of what was trained.
        recipe: the description of how; each run had its own seed.
        seeds: (r,) uint64.
        parameters: (r, p), the recipe's dtype.
        status: (r,) str: "converged", "stuck", "stopped", "diverged".
        epochs: epochs completed, (r,) int64.
        loss: final training loss, (r,) float64.
        accuracy: final training accuracy, (r,) float64, in [0, 1].
        validation_accuracy: final validation accuracy, (r,) float64, NaN without validation rows.
        seconds: (r,) float64.
        engine: "torch" or "fused".
    """

    network: Network | ModuleNetwork
    recipe: Recipe
    seeds: np.ndarray
    parameters: np.ndarray
    status: np.ndarray
    epochs: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    validation_accuracy: np.ndarray
    seconds: np.ndarray
    engine: str

    def __len__(self) -> int:
        return len(self.seeds)

    def __repr__(self) -> str:
        solved = float((self.accuracy == 1).mean()) if len(self) else float("nan")
        return f"Runs({len(self):,} of {self.network}, {self.engine}: {solved:.1%} reach 100% training accuracy)"

    @property
    def frame(self) -> polars.DataFrame:
        """One row per run: seed, status, epochs, loss, accuracy, validation_accuracy, seconds."""
        import polars

        names = ("status", "epochs", "loss", "accuracy", "validation_accuracy", "seconds")
        return polars.DataFrame({"seed": self.seeds} | {name: getattr(self, name) for name in names})


def train_many(
    network: Network | ModuleNetwork | nn.Module,
    recipe: Recipe,
    data: Data,
    seeds: Iterable[int],
    *,
    engine: str = "auto",
    validation: Data | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Runs:
    """Train once for every seed, on all cores. Run i equals `train(network, recipe.replace(seed=seeds[i]), …)`.

    Workers are threads: the compiled engine releases Python's lock and shares nothing between runs, so the
    results do not depend on their number. The torch engine uses one thread. Only the results take memory that grows.

    Args:
        network: the description.
        recipe: the training; its seed is replaced by each of `seeds`. Snapshots and histories are not kept.
        data: the points of every run, or a function seed -> points.
        seeds: whole numbers in [0, 2^64).
        engine: "torch", "fused" or "auto".
        validation: points for validation, or a function seed -> points.
        workers: number of runs at the same time; None is one per core.
        on_progress: called with (number of completed runs, number of all runs) after every run, and every second in which
            no run ends; return False to stop. Runs that have not completed are then left out.

    Raises:
        InvalidParameter, InvalidData, EngineRefusal: as `train`; the message names the seed where it matters.
        OutOfMemory: a training, or the table of all results, does not fit into memory.

    Examples:
        >>> import separatrix as sx
        >>> runs = train_many(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=50), sx.moons(seed=0), seeds=range(4))
        >>> len(runs), runs.loss.shape, runs.parameters.shape
        (4, (4,), (4, 37))
    """
    rules: dict[str, Rule] = {
        "workers": Optional(Integer(1)),
        "seeds": Having("__iter__", "a sequence of whole numbers"),
    }
    check("train_many", {"workers": workers, "seeds": seeds}, rules)
    wanted = list(seeds)
    for seed in wanted:
        check("train_many", {"seeds": seed}, {"seeds": SEED})
    wanted = [int(seed) for seed in wanted]
    if not wanted:
        raise InvalidParameter("train_many: seeds must contain at least one seed, got none.")
    described = as_network(network, recipe)
    chosen, _ = choose(engine, described, recipe)
    # PyTorch holds Python's lock for most of such a small step, so threads would only take turns.
    workers = 1 if chosen.name == "torch" else (workers or usable_cores())
    stop = threading.Event()

    def train_seed(seed: int) -> Run | None:
        return _train_seed(described, recipe, data, validation, seed, chosen.name, stop)

    table = _table(described, recipe, len(wanted))
    for index, run in _in_parallel(train_seed, wanted, workers, stop):
        if index is not None:
            if run is None:
                continue  # it was stopped
            table.put(index, run)
        if on_progress is not None and on_progress(table.done, len(wanted)) is False:
            stop.set()
    return table.runs(np.array(wanted, np.uint64), chosen.name)


def _train_seed(
    network: Network | ModuleNetwork,
    recipe: Recipe,
    data: Data,
    validation: Data | None,
    seed: int,
    engine: str,
    stop: threading.Event,
) -> Run | None:
    """The run of one seed, or None if it was stopped before its end."""
    if stop.is_set():
        return None

    def keep_going(epoch_end: EpochEnd) -> bool:
        return not stop.is_set()

    points = data(seed) if callable(data) else data
    validation = validation(seed) if callable(validation) else validation
    # A thousand runs would keep a thousand times as many snapshots.
    lean = recipe.replace(seed=seed, snapshots=())
    try:
        run = train(network, lean, points, engine=engine, validation=validation, on_progress=keep_going)
    except SeparatrixError as error:
        # The same class of error, so that callers catch what `train` documents.
        raise type(error)(f"seed {seed}: {error}") from error
    return None if stop.is_set() and run.status is Status.STOPPED and run.epochs < recipe.epochs else run


def _in_parallel(
    train_seed: Callable[[int], Run | None], seeds: list[int], workers: int, stop: threading.Event
) -> Iterator[tuple[int | None, Run | None]]:
    """(index, run) as they finish, never more than a few at a time in memory; (None, None) after a `BEAT` without one."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: dict[Future[Any], int] = {}
        todo = iter(enumerate(seeds))
        try:
            while True:
                # A few runs ahead of the workers: a function that draws the data is not called for all seeds at once.
                for index, seed in islice(todo, 4 * workers - len(waiting)):
                    waiting[pool.submit(train_seed, seed)] = index
                if not waiting:
                    return
                finished, _ = wait(waiting, timeout=BEAT, return_when=FIRST_COMPLETED)
                if not finished:
                    yield None, None
                for future in finished:
                    yield waiting.pop(future), future.result()
        finally:
            stop.set()  # an error or an interrupt: let the others end early
            for future in waiting:
                future.cancel()


def _table(network: Network | ModuleNetwork, recipe: Recipe, rows: int) -> _Table:
    try:
        return _Table(network, recipe, rows)
    except MemoryError as error:
        raise OutOfMemory(f"the results of {rows:,} runs of {network} don't fit into memory: {error}") from error


class _Table:
    """The columns of `Runs` while they fill."""

    def __init__(self, network: Network | ModuleNetwork, recipe: Recipe, rows: int) -> None:
        self.network, self.recipe, self.done = network, recipe, 0
        self.is_done = np.zeros(rows, bool)
        self.parameters = np.zeros((rows, network.n_parameters), recipe.dtype)
        # The longest status, "converged", has nine letters.
        self.status = np.zeros(rows, "<U9")
        self.epochs = np.zeros(rows, np.int64)
        self.loss, self.accuracy, self.validation_accuracy, self.seconds = (np.full(rows, np.nan) for _ in range(4))

    def put(self, index: int, run: Run) -> None:
        self.is_done[index], self.parameters[index] = True, run.parameters
        self.status[index], self.epochs[index] = run.status.value, run.epochs
        self.loss[index], self.accuracy[index], self.seconds[index] = run.loss, run.accuracy, run.seconds
        self.validation_accuracy[index] = np.nan if run.validation_accuracy is None else run.validation_accuracy
        self.done += 1

    def runs(self, seeds: np.ndarray, engine: str) -> Runs:
        keep = self.is_done
        return Runs(
            self.network,
            self.recipe,
            seeds[keep],
            self.parameters[keep],
            self.status[keep],
            self.epochs[keep],
            self.loss[keep],
            self.accuracy[keep],
            self.validation_accuracy[keep],
            self.seconds[keep],
            engine,
        )
