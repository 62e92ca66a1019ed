"""Parquet and Arrow files: the structure is checked, polars reads them in a process of its own, and the rows are counted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from separatrix.data._arrow import check_arrow
from separatrix.data._isolated import Request, damaged, frames
from separatrix.data._parquet import check_parquet
from separatrix.data._source import Reader
from separatrix.errors import DataFileError

if TYPE_CHECKING:
    import polars

FORMATS = {b"PAR1": "parquet", b"ARROW1": "file", b"\xff\xff\xff\xff": "stream"}
FEATHER = b"FEA1"


def is_binary(first_bytes: bytes) -> bool:
    """Whether a file that begins so is Parquet, Arrow or Feather, or what is left of one after its first bytes."""
    return first_bytes.startswith((*FORMATS, FEATHER)) or _is_stump(first_bytes)


def _is_stump(first_bytes: bytes) -> bool:
    """Whether a whole file of fewer than 8 bytes is the beginning of a format's mark."""
    # from three letters on: a single one may be the header of a text file
    return len(first_bytes) > 2 and any(magic.startswith(first_bytes) for magic in FORMATS)


def read_binary(reader: Reader, source: str) -> tuple[polars.DataFrame, bytes | None]:
    """A whole file, and its bytes if it is a Parquet file.

    Args:
        reader: its bytes.
        source: the file, for messages.

    Raises:
        DataFileError: it is damaged, cut off, or holds what can't be read.
        OutOfMemory: larger than the memory.
    """
    import polars

    kind = _format(reader, source)
    raw = reader.rest()
    rows = _check(kind, io.BytesIO(raw), source)
    frame = polars.concat(list(frames(Request(kind, source, raw))))
    # a reader may return fewer rows of a damaged file without a word
    _refuse_shortfall(frame.height, rows, source)
    return frame, raw if kind == "parquet" else None


def binary_batches(
    path: str | Path, reader: Reader, source: str, rows: int, columns: Sequence[str]
) -> Iterator[polars.DataFrame]:
    """A file in batches; a stream, a packed file and standard input are read at once.

    Args:
        path: the file, or "-".
        reader: its bytes.
        source: the file, for messages.
        rows: the most rows of a batch.
        columns: those that are needed; the others are left out if all of these are there.

    Raises:
        DataFileError, OutOfMemory: as `read_binary`; a shortfall of rows when the last batch has passed.
    """
    kind = _format(reader, source)
    # polars scans Parquet and Arrow files on the disk alone, as they lie there
    if str(path) == "-" or reader.packed or kind == "stream":
        yield read_binary(reader, source)[0]
        return
    with Path(path).open("rb") as stream:
        expected = _check(kind, stream, source)
    count = 0
    for batch in frames(Request(kind, source, path=path, rows=rows, columns=columns)):
        count += batch.height
        yield batch
    _refuse_shortfall(count, expected, source)


def _format(reader: Reader, source: str) -> str:
    first_bytes = reader.peek(8)
    if first_bytes.startswith(FEATHER):
        raise DataFileError(f"{source} is a Feather file of version 1, which can't be read; write it as Parquet.")
    if _is_stump(first_bytes):
        raise damaged(source, "it is too short")
    return next(name for magic, name in FORMATS.items() if first_bytes.startswith(magic))


def _check(kind: str, stream: IO[bytes], source: str) -> int:
    return check_parquet(stream, source) if kind == "parquet" else check_arrow(stream, source)


def _refuse_shortfall(count: int, expected: int, source: str) -> None:
    if count != expected:
        raise damaged(source, f"{count:,} of its {expected:,} rows can be read")
