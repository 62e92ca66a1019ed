"""Every split of labelled rows: validation rows, test rows, and the folds of cross-validation and cross-fitting.

Cross-validation, whose numbers are stored nowhere, uses scikit-learn's `StratifiedKFold`. The two draws below it,
`draw_rows` and `draw_folds`, are our own, because stored numbers hang on their bits: which rows a recipe's
`validation_fraction`, early stopping, a study's seed, the target statistics of an encoder and the ensemble's cross-fitting
hold out decides the parameters that golden files, studies and the published benchmarks were made with. scikit-learn's
splitters permute the classes in another order, and promise no bits from one version to the next.

Rows that belong together or follow one another are split by `data.dependence` instead, whichever function is called.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.constraints import SEED, Integer, Rule, check
from separatrix.support.seeds import child_seed

if TYPE_CHECKING:
    from separatrix.data.dependence import RowDependence

N_FOLDS = 5  # of the ensemble's cross-fitting
LARGE = 50_000  # from so many rows on, cross-fitting holds out one end of the table or the other: slices need no copy
END_SHARE, END_ROWS = 0.1, 20_000  # size of such an end: a share of the rows, but no more than so many
JUDGED = (
    0.6  # share of the networks that hold out rows where rows have a time; the others learn from the newest rows too
)
_CROSS_VALIDATION_RULES: dict[str, Rule] = {"folds": Integer(2, 100), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Fold:
    """The rows that one network of a cross-fitted ensemble is trained on, and those that are left to judge it.

    Attributes:
        train: a slice of the rows, or their indices, (t,) int64.
        out_of_fold: likewise for the rows that are left out.
    """

    train: slice | np.ndarray
    out_of_fold: slice | np.ndarray


def draw_rows(y: np.ndarray, share: float, stream: np.random.Generator) -> np.ndarray:
    """Draw the same share of each class, at least one row of it and never all of them.

    Args:
        y: labels 0 and 1, (n,).
        share: of the rows of each class, between 0 and 1.
        stream: where the random numbers come from.

    Returns:
        Which rows were drawn, (n,) bool. Of a class with a single row, none is.

    Examples:
        >>> drawn = draw_rows(np.array([0] * 8 + [1] * 4), 0.25, np.random.default_rng(0))
        >>> int(drawn[:8].sum()), int(drawn[8:].sum())
        (2, 1)
    """
    drawn = np.zeros(len(y), bool)
    for label in (0, 1):
        rows = np.flatnonzero(y == label)
        # never all rows of a class, or nothing of it would be trained on
        count = min(max(1, round(share * len(rows))), len(rows) - 1)
        # The permutation is drawn even where nothing is taken from it: the other class's rows must not depend on that.
        drawn[stream.permutation(rows)[: max(0, count)]] = True
    return drawn


def refuse_small_class(y: np.ndarray, share: float) -> None:
    """Refuse labels of which one class is too small for `draw_rows` to leave both parts their share.

    Args:
        y: labels 0 and 1, (n,).
        share: as for `draw_rows`.

    Raises:
        InvalidData: holding out the share would leave no row of a class.
    """
    for label in (0, 1):
        rows = int(np.count_nonzero(y == label))
        # the same rounding as in `draw_rows`
        if max(1, round(share * rows)) >= rows:
            raise InvalidData(
                f"class {label} has {rows} row{'s' * (rows != 1)}, too few to hold out a share of {share:g} and train "
                "on the rest."
            )


def train_test_rows(
    y: np.ndarray, share: float, seed: int = 0, dependence: RowDependence | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into those to train on and those to test on, each class in the same share.

    Args:
        y: labels 0 and 1, (n,).
        share: of the rows of each class that are tested on.
        seed: of the draw.
        dependence: groups that stay whole, or times of which the last are tested on.

    Returns:
        Indices of the training rows and of the test rows, both increasing, int64.

    Raises:
        InvalidData: a class has a single row, which can't be in both parts; or groups or times can't be parted.

    Examples:
        >>> train, test = train_test_rows(np.array([0, 1] * 10), 0.2)
        >>> len(train), len(test)
        (16, 4)
    """
    # minlength: a class without any row counts too
    rarest = int(np.bincount(y, minlength=2).min())
    if rarest < 2:
        raise InvalidData(
            f"a class with {rarest} row can't be both trained and tested on; give more rows of it, or hold out none."
        )
    if dependence is None:
        drawn = draw_rows(y, share, np.random.default_rng(seed))
    else:
        drawn = dependence.held_out(y, share, seed)
    return np.flatnonzero(~drawn), np.flatnonzero(drawn)


