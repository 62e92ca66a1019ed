"""The bytes of a table's file or of standard input: opened, hashed as they pass, unpacked, and never more than fit."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from separatrix.data._scan import BLOCK, SEPARATORS
from separatrix.errors import DataFileError, OutOfMemory
from separatrix.support.machine import free_memory

# Memory that reading a table takes at most, measured on files of 15 MB by the high-water mark of the process: bytes, texts and
# values at once. Of long cells it is a multiple of the file; of short ones, which may be a byte, it depends on their number.
# A column that isn't of plain numbers is compared with every kind before one is chosen, which takes more.
FOLD, FOLD_OF_WORDS, FOLD_OF_BINARY = 10, 17, 6
CELL, LINE, LINE_OF_WORDS = 64, 80, 260
WORDS = re.compile(
    rb"[^-+0-9eE.,;|\s\0]|[0-9]-[0-9]"
)  # what plain numbers don't have; a date has a sign between digits
SAMPLE = 1 << 20  # bytes of a file by which its cells are counted before it is read
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"BZh": "packed by bzip2; unpack it, or pack it by gzip",
    b"\xfd7zXZ": "packed by xz; unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it, or pack it by gzip",
    b"SQLite": "an SQLite database; write the table as CSV",
    b"\x89HDF": "an HDF5 file; write the table as CSV or Parquet",
}


class Reader:
    """A file's content, unpacked if it is gzip.

    Args:
        stream: its bytes, as they lie on the disk.
        where: the file, for messages.

    Attributes:
        packed: whether it is gzip.
    """

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._hashed, self._where = _Hashed(stream), where
        # buffered for the sake of peek: standard input can't be wound back
        self._content: Any = io.BufferedReader(self._hashed, BLOCK)
        self.packed = self.peek(2) == GZIP
        if self.packed:
            self._content = io.BufferedReader(gzip.GzipFile(fileobj=self._content), BLOCK)
        # after unpacking, and by name: decoding such a file would only say that it isn't UTF-8
        for begins, what in FOREIGN.items():
            if self.peek(8).startswith(begins):
                raise DataFileError(f"{where} is {what}; expected CSV, plain or gzip, Parquet or Arrow.")

    def peek(self, count: int) -> bytes:
        """The first bytes, which stay to be read."""
        try:
            return bytes(self._content.peek(count)[:count])
        except (OSError, EOFError, zlib.error) as error:
            raise DataFileError(f"{self._where}: the gzip file is damaged: {error}.") from error

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces that the caller lets go of."""
        try:
            while chunk := self._content.read(BLOCK):
                yield chunk
        except (OSError, EOFError, zlib.error) as error:
            raise DataFileError(f"{self._where} is damaged or cut off: {error}.") from error

    def retained(self) -> Iterator[bytes]:
        """All bytes, in pieces that the caller keeps.

        Raises:
            OutOfMemory: they become too many; the size of what is packed, or comes by a pipe, isn't known before.
        """
        # measured once, before: what has been read lowers it, and would count twice
        room, size, need = free_memory(), 0, 0
        for chunk in self.chunks():
            size, need = size + len(chunk), need + needed_by(chunk, len(chunk))
            refuse_more(size, room, self._where, need)
            yield chunk

    def rest(self) -> bytes:
        """All bytes in one; raises as `retained`."""
        return b"".join(self.retained())

    def digest(self) -> str:
        """SHA-256 of the file as it lies on the disk."""
        return self._hashed.digest()


class _Hashed(io.RawIOBase):
    """A stream whose bytes are hashed as they pass."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._sha = stream, hashlib.sha256()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as far as there is something."""
        raw = self._stream.read(len(buffer))  # hashed before gzip: the digest is that of the file on the disk
        self._sha.update(raw)
        buffer[: len(raw)] = raw
        return len(raw)

    def digest(self) -> str:
        """SHA-256 of all bytes, those not yet read included."""
        # whoever read the content may have stopped before the end of the file
        while raw := self._stream.read(BLOCK):
            self._sha.update(raw)
        return self._sha.hexdigest()


def named(path: str | Path) -> str:
    """The name of a file in messages."""
    return "standard input" if str(path) == "-" else str(path)


def opened(path: str | Path) -> Any:
    """Its bytes, as a context; "-" is standard input.

    Raises:
        DataFileError: missing, a folder, or not to be read.
    """
    if str(path) == "-":
        return _Borrowed(sys.stdin.buffer)
    try:
        if Path(path).is_dir():
            raise DataFileError(f"{path} is a folder, not a table.")
        return Path(path).open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        # the one raised above is a ValueError too
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"{path} can't be read: {getattr(error, 'strerror', error)}.") from error


class _Borrowed:
    """Standard input, which isn't ours to close."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def __enter__(self) -> IO[bytes]:
        return self.stream

    def __exit__(self, *_: object) -> None:
        pass


def refuse_too_large(path: str | Path) -> None:
    """Refuse a file that can't be held in memory as a whole, before more than a sample of it is read.

    Raises:
        OutOfMemory: its size and the memory that is free.
    """
    if str(path) != "-" and Path(path).is_file():
        size = Path(path).stat().st_size
        refuse_more(size, free_memory(), named(path), needed_by(_sample(path), size))


def _sample(path: str | Path) -> bytes:
    """The first bytes of a file; none where it can't be read, which whoever reads all of it says better."""
    try:
        with Path(path).open("rb") as file:
            return file.read(SAMPLE)
    except OSError:
        return b""


def needed_by(sample: bytes, size: int) -> int:
    r"""Memory that reading a file of this size takes, by a part of it; a binary file holds next to no separators.

    >>> needed_by(b"1,1\n2,0\n", 8_000) > needed_by(b"0.12345,1\n0.67890,0\n", 8_000)
    True
    """
    if b"\0" in sample:
        return FOLD_OF_BINARY * size
    lines = sample.count(b"\n")
    # the separator isn't known yet: the most frequent candidate bounds the number of cells from above
    cells = lines + max(sample.count(sign.encode()) for sign in SEPARATORS)
    # the first line has names of columns, which tell nothing of the cells
    words = WORDS.search(sample, sample.find(b"\n") + 1) is not None
    fold, line = (FOLD_OF_WORDS, LINE_OF_WORDS) if words else (FOLD, LINE)
    return max(fold * size, size + (CELL * cells + line * lines) * size // max(1, len(sample)))


def refuse_more(size: int, room: int | None, where: str, need: int) -> None:
    """Raise `OutOfMemory` if a file, or its part so far, takes more memory than there is.

    Args:
        size: its bytes.
        room: the memory that is free, or None where that isn't known.
        where: the file, for messages.
        need: memory that it takes.
    """
    if room is not None and need > room:
        raise OutOfMemory(
            f"{where} has {size / 2**30:.1f} GiB or more; as a whole it would take about {need / 2**30:.0f} GiB of "
            f"memory, and {room / 2**30:.1f} GiB are free. Train on a part of its rows; predictions of files are streamed."
        )
