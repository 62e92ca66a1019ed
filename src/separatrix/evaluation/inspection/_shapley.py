"""Shapley values of a row's columns: what each column adds to the output, from a background of rows to the row itself.

The value of a set of columns is the mean output over the background rows when these columns are taken from the row and all
others from the background (interventional values: Lundberg & Lee 2017; Janzing, Minorics & Blöbaum 2020). The Shapley value
of a column is what it adds to the value of the columns before it, on average over all orders of the columns; so the
values of all columns add up to the output of the row less the mean output of the background.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import comb

import numpy as np

from separatrix.support.machine import one_blas_thread, usable_cores

BLOCK = 64  # rows at a time: what comes between stays in the processor's cache
NUMBERS_AT_ONCE = 8_000_000  # of all sets of columns of a block, in exact values


@dataclass(frozen=True, eq=False)
class Summand:
    """One summand of an output: `rest(bias + Σ vector of column c)`, so that exchanging a column is one addition.

    Networks have this form, and their vectors are the columns' parts of the first layer's pre-activations. Any other
    function of d columns has it too: with d numbers in each vector, of which one isn't 0.

    Attributes:
        rows: the vectors of the explained rows, (d, n, h).
        background: those of the background rows, (d, b, h).
        bias: (h,).
        rest: (…, h) -> (…,); None for h = 1 and the number itself, a sum over the columns.
    """

    rows: np.ndarray
    background: np.ndarray
    bias: np.ndarray
    rest: Callable[[np.ndarray], np.ndarray] | None = None

    def taken(self, rows: slice) -> Summand:
        """The same summand for some of the explained rows."""
        return Summand(self.rows[:, rows], self.background, self.bias, self.rest)

    def additive(self) -> np.ndarray:
        """The Shapley values of a sum over the columns, (d, n): how far each is from the mean of the background."""
        values: np.ndarray = self.rows[..., 0] - self.background[..., 0].mean(axis=1)[:, None]
        return values


def exact_values(summands: Sequence[Summand]) -> np.ndarray:
    """Shapley values over all sets of columns: (d, n) float64. The work doubles with every column.

    Examples:
        >>> x, b = np.array([[2.0], [3.0]])[:, :, None], np.zeros((2, 1, 1))
        >>> one = np.eye(2)[:, None, :]  # each column a place of its own, the output their product
        >>> exact_values([Summand(x * one, b * one, np.zeros(2), lambda h: h[..., 0] * h[..., 1])]).tolist()
        [[3.0], [3.0]]
    """
    d, n, _ = summands[0].rows.shape
    widest = max(summand.bias.size for summand in summands)
    step = max(1, NUMBERS_AT_ONCE // (2**d * widest))
    values = np.zeros((d, n))

    def explain(rows: slice) -> None:
        for summand in summands:
            values[:, rows] += _exact(summand.taken(rows))

    _over_blocks(explain, n, min(BLOCK, step))
    return values


def _exact(summand: Summand) -> np.ndarray:
    """The Shapley values of one summand, (d, n)."""
    if summand.rest is None:
        return summand.additive()
    d, n, h = summand.rows.shape
    members = (np.arange(2**d)[:, None] >> np.arange(d)) & 1  # (2^d, d), whether a column belongs to a set
    total = np.zeros((2**d, n))
    for k in range(summand.background.shape[1]):
        start = summand.bias + summand.background[:, k].sum(axis=0)
        change = summand.rows - summand.background[:, k, None]  # (d, n, h)
        hidden = members.astype(change.dtype) @ change.reshape(d, n * h)  # (2^d, d) @ (d, n h)
        total += summand.rest(hidden.reshape(2**d, n, h) + start)
    return np.asarray(_set_weights(members) @ total / summand.background.shape[1])


def _set_weights(members: np.ndarray) -> np.ndarray:
    """The factor of each set's value in each column's Shapley value, (d, 2^d)."""
    d, size = members.shape[1], members.sum(axis=1)
    # a set of s columns with the column has 1 / (d C(d-1, s-1)), one without it the negative of 1 / (d C(d-1, s))
    with_it = np.array([0.0, *(1 / (d * comb(d - 1, s - 1)) for s in range(1, d + 1))])
    without = np.array([*(1 / (d * comb(d - 1, s)) for s in range(d)), 0.0])
    weights: np.ndarray = np.where(members.T == 1, with_it[size], -without[size])
    return weights


def sampled_values(summands: Sequence[Summand], repeats: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values from random orders of the columns, each followed by its reverse (antithetic pairs).

    Every background row gets `repeats` pairs. A pair is exact for outputs in which columns interact two at a time
    (Mitchell et al. 2022), so that what is left to chance are interactions of three columns and more.

    Args:
        summands: of the output.
        repeats: number of pairs for each background row; with one, every other one gets a second, to estimate the error.
        seed: of the orders, which are the same for all rows.

    Returns:
        The values, and their standard errors from the spread over the orders, both (d, n) float64.
    """
    d, n, _ = summands[0].rows.shape
    stream = np.random.default_rng(seed)
    counts = [repeats + (repeats == 1 and k % 2 == 0) for k in range(summands[0].background.shape[1])]
    orders = [[stream.permutation(d) for _ in range(count)] for count in counts]
    values, errors = np.zeros((d, n)), np.zeros((d, n))

    def explain(rows: slice) -> None:
        values[:, rows], errors[:, rows] = _sampled([summand.taken(rows) for summand in summands], orders)

    _over_blocks(explain, n, BLOCK)
    return values, errors


