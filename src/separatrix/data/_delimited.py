"""Delimited text, read once for tables and for points: header, rows of texts, and how numbers are written in them."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data._isolated import native_errors
from separatrix.data._scan import SEPARATOR_LINE, SEPARATORS, Header, as_utf8, read_header, refuse_headerless, scan
from separatrix.data._source import Reader
from separatrix.data.kinds import KINDS, Cells, SourceLines
from separatrix.data.kinds._number_texts import COMMA_NUMBER, EXACT, NUMBER
from separatrix.data.kinds.forms import SIGNS, Form, NumberForm, form_from, form_of
from separatrix.data.kinds.words import MISSING_WORDS, stripped, without_missing_words
from separatrix.errors import DataFileError, InvalidParameter
from separatrix.support.constraints import Choice, Integer, Optional, Rule, check, shown

if TYPE_CHECKING:
    import polars

    from separatrix.data.kinds import SourceLines

LEADING_BLANK = re.compile(rb" *\r?\n")  # a line of nothing but spaces before the header; tabs could be a separator


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written; what is None is found out.

    Attributes:
        encoding: "utf-8", "latin-1", "utf-16", …
        separator: ",", ";", a tab or "|".
        decimal: "." or ",".
        text: names of columns that are text whatever they hold, such as identifiers.
        skip: number of lines above the header to leave out.
        comment: how lines above the header begin that are left out.
        missing: texts that stand for a missing value, beside the usual ones.
        missing_only: whether the usual ones don't.
        thousands: the separator of thousands: ",", ".", " " or "'".
        day_first: whether dates such as 03/04/1912 begin with the day.
        written: name -> how the numbers or dates of a column were written in training, as `Table.written`.
    """

    encoding: str = "utf-8"
    separator: str | None = None
    decimal: str | None = None
    text: Collection[str] = ()
    skip: int = 0
    comment: str | None = None
    missing: Collection[str] = ()
    missing_only: bool = False
    thousands: str | None = None
    day_first: bool | None = None
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {"separator": Optional(Choice(SEPARATORS)), "decimal": Optional(Choice((".", ",")))}
        rules |= {"skip": Integer(0), "thousands": Optional(Choice((",", ".", " ", "'")))}
        check("read_table", {name: getattr(self, name) for name in rules}, rules)
        if isinstance(self.missing, str):
            raise InvalidParameter(f"missing takes a list of words, got the text {shown(self.missing)}.")
        if self.thousands is not None and self.thousands == self.decimal:
            raise InvalidParameter(
                f"thousands and decimals can't both be separated by {shown(self.decimal)}; name one of them."
            )

    def refuse_of_texts(self, source: str) -> None:
        """Refuse what says how the cells of a delimited file are written, for a file whose columns have types.

        Raises:
            InvalidParameter: such a setting isn't its default.
        """
        names = ("encoding", "separator", "decimal", "thousands", "day_first", "skip", "comment")
        usual = {entry.name: entry.default for entry in fields(self)}
        without_effect = [name for name in names if getattr(self, name) != usual[name]]
        if without_effect:
            raise InvalidParameter(
                f"{' and '.join(without_effect)} would have no effect on {source}, a Parquet or Arrow file: it says how the "
                "cells of a CSV file are written. Leave it out."
            )

    @property
    def words(self) -> tuple[str, ...]:
        """Texts that stand for a missing value."""
        return tuple(dict.fromkeys((*(() if self.missing_only else MISSING_WORDS), *map(str.strip, self.missing))))

    @property
    def decimal_sign(self) -> str | None:
        """The decimal sign as far as the user said: by itself, or as the one that doesn't separate thousands."""
        return self.decimal or SIGNS.get(self.thousands or "")

    def form_in(self, cells: Cells) -> tuple[Form | None, list[str]]:
        """The form of a column's numbers or dates as in training, else as its cells show it; None for none; and remarks."""
        form = form_from(self.written, cells.name)
        if form is None:
            return form_of(cells, self.decimal_sign, self.day_first, grouped=self.thousands is not None)
        if isinstance(form, NumberForm) and self.decimal_sign is not None:
            form = replace(form, decimal=self.decimal_sign)
        return form, []


