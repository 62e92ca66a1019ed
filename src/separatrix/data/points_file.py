"""Points from the user's own CSV file, and points written to one. Nothing is repaired in silence."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import DataFileError
from separatrix.support.atomic import write_atomically
from separatrix.support.constraints import nearest, shown

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)  # float() takes "1_0", "nan" and "١" too
WHOLE = re.compile(r"[+-]?0*(\d+)", re.ASCII)

Cells = list[tuple[int, str]]  # (line, cell)


def read_points(
    path: str | Path,
    *,
    x: Sequence[str] | None = None,
    y: str | None = None,
    positive: object = None,
    encoding: str = "utf-8",
) -> Points:
    """Read points from a CSV file with a header: number columns and a label column.

    The separator is the comma, semicolon or tab of the header; with semicolons or tabs a decimal comma is understood.
    Blank lines and spaces around a cell don't count. Any text is a label, "NA" and "None" too; only an empty cell is
    a missing one. Labels that are numbers are compared as numbers.

    Args:
        path: the file.
        x: names of the number columns; by default the first two.
        y: name of the label column; by default the last one.
        positive: the label of class 1; by default the larger number, or the later text in the alphabet.
        encoding: of the file; a byte-order mark is accepted.

    Returns:
        Points with x (n, len(x)) float64 and y (n,) in 0 and 1.

    Raises:
        DataFileError: names the file, and the line and column where there is one, and says what was expected.
    """
    sheet = read_sheet(Path(path), encoding)
    names = sheet.header[:2] if x is None else [x] if isinstance(x, str) else list(x)
    label = y if y is not None else sheet.header[-1]
    if not names or label in names:
        raise DataFileError(
            f"{path}: expected number columns and a label column apart from them, got {names} and {label!r}; "
            "name them by x= and y=."
        )
    if x is None and any(NUMBER.fullmatch(name) for name in names):
        raise DataFileError(f"{path}: the first line looks like data; put a header above it, such as x1,x2,label.")
    columns = {name: sheet.column(name) for name in names}
    inputs = _numbers(sheet, columns)
    _warn_of_rounding(sheet, columns)
    return Points(inputs, _labels(sheet, label, positive), Path(path).name)


def write_points(points: Points, path: str | Path, *, force: bool = False) -> Path:
    """Write points as CSV with the columns x1, x2, …, label; numbers are written so that they read back the same.

    Raises:
        OutputError: the file exists and `force` isn't given, or can't be written.
    """
    header = ",".join([*(f"x{k}" for k in range(1, points.n_inputs + 1)), "label"])
    rows = zip(points.x.tolist(), points.y.tolist(), strict=True)
    lines = [",".join(repr(number) for number in (*x, label)) for x, label in rows]
    return write_atomically(path, "\n".join([header, *lines, ""]), force=force)


def _numbers(sheet: Sheet, columns: dict[str, Cells]) -> np.ndarray:
    """The columns as finite numbers, (n, columns) float64."""
    comma = sheet.separator != "," and _has_decimal_comma(sheet, columns)
    return np.array([[_number(sheet, name, *at, comma) for at in cells] for name, cells in columns.items()]).T


def _has_decimal_comma(sheet: Sheet, columns: dict[str, Cells]) -> bool:
    """Whether the numbers are written with a decimal comma, all of them."""
    commas = [(line, name) for name, cells in columns.items() for line, cell in cells if "," in cell]
    points = [(line, name) for name, cells in columns.items() for line, cell in cells if "." in cell]
    if commas and points:
        line, name = min(points)
        first = min(commas)[0]
        raise sheet.error(line, name, f"a decimal point, but a comma in line {first}; write 1.5 or 1,5 everywhere.")
    return bool(commas)


def _number(sheet: Sheet, name: str, line: int, cell: str, comma: bool) -> float:
    text = cell.replace(",", ".") if comma else cell
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        what = f"got {cell[:80]!r}" if cell else "the cell is empty"
        hint = " If it is a decimal comma, separate the columns by semicolons." if "," in text else ""
        raise sheet.error(line, name, f"expected a finite number, {what}.{hint} Correct or remove the row.")
    whole = WHOLE.fullmatch(text)
    if whole and (len(whole[1]) > 19 or int(whole[1]) > 2**63):
        raise sheet.error(line, name, f"{cell[:80]} is beyond 2^63, a name rather than a measurement; leave it out.")
    return value


def _warn_of_rounding(sheet: Sheet, columns: dict[str, Cells]) -> None:
    """Whole numbers that training in float32 would change."""
    odd = [(line, name, cell) for name, cells in columns.items() for line, cell in cells if _is_rounded(cell)]
    if odd:
        line, name, cell = min(odd)
        warnings.warn(
            f"{sheet.path}: {len(odd)} whole number{'s' * (len(odd) > 1)} beyond 2^24 that float32 can't hold, "
            f"first in line {line}, column {name!r}: {cell}. Train with dtype='float64' if the difference matters.",
            stacklevel=3,
        )


def _is_rounded(cell: str) -> bool:
    whole = WHOLE.fullmatch(cell)
    return whole is not None and len(whole[1]) > 7 and int(np.float32(whole[1])) != int(whole[1])


def _labels(sheet: Sheet, name: str, positive: object) -> np.ndarray:
    """The label column as 0 and 1, (n,) int8."""
    cells = sheet.column(name)
    missing = [line for line, cell in cells if cell == ""]
    if missing:
        many = f"{len(missing)} labels are" if len(missing) > 1 else "1 label is"
        raise DataFileError(
            f"{sheet.path}: {many} missing in column {name!r}, the first in line {missing[0]}. "
            "Remove those rows or fill them in."
        )
    class_of = _classes(sheet, name, cells, positive)
    classes = sorted(set(class_of.values()))
    if len(classes) != 2:
        raise DataFileError(
            f"{sheet.path}: Only binary classification is supported. Column {name!r} has {len(classes)} "
            f"class{'es' * (len(classes) != 1)}: {_few(class_of)}."
        )
    one = classes[1] if positive is None else class_of.get(_key(positive, class_of))
    if one is None:
        raise DataFileError(f"{sheet.path}: no label {str(positive)!r} in column {name!r}; there are {_few(class_of)}.")
    return np.array([class_of[cell] == one for _, cell in cells], np.int8)


def _classes(sheet: Sheet, name: str, cells: Cells, positive: object) -> dict[str, Any]:
    """Each label as it is written -> the class it stands for: a number, so that 1 and 1.0 are one, or the text."""
    texts = list(dict.fromkeys(cell for _, cell in cells))
    numbers = [text for text in texts if NUMBER.fullmatch(text)]
    if numbers and len(numbers) < len(texts) and positive is None:
        raise DataFileError(
            f"{sheet.path}: column {name!r} has both numbers and text as labels: {_few(texts)}. Correct them, or name "
            "the label of class 1 by positive=."
        )
    if len(numbers) < len(texts):
        return {text: text for text in texts}
    for line, cell in cells:
        if not float(cell).is_integer():
            raise sheet.error(line, name, f"a label is a class, not a continuous number such as {cell[:80]}.")
    return {text: float(text) for text in texts}


def _key(positive: object, class_of: dict[str, Any]) -> str:
    """How the file writes the label that was asked for."""
    wanted = str(positive)
    if wanted in class_of or not NUMBER.fullmatch(wanted):
        return wanted
    return next((text for text, value in class_of.items() if value == float(wanted)), wanted)


def _few(labels: Sequence[str] | dict[str, Any]) -> str:
    few = ", ".join(repr(label[:40]) for label in list(labels)[:5])
    return few + ", …" * (len(labels) > 5)


# A CSV file as text cells that know their line. What isn't plain CSV is an error, never a repair.


SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file.

    Attributes:
        path: the file.
        separator: "," or ";" or a tab.
        header: the names of the columns, all different.
        rows: for every row its line in the file, from 1, and as many cells as the header has names.
    """

    path: Path
    separator: str
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def column(self, name: str) -> list[tuple[int, str]]:
        """(line, cell) of a column, without the spaces around the cells.

        Raises:
            DataFileError: no such column, or a cell in it runs over several lines.
        """
        if name not in self.header:
            known = ", ".join(self.header)
            raise DataFileError(f"{self.path}: no column {name!r}; there are {known}.{nearest(name, self.header)}")
        at = self.header.index(name)
        for line, row in self.rows:
            if "\n" in row[at] or "\r" in row[at]:
                raise self.error(line, name, "the cell runs over several lines; is a quote there never closed?")
        return [(line, row[at].strip()) for line, row in self.rows]

    def error(self, line: int, name: str, what: str) -> DataFileError:
        """An error that names the file, the line and the column."""
        return DataFileError(f"{self.path}, line {line}, column {name!r}: {what}")


