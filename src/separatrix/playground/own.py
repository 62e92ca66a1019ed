"""The visitor's own points: a CSV file or a piece of a spreadsheet, as text that was sent; no path is ever opened."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData
from separatrix.playground.sketch import EDGE, MOST_POINTS, Drawn

LARGEST = 1_000_000  # characters
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Sheet:
    """A table of texts.

    Attributes:
        columns: their names.
        rows: the cells.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_sheet(text: str) -> Sheet:
    r"""Read comma, semicolon or tab separated text with a header.

    Raises:
        InvalidData: too large, without rows, or rows of different lengths.

    Examples:
        >>> read_sheet("a;b;y\n1;2;no\n3;4;yes\n").columns
        ('a', 'b', 'y')
    """
    if len(text) > LARGEST:
        raise InvalidData(f"the text is larger than {LARGEST:,} characters.")
    first = text.lstrip("\ufeff").splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=first.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator, strict=True) if row]
    except csv.Error as error:
        raise InvalidData(f"the text is no table: {error}.") from error
    if len(lines) < 3:
        raise InvalidData("a header and at least two rows are needed.")
    header, *rows = ([cell.strip() for cell in line] for line in lines)
    if not 3 <= len(header) <= MOST_COLUMNS:
        raise InvalidData(f"three to {MOST_COLUMNS} columns are needed, got {len(header)}.")
    if len(set(header)) < len(header):
        raise InvalidData("two columns have the same name.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InvalidData(f"row {number} has {len(row)} cells, the header has {len(header)}.")
    return Sheet(tuple(header), tuple(tuple(row) for row in rows))


def likely_columns(sheet: Sheet) -> tuple[str, str, str]:
    """The first two columns of numbers, and the last one with two values."""
    numbers = [name for name in sheet.columns if _is_number(sheet, name)]
    labels = [name for name in sheet.columns if len(set(_cells(sheet, name))) == 2]
    label = labels[-1] if labels else sheet.columns[-1]
    across = [name for name in numbers if name != label]
    if len(across) < 2:
        raise InvalidData("two columns of numbers are needed beside the labels.")
    return across[0], across[1], label


def as_drawn(sheet: Sheet, x1: str, x2: str, label: str) -> Drawn:
    """Two columns as points, scaled to the size of the lesson's where they are of another, with labels 0 and 1.

    Raises:
        InvalidData: cells that aren't numbers, not exactly two labels, or too many rows.
    """
    if len(sheet.rows) > MOST_POINTS:
        raise InvalidData(f"at most {MOST_POINTS:,} rows can be drawn, got {len(sheet.rows):,}.")
    if len({x1, x2, label}) < 3:
        raise InvalidData("choose three different columns.")
    names = classes(sheet, label)
    if len(names) != 2:
        raise InvalidData(f"column {label!r} must have exactly two values, got {len(names)}.")
    x = _plane(sheet, x1, x2)
    if is_scaled(sheet, x1, x2):
        x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    x = np.clip(x, -EDGE, EDGE).round(3)
    return tuple((float(a), float(b), names.index(y)) for (a, b), y in zip(x, _cells(sheet, label), strict=True))


def is_scaled(sheet: Sheet, x1: str, x2: str) -> bool:
    """Whether these columns are of a size that the plane can't show as it is."""
    x = _plane(sheet, x1, x2)
    return bool(np.abs(x).max() > EDGE / 4 or x.std(0).min() < 0.2)


def classes(sheet: Sheet, label: str) -> tuple[str, ...]:
    """The labels in their order: class 0, class 1."""
    return tuple(sorted(set(_cells(sheet, label))))


def _plane(sheet: Sheet, x1: str, x2: str) -> np.ndarray:
    return np.column_stack([_numbers(sheet, x1), _numbers(sheet, x2)])


def _cells(sheet: Sheet, name: str) -> list[str]:
    column = sheet.columns.index(name)
    return [row[column] for row in sheet.rows]


def _is_number(sheet: Sheet, name: str) -> bool:
    try:
        _numbers(sheet, name)
    except InvalidData:
        return False
    return True


def _numbers(sheet: Sheet, name: str) -> np.ndarray:
    found = []
    for number, cell in enumerate(_cells(sheet, name), start=2):
        try:
            value = float(cell.replace(",", ".")) if cell.count(",") == 1 and "." not in cell else float(cell)
        except ValueError:
            raise InvalidData(f"row {number} of column {name!r} is {cell[:40]!r}, not a number.") from None
        if not np.isfinite(value):
            raise InvalidData(f"row {number} of column {name!r} is {cell[:40]!r}, not a finite number.")
        found.append(value)
    return np.array(found)
