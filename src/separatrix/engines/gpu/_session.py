"""Trainings on the card: their arrays stay there, a call launches the kernel once, and results come back when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.engines.base import Epochs, Metrics, Progress, Task, measure
from separatrix.engines.fused._updates import coefficients_of, numbers_of
from separatrix.engines.gpu._source import trainings
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS

THREADS = 128  # of a block: enough to fill a multiprocessor with several blocks, few enough for 255 registers a thread


class ManySessions:
    """Trainings of one network and recipe side by side, one thread of the card each.

    Args:
        tasks: one for all runs, or one for each; all with equally many rows.
        parameters: (runs, p).
        memory: the optimiser's memory by name, (runs, p) each, or None for an empty one.
        steps: the steps that were already taken.
    """

    def __init__(
        self,
        tasks: list[Task],
        parameters: np.ndarray,
        memory: dict[str, np.ndarray] | None = None,
        steps: int = 0,
    ) -> None:
        from numba import cuda

        first = tasks[0]
        network, recipe = first.network, first.recipe
        if not (isinstance(network, Network) and isinstance(recipe.loss, str) and isinstance(recipe.optimizer, str)):
            raise TypeError("the GPU engine takes a Network, and loss and optimiser by name")
        self.network, self.recipe, self.runs, self.steps = network, recipe, len(parameters), steps
        self.kernel = trainings(network, recipe.loss, recipe.optimizer, recipe.dtype)
        self.names = OPTIMIZERS[recipe.optimizer].memory
        self.rows = len(first.x)
        self.validation_rows = 0 if first.validation_x is None else len(first.validation_x)
        self.dtype = np.dtype(recipe.dtype)
        self.parameters_there = cuda.to_device(np.ascontiguousarray(parameters.T, self.dtype))
        slots = np.zeros((max(1, len(self.names)), network.n_parameters, self.runs), self.dtype)
        for slot, name in enumerate(self.names):
            if memory and name in memory:
                slots[slot] = memory[name].T
        self.memory_there = cuda.to_device(slots)
        # The run is the last axis everywhere, so that neighbouring threads read neighbouring numbers.
        self.data = [cuda.to_device(array) for array in _stacked(tasks, self.dtype)]
        self.final = np.zeros((4, self.runs))

    def advance(self, epochs: Epochs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Train all runs for these epochs.

        Returns:
            Completed epochs (runs,); the measures of the logged epochs, (k, 5, runs): loss, accuracy, gradient norm,
            validation loss, validation accuracy, NaN for epochs that a run did not complete; and, if `epochs.keep`, the
            parameters after them, (k, p, runs), else (0, p, runs).
        """
        from numba import cuda

        recipe, dtype = self.recipe, self.dtype
        logged = len(epochs.logged)
        rows = cuda.to_device(np.full((logged, 5, self.runs), np.nan))
        ends = cuda.to_device(
            np.full((logged if epochs.keep else 0, self.network.n_parameters, self.runs), np.nan, dtype)
        )
        done, final = cuda.to_device(np.zeros(self.runs, np.int64)), cuda.to_device(np.zeros((4, self.runs)))
        coefficients = coefficients_of(recipe, epochs.rates, 1, self.steps)
        settings = (dtype.type(recipe.focal_gamma), dtype.type(recipe.l1), dtype.type(recipe.l2))
        block = min(THREADS, self.runs)
        self.kernel[-(-self.runs // block), block](
            self.parameters_there,
            self.memory_there,
            cuda.to_device(numbers_of(recipe)),
            cuda.to_device(coefficients),
            *self.data,
            *settings,
            cuda.to_device(np.ascontiguousarray(epochs.logged)),
            rows,
            ends,
            done,
            final,
        )
        self.steps += len(epochs.rates)
        measures = rows.copy_to_host()
        self.final = final.copy_to_host()
        # Counts of rows become shares; without validation rows there is none, and no loss.
        validation_rows = self.validation_rows or np.nan
        measures[:, 1] /= self.rows
        measures[:, 3] *= validation_rows / validation_rows
        measures[:, 4] /= validation_rows
        self.final[1] /= self.rows
        self.final[2] *= validation_rows / validation_rows
        self.final[3] /= validation_rows
        return done.copy_to_host(), measures, ends.copy_to_host()

    def parameters(self) -> np.ndarray:
        """A copy of all parameters, (runs, p)."""
        return np.ascontiguousarray(self.parameters_there.copy_to_host().T)

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory by PyTorch's names, (runs, p) each."""
        slots = self.memory_there.copy_to_host()
        return {name: np.ascontiguousarray(slots[slot].T) for slot, name in enumerate(self.names)}


def _stacked(tasks: list[Task], dtype: np.dtype[Any]) -> list[np.ndarray]:
    """Return x (n, d, runs or 1), y and w (n, runs or 1), then the same of the validation rows; weights add up to 1."""
    arrays: list[list[np.ndarray]] = [[] for _ in range(6)]
    for task in tasks:
        validation_x = np.zeros((0, task.x.shape[1]), dtype) if task.validation_x is None else task.validation_x
        validation_y = np.zeros(0, dtype) if task.validation_y is None else task.validation_y
        sides = ((task.x, task.y, task.weight), (validation_x, validation_y, task.validation_weight))
        for side, (x, y, weight) in enumerate(sides):
            share = (np.ones(len(x)) if weight is None else weight) / max(1, len(x))
            for column, array in zip(arrays[3 * side : 3 * side + 3], (x, y, share), strict=True):
                column.append(np.asarray(array, dtype))
    return [np.ascontiguousarray(np.stack(column, axis=-1)) for column in arrays]


class GpuSession:
    """One training in progress, as the engines' contract describes it: a single thread's work, for tests and by request."""

    def __init__(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None) -> None:
        self.task, self.recipe = task, task.recipe
        initial_memory = memory or {}
        rows = {name: np.atleast_2d(array) for name, array in initial_memory.items() if name != "step"}
        self.many = ManySessions([task], np.atleast_2d(parameters), rows, int(initial_memory.get("step", 0)))

    def advance(self, epochs: Epochs) -> Progress:
        """Train for these epochs."""
        done, measures, ends = self.many.advance(epochs)
        completed = int(np.searchsorted(epochs.logged, done[0]))
        # steps that were not taken are no steps: the optimiser's corrections count from those that were
        self.many.steps += int(done[0]) - len(epochs.rates)
        parameters = ends[:completed, :, 0] if epochs.keep else None
        return Progress.of_rows(int(done[0]), measures[:completed, :, 0], parameters)

    def measure(self) -> Metrics:
        """Losses and accuracies at the present parameters."""
        return measure(self.task, self.parameters())

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,)."""
        [parameters] = self.many.parameters()
        return np.asarray(parameters)

    def place(self, parameters: np.ndarray) -> None:
        """Replace the parameters, (p,); the optimiser's memory stays as it is."""
        self.many.parameters_there.copy_to_device(np.ascontiguousarray(parameters[:, None], self.many.dtype))

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory, by PyTorch's names."""
        rows = {name: array[0] for name, array in self.many.memory().items()}
        return rows | {"step": np.array(float(self.many.steps))}
