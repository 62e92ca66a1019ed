"""Who is trained next: the newest request of every visitor wins, what is stale is given up, all share the cores."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from separatrix.fleet import usable_cores
from separatrix.training import Moment

Job = Callable[["Ticket"], Any]


class Ticket:
    """Told to a job, so that it can see whether anybody still waits for it."""

    def __init__(self) -> None:
        self._stale = threading.Event()

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._stale.set()

    @property
    def stale(self) -> bool:
        """Whether a newer request has come, or the visitor has gone."""
        return self._stale.is_set()

    def go_on(self, moment: Moment) -> bool:
        """A progress callback for `train`: False once it is stale."""
        return not self.stale


class Workshop:
    """The threads that all visitors share: one a core, so that ten visitors slow nobody down more than they must."""

    def __init__(self, workers: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(workers or usable_cores(), "playground")

    def desk(self, deliver: Callable[[Callable[[], None]], None]) -> Desk:
        """A visitor's own: `deliver` runs a function on that visitor's event loop."""
        return Desk(self._pool, deliver)

    def warm_up(self, job: Callable[[], object]) -> None:
        """Do this before anybody asks: it imports and compiles what the first visitor would wait for."""
        self._pool.submit(job)

    def close(self) -> None:
        """End the threads; jobs under way are waited for."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Desk:
    """One visitor's requests: at most one job at work and one, the newest, waiting.

    A job under way is cancelled by the next request, unless none of that kind has finished since: while a finger moves
    without a pause, pictures still come.
    """

    def __init__(self, pool: ThreadPoolExecutor, deliver: Callable[[Callable[[], None]], None]) -> None:
        self._pool, self._deliver = pool, deliver
        self._lock = threading.Lock()
        self._working: Ticket | None = None
        self._waiting: tuple[Job, Callable[[Any], None]] | None = None
        self._closed = False

    def ask(self, job: Job, done: Callable[[Any], None], *, patient: bool = False) -> None:
        """Do this instead of what was asked before; `done` is called with the result, or with the exception.

        Args:
            job: called with a `Ticket` on a thread of the workshop.
            done: called on the visitor's event loop, unless a newer request has replaced this one.
            patient: let a job under way finish and show its result first: for a finger that moves.
        """
        with self._lock:
            if self._closed:
                return
            self._waiting = (job, done)
            if self._working is None:
                self._start()
            elif not patient:
                self._working.cancel()

    def close(self) -> None:
        """The visitor has gone: give up everything."""
        with self._lock:
            self._closed, self._waiting = True, None
            if self._working is not None:
                self._working.cancel()

    def _start(self) -> None:
        """Send the waiting job to work; the lock is held."""
        if self._waiting is None:
            return
        (job, done), self._waiting = self._waiting, None
        ticket = self._working = Ticket()
        self._pool.submit(self._work, ticket, job, done)

    def _work(self, ticket: Ticket, job: Job, done: Callable[[Any], None]) -> None:
        result: Any = None
        if not ticket.stale:
            try:
                result = job(ticket)
            except Exception as error:  # the visitor is told; the server and all others live on
                result = error
        with self._lock:
            self._working = None
            closed = self._closed
            if not closed:
                self._start()
        if not ticket.stale and not closed:
            self._deliver(lambda: done(result))
