"""Tables from files: CSV of any usual dialect, Parquet and Arrow, whole or in batches of bounded memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from separatrix.column_kinds import COMMA_NUMBER, MISSING, NUMBER, Place, as_labels, as_text, of_kind, typed
from separatrix.constraints import Choice, Optional, check, nearest
from separatrix.csv_scan import BLOCK, SEPARATORS, Header, as_utf8, read_header, scan
from separatrix.csv_sheet import codec_of
from separatrix.errors import DataFileError, InvalidData, OutOfMemory
from separatrix.frames import normalised
from separatrix.table import Table, matched

if TYPE_CHECKING:
    import polars

Source = str | Path
FOLD = 6  # a table in memory is at most about so many times its file, while it is read
PARQUET, ARROW, FEATHER, GZIP = b"PAR1", b"ARROW1", b"FEA1", b"\x1f\x8b"


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; None is found out.

    Attributes:
        encoding: "utf-8", "latin-1", "utf-16", …
        separator: ",", ";", a tab or "|".
        decimal: "." or ",".
        text: names of columns that are text whatever they hold, such as identifiers.
    """

    encoding: str = "utf-8"
    separator: str | None = None
    decimal: str | None = None
    text: Collection[str] = ()

    def __post_init__(self) -> None:
        rules = {"separator": Optional(Choice(SEPARATORS)), "decimal": Optional(Choice((".", ",")))}
        check("read_table", {"separator": self.separator, "decimal": self.decimal}, rules)


def read_table(path: Source, target: str | None = None, **dialect: Any) -> Table:
    r"""Read a table from a file, or from standard input ("-"), by what its first bytes say it is.

    Args:
        path: CSV (plain or gzip), Parquet or Arrow.
        target: the column of labels. Its texts stay as they are: "NA" and "None" are labels.
        dialect: `encoding`, `separator`, `decimal`, `text`: see `Dialect`.

    Raises:
        DataFileError: the file isn't what it claims to be; the message names line and column.
        InvalidData: no such target, missing labels.
        OutOfMemory: larger than the memory.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "people.csv"
        ...     _ = path.write_text("age;paid;town\n30;no;Ulm\n41;yes;\n")
        ...     table = read_table(path, "paid")
        >>> table.kinds, table.frame["town"].to_list()
        ({'age': 'number', 'town': 'category'}, ['Ulm', None])
    """
    where, how = _named(path), Dialect(**dialect)
    _refuse_too_large(path, where)
    try:
        with _opened(path) as stream:
            reader = _Reader(stream)
            begins = reader.peek(8)
            if begins.startswith((PARQUET, ARROW, FEATHER)):
                frame, said = _binary(reader.rest(), begins, where), list[str]()
            else:
                frame, said = _csv(reader, how, where, target)
            sha256 = reader.digest()
    except MemoryError as error:
        raise OutOfMemory(f"{where} doesn't fit into memory.") from error
    return Table.from_frame(frame, target, source=where, sha256=sha256, warnings=tuple(said))


def read_batches(
    path: Source, kinds: Mapping[str, str], *, rows: int = 65_536, **dialect: Any
) -> Iterator[polars.DataFrame]:
    """The columns that a model was trained on, batch after batch, in memory that doesn't grow with the file.

    Args:
        path: as `read_table`.
        kinds: name -> kind, as in training; other columns are passed over.
        rows: the most rows of a batch.
        dialect: as `read_table`.

    Raises:
        DataFileError, InvalidData: as `read_table`; columns or values that aren't those of training.
    """
    for frame, _ in batches_beside(path, kinds, (), rows=rows, **dialect):
        yield frame


def batches_beside(
    path: Source, kinds: Mapping[str, str], keep: Sequence[str], *, rows: int = 65_536, **dialect: Any
) -> Iterator[tuple[polars.DataFrame, polars.DataFrame]]:
    """Batches of the columns that a model was trained on, each beside the columns `keep` as the file has them.

    The cells of a CSV file are read by the rules of training: the same words for a missing number, the same dates.

    Raises:
        DataFileError, InvalidData: as `read_batches`; no such column to keep.
    """
    where, how = _named(path), Dialect(**dialect)
    with _opened(path) as stream:
        reader = _Reader(stream)
        begins = reader.peek(8)
        if begins.startswith((PARQUET, ARROW, FEATHER)):
            batches = (
                (matched(_asked_for(batch, kinds), kinds), _kept(batch, keep))
                for batch in _binary_batches(path, reader, begins, where, rows)
            )
        else:
            header, blocks = _blocks(reader, how, where)
            batches = (
                (
                    _of_kinds(texts, kinds, Place(where, lines), _comma(texts, kinds, header, how, where)),
                    _kept(texts, keep),
                )
                for texts, lines in ((_texts(text, header, how), lines) for text, lines in blocks)
            )
        for frame, kept in batches:
            for first in range(0, frame.height, rows):
                yield frame.slice(first, rows), kept.slice(first, rows)


