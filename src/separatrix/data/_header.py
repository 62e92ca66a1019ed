"""The first line of a delimited file: names of columns, or what else stands there, and what that means for the rows."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

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
