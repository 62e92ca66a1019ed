"""A two-class classifier made by separatrix, which needs nothing but Python's standard library.

From the shell:     python THIS_FILE rows.csv > probabilities.csv        ("-" reads standard input)
From Python:        predict_proba({"age": 31, "city": "Oslo"}) -> [0.25, 0.75]

The columns and their kinds are in MODEL["columns"]: numbers, booleans, categories (text) and dates (a date, a datetime
or text such as "2024-02-29 12:30"). None, NaN and, for all but categories, "" mean that a value is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import struct
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from operator import mul
from typing import Any

MODEL: dict[str, Any] = json.loads("{}")  # filled in

# The functions that the formulas of activations use, by the names they have there.


def exp(z: float) -> float:
    """E to the z; infinity where math.exp raises OverflowError."""
    return math.inf if z > 709.0 else math.exp(z)


erf, expm1, tanh = math.erf, math.expm1, math.tanh


def sigmoid(z: float) -> float:
    """1 / (1 + exp(-z)) without overflow."""
    e = math.exp(-abs(z))
    return 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)


def softplus(z: float) -> float:
    """log(1 + exp(z)) without overflow."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


# The words that separatrix itself reads as a missing number, as true and as false.
ABSENT = ("NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "?", "-")  # in a column of numbers
TRUE, FALSE = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")
ACTIVATIONS: dict[str, Callable[[float], float]] = {}  # filled in


def rounded(value: float) -> float:
    """The nearest single-precision number: the network was trained on those."""
    nearest: float = struct.unpack("f", struct.pack("f", value))[0]
    return nearest


def logit(member: dict[str, Any], numbers: list[float]) -> float:
    """The member's share of the logit of the second class, for one row of numbers."""
    a = [rounded(value) for value in numbers] if member["dtype"] == "float32" else numbers
    for layer in member["layers"]:
        a = [sum(map(mul, weights, a)) + bias for weights, bias in zip(layer["weights"], layer["biases"], strict=True)]
        if layer["activation"]:
            activation = ACTIVATIONS[layer["activation"]]
            a = [activation(z) for z in a]
    z = a[0] if len(a) == 1 else a[1] - a[0]
    return float(member["scale"] * z + member["shift"])


def read(row: dict[str, Any], name: str, kind: str) -> Any:
    """One cell of a row as its kind, None where it is missing."""
    if name not in row:
        raise ValueError(
            f"the row has no column {name!r}; expected are {', '.join(name for name, _ in MODEL['columns'])}."
        )
    cell = row[name]
    # Only NaN differs from itself. An empty text is a category of its own, but no number, truth value or date.
    if cell is None or cell != cell or (cell == "" and kind != "category"):
        return None
    try:
        return READERS[kind](cell)
    except (TypeError, ValueError, OverflowError):
        what = "finite number" if kind == "number" else kind
        raise ValueError(f"column {name!r} should hold a {what}, got {cell!r}.") from None


def number(cell: Any) -> float:
    """A finite number."""
    value = float(cell)
    if not math.isfinite(value) or (isinstance(cell, str) and "_" in cell):
        raise ValueError
    return value


def boolean(cell: Any) -> float:
    """1.0 or 0.0 for a bool, for the numbers 1 and 0 and for words such as true and no."""
    word = {"1.0": "1", "0.0": "0"}.get(str(cell), str(cell)).strip().lower()
    if word not in TRUE + FALSE:
        raise ValueError
    return float(word in TRUE)


def text(cell: Any) -> str:
    """A category as text; a number without its ".0", as in a file."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def microseconds(cell: Any) -> float:
    """Microseconds since 1970-01-01 00:00; a time with a zone is converted to UTC first."""
    moment = moment_of(cell.strip()) if isinstance(cell, str) else cell
    if not isinstance(moment, datetime):  # a date: the midnight at which it begins
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return float((moment - datetime(1970, 1, 1)) // timedelta(microseconds=1))


def moment_of(words: str) -> datetime:
    """A date such as 2024-02-29 (ISO 8601), 2024/02/29 or 29.02.2024, with or without a time."""
    for form in ("%Y/%m/%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"):
        try:
            return datetime.strptime(words, form)
        except ValueError:
            continue
    return datetime.fromisoformat(words)


READERS: dict[str, Callable[[Any], Any]] = {
    "number": number,
    "boolean": boolean,
    "category": text,
    "date": microseconds,
}


def clipped(x: float, low: float, high: float) -> float:
    """X within [low, high]."""
    return min(max(x, low), high)


def scaled(code: dict[str, Any], x: float) -> float:
    """(x - centre) / scale within the clip; 0 for a constant column, whose scale is 0."""
    return clipped((x - code["centre"]) / code["scale"], -code["clip"], code["clip"]) if code["scale"] else 0.0


def of_number(code: dict[str, Any], x: float | None) -> list[float]:
    """A number as the inputs of a network: scaled, in pieces between knots, both, or by quantile levels."""
    value = code["fill"] if x is None else x
    if code["method"] == "scaled":
        return [scaled(code, value)]
    pairs = list(zip(code["knots"] or [], (code["knots"] or [])[1:], strict=False))
    pieces = [clipped((value - low) / (high - low), 0.0, 1.0) for low, high in pairs]
    if code["method"] == "piecewise":
        return pieces
    if code["method"] == "both":
        return [scaled(code, value), *pieces]
    if not pieces:
        return [0.0]
    # Linear between the levels: of the pieces, those below x are 1, the one around x is a fraction, the others are 0.
    levels = code["levels"]
    return [levels[0] + sum(part * (levels[i + 1] - levels[i]) for i, part in enumerate(pieces))]


def of_boolean(code: dict[str, Any], x: float | None) -> list[float]:
    """1 for true, -1 for false, 0 where missing."""
    return [0.0 if x is None else 2.0 * x - 1.0]


def of_date(code: dict[str, Any], x: float | None) -> list[float]:
    """The scaled time, then sine and cosine of the place in each period."""
    if x is None:
        return [0.0] * (1 + 2 * len(code["periods"]))
    numbers = [scaled(code, x)]
    for period in code["periods"]:
        turns = (x + code["start"]) / period
        angle = 2.0 * math.pi * (turns - math.floor(turns))
        numbers += [math.sin(angle), math.cos(angle)]
    return numbers


CODES = {"number": of_number, "boolean": of_boolean, "date": of_date}


def encoded(encoding: list[dict[str, Any]] | None, cells: dict[str, Any]) -> list[float]:
    """The inputs of a network for one row."""
    if encoding is None:
        missing = [name for name, value in cells.items() if value is None]
        if missing:
            raise ValueError(f"column {missing[0]!r} is missing, but this model needs a value in every column.")
        return list(cells.values())
    numbers: list[float] = []
    for code in encoding:
        cell = cells[code["name"]]
        if code["kind"] == "category":
            numbers += code["missing"] if cell is None else code["known"].get(cell, code["unknown"])
        else:
            numbers += CODES[code["kind"]](code, cell)
            numbers += [float(cell is None)] * code["indicator"]
    return numbers


def predict_proba(row: dict[str, Any]) -> list[float]:
    """Probabilities of the first and the second class for one row, column name -> value."""
    cells = {name: read(row, name, kind) for name, kind in MODEL["columns"]}
    numbers = [encoded(encoding, cells) for encoding in MODEL["encodings"]]
    z = sum(logit(member, numbers[member["encoding"]]) for member in MODEL["members"])
    return [sigmoid(-z), sigmoid(z)]


def predict(row: dict[str, Any]) -> Any:
    """The label of one row."""
    return MODEL["classes"][predict_proba(row)[1] > MODEL["threshold"]]


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front.

    A label comes from the training table, so whoever wrote that table could otherwise run code in this one's reader.
    """
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def tables(lines: Any, separator: str) -> Iterator[list[Any]]:
    """Header and rows of the output: the predicted label and the probability of the second class."""
    rows = csv.reader(lines, delimiter=separator, strict=True)
    header = next(rows, None)
    if header is None:
        raise ValueError("the file is empty; expected a header and rows.")
    yield ["prediction", safe(f"probability of {MODEL['classes'][1]}")]
    kinds = dict(MODEL["columns"])
    for cells in rows:
        if not cells:  # a blank line
            continue
        if len(cells) != len(header):
            raise ValueError(f"line {rows.line_num} has {len(cells)} fields, but the header has {len(header)}.")
        row = {name: stripped(cell, kinds.get(name)) for name, cell in zip(header, cells, strict=True)}
        share = predict_proba(row)[1]
        yield [safe(MODEL["classes"][share > MODEL["threshold"]]), share]


def stripped(cell: str, kind: str | None) -> str | None:
    """A cell of a file without blanks around it; None if it is empty, or a word for a missing number."""
    words = cell.strip()
    return None if not words or (kind == "number" and words in ABSENT) else words


def main() -> int:
    """Read a CSV file and write labels and probabilities as another; the exit status is 2 after an error."""
    parser = argparse.ArgumentParser(description="Labels and probabilities for the rows of a CSV file.")
    parser.add_argument("file", help="CSV with a header, - for standard input")
    parser.add_argument("--separator", default=",", help="the character between two fields")
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    try:
        with open(0 if arguments.file == "-" else arguments.file, newline="", encoding="utf-8-sig") as source:
            writer.writerows(tables(source, arguments.separator))
    except (
        BrokenPipeError
    ):  # the reader, such as head, has seen enough; Python would report the unflushed rest on stderr
        sys.stderr.close()
        return 0
    except (OSError, ValueError, csv.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
