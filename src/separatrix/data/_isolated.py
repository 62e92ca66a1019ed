"""Parquet and Arrow files read in a process of their own: a panic or an abort of native code is an error like any other.

The process is started with the first such file and serves all later ones. Where none can be started, files are read in this
one; panics are errors there too, but an abort can't be caught.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.data import _reading_process
from separatrix.errors import DataFileError, SeparatrixError
from separatrix.support.machine import free_memory
from separatrix.support.processes import unless_done_within

if TYPE_CHECKING:
    import polars

PATIENCE = 120.0  # seconds without a batch after which reading counts as hanging, and
BYTES_A_SECOND = 2_000_000  # one more for so many bytes
ROOM = 2 * 2**30  # memory of the reading process beside what is free: libraries and stacks of threads

_idle: list[subprocess.Popen[bytes]] = []  # processes that wait for a file


class Damage(ValueError):
    """What is wrong with a file, without its name: raised and caught by the checks of its structure."""


class Unsupported(ValueError):
    """What a file holds that can't be read, such as a type of one of its columns: raised and caught as `Damage` is."""


@dataclass(frozen=True)
class Request:
    """What to read.

    Attributes:
        format: "parquet", "file" or "stream" (both of Arrow).
        source: the file, for messages.
        raw: its bytes, or
        path: where they lie, read in batches.
        rows: of a batch.
        columns: to read if all of them are there; None for all.
    """

    format: str
    source: str
    raw: bytes = b""
    path: str | Path | None = None
    rows: int | None = None
    columns: Sequence[str] | None = None

    def header(self, memory: int | None) -> dict[str, Any]:
        """The request without its bytes, as plain data; memory: that may be taken, in bytes."""
        path = None if self.path is None else str(Path(self.path).absolute())
        columns = None if self.columns is None else list(self.columns)
        plain = {"format": self.format, "size": len(self.raw), "path": path, "rows": self.rows, "columns": columns}
        return plain | {"memory": memory}


def frames(request: Request) -> Iterator[polars.DataFrame]:
    """The rows of a Parquet or Arrow file, frame after frame; at least one, if without rows.

    Raises:
        DataFileError: it is damaged, or holds what polars can't read.
    """
    # taken out while it reads: another file that is read meanwhile gets a process of its own
    process = _idle.pop() if _idle else _started()
    if process is None:
        with native_errors(request.source):
            yield from _reading_process.frames(request.header(None), request.raw)
        return
    complete = False
    try:
        yield from _received(process, request)
        complete = True
    finally:  # a process in the middle of a file can't be asked for another one
        if complete and process.poll() is None:
            _idle.append(process)
        else:
            _end(process)


@contextlib.contextmanager
def native_errors(source: str) -> Iterator[None]:
    """Turn what polars raises, panics included, into `DataFileError`.

    Args:
        source: the file, for the message.

    Raises:
        DataFileError: in place of any error of polars.
    """
    import polars

    try:
        yield
    except SeparatrixError:
        raise
    except (polars.exceptions.PolarsError, OSError) as error:
        raise damaged(source, str(error)) from error
    except polars.exceptions.PanicException as error:
        raise unreadable(source, str(error)) from None


def damaged(source: str, reason: str) -> DataFileError:
    """The error for a file that is none of its format; reason: what its reader says."""
    return DataFileError(f"{source} is damaged or cut off: {_line(reason)}.")


@contextlib.contextmanager
def damage_named(source: str, *contradictions: type[Exception]) -> Iterator[None]:
    """Checks of a file's structure: their `Damage` or `Unsupported` becomes an error that names the file.

    Args:
        source: the file, for messages.
        contradictions: errors that the checks meet only where the file's description contradicts itself.

    Raises:
        DataFileError: the structure is damaged, or holds what can't be read.
    """
    try:
        yield
    except Unsupported as error:
        raise DataFileError(f"{source} holds {error}, which can't be read; leave it out or convert it.") from None
    except Damage as error:
        raise damaged(source, str(error)) from None
    except contradictions:
        # the words of struct and of decoders would mean nothing to the owner of the file
        raise damaged(source, "its description contradicts itself") from None


def unreadable(source: str, reason: str) -> DataFileError:
    """The error for a file at which its reader gave up; reason: its last words."""
    return DataFileError(
        f"{source} is damaged or cut off, or holds a type that can't be read: {_line(reason)}. Write the file again, with "
        "columns of numbers, texts, dates, booleans and durations."
    )


def _line(text: str) -> str:
    """The first line of the words of a native library, cut to a sentence."""
    lines = text.strip().splitlines() or ["its reader failed"]
    return lines[0][:200].rstrip(".: ")


def _started() -> subprocess.Popen[bytes] | None:
    """A new process, or None where none can be started."""
    if getattr(sys, "frozen", False) or not sys.executable:
        return None  # a program packed into one file: its executable isn't Python
    # the same modules as here, however they came into the path, and no script's folder before them (-P)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "RUST_BACKTRACE": "0"}
    line = [sys.executable, "-P", "-W", "ignore", str(Path(_reading_process.__file__))]
    # nobody would read its stderr: as a pipe it could fill up, and block the process for good
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.Popen(line, env=environment, **pipes)
    except OSError:
        return None


def _received(process: subprocess.Popen[bytes], request: Request) -> Iterator[polars.DataFrame]:
    """What the process answers."""
    import polars

    assert process.stdin is not None  # both are pipes, see `_started`
    assert process.stdout is not None
    free = free_memory()
    header = json.dumps(request.header(None if free is None else free + ROOM)).encode()
    size = len(request.raw) if request.path is None else Path(request.path).stat().st_size
    patience = PATIENCE + size / BYTES_A_SECOND
    try:
        with _watched(process, patience):
            process.stdin.write(len(header).to_bytes(8, "little") + header)
            process.stdin.write(request.raw)
            process.stdin.flush()
        while True:
            with _watched(process, patience):
                head = process.stdout.read(9)
                payload = process.stdout.read(int.from_bytes(head[1:], "little"))
            if len(head) < 9 or head[:1] == b"D":
                break
            if head[:1] == b"B":
                yield polars.read_ipc_stream(io.BytesIO(payload))
            else:
                kind = damaged if head[:1] == b"E" else unreadable
                raise kind(request.source, payload.decode(errors="replace"))
    except BrokenPipeError:
        head = b""
    if (
        len(head) < 9
    ):  # it ended in the middle: an allocation that can't be met aborts, and so does much else in native code
        raise unreadable(request.source, "its reader was ended by it")


@contextlib.contextmanager
def _watched(process: subprocess.Popen[bytes], patience: float) -> Iterator[None]:
    """End the process if the block takes longer, in seconds; its pipes are at their end then."""
    with unless_done_within(patience, process.kill):
        yield


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what is still in its buffer goes nowhere
                pipe.close()
    # collects its status, without which it would stay a zombie on POSIX
    process.wait()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _end(_idle.pop())


def _forget() -> None:
    """In a forked process: the processes belong to its parent."""
    for process in _idle:
        process.returncode = 0  # so that its end isn't waited for here
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
