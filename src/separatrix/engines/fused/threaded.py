"""Large steps over several threads: chunks are shared out, their gradients added in the chunks' order.

The result doesn't depend on the number of threads: a chunk's gradient is the same whoever computes it, and the sum is
taken in one order.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from separatrix.engines.base import Epochs
from separatrix.engines.fused.layout import Chunked

if TYPE_CHECKING:
    from separatrix.engines.fused.session import FusedSession

WORTH = 2_000_000  # rows · parameters of a step from which sharing it out pays
PARTS = 8_000_000  # bytes of gradients of single chunks kept at a time


def pays(session: FusedSession) -> bool:
    """Whether a step is large enough, and there is more than one thread and more than one chunk."""
    rows = session.batch or session.data.rows
    return session.task.threads > 1 and rows > session.chunk and rows * session.size >= WORTH


def step_by_step(session: FusedSession, epochs: Epochs, coefficients: np.ndarray, rows: np.ndarray) -> int:
    """As `driver.advance`, with each step's chunks shared out; epochs completed."""
    from separatrix.engines.fused import driver, updates

    measured = {int(at): k for k, at in enumerate(epochs.logged)}
    step = 0
    with ThreadPoolExecutor(session.task.threads) as pool:
        shared = _Shared(session, pool)
        for epoch in range(len(epochs.rates)):
            loss = right = 0.0
            for first in range(0, session.data.rows, session.batch or session.data.rows):
                count, data = _batch(session, epochs.order, epoch, first)
                if epoch in measured:
                    value, hits = shared.evaluate(data, count)
                    loss, right = loss + value * count, right + hits
                shared.gradient(data, count)
                loss += count * updates.add_penalties(session.p, session.g, session.is_weight, session.settings)
                fine = updates.update(
                    session._rule(), session.p[: session.size], session.new[: session.size], session.g, session.slots,
                    session.settings, coefficients[step], session.steps + step == 0, session.own,
                )  # fmt: skip  # one call
                if not fine or not np.isfinite(loss):
                    return epoch
                session.p, session.new = session.new, session.p
                step += 1
            if epoch in measured:
                told = [loss / session.data.rows, right / session.data.rows, driver.norm(session.g, session.size)]
                if session.held.rows:
                    value, hits = shared.evaluate(session.held, session.held.rows)
                    told += [value, hits / session.held.rows]
                rows[measured[epoch], : len(told)] = told
    return len(epochs.rates)


def _batch(session: FusedSession, order: np.ndarray | None, epoch: int, first: int) -> tuple[int, Chunked]:
    if order is None:
        return session.data.rows, session.data
    from separatrix.engines.fused.driver import gather

    count = min(session.batch, session.data.rows - first)
    data, buffer = session.data, session.buffer
    gather(order[epoch], first, count, data.x, data.y, data.w, session.network.n_inputs, session.chunk, session.lanes,
           buffer.x, buffer.y, buffer.w)  # fmt: skip  # one call
    return count, buffer


class _Shared:
    """Gradients and losses of chunks, shared out over a pool."""

    def __init__(self, session: FusedSession, pool: ThreadPoolExecutor) -> None:
        self.session, self.pool, self.threads = session, pool, session.task.threads
        room = len(session.g)
        self.at_a_time = max(self.threads, PARTS // (room * session.g.itemsize))
        most = -(-max(session.batch or session.data.rows, session.held.rows) // session.chunk)
        self.parts = np.zeros((min(self.at_a_time, most), room), session.g.dtype)
        self.work = [np.zeros_like(session.work) for _ in range(self.threads)]

    def gradient(self, data: Chunked, count: int) -> None:
        """session.g = the sum over the chunks, in their order."""
        chunks = -(-count // self.session.chunk)
        self.session.g[:] = 0
        for first in range(0, chunks, len(self.parts)):
            many = min(len(self.parts), chunks - first)
            self._share(lambda mine, work, first=first: self._gradients(data, count, first, mine, work), many)
            _add_in_order(self.session.g, self.parts[:many])

    def _share(self, job: object, many: int) -> list[object]:
        """Every thread takes a run of neighbouring chunks."""
        cuts = np.linspace(0, many, self.threads + 1).astype(int)
        tasks = [
            self.pool.submit(job, range(a, b), work)  # type: ignore[arg-type]  # a callable; see the callers
            for a, b, work in zip(cuts, cuts[1:], self.work, strict=False)
            if a < b
        ]
        return [task.result() for task in tasks]

    def _gradients(self, data: Chunked, count: int, first: int, mine: range, work: np.ndarray) -> None:
        from separatrix.engines.fused.many import gradients_of

        s = self.session
        gradients_of(s.code, s.widths, s.lanes, s.p, data.x, data.y, data.w, count, s.chunk, s.gamma, first + mine.start,
                     first + mine.stop, self.parts[mine.start : mine.stop], work)  # fmt: skip  # one call

    def evaluate(self, data: Chunked, count: int) -> tuple[float, float]:
        """(Σ w · loss, number on the right side), summed in the chunks' order."""
        chunks = -(-count // self.session.chunk)
        found = np.zeros((chunks, 2))
        self._share(lambda mine, work: self._evaluations(data, count, mine, work, found), chunks)
        loss, right = 0.0, 0.0
        for value, hits in found.tolist():
            loss, right = loss + value, right + hits
        return loss, right

    def _evaluations(self, data: Chunked, count: int, mine: range, work: np.ndarray, found: np.ndarray) -> None:
        from separatrix.engines.fused.many import evaluations_of

        s = self.session
        evaluations_of(s.code, s.widths, s.lanes, s.p, data.x, data.y, data.w, count, s.chunk, s.gamma, mine.start,
                       mine.stop, found[mine.start : mine.stop], np.zeros_like(s.out), work)  # fmt: skip  # one call


def _add_in_order(total: np.ndarray, parts: np.ndarray) -> None:
    """total += parts[0], then parts[1], …: the order of `driver.sum_gradient`."""
    for part in parts:
        total += part
