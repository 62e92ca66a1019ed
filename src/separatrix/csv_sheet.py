"""A CSV file as text cells that know their line. What isn't plain CSV is an error, never a repair."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from separatrix.constraints import nearest, shown
from separatrix.errors import DataFileError

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
