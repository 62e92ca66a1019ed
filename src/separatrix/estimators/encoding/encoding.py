"""Encoding: the codes of all columns of a table, in its order, and how they go into a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import ColumnCode, code_classes
from separatrix.data.kinds.number import NumberCode
from separatrix.data.points import fitting
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

BLOCK = 8_192  # rows encoded at a time: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Encoding:
    """All columns' codes, in the table's order.

    Attributes:
        columns: one code a column.

    Examples:
        >>> from separatrix.data.kinds.category import CategoryCode
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
        """Names of the output features, (k,), each of its own."""
        return distinct(name for code in self.columns for name in code.names)

    @property
    def starts(self) -> list[int]:
        """The index of each column's first output feature, and their number, (d + 1,)."""
        return [0, *accumulate(len(code.names) for code in self.columns)]

    def encode(self, frame: polars.DataFrame, dtype: str = "float32") -> np.ndarray:
        """A frame with these columns (and kinds, see `table.matched`) -> (n, k).

        Raises:
            InvalidData: a column that isn't there, or infinite numbers.
        """
        lacking = [code.name for code in self.columns if code.name not in frame.columns]
        if lacking:
            raise InvalidData(f"the table has no column {lacking[0]!r}; expected are {[c.name for c in self.columns]}.")
        encoded: np.ndarray = np.empty((len(frame), self.starts[-1]), dtype)
        # block after block: the columns between stay in the processor's cache
        for first in range(0, len(frame), BLOCK):
            block = frame[first : first + BLOCK]
            blocks = []
            for code in self.columns:
                refuse_infinite(block[code.name], first)
                blocks.append(code.encode(block[code.name]))
            _fill(encoded[first : first + BLOCK], blocks)
        return encoded

    def encode_array(self, x: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Numbers (n, d) with NaN for missing -> (n, k), where every column is one of numbers.

        Raises:
            InvalidData: another width, a column of another kind, or infinite numbers.
        """
        if x.ndim != 2 or x.shape[1] != len(self.columns):
            raise InvalidData(f"expected {len(self.columns)} columns, got an array of shape {x.shape}.")
        encoded: np.ndarray = np.empty((len(x), self.starts[-1]), dtype)
        for first in range(0, len(x), BLOCK):
            blocks = []
            for k, code in enumerate(self.columns):
                if not isinstance(code, NumberCode) or code.kind != "number":
                    raise InvalidData(f"column {code.name!r} isn't one of numbers; give a data frame.")
                blocks.append(code.encode_numbers(x[first : first + BLOCK, k].astype(np.float64)))
            _fill(encoded[first : first + BLOCK], blocks)
        return encoded

    def to_data(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain data, for a model file."""
        arrays: dict[str, np.ndarray] = {}
        records = []
        for k, code in enumerate(self.columns):
            values = {field.name: getattr(code, field.name) for field in fields(code)}  # type: ignore[arg-type]  # all are
            for name in code.array_fields:
                if (array := values.pop(name)) is not None:
                    arrays[f"column{k}.{name}"] = np.asarray(array, np.float64)
            records.append({"kind": code.tag, **values})
        return arrays, {"columns": records}

    @classmethod
    def from_data(cls, arrays: Mapping[str, np.ndarray], data: Mapping[str, Any]) -> Encoding:
        """The encoding that `to_data` wrote.

        Raises:
            InvalidData, KeyError, TypeError: anything else.
        """
        codes, classes = [], code_classes()
        for k, record in enumerate(data["columns"]):
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
            }
            if not isinstance(values["name"], str):
                raise InvalidData(f"a column's name must be text, got {shown(values['name'])}.")
            # fields that are arrays stand beside the data, under the column's number
            code_class, prefix = classes[values.pop("kind")], f"column{k}."
            values |= {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
            codes.append(code_class(**values))
        return cls(tuple(codes))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names, a number added to those that were there before: a column may be called as the output of another.

    Examples:
        >>> distinct(["age", "age_missing", "age_missing", "age_missing_2"])
        ('age', 'age_missing', 'age_missing_3', 'age_missing_2')
    """
    names = tuple(names)
    taken, unique = set(names), []
    seen: set[str] = set()
    for name in names:
        number = 2
        chosen = name
        while chosen in seen or (chosen != name and chosen in taken):
            chosen, number = f"{name}_{number}", number + 1
        seen.add(chosen)
        unique.append(chosen)
    return tuple(unique)


def _fill(rows: np.ndarray, blocks: list[np.ndarray]) -> None:
    """Write the outputs of all columns, each (n, outputs), side by side into rows (n, k), rounded to their dtype."""
    first = 0
    for block in blocks:
        rows[:, first : first + block.shape[1]] = block
        first += block.shape[1]


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


# Encoding a table of numbers all at once: what `Encoding.encode_array` computes column by column, for a row's sake.


AT_ONCE = 4_096  # rows at a time: what comes between stays in the processor's cache


@dataclass(frozen=True, eq=False)
class ScaledNumbers:
    """The codes of d columns of numbers, each (x - centre) / scale within ±clip, as arrays (d,) and computed at once.

    Attributes:
        fill: what replaces a missing value.
        centre: see `separatrix.data.kinds.number.NumberCode`.
        scale: likewise, and 1 for a constant column.
        clip: likewise, and 0 for a constant column, whose number is always 0.
        value_at: where each column's number goes among the outputs, (d,).
        indicated: the columns that have an indicator, (i,).
        indicator_at: where their indicators go, (i,).
        outputs: number of output features.
    """

    fill: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    clip: np.ndarray
    value_at: np.ndarray
    indicated: np.ndarray
    indicator_at: np.ndarray
    outputs: int

    def encode(self, x: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Numbers (n, d) with NaN for missing, none infinite -> (n, outputs)."""
        if len(x) <= AT_ONCE:
            return self._encode(x, dtype)
        encoded: np.ndarray = np.empty((len(x), self.outputs), dtype)
        for first in range(0, len(x), AT_ONCE):
            encoded[first : first + AT_ONCE] = self._encode(x[first : first + AT_ONCE], dtype)
        return encoded

    def _encode(self, x: np.ndarray, dtype: str) -> np.ndarray:
        exact = x.astype(np.float64, copy=False)
        missing = np.isnan(exact)
        if missing.any():
            exact = np.where(missing, self.fill, exact)
        with np.errstate(over="ignore"):  # beyond 1e308 it is infinite, and clipped
            scaled = (exact - self.centre) / self.scale
        np.minimum(np.maximum(scaled, -self.clip, out=scaled), self.clip, out=scaled)
        if self.outputs == len(self.fill):
            return np.asarray(scaled, dtype)
        encoded: np.ndarray = np.empty((len(x), self.outputs), dtype)
        encoded[:, self.value_at] = scaled
        encoded[:, self.indicator_at] = missing[:, self.indicated]
        return encoded


def scaled_numbers(encoding: Encoding | None) -> ScaledNumbers | None:
    """The same encoding as arrays, or None where a column isn't a number that is scaled.

    Examples:
        >>> quick = scaled_numbers(Encoding((NumberCode("age", centre=40.0, scale=20.0, indicator=True),)))
        >>> quick.encode(np.array([[60.0], [np.nan]])).tolist()
        [[1.0, 0.0], [-2.0, 1.0]]
    """
    columns = () if encoding is None else encoding.columns
    codes = [code for code in columns if isinstance(code, NumberCode) and code.kind == "number"]
    if encoding is None or len(codes) < len(encoding.columns) or any(code.method != "scaled" for code in codes):
        return None
    varying = np.array([code.scale != 0 for code in codes])
    starts = np.cumsum([0, *(len(code.names) for code in codes)])
    indicated = np.flatnonzero([code.indicator for code in codes])
    return ScaledNumbers(
        fill=np.array([code.fill for code in codes]),
        centre=np.array([code.centre for code in codes]),
        scale=np.where(varying, [code.scale for code in codes], 1.0),
        clip=np.where(varying, [code.clip for code in codes], 0.0),
        value_at=starts[:-1],
        indicated=indicated,
        indicator_at=starts[:-1][indicated] + 1,
        outputs=int(starts[-1]),
    )


# An encoding applied to whatever columns are given: an array of numbers or a frame, matched by place and kind.


def kinds_of(encoding: Encoding) -> dict[str, str]:
    """The kind of every column that the encoding takes."""
    return {code.name: code.kind for code in encoding.columns}


def encode(encoding: Encoding | None, x: Any, dtype: str) -> np.ndarray:
    """The inputs of a network: an array (n, d) or a frame -> (n, k) of that dtype. Without an encoding, numbers as they are.

    Raises:
        InvalidData: a number too large for the dtype, a value that isn't what its column was in training.
    """
    if encoding is None:
        return fitting(np.asarray(x), dtype)
    if isinstance(x, np.ndarray) and set(kinds_of(encoding).values()) == {"number"}:
        quick = scaled_numbers(encoding)  # the usual case: all columns in one expression
        return encoding.encode_array(x, dtype) if quick is None else quick.encode(x, dtype)
    from separatrix.estimators.encoding._cell_table import CellTable

    if isinstance(x, CellTable):
        return x.encode(encoding.columns, dtype)
    return encoding.encode(matched(encoding, x), dtype)


def matched(encoding: Encoding, x: Any) -> Any:
    """A frame with the encoding's columns and kinds; columns go by their places: their names were checked before."""
    from separatrix.data import table
    from separatrix.data.frames import as_frame

    frame, kinds = as_frame(x), kinds_of(encoding)
    return table.matched(frame.rename(dict(zip(frame.columns, kinds, strict=True))), kinds)
