"""Quantiles and moments of columns of numbers, with weights and missing values.

A quantile here is the smallest value that has at least that share of the weight at or below it (the inverted distribution
function), so a weight of k gives the very number that k copies of the row give.
"""

from __future__ import annotations

import numpy as np

COLUMNS_AT_ONCE = 8_000_000  # numbers sorted in one go: 64 MB
MANY = 5_000  # rows from which selecting a few ranks is faster than sorting all
LARGEST = float(np.finfo(np.float64).max)
QUARTILES = np.array([0.25, 0.5, 0.75])
NORMAL_IQR = 1.3489795003921634  # of a normal distribution with standard deviation 1: 2 Φ⁻¹(3/4)


def quantiles(table: np.ndarray, weight: np.ndarray | None, levels: np.ndarray) -> np.ndarray:
    """Quantiles of every row of a table, NaN left out: NaN where a row has no number.

    Args:
        table: (d, n) float64, a column of the data in each row.
        weight: (n,) float64, or None for equal weights.
        levels: (l,) in [0, 1], increasing.

    Returns:
        (d, l) float64.

    Examples:
        >>> quantiles(np.array([[3.0, 1, 2, np.nan]]), None, np.array([0.5])).tolist()
        [[2.0]]
        >>> quantiles(np.array([[1.0, 2, 3]]), np.array([5.0, 1, 1]), np.array([0.5])).tolist()
        [[1.0]]
    """
    values = np.empty((len(table), len(levels)))
    step = max(1, COLUMNS_AT_ONCE // max(1, table.shape[1]))
    for first in range(0, len(table), step):
        rows = slice(first, first + step)
        values[rows] = _unweighted(table[rows], levels) if weight is None else _weighted(table[rows], weight, levels)
    return values


def _unweighted(table: np.ndarray, levels: np.ndarray) -> np.ndarray:
    count = table.shape[1] - np.isnan(table).sum(axis=1, keepdims=True)
    # rank ⌈p n⌉ from 1, which is p n ≤ rank for the first time; level 0 has the first as well
    rank = np.clip(np.ceil(levels * count).astype(np.int64) - 1, 0, np.maximum(count - 1, 0))
    if table.shape[1] > MANY and count.min() == table.shape[1]:  # the same ranks in every row: no need to sort
        # a copy, for partition reorders in place and the table is the caller's
        return np.array([_select(row.copy(), np.unique(rank[0]))[rank[0]] for row in table])
    return np.take_along_axis(np.sort(table, axis=1), rank, axis=1)  # NaN last


def _select(row: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """The row, reordered so that at each of these ranks, (k,) increasing, stands what sorting would put there.

    One rank at a time, each within what the one before left open: NumPy has vector instructions for a single rank alone.
    """
    if len(ranks):
        middle = len(ranks) // 2
        rank = ranks[middle]
        row.partition(rank)
        _select(row[:rank], ranks[:middle])
        _select(row[rank + 1 :], ranks[middle + 1 :] - rank - 1)
    return row


def _weighted(table: np.ndarray, weight: np.ndarray, levels: np.ndarray) -> np.ndarray:
    values = np.full((len(table), len(levels)), np.nan)
    for k, row in enumerate(table):
        present = np.flatnonzero(~np.isnan(row))
        if len(present):
            # stable: the weights of equal values are always added up in the same order
            order = present[np.argsort(row[present], kind="stable")]
            reached = np.cumsum(weight[order])
            index = np.searchsorted(reached, levels * reached[-1])
            # rounding in the sum can put the last level behind the last row
            values[k] = row[order[np.minimum(index, len(order) - 1)]]
    return values


def moments(row: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Mean and standard deviation of the numbers that aren't NaN, without overflow.

    >>> moments(np.array([1.0, 3.0, np.nan]), None)
    (2.0, 1.0)
    """
    present = ~np.isnan(row)
    share = np.ones(int(present.sum())) if weight is None else weight[present]
    share = share / share.sum()
    # in units of the largest number, whose square could overflow
    largest = float(np.abs(row[present]).max()) or 1.0
    unit = row[present] / largest
    mean = float(share @ unit)
    deviation = float(np.sqrt(share @ (unit - mean) ** 2))
    return mean * largest, min(deviation * largest, LARGEST)


def centre_and_scale(table: np.ndarray, weight: np.ndarray | None, *, robust: bool) -> tuple[np.ndarray, np.ndarray]:
    """Location and spread of every row of a table; a spread of 0 for a row that doesn't vary.

    Args:
        table: (d, n) float64, a column of the data in each row, NaN where missing.
        weight: (n,) float64, or None for equal weights.
        robust: whether by median and quartiles rather than by mean and standard deviation.

    Returns:
        Centre and scale, each (d,) float64 and finite.
    """
    # a column without any value gets 0 for all three, and below a scale of 0
    first, centre, third = np.nan_to_num(quantiles(table, weight, QUARTILES)).T
    low, high = np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)  # which leave NaN out
    varying = np.asarray(low < high)
    with np.errstate(over="ignore"):  # the deviation that a normal distribution with these quartiles would have
        scale = np.minimum((third - first) / NORMAL_IQR, LARGEST)
    # where more than half of the rows have one value, the quartiles say nothing of the others
    for k in np.flatnonzero(varying & (scale == 0)) if robust else np.flatnonzero(varying):
        mean, scale[k] = moments(table[k], weight)
        centre[k] = centre[k] if robust else mean
    return centre, np.where(varying, scale, 0.0)


def knots_between(row: np.ndarray, weight: np.ndarray | None, pieces: int) -> np.ndarray:
    """Knots that cut a column into pieces of about equal weight, however many of its rows have the same value.

    Quantiles alone fall together where many rows share a value: of a count that is 0 in most rows they leave a single
    piece for all others. So a value that several quantiles name gets one knot, and the knots that this saves are
    quantiles of the remaining rows, as in the bins of LightGBM (Ke et al. 2017). Between a frequent value and the next knot
    there is then a piece of its own, a step wherever values are whole numbers.

    Args:
        row: (n,) float64, NaN where missing.
        weight: (n,) float64, or None for equal weights.
        pieces: their largest number.

    Returns:
        (k,) float64, increasing, with the smallest and the largest value; empty if there is no value.

    Examples:
        >>> row = np.array([0.0] * 90 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        >>> distinct_knots(quantiles(row[None], None, np.linspace(0, 1, 5))[0], np.linspace(0, 1, 5))[0].tolist()
        [0.0, 10.0]
        >>> knots_between(row, None, 4).tolist()
        [0.0, 1.0, 4.0, 7.0, 10.0]
    """
    present = ~np.isnan(row)
    rest, share = row[present], None if weight is None else weight[present]
    frequent: list[np.ndarray] = []
    room = pieces + 1
    while len(rest) and room > 0:
        # a single knot is the largest value, without which the last piece would have no end
        levels = np.linspace(0, 1, room) if room > 1 else np.ones(1)
        knots, count = np.unique(quantiles(rest[None], share, levels)[0], return_counts=True)
        if not (count > 1).any():
            return np.unique(np.concatenate([*frequent, knots]))
        tied = knots[count > 1]
        frequent.append(tied)
        room -= len(tied)
        others = ~np.isin(rest, tied)
        rest, share = rest[others], None if share is None else share[others]
    return np.unique(np.concatenate(frequent)) if frequent else np.zeros(0)


def distinct_knots(knots: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of a column as increasing knots: equal ones are one, at the mean of their levels; NaN is left out.

    Args:
        knots: (l,) float64, not decreasing.
        levels: (l,) float64, of which they are the quantiles.

    Returns:
        Knots and their levels, each (k,) float64.

    Examples:
        >>> knots, level = distinct_knots(np.array([1.0, 1.0, 4.0]), np.array([0.0, 0.5, 1.0]))
        >>> knots.tolist(), level.tolist()
        ([1.0, 4.0], [0.25, 1.0])
    """
    distinct, index = np.unique(knots[~np.isnan(knots)], return_inverse=True)
    level = np.bincount(index, levels[: len(index)]) / np.maximum(np.bincount(index), 1)
    return distinct, level
