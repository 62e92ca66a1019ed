"""The standard streams of the command line: none is missing, none refuses a letter, and a reader may leave.

A command works for minutes and prints a few lines at its end. So what happens to the terminal must not end it: streams
that the caller closed lead nowhere, letters that an encoding lacks become question marks, and once nobody reads any more
(`| head`), what is printed is dropped. Its files are written all the same.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