def _asked_for(batch: polars.DataFrame, kinds: Mapping[str, str]) -> polars.DataFrame:
    there = [name for name in batch.columns if name in kinds]
    return batch.select(there) if len(there) == len(kinds) else batch  # `matched` says what is missing


def _kept(batch: polars.DataFrame, keep: Sequence[str]) -> polars.DataFrame:
    for name in keep:
        if name not in batch.columns:
            raise InvalidData(f"keep: there is no column {name!r}.{nearest(name, batch.columns)}")
    return batch.select(keep)


def _of_kinds(texts: polars.DataFrame, kinds: Mapping[str, str], place: Place, comma: bool) -> polars.DataFrame:
    import polars

    if any(name not in texts.columns for name in kinds):
        return matched(texts, kinds)  # which says what is missing
    return polars.DataFrame([of_kind(texts[name], kind, place, comma=comma) for name, kind in kinds.items()])


def _comma(texts: polars.DataFrame, kinds: Mapping[str, str], header: Header, how: Dialect, where: str) -> bool:
    """Whether the numbers of a batch are written with a decimal comma."""
    numbers = [name for name, kind in kinds.items() if kind == "number" and name in texts.columns]
    return _has_decimal_comma(texts.select(numbers), header, how, where)


def _csv(reader: _Reader, how: Dialect, where: str, target: str | None) -> tuple[polars.DataFrame, list[str]]:
    import polars

    header, blocks = _blocks(reader, how, where)
    frames, lines = [], []
    for text, numbers in blocks:
        frames.append(_texts(text, header, how))
        lines.append(numbers)
    if not frames:
        raise DataFileError(f"{where} has a header and no rows.")
    texts, place = polars.concat(frames), Place(where, np.concatenate(lines))
    comma = _has_decimal_comma(texts, header, how, where)
    columns: list[polars.Series] = []
    said: list[str] = []
    for series in texts:
        if series.name in how.text:
            columns.append(as_text(series))
        elif series.name == target:
            columns.append(as_labels(series))
        else:
            found, remarks = typed(series, place, comma=comma)
            columns.append(found)
            said += remarks
    return polars.DataFrame(columns), said


def _blocks(reader: _Reader, how: Dialect, where: str) -> tuple[Header, Iterator[tuple[bytes, np.ndarray]]]:
    """The header, and after it blocks of whole rows with their lines."""
    codec = codec_of(how.encoding, reader.peek(4), where)
    chunks = as_utf8(reader.chunks(), codec, where)
    raw, line = b"", 1
    for chunk in chunks:  # the first line that isn't blank
        raw += chunk
        if b"\n" not in raw and b"\r" in raw:
            raise DataFileError(f"{where}: lines end in a carriage return alone; save it with line feeds.")
        while raw.startswith((b"\n", b"\r\n")):
            raw, line = raw[raw.index(b"\n") + 1 :], line + 1
        if b"\n" in raw:
            break
    first, _, rest = raw.partition(b"\n")
    if not first.strip():
        raise DataFileError(f"{where} is empty; expected a header and rows.")
    header = read_header(first, where, how.separator)

    def following() -> Iterator[bytes]:
        yield rest
        yield from chunks

    return header, (
        (block.text, block.lines) for block in scan(following(), header, where, line + 1) if len(block.lines)
    )


def _texts(text: bytes, header: Header, how: Dialect) -> polars.DataFrame:
    """Rows that are known to be whole, split into cells."""
    import polars

    return polars.read_csv(
        io.BytesIO(text), has_header=False, new_columns=list(header.names), infer_schema=False, separator=header.separator,
    )  # fmt: skip  # what, then how


