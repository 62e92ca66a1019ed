"""The terminal: results on the standard output, everything else on the error stream, and streams fit for a command.

A command works for minutes and prints a few lines at its end. So what happens to the terminal must not end it: streams
that the caller closed lead nowhere, letters that an encoding lacks become question marks, and once nobody reads any more
(`| head`), what is printed is dropped. Its files are written all the same.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from separatrix.support.translations import translated

if TYPE_CHECKING:
    import polars
    from _typeshed import ReadableBuffer
    from rich.console import Console

    from separatrix.support.processes import Interruption
    from separatrix.training.run import EpochEnd

# What a terminal obeys instead of showing it: control characters but tab and line feed, changes of the reading direction, and
# halves of surrogate pairs, by which Python stands for bytes of file names that are no text.
CONTROLS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
_UNPRINTABLE = re.compile(f"{CONTROLS}|[\ud800-\udfff]")


def printable(text: str) -> str:
    r"""The text with every control sequence written out, as in \\x1b: it may come from a stranger's file.

    Examples:
        >>> print(printable("a title: \x1b]0;mine\x07"))
        a title: \x1b]0;mine\x07
    """
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def printable_rows(frame: polars.DataFrame) -> polars.DataFrame:
    """A table whose texts and names of columns are printable, each on one line; its other columns stay as they are."""
    import polars

    def shown(text: str) -> str:
        return printable(text).replace("\n", "\\n")

    texts = [
        series.map_elements(shown, polars.String)
        if series.dtype == polars.String and series.str.contains(f"{CONTROLS}|\n").any()
        else series
        for series in frame
    ]
    return polars.DataFrame([series.alias(shown(series.name)) for series in texts])


def console(*, stderr: bool = False) -> Console:
    """The console to print on: plain if it is no terminal or NO_COLOR is set, and without line breaks of its own.

    Texts are translated and made `printable` here, in the one place that all messages and results pass.
    """
    from rich.console import Console

    class Printable(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            texts = (printable(translated(item)) if isinstance(item, str) else item for item in objects)
            super().print(*texts, **options)

    # no highlighting, so that numbers look alike on a terminal and in a file; a column called ":b:" is no emoji
    return Printable(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def print_error(message: str, hint: str = "") -> None:
    """Print an error on the error stream, without markup: it may contain whatever a user typed."""
    screen = console(stderr=True)
    word = translated("Error:")
    screen.print(f"[bold red]{word}[/]{' ' if word.isascii() else ''}", end="")
    screen.print(message + (f" {hint}" if hint else ""), markup=False)


def print_note(message: str) -> None:
    """Print a remark on the error stream."""
    console(stderr=True).print(message, style="dim", markup=False)


def show_log_and_warnings() -> None:
    """Print the library's log (for example that something is being compiled) and its warnings, one line each."""

    class Remarks(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print_note(record.getMessage())

    # the library only logs; whether and where it is shown is the program's decision
    logger = logging.getLogger("separatrix")
    # a second command line in the same process must not print everything twice
    if not logger.handlers:
        logger.addHandler(Remarks())
        logger.setLevel(logging.INFO)

    printed: set[str] = set()

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        if str(message) not in printed:  # the folds of a cross-validation repeat the same warning
            printed.add(str(message))
            print_note(f"Warning: {message}")

    warnings.showwarning = show


def flush_output() -> int:
    """Flush the output and return the exit status: 0, or 2 with a message if the disk is full."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:  # a reader that has enough, such as `head`, is no error
            print_error(f"the output can't be written: {error.strerror}.")
        # else the interpreter tries once more at its exit and fails with status 120
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return 0


# The progress of a training: a bar on a terminal, and the tutorial's lines on request.


@contextmanager
def training_progress(epochs: int, lines: bool, interruption: Interruption) -> Iterator[Callable[[EpochEnd], bool]]:
    """The callback for `train`: it shows the progress, and returns False once a signal came."""
    screen = console()
    with _bar(epochs) if screen.is_terminal else _nothing() as (say, move):

        def on_progress(moment: EpochEnd) -> bool:
            if lines:
                rows = zip(moment.rows.epoch.tolist(), moment.rows.loss.tolist(), strict=True)
                text = "\n".join(f"Epoch [{epoch}/{moment.epochs}], Loss: {loss:.4f}" for epoch, loss in rows)
                if text:
                    say(text)
            move(moment)
            # False ends the training after the current step
            return not interruption.requested

        yield on_progress


Shown = tuple[Callable[[str], None], Callable[["EpochEnd"], None]]  # say a line, move the bar


@contextmanager
def _nothing() -> Iterator[Shown]:
    # flushed, so that a reader sees every line at once
    yield lambda text: print(printable(text), flush=True), lambda moment: None


@contextmanager
def _bar(epochs: int) -> Iterator[Shown]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    loss = TextColumn("{task.fields[said]}", markup=False)
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), loss, TimeRemainingColumn())
    # transient: the bar disappears, and the summary takes its place
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("training", total=epochs, said="")

        def move(moment: EpochEnd) -> None:
            text = "" if moment.loss is None else f"loss {moment.loss:.4f}  accuracy {moment.accuracy:.1%}"
            bar.update(task, completed=moment.epoch, said=text)

        yield lambda text: bar.console.print(text, markup=False), move


GONE = (errno.EPIPE, errno.EINVAL)  # Windows says the second where a pipe was closed


def prepare_streams() -> None:
    """Make the standard streams of this process fit for a command."""
    _open_closed_ones()
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # for the rest of the process
    sys.stdout = _patient(sys.stdout, 1)
    sys.stderr = _patient(sys.stderr, 2)


def _open_closed_ones() -> None:
    """Take the numbers 0, 1 and 2 where they are free.

    Otherwise the next file that is opened gets one of them, and what a library prints there ends up in a model.
    """
    with contextlib.suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)


def _patient(stream: TextIO | None, number: int) -> TextIO:
    """The stream with an answer to every letter and to a reader that leaves."""
    if stream is None:
        return open(number, "w", encoding="utf-8", closefd=False)  # for the rest of the process
    if not isinstance(stream, io.TextIOWrapper):  # a stream of a test or of a notebook
        return stream
    stream.flush()
    raw = _UntilReaderLeaves(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors == "backslashreplace" else "replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _UntilReaderLeaves(io.FileIO):
    """A file whose bytes are dropped once the other end of its pipe is closed."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            written = super().write(data)
        except OSError as error:
            if error.errno not in GONE:
                raise
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())  # native code prints there too, and Python once more at its exit
            os.close(null)
            return memoryview(data).nbytes
        return written if written is not None else 0
