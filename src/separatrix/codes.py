"""Encoding: the codes of all columns of a table, in its order, and how they go into a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.column_codes import (
    DAY,
    EPOCH_WEEKDAY,
    PERIODS,
    BooleanCode,
    CategoryCode,
    ColumnCode,
    DateCode,
    NumberCode,
    TargetCode,
    places,
)
from separatrix.constraints import shown
from separatrix.errors import InvalidData

if TYPE_CHECKING:
    import polars

__all__ = [
    "DAY", "EPOCH_WEEKDAY", "PERIODS", "BooleanCode", "CategoryCode", "ColumnCode", "DateCode", "Encoding", "NumberCode",
    "TargetCode", "places",
]  # fmt: skip  # an encoding and what it is made of

BLOCK = 8_192  # rows encoded at a time: they stay in the processor's cache
KINDS: dict[str, type[ColumnCode]] = {
    "number": NumberCode,
    "boolean": BooleanCode,
    "category": CategoryCode,
    "target": TargetCode,
    "date": DateCode,
}
ARRAYS = ("knots", "levels", "values")


@dataclass(frozen=True, eq=False)
class Encoding:
    """All columns' codes, in the table's order.

    Attributes:
        columns: one code a column.

    Examples:
        >>> encoding = Encoding((NumberCode("age", centre=40.0, scale=20.0), CategoryCode("city", ("Oslo", "Rome"))))
        >>> encoding.names
        ('age', 'city_Oslo', 'city_Rome')
        >>> import polars
        >>> encoding.encode(polars.DataFrame({"age": [60.0, None], "city": ["Rome", "Bonn"]})).tolist()
        [[1.0, 0.0, 1.0], [-2.0, 0.0, 0.0]]
    """

    columns: tuple[ColumnCode, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out, (k,)."""
        return tuple(name for code in self.columns for name in code.names)

    def encode(self, frame: polars.DataFrame, dtype: str = "float32") -> np.ndarray:
        """A frame with these columns (and kinds, see `table.matched`) -> (n, k).

        Raises:
            InvalidData: a column that isn't there, or infinite numbers.
        """
        lacking = [code.name for code in self.columns if code.name not in frame.columns]
        if lacking:
            raise InvalidData(f"the table has no column {lacking[0]!r}; expected are {[c.name for c in self.columns]}.")
        made: np.ndarray = np.empty((len(frame), len(self.names)), dtype)
        for first in range(0, len(frame), BLOCK):
            block, at = frame[first : first + BLOCK], 0
            for code in self.columns:
                refuse_infinite(block[code.name], first)
                part = code.encode(block[code.name])
                made[first : first + BLOCK, at : at + part.shape[1]] = part
                at += part.shape[1]
        return made

    def encode_array(self, x: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Numbers (n, d) with NaN for missing -> (n, k), where every column is one of numbers.

        Raises:
            InvalidData: another width, a column of another kind, or infinite numbers.
        """
        if x.ndim != 2 or x.shape[1] != len(self.columns):
            raise InvalidData(f"expected {len(self.columns)} columns, got an array of shape {x.shape}.")
        made: np.ndarray = np.empty((len(x), len(self.names)), dtype)
        for first in range(0, len(x), BLOCK):
            at = 0
            for place, code in enumerate(self.columns):
                if not isinstance(code, NumberCode):
                    raise InvalidData(f"column {code.name!r} isn't one of numbers; give a data frame.")
                part = code.encode_numbers(x[first : first + BLOCK, place].astype(np.float64))
                made[first : first + BLOCK, at : at + part.shape[1]] = part
                at += part.shape[1]
        return made

    def to_data(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain data, for a model file."""
        arrays: dict[str, np.ndarray] = {}
        told = []
        for at, code in enumerate(self.columns):
            (kind,) = (name for name, made in KINDS.items() if type(code) is made)
            values = {field.name: getattr(code, field.name) for field in fields(code)}
            own = {name: values.pop(name) for name in ARRAYS if values.get(name) is not None}
            arrays |= {f"column{at}.{name}": np.asarray(array, np.float64) for name, array in own.items()}
            told.append({"kind": kind, **values})
        return arrays, {"columns": told}

    @classmethod
    def from_data(cls, arrays: Mapping[str, np.ndarray], data: Mapping[str, Any]) -> Encoding:
        """The encoding that `to_data` wrote.

        Raises:
            InvalidData, KeyError, TypeError: anything else.
        """
        codes = []
        for at, told in enumerate(data["columns"]):
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
            }
            kind = KINDS[values.pop("kind")]
            start = f"column{at}."
            values |= {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
            codes.append(kind(**values))
        return cls(tuple(codes))


def refuse_infinite(column: polars.Series, first: int = 0) -> None:
    """Refuse a column of numbers that holds an infinity.

    Raises:
        InvalidData: names the column and the first such row.
    """
    if not column.dtype.is_float():
        return
    infinite = column.is_infinite().fill_null(False)
    if infinite.any():
        row = first + int(infinite.arg_max() or 0)
        raise InvalidData(
            f"column {column.name!r} holds {shown(column[row - first])} in row {row}; numbers must be finite, or missing."
        )