def read_sheet(path: Path, encoding: str = "utf-8") -> Sheet:
    """Read a CSV file with a header, separated by commas, semicolons or tabs as its header is.

    Raises:
        DataFileError: not text of that encoding, no header, no rows, a name given twice, a quote never closed, or a
            row with more or fewer cells than the header.
    """
    text = _decoded(path, encoding)
    separator = _separator(path, text)
    try:
        (_, names), *rows = _rows(text, separator)
    except csv.Error as error:
        raise DataFileError(f"{path}, {error}; is a quote that opens there never closed?") from error
    header = [name.strip() for name in names]
    twice = sorted({name for name in header if header.count(name) > 1} - {""})
    if twice or "" in header:
        what = f"the name {twice[0]!r} twice" if twice else "a column without a name"
        raise DataFileError(f"{path}: the header has {what}; every column needs a name of its own.")
    for line, row in rows:
        if len(row) != len(header):
            hint = " If it is a decimal comma, separate the columns by semicolons." if separator == "," else ""
            raise DataFileError(
                f"{path}, line {line}: expected {len(header)} cells as in the header, got {len(row)}.{hint}"
            )
    if not rows:
        raise DataFileError(f"{path} has a header and no rows; expected numbers with a label.")
    return Sheet(path, separator, header, rows)


