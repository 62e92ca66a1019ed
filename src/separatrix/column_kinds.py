"""What a column of texts holds: numbers, booleans, dates or categories. Nothing is guessed where a guess could be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from separatrix.constraints import shown
from separatrix.errors import DataFileError

if TYPE_CHECKING:
    import numpy as np
    import polars

MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "?", "-")  # in a column of numbers
BOOLEANS = ("true", "false")
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
COMMA_NUMBER = r"^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$"
INFINITE = r"(?i)^[+-]?inf(inity)?$"
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
    return _dates(cells), []


def as_text(text: polars.Series) -> polars.Series:
    """The texts as categories; only an empty cell is missing."""
    cells = text.str.strip_chars()
    return cells.set(cells == "", None)


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
        said.append(f"column {name!r} holds whole numbers beyond 2^24, which float32 rounds; is it an identifier?")
    return values.alias(name), said


def _dates(cells: polars.Series) -> polars.Series:
    """Dates, if every text is one of the same form; else the texts."""
    import polars

    for form in DATE_FORMATS:
        if "H" not in form:
            found = cells.str.to_date(form, strict=False).cast(polars.Datetime("us"))
        else:
            found = cells.str.to_datetime(form, time_unit="us", strict=False)
        if found.null_count() == cells.null_count():
            return found
    return cells
