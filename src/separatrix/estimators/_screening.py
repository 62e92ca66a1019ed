"""Screening: which columns of a wide table say anything about the labels, alone or in pairs.

A network of some thousand weights that sees a hundred columns, two of which matter, fits the other ninety-eight. So a
table's columns are tested by the labels of the training rows of a fold, never by those that judge its network. A column
counts if its levels differ in their share of the second class, or if two columns together do: after the additive part is
fitted, the four by four cells of every pair are tested for what is left (as FAST does: Lou et al. 2013, "Accurate
intelligible models with pairwise interactions").
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc  # of scipy.stats alone the import takes half a second

from separatrix.data.kinds.category import CategoryCode
from separatrix.data.kinds.number import NumberCode
from separatrix.data.splits import Fold
from separatrix.estimators._base import Tasks
from separatrix.estimators._cross_fitting import CrossFitting, FittedBaseModel
from separatrix.estimators._rows import Rows
from separatrix.estimators.base_models import BASE_MODELS, SCREENED_FIRST, SCREENED_MODELS, pieces_for
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import Encoding
from separatrix.networks.activations import sigmoid
from separatrix.support.machine import one_blas_thread

LEVELS, PAIR_LEVELS = 8, 4  # into which a column is cut alone, and in a pair
FALSE_ALONE, FALSE_PAIRS = 0.1, 0.05  # share of false discoveries that is tolerated (Benjamini & Hochberg 1995)
FEW, FEWEST_COLUMNS = 1 / 5, 8  # screening is for tables of so many columns, of which at most this share are of use
MOST_ROWS, MOST_ROWS_LEVELLED = 20_000, 30_000  # tested, and cut into levels; more rows would find the same columns
MOST_PAIRED = 256  # columns of which all pairs are tested, those with most evidence alone
MOST_ADDITIVE = 32  # columns of the additive part
COLUMNS_CUT = 256  # that are cut into levels at a time
NEWTON_STEPS, RIDGE = 6, 1.0  # of the additive part: steps, and rows' worth of penalty on every level


def fit_screened(
    cross_fitting: CrossFitting,
    rows: Rows,
    levels: np.ndarray,
    rivals: list[FittedBaseModel],
    tasks: Tasks,
    words: Collection[str] | None,
    seed: int,
) -> Iterator[tuple[FittedBaseModel, Encoding]]:
    """Train base models on the few columns of use, as far as they are better than all rivals on the first folds.

    Args:
        cross_fitting: of the ensemble.
        rows: of the whole table.
        levels: of the first MOST_ROWS_LEVELLED of them, see `levels_of`.
        rivals: the base models on all columns, fitted.
        tasks: scikit-learn's callbacks.
        words: texts that stand for a missing value, or None for the usual ones.
        seed: of the encoder.
    """
    # without rows to judge, nothing would say that the networks on few columns are better
    if cross_fitting.is_over or not np.isfinite(rivals[0].out_of_fold).any():
        return
    table = screened_table(rows, levels, cross_fitting.folds, words, seed)
    if table is None:
        return
    numbered = list(enumerate(SCREENED_MODELS.values(), start=len(BASE_MODELS)))
    # the first are quick to train; where they are of no use, the others aren't tried
    for models in (numbered[:SCREENED_FIRST], numbered[SCREENED_FIRST:]):
        tasks.extend(len(cross_fitting.folds) * len(models))
        any_promising = False
        for model in cross_fitting.fit(models, table.x, table.inputs, rivals):
            any_promising = True
            yield model, table.encoding
        if not any_promising:
            return


@dataclass(frozen=True, eq=False)
class ScreenedTable:
    """A table of which each fold's networks see a few columns.

    Attributes:
        encoding: of all columns, of which those that no fold screened have no outputs, or none that is looked at.
        x: encoded rows, (n, k) float32.
        inputs: for each fold the outputs that its networks are given.
    """

    encoding: Encoding
    x: np.ndarray
    inputs: list[np.ndarray]


def screened_table(
    rows: Rows, levels: np.ndarray, folds: list[Fold], words: Collection[str] | None, seed: int
) -> ScreenedTable | None:
    """The table of the few columns of use; None where there are none, or not few.

    Args:
        rows: of the whole table.
        levels: of the first MOST_ROWS_LEVELLED of them, see `levels_of`.
        folds: of all rows.
        words: texts that stand for a missing value, or None for the usual ones.
        seed: of the encoder.
    """
    columns = screened_columns(levels, folds, rows.y, rows.weight)
    if columns is None:
        return None
    places = np.unique(np.concatenate(columns))
    # as many pieces as so narrow a table would have
    pieces = pieces_for(len(rows), len(places))
    encoder = TableEncoder("both", pieces=pieces, missing_words=words, random_state=seed)

    def narrow(encoding: Encoding) -> Encoding:
        return narrowed(encoding, set(places.tolist()))

    x = encoder._fit_encode(rows.x, rows.y, rows.weight, "float32", rows.dependence, narrow)
    return ScreenedTable(encoder.encoding_, x, [outputs_of(encoder.encoding_, fold) for fold in columns])


def screened_columns(
    levels: np.ndarray, folds: list[Fold], y: np.ndarray, weight: np.ndarray | None
) -> list[np.ndarray] | None:
    """The few columns of use, by the training rows of each fold; None where there are none, or not few.

    Args:
        levels: of the first MOST_ROWS_LEVELLED rows, (l, d).
        folds: of all rows.
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.
    """
    most = int(levels.shape[1] * FEW)
    chosen: list[np.ndarray] = []
    for fold in folds:
        rows = np.arange(len(y))[fold.train]
        rows = rows[rows < len(levels)][:MOST_ROWS]
        of_rows = None if weight is None else weight[rows]
        # the sums of several threads have other last bits
        with one_blas_thread():
            columns = useful_columns(levels[rows], y[rows], of_rows, most)
        # the first fold speaks for all: most tables end here, and the other folds would cost as much again
        if not len(columns) or (not chosen and len(columns) > most):
            return None
        chosen.append(columns[:most])
    return chosen


def narrowed(encoding: Encoding, places: Collection[int]) -> Encoding:
    """The encoding without the numbers of any other columns than those at these places.

    Columns that aren't numbers keep their few outputs: their texts must stay known.
    """
    # pieces without knots: no outputs
    return Encoding(
        tuple(
            type(code)(code.name, method="piecewise") if isinstance(code, NumberCode) and k not in places else code
            for k, code in enumerate(encoding.columns)
        )
    )


def outputs_of(encoding: Encoding, places: np.ndarray) -> np.ndarray:
    """The indices of the outputs of the columns at these places, increasing, (k,) int64."""
    starts = encoding.starts
    return np.concatenate([np.arange(starts[place], starts[place + 1]) for place in np.sort(places)])


def levels_of(encoding: Encoding, x: np.ndarray) -> np.ndarray:
    """Each column in levels of about equal size, and one for missing values; the levels of a category are its texts.

    Args:
        encoding: of the columns.
        x: encoded rows, (n, k).

    Returns:
        (n, d) uint8, each below LEVELS.
    """
    levels = np.zeros((len(x), len(encoding.columns)), np.uint8)
    cut: list[int] = []
    for place, (code, start) in enumerate(zip(encoding.columns, encoding.starts[:-1], strict=True)):
        outputs = x[:, start : start + len(code.names)]
        if isinstance(code, CategoryCode) and outputs.shape[1]:
            levels[:, place] = _by_frequency(outputs)
        elif outputs.shape[1]:
            cut.append(place)
    starts = np.asarray(encoding.starts)
    # a call for each column would cost more than its rows; all columns at once would copy a large table
    for first in range(0, len(cut), COLUMNS_CUT):
        places = np.array(cut[first : first + COLUMNS_CUT])
        levels[:, places] = _by_quantile(x[:, starts[places]])
    for place in cut:
        if encoding.columns[place].indicator:
            levels[x[:, starts[place + 1] - 1] > 0, place] = LEVELS - 1
    return levels


def _by_quantile(values: np.ndarray) -> np.ndarray:
    """The level of each value among those of its column: (n, k) -> (n, k) uint8; ties may leave levels empty."""
    edges = np.quantile(values, np.arange(1, LEVELS - 1) / (LEVELS - 1), axis=0, method="inverted_cdf")
    return np.asarray(sum((values > edge).astype(np.uint8) for edge in edges))


def _by_frequency(outputs: np.ndarray) -> np.ndarray:
    """The rank of each row's category by frequency, the rarest sharing the last level: one-hot (n, c) -> (n,)."""
    order = np.argsort(-outputs.sum(axis=0), kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.minimum(np.arange(len(order)), LEVELS - 2)
    return np.where(outputs.any(axis=1), outputs @ rank, LEVELS - 1).astype(np.uint8)


def useful_columns(
    levels: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, most: int | None = None
) -> np.ndarray:
    """The columns that say something about the labels, those with most evidence first.

    Args:
        levels: of training rows, (n, d) uint8 below LEVELS.
        y: labels 0 and 1, (n,), of both classes.
        weight: weights of the rows, (n,), or None.
        most: where more columns than this count alone, pairs are not looked at.

    Returns:
        Indices of columns, (u,) int64.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> levels = rng.integers(0, LEVELS, (1000, 30)).astype(np.uint8)
        >>> useful_columns(levels, (levels[:, 3] >= 4) ^ (levels[:, 5] >= 4)).tolist()
        [3, 5]
    """
    levels, y = levels[:MOST_ROWS], y[:MOST_ROWS]
    share = np.ones(len(y)) if weight is None else weight[:MOST_ROWS]
    mean = float(share @ y / share.sum())
    evidence = _evidence_alone(levels, share * (y - mean), share * (mean * (1 - mean)))
    alone = _discovered(evidence, FALSE_ALONE)
    order = np.argsort(evidence, kind="stable")
    if most is not None and alone.sum() > most:
        return order[: int(alone.sum())]
    residual, variance = _left_over(levels[:, order[: min(int(alone.sum()), MOST_ADDITIVE)]], y, share, mean)
    paired = np.sort(order[:MOST_PAIRED])
    first, second, joint = _evidence_of_pairs(levels[:, paired], residual, variance)
    for k in np.flatnonzero(_discovered(joint, FALSE_PAIRS)):
        for column in (paired[first[k]], paired[second[k]]):
            evidence[column], alone[column] = min(evidence[column], joint[k]), True
    useful = np.flatnonzero(alone)
    return useful[np.argsort(evidence[useful], kind="stable")]


def _evidence_alone(levels: np.ndarray, residual: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The logarithm of each column's p-value, that its levels don't differ, by a trend or in any way: (d,)."""
    n_columns = levels.shape[1]
    cells = (levels + LEVELS * np.arange(n_columns)).ravel()
    total, spread = (
        np.bincount(cells, np.repeat(values, n_columns), LEVELS * n_columns).reshape(n_columns, LEVELS)
        for values in (residual, variance)
    )
    occupied = (spread > 0).sum(axis=1)
    any_way = (total**2 / np.maximum(spread, 0.5)).sum(axis=1)
    position = np.arange(LEVELS) - (spread @ np.arange(LEVELS) / spread.sum(axis=1))[:, None]
    trend = (total * position).sum(axis=1) ** 2 / np.maximum((spread * position**2).sum(axis=1), 0.5)
    smaller = np.minimum(_log_p(any_way, np.maximum(occupied - 1, 1)), _log_p(trend, 1))
    # of two tests the better one was taken
    return np.where(occupied > 1, np.minimum(smaller + np.log(2), 0.0), 0.0)


def _log_p(statistic: np.ndarray, degrees: np.ndarray | int) -> np.ndarray:
    """The logarithm of the probability that chi-squared with so many degrees of freedom is larger."""
    p = chdtrc(degrees, statistic)
    # beyond the smallest float the exponent alone still orders the columns
    return np.where(p > 0, np.log(np.maximum(p, np.finfo(float).tiny)), -statistic / 2)


def _left_over(levels: np.ndarray, y: np.ndarray, share: np.ndarray, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """What an additive model of these columns' levels leaves unexplained: residuals and their variances, (n,) each."""
    n_rows, n_columns = levels.shape
    design = np.zeros((n_rows, LEVELS * n_columns + 1))
    design[:, -1] = 1
    design[np.arange(n_rows)[:, None], levels + LEVELS * np.arange(n_columns)] = 1
    penalty = np.append(np.full(LEVELS * n_columns, RIDGE), 1e-6)
    solution = np.zeros(design.shape[1])
    solution[-1] = np.log(mean / (1 - mean))
    for _ in range(NEWTON_STEPS if n_columns else 0):
        chance = sigmoid(design @ solution)
        slope = design.T @ (share * (y - chance)) - penalty * solution
        curvature = (design * (share * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        solution += np.linalg.solve(curvature, slope)
    chance = sigmoid(design @ solution)
    return share * (y - chance), share * chance * (1 - chance)


def _evidence_of_pairs(
    levels: np.ndarray, residual: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of columns, as two arrays of indices, and the logarithms of their p-values, that they only add up."""
    n_rows, n_columns = levels.shape
    cells = np.zeros((n_rows, PAIR_LEVELS * n_columns), np.float32)
    cells[np.arange(n_rows)[:, None], levels // (LEVELS // PAIR_LEVELS) + PAIR_LEVELS * np.arange(n_columns)] = 1
    # all tables of all pairs in two products
    total, spread = ((cells * values.astype(np.float32)[:, None]).T @ cells for values in (residual, variance))
    statistic = (total**2 / np.maximum(spread, 0.5)).reshape(n_columns, PAIR_LEVELS, n_columns, PAIR_LEVELS)
    joint = statistic.sum(axis=(1, 3), dtype=np.float64)
    alone = np.diag(joint)
    freedom = np.maximum((np.diag(spread).reshape(n_columns, PAIR_LEVELS) > 0).sum(axis=1) - 1, 0)
    first, second = np.triu_indices(n_columns, 1)
    beyond = np.maximum(joint[first, second] - alone[first] - alone[second], 0)
    degrees = freedom[first] * freedom[second]
    return first, second, np.where(degrees > 0, _log_p(beyond, np.maximum(degrees, 1)), 0.0)


def _discovered(evidence: np.ndarray, false: float) -> np.ndarray:
    """Which hypotheses are rejected at this share of false discoveries (Benjamini & Hochberg 1995), (h,) bool."""
    if not len(evidence):
        return np.zeros(0, bool)
    in_order = np.sort(evidence)
    within = np.flatnonzero(in_order <= np.log(false * np.arange(1, len(evidence) + 1) / len(evidence)))
    return np.asarray(evidence <= in_order[within[-1]]) if len(within) else np.zeros(len(evidence), bool)
