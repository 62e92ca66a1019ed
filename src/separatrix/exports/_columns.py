"""From a table's columns to the numbers of a member's network, in a graph format or as plain data.

A graph is given number, boolean and date columns as (n, 1) double with NaN for missing (dates in microseconds since
1970), and categories as (n,) whole numbers: the place of the text among `categories_of`, or MISSING or UNKNOWN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.estimators.encoding.column import (
    EPOCH_WEEKDAY,
    PERIODS,
    BooleanCode,
    CategoryCode,
    ColumnCode,
    DateCode,
    NumberCode,
    TargetCode,
)
from separatrix.estimators.portable import Member, Portable
from separatrix.exports._tensor_formulas import Tensors

if TYPE_CHECKING:
    import polars

MISSING, UNKNOWN = -1, -2  # codes of a category that isn't there, and of one that was never seen
Textual = CategoryCode | TargetCode


def categories_of(portable: Portable) -> dict[str, tuple[str, ...]]:
    """Category column -> the texts that any member knows, in the table's order of columns."""
    known: dict[str, dict[str, None]] = {name: {} for name, kind in portable.columns.items() if kind == "category"}
    for member in portable.members:
        for code in member.encoding.columns if member.encoding else ():
            if isinstance(code, Textual):
                known[code.name] |= dict.fromkeys(code.categories)
    return {name: tuple(texts) for name, texts in known.items()}


def as_numbers(column: polars.Series, kind: str) -> np.ndarray:
    """A number, boolean or date column as (n,) float64, NaN where missing; dates as microseconds since 1970."""
    import polars

    if kind == "date":
        column = column.dt.epoch("us")
    return column.cast(polars.Float64).fill_null(float("nan")).to_numpy()


def as_codes(column: polars.Series, texts: Sequence[str]) -> np.ndarray:
    """A category column as each text's place among the known ones: (n,) int64, MISSING or UNKNOWN for the others."""
    places: dict[str | None, int] = {text: at for at, text in enumerate(texts)}
    places[None] = MISSING
    return np.array([places.get(text, UNKNOWN) for text in column.to_list()], np.int64)


def encoded(
    portable: Portable, member: Member, values: Mapping[str, Any], codes: Mapping[str, Any], tensors: Tensors
) -> Any:
    """What the member's network is given: columns (n, 1) and codes (n,) -> (n, k)."""
    if member.encoding is None:
        return tensors.columns([values[name] for name in portable.columns])
    known, made = categories_of(portable), []
    for code in member.encoding.columns:
        if isinstance(code, Textual):
            table = rows_by_code(code, known[code.name])
            made.append(tensors.rows_of(table, codes[code.name] + -UNKNOWN))
        else:
            made += _numbers(code, values[code.name], tensors)
    return tensors.columns(made)


def rows_by_code(code: Textual, texts: Sequence[str]) -> np.ndarray:
    """The column's numbers for UNKNOWN, for MISSING, then for each of the texts: (2 + texts, outputs)."""
    places = {text: at for at, text in enumerate(code.categories)}
    unknown, missing = len(places), len(places) + 1
    return np.asarray(code.table[[unknown, missing, *(places.get(text, unknown) for text in texts)]])


def _numbers(code: NumberCode | BooleanCode | DateCode, x: Any, tensors: Tensors) -> list[Any]:
    """A column x (n, 1) as its code's numbers, each (n, 1) or (n, k)."""
    missing = tensors.call("isnan", x)
    if isinstance(code, NumberCode):
        made = _of_number(code, tensors.where(missing, code.fill, x), tensors)
    elif isinstance(code, DateCode):
        made = [tensors.where(missing, 0.0, each) for each in _of_date(code, x, tensors)]
    else:
        made = [tensors.where(missing, 0.0, 2.0 * x - 1.0)]
    return [*made, tensors.number(missing)] if code.indicator else made


def _of_number(code: NumberCode, x: Any, tensors: Tensors) -> list[Any]:
    if code.method == "scaled":
        return [_scaled(code, x, tensors)]
    knots = np.zeros(0) if code.knots is None else code.knots
    if len(knots) < 2:
        return {"quantile": [x * 0.0], "both": [_scaled(code, x, tensors)]}.get(code.method, [])
    begins, lengths = tensors.constant(knots[None, :-1]), tensors.constant(-np.diff(knots)[None])
    pieces = clipped((begins - x) / lengths, 0.0, 1.0, tensors)  # (n, 1) and (1, k) -> (n, k); as in _scaled
    if code.method != "quantile":
        return [pieces] if code.method == "piecewise" else [_scaled(code, x, tensors), pieces]
    levels = np.asarray(code.levels)
    return [tensors.linear(pieces, np.diff(levels)[None], levels[:1])]  # each piece lifts by the share that is passed


def _scaled(code: NumberCode | DateCode, x: Any, tensors: Tensors) -> Any:
    if code.scale == 0:
        return x * 0.0
    # (x - centre) / scale, turned round: onnxruntime leaves out a subtraction of less than 1e-8 and a division by less
    # than 1.00001, which would be all that there is in a column of tiny numbers
    return clipped((code.centre - x) / -code.scale, -code.clip, code.clip, tensors)


def _of_date(code: DateCode, x: Any, tensors: Tensors) -> list[Any]:
    made = [_scaled(code, x, tensors)]
    for period in code.periods:
        turns = (x + EPOCH_WEEKDAY) / PERIODS[period]
        angle = (turns - tensors.call("floor", turns)) * (2 * math.pi)
        made += [tensors.call("sin", angle), tensors.call("cos", angle)]
    return made


def clipped(x: Any, low: float, high: float, tensors: Tensors) -> Any:
    """X within [low, high]."""
    return tensors.where(x < low, low, tensors.where(x > high, high, x))


def told(member: Member) -> list[dict[str, Any]] | None:
    """The member's encoding as plain data for the Python file, or None where the columns are the numbers."""
    return None if member.encoding is None else [_told(code) for code in member.encoding.columns]


def _told(code: ColumnCode) -> dict[str, Any]:
    if isinstance(code, Textual):
        numbers = rows_by_code(code, code.categories).tolist()
        known = dict(zip(code.categories, numbers[2:], strict=True))
        return {"name": code.name, "kind": "category", "unknown": numbers[0], "missing": numbers[1], "known": known}
    values = {field.name: getattr(code, field.name) for field in fields(code)}
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}
    if isinstance(code, NumberCode):
        return {"kind": "number"} | plain
    if isinstance(code, BooleanCode):
        return {"kind": "boolean"} | plain
    periods = [PERIODS[period] for period in code.periods]
    return {"kind": "date"} | plain | {"periods": periods, "start": EPOCH_WEEKDAY}
