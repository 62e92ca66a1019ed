"""How well one column alone parts two classes: counts of its values in other rows, cross-validated.

The judge is the plainest there is: a row's score is the share of class 1 among the training rows with the same value
(of numbers: in the same of up to 32 bins of equally many rows; no value is a value too). It needs no training, sees any
shape, and gives a column of identifiers nothing, for their values never come again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

BINS = 32
ROWS_OF_BIN = 8  # at least; so a table of 80 rows gets 10 bins
FOLDS = 5


def folds_of(y: np.ndarray, seed: int = 0) -> np.ndarray:
    """Which of up to 5 folds each row belongs to, each class spread evenly: (n,) int64.

    Of a class with fewer rows there are as many folds as rows, at least one.
    """
    rng = np.random.default_rng(seed)
    folds = np.zeros(len(y), np.int64)
    fewest = max(1, min(FOLDS, int(np.bincount(y, minlength=2).min())))
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(y == label))
        folds[rows] = np.arange(len(rows)) % fewest
    return folds


def bins_of(column: polars.Series, kind: str) -> tuple[np.ndarray, int]:
    """A number for each row's value, (n,) int64, and how many there are; a missing value has the last one.

    >>> import polars
    >>> bins_of(polars.Series(["b", "a", None, "b"]), "category")
    (array([1, 0, 2, 1]), 3)
    """
    import polars

    missing = column.is_null().to_numpy()
    codes = np.zeros(len(column), np.int64)
    present = column.drop_nulls()
    if kind in ("number", "date"):
        values = present.cast(polars.Int64 if kind == "date" else polars.Float64).to_numpy()
        steps = np.linspace(0, 1, max(2, min(BINS, len(values) // ROWS_OF_BIN)) + 1)[1:-1]
        edges = np.unique(np.quantile(values, steps, method="lower")) if len(values) else values
        codes[~missing] = np.searchsorted(edges, values)
        size = len(edges) + 1
    else:
        codes[~missing] = present.rank("dense").to_numpy().astype(np.int64) - 1
        size = int(codes.max(initial=-1)) + 1
    codes[missing] = size
    return codes, size + 1


def alone(codes: np.ndarray, size: int, y: np.ndarray, folds: np.ndarray) -> float:
    """The AUC of a column, each row scored by the others: in about [0.4, 1], 0.5 where it says nothing.

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
    others = counts.sum(0) - counts  # (f, size, 2): the same value in the other folds
    share = (others[..., 1] + y.mean()) / (others.sum(-1) + 1)
    return _auc(share.ravel(), counts.reshape(-1, 2))


def _auc(score: np.ndarray, counts: np.ndarray) -> float:
    """The area under the ROC curve of groups of rows with equal scores: score (g,), counts (g, 2)."""
    _, place = np.unique(score.round(12), return_inverse=True)
    zeros, ones = (np.bincount(place, counts[:, label]) for label in (0, 1))
    below = np.cumsum(zeros) - zeros / 2
    return float((below * ones).sum() / (zeros.sum() * ones.sum()))
