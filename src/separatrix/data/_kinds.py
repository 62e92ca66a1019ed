"""What a column of texts holds: numbers, booleans, dates or categories. Nothing is guessed where a guess could be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from separatrix.data.table import DATE_FORMATS, FALSE, TRUE, as_dates, moments
from separatrix.errors import DataFileError
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import numpy as np
    import polars

MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "?", "-")  # in a column of numbers
BOOLEANS = ("true", "false")
WHOLE_LABEL = r"^(0|-?[1-9]\d{0,14})$"  # comes back from a number as it was written
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA_NUMBER = r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$"
INFINITE = r"(?i)^[+-]?inf(inity)?$"
# With a sign for thousands, a currency or per cent; and dates whose day and month can't be told, or in other forms.
LIKE_NUMBER = r"^[$€£¥]?\s?[+−-]?(\d{1,3}([,.' ]\d{3})+|\d+)([,.]\d+)?\s?[%€$£¥]?$"
LIKE_DATE = r"^\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}([T ]\d{1,2}:.*)?$"
LARGEST_WHOLE = 2.0**63
EXACT = 2.0**24  # whole numbers up to here are float32 numbers
LATE = 0.05  # share of texts below which a column of numbers has text in it by mistake


@dataclass(frozen=True)
class Place:
    """Where texts stand, for messages: the file, and the line of every row."""

    source: str
    lines: np.ndarray

    def error(self, row: int, name: str, what: str) -> DataFileError:
        """An error that names file, line and column."""
        return DataFileError(f"{self.source}, line {self.lines[row]}, column {name!r}: {what}")


def typed(text: polars.Series, place: Place, *, comma: bool = False) -> tuple[polars.Series, list[str]]:
    """A column of texts as what it holds, and what a reader should know about it.

    Raises:
        DataFileError: a few texts among numbers, an infinite number, a whole number beyond 2^63; the first one's line.
    """
    import polars

    cells = text.str.strip_chars()
    cells = cells.set(cells == "", None)
    known = cells.drop_nulls()
    if not len(known):
        return cells.cast(polars.Float64), []
    if known.str.to_lowercase().is_in(BOOLEANS).all():
        return (cells.str.to_lowercase() == "true").alias(text.name), []
    pattern = COMMA_NUMBER if comma else NUMBER
    numeric = cells.str.contains(pattern) | cells.str.contains(INFINITE)
    odd = cells.is_not_null() & ~numeric & ~cells.is_in(MISSING)
    share = odd.sum() / len(known)
    if numeric.any() and share == 0:
        return _numbers(text.name, cells, numeric, place, comma)
    if numeric.any() and share < LATE and numeric.sum() > 20:
        row = int(odd.arg_max() or 0)
        raise place.error(
            row, text.name,
            f"{shown(cells[row])} among numbers; correct it, leave the cell empty, or name the column as text.",
        )  # fmt: skip  # where, then what
    found = _dates(cells)
    return found, _doubts(cells, odd, place) if found.dtype == polars.String else []


def as_text(text: polars.Series) -> polars.Series:
    """The texts as categories; only an empty cell is missing."""
    cells = text.str.strip_chars()
    return cells.set(cells == "", None)


def as_labels(text: polars.Series, place: Place) -> polars.Series:
    """The texts, or whole numbers if that is all they are: -1 is no text in what is written later.

    Raises:
        DataFileError: missing labels, with their count and the first one's line.
    """
    import polars

    cells = as_text(text)
    if missing := cells.null_count():
        are = "labels are" if missing > 1 else "label is"
        raise place.error(
            int(cells.is_null().arg_max() or 0), text.name,
            f"{missing:,} {are} missing, the first here; remove these rows or fill them in.",
        )  # fmt: skip  # where, then what
    return cells.cast(polars.Int64) if cells.str.contains(WHOLE_LABEL).all() else cells


def of_kind(text: polars.Series, kind: str, place: Place, *, comma: bool = False) -> polars.Series:
    """A column of texts as what it was in training, read by the same rules.

    Raises:
        DataFileError: a cell that can't be such a value, with its line.
    """
    import polars

    cells = as_text(text)
    if kind == "category":
        return cells
    if kind == "number":
        plain = cells.cast(polars.Float64, strict=False)
        if plain.null_count() == cells.null_count() and (plain.abs() < LARGEST_WHOLE).all():  # the usual case, at once
            return plain
        numeric = cells.str.contains(COMMA_NUMBER if comma else NUMBER) | cells.str.contains(INFINITE)
        _refuse(cells, cells.is_null() | numeric | cells.is_in(MISSING), "a number", place)
        return _numbers(text.name, cells, numeric, place, comma)[0]
    if kind == "boolean":
        lower = cells.str.to_lowercase()
        _refuse(cells, cells.is_null() | lower.is_in((*TRUE, *FALSE)), "true or false", place)
        return lower.is_in(TRUE)
    found = as_dates(cells)
    _refuse(cells, cells.is_null() | found.is_not_null(), "a date", place)
    return found


def _refuse(cells: polars.Series, fine: polars.Series, what: str, place: Place) -> None:
    if not fine.all():
        row = int((~fine).arg_max() or 0)
        raise place.error(
            row, cells.name, f"expected {what}, as in training, got {shown(cells[row])}; correct it or leave it empty."
        )


def _numbers(
    name: str, cells: polars.Series, numeric: polars.Series, place: Place, comma: bool
) -> tuple[polars.Series, list[str]]:
    import polars

    said = []
    words = cells.filter(cells.is_not_null() & ~numeric).unique().sort().to_list()
    if words:
        said.append(f"column {name!r} holds numbers; {', '.join(map(repr, words))} in it counts as missing.")
    plain = cells.set(~numeric.fill_null(False), None)
    values = (plain.str.replace(",", ".", literal=True) if comma else plain).cast(polars.Float64, strict=False)
    wrong = values.is_infinite().fill_null(False) | (plain.is_not_null() & values.is_null())
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise place.error(row, name, f"{shown(plain[row])} is no finite number; correct it or leave the cell empty.")
    whole = plain.str.contains(r"^[+-]?\d+$").fill_null(False)
    large = whole & (values.abs() >= LARGEST_WHOLE)
    if large.any():
        row = int(large.arg_max() or 0)
        raise place.error(
            row, name, f"{shown(plain[row])} is beyond 2^63; if it is an identifier, name the column as text."
        )
    if (whole & (values.abs() > EXACT)).any():
        said.append(rounded(name))
    return values.alias(name), said


def rounded(name: str) -> str:
    """What to say of a column with whole numbers beyond EXACT."""
    return f"column {name!r} holds whole numbers beyond 2^24, which float32 rounds; is it an identifier?"


def _dates(cells: polars.Series) -> polars.Series:
    """Dates, if every text is one of the same form; else the texts."""
    first = cells.drop_nulls().head(1)
    for form in DATE_FORMATS:
        if not moments(first, form).null_count() and (found := moments(cells, form)).null_count() == cells.null_count():
            return found
    return cells


def _doubts(cells: polars.Series, odd: polars.Series, place: Place) -> list[str]:
    """What to say of a column of text that may have been meant as something else; odd: the cells that are no numbers."""
    known, others = cells.drop_nulls(), int(odd.sum())
    row = int(odd.arg_max() or 0)
    about, first = f"column {cells.name!r} is read as text", f"{shown(cells[row])} in line {place.lines[row]}"
    if 0 < others < len(known) / 2:
        return [f"{about}, for {others:,} of its {len(known):,} cells are no numbers; the first is {first}."]
    if known.str.contains(LIKE_NUMBER).all():
        return [f"{about}, though it looks like numbers, such as {first}; write them with digits and a point alone."]
    if known.str.contains(LIKE_DATE).all():
        return [f"{about}, though it looks like dates, such as {first}; write them as 2026-11-23 or 23.11.2026."]
    return []
