"""One column in numbers: its range, its distribution by class, and its AUC."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS, ColumnKind
from separatrix.data.kinds.number import number_text
from separatrix.data.splits import draw_folds
from separatrix.evaluation.overview._records import ColumnView, Spread

if TYPE_CHECKING:
    import polars

    from separatrix.data.dependence import RowDependence


BARS = 20  # of a histogram of numbers or dates
MOST_VALUES = 10  # of a category that get a bar of their own; the others share one


def as_text(value: Any) -> str:
    """A value as people write it: numbers with four digits and whole ones without a point, dates without midnight.

    >>> as_text(3.0), as_text(0.1234567), as_text(125600.25), as_text(True)
    ('3', '0.1235', '125600', 'True')
    """
    if isinstance(value, float):
        return number_text(value)
    return str(value).removesuffix(" 00:00:00")


def view(column: polars.Series, kind: str, y: np.ndarray, folds: np.ndarray) -> ColumnView:
    """The summary of one column.

    Args:
        column: (n,), in the type of its kind.
        kind: name of its kind.
        y: labels 0 and 1, (n,) int64.
        folds: fold of each row, (n,) int64.
    """
    present = column.drop_nulls()
    low = middle = high = ""
    if KINDS[kind].ordered:
        if len(present):
            low, middle, high = (as_text(value) for value in (present.min(), present.median(), present.max()))
        spread = _histogram(column, KINDS[kind], y)
    else:
        spread = _values(column, y)
    auc = alone(*bins_of(column, kind), y, folds)
    return ColumnView(column.name, kind, column.null_count(), present.n_unique(), low, middle, high, spread, auc)


def _histogram(column: polars.Series, kind: ColumnKind, y: np.ndarray) -> Spread:
    """Bars between the 1st and 99th percentile of an ordered column; the bars at the ends hold the rest."""
    numbers = kind.numbers(column)
    present = ~np.isnan(numbers)
    values = numbers[present]
    if not len(values):
        return Spread((), np.zeros((0, 2), np.int64))
    distinct = np.unique(values)
    if len(distinct) <= BARS:  # each value its own bar
        bar, labels = np.searchsorted(distinct, values), kind.labels(distinct)
    else:
        low, high = np.quantile(values, (0.01, 0.99))
        if low == high:  # nearly all rows have one value
            low, high = float(values.min()), float(values.max())
        edges = np.linspace(low, high, BARS + 1)
        bar = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BARS - 1)
        ends = kind.labels(np.array([values.min(), *edges[1:-1], values.max()]))
        labels = [f"{start} to {end}" for start, end in pairwise(ends)]
    counts = np.bincount(2 * bar + y[present], minlength=2 * len(labels)).reshape(-1, 2)
    return Spread(tuple(labels), counts)


def _values(column: polars.Series, y: np.ndarray) -> Spread:
    """The most frequent values, and one bar for all others."""
    import polars

    both = polars.DataFrame({"value": column.cast(polars.String), "y": y}).drop_nulls()
    table = (
        both.group_by("value")
        .agg(polars.len().alias("n"), polars.col("y").sum())
        .sort(["n", "value"], descending=[True, False])
    )
    counts = np.column_stack([(table["n"] - table["y"]).to_numpy(), table["y"].to_numpy()]).astype(np.int64)
    labels = table["value"].to_list()
    if len(labels) <= MOST_VALUES + 1:
        return Spread(tuple(labels), counts)
    rest = counts[MOST_VALUES:].sum(0, keepdims=True)
    remainder = f"{len(labels) - MOST_VALUES:,} others"
    return Spread((*labels[:MOST_VALUES], remainder), np.concatenate([counts[:MOST_VALUES], rest]), shared=True)


# How well one column alone parts two classes: counts of its values in other rows, cross-validated.


BINS = 32
ROWS_OF_BIN = 8  # at least; so a table of 80 rows gets 10 bins
FOLDS = 5


def folds_of(y: np.ndarray, seed: int = 0, dependence: RowDependence | None = None) -> np.ndarray:
    """Which of up to 5 folds each row belongs to, each class spread evenly: (n,) int64.

    Of a class with fewer rows there are as many folds as rows, at least one. Groups and equal times stay together.
    """
    if dependence is not None:
        return dependence.fold_numbers(y, FOLDS, seed)
    fewest = max(1, min(FOLDS, int(np.bincount(y, minlength=2).min())))
    return draw_folds(y, fewest, np.random.default_rng(seed))


def bins_of(column: polars.Series, kind: str) -> tuple[np.ndarray, int]:
    """A number for each row's value, (n,) int64, and how many there are; a missing value has the last one.

    >>> import polars
    >>> bins_of(polars.Series(["b", "a", None, "b"]), "category")
    (array([1, 0, 2, 1]), 3)
    """
    missing = column.is_null().to_numpy()
    codes = np.zeros(len(column), np.int64)
    present = column.drop_nulls()
    if KINDS[kind].ordered:
        values = KINDS[kind].numbers(present)
        steps = np.linspace(0, 1, max(2, min(BINS, len(values) // ROWS_OF_BIN)) + 1)[1:-1]
        # "lower" takes values that occur, so that equal values share a bin
        edges = np.unique(np.quantile(values, steps, method="lower")) if len(values) else values
        codes[~missing] = np.searchsorted(edges, values)
        size = len(edges) + 1
    else:
        codes[~missing] = present.rank("dense").to_numpy().astype(np.int64) - 1
        size = int(codes.max(initial=-1)) + 1
    codes[missing] = size
    return codes, size + 1


def alone(codes: np.ndarray, size: int, y: np.ndarray, folds: np.ndarray) -> float:
    """The AUC of a column, each row scored by the rows of the other folds: in about [0.4, 1], 0.5 without information.

    Args:
        codes: of the values, (n,) in [0, size).
        size: how many there are.
        y: labels, (n,).
        folds: of the rows, (n,); with a single fold the answer is NaN.

    Examples:
        >>> y = np.array([0, 1] * 20)
        >>> alone(y, 2, y, folds_of(y)), alone(np.zeros(40, int), 1, y, folds_of(y))
        (1.0, 0.5)
    """
    f = int(folds.max()) + 1
    if f < 2:
        return float("nan")
    counts = np.bincount((folds * size + codes) * 2 + y, minlength=f * size * 2).reshape(f, size, 2)
    rest = counts.sum(0) - counts  # (f, size, 2): the same value in the other folds
    share = (rest[..., 1] + y.mean()) / (rest.sum(-1) + 1)  # smoothed by one row, so that no share is 0 / 0
    return _auc(share.ravel(), counts.reshape(-1, 2))


def _auc(score: np.ndarray, counts: np.ndarray) -> float:
    """The area under the ROC curve of groups of rows with equal scores: score (g,), counts (g, 2)."""
    _, place = np.unique(score.round(12), return_inverse=True)
    zeros, ones = (np.bincount(place, counts[:, label]) for label in (0, 1))
    below = np.cumsum(zeros) - zeros / 2
    return float((below * ones).sum() / (zeros.sum() * ones.sum()))
