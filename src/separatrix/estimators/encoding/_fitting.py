"""How the code of each column is learnt from its values and their weights.

A quantile here is the smallest value that has at least that share of the weight at or below it, so a weight of k gives
the very number that k copies of the row give.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from separatrix.estimators.encoding.column import (
    DAY,
    PERIODS,
    BooleanCode,
    CategoryCode,
    DateCode,
    NumberCode,
    TargetCode,
    places,
)

if TYPE_CHECKING:
    import polars

QUARTILES = np.array([0.25, 0.5, 0.75])
NORMAL_IQR = 1.3489795003921634  # of a normal distribution with standard deviation 1: 2 Φ⁻¹(3/4)
COLUMNS_AT_ONCE = 8_000_000  # numbers sorted in one go: 64 MB
MANY = 5_000  # rows from which a few places are found faster than all are sorted
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class NumberSettings:
    """How columns of numbers are coded.

    Attributes:
        method: "robust", "standard", "quantile", "piecewise" or "both", which is the first and the last of these.
        pieces: between how many knots and one more, for the last three.
        clip: the largest absolute number that comes out of the first two.
        indicator: whether a missing value is told: "auto" where some are missing in training.
    """

    method: str
    pieces: int
    clip: float
    indicator: bool | str


def quantiles(table: np.ndarray, weight: np.ndarray | None, levels: np.ndarray) -> np.ndarray:
    """Quantiles of every row of table (d, n), NaN left out: (d, levels); NaN where a row has no number.

    Examples:
        >>> quantiles(np.array([[3.0, 1, 2, np.nan]]), None, np.array([0.5])).tolist()
        [[2.0]]
        >>> quantiles(np.array([[1.0, 2, 3]]), np.array([5.0, 1, 1]), np.array([0.5])).tolist()
        [[1.0]]
    """
    found = np.empty((len(table), len(levels)))
    step = max(1, COLUMNS_AT_ONCE // max(1, table.shape[1]))
    for first in range(0, len(table), step):
        part = slice(first, first + step)
        found[part] = _plain(table[part], levels) if weight is None else _weighted(table[part], weight, levels)
    return found


def _plain(table: np.ndarray, levels: np.ndarray) -> np.ndarray:
    count = table.shape[1] - np.isnan(table).sum(axis=1, keepdims=True)
    place = np.clip(np.ceil(levels * count).astype(np.int64) - 1, 0, np.maximum(count - 1, 0))
    if table.shape[1] > MANY and count.min() == table.shape[1]:  # the same places in every row: no need to sort
        return np.array([_placed(row.copy(), np.unique(place[0]))[place[0]] for row in table])
    return np.take_along_axis(np.sort(table, axis=1), place, axis=1)  # NaN last


def _placed(row: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The row, changed so that at these places, (k,) increasing, stands what would stand there if it were sorted.

    One place at a time, each in what the one before left open: NumPy has vector instructions for a single place alone.
    """
    if len(places):
        middle = len(places) // 2
        at = places[middle]
        row.partition(at)
        _placed(row[:at], places[:middle])
        _placed(row[at + 1 :], places[middle + 1 :] - at - 1)
    return row


def _weighted(table: np.ndarray, weight: np.ndarray, levels: np.ndarray) -> np.ndarray:
    found = np.full((len(table), len(levels)), np.nan)
    for k, row in enumerate(table):
        kept = np.flatnonzero(~np.isnan(row))
        if len(kept):
            order = kept[np.argsort(row[kept], kind="stable")]
            reached = np.cumsum(weight[order])
            place = np.searchsorted(reached, levels * reached[-1])
            found[k] = row[order[np.minimum(place, len(order) - 1)]]
    return found