@dataclass(frozen=True, eq=False)
class DelimitedText:
    """Rows of a delimited file, none of them longer or shorter than the header.

    Attributes:
        header: the names of the columns and the separator.
        texts: the cells, (n, columns) String as they stand in the file.
        place: the file, and the line on which each row begins.
    """

    header: Header
    texts: polars.DataFrame
    place: SourceLines

    @classmethod
    def without_rows(cls, header: Header, source: str) -> DelimitedText:
        """Nothing below the header of this file."""
        import polars

        texts = polars.DataFrame(schema=dict.fromkeys(header.names, polars.String))
        return cls(header, texts, SourceLines(source, np.zeros(0, np.int64)))

    def plain_numbers(self, names: Sequence[str], words: tuple[str, ...] = ()) -> dict[str, polars.Series]:
        """Those of these columns that hold nothing but numbers with a decimal point below 2^24, and empty cells.

        They need no warning, and all are read at once: a wide table has thousands of them.

        Args:
            names: of the columns.
            words: texts that stand for a missing value; where a number is one of them no column is plain.
        """
        import polars

        if any(re.match(NUMBER, word) for word in words):
            return {}

        cells = self.texts.select(polars.col(list(names)).str.strip_chars())
        empty = cells.select((polars.all() == "").sum() + polars.all().null_count())
        matching = cells.select(polars.all().str.contains(f"{NUMBER}|^$").all()) if cells.width else cells
        candidates = [column.name for column in matching if column.item()]
        if not candidates:
            return {}
        values = cells.select(polars.col(candidates).cast(polars.Float64, strict=False))
        largest = values.select(polars.all().abs().max())
        bounds = {column.name: column.item() for column in largest}
        return {
            column.name: column
            for column in values
            if bounds[column.name] is not None
            and bounds[column.name] <= EXACT
            # else a cell that the pattern accepts and the cast doesn't would count as missing
            and column.null_count() == empty[column.name].item()
        }

    def has_decimal_comma(self, names: Sequence[str], dialect: Dialect) -> bool:
        """Whether numbers in these columns are written with a decimal comma.

        Raises:
            DataFileError: the file has both, or commas between numbers that are separated by commas.
        """
        if dialect.decimal_sign is not None:
            return dialect.decimal_sign == ","
        columns = [self.texts[name] for name in names]
        comma = next(
            ((c, row) for c in columns if (row := _first_with(c, ",", COMMA_NUMBER, dialect)) is not None), None
        )
        if comma is None:
            return False
        column, row = comma
        if self.header.separator == ",":
            raise self.place.error(
                row,
                column.name,
                f"{shown(column[row])} has a comma in it; say --decimal , if it is the decimal sign, --thousands , if it "
                "separates thousands, or name the column as text.",
            )
        for other in columns:
            if (first := _first_with(other, ".", NUMBER, dialect)) is not None:
                raise self.place.error(
                    first,
                    other.name,
                    f"a decimal point, but column {column.name!r} has a decimal comma in line {self.place.lines[row]}; write "
                    "1.5 or 1,5 everywhere, or say --decimal , or --decimal . for those that are numbers.",
                )
        return True


def _first_with(texts: polars.Series, sign: str, pattern: str, dialect: Dialect) -> int | None:
    """The first row that holds this sign, in a column whose cells with a value all have the pattern; else None."""
    cells = without_missing_words(texts, dialect.words)
    values = cells.drop_nulls()
    if not len(values) or not values.str.contains(pattern).all():
        return None
    holds = cells.str.contains(sign, literal=True).fill_null(False)
    return int(holds.arg_max() or 0) if holds.any() else None


GROUPS = {".": r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$", ",": r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+$"}


def refuse_two_signs(
    rows: DelimitedText, names: Sequence[str], written: Mapping[str, Mapping[str, Any]], dialect: Dialect
) -> None:
    """Refuse a file in which one column shows that a sign separates thousands, and another may have been read the other way.

    Raises:
        DataFileError: in one column . or , separates thousands; in another it was taken for the decimal sign, though every cell
            that has it would also be a whole number with thousands.
    """
    signs = {form["decimal"]: name for name, form in written.items() if form.get("decimal")}
    if dialect.decimal_sign is not None or dialect.written:
        return
    for decimal, first in signs.items():
        sign = SIGNS[decimal]
        for name in names:
            if name in written or (row := _first_with(rows.texts[name], sign, NUMBER_BY_SIGN[sign], dialect)) is None:
                continue
            texts = stripped(rows.texts[name])
            if texts.filter(texts.str.contains(sign, literal=True)).str.contains(GROUPS[sign]).all():
                raise rows.place.error(
                    row,
                    name,
                    f"{shown(texts[row])} may be a whole number with thousands, as those of column {first!r}, or have decimals; "
                    f"say --decimal {decimal} or --decimal {sign}, or name one of the columns as text.",
                )


NUMBER_BY_SIGN = {".": NUMBER, ",": COMMA_NUMBER}


def read_delimited(reader: Reader, dialect: Dialect, source: str) -> DelimitedText:
    """A whole file.

    Args:
        reader: its bytes.
        dialect: how it is written.
        source: the file, for messages.

    Raises:
        DataFileError: no header or no rows, a row of another length, quotes that don't match, another encoding.
        OutOfMemory: larger than the memory.
    """
    import polars

    header, blocks = delimited_blocks(reader.retained(), reader.peek(4), dialect, source)
    parts = list(blocks)
    if not parts:
        raise DataFileError(f"{source} has a header and no rows.")
    lines = np.concatenate([part.place.lines for part in parts])
    texts = polars.concat([part.texts for part in parts])
    refuse_headerless(texts, source)
    return DelimitedText(header, texts, SourceLines(source, lines))


