"""A two-class classifier made by separatrix, which needs nothing but Python's standard library.

From the shell:     python THIS_FILE rows.csv > probabilities.csv        ("-" reads standard input)
From Python:        predict_proba({"age": 31, "city": "Oslo"}) -> [0.25, 0.75]
                    explain({"age": 31, "city": "Oslo"}) -> what each column adds to the logit, where exported with reasons

The columns and their kinds are in MODEL["columns"]: numbers, booleans, categories (text), dates (a date, a datetime or
text such as "2024-02-29 12:30") and durations (a timedelta or text such as "1:30:00"). None, NaN and, for all but
categories, "" mean that a value is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import struct
import sys
from collections.abc import Callable, Iterator
from operator import mul
from typing import Any

MODEL: dict[str, Any] = json.loads("{}")  # filled in

# The functions that the formulas of activations use, by the names they have there.


def exp(z: float) -> float:
    """E to the z; infinity where math.exp raises OverflowError."""
    return math.inf if z > 709.0 else math.exp(z)


cos, erf, expm1, isnan, log1p = math.cos, math.erf, math.expm1, math.isnan, math.log1p
sin, sqrt, tanh = math.sin, math.sqrt, math.tanh


def floor(z: float) -> float:
    """The next whole number below; infinite and NaN as they are, which math.floor refuses."""
    return float(math.floor(z)) if math.isfinite(z) else z


def sigmoid(z: float) -> float:
    """1 / (1 + exp(-z)) without overflow."""
    e = math.exp(-abs(z))
    return 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)


def softplus(z: float) -> float:
    """log(1 + exp(z)) without overflow."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


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
    # Only NaN differs from itself. A text may be a category that is called like a word for a missing value; see `encoded`.
    if cell is None or cell != cell:
        return None
    if not MODEL["kinds"][kind]["textual"] and isinstance(cell, str):
        cell = cell.strip()
        if not cell or cell in MODEL["missing_words"]:
            return None
    form = MODEL["written"].get(name)
    try:
        return READERS[kind](plain(cell, form) if form and isinstance(cell, str) else cell)
    except (TypeError, ValueError, OverflowError):
        expected = (form or MODEL["kinds"][kind])["expected"]
        raise ValueError(f"column {name!r} should hold {expected}, got {cell!r}.") from None


def plain(cell: str, form: dict[str, Any]) -> str:
    """A number with a decimal point alone, or a date as 24.3.1912, of a text in the form that its column had in training."""
    if "day_first" in form:
        parts = re.fullmatch("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})( [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?", cell)
        if parts is None:
            raise ValueError
        day, month = parts[1 if form["day_first"] else 2], parts[2 if form["day_first"] else 1]
        return f"{day}.{month}.{parts[3]}{parts[4] or ''}"
    for odd, usual in (("\u00a0", " "), ("\u2009", " "), ("\u202f", " "), ("\u2019", "'"), ("\u2212", "-")):
        cell = cell.replace(odd, usual)
    if not re.fullmatch(form["pattern"], cell):
        raise ValueError
    return re.sub(f"[^0-9+{form['signs']}-]", "", cell).replace(",", ".")


READERS: dict[str, Callable[[Any], Any]] = {}  # filled in


FORMULAS: list[Callable[[float], list[float]]] = []  # filled in


def encoded(encoding: list[dict[str, Any]] | None, cells: dict[str, Any]) -> list[float]:
    """The inputs of a network for one row."""
    if encoding is None:
        missing = [name for name, value in cells.items() if value is None]
        if missing:
            raise ValueError(f"column {missing[0]!r} is missing, but this model needs a value in every column.")
        return list(cells.values())
    inputs: list[float] = []
    for code in encoding:
        cell = cells[code["name"]]
        if "formula" in code:
            inputs += FORMULAS[code["formula"]](math.nan if cell is None else cell)
        else:
            inputs += category(code, cell)
    return inputs


def category(code: dict[str, Any], cell: str | None) -> list[float]:
    """The inputs for a category: as it stands, else without white space around it, if it is no word for a missing value."""
    words = MODEL["missing_categories"]
    missing: list[float] = code["missing"]
    unknown: list[float] = code["unknown"]
    known: dict[str, list[float]] = code["known"]
    if cell is None or cell in known or words is None:
        return missing if cell is None else known.get(cell, unknown)
    cell = cell.strip()
    return missing if not cell or cell in words else known.get(cell, unknown)


