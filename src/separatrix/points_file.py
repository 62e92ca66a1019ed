"""Points from the user's own CSV file, and points written to one. Nothing is repaired in silence.

Read with the standard library's `csv` in strict mode: it is the reader that gives the line of every row, so that an
error can name it (see docs/decisions.md).
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from separatrix.atomic import write_atomically
from separatrix.constraints import nearest
from separatrix.errors import DataFileError
from separatrix.points import Points

SEPARATORS = ",;\t"


def read_points(
    path: str | Path,
    *,
    x: tuple[str, ...] | None = None,
    y: str | None = None,
    positive: str | None = None,
    encoding: str = "utf-8",
) -> Points:
    """Read points from a CSV file with a header: number columns and a label column.

    The separator is the comma, semicolon or tab of the header; with semicolons or tabs a decimal comma is understood.

    Args:
        path: the file.
        x: names of the number columns; by default the first two.
        y: name of the label column; by default the last one.
        positive: the label of class 1; by default the larger of the two, as numbers if both are numbers.
        encoding: of the file; a byte-order mark is accepted.

    Returns:
        Points with x (n, len(x)) float64 and y (n,) in 0 and 1.

    Raises:
        DataFileError: names the file, and the line and column where there is one, and says what was expected.
    """
    sheet = _read_sheet(Path(path), encoding)
    names = x if x is not None else tuple(sheet.header[:2])
    label = y if y is not None else sheet.header[-1]
    if label in names:
        raise DataFileError(f"{path}: column {label!r} can't be both a number column and the label; name them by x= and y=.")
    columns = [sheet.numbers(name) for name in names]
    return Points(np.column_stack(columns), sheet.labels(label, positive), Path(path).name)


def write_points(points: Points, path: str | Path, *, force: bool = False) -> Path:
    """Write points as CSV with the columns x1, x2, …, label; numbers are written so that they read back the same.

    Raises:
        OutputError: the file exists and `force` isn't given, or can't be written.
    """
    header = ",".join([*(f"x{k}" for k in range(1, points.n_inputs + 1)), "label"])
    rows = (",".join([*(repr(float(value)) for value in x), str(int(y))]) for x, y in zip(points.x, points.y, strict=True))
    return write_atomically(path, "\n".join([header, *rows]) + "\n", force=force)


@dataclass(frozen=True)
class _Sheet:
    """The cells of a file as text: a header, and for every row its line in the file."""

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool

    def column(self, name: str) -> Iterator[tuple[int, str]]:
        """(line, cell) of a column."""
        if name not in self.header:
            known = ", ".join(self.header)
            raise DataFileError(f"{self.path}: no column {name!r}; there are {known}.{nearest(name, self.header)}")
        at = self.header.index(name)
        return ((line, row[at].strip()) for line, row in self.rows)

    def numbers(self, name: str) -> np.ndarray:
        """A column of finite numbers, (n,) float64."""
        return np.array([self._number(name, line, cell) for line, cell in self.column(name)])

    def _number(self, name: str, line: int, cell: str) -> float:
        text = cell.replace(",", ".") if self.decimal_comma and "." not in cell else cell
        try:
            value = float(text) if "_" not in text else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            hint = " Is the decimal comma meant? Then separate the columns by semicolons." if "," in cell else ""
            raise DataFileError(
                f"{self.path}, line {line}, column {name!r}: expected a finite number, got {cell!r}.{hint} "
                "Correct or remove the row."
            )
        return value

    def labels(self, name: str, positive: str | None) -> np.ndarray:
        """The label column as 0 and 1, (n,)."""
        cells = list(self.column(name))
        missing = [line for line, cell in cells if cell == ""]
        if missing:
            raise DataFileError(
                f"{self.path}: {len(missing)} label{'s are' if len(missing) > 1 else ' is'} missing in column {name!r}, "
                f"the first in line {missing[0]}. Remove those rows or fill them in."
            )
        classes = sorted({cell for _, cell in cells}, key=_number_or_text)
        if len(classes) != 2:
            few = ", ".join(repr(each) for each in classes[:5])
            raise DataFileError(
                f"{self.path}: Only binary classification is supported. Column {name!r} has {len(classes)} "
                f"class{'es' * (len(classes) != 1)}: {few}{', …' * (len(classes) > 5)}."
            )
        if positive is not None and positive not in classes:
            raise DataFileError(f"{self.path}: no label {positive!r} in column {name!r}; there are {classes[0]!r}, {classes[1]!r}.")
        one = positive if positive is not None else classes[1]
        return np.array([int(cell == one) for _, cell in cells], np.int8)


def _number_or_text(cell: str) -> tuple[int, float, str]:
    try:
        return 0, float(cell), cell
    except ValueError:
        return 1, 0.0, cell


def _read_sheet(path: Path, encoding: str) -> _Sheet:
    text = _decoded(path, encoding)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise DataFileError(f"{path} is empty; expected a header and rows of numbers with a label.")
    separator = max(SEPARATORS, key=first.count)
    if first.count(separator) == 0:
        raise DataFileError(f"{path}: the header {first!r} has one column only; separate columns by comma, semicolon or tab.")
    numbered = list(_rows(path, text, separator))
    header = [name.strip() for name in numbered[0][1]]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice or "" in header:
        what = f"the name {twice[0]!r} twice" if twice else "a column without a name"
        raise DataFileError(f"{path}: the header has {what}; every column needs a name of its own.")
    for line, row in numbered[1:]:
        if len(row) != len(header):
            raise DataFileError(f"{path}, line {line}: expected {len(header)} fields as in the header, got {len(row)}.")
    if len(numbered) == 1:
        raise DataFileError(f"{path} has a header and no rows; expected numbers with a label.")
    return _Sheet(path, header, numbered[1:], decimal_comma=separator != ",")


def _decoded(path: Path, encoding: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataFileError(f"{path} can't be read: {error.strerror}.") from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding == "utf-8":
        raise DataFileError(f"{path} is UTF-16, not UTF-8; say so with --encoding utf-16.")
    if b"\0" in raw and encoding == "utf-8":
        raise DataFileError(f"{path} holds a NUL byte: it is no text file, or of another encoding; name it with --encoding.")
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataFileError(
            f"{path}, line {line}: not {encoding}; name the encoding, such as --encoding latin-1."
        ) from error
    except LookupError as error:
        raise DataFileError(f"{path}: unknown encoding {encoding!r}; try utf-8, utf-16 or latin-1.") from error


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells), blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            if row and any(cell.strip() for cell in row):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise DataFileError(f"{path}, line {begins}: {error}; is a quote that opens there never closed?") from error