def delimited_blocks(
    raw_chunks: Iterator[bytes], first_bytes: bytes, dialect: Dialect, source: str
) -> tuple[Header, Iterator[DelimitedText]]:
    """The header, and after it blocks of whole rows: the memory that is needed doesn't grow with the file.

    Args:
        raw_chunks: the file's bytes.
        first_bytes: the first few of them, which may contradict the encoding.
        dialect: how the file is written.
        source: the file, for messages.

    Raises:
        DataFileError: as `read_delimited`, some of it when the block in question is reached.
    """
    chunks = as_utf8(raw_chunks, codec_of(dialect.encoding, first_bytes, source), source)
    separator, first, rest, line = _first_line(chunks, dialect, source)
    if not first.strip():
        raise DataFileError(f"{source} is empty; expected a header and rows.")
    header = read_header(first, source, separator, line)

    def following() -> Iterator[bytes]:
        yield rest
        yield from chunks

    blocks = scan(following(), header, source, line + 1)
    return header, (
        DelimitedText(header, _split(block.text, header, source), SourceLines(source, block.lines))
        for block in blocks
        if len(block.lines)
    )


def _first_line(chunks: Iterator[bytes], dialect: Dialect, source: str) -> tuple[str | None, bytes, bytes, int]:
    """The separator as far as it is named, the first line that isn't left out, what was read after it, and its number."""
    raw, line, separator = b"", 1, dialect.separator
    mark = None if dialect.comment is None else dialect.comment.encode()
    for chunk in chunks:
        raw += chunk
        if b"\n" not in raw and b"\r" in raw:
            raise DataFileError(f"{source}: lines end in a carriage return alone; save it with line feeds.")
        while b"\n" in raw:
            first, _, rest = raw.partition(b"\n")
            named = SEPARATOR_LINE.fullmatch(first.decode("utf-8", "replace")) if line == 1 else None
            if named is not None:
                separator = separator or named[1]
            elif not (
                line <= dialect.skip or LEADING_BLANK.match(raw) or (mark is not None and first.startswith(mark))
            ):
                return separator, first, rest, line
            raw, line = rest, line + 1
    return separator, raw, b"", line


def _split(text: bytes, header: Header, source: str) -> polars.DataFrame:
    """Rows that are known to be whole, split into cells."""
    import polars

    with native_errors(source):
        return polars.read_csv(
            io.BytesIO(text),
            has_header=False,
            new_columns=list(header.names),
            # all as texts: polars would decide by the first rows alone, and repair what doesn't fit
            infer_schema=False,
            separator=header.separator,
        )


def codec_of(encoding: str, first_bytes: bytes, source: str) -> str:
    """Python's name for the encoding, unless the file's first bytes contradict it.

    Args:
        encoding: as the user named it.
        first_bytes: of the file, at least three.
        source: the file, for messages.

    Raises:
        DataFileError: an unknown encoding, or not that of the file.
    """
    try:
        codec = codecs.lookup(encoding).name
        "a".encode(codec)  # some codecs, such as "hex", aren't of text
    except (LookupError, TypeError, ValueError) as error:
        raise DataFileError(f"{source}: unknown encoding {encoding!r}; try utf-8, utf-16 or latin-1.") from error
    if codec.startswith("utf-8") and first_bytes.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataFileError(f"{source} is UTF-16, not UTF-8; say so with --encoding utf-16.")
    if not codec.startswith("utf-8") and first_bytes.startswith(codecs.BOM_UTF8):
        raise DataFileError(f"{source} is UTF-8 by its first bytes, not {encoding}; leave --encoding out.")
    return codec


WHOLE_LABEL = r"^(0|-?[1-9]\d{0,14})$"  # returns from a number as it was written


def recognised(cells: Cells) -> tuple[polars.Series, list[str]]:
    """A column of texts as the first kind that recognises it, and warnings about it.

    Args:
        cells: the column.

    Raises:
        DataFileError: a few texts among numbers, an infinite number, a whole number beyond 2^63; the first one's line.
    """
    columns = (kind.recognised(cells) for kind in KINDS.values())
    return next(column for column in columns if column is not None)  # whatever else it is, it is a category


def as_labels(texts: polars.Series, place: SourceLines) -> polars.Series:
    """The texts, or whole numbers if that is all they are: -1 stays a number in what is written later.

    Raises:
        DataFileError: missing labels, with their count and the first one's line.
    """
    import polars

    labels = stripped(texts)
    refuse_missing_labels(labels, place)
    return labels.cast(polars.Int64) if labels.str.contains(WHOLE_LABEL).all() else labels


def refuse_missing_labels(labels: polars.Series, place: SourceLines) -> None:
    """Refuse a column of labels, (n,) String and null where empty, of which some are missing.

    Raises:
        DataFileError: their count and the first one's line.
    """
    if missing := labels.null_count():
        are = "labels are" if missing > 1 else "label is"
        raise place.error(
            int(labels.is_null().arg_max() or 0),
            labels.name,
            f"{missing:,} {are} missing, the first here; remove these rows or fill them in.",
        )
