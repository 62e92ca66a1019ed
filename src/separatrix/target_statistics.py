"""Columns of many categories as one number each: how often the rows of a category are of the second class.

The mean of a category is drawn towards the overall one as if `smoothing` more rows of that were in it (Micci-Barreca
2001). A row's own label must not be in its number, or training learns to read it there: for training rows each number
comes from the other folds alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from separatrix.codes import TargetCode, places

if TYPE_CHECKING:
    import polars


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


def folds(y: np.ndarray, count: int, stream: np.random.Generator) -> np.ndarray:
    """A fold for every row, of each label alike: (n,) int64."""
    fold = np.empty(len(y), np.int64)
    for label in np.unique(y):
        rows = stream.permutation(np.flatnonzero(y == label))
        fold[rows] = np.arange(len(rows)) % count
    return fold


def _means(at: np.ndarray, known: int, targets: Targets) -> np.ndarray:
    """Smoothed means by place, those of the unknown and of the missing last: (known + 2,)."""
    mass = np.bincount(at, targets.weight, known + 2)
    total = np.bincount(at, targets.weight * targets.y, known + 2)
    overall, smoothing = targets.mean, max(targets.smoothing, np.finfo(np.float64).tiny)
    return np.asarray((total + smoothing * overall) / (mass + smoothing))