def number_codes(
    names: list[str], table: np.ndarray, weight: np.ndarray | None, settings: NumberSettings
) -> list[NumberCode]:
    """Codes of columns of numbers, given as rows of table (d, n) float64 with NaN for missing."""
    missing = np.isnan(table).any(axis=1)
    told = missing if settings.indicator == "auto" else np.full(len(table), bool(settings.indicator))
    levels = np.linspace(0, 1, settings.pieces + 1)
    if settings.method in ("quantile", "piecewise"):
        medians = np.nan_to_num(quantiles(table, weight, np.array([0.5])))[:, 0]
        knots = quantiles(table, weight, levels)
        return [
            _knotted(name, settings.method, float(medians[k]), knots[k], levels, bool(told[k]))
            for k, name in enumerate(names)
        ]
    scaled = _scaled_codes(names, table, weight, settings, told)
    if settings.method != "both":
        return scaled
    knots = quantiles(table, weight, levels)
    return [replace(code, method="both", knots=_distinct(row)) for code, row in zip(scaled, knots, strict=True)]


def _scaled_codes(
    names: list[str], table: np.ndarray, weight: np.ndarray | None, settings: NumberSettings, told: np.ndarray
) -> list[NumberCode]:
    """Codes by centre and scale; told: which columns have an indicator, (d,)."""
    first, median, third = np.nan_to_num(quantiles(table, weight, QUARTILES)).T
    varying, standard = _varies(table), settings.method == "standard"
    centre, scale = median, _spread(first, third)
    for k in np.flatnonzero(varying) if standard else np.flatnonzero(varying & (scale == 0)):
        mean, deviation = moments(table[k], weight)
        centre[k], scale[k] = (mean if standard else centre[k]), deviation
    return [
        NumberCode(
            name, fill=float(centre[k]), centre=float(centre[k]), scale=float(scale[k]) if varying[k] else 0.0,
            clip=settings.clip, indicator=bool(told[k]),
        )
        for k, name in enumerate(names)
    ]  # fmt: skip  # one call


def _varies(table: np.ndarray) -> np.ndarray:
    """Whether a row holds two different numbers, (d,)."""
    low, high = np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)  # which leave NaN out
    return np.asarray(low < high)


def _spread(first: np.ndarray, third: np.ndarray) -> np.ndarray:
    """The standard deviation that a normal distribution with these quartiles would have, finite."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum((third - first) / NORMAL_IQR, LARGEST))


def moments(row: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Mean and standard deviation of the numbers that aren't NaN, without overflow."""
    kept = ~np.isnan(row)
    share = np.ones(int(kept.sum())) if weight is None else weight[kept]
    share = share / share.sum()
    largest = float(np.abs(row[kept]).max()) or 1.0
    unit = row[kept] / largest
    mean = float(share @ unit)
    deviation = float(np.sqrt(share @ (unit - mean) ** 2))
    return mean * largest, min(deviation * largest, LARGEST)


def _knotted(name: str, method: str, fill: float, knots: np.ndarray, levels: np.ndarray, indicator: bool) -> NumberCode:
    """Equal knots are one, at the mean of their levels; levels go from -√3 to √3, which has variance 1."""
    if method == "piecewise":
        return NumberCode(name, method, fill, knots=_distinct(knots), indicator=indicator)
    kept, place = np.unique(knots[~np.isnan(knots)], return_inverse=True)
    level = np.bincount(place, levels[: len(place)]) / np.maximum(np.bincount(place), 1)
    return NumberCode(name, method, fill, knots=kept, levels=np.sqrt(3) * (2 * level - 1), indicator=indicator)


def _distinct(knots: np.ndarray) -> np.ndarray:
    """The knots of a column, increasing: equal ones are one, NaN none."""
    found: np.ndarray = np.unique(knots[~np.isnan(knots)])
    return found


def boolean_code(column: polars.Series, settings: NumberSettings) -> BooleanCode:
    """The code of a column of booleans."""
    return BooleanCode(column.name, _indicated(column, settings))


def date_code(column: polars.Series, weight: np.ndarray | None, settings: NumberSettings) -> DateCode:
    """The code of a column of dates: the periods that it spans, and the time of day if it has one."""
    time = times(column)
    if np.isnan(time).all():
        return DateCode(column.name, scale=0.0, indicator=_indicated(column, settings))
    (code,) = number_codes([column.name], time[None], weight, NumberSettings("robust", 2, settings.clip, False))
    seen = time[~np.isnan(time)]
    span = float(np.ptp(seen))
    periods = [name for name in ("week", "year") if span >= PERIODS[name] / 2]
    if (seen % DAY != 0).any():
        periods.insert(0, "day")
    return DateCode(
        column.name, code.centre, code.scale, code.clip, tuple(periods), indicator=_indicated(column, settings)
    )