def _sampled(summands: Sequence[Summand], orders: list[list[np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    d, n, _ = summands[0].rows.shape
    curved = [summand for summand in summands if summand.rest is not None]
    values, spread = np.zeros((d, n)), np.zeros((d, n))
    for k, own in enumerate(orders):
        pairs = np.array([sum((_pair(summand, k, order) for summand in curved), np.zeros((d, n))) for order in own])
        values += pairs.mean(axis=0) / len(orders)
        # the background is the same for all pairs of one of its rows, so that only the orders differ
        spread += ((pairs - pairs.mean(axis=0)) ** 2).sum(axis=0)
    counts = np.array([len(own) for own in orders])
    variance = spread / (counts - 1).sum()
    for summand in summands:
        if summand.rest is None:
            values += summand.additive()
    return values, np.sqrt(variance * (1 / counts).sum()) / len(orders)


def _pair(summand: Summand, k: int, order: np.ndarray) -> np.ndarray:
    """What each column adds along an order and along its reverse, from background row k: their mean, (d, n)."""
    assert summand.rest is not None
    background = summand.background[:, k]
    hidden = np.empty((len(order) + 1, *summand.rows.shape[1:]), summand.rows.dtype)  # (d + 1, n, h)
    hidden[0] = summand.bias + background.sum(axis=0)
    for step, column in enumerate(order):  # an addition for each step: a cumulative sum over the first axis is slower
        np.add(hidden[step], summand.rows[column] - background[column], out=hidden[step + 1])
    forward = summand.rest(hidden)
    # after k columns of the reverse order, those are in the row that the order has not reached after d - k
    backward = summand.rest((hidden[0] + hidden[-1]) - hidden[1:-1]) if len(order) > 1 else forward[:0]
    backward = np.concatenate([forward[-1:], backward, forward[:1]])
    added = np.empty((len(order), hidden.shape[1]))
    added[order] = 0.5 * (np.diff(forward, axis=0) - np.diff(backward, axis=0))
    return added


def _over_blocks(function: Callable[[slice], None], n: int, step: int) -> None:
    blocks = [slice(first, first + step) for first in range(0, n, step)]
    # NumPy's BLAS would start threads of its own in each of ours
    with one_blas_thread(), ThreadPoolExecutor(usable_cores()) as pool:
        list(pool.map(function, blocks))
