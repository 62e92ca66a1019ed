"""Tables from files: CSV of any usual dialect, Parquet and Arrow, whole or in batches of bounded memory."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from separatrix.data._binary import binary_batches, is_binary, read_binary
from separatrix.data._delimited import (
    DelimitedText,
    Dialect,
    as_labels,
    delimited_blocks,
    read_delimited,
    recognised,
    refuse_two_signs,
)
from separatrix.data._source import Reader, named, opened, refuse_too_large
from separatrix.data.frames import categories_as_text, normalised
from separatrix.data.kinds import KINDS, Cells, kind_of
from separatrix.data.kinds._number_texts import EXACT, largest_whole, rounded_by_float32, rounding_warning
from separatrix.data.kinds.forms import parsed_as, read_as_written
from separatrix.data.table import Table, matched
from separatrix.errors import DataFileError, InvalidData, OutOfMemory
from separatrix.support.constraints import nearest
from separatrix.support.surroundings import insulated, refuse_lost_threads

if TYPE_CHECKING:
    import polars

Source = str | Path
Item = TypeVar("Item")


@insulated
def read_table(path: Source, target: str | None = None, *, plain_texts: bool = False, **dialect: Any) -> Table:
    r"""Read a table from a file, or from standard input ("-"), by what its first bytes say it is.

    Args:
        path: CSV (plain or gzip), Parquet or Arrow.
        target: the column of labels. Its texts stay as they are: "NA" and "None" are labels.
        plain_texts: whether words for missing values stay in columns of text, as models need that know them as categories.
        dialect: `encoding`, `separator`, `decimal`, `thousands`, `day_first`, `text`, `missing`, `missing_only`, `written`: see
            `Dialect`.

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
    source, how = named(path), Dialect(**dialect)
    refuse_lost_threads("reading a file")
    refuse_too_large(path)
    try:
        with opened(path) as stream:
            reader = Reader(stream, source)
            first_bytes = reader.peek(8)
            if is_binary(first_bytes):
                how.refuse_of_texts(source)
                frame, parquet = read_binary(reader, source)
                frame, remarks = as_pandas_wrote(frame, parquet, target)
                frame, warnings = _typed(read_as_written(frame, how.written), how, source)
                warnings += remarks
                written = how.written
            else:
                frame, warnings, written = _columns(read_delimited(reader, how, source), how, target, plain_texts)
            sha256 = reader.digest()
    # a MemoryError as well, but one that says how much is missing already
    except OutOfMemory:
        raise
    except MemoryError as error:
        raise OutOfMemory(f"{source} doesn't fit into memory.") from error
    words = () if plain_texts else how.words
    table = Table.from_frame(frame, target, source=source, sha256=sha256, warnings=tuple(warnings), missing_words=words)
    return replace(table, written=written) if written else table


