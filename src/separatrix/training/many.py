"""Many trainings at once: one network and recipe, many seeds, all cores."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from separatrix.data.points import Points
from separatrix.engines.choose import choose
from separatrix.errors import InvalidData, InvalidParameter, OutOfMemory, SeparatrixError, warn
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import SEED, Having, Integer, Optional, Rule, check
from separatrix.support.machine import usable_cores
from separatrix.support.seeds import stream_seed
from separatrix.support.surroundings import insulated
from separatrix.training._many_on_gpu import RunResult, train_on_gpu
from separatrix.training.loop import train
from separatrix.training.preparation import as_network
from separatrix.training.run import EpochEnd, Run, Status

if TYPE_CHECKING:
    import polars
    from torch import nn

    from separatrix.networks.module_network import ModuleNetwork

Data = Points | Callable[[int], Points]

FAILED = "failed"  # the status of a seed that could not be trained
BEAT = 1.0  # seconds after which the progress callback is called again though no run has ended


@dataclass(frozen=True, eq=False)
class Runs:
    """The results of many trainings, one row per seed in the order of the seeds.

    Attributes:
        network: the description of what was trained.
        recipe: the description of how; each run had its own seed.
        seeds: (r,) uint64.
        parameters: (r, p), the recipe's dtype.
        status: (r,) str: "converged", "stuck", "stopped", "diverged", or "failed" for a seed that could not be trained.
        epochs: epochs completed, (r,) int64.
        loss: final training loss, (r,) float64, NaN for failed runs, as are all other numbers of theirs.
        accuracy: final training accuracy, (r,) float64, in [0, 1].
        validation_accuracy: final validation accuracy, (r,) float64, NaN without validation rows.
        seconds: (r,) float64.
        engine: "torch" or "fused".
        errors: seed -> why its run failed.

    Examples:
        >>> import separatrix as sx
        >>> runs = sx.train_many(sx.Network.parse("2-2-1"), sx.Recipe(epochs=1), sx.moons(), seeds=range(3))
        >>> runs.accuracy.shape, runs.parameters.shape
        ((3,), (3, 9))
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
    errors: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seeds)

    def __repr__(self) -> str:
        solved = float((self.accuracy == 1).mean()) if len(self) else float("nan")
        failed = f", {len(self.errors):,} failed" if self.errors else ""
        return (
            f"Runs({len(self):,} of {self.network}, {self.engine}: {solved:.1%} reach 100% training accuracy{failed})"
        )

    @property
    def frame(self) -> polars.DataFrame:
        """One row per run: seed, status, epochs, loss, accuracy, validation_accuracy, seconds."""
        import polars

        names = ("status", "epochs", "loss", "accuracy", "validation_accuracy", "seconds")
        return polars.DataFrame({"seed": self.seeds} | {name: getattr(self, name) for name in names})


