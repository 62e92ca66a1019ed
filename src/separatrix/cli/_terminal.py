"""What the commands say, and where: results on the output, all else on the error stream."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from separatrix.support.signals import Interruption
    from separatrix.training.loop import EpochEnd


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


# What is seen of a training while it runs: a bar on a terminal, the tutorial's lines where they were asked for.


@contextmanager
def watched(epochs: int, lines: bool, interruption: Interruption) -> Iterator[Callable[[EpochEnd], bool]]:
    """What `train` is to call: it shows a moment, and answers False once a signal came."""
    screen = console()
    with _bar(epochs) if screen.is_terminal else _nothing() as (say, move):

        def tell(moment: EpochEnd) -> bool:
            if lines:
                rows = zip(moment.rows.epoch.tolist(), moment.rows.loss.tolist(), strict=True)
                text = "\n".join(f"Epoch [{epoch}/{moment.epochs}], Loss: {loss:.4f}" for epoch, loss in rows)
                if text:
                    say(text)
            move(moment)
            return not interruption.asked

        yield tell


Shown = tuple[Callable[[str], None], Callable[["EpochEnd"], None]]  # say a line, move the bar


@contextmanager
def _nothing() -> Iterator[Shown]:
    yield printer(), lambda moment: None


@contextmanager
def _bar(epochs: int) -> Iterator[Shown]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.fields[said]}")
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), said, TimeRemainingColumn())
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("training", total=epochs, said="")

        def move(moment: EpochEnd) -> None:
            text = "" if moment.loss is None else f"loss {moment.loss:.4f}  accuracy {moment.accuracy:.1%}"
            bar.update(task, completed=moment.epoch, said=text)

        yield lambda text: bar.console.print(text, markup=False), move
