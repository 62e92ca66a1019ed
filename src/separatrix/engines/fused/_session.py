"""A training under way in compiled code: packs arrays for the loop, advances it, unpacks what came out.

Large steps are shared out over threads: each takes some chunks of the rows, and the chunks' gradients are added in one
order. So the result doesn't depend on the number of threads, and a large step is taken by this code even on one thread:
in another function, compiled code may round another way. The threads are Python's, around calls that release its lock.
They end with the call, so that a fork finds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from separatrix.engines.base import Epochs, Metrics, Progress, Task, measure
from separatrix.engines.fused import _driver
from separatrix.engines.fused._generic import chunk_address
from separatrix.engines.fused._layout import (
    BOTH,
    GRADIENT,
    LOSS,
    Chunked,
    aligned,
    by_chunks,
    general_chunk,
    lanes_of,
    straight_chunk,
    workspace,
)
from separatrix.engines.fused._machine_code import compiled
from separatrix.engines.fused._straight import Kernel, source
from separatrix.engines.fused._updates import coefficients_of, numbers_of, update_address
from separatrix.engines.fused.elementwise import enter_address, loss_addresses
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.support.compilation import announced
from separatrix.support.machine import one_blas_thread

STRAIGHT_PARAMETERS = (
    340  # beyond, generated code takes over half a second to compile and gains less: explanation/engines.md
)
WORTH = 6_000_000  # rows · parameters of a step, about 0.5 ms; waking another thread took 0.1 ms on a virtual machine
PARTS = 8_000_000  # bytes of gradients of single chunks kept at a time

Way = Callable[["FusedSession", Epochs, np.ndarray, np.ndarray, np.ndarray], int]  # see `FusedSession.in_one_call`


def is_tiny(network: Network) -> bool:
    """Whether the network gets code of its own."""
    return network.n_parameters <= STRAIGHT_PARAMETERS


@cache
def code_of(network: Network, loss: str, dtype: str) -> np.ndarray:
    """Addresses for `gradients.chunk`: a kernel of its own for a tiny network, else 0 and the parts."""
    with announced(f"machine code for {network}"):
        if is_tiny(network):
            addresses = compiled(source(Kernel(network, loss, dtype, lanes_of(dtype))), ("chunk", "steps"))
            return np.array([addresses["chunk"], addresses["steps"]], np.int64)
        entries = [enter_address(entry.name, dtype) for entry in network.activations]
        return np.array([0, chunk_address(dtype), *loss_addresses(loss, dtype), *entries], np.int64)


@cache
def make_ready(dtype: str, large: bool) -> None:
    """Compile what advances sessions of this type, or fetch it from the cache, by training next to nothing.

    So that a word about compiling is never said of a long training.
    """
    way = step_by_step if large else FusedSession.in_one_call
    with announced(f"the training loop in {dtype}"):
        session = FusedSession(small_task(dtype), np.zeros(2, dtype), None)
        session.advance_by(way, Epochs(np.zeros(1), np.array([[0, 1]]), np.array([0])))


def small_task(dtype: str, **settings: Any) -> Task:
    """Two rows, one input, two parameters."""
    recipe = Recipe(dtype=dtype, **{"batch_size": 2} | settings)
    return Task(Network((1, 1)), recipe, np.ones((2, 1), dtype), np.array([0, 1], dtype))


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
        itemsize = dtype.itemsize
        if self.code[0]:
            self.chunk = straight_chunk(network.widths, self.lanes, itemsize)
        else:
            self.chunk = general_chunk(network.widths, recipe.batch_size or len(task.x))
        self.size = network.n_parameters
        # Rounded up to whole vectors, so that the kernels need no remainder loop; the padding stays 0.
        room = -(-self.size // self.lanes) * self.lanes
        # A step writes beside the old parameters, which are kept until all new ones are known to be finite.
        self.pair, self.now = aligned((2, room), dtype), 0  # parameters before and after a step, in turn
        self.pair[0, : self.size] = parameters
        self.g = aligned((2, room), dtype)  # of a step, and of one chunk
        self._take_rule(memory or {}, room)
        self.gamma = dtype.type(recipe.focal_gamma)
        self.widths = np.array(network.widths)
        self.is_weight = np.concatenate([network.is_weight, np.zeros(room - self.size, bool)])
        self._take_data()

    def _take_rule(self, memory: dict[str, np.ndarray], room: int) -> None:
        """The optimiser's rule, its numbers, and what it remembers."""
        recipe, entry = self.recipe, OPTIMIZERS[str(self.recipe.optimizer)]
        self.rule = update_address(entry.name, recipe.dtype) if entry.rule else 0  # L-BFGS takes its own steps
        self.numbers, self.steps = numbers_of(recipe), int(memory.get("step", 0))
        self.slots = aligned((max(1, len(entry.memory)), room), self.pair.dtype)
        # without momentum nothing is remembered: what the rule puts there is of no use to another step
        self.names = () if entry.name == "sgd" and recipe.momentum == 0 else entry.memory
        for k, name in enumerate(self.names):
            if name in memory:
                self.slots[k, : self.size] = memory[name]

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
        self.validation = empty
        if task.validation_x is not None and task.validation_y is not None:
            validation_share = (1 if task.validation_weight is None else task.validation_weight) / len(
                task.validation_x
            )
            self.validation = by_chunks(task.validation_x, task.validation_y, validation_share, self.chunk, self.lanes)
        rows = max(self.batch or self.data.rows, self.validation.rows)
        columns = -(-min(rows, self.chunk) // self.lanes) * self.lanes
        self.work = aligned(1 if self.code[0] else workspace(self.widths, columns), dtype)
        self.out = np.zeros(2, dtype)

    def advance(self, epochs: Epochs) -> Progress:
        """Do these epochs."""
        large = is_large(self)
        make_ready(self.recipe.dtype, large)
        return self.advance_by(step_by_step if large else FusedSession.in_one_call, epochs)

    def advance_by(self, way: Way, epochs: Epochs) -> Progress:
        """Do these epochs step by step, shared out over threads, or all in one call."""
        coefficients = coefficients_of(self.recipe, epochs.rates, self._steps_an_epoch(), self.steps)
        rows = np.full((len(epochs.logged), 5), np.nan)
        ends = np.zeros((len(epochs.logged) if epochs.keep else 0, self.pair.shape[1]), self.pair.dtype)
        with nullcontext() if self.code[0] else one_blas_thread():
            done = way(self, epochs, coefficients, rows, ends)
        rows[:, :2] /= self.data.rows  # here, for both ways: compiled code may divide by a reciprocal, another last bit
        rows[:, 4] /= max(1, self.validation.rows)
        self.steps += done * self._steps_an_epoch()
        completed = rows[: int(np.searchsorted(epochs.logged, done))]
        finite = np.isfinite(completed[:, 0])
        if not finite.all():  # the loss was infinite though the parameters were not
            completed, done = completed[: int(finite.argmin())], int(epochs.logged[int(finite.argmin())])
        return Progress.of_rows(done, completed, ends[: len(completed), : self.size] if epochs.keep else None)

    def in_one_call(self, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray, ends: np.ndarray) -> int:
        """The whole loop in compiled code; epochs completed."""
        order = _read_only(np.zeros((0, 0), np.int64) if epochs.order is None else epochs.order)
        done, self.now = _driver.advance(
            self.code,
            self.widths,
            self.lanes,
            self.chunk,
            self.gamma,
            self._is_plain(),
            self.rule,
            self.numbers,
            coefficients,
            self.recipe.l1,
            self.recipe.l2,
            self.is_weight,
            self.pair,
            self.now,
            self.g,
            self.slots,
            self.work,
            self.out,
            np.zeros(1, np.int64),
            _read_only(self.data.x),
            _read_only(self.data.y),
            _read_only(self.data.w),
            self.data.rows,
            order,
            self.batch,
            self.buffer.x,
            self.buffer.y,
            self.buffer.w,
            self.validation.x,
            self.validation.y,
            self.validation.w,
            self.validation.rows,
            _read_only(epochs.logged),
            rows,
            ends,
        )
        return int(done)

    def _is_plain(self) -> bool:
        """Whether unlogged epochs are gradient descent of a tiny network, which has machine code of its own."""
        recipe = self.recipe
        bare = recipe.optimizer == "sgd" and recipe.momentum == recipe.weight_decay == recipe.l1 == recipe.l2 == 0
        return bare and bool(self.code[0]) and not self.batch and self.data.rows <= self.chunk

    def _steps_an_epoch(self) -> int:
        return -(-self.data.rows // self.batch) if self.batch else 1

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,)."""
        return self.pair[self.now, : self.size].copy()

    def place(self, parameters: np.ndarray) -> None:
        """Go to these parameters, (p,)."""
        self.pair[self.now, : self.size] = parameters

    def measure(self) -> Metrics:
        """Losses and accuracies at the present parameters."""
        # NumPy's sums, and its speed beside other runs, depend on the number of threads too
        with one_blas_thread(compiled=False):
            return measure(self.task, self.parameters())

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory, by PyTorch's names."""
        arrays = {name: self.slots[k, : self.size].copy() for k, name in enumerate(self.names)}
        return arrays | {"step": np.array(float(self.steps))}


def is_large(session: FusedSession) -> bool:
    """Whether a step is worth sharing out, if there are threads to share it with."""
    rows = session.batch or session.data.rows
    return rows > session.chunk and rows * session.size >= WORTH


def step_by_step(
    session: FusedSession, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray, ends: np.ndarray
) -> int:
    """As `driver.advance`, with each step's chunks shared out; epochs completed."""
    measured = {int(offset): k for k, offset in enumerate(epochs.logged)}
    with shared(session) as parts:
        step = 0
        for epoch in range(len(epochs.rates)):
            loss = right = 0.0
            for first in range(0, session.data.rows, session.batch or session.data.rows):
                count, data = _batch(session, epochs.order, epoch, first)
                value, hits = parts.sums(data, count, BOTH if epoch in measured else GRADIENT)
                loss, right = _driver.add_loss(loss, value, parts.penalise(), count), right + hits
                if not _step(session, coefficients, step) or not np.isfinite(loss):
                    return epoch
                session.now, step = 1 - session.now, step + 1
            if epoch in measured:
                rows[measured[epoch], :3] = loss, right, _driver.norm(session.g)
                if session.validation.rows:
                    rows[measured[epoch], 3:] = parts.sums(session.validation, session.validation.rows, LOSS)
                if epochs.keep:
                    ends[measured[epoch]] = session.pair[session.now]
    return len(epochs.rates)


def _step(session: FusedSession, coefficients: np.ndarray, step: int) -> bool:
    fine = _driver.take_step(
        session.rule,
        session.numbers,
        session.pair,
        session.now,
        session.g,
        session.slots,
        coefficients,
        step,
        np.zeros(1, np.int64),
    )
    return bool(fine)


def _batch(session: FusedSession, order: np.ndarray | None, epoch: int, first: int) -> tuple[int, Chunked]:
    if order is None:
        return session.data.rows, session.data
    count = min(session.batch, session.data.rows - first)
    data, buffer = session.data, session.buffer
    _driver.gather(
        order,
        epoch,
        first,
        count,
        data.x,
        data.y,
        data.w,
        int(session.widths[0]),
        session.chunk,
        session.lanes,
        buffer.x,
        buffer.y,
        buffer.w,
    )
    return count, buffer


@contextmanager
def shared(session: FusedSession) -> Iterator[Shared]:
    """The session's chunks, shared out over as many threads as its task allows if its steps are large."""
    threads = session.task.threads if is_large(session) else 1
    with ThreadPoolExecutor(max(1, threads - 1)) as pool:  # starts a thread when it is first needed
        yield Shared(session, pool, threads)


class Shared:
    """Gradients and losses of chunks, shared out over a pool and this thread."""

    def __init__(self, session: FusedSession, pool: ThreadPoolExecutor, threads: int) -> None:
        self.session, self.pool, self.threads = session, pool, threads
        room, dtype = session.g.shape[1], session.g.dtype
        at_a_time = max(threads, PARTS // (room * dtype.itemsize))
        n_chunks = -(-max(session.batch or session.data.rows, session.validation.rows) // session.chunk)
        self.parts = aligned((min(at_a_time, n_chunks), room), dtype)
        self.chunk_sums = np.zeros((len(self.parts), 2), dtype)
        self.work = [session.work, *(np.zeros_like(session.work) for _ in range(threads - 1))]

    def sums(self, data: Chunked, count: int, want: int) -> tuple[float, float]:
        """(Σ w · loss, number on the right side), and into session.g the gradient, as `want` says: in the chunks' order."""
        chunks, loss, right = -(-count // self.session.chunk), 0.0, 0.0
        for first in range(0, chunks, len(self.parts)):
            many = min(len(self.parts), chunks - first)
            self._share(partial(self._chunks, data, count, want, first), many)
            if want & GRADIENT:
                _driver.add_in_order(self.session.g, self.parts[:many], first == 0)
            if want & LOSS:
                for value, hits in self.chunk_sums[:many].tolist():
                    loss, right = loss + value, right + hits
        return loss, right

    def penalise(self) -> float:
        """Add the penalties' gradient to session.g; the penalties."""
        s, recipe = self.session, self.session.task.recipe
        return float(_driver.penalise(s.pair, s.now, s.g, s.is_weight, recipe.l1, recipe.l2))

    def _share(self, job: Callable[[range, np.ndarray], None], many: int) -> None:
        """Every thread takes a run of neighbouring chunks; this one takes the first."""
        # Contiguous runs: a thread then reads neighbouring memory, and the order of the sums does not depend on the
        # cuts.
        cuts = [many * k // self.threads for k in range(self.threads + 1)]
        runs = [range(a, b) for a, b in pairwise(cuts) if a < b]
        futures = [self.pool.submit(job, run, work) for run, work in zip(runs[1:], self.work[1:], strict=False)]
        job(runs[0], self.work[0])
        for future in futures:
            future.result()

    def _chunks(self, data: Chunked, count: int, want: int, first: int, mine: range, work: np.ndarray) -> None:
        s, slots = self.session, slice(mine.start, mine.stop)
        _driver.chunks_of(
            s.code,
            s.widths,
            s.lanes,
            s.pair,
            s.now,
            data.x,
            data.y,
            data.w,
            count,
            s.chunk,
            s.gamma,
            want,
            first + mine.start,
            first + mine.stop,
            self.parts[slots],
            self.chunk_sums[slots],
            work,
        )