def _columns(
    rows: DelimitedText, how: Dialect, target: str | None, plain_texts: bool
) -> tuple[polars.DataFrame, list[str], dict[str, dict[str, Any]]]:
    """The columns of a delimited file as what they hold, warnings, and how the numbers and dates of some are written."""
    import polars

    _refuse_unknown_text(how, rows.header.names)
    names = [name for name in rows.header.names if name not in how.text]
    # only while numbers are tried first: a kind that was registered since may claim the same texts
    quick = (
        rows.plain_numbers([name for name in names if name != target], how.words)
        if next(iter(KINDS)) == "number" and how.thousands is None
        else {}
    )
    comma = rows.has_decimal_comma([name for name in names if name not in quick], how)
    if comma:  # then a point is a mistake, which the slower way names
        quick, comma = {}, rows.has_decimal_comma(names, how)
    columns: list[polars.Series] = []
    warnings: list[str] = []
    written: dict[str, dict[str, Any]] = {}
    for texts in rows.texts:
        cells = Cells(texts, rows.place, comma, how.words)
        if texts.name in how.text:
            columns.append(cells.stripped)
        elif texts.name == target:
            columns.append(as_labels(texts, rows.place))
        elif texts.name in quick:
            columns.append(quick[texts.name])
        else:
            form, remarks = how.form_in(cells)
            if form is not None:
                written[texts.name] = form.record
                columns.append(parsed_as(cells, form))
                warnings += remarks + cells.missing_warning(KINDS[form.kind].plural)
                continue
            column, remarks = recognised(cells)
            columns.append(cells.stripped if plain_texts and kind_of(column).textual else column)
            warnings += remarks
    refuse_two_signs(rows, [name for name in names if name != target], written, how)
    return polars.DataFrame(columns), warnings, written


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
    path: Source,
    kinds: Mapping[str, str],
    keep: Sequence[str],
    *,
    rows: int = 65_536,
    plain_texts: bool = False,
    **dialect: Any,
) -> Iterator[tuple[polars.DataFrame, polars.DataFrame]]:
    """Batches of the columns that a model was trained on, each beside the columns `keep` as the file has them.

    A file without rows gives one batch without rows, so that what is made of it has its columns.

    The cells of a CSV file are read by the rules of training: the same words for a missing number, the same dates.

    Raises:
        DataFileError, InvalidData: as `read_batches`; no such column to keep.
    """
    source, how = named(path), Dialect(**dialect)
    refuse_lost_threads("reading a file")
    with opened(path) as stream:
        reader = Reader(stream, source)
        first_bytes = reader.peek(8)
        if is_binary(first_bytes):
            how.refuse_of_texts(source)
            batches = (
                (matched(read_as_written(_trained_columns(batch, kinds), how.written), kinds), _select(batch, keep))
                for batch in map(_normal, binary_batches(path, reader, source, rows, [*dict.fromkeys([*kinds, *keep])]))
            )
        else:
            header, blocks = delimited_blocks(reader.chunks(), reader.peek(4), how, source)
            batches = (
                (_of_kinds(block, kinds, how, plain_texts), _select(block.texts, keep))
                for block in _at_least_one(blocks, lambda: DelimitedText.without_rows(header, source))
            )
        for frame, beside in batches:
            # a block of text is cut by bytes, so it may have more rows; of a frame without rows one slice stays
            for first in range(0, max(1, frame.height), rows):
                yield frame.slice(first, rows), beside.slice(first, rows)


def _at_least_one(items: Iterator[Item], default: Callable[[], Item]) -> Iterator[Item]:
    """The items, or the default where there is none."""
    first = next(items, None)
    yield default() if first is None else first
    yield from items


def _trained_columns(batch: polars.DataFrame, kinds: Mapping[str, str]) -> polars.DataFrame:
    """The columns of training; where one is missing all columns, for `matched` to say so."""
    names = [name for name in batch.columns if name in kinds]
    return batch.select(names) if len(names) == len(kinds) else batch


def _select(batch: polars.DataFrame, names: Sequence[str]) -> polars.DataFrame:
    for name in names:
        if name not in batch.columns:
            raise InvalidData(f"keep: there is no column {name!r}.{nearest(name, batch.columns)}")
    return batch.select(names)


def _of_kinds(block: DelimitedText, kinds: Mapping[str, str], how: Dialect, plain_texts: bool) -> polars.DataFrame:
    """The columns of training in a block of a delimited file."""
    import polars

    texts = block.texts
    if any(name not in texts.columns for name in kinds):
        return matched(texts, kinds)  # which says what is missing
    # between commas a decimal comma is one only if the user says so: else each block could decide differently
    numbers = [name for name, kind in kinds.items() if kind == "number" and name not in how.written]
    quick = block.plain_numbers(numbers, how.words) if how.thousands is None else {}
    comma = (block.header.separator != "," or how.decimal is not None) and block.has_decimal_comma(
        [name for name in numbers if name not in quick], how
    )
    if comma:  # then a point is a mistake, which the slower way names
        quick, comma = {}, block.has_decimal_comma(numbers, how)
    columns = []
    for name, kind in kinds.items():
        words = () if plain_texts and KINDS[kind].textual else how.words
        cells = Cells(texts[name], block.place, comma, words)
        columns.append(quick[name] if name in quick else _of_kind(cells, kind, how))
    return polars.DataFrame(columns)


