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
from separatrix.engines.fused.layout import Chunked

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
    settings: np.ndarray
    is_weight: np.ndarray
    size: int
    pair: np.ndarray
    now: int
    g: np.ndarray
    slots: np.ndarray
    own: np.ndarray
    work: np.ndarray
    out: np.ndarray
    steps: int
    batch: int
    data: Chunked
    buffer: Chunked
    held: Chunked


def is_large(session: Stepping) -> bool:
    """Whether a step is worth sharing out, if there are threads to share it with."""
    rows = session.batch or session.data.rows
    return rows > session.chunk and rows * session.size >= WORTH


def step_by_step(session: Stepping, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray) -> int:
    """As `driver.advance`, with each step's chunks shared out; epochs completed."""
    from separatrix.engines.fused import driver

    measured = {int(at): k for k, at in enumerate(epochs.logged)}
    with shared(session) as parts:
        step = 0
        for epoch in range(len(epochs.rates)):
            loss = right = 0.0
            for first in range(0, session.data.rows, session.batch or session.data.rows):
                count, data = _batch(session, epochs.order, epoch, first)
                value, hits = parts.evaluate(data, count) if epoch in measured else (0.0, 0.0)
                penalty = parts.gradient(data, count)
                loss, right = driver.add_loss(loss, value, penalty, count), right + hits
                if not _step(session, coefficients, step) or not np.isfinite(loss):
                    return epoch
                session.now, step = 1 - session.now, step + 1
            if epoch in measured:
                rows[measured[epoch], :3] = loss, right, driver.norm(session.g)
                if session.held.rows:
                    value, hits = parts.evaluate(session.held, session.held.rows)
                    rows[measured[epoch], 3:] = value, hits
    return len(epochs.rates)


def _step(session: Stepping, coefficients: np.ndarray, step: int) -> bool:
    from separatrix.engines.fused.many import take_step

    fine = take_step(
        session.rule, session.pair, session.now, session.g, session.slots, session.settings, coefficients, step,
        session.steps + step == 0, session.own,
    )  # fmt: skip  # one call
    return bool(fine)


def _batch(session: Stepping, order: np.ndarray | None, epoch: int, first: int) -> tuple[int, Chunked]:
    if order is None:
        return session.data.rows, session.data
    from separatrix.engines.fused.driver import gather

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
        room = len(session.g)
        at_a_time = max(threads, PARTS // (room * session.g.itemsize))
        most = -(-max(session.batch or session.data.rows, session.held.rows) // session.chunk)
        self.parts = np.zeros((min(at_a_time, most), room), session.g.dtype)
        self.work = [session.work, *(np.zeros_like(session.work) for _ in range(threads - 1))]

    def gradient(self, data: Chunked, count: int) -> float:
        """Set session.g to the sum over the chunks, in their order, and the penalties' share; the penalties."""
        from separatrix.engines.fused.many import add_in_order, penalise

        s, chunks = self.session, -(-count // self.session.chunk)
        for first in range(0, chunks, len(self.parts)):
            many = min(len(self.parts), chunks - first)
            self._share(partial(self._gradients, data, count, first), many)
            add_in_order(s.g, self.parts[:many], first == 0)
        return float(penalise(s.pair, s.now, s.g, s.is_weight, s.settings))

    def evaluate(self, data: Chunked, count: int) -> tuple[float, float]:
        """(Σ w · loss, number on the right side), summed in the chunks' order."""
        chunks = -(-count // self.session.chunk)
        found = np.zeros((chunks, 2))
        self._share(partial(self._evaluations, data, count, found), chunks)
        loss, right = 0.0, 0.0
        for value, hits in found.tolist():
            loss, right = loss + value, right + hits
        return loss, right

    def _share(self, job: Callable[[range, np.ndarray], None], many: int) -> None:
        """Every thread takes a run of neighbouring chunks; this one takes the first."""
        cuts = [many * k // self.threads for k in range(self.threads + 1)]
        runs = [range(a, b) for a, b in pairwise(cuts) if a < b]
        others = [self.pool.submit(job, run, work) for run, work in zip(runs[1:], self.work[1:], strict=False)]
        job(runs[0], self.work[0])
        for other in others:
            other.result()

    def _gradients(self, data: Chunked, count: int, first: int, mine: range, work: np.ndarray) -> None:
        from separatrix.engines.fused.many import gradients_of

        s = self.session
        gradients_of(
            s.code, s.widths, s.lanes, s.pair, s.now, data.x, data.y, data.w, count, s.chunk, s.gamma,
            first + mine.start, first + mine.stop, self.parts[mine.start : mine.stop], work,
        )  # fmt: skip  # one line a subject

    def _evaluations(self, data: Chunked, count: int, found: np.ndarray, mine: range, work: np.ndarray) -> None:
        from separatrix.engines.fused.many import evaluations_of

        s = self.session
        evaluations_of(
            s.code, s.widths, s.lanes, s.pair, s.now, data.x, data.y, data.w, count, s.chunk, s.gamma,
            mine.start, mine.stop, found[mine.start : mine.stop], np.zeros_like(s.out), work,
        )  # fmt: skip  # one line a subject