def summed_logit(cells: dict[str, Any]) -> float:
    """The logit of the second class for the cells of a row."""
    numbers = [encoded(encoding, cells) for encoding in MODEL["encodings"]]
    return sum(logit(member, numbers[member["encoding"]]) for member in MODEL["members"])


def predict_proba(row: dict[str, Any]) -> list[float]:
    """Probabilities of the first and the second class for one row, column name -> value."""
    z = summed_logit({name: read(row, name, kind) for name, kind in MODEL["columns"]})
    return [sigmoid(-z), sigmoid(z)]


def predict(row: dict[str, Any]) -> Any:
    """The label of one row."""
    return MODEL["classes"][predict_proba(row)[1] > MODEL["threshold"]]


def explain(row: dict[str, Any]) -> dict[str, Any]:
    """What each column adds to the logit of the second class; with `base_value` it adds up to the row's logit.

    These are Shapley values over the background rows of the file, from fixed orders of the columns, each with its reverse.
    """
    if MODEL["reasons"] is None:
        raise ValueError("this file was exported without reasons.")
    cells = {name: read(row, name, kind) for name, kind in MODEL["columns"]}
    names = list(cells)
    background, orders = MODEL["reasons"]["background"], MODEL["reasons"]["orders"]
    contributions = dict.fromkeys(names, 0.0)
    at_row, base = summed_logit(cells), 0.0
    for values, its_orders in zip(background, orders, strict=True):
        reference = dict(zip(names, values, strict=True))
        at_reference = summed_logit(reference)
        base += at_reference / len(background)
        for order in (columns for forth in its_orders for columns in (forth, forth[::-1])):
            mixed, before = dict(reference), at_reference
            for place, column in enumerate(order, 1):
                name = names[column]
                mixed[name] = cells[name]
                after = at_row if place == len(order) else summed_logit(mixed)
                contributions[name] += (after - before) / (2 * len(its_orders) * len(background))
                before = after
    return {"base_value": base, "contributions": contributions}


def safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front.

    A label comes from the training table, so whoever wrote that table could otherwise run code in this one's reader.
    """
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def tables(lines: Any, separator: str, decimal: str | None = None) -> Iterator[list[Any]]:
    """Header and rows of the output: the predicted label and the probability of the second class.

    Args:
        lines: of a CSV file.
        separator: the character between two fields.
        decimal: "." or ","; None takes either, but for a comma between fields that are separated by commas.
    """
    rows = csv.reader(lines, delimiter=separator, strict=True)
    header = next((cells for cells in rows if any(name.strip() for name in cells)), None)
    if header is None:
        raise ValueError("the file is empty; expected a header and rows.")
    yield ["prediction", safe(f"probability of {MODEL['classes'][1]}")]
    kinds = dict(MODEL["columns"])
    names = [name if name in kinds else name.strip() for name in header]
    comma = decimal == "," or (decimal is None and separator != ",")
    signs = set(decimal or "")
    for cells in rows:
        if not cells:  # a blank line
            continue
        if len(cells) != len(names):
            raise ValueError(f"line {rows.line_num} has {len(cells)} fields, but the header has {len(names)}.")
        row = {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)}
        usual = [name for name, kind in kinds.items() if kind == "number" and name not in MODEL["written"]]
        for name in [name for name in usual if comma and row.get(name)]:
            if row[name] in MODEL["missing_words"]:
                continue
            signs.update(sign for sign in ",." if sign in str(row[name]))
            if len(signs) > 1:
                raise ValueError(
                    f"line {rows.line_num}, column {name!r}: {row[name]!r} has another decimal sign than the rest; name the "
                    "sign by --decimal."
                )
            row[name] = str(row[name]).replace(",", ".", 1)
        share = predict_proba(row)[1]
        yield [safe(MODEL["classes"][share > MODEL["threshold"]]), share]


def main() -> int:
    """Read a CSV file and write labels and probabilities as another; the exit status is 2 after an error."""
    parser = argparse.ArgumentParser(description="Labels and probabilities for the rows of a CSV file.")
    parser.add_argument("file", help="CSV with a header, - for standard input")
    parser.add_argument("--separator", default=",", help="the character between two fields")
    parser.add_argument("--decimal", choices=[".", ","], help="the sign before decimals")
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    try:
        with open(0 if arguments.file == "-" else arguments.file, newline="", encoding="utf-8-sig") as source:
            writer.writerows(tables(source, arguments.separator, arguments.decimal))
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