def _has_decimal_comma(texts: polars.DataFrame, header: Header, how: Dialect, where: str) -> bool:
    """Whether numbers are written with a comma; a file that has both is an error."""
    if how.decimal is not None:
        return how.decimal == ","
    if header.separator == ",":
        return False
    comma = [s.name for s in texts if _all(s, COMMA_NUMBER) and s.str.contains(",", literal=True).any()]
    point = [s.name for s in texts if _all(s, NUMBER) and s.str.contains(".", literal=True).any()]
    if comma and point:
        raise DataFileError(
            f"{where}: column {comma[0]!r} has decimal commas and column {point[0]!r} decimal points; say --decimal , or "
            "--decimal . for those that are numbers."
        )
    return bool(comma)


def _all(series: polars.Series, pattern: str) -> bool:
    cells = as_text(series)
    known = cells.filter(cells.is_not_null() & ~cells.is_in(MISSING))
    return len(known) > 0 and bool(known.str.contains(pattern).all())


def _binary(raw: bytes, begins: bytes, where: str) -> polars.DataFrame:
    import polars

    try:
        if begins.startswith(PARQUET):
            return polars.read_parquet(io.BytesIO(raw))
        return polars.read_ipc(io.BytesIO(raw), use_pyarrow=False)
    except (polars.exceptions.PolarsError, OSError, ValueError) as error:
        raise DataFileError(f"{where} is damaged or cut off: {str(error).splitlines()[0]}.") from error


def _binary_batches(path: Source, reader: _Reader, begins: bytes, where: str, rows: int) -> Iterator[polars.DataFrame]:
    import polars

    if path == "-" or not begins.startswith(PARQUET):
        yield _normal(_binary(reader.rest(), begins, where))
        return
    try:
        for batch in polars.scan_parquet(path).collect_batches(chunk_size=rows):
            yield _normal(batch)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise DataFileError(f"{where} is damaged or cut off: {str(error).splitlines()[0]}.") from error


def _normal(frame: polars.DataFrame) -> polars.DataFrame:
    import polars

    try:
        return polars.DataFrame([normalised(series) for series in frame])
    except InvalidData as error:
        raise DataFileError(str(error)) from error


class _Hashed(io.RawIOBase):
    """A stream whose bytes are hashed as they pass."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._sha = stream, hashlib.sha256()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as far as there is something."""
        raw = self._stream.read(len(buffer))
        self._sha.update(raw)
        buffer[: len(raw)] = raw
        return len(raw)

    def digest(self) -> str:
        """SHA-256 of all bytes, those not yet read included."""
        while raw := self._stream.read(BLOCK):
            self._sha.update(raw)
        return self._sha.hexdigest()


class _Reader:
    """A file's content, unpacked if it is gzip."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._hashed = _Hashed(stream)
        self._content: Any = io.BufferedReader(self._hashed, BLOCK)
        if self.peek(2) == GZIP:
            self._content = io.BufferedReader(gzip.GzipFile(fileobj=self._content), BLOCK)

    def peek(self, count: int) -> bytes:
        """The first bytes, which stay to be read."""
        try:
            return bytes(self._content.peek(count)[:count])
        except (OSError, EOFError) as error:
            raise DataFileError(f"the gzip file is damaged: {error}.") from error

    def chunks(self) -> Iterator[bytes]:
        """All bytes."""
        try:
            while chunk := self._content.read(BLOCK):
                yield chunk
        except (OSError, EOFError) as error:
            raise DataFileError(f"the file is damaged or cut off: {error}.") from error

    def rest(self) -> bytes:
        """All bytes in one."""
        return b"".join(self.chunks())

    def digest(self) -> str:
        """SHA-256 of the file as it lies on the disk."""
        return self._hashed.digest()


def _named(path: Source) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _opened(path: Source) -> Any:
    if str(path) == "-":
        return _Borrowed(sys.stdin.buffer)
    try:
        if Path(path).is_dir():
            raise DataFileError(f"{path} is a folder, not a table.")
        return Path(path).open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
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


def _refuse_too_large(path: Source, where: str) -> None:
    """Before anything is read: a file that can't fit into memory."""
    if str(path) == "-" or not hasattr(os, "sysconf") or not Path(path).is_file():
        return
    size = Path(path).stat().st_size
    room = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if FOLD * size > room:
        raise OutOfMemory(
            f"{where} has {size / 2**30:.1f} GiB; to train on it would take about {FOLD * size / 2**30:.0f} GiB, and "
            f"{room / 2**30:.1f} GiB are free. Train on a part of its rows; predictions are streamed."
        )
