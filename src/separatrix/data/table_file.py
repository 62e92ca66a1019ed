"""Tables from files: CSV of any usual dialect, Parquet and Arrow, whole or in batches of bounded memory."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data._scan import SEPARATORS, Header, as_utf8, read_header, scan
from separatrix.data._source import Reader, named, opened, refuse_too_large
from separatrix.data._texts import as_kind_of_training, as_labels, recognised, stripped
from separatrix.data.frames import normalised
from separatrix.data.kinds import Place
from separatrix.data.kinds.number import COMMA_NUMBER, EXACT, LARGEST_WHOLE, MISSING_WORDS, NUMBER, rounding_warning
from separatrix.data.points_file import codec_of
from separatrix.data.table import Table, matched
from separatrix.errors import DataFileError, InvalidData, OutOfMemory
from separatrix.support.constraints import Choice, Optional, check, nearest

if TYPE_CHECKING:
    import polars

Source = str | Path
PARQUET, ARROW, STREAM, FEATHER = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
BINARY = (PARQUET, ARROW, STREAM, FEATHER)


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
    where, how = named(path), Dialect(**dialect)
    refuse_too_large(path)
    try:
        with opened(path) as stream:
            reader = Reader(stream, where)
            begins = reader.peek(8)
            if begins.startswith(BINARY):
                frame, said = _typed(_binary(reader.rest(), begins, where), how, where)
            else:
                frame, said = _csv(reader, how, where, target)
            sha256 = reader.digest()
    except OutOfMemory:
        raise
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
    where, how = named(path), Dialect(**dialect)
    with opened(path) as stream:
        reader = Reader(stream, where)
        begins = reader.peek(8)
        if begins.startswith(BINARY):
            batches = (
                (matched(_asked_for(batch, kinds), kinds), _kept(batch, keep))
                for batch in _binary_batches(path, reader, begins, where, rows)
            )
        else:
            header, blocks = _blocks(reader.chunks(), reader.peek(4), how, where)
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
    return polars.DataFrame(
        [as_kind_of_training(texts[name], kind, place, comma=comma) for name, kind in kinds.items()]
    )


def _comma(texts: polars.DataFrame, kinds: Mapping[str, str], header: Header, how: Dialect, where: str) -> bool:
    """Whether the numbers of a batch are written with a decimal comma; between commas only if that was said."""
    if header.separator == "," and how.decimal is None:
        return False
    numbers = [name for name, kind in kinds.items() if kind == "number" and name in texts.columns]
    return _has_decimal_comma(texts.select(numbers), header, how, where)


def _csv(reader: Reader, how: Dialect, where: str, target: str | None) -> tuple[polars.DataFrame, list[str]]:
    import polars

    header, blocks = _blocks(reader.kept(), reader.peek(4), how, where)
    _refuse_unknown_text(how, header.names)
    frames, lines = [], []
    for text, numbers in blocks:
        frames.append(_texts(text, header, how))
        lines.append(numbers)
    if not frames:
        raise DataFileError(f"{where} has a header and no rows.")
    texts, place = polars.concat(frames), Place(where, np.concatenate(lines))
    comma = _has_decimal_comma(texts.drop(how.text), header, how, where)
    columns: list[polars.Series] = []
    said: list[str] = []
    for series in texts:
        if series.name in how.text:
            columns.append(stripped(series))
        elif series.name == target:
            columns.append(as_labels(series, place))
        else:
            found, remarks = recognised(series, place, comma=comma)
            columns.append(found)
            said += remarks
    return polars.DataFrame(columns), said


def _blocks(
    raw_chunks: Iterator[bytes], begins: bytes, how: Dialect, where: str
) -> tuple[Header, Iterator[tuple[bytes, np.ndarray]]]:
    """The header, and after it blocks of whole rows with their lines."""
    chunks = as_utf8(raw_chunks, codec_of(how.encoding, begins, where), where)
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
    comma = [s.name for s in texts if _all(s, COMMA_NUMBER) and s.str.contains(",", literal=True).any()]
    point = [s.name for s in texts if _all(s, NUMBER) and s.str.contains(".", literal=True).any()]
    if comma and header.separator == ",":
        raise DataFileError(
            f"{where}: column {comma[0]!r} holds numbers with commas; say --decimal , if it is the decimal sign, write 1,234 "
            "as 1234 if it isn't, or name the column as text."
        )
    if comma and point:
        raise DataFileError(
            f"{where}: column {comma[0]!r} has decimal commas and column {point[0]!r} decimal points; say --decimal , or "
            "--decimal . for those that are numbers."
        )
    return bool(comma)


def _refuse_unknown_text(how: Dialect, names: Sequence[str]) -> None:
    for name in how.text:
        if name not in names:
            raise InvalidData(f"text: there is no column {name!r}.{nearest(name, names)}")


def _all(series: polars.Series, pattern: str) -> bool:
    cells = stripped(series)
    known = cells.filter(cells.is_not_null() & ~cells.is_in(MISSING_WORDS))
    return len(known) > 0 and bool(known.str.contains(pattern).all())


def _binary(raw: bytes, begins: bytes, where: str) -> polars.DataFrame:
    import polars

    try:
        if begins.startswith(PARQUET):
            return polars.read_parquet(io.BytesIO(raw))
        if begins.startswith(STREAM):
            return polars.read_ipc_stream(io.BytesIO(raw))
        return polars.read_ipc(io.BytesIO(raw), use_pyarrow=False)
    except (polars.exceptions.PolarsError, OSError, ValueError) as error:
        raise _damaged(where, error) from error


def _damaged(where: str, error: Exception) -> DataFileError:
    return DataFileError(f"{where} is damaged or cut off: {str(error).splitlines()[0]}.")


def _typed(frame: polars.DataFrame, how: Dialect, where: str) -> tuple[polars.DataFrame, list[str]]:
    """The columns that are text by name made so; and what to know of the others."""
    import polars

    _refuse_unknown_text(how, frame.columns)
    said = [
        rounding_warning(series.name)
        for series in frame
        if series.dtype.is_integer() and series.name not in how.text and _largest(series, where) > EXACT
    ]
    return frame.with_columns(polars.col(*sorted(how.text)).cast(polars.String)) if how.text else frame, said


def _largest(series: polars.Series, where: str) -> int:
    """The largest absolute value of a column of integers.

    Raises:
        DataFileError: it is beyond 2^63.
    """
    least, most = (int(each or 0) for each in (series.min(), series.max()))  # type: ignore[arg-type]  # integers
    if max(-least, most) > LARGEST_WHOLE:
        row = int((series.arg_max() if most > LARGEST_WHOLE else series.arg_min()) or 0)
        raise DataFileError(
            f"{where}, column {series.name!r}, row {row}: {series[row]} is beyond 2^63; if it is an identifier, name the "
            "column as text."
        )
    return max(-least, most)


def _binary_batches(path: Source, reader: Reader, begins: bytes, where: str, rows: int) -> Iterator[polars.DataFrame]:
    import polars

    scans: dict[bytes, Any] = {PARQUET: polars.scan_parquet, ARROW: polars.scan_ipc}
    scan_file = next((each for first, each in scans.items() if begins.startswith(first)), None)
    if path == "-" or scan_file is None:
        yield _normal(_binary(reader.rest(), begins, where))
        return
    try:
        for batch in scan_file(path).collect_batches(chunk_size=rows):
            yield _normal(batch)
    except (polars.exceptions.PolarsError, OSError) as error:
        raise _damaged(where, error) from error


def _normal(frame: polars.DataFrame) -> polars.DataFrame:
    import polars

    try:
        return polars.DataFrame([normalised(series) for series in frame])
    except InvalidData as error:
        raise DataFileError(str(error)) from error
