"""Points from a delimited file, and points written to one. Nothing is repaired in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data._delimited import DelimitedText, Dialect, read_delimited, refuse_missing_labels
from separatrix.data._source import Reader, named, opened, refuse_too_large
from separatrix.data.kinds import Cells
from separatrix.data.kinds._number_texts import numeric_and_other, parsed_numbers
from separatrix.data.kinds.forms import SIGNS, NumberForm
from separatrix.data.kinds.words import stripped
from separatrix.data.points import Points
from separatrix.errors import DataFileError, warn
from separatrix.support.atomic import write_atomically
from separatrix.support.constraints import nearest, shown
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

# of labels and names, of which float() alone would take "1_0" and "nan" too
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@insulated
def read_points(
    path: str | Path,
    *,
    x: Sequence[str] | None = None,
    y: str | None = None,
    positive: object = None,
    **dialect: Any,
) -> Points:
    r"""Read points from a delimited file with a header: a table of which some columns are chosen as inputs and label.

    The file is read as `read_table` reads it. Any text is a label, "NA" and "None" too; only an empty cell is a missing one.
    Labels that are numbers are compared as numbers.

    Args:
        path: the file (plain or gzip), or "-" for standard input.
        x: names of the number columns; by default the first two.
        y: name of the label column; by default the last one.
        positive: the label of class 1; by default the larger number, or the later text in the alphabet.
        dialect: `encoding`, `separator`, `decimal`, `thousands`, as for `read_table`.

    Returns:
        Points with x (n, len(x)) float64 and y (n,) in 0 and 1.

    Raises:
        DataFileError: names the file, and the line and column where there is one, and says what was expected.
        OutOfMemory: larger than the memory.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "points.csv"
        ...     _ = path.write_text("a;b;label\n1,5;2;no\n3;4;yes\n")
        ...     points = read_points(path)
        >>> points.x.tolist(), points.y.tolist()
        ([[1.5, 2.0], [3.0, 4.0]], [0, 1])
    """
    source, how = named(path), Dialect(**dialect)
    refuse_too_large(path)
    with opened(path) as stream:
        rows = read_delimited(Reader(stream, source), how, source)
    header = list(rows.header.names)
    names = header[:2] if x is None else [x] if isinstance(x, str) else list(x)
    label = y if y is not None else header[-1]
    if not names or label in names:
        raise DataFileError(
            f"{source}: expected number columns and a label column apart from them, got {', '.join(names) or 'none'} and "
            f"{label}; name them by x= and y=."
        )
    # only where no columns are named: names that the user gives may well be 1 and 2
    if x is None and any(NUMBER.fullmatch(name) for name in names):
        raise DataFileError(f"{source}: the first line looks like data; put a header above it, such as x1,x2,label.")
    for name in (*names, label):
        if name not in header:
            raise DataFileError(
                f"{source}: there is no column {name!r}; columns are {', '.join(header)}.{nearest(name, header)}"
            )
    comma = rows.has_decimal_comma(names, how)
    inputs = [_inputs(_ungrouped(Cells(rows.texts[name], rows.place, comma), how)) for name in names]
    return Points(np.stack(inputs, axis=1), _labels(rows, label, positive), Path(source).name)


def write_points(points: Points, path: str | Path, *, force: bool = False) -> Path:
    """Write points as CSV with the columns x1, x2, …, label; numbers are written so that they read back the same.

    Args:
        points: to write.
        path: the file.
        force: replace a file that exists.

    Returns:
        The path.

    Raises:
        OutputError: the file exists and `force` isn't given, or can't be written.
    """
    header = ",".join([*(f"x{k}" for k in range(1, points.n_inputs + 1)), "label"])
    rows = zip(points.x.tolist(), points.y.tolist(), strict=True)
    # repr writes the fewest digits that read back as the same number
    lines = [",".join(repr(number) for number in (*x, label)) for x, label in rows]
    return write_atomically(path, "\n".join([header, *lines, ""]), force=force)


def _ungrouped(cells: Cells, how: Dialect) -> Cells:
    """A column without the separators of thousands that the user named."""
    if how.thousands is None:
        return cells
    plain = NumberForm(SIGNS.get(how.thousands, how.decimal or "")).plain(cells.texts)
    return replace(cells, raw=plain.fill_null(cells.stripped), comma=False)


def _inputs(cells: Cells) -> np.ndarray:
    """A column of finite numbers without a missing one, (n,) float64."""
    numeric, _ = numeric_and_other(cells)
    plain = cells.texts.str.replace(",", ".", literal=True) if cells.comma else cells.texts
    finite = numeric.fill_null(False) & _as_floats(plain).is_finite().fill_null(False)
    if not finite.all():
        row = int((~finite).arg_max() or 0)
        # not `texts`, where a word such as NA, which the message should quote, is null already
        value = cells.stripped[row]
        problem = "the cell is empty" if value is None else f"got {shown(value)}"
        raise cells.place.error(row, cells.name, f"expected a finite number, {problem}. Correct or remove the row.")
    numbers, remarks = parsed_numbers(cells, numeric)
    for remark in remarks:
        warn(f"{cells.place.source}: {remark}")
    return numbers.to_numpy()


def _as_floats(texts: polars.Series) -> polars.Series:
    import polars

    return texts.cast(polars.Float64, strict=False)


def _labels(rows: DelimitedText, name: str, positive: object) -> np.ndarray:
    """The label column as 0 and 1, (n,) int8."""
    labels = stripped(rows.texts[name])
    refuse_missing_labels(labels, rows.place)
    texts = labels.to_list()
    for row, text in enumerate(texts):
        if "\n" in text or "\r" in text:
            raise rows.place.error(row, name, "the cell runs over several lines; is a quote there never closed?")
    class_of = _classes(rows, name, texts, positive)
    classes = sorted(set(class_of.values()))
    source = rows.place.source
    if len(classes) != 2:
        raise DataFileError(
            f"{source}: Only binary classification is supported. Column {name!r} has {len(classes)} "
            f"class{'es' * (len(classes) != 1)}: {_first_few(class_of)}."
        )
    # the second in sorted order, as scikit-learn's classes_[1]
    one = classes[1] if positive is None else class_of.get(_text_of(positive, class_of))
    if one is None:
        raise DataFileError(
            f"{source}: no label {str(positive)!r} in column {name!r}; there are {_first_few(class_of)}."
        )
    return np.array([class_of[text] == one for text in texts], np.int8)


def _classes(rows: DelimitedText, name: str, texts: list[str], positive: object) -> dict[str, Any]:
    """Each label as it is written -> the class it stands for: a number, so that 1 and 1.0 are one, or the text."""
    distinct = list(dict.fromkeys(texts))
    numbers = [text for text in distinct if NUMBER.fullmatch(text)]
    if numbers and len(numbers) < len(distinct) and positive is None:
        raise DataFileError(
            f"{rows.place.source}: column {name!r} has both numbers and text as labels: {_first_few(distinct)}. Correct them, "
            "or name the label of class 1 by positive=."
        )
    if len(numbers) < len(distinct):
        return {text: text for text in distinct}
    for text in distinct:
        if not float(text).is_integer():  # an infinite one isn't, either
            row = texts.index(text)
            raise rows.place.error(row, name, f"a label is a class, not a continuous number such as {text[:80]}.")
    return {text: float(text) for text in distinct}


def _text_of(positive: object, class_of: dict[str, Any]) -> str:
    """How the file writes the label that the user named."""
    wanted = str(positive)
    if wanted in class_of or not NUMBER.fullmatch(wanted):
        return wanted
    return next((text for text, value in class_of.items() if value == float(wanted)), wanted)


def _first_few(labels: Iterable[str]) -> str:
    texts = list(labels)
    return ", ".join(repr(text[:40]) for text in texts[:5]) + ", …" * (len(texts) > 5)
