"""Large steps over one thread or several: chunks are shared out, their gradients added in the chunks' order.

The result doesn't depend on the number of threads: a chunk's gradient is the same whoever computes it, the sum is taken
in one order, and a large step is taken by this code even on one thread (in another function, compiled code may round
another way). The threads are Python's, around calls that release its lock. They end with the call: a fork finds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Protocol

import numpy as np

from separatrix.engines.base import Epochs, Task
from separatrix.engines.fused._layout import BOTH, GRADIENT, LOSS, Chunked, aligned

WORTH = 6_000_000  # rows · parameters of a step, about 0.5 ms; waking another thread took 0.1 ms on a virtual machine
PARTS = 8_000_000  # bytes of gradients of single chunks kept at a time


class Stepping(Protocol):
    """What a training under way has that a step is made of: see `session.FusedSession`, which says what each one is."""

    task: Task
    code: np.ndarray
    widths: np.ndarray
    lanes: int
    chunk: int
    gamma: np.floating
    rule: int
    numbers: np.ndarray
    is_weight: np.ndarray
    size: int
    pair: np.ndarray
    now: int
    g: np.ndarray
    slots: np.ndarray
    work: np.ndarray
    batch: int
    data: Chunked
    buffer: Chunked
    validation: Chunked


def is_large(session: Stepping) -> bool:
    """Whether a step is worth sharing out, if there are threads to share it with."""
    rows = session.batch or session.data.rows
    return rows > session.chunk and rows * session.size >= WORTH


def step_by_step(
    session: Stepping, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray, ends: np.ndarray
) -> int:
    """As `driver.advance`, with each step's chunks shared out; epochs completed."""
    from separatrix.engines.fused import _driver

    measured = {int(at): k for k, at in enumerate(epochs.logged)}
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


def _step(session: Stepping, coefficients: np.ndarray, step: int) -> bool:
    from separatrix.engines.fused._driver import take_step

    fine = take_step(
        session.rule, session.numbers, session.pair, session.now, session.g, session.slots, coefficients, step,
        np.zeros(1, np.int64),
    )  # fmt: skip  # one call
    return bool(fine)


def _batch(session: Stepping, order: np.ndarray | None, epoch: int, first: int) -> tuple[int, Chunked]:
    if order is None:
        return session.data.rows, session.data
    from separatrix.engines.fused._driver import gather

    count = min(session.batch, session.data.rows - first)
    data, buffer = session.data, session.buffer
    gather(order, epoch, first, count, data.x, data.y, data.w, int(session.widths[0]), session.chunk, session.lanes,
           buffer.x, buffer.y, buffer.w)  # fmt: skip  # one call
    return count, buffer


@contextmanager
def shared(session: Stepping) -> Iterator[Shared]:
    """The session's chunks, shared out over as many threads as its task allows if its steps are large."""
    threads = session.task.threads if is_large(session) else 1
    with ThreadPoolExecutor(max(1, threads - 1)) as pool:  # starts a thread when it is first needed
        yield Shared(session, pool, threads)


class Shared:
    """Gradients and losses of chunks, shared out over a pool and this thread."""

    def __init__(self, session: Stepping, pool: ThreadPoolExecutor, threads: int) -> None:
        self.session, self.pool, self.threads = session, pool, threads
        room, dtype = session.g.shape[1], session.g.dtype
        at_a_time = max(threads, PARTS // (room * dtype.itemsize))
        most = -(-max(session.batch or session.data.rows, session.validation.rows) // session.chunk)
        self.parts = aligned((min(at_a_time, most), room), dtype)
        self.found = np.zeros((len(self.parts), 2), dtype)
        self.work = [session.work, *(np.zeros_like(session.work) for _ in range(threads - 1))]

    def sums(self, data: Chunked, count: int, want: int) -> tuple[float, float]:
        """(Σ w · loss, number on the right side), and into session.g the gradient, as `want` says: in the chunks' order."""
        from separatrix.engines.fused._driver import add_in_order

        chunks, loss, right = -(-count // self.session.chunk), 0.0, 0.0
        for first in range(0, chunks, len(self.parts)):
            many = min(len(self.parts), chunks - first)
            self._share(partial(self._chunks, data, count, want, first), many)
            if want & GRADIENT:
                add_in_order(self.session.g, self.parts[:many], first == 0)
            if want & LOSS:
                for value, hits in self.found[:many].tolist():
                    loss, right = loss + value, right + hits
        return loss, right

    def penalise(self) -> float:
        """Add the penalties' gradient to session.g; the penalties."""
        from separatrix.engines.fused._driver import penalise

        s, recipe = self.session, self.session.task.recipe
        return float(penalise(s.pair, s.now, s.g, s.is_weight, recipe.l1, recipe.l2))

    def _share(self, job: Callable[[range, np.ndarray], None], many: int) -> None:
        """Every thread takes a run of neighbouring chunks; this one takes the first."""
        cuts = [many * k // self.threads for k in range(self.threads + 1)]
        runs = [range(a, b) for a, b in pairwise(cuts) if a < b]
        others = [self.pool.submit(job, run, work) for run, work in zip(runs[1:], self.work[1:], strict=False)]
        job(runs[0], self.work[0])
        for other in others:
            other.result()

    def _chunks(self, data: Chunked, count: int, want: int, first: int, mine: range, work: np.ndarray) -> None:
        from separatrix.engines.fused._driver import chunks_of

        s, own = self.session, slice(mine.start, mine.stop)
        chunks_of(
            s.code, s.widths, s.lanes, s.pair, s.now, data.x, data.y, data.w, count, s.chunk, s.gamma, want,
            first + mine.start, first + mine.stop, self.parts[own], self.found[own], work,
        )  # fmt: skip  # one line a subject
