"""Who is trained next: the newest request of every visitor wins, what is stale is given up, all share the cores."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakSet

from separatrix.support.machine import usable_cores
from separatrix.training.loop import Progress

Job = Callable[["Ticket"], Any]
MOST_AT_WORK = 150  # threads, most of which wait for their turn; they are made when they are needed


class Turns:
    """The cores, lent in turn: who has worked for a while goes to the end of the queue, if anybody waits."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free, self._waiting = places, deque[threading.Event]()

    def take(self) -> None:
        """Wait for a place."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = self._queue_up()
        turn.wait()

    def give(self) -> None:
        """Leave it."""
        with self._lock:
            self._free += 1
            self._call_next()

    def pass_on(self) -> None:
        """Let whoever waits longest have the place, and wait for another."""
        with self._lock:
            if not self._waiting:
                return
            self._free += 1
            self._call_next()
            turn = self._queue_up()
        turn.wait()

    def _queue_up(self) -> threading.Event:
        self._waiting.append(turn := threading.Event())
        return turn

    def _call_next(self) -> None:
        if self._waiting:
            self._free -= 1
            self._waiting.popleft().set()


class Ticket:
    """Told to a job, so that it can see whether anybody still waits for it, and lets others have their turn."""

    def __init__(self, turns: Turns | None = None) -> None:
        self._stale, self._turns = threading.Event(), turns

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._stale.set()

    @property
    def stale(self) -> bool:
        """Whether a newer request has come, or the visitor has gone."""
        return self._stale.is_set()

    def go_on(self, moment: Progress) -> bool:
        """A progress callback for `train`: False once it is stale."""
        if self._turns is not None and not self.stale:
            self._turns.pass_on()
        return not self.stale


class Workshop:
    """The cores that all visitors share: a long training of one of them holds nobody up for more than its turn."""

    def __init__(self, places: int | None = None) -> None:
        self._turns = Turns(places or usable_cores())
        self._pool = ThreadPoolExecutor(MOST_AT_WORK, "playground")
        self._aside = ThreadPoolExecutor(1, "playground-aside")
        self._desks = WeakSet[Desk]()
        self._preparation: Callable[[], object] | None = None

    def desk(self, deliver: Callable[[Callable[[], None]], None], *, aside: bool = False) -> Desk:
        """A visitor's own.

        Args:
            deliver: runs a function on that visitor's event loop.
            aside: for jobs that can't be interrupted: one at a time, and no training waits for them.
        """
        made = Desk(self._aside, None, deliver) if aside else Desk(self._pool, self._turns, deliver)
        self._desks.add(made)
        return made

    def prepare(self, job: Callable[[], object]) -> None:
        """What is to be done before anybody touches anything: it imports and compiles what they would wait for."""
        self._preparation = job

    def begin(self) -> None:
        """Now is the time for it; only the first call does it."""
        job, self._preparation = self._preparation, None
        if job is not None:
            self._pool.submit(job)

    def close(self) -> None:
        """Give up all that is under way, and end the threads."""
        for desk in list(self._desks):
            desk.close()
        for pool in (self._pool, self._aside):
            pool.shutdown(wait=True, cancel_futures=True)


class Desk:
    """One visitor's requests: at most one job at work and one, the newest, waiting.

    A job under way is cancelled by the next request, unless none of that kind has finished since: while a finger moves
    without a pause, pictures still come.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, turns: Turns | None, deliver: Callable[[Callable[[], None]], None]
    ) -> None:
        self._pool, self._turns, self._deliver = pool, turns, deliver
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
        ticket = self._working = Ticket(self._turns)
        self._pool.submit(self._work, ticket, job, done)

    def _work(self, ticket: Ticket, job: Job, done: Callable[[Any], None]) -> None:
        result = self._result_of(ticket, job)
        with self._lock:
            self._working = None
            closed = self._closed
            if not closed:
                self._start()
        if not ticket.stale and not closed:
            self._deliver(lambda: done(result))

    def _result_of(self, ticket: Ticket, job: Job) -> Any:
        """What the job gives, or the exception that it raises."""
        if self._turns is not None:
            self._turns.take()
        try:
            return None if ticket.stale else job(ticket)
        except Exception as error:  # the visitor is told; the server and all others live on
            return error
        finally:
            if self._turns is not None:
                self._turns.give()
