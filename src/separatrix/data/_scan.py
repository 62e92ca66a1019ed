"""The structure of a CSV file, checked byte by byte in whole blocks: every row has as many cells as the header.

Readers of data frames repair in silence (explanation/decisions.md has a list), so the structure is settled here, with the line
of whatever is wrong; a reader then only has to split what is known to be whole. The first line holds names of columns, or
what else stands there says what that means for the rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds._number_texts import NUMBER
from separatrix.errors import DataFileError
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.IGNORECASE)  # how spreadsheets are told the separator
MANY = 10  # so many increasing numbers are rather names, such as wavelengths or years, than a row


def looks_like_data(names: tuple[str, ...]) -> bool:
    """Whether a first line can't be one of names: numbers alone, unless they count the columns or increase over many.

    >>> looks_like_data(("0.1", "0.2", "7")), looks_like_data(("0", "1", "2")), looks_like_data(("age", "2019"))
    (True, False, False)
    """
    if not names or not all(re.match(NUMBER, name) for name in names):
        return False
    numbers = [float(name) for name in names]
    steps = [after - before for before, after in pairwise(numbers)]
    counting = all(name.isdigit() for name in names) and all(step == 1 for step in steps)
    return not counting and not (len(names) >= MANY and all(step > 0 for step in steps))


def refuse_headerless(texts: polars.DataFrame, where: str) -> None:
    """Refuse a file whose first line recurs in its own columns: the texts as cells, the numbers above numbers.

    Args:
        texts: the cells, (n, columns) String, under the names of the first line.
        where: the file, for messages.

    Raises:
        DataFileError: the first line looks like data.
    """
    words = [name for name in texts.columns if not re.match(NUMBER, name)]
    # one name alone may recur by chance, such as that of a column of notes
    if not words or len(texts.columns) < 2:
        return
    if all((texts[name].str.strip_chars() == name).any() for name in words):
        raise DataFileError(headerless(where))


def headerless(where: str) -> str:
    """The message for a file without a header."""
    return f"{where}: the first line looks like data; put a header above it, such as x1,x2,label."


def width_hint(first: str, line: int, expected: int, cells: int, row: str) -> str:
    """Why a row may have another number of cells than the header.

    Args:
        first: the header's text.
        line: on which it stands.
        expected: number of its cells.
        cells: number of cells of the row.
        row: its text.
    """
    if cells > expected and (mark := re.match(r"#+|//|%|;", first.strip())):
        return (
            f" Line {line} begins with {mark[0]!r}: leave comments above the header out by --comment {shown(mark[0])}, or say by "
            "--skip how many lines to leave out."
        )
    if cells > expected == 1:
        return (
            f" Line {line} has 1 cell, {shown(first.strip()[:40])}: is the header further down? Say by --skip how many lines to "
            "leave out above it."
        )
    if cells == expected + 1 and expected > 1:
        return " Are there row names before the first column, or a separator at the end? In R, row.names=FALSE leaves them out."
    return f" It is {shown(row.strip(chr(10)))}." if cells == 1 else ""


SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}  # the first of equals wins for one column
BLOCK = 8 * 2**20  # bytes looked at in one go
LONGEST = 64 * 2**20  # bytes of one row, at most
QUOTE, NEWLINE, RETURN = b'"\n\r'


@dataclass(frozen=True, eq=False)
class Block:
    """Whole rows of a CSV file.

    Attributes:
        text: their bytes, UTF-8, without blank lines.
        lines: the line on which each row begins, from 1, (n,) int64.
    """

    text: bytes
    lines: np.ndarray


@dataclass(frozen=True)
class Header:
    """The first row.

    Attributes:
        names: of the columns, all different.
        separator: between cells.
        text: as it stands in the file.
        line: on which it stands, from 1.
    """

    names: tuple[str, ...]
    separator: str
    text: str = ""
    line: int = 1


def read_header(line: bytes, where: str, separator: str | None = None, number: int = 1) -> Header:
    """The names, and the separator that gives the most of them.

    Raises:
        DataFileError: two separators fit, or a name is empty or there twice.
    """
    text = line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
    if separator is None:
        widths = {sign: len(_cells(text, sign)) for sign in SEPARATORS}
        width = max(widths.values())
        best = [sign for sign in SEPARATORS if widths[sign] == width]
        if len(best) > 1 and width > 1:
            words = " or ".join(SEPARATORS[sign] for sign in best)
            raise DataFileError(
                f"{where}: can't tell by the header {shown(text)} whether columns are separated by {words}; "
                "use one of them, or name it by --separator."
            )
        separator = best[0]
    names = tuple(name.strip() for name in _cells(text, separator))
    if not names or text.count('"') % 2:
        raise DataFileError(
            f"{where}: the quotes in the header don't match; quote whole names, each on one line, and double a quote in them."
        )
    if looks_like_data(names):
        raise DataFileError(headerless(where))
    twice = sorted({name for name, count in Counter(names).items() if count > 1} - {""})
    if twice or "" in names:
        if not names[-1] and len(names) > 1 and names.count("") == 1 and not twice:
            raise DataFileError(
                f"{where}: the header has a column without a name, the last column is empty; if every line ends in a separator, "
                "remove it, else name the column."
            )
        what = f"the name {twice[0]!r} twice" if twice else "a column without a name"
        index = " Row numbers are left out by index=False in pandas, row.names=FALSE in R." if not names[0] else ""
        raise DataFileError(f"{where}: the header has {what}; every column needs a name of its own.{index}")
    return Header(names, separator, text, number)


def scan(chunks: Iterator[bytes], header: Header, where: str, first_line: int) -> Iterator[Block]:
    """The rows after the header, block after block.

    Args:
        chunks: UTF-8 bytes after the header's line.
        header: its names and separator.
        where: the file, for messages.
        first_line: the line on which `chunks` begins.

    Raises:
        DataFileError: a row of another length, a quote that is never closed or stands inside a cell, a NUL byte.
    """
    line, rest = first_line, b""
    for chunk in chunks:
        raw = rest + chunk
        end = _last_end(raw)
        # a quote that is never closed would otherwise gather the rest of the file in memory, and again for each chunk
        if end == 0 and len(raw) > LONGEST:
            raise DataFileError(f"{where}, line {line}: a row of more than {LONGEST:,} bytes; is a quote never closed?")
        if end:
            yield _block(raw[:end], header, where, line)
            line += raw.count(b"\n", 0, end)
        rest = raw[end:]
    if rest.strip(b"\r\n"):
        whole = rest + b"\n"  # the last line need not end in a line feed
        if _last_end(whole) != len(whole):
            opened = rest[: _last_open(rest)].count(b"\n")
            raise DataFileError(f"{where}, line {line + opened}: a quote that opens here is never closed.")
        yield _block(whole, header, where, line)


def _last_end(raw: bytes) -> int:
    """Behind the last line break that stands outside quotes; 0 for none."""
    if QUOTE not in raw:
        return raw.rfind(b"\n") + 1
    array = np.frombuffer(raw, np.uint8)
    # an even number of quotes before it: a doubled quote counts as two, so the parity is right inside cells too
    outside = (np.cumsum(array == QUOTE, dtype=np.int64) & 1) == 0
    ends = np.flatnonzero((array == NEWLINE) & outside)
    return int(ends[-1]) + 1 if len(ends) else 0


def _last_open(raw: bytes) -> int:
    quotes = np.flatnonzero(np.frombuffer(raw, np.uint8) == QUOTE)
    return int(quotes[-1]) if len(quotes) else 0


def _block(raw: bytes, header: Header, where: str, line: int) -> Block:
    """Whole rows, checked."""
    array = np.frombuffer(raw, np.uint8)
    breaks = array == NEWLINE
    # UTF-16 without a mark gets this far: its Latin letters are valid UTF-8, each beside a NUL
    nul = np.flatnonzero(array == 0)
    if len(nul):
        nul_line = line + int(np.count_nonzero(breaks[: nul[0]]))
        raise DataFileError(
            f"{where}, line {nul_line}: a NUL byte; this is no text, or it has another encoding, such as --encoding utf-16."
        )
    cuts = array == ord(header.separator)
    if QUOTE in raw:
        quotes = array == QUOTE
        inside = (np.cumsum(quotes, dtype=np.int64) & 1) == 1
        _refuse_stray(array, quotes, inside, header, where, line, breaks)
        ends, cuts = np.flatnonzero(breaks & ~inside), cuts & ~inside
    else:
        ends = np.flatnonzero(breaks)
    starts = np.concatenate(([0], ends[:-1] + 1))
    long = ends - starts - (array[np.maximum(ends - 1, 0)] == RETURN)
    blank = long <= 0  # a carriage return alone is a blank line of Windows
    # each row's cells: the separators before its end, less those before its start
    widths = np.diff(np.searchsorted(np.flatnonzero(cuts), ends), prepend=0) + 1
    if len(header.names) == 1:
        blank &= False  # one column: an empty line is an empty cell
    # all line breaks count, those inside quotes too: a row may take several lines
    lines = line + np.searchsorted(np.flatnonzero(breaks), starts)
    wrong = np.flatnonzero((widths != len(header.names)) & ~blank)
    if len(wrong):
        row = wrong[0]
        cells, text = int(widths[row]), raw[starts[row] : ends[row]].decode("utf-8", "replace")
        hint = width_hint(header.text, header.line, len(header.names), cells, text)
        if header.separator == "," and (not hint or cells > len(header.names) > 1):
            hint = " If it is a decimal comma, separate the columns by semicolons." + hint
        raise DataFileError(
            f"{where}, line {lines[row]}: expected {len(header.names)} cells as in the header, got {widths[row]}.{hint}"
        )
    if blank.any():
        # one more than the row is long: its line break goes with it
        keep = np.repeat(~blank, ends - starts + 1)
        return Block(array[keep].tobytes(), lines[~blank])
    return Block(raw, lines)


def _refuse_stray(
    array: np.ndarray, quotes: np.ndarray, inside: np.ndarray, header: Header, where: str, line: int, breaks: np.ndarray
) -> None:
    """A quote opens where a cell begins, and closes where it ends; two in a row stand for one."""
    near = np.isin(array, (ord(header.separator), NEWLINE, QUOTE))
    # a block begins with a row, so its first byte begins a cell
    before = np.concatenate(([True], near[:-1]))
    # a carriage return ends a cell only together with a line feed; alone it is a letter of the cell
    near[:-1] |= (array[:-1] == RETURN) & breaks[1:]
    after = np.concatenate((near[1:], [True]))
    stray = np.flatnonzero(quotes & ((inside & ~before) | (~inside & ~after)))
    if len(stray):
        quote_line = line + int(np.count_nonzero(breaks[: stray[0]]))
        if RETURN in array[stray[0] - 1 : stray[0] + 2]:
            raise DataFileError(
                f"{where}, line {quote_line}: a carriage return beside a quote, and not at the end of a line; save the file with "
                "plain line ends (programs that end lines twice write \\r\\r\\n)."
            )
        if stray[0] and array[stray[0] - 1] == ord(" "):
            raise DataFileError(
                f"{where}, line {quote_line}: a space stands before a quote; remove it, for a quoted cell begins with its quote."
            )
        raise DataFileError(
            f"{where}, line {quote_line}: a quote inside a cell; quote the whole cell and double the quote in it."
        )


def _cells(text: str, separator: str) -> list[str]:
    try:
        # newline="": otherwise a carriage return would become a line feed
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def as_utf8(chunks: Iterator[bytes], codec: str, where: str) -> Iterator[bytes]:
    """The same text in UTF-8, line breaks as a line feed at least, checked as it passes.

    Raises:
        DataFileError: bytes that the encoding doesn't have, with their line.
    """
    # incremental: the border of two chunks may cut a letter of several bytes
    decoder = codecs.getincrementaldecoder(codec)()
    line, first = 1, True
    for raw in chunks:
        try:
            text = decoder.decode(raw)
        except UnicodeError as error:
            bad_line = line + raw[: getattr(error, "start", 0)].count(b"\n")
            raise DataFileError(
                f"{where}, line {bad_line}: not {codec}; name the encoding, such as --encoding latin-1."
            ) from error
        if first:
            text, first = text.removeprefix("\ufeff"), False
        if "\ufeff" in text:
            mark_line = line + text[: text.index("\ufeff")].count("\n")
            raise DataFileError(
                f"{where}, line {mark_line}: a byte-order mark inside the file, as where two files were joined; remove it."
            )
        line += text.count("\n")
        yield text.encode()
    try:
        decoder.decode(b"", True)
    except UnicodeError as error:
        raise DataFileError(f"{where}, line {line}: cut off in the middle of a letter.") from error