def cross_validation_rows(
    y: np.ndarray, folds: int = 5, seed: int = 0, dependence: RowDependence | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training rows and test rows of each fold of a cross-validation, by scikit-learn's `StratifiedKFold`.

    Args:
        y: labels 0 and 1, (n,).
        folds: their number; where a class has fewer rows, as many folds as it has rows.
        seed: of the shuffling.
        dependence: groups, each of which is in one test fold; or times, which are tested on after all before them. The
            earliest rows are then in no test fold.

    Yields:
        Indices of the training rows and of the test rows of a fold, int64.

    Raises:
        InvalidData: a class has a single row; or groups or times can't be parted.
        InvalidParameter: `folds` isn't between 2 and 100.
    """
    from sklearn.model_selection import StratifiedKFold  # the command line's help does without scikit-learn

    check("cross_validation_rows", {"folds": folds, "seed": seed}, _CROSS_VALIDATION_RULES)
    rarest = int(np.bincount(y, minlength=2).min())
    if rarest < 2:
        raise InvalidData(
            f"cross-validation needs at least two rows of each class, got {rarest} of one; give more, or leave it out "
            "(folds=0, on the command line --folds 0)."
        )
    if dependence is not None:
        yield from dependence.folds(y, folds, seed)
        return
    # scikit-learn's seeds have 32 bits, ours 64
    splitter = StratifiedKFold(min(folds, rarest), shuffle=True, random_state=seed % 2**32)
    # the splitter only looks at the labels; the first argument gives the number of rows
    yield from splitter.split(np.zeros(len(y)), y)


def draw_folds(y: np.ndarray, n_folds: int, stream: np.random.Generator) -> np.ndarray:
    """Deal the rows of each label into folds in turn, so that every fold has the same share of it.

    Args:
        y: labels, (n,), of any kind that sorts.
        n_folds: the number of folds.
        stream: where the random numbers come from.

    Returns:
        The fold of each row, (n,) int64, from 0.

    Examples:
        >>> fold = draw_folds(np.array([0, 0, 0, 0, 1, 1]), 2, np.random.default_rng(0))
        >>> np.bincount(fold).tolist(), np.bincount(fold[4:]).tolist()
        ([3, 3], [1, 1])
    """
    fold = np.empty(len(y), np.int64)
    for label in np.unique(y):
        rows = stream.permutation(np.flatnonzero(y == label))
        # dealt like cards, so the sizes of the folds differ by one at most
        fold[rows] = np.arange(len(rows)) % n_folds
    return fold


def cross_fitting_folds(
    y: np.ndarray, n_members: int, seed: int, dependence: RowDependence | None = None
) -> list[Fold]:
    """The rows of each network of an ensemble that is cross-fitted.

    Up to LARGE rows, each round of networks deals the rows into N_FOLDS folds, or as many as the rarer class has rows,
    and every network of the round leaves one of them out. From LARGE rows on the two ends of the table are left out in
    turn, so the rows must come in random order.

    Args:
        y: labels 0 and 1, (n,).
        n_members: the number of networks.
        seed: of the draws.
        dependence: groups, which every network is trained on or judged by as a whole; or times, of which the last are
            held out in windows by some networks, each trained on what came before, while the others learn from all rows.

    Returns:
        A fold for each network. Where a class has a single row, every network is trained on all rows.

    Raises:
        InvalidData: groups or times that can't be parted.

    Examples:
        >>> folds = cross_fitting_folds(np.array([0, 1] * 10), n_members=5, seed=0)
        >>> sorted(np.concatenate([fold.out_of_fold for fold in folds]).tolist()) == list(range(20))
        True
    """
    if dependence is not None:
        return _dependent_folds(y, n_members, seed, dependence)
    if len(y) >= LARGE:
        size = min(int(END_SHARE * len(y)), END_ROWS)
        # slices are views: indices would copy a large table for every network
        ends = (Fold(slice(size, None), slice(0, size)), Fold(slice(0, -size), slice(len(y) - size, None)))
        return [ends[member % 2] for member in range(n_members)]
    n_folds = min(N_FOLDS, int(np.bincount(y, minlength=2).min()))
    if n_folds < 2:  # without the only row of its class a network would learn nothing of that class
        return [Fold(slice(0, None), slice(0, 0))] * n_members
    folds: list[Fold] = []
    while len(folds) < n_members:
        # every round deals anew, so that more members see other combinations of rows
        fold = draw_folds(y, n_folds, np.random.default_rng(child_seed(seed, len(folds))))
        folds += [Fold(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]
    return folds[:n_members]


def _dependent_folds(y: np.ndarray, n_members: int, seed: int, dependence: RowDependence) -> list[Fold]:
    end = min(int(END_SHARE * len(y)), END_ROWS)
    if dependence.time is not None:
        # all rows before the last three tenths are old news: what is judged on them would say little of what comes next
        windows = dependence.latest_windows(y, math.ceil(JUDGED * n_members), max(1, end))
        folds = [Fold(train, held_out) for train, held_out in windows]
        return (folds + [Fold(slice(0, None), slice(0, 0))] * n_members)[:n_members]
    folds = []
    while len(folds) < n_members:
        round_seed = child_seed(seed, len(folds))
        if len(y) >= LARGE:  # as with single rows: folds of a fifth would copy a large table for nothing
            held_out = dependence.held_out(y, end / len(y), round_seed)
            folds.append(Fold(np.flatnonzero(~held_out), np.flatnonzero(held_out)))
        else:
            folds += [Fold(train, test) for train, test in dependence.folds(y, N_FOLDS, round_seed)]
    return folds[:n_members]
