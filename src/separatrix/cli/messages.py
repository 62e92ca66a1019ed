"""What the commands say, and where: results on the output, all else on the error stream."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Where to print: plain when it is no terminal or NO_COLOR is set; lines are never broken for us."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def complain(message: str, hint: str = "") -> None:
    """One message on the error stream; it may hold whatever a user typed, so it is printed as it is."""
    screen = console(stderr=True)
    screen.print("[bold red]Error:[/] ", end="")
    screen.print(message + (f" {hint}" if hint else ""), markup=False)


def remark(message: str) -> None:
    """Something worth knowing that isn't the result."""
    console(stderr=True).print(message, style="dim", markup=False)


def listen() -> None:
    """Show what the library logs (such as that something compiles) and its warnings, as one line each."""

    class Remarks(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            remark(record.getMessage())

    logger = logging.getLogger("separatrix")
    if not logger.handlers:
        logger.addHandler(Remarks())
        logger.setLevel(logging.INFO)

    said: set[str] = set()

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        if str(message) not in said:  # each fold of a cross-validation has the same to say
            said.add(str(message))
            remark(f"Warning: {message}")

    warnings.showwarning = show


def printer() -> Callable[[str], None]:
    """Prints lines; once nobody reads any more (`| head`) it falls silent and the work goes on."""
    reading = True

    def say(text: str) -> None:
        nonlocal reading
        if not reading:
            return
        try:
            print(text, flush=True)
        except BrokenPipeError:
            reading = False
            _to_nowhere()

    return say


def quiet_end() -> int:
    """Flush the output; a reader that has gone away is no error (0), a full disk is one (2)."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _to_nowhere()
        return 0 if isinstance(error, BrokenPipeError) else 2
    return 0


def _to_nowhere() -> None:
    """Let the output end nowhere, so that Python's own flush at its end finds no closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