def times(column: polars.Series) -> np.ndarray:
    """Microseconds since 1970, (n,) float64, NaN where missing."""
    import polars

    return column.dt.epoch("us").cast(polars.Float64).fill_null(float("nan")).to_numpy()


def category_code(
    column: polars.Series, weight: np.ndarray | None, settings: NumberSettings, most: int
) -> CategoryCode:
    """The code of a column of few categories; of many, the heaviest `most`."""
    texts, mass = masses(column, weight)
    if len(texts) > most:
        heaviest = np.lexsort((np.arange(len(texts)), -mass))[:most]
        texts = [texts[k] for k in sorted(heaviest)]
    return CategoryCode(column.name, tuple(texts), _indicated(column, settings))


def masses(column: polars.Series, weight: np.ndarray | None) -> tuple[list[str], np.ndarray]:
    """The texts in a column, sorted, and the weight of the rows that hold each."""
    import polars

    frame = polars.DataFrame({"text": column, "mass": np.ones(len(column)) if weight is None else weight})
    found = frame.drop_nulls("text").group_by("text").agg(polars.col("mass").sum()).sort("text")
    return found["text"].to_list(), found["mass"].to_numpy()


def _indicated(column: polars.Series, settings: NumberSettings) -> bool:
    return column.null_count() > 0 if settings.indicator == "auto" else bool(settings.indicator)


# Columns of many categories as one number each: how often the rows of a category are of the second class.


@dataclass(frozen=True, eq=False)
class Targets:
    """The labels that statistics are of.

    Attributes:
        y: (n,) float64.
        weight: (n,) float64.
        smoothing: rows of the overall mean that every category is given.
    """

    y: np.ndarray
    weight: np.ndarray
    smoothing: float

    def take(self, rows: np.ndarray) -> Targets:
        """These rows alone."""
        return replace(self, y=self.y[rows], weight=self.weight[rows])

    @property
    def mean(self) -> float:
        """Over all rows."""
        return float(self.weight @ self.y / self.weight.sum())

    @property
    def deviation(self) -> float:
        """Over all rows; 1 where there is none."""
        share = self.weight / self.weight.sum()
        found = float(np.sqrt(share @ (self.y - self.mean) ** 2))
        return found if found > 0 else 1.0


def fit_target(column: polars.Series, targets: Targets, *, indicator: bool) -> TargetCode:
    """The code of a text column: how far a category's smoothed mean is from that of all, in standard deviations of y.

    Not scaled to variance 1: a column that says little should stay small, and smoothing is what makes it so.
    """
    texts = tuple(column.drop_nulls().unique().sort().to_list())
    scaled = (_means(places(column, texts), len(texts), targets) - targets.mean) / targets.deviation
    return TargetCode(column.name, texts, scaled[:-2], float(scaled[-2]), float(scaled[-1]), indicator)


def cross_fitted(column: polars.Series, code: TargetCode, targets: Targets, fold: np.ndarray) -> np.ndarray:
    """What the code gives for its own training rows, each by the other folds: (n,) float64. fold: (n,) from 0."""
    at, known = places(column, code.categories), len(code.categories)
    found = np.zeros(len(at))
    for k in range(int(fold.max()) + 1):
        own, others = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        if len(others):
            rest = targets.take(others)
            found[own] = (_means(at[others], known, rest)[at[own]] - rest.mean) / targets.deviation
    return found


def _means(at: np.ndarray, known: int, targets: Targets) -> np.ndarray:
    """Smoothed means by place, those of the unknown and of the missing last: (known + 2,)."""
    mass = np.bincount(at, targets.weight, known + 2)
    total = np.bincount(at, targets.weight * targets.y, known + 2)
    overall, smoothing = targets.mean, max(targets.smoothing, np.finfo(np.float64).tiny)
    return np.asarray((total + smoothing * overall) / (mass + smoothing))