def _separator(path: Path, text: str) -> str:
    """The separator that gives the header the most cells."""
    widths = {each: _header_width(path, text, each) for each in SEPARATORS}
    most = max(widths.values())
    best = [each for each in SEPARATORS if widths[each] == most]
    if most == 1 and min(widths.values()) == 0:
        return min(SEPARATORS, key=lambda each: widths[each])  # its quotes are broken: say so when reading
    if most and (most == 1 or len(best) > 1):
        words = " or ".join(SEPARATORS[each] for each in best)
        names = shown(next(_rows(text, best[0]))[1])
        raise DataFileError(
            f"{path}: can't tell by the header {names} whether columns are separated by {words}; use one."
        )
    return best[0]


def _header_width(path: Path, text: str, separator: str) -> int:
    """Cells of the header by this separator; 0 if a quoted name isn't followed by one."""
    try:
        return len(next(_rows(text, separator))[1])
    except StopIteration:
        raise DataFileError(f"{path} is empty; expected a header and rows of numbers with a label.") from None
    except csv.Error:
        return 0


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells), blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(f"line {begins}: {error}") from error


def _decoded(path: Path, encoding: str) -> str:
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataFileError(f"{path} can't be read: {getattr(error, 'strerror', error)}.") from error
    codec = codec_of(encoding, raw, str(path))
    try:
        text = raw.decode(codec).removeprefix("\ufeff")
    except UnicodeError as error:
        line = _line(raw[: getattr(error, "start", 0)].decode(codec, "replace"))
        raise DataFileError(
            f"{path}, line {line}: not {encoding}; name the encoding, such as --encoding latin-1."
        ) from error
    if "\0" in text:
        line = _line(text[: text.index("\0")])
        raise DataFileError(
            f"{path}, line {line}: a NUL byte; no text, or of another encoding, such as --encoding utf-16."
        )
    return text


def codec_of(encoding: str, begins: bytes, where: str) -> str:
    """Python's name for the encoding, unless the file's first bytes say that it is another.

    Raises:
        DataFileError: an unknown encoding, or not that of the file.
    """
    try:
        codec = codecs.lookup(encoding).name
        "a".encode(codec)  # some aren't of text
    except (LookupError, TypeError, ValueError) as error:
        raise DataFileError(f"{where}: unknown encoding {encoding!r}; try utf-8, utf-16 or latin-1.") from error
    if codec.startswith("utf-8") and begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataFileError(f"{where} is UTF-16, not UTF-8; say so with --encoding utf-16.")
    if not codec.startswith("utf-8") and begins.startswith(codecs.BOM_UTF8):
        raise DataFileError(f"{where} is UTF-8 by its first bytes, not {encoding}; leave --encoding out.")
    return codec


def _line(before: str) -> int:
    """The line, from 1, of what comes after this text."""
    return len(re.findall(r"\r\n|\r|\n", before)) + 1