def _of_kind(cells: Cells, kind: str, how: Dialect) -> polars.Series:
    """A column in the form that it had in training, or that the user named."""
    named_now = (kind == "number" and how.thousands is not None) or (kind == "date" and how.day_first is not None)
    form = how.form_in(cells)[0] if cells.name in how.written or named_now else None
    return KINDS[kind].parsed(cells) if form is None or form.kind != kind else parsed_as(cells, form)


def _refuse_unknown_text(how: Dialect, names: Sequence[str]) -> None:
    for name in how.text:
        if name not in names:
            raise InvalidData(f"text: there is no column {name!r}.{nearest(name, names)}")


def _typed(frame: polars.DataFrame, how: Dialect, source: str) -> tuple[polars.DataFrame, list[str]]:
    """The columns that are text by name made so; and what to know of the others."""
    import polars

    _refuse_unknown_text(how, frame.columns)
    warnings = []
    for series in frame:
        if series.dtype.is_integer() and series.name not in how.text and _largest(series, source) > EXACT:
            rounded = rounded_by_float32(series)
            if rounded.any():
                row = int(rounded.arg_max() or 0)
                warnings.append(rounding_warning(series.name, f"{series[row]} in row {row}"))
    return frame.with_columns(polars.col(*sorted(how.text)).cast(polars.String)) if how.text else frame, warnings


def _largest(series: polars.Series, source: str) -> int:
    """As `largest_whole`, with an error of the file."""
    try:
        return largest_whole(series)
    except InvalidData as error:
        raise DataFileError(f"{source}, {error}") from None


def _normal(frame: polars.DataFrame) -> polars.DataFrame:
    import polars

    try:
        return polars.DataFrame([normalised(series) for series in frame])
    except InvalidData as error:
        raise DataFileError(str(error)) from error


NAMELESS_INDEX = re.compile(r"__index_level_[0-9]+__")  # the names that pandas gives to an index without one


def as_pandas_wrote(
    frame: polars.DataFrame, raw: bytes | None, target: str | None
) -> tuple[polars.DataFrame, list[str]]:
    """The frame without the columns that pandas calls an index, categories of any type as text; and what to say of it.

    Args:
        frame: the columns as they were read.
        raw: the bytes of the Parquet file; None for another format, in which only names tell an index.
        target: the column of labels, which stays even if it is the index.
    """
    index, categories = ([], []) if raw is None else _described(raw)
    index += [name for name in frame.columns if NAMELESS_INDEX.fullmatch(name) and name not in index]
    index = [name for name in index if name in frame.columns and name != target]
    warnings = [
        f"column {name!r} is the index of the data frame that pandas wrote; it is left out. Call reset_index() before writing "
        "if it is a column to learn from."
        for name in index
    ]
    frame = frame.drop(index)
    # codes of a categorical column are no numbers to compute with, whatever the type of its categories
    texts = [categories_as_text(frame[name]) for name in categories if name in frame.columns and name != target]
    return frame.with_columns(texts), warnings


def _described(raw: bytes) -> tuple[list[str], list[str]]:
    """The names of the index and of the columns of categories, by the metadata of pandas in a Parquet file."""
    import polars

    try:
        described = json.loads(polars.read_parquet_metadata(io.BytesIO(raw)).get("pandas", "{}"))
        index = [name for name in described.get("index_columns", []) if isinstance(name, str)]
        columns = [column for column in described.get("columns", []) if column.get("pandas_type") == "categorical"]
        return index, [column.get("field_name") or column["name"] for column in columns]
    except (polars.exceptions.PolarsError, OSError, ValueError, AttributeError, LookupError, TypeError):
        return [], []  # metadata is a remark of another program: without it the columns stand for themselves
