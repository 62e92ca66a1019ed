"""Many trainings on the card: all seeds in one session, in slices of epochs, and their results run by run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.engines.base import Epochs, Task
from separatrix.engines.gpu import start_many
from separatrix.errors import EngineRefusal, InvalidData, InvalidParameter, SeparatrixError
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.training.preparation import as_task, initial_parameters
from separatrix.training.run import History, Status, ended

Data = Points | Callable[[int], Points]

# A display's card gives a kernel that runs for several seconds up; so many slices also report progress as they end.
SLICES = 50


@dataclass(frozen=True, eq=False)
class RunResult:
    """What is kept of one of many runs; the fields are those of `Run`."""

    parameters: np.ndarray
    status: Status
    epochs: int
    loss: float
    accuracy: float
    validation_accuracy: float | None
    seconds: float


def train_on_gpu(
    network: Network,
    recipe: Recipe,
    data: Data,
    validation: Data | None,
    seeds: list[int],
    go_on: Callable[[], bool],
) -> Iterator[tuple[int, RunResult | SeparatrixError]]:
    """Train once for every seed; (index of the seed, result or the error of its points) when all are done, or none.

    Args:
        network: the description.
        recipe: the training; its seed is replaced by each of `seeds`.
        data: points, or a function seed -> points, with equally many for every seed.
        validation: likewise, or None.
        seeds: the seeds.
        go_on: called after every slice of epochs; whether to train on. Runs that were stopped are left out.

    Raises:
        EngineRefusal: the recipe ends runs early.
        InvalidData: the seeds' points differ in number.
    """
    if recipe.patience is not None or recipe.solved_below is not None:
        raise EngineRefusal(
            "The gpu engine trains all epochs of many runs; leave out patience and solved_below, or use engine='fused'."
        )
    tasks, errors = _tasks(network, recipe, data, validation, seeds)
    yield from errors.items()
    indices = [index for index in range(len(seeds)) if index not in errors]
    if not indices:
        return
    initial = [initial_parameters(network, recipe.replace(seed=seeds[index]), None) for index in indices]
    started = time.perf_counter()
    session = start_many(tasks, np.stack(initial))
    rates = SCHEDULES[recipe.schedule].rates(0, recipe.epochs, recipe)
    # Whether a run is stuck is read off its loss at nine tenths of the epochs and at the last one.
    late = [epoch for epoch in (int(np.ceil(0.9 * recipe.epochs)), recipe.epochs) if epoch > 0]
    logged: list[np.ndarray] = []
    done = np.zeros(len(indices), np.int64)
    for part in np.array_split(np.arange(recipe.epochs), min(SLICES, recipe.epochs)):
        first, last = int(part[0]), int(part[-1]) + 1
        measured = np.array([epoch - 1 - first for epoch in sorted(set(late)) if first < epoch <= last], np.int64)
        completed, measures, _ = session.advance(Epochs(rates[first:last], None, measured))
        # A run that broke keeps its parameters and would break again in every slice: its epochs end with the first.
        done += np.where(done == first, completed, 0)
        logged += list(measures[:, 0])
        if last < recipe.epochs and not go_on():
            return
    seconds = (time.perf_counter() - started) / len(indices)
    late_loss = np.stack(logged) if logged else np.zeros((0, len(indices)))
    yield from _results(recipe, session.final, session.parameters(), done, late_loss, indices, seconds)


def _tasks(
    network: Network, recipe: Recipe, data: Data, validation: Data | None, seeds: list[int]
) -> tuple[list[Task], dict[int, SeparatrixError]]:
    """One task for all seeds, or one for each and the errors of the others, by index."""
    if isinstance(data, Points) and not callable(validation) and recipe.validation_fraction is None:
        return [as_task(network, recipe, data, validation, None)], {}
    tasks: list[Task] = []
    errors: dict[int, SeparatrixError] = {}
    for index, seed in enumerate(seeds):
        try:
            points = data(seed) if callable(data) else data
            held = validation(seed) if callable(validation) else validation
            tasks.append(as_task(network, recipe.replace(seed=seed), points, held, None))
        except (InvalidData, InvalidParameter) as error:
            errors[index] = type(error)(f"seed {seed}: {error}")
    sizes = {(len(task.x), 0 if task.validation_x is None else len(task.validation_x)) for task in tasks}
    if len(sizes) > 1:
        raise InvalidData("the gpu engine needs equally many points for every seed; use engine='fused' for these.")
    return tasks, errors


def _results(
    recipe: Recipe,
    final: np.ndarray,
    parameters: np.ndarray,
    done: np.ndarray,
    late_loss: np.ndarray,
    indices: list[int],
    seconds: float,
) -> Iterator[tuple[int, RunResult]]:
    """Every run's result. final: (4, runs); parameters: (runs, p); late_loss: (k, runs)."""
    epoch = np.linspace(0.9, 1, len(late_loss)) * recipe.epochs
    nothing = np.full(len(epoch), np.nan)
    for run, index in enumerate(indices):
        loss, accuracy, _, validation_accuracy = (float(value) for value in final[:, run])
        log = History(epoch, late_loss[:, run], *(nothing for _ in range(6)))
        broke = done[run] < recipe.epochs or not np.isfinite(loss)
        yield (
            index,
            RunResult(
                parameters[run],
                Status.DIVERGED if broke else ended(log, accuracy, recipe.epochs),
                int(done[run]),
                loss,
                accuracy,
                None if np.isnan(validation_accuracy) else validation_accuracy,
                seconds,
            ),
        )
