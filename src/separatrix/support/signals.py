"""Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends at once."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any

WATCHED = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While it is entered, remembers the first signal; work asks it at moments where stopping loses nothing.

    The first signal also puts the system's own handling back, so that a second one ends the process even in the
    middle of compiled code. A signal that was ignored from outside (`nohup`) stays ignored.

    Attributes:
        number: the signal that came, or None.

    Examples:
        >>> with Interruption() as interruption:
        ...     signal.raise_signal(signal.SIGTERM)
        >>> interruption.asked, interruption.exit_status
        (True, 143)
    """

    def __init__(self, notice: str = "") -> None:
        self.notice = notice
        self.number: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self.number is not None

    @property
    def exit_status(self) -> int:
        """128 + the signal's number, as shells report it; 0 if none came."""
        return 0 if self.number is None else 128 + self.number

    def __enter__(self) -> Interruption:
        for each in WATCHED:
            if signal.getsignal(each) is not signal.SIG_IGN:
                self._before[each] = signal.signal(each, self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        for each in self._before:
            signal.signal(each, signal.SIG_DFL)
        if self.notice:
            os.write(2, f"\n{self.notice}\n".encode())  # print could be in the middle of a line of its own