@insulated
def train_many(
    network: Network | ModuleNetwork | nn.Module | Callable[[], nn.Module],
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

    A module of your own begins at other parameters for every seed: each layer's `reset_parameters` draws them, or your
    function makes the module anew. A run that ends in an error because a function draws unusable points for its seed, such
    as points of one class, counts as failed, with a warning.

    Workers are threads: the compiled engine releases Python's lock and shares nothing between runs, so the
    results do not depend on their number. The torch engine uses one thread. Only the results take memory that grows.

    Args:
        network: the description; or a module of your own, or a function that makes one (torch engine).
        recipe: the training; its seed is replaced by each of `seeds`. Snapshots and histories are not kept.
        data: the points of every run, or a function seed -> points.
        seeds: whole numbers in [0, 2^64).
        engine: "torch", "fused" or "auto"; or "gpu", for small networks on an NVIDIA card, with all runs at once.
        validation: points for validation, or a function seed -> points.
        workers: number of runs at the same time; None is one per core.
        on_progress: called with (number of completed runs, number of all runs) after every run, and every second in which
            no run ends; return False to stop. Runs that have not completed are then left out.

    Raises:
        InvalidParameter, InvalidData, EngineRefusal: as `train`, if no seed can be trained; the message names the seed
            where it matters.
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
    described, initial = _starts(network, recipe, wanted[0])
    chosen, _ = choose(engine, described, recipe)
    # PyTorch holds Python's lock for most of such a small step, so threads would only take turns.
    workers = 1 if chosen.name == "torch" else (workers or usable_cores())
    stop = threading.Event()

    def train_seed(seed: int) -> Run | SeparatrixError | None:
        try:
            start = initial(stream_seed(seed, "initial")) if initial else None
            return _train_seed(described, recipe, data, validation, seed, chosen.name, stop, start)
        except (InvalidData, InvalidParameter) as error:
            # Points that are the same for every seed are wrong for every seed.
            if not (callable(data) or callable(validation) or recipe.validation_fraction):
                raise
            return error

    def go_on() -> bool:
        return on_progress is None or on_progress(table.done, len(wanted)) is not False

    table = _table(described, recipe, len(wanted))
    finished: Iterator[tuple[int | None, Run | RunResult | SeparatrixError | None]]
    if chosen.name == "gpu" and isinstance(described, Network):
        finished = train_on_gpu(described, recipe, data, validation, wanted, go_on)
    else:
        finished = _in_parallel(train_seed, wanted, workers, stop)
    for index, run in finished:
        if index is not None:
            if run is None:
                continue  # it was stopped
            if isinstance(run, SeparatrixError):
                table.fail(index, wanted[index], run)
            else:
                table.put(index, run)
        if not go_on():
            stop.set()
    table.refuse_all_failed()
    return table.runs(np.array(wanted, np.uint64), chosen.name)


def _starts(
    network: Network | ModuleNetwork | nn.Module | Callable[[], nn.Module], recipe: Recipe, first_seed: int
) -> tuple[Network | ModuleNetwork, Callable[[int], np.ndarray] | None]:
    """The description, and for modules a function: the seed of the initial parameters -> initial parameters (p,).

    Raises:
        InvalidParameter: neither a network, a module nor a function that makes one; or no way to draw its parameters.
    """
    if not _is_maker(network):
        described = as_network(network, recipe)
        if isinstance(described, Network):
            return described, None
        described.redraw(0)  # refused now rather than in the first run
        return described, lambda seed: described.redraw(seed, recipe.dtype)
    from separatrix.networks.module_network import made_with_seed  # only now: a description needs no PyTorch

    def initial(seed: int) -> np.ndarray:
        return as_network(made_with_seed(network, seed), recipe).initialise(0, recipe.dtype)

    return as_network(made_with_seed(network, stream_seed(first_seed, "initial")), recipe), initial


def _is_maker(network: Any) -> TypeGuard[Callable[[], nn.Module]]:
    """Whether it is a function, or a class, that makes a module."""
    if isinstance(network, Network) or not callable(network):
        return False
    torch = sys.modules.get("torch")  # nothing can be a module before its user has imported PyTorch
    return torch is None or not isinstance(network, torch.nn.Module)


def _train_seed(
    network: Network | ModuleNetwork,
    recipe: Recipe,
    data: Data,
    validation: Data | None,
    seed: int,
    engine: str,
    stop: threading.Event,
    initial: np.ndarray | None = None,
) -> Run | None:
    """The run of one seed, or None if it was stopped before its end."""
    if stop.is_set():
        return None

    def keep_going(epoch_end: EpochEnd) -> bool:
        return not stop.is_set()

    # A thousand runs would keep a thousand times as many snapshots.
    lean = recipe.replace(seed=seed, snapshots=())
    try:
        points = data(seed) if callable(data) else data
        validation = validation(seed) if callable(validation) else validation
        run = train(
            network, lean, points, engine=engine, initial=initial, validation=validation, on_progress=keep_going
        )
    except SeparatrixError as error:
        # The same class of error, so that callers catch what `train` documents.
        raise type(error)(f"seed {seed}: {error}") from error
    return None if stop.is_set() and run.status is Status.STOPPED and run.epochs < recipe.epochs else run


def _in_parallel(
    train_seed: Callable[[int], Run | SeparatrixError | None], seeds: list[int], workers: int, stop: threading.Event
) -> Iterator[tuple[int | None, Run | SeparatrixError | None]]:
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
        self.errors: dict[int, SeparatrixError] = {}
        self.is_done = np.zeros(rows, bool)
        self.parameters = np.zeros((rows, network.n_parameters), recipe.dtype)
        # The longest status, "converged", has nine letters.
        self.status = np.zeros(rows, "<U9")
        self.epochs = np.zeros(rows, np.int64)
        self.loss, self.accuracy, self.validation_accuracy, self.seconds = (np.full(rows, np.nan) for _ in range(4))

    def put(self, index: int, run: Run | RunResult) -> None:
        self.is_done[index], self.parameters[index] = True, run.parameters
        self.status[index], self.epochs[index] = run.status.value, run.epochs
        self.loss[index], self.accuracy[index], self.seconds[index] = run.loss, run.accuracy, run.seconds
        self.validation_accuracy[index] = np.nan if run.validation_accuracy is None else run.validation_accuracy
        self.done += 1

    def fail(self, index: int, seed: int, error: SeparatrixError) -> None:
        self.is_done[index], self.parameters[index], self.status[index] = True, np.nan, FAILED
        self.errors[seed] = error
        self.done += 1

    def refuse_all_failed(self) -> None:
        """Raise the first error if no run came to an end, else warn of those that didn't."""
        if not self.errors:
            return
        first = next(iter(self.errors.values()))
        failed = int((self.status == FAILED).sum())
        if failed == self.done:
            raise first
        warn(f"{failed:,} of {self.done:,} runs failed, such as that of {first}")

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
            {seed: str(error) for seed, error in self.errors.items()},
        )
