"""The code of one column: how it becomes numbers, as a fitted record of plain arrays, texts and floats.

A column's numbers depend on that column alone. All arithmetic is float64, so that 1e30 and 1e-30 keep their digits, and
what comes out is finite whatever comes in; the last step rounds to the network's dtype.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

DAY = 86_400e6  # microseconds
PERIODS = {"day": DAY, "week": 7 * DAY, "year": 365.2425 * DAY}  # the Gregorian mean year
EPOCH_WEEKDAY = 3 * DAY  # 1970-01-01 was a Thursday: a week begins on Monday


@dataclass(frozen=True, eq=False)
class NumberCode:
    """A column of numbers.

    Attributes:
        name: of the column.
        method: "scaled", one number (x - centre) / scale within ±clip; "quantile", one number, the level between the
            knots; "piecewise", one number for each piece between two knots: how much of it lies below x, 0 to 1; "both",
            the first and then the pieces.
        fill: what a missing value is taken for, in the column's unit.
        centre, scale, clip: for "scaled". A scale of 0 stands for a constant column, which gives 0.
        knots: (k,) increasing, in the column's unit, for the other two; fewer than 2 give 0 or nothing.
        levels: (k,) for "quantile".
        indicator: whether one more number tells that the value was missing.
    """

    name: str
    method: str = "scaled"
    fill: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    clip: float = 10.0
    knots: np.ndarray | None = None
    levels: np.ndarray | None = None
    indicator: bool = False

    def __post_init__(self) -> None:
        _refuse_infinite_settings(self, "fill", "centre", "scale", "clip")
        if self.method == "scaled" and self.knots is None and self.levels is None:
            return
        knots, levels = _array(self.knots), _array(self.levels)
        fits = {"scaled": True, "quantile": len(levels) == len(knots), "piecewise": True, "both": True}.get(
            self.method, False
        )
        if not (fits and knots.ndim == 1 and (np.diff(knots) > 0).all() and np.isfinite(levels).all()):
            raise InvalidData(
                f"column {self.name!r}: expected a method of scaled, quantile, piecewise or both, increasing knots and for "
                f"each a level, got {shown(self)}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out."""
        made: tuple[str, ...] = (self.name,)
        if self.method in ("piecewise", "both"):
            pieces = tuple(f"{self.name}_piece{at}" for at in range(1, len(_array(self.knots))))
            made = pieces if self.method == "piecewise" else (*made, *pieces)
        return (*made, *_indicator(self))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A Float64 column (n,) -> (n, outputs) float64."""
        return self.encode_numbers(column.fill_null(float("nan")).to_numpy())

    def encode_numbers(self, x: np.ndarray) -> np.ndarray:
        """Numbers (n,) float64 with NaN for missing -> (n, outputs) float64."""
        missing = np.isnan(x)
        x = np.where(missing, self.fill, x)
        ways = {"scaled": self._scaled, "quantile": self._level, "piecewise": self._pieces, "both": self._both}
        made = ways[self.method](x)
        return np.concatenate([made, missing[:, None].astype(np.float64)], axis=1) if self.indicator else made

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        if self.scale == 0:
            return np.zeros((len(x), 1))
        with np.errstate(over="ignore"):  # beyond 1e308 it is infinite, and clipped
            return np.asarray(np.clip((x - self.centre) / self.scale, -self.clip, self.clip))[:, None]

    def _level(self, x: np.ndarray) -> np.ndarray:
        knots, levels = _array(self.knots), _array(self.levels)
        return (np.interp(x, knots, levels) if len(knots) > 1 else np.zeros(len(x)))[:, None]

    def _pieces(self, x: np.ndarray) -> np.ndarray:
        knots = _array(self.knots)
        with np.errstate(over="ignore"):
            made: np.ndarray = np.clip((x[:, None] - knots[:-1]) / np.diff(knots), 0, 1)  # (n, 1), (k - 1,)
        return made

    def _both(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self._scaled(x), self._pieces(x)], axis=1)


@dataclass(frozen=True, eq=False)
class BooleanCode:
    """A column of booleans: 1 for true, -1 for false, 0 where missing.

    Attributes:
        name: of the column.
        indicator: whether one more number tells that the value was missing.
    """

    name: str
    indicator: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out."""
        return (self.name, *_indicator(self))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A Boolean column (n,) -> (n, outputs) float64."""
        missing = column.is_null().to_numpy()
        made = np.where(missing, 0.0, np.where(column.fill_null(False).to_numpy(), 1.0, -1.0))[:, None]
        return np.concatenate([made, missing[:, None].astype(np.float64)], axis=1) if self.indicator else made


@dataclass(frozen=True, eq=False)
class CategoryCode:
    """A column of few categories: a number for each, 1 where it is this one. An unknown one gives 0 everywhere.

    Attributes:
        name: of the column.
        categories: the known texts.
        indicator: whether one more number tells that the value was missing; without it that gives 0 everywhere.
    """

    name: str
    categories: tuple[str, ...]
    indicator: bool = False

    def __post_init__(self) -> None:
        _refuse_odd_categories(self.name, self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out."""
        return (*(f"{self.name}_{text}" for text in self.categories), *_indicator(self))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A String column (n,) -> (n, outputs) float64."""
        return np.asarray(self.table[places(column, self.categories)])

    @property
    def table(self) -> np.ndarray:
        """The numbers of each category, then of an unknown one, then of a missing one: (categories + 2, outputs)."""
        known = len(self.categories)
        made = np.zeros((known + 2, len(self.names)))
        made[:known, :known] = np.eye(known)
        if self.indicator:
            made[-1, -1] = 1
        return made


@dataclass(frozen=True, eq=False)
class TargetCode:
    """A column of many categories: one number, a statistic of the target that was learnt for each of them.

    Attributes:
        name: of the column.
        categories: the known texts.
        values: (categories,) float64, one for each.
        unknown: for a text that isn't known.
        missing: for a missing one.
        indicator: whether one more number tells that the value was missing.
    """

    name: str
    categories: tuple[str, ...]
    values: np.ndarray
    unknown: float = 0.0
    missing: float = 0.0
    indicator: bool = False

    def __post_init__(self) -> None:
        _refuse_odd_categories(self.name, self.categories)
        _refuse_infinite_settings(self, "unknown", "missing")
        if np.shape(self.values) != (len(self.categories),) or not np.isfinite(self.values).all():
            raise InvalidData(
                f"column {self.name!r}: expected a finite value for each category, got {shown(self.values)}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out."""
        return (self.name, *_indicator(self))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A String column (n,) -> (n, outputs) float64."""
        return np.asarray(self.table[places(column, self.categories)])

    @property
    def table(self) -> np.ndarray:
        """The numbers of each category, then of an unknown one, then of a missing one: (categories + 2, outputs)."""
        values = np.array([*self.values, self.unknown, self.missing])[:, None]
        if not self.indicator:
            return values
        missing = np.zeros_like(values)
        missing[-1] = 1
        return np.concatenate([values, missing], axis=1)


@dataclass(frozen=True, eq=False)
class DateCode:
    """A column of dates: the time scaled, and the place in each period as a point on a circle.

    Attributes:
        name: of the column.
        centre, scale, clip: of microseconds since 1970, as for a number; a scale of 0 gives 0.
        periods: names from PERIODS; two numbers each, sine and cosine.
        indicator: whether one more number tells that the value was missing. Everything else then is 0.
    """

    name: str
    centre: float = 0.0
    scale: float = 1.0
    clip: float = 10.0
    periods: tuple[str, ...] = ()
    indicator: bool = False

    def __post_init__(self) -> None:
        _refuse_infinite_settings(self, "centre", "scale", "clip")
        if not set(self.periods) <= PERIODS.keys():
            raise InvalidData(
                f"column {self.name!r}: periods must be of {', '.join(PERIODS)}, got {shown(self.periods)}."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that come out."""
        turns = (f"{self.name}_{period}_{turn}" for period in self.periods for turn in ("sin", "cos"))
        return (self.name, *turns, *_indicator(self))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A Datetime column (n,) -> (n, outputs) float64."""
        missing = column.is_null().to_numpy()
        time = column.dt.epoch("us").fill_null(0).to_numpy().astype(np.float64)
        made = [np.zeros(len(time))]
        if self.scale != 0:
            made = [np.clip((time - self.centre) / self.scale, -self.clip, self.clip)]
        for period in self.periods:
            turns = (time + EPOCH_WEEKDAY) / PERIODS[period]
            angle = 2 * np.pi * (turns - np.floor(turns))
            made += [np.sin(angle), np.cos(angle)]
        table = np.where(missing[:, None], 0.0, np.stack(made, axis=1))
        return np.concatenate([table, missing[:, None].astype(np.float64)], axis=1) if self.indicator else table


ColumnCode = NumberCode | BooleanCode | CategoryCode | TargetCode | DateCode


def places(column: polars.Series, categories: tuple[str, ...]) -> np.ndarray:
    """Each text's place among the known ones, (n,) int64; after them one for the unknown and one for the missing."""
    import polars

    known = len(categories)
    found = (
        column.replace_strict(list(categories), list(range(known)), default=known, return_dtype=polars.Int64)
        if known
        else polars.Series([known] * len(column), dtype=polars.Int64)
    )
    return np.where(column.is_null().to_numpy(), known + 1, found.to_numpy())


def _array(given: np.ndarray | None) -> np.ndarray:
    return np.zeros(0) if given is None else given


def _refuse_infinite_settings(code: Any, *names: str) -> None:
    odd = [name for name in names if not math.isfinite(getattr(code, name))]
    if odd:
        raise InvalidData(f"column {code.name!r}: {odd[0]} must be finite, got {shown(getattr(code, odd[0]))}.")


def _refuse_odd_categories(name: str, categories: tuple[str, ...]) -> None:
    if len(set(categories)) < len(categories) or any(not isinstance(text, str) for text in categories):
        raise InvalidData(f"column {name!r}: categories must be texts, each once, got {shown(categories)}.")


def _indicator(code: Any) -> tuple[str, ...]:
    return (f"{code.name}_missing",) if code.indicator else ()
