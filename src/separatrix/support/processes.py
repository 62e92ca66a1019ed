"""This process: how a signal ends it, and what is due when work takes long.

The first Ctrl-C or SIGTERM asks for an orderly end, the second one ends at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

WATCHED = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Inside its block, remembers the first signal; long work looks at `requested` where stopping loses nothing.

    The first signal also puts the system's own handling back, so that a second one ends the process even in the
    middle of compiled code. A signal that was ignored from outside (`nohup`) stays ignored.

    Attributes:
        number: the signal that arrived, or None.

    Examples:
        >>> with Interruption() as interruption:
        ...     signal.raise_signal(signal.SIGTERM)
        >>> interruption.requested, interruption.exit_status
        (True, 143)
    """

    def __init__(self, notice: str = "") -> None:
        self.notice = notice
        self.number: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    @property
    def requested(self) -> bool:
        """Whether a signal arrived."""
        return self.number is not None

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, as shells report it; 0 if none came."""
        return 0 if self.number is None else 128 + self.number

    def __enter__(self) -> Interruption:
        for watched in WATCHED:
            if signal.getsignal(watched) is not signal.SIG_IGN:
                self._before[watched] = signal.signal(watched, self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watched, handler in self._before.items():
            signal.signal(watched, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        for watched in self._before:
            signal.signal(watched, signal.SIG_DFL)
        if self.notice:
            os.write(2, f"\n{self.notice}\n".encode())  # print could be in the middle of a line of its own


@contextmanager
def unless_done_within(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Call `act` in a thread if the block is still at work after so many seconds."""
    timer = threading.Timer(seconds, act)
    # an interpreter that ends must not wait for it
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # what was just due is done now, not in the middle of what comes next
