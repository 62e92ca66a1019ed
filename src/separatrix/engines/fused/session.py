"""A training under way in compiled code: packs arrays for the loop, advances it, unpacks what came out."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache

import numpy as np

from separatrix.engines.base import Epochs, Measure, Progress, Task
from separatrix.engines.fused.blas import one_blas_thread
from separatrix.engines.fused.compilation import announced
from separatrix.engines.fused.elementwise import lanes_of, loss_addresses
from separatrix.engines.fused.generic import chunk_address, workspace
from separatrix.engines.fused.layout import CHUNK_GENERAL, CHUNK_STRAIGHT, Chunked, by_chunks
from separatrix.engines.fused.machine_code import compiled
from separatrix.engines.fused.passes import enter_address
from separatrix.engines.fused.straight import Kernel, source
from separatrix.engines.fused.threaded import is_large, step_by_step
from separatrix.engines.fused.updates import RULES
from separatrix.engines.objective import measure
from separatrix.network import Network
from separatrix.optimizers import OPTIMIZERS
from separatrix.recipe import Recipe

STRAIGHT_PARAMETERS = 170  # beyond, generated code takes longer to compile and isn't faster: docs/engines.md


def is_tiny(network: Network) -> bool:
    """Whether the network gets code of its own."""
    return network.n_parameters <= STRAIGHT_PARAMETERS


@cache
def code_of(network: Network, loss: str, dtype: str) -> np.ndarray:
    """Addresses for `gradients.chunk_gradient`: a kernel of its own for a tiny network, else 0 and the parts."""
    with announced(f"machine code for {network}"):
        if is_tiny(network):
            text = source(Kernel(network, loss, dtype, lanes_of(dtype)))
            found = compiled(text, ("gradient", "evaluate", "steps"))
            return np.array([found["gradient"], found["evaluate"], found["steps"]], np.int64)
        entries = [enter_address(entry.name, dtype) for entry in network.activations]
        return np.array([0, 0, chunk_address(dtype), *loss_addresses(loss, dtype), *entries], np.int64)


def settings_of(recipe: Recipe) -> np.ndarray:
    """The numbers of a recipe that the rules read, in the order of `updates`."""
    return np.array(
        [recipe.momentum, recipe.nesterov, *recipe.betas, recipe.eps, recipe.alpha, recipe.l1, recipe.l2,
         recipe.focal_gamma],
        np.float64,
    )  # fmt: skip


def coefficients_of(recipe: Recipe, rates: np.ndarray, steps_an_epoch: int, before: int) -> np.ndarray:
    """For every step: its rate, the root of Adam's second correction, AdamW's decay: (steps, 3)."""
    rate = np.repeat(rates, steps_an_epoch)
    found = np.column_stack((rate, np.ones_like(rate), np.ones_like(rate)))
    if recipe.optimizer in ("adam", "adamw"):
        step = np.arange(before + 1, before + 1 + len(rate), dtype=np.float64)
        found[:, 0] = rate / (1 - recipe.betas[0] ** step)
        found[:, 1] = np.sqrt(1 - recipe.betas[1] ** step)
        if recipe.optimizer == "adamw":
            found[:, 2] = 1 - rate * recipe.weight_decay
    return found


def _read_only(array: np.ndarray) -> np.ndarray:
    """A view that can't be written: whether the caller's can is part of its type, and Numba would compile for both."""
    view = array.view()
    view.flags.writeable = False
    return view


class FusedSession:
    """One training in progress, for every optimiser but L-BFGS."""

    def __init__(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None) -> None:
        network, recipe = task.network, task.recipe
        if not (isinstance(network, Network) and isinstance(recipe.loss, str) and isinstance(recipe.optimizer, str)):
            raise TypeError("the fused engine takes a Network, and loss and optimiser by name")
        self.task, self.network, self.recipe = task, network, recipe
        dtype = np.dtype(recipe.dtype)
        self.lanes = lanes_of(recipe.dtype)
        self.code = code_of(network, recipe.loss, recipe.dtype)
        self.chunk = CHUNK_STRAIGHT if self.code[0] else CHUNK_GENERAL
        self.size = network.n_parameters
        room = -(-self.size // self.lanes) * self.lanes
        self.pair, self.now = np.zeros((2, room), dtype), 0  # parameters before and after a step, in turn
        self.pair[0, : self.size] = parameters
        self.g, self.part = np.zeros(room, dtype), np.zeros(room, dtype)
        self.names = OPTIMIZERS[recipe.optimizer].memory
        self.slots = np.zeros((max(1, len(self.names)), room), dtype)
        self.steps, self.rule = 0, RULES.get(recipe.optimizer, -1)  # L-BFGS takes its own steps
        self._take_memory(memory or {})
        self.settings, self.gamma = settings_of(recipe), dtype.type(recipe.focal_gamma)
        self.widths = np.array(network.widths)
        self.is_weight = np.concatenate([network.is_weight, np.zeros(room - self.size, bool)])
        self._take_data()

    def _take_data(self) -> None:
        """Full batches: rows in chunks of features by samples. Batches: rows as they are, and room for one batch."""
        task, dtype = self.task, self.pair.dtype
        self.batch = self.recipe.batch_size or 0
        empty = Chunked(np.zeros(0, dtype), np.zeros(0, dtype), np.zeros(0, dtype), 0)
        if self.batch:
            weight = np.ones(len(task.x), dtype) if task.weight is None else task.weight
            self.data = Chunked(np.ascontiguousarray(task.x).ravel(), task.y, weight, len(task.x))
            self.buffer = by_chunks(task.x[: self.batch], task.y[: self.batch], 0.0, self.chunk, self.lanes)
        else:
            share = (dtype.type(1) if task.weight is None else task.weight) / len(task.x)
            self.data = self.buffer = by_chunks(task.x, task.y, share, self.chunk, self.lanes)
        self.held = empty
        if task.held_x is not None and task.held_y is not None:
            held_share = (1 if task.held_weight is None else task.held_weight) / len(task.held_x)
            self.held = by_chunks(task.held_x, task.held_y, held_share, self.chunk, self.lanes)
        most = max(self.batch or self.data.rows, self.held.rows)
        columns = -(-min(most, self.chunk) // self.lanes) * self.lanes
        self.work = np.zeros(1 if self.code[0] else workspace(self.widths, columns), dtype)
        self.own, self.out = np.zeros(11, dtype), np.zeros(self.lanes, dtype)

    def advance(self, epochs: Epochs) -> Progress:
        """Do these epochs."""
        coefficients = coefficients_of(self.recipe, epochs.rates, self._steps_an_epoch(), self.steps)
        rows = np.full((len(epochs.logged), 5), np.nan)
        with nullcontext() if self.code[0] else one_blas_thread():
            if is_large(self):
                done = step_by_step(self, epochs, coefficients, rows)
            else:
                done = self._in_one_call(epochs, coefficients, rows)
        rows[:, :2] /= self.data.rows  # here, for both ways: compiled code may divide by a reciprocal, another last bit
        rows[:, 4] /= max(1, self.held.rows)
        self.steps += done * self._steps_an_epoch()
        kept = rows[: int(np.searchsorted(epochs.logged, done))]
        finite = np.isfinite(kept[:, 0])
        if not finite.all():  # the loss was infinite though the parameters were not
            kept, done = kept[: int(finite.argmin())], int(epochs.logged[int(finite.argmin())])
        return Progress(done, *kept.T.copy())

    def _in_one_call(self, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray) -> int:
        order = _read_only(np.zeros((0, 0), np.int64) if epochs.order is None else epochs.order)
        with announced(f"the compiled loop in {self.recipe.dtype}"):
            from separatrix.engines.fused.driver import advance

            done, self.now = advance(
                self.code, self.widths, self.lanes, self.chunk, self.gamma, self.rule, self.settings, coefficients,
                self.is_weight, self.pair, self.now, self.g, self.part, self.slots, self.own, self.work, self.out,
                np.zeros(1, np.int64), self.steps,
                _read_only(self.data.x), _read_only(self.data.y), _read_only(self.data.w), self.data.rows, order,
                self.batch,
                self.buffer.x, self.buffer.y, self.buffer.w, self.held.x, self.held.y, self.held.w, self.held.rows,
                _read_only(epochs.logged), rows,
            )  # fmt: skip  # one line a subject
        return int(done)

    def _steps_an_epoch(self) -> int:
        return -(-self.data.rows // self.batch) if self.batch else 1

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,)."""
        return self.pair[self.now, : self.size].copy()

    def measure(self) -> Measure:
        """Losses and accuracies at the present parameters."""
        return measure(self.task, self.parameters())

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory, by PyTorch's names."""
        kept = {name: self.slots[k, : self.size].copy() for k, name in enumerate(self.names)}
        return kept | {"step": np.array(float(self.steps))}

    def _take_memory(self, memory: dict[str, np.ndarray]) -> None:
        self.steps = int(memory.get("step", 0))
        for k, name in enumerate(self.names):
            if name in memory:
                self.slots[k, : self.size] = memory[name]
