"""The rows that an estimator is fitted on: read, weighted, put into an order of their own, and split."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from separatrix.data.profile import profile_of
from separatrix.data.splits import draw_rows
from separatrix.errors import InvalidData, InvalidParameter, warn
from separatrix.estimators._labels import coded, read_labels, two_classes
from separatrix.estimators.encoding._reading import as_numbers, read_columns
from separatrix.estimators.roles import Roles, leave_out_useless, split_target, without_columns
from separatrix.support.constraints import shown
from separatrix.support.seeds import stream_seed
from separatrix.training.preparation import checked_weight

if TYPE_CHECKING:
    from separatrix.data.dependence import RowDependence
    from separatrix.data.profile import TableProfile
    from separatrix.estimators.encoding._reading import Columns

COPIES = 4  # whole weights are written out as copies while there are at most so many copies for one row ...
MOST_COPIES = 10_000  # ... or so many in all
COLUMN_ATTRIBUTES = ("n_features_in_", "feature_names_in_", "profile_")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows with their labels and weights.

    Attributes:
        x: numbers (n, d), or a frame of mixed columns.
        y: 0 for the first class and 1 for the second, (n,) int8.
        weight: (n,) float64, all above 0, or None for equal weights.
        index: of each row in the table that the user gave, (n,) int64, or None where nobody asks.
        dependence: groups and times of the rows, or None where each stands for itself.
    """

    x: Columns
    y: np.ndarray
    weight: np.ndarray | None = None
    index: np.ndarray | None = None
    dependence: RowDependence | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> Rows:
        """The rows with these indices."""
        weight, index = (None if values is None else values[rows] for values in (self.weight, self.index))
        dependence = None if self.dependence is None else self.dependence.take(rows)
        return Rows(self.x[rows], self.y[rows], weight, index, dependence)

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(len(self.y) if self.weight is None else self.weight.sum())


@contextmanager
def columns_unchanged_on_error(estimator: Any) -> Iterator[None]:
    """Restore the column names and their number that the estimator was fitted with if the block raises."""
    before = {name: value for name, value in vars(estimator).items() if name in COLUMN_ATTRIBUTES}
    try:
        yield
    except BaseException:
        for name in COLUMN_ATTRIBUTES:
            vars(estimator).pop(name, None)
        vars(estimator).update(before)
        raise


def read_rows(
    estimator: Any, x: Any, y: Any, sample_weight: Any, *, reset: bool, classes: np.ndarray | None = None
) -> tuple[Rows, np.ndarray]:
    """Read rows to fit an estimator on, each of which stands for itself.

    Args:
        estimator: whose columns are compared with these or set to them.
        x: a table, n rows.
        y: labels, (n,).
        sample_weight: weights of the rows, (n,), or None.
        reset: whether to set the estimator's columns instead of comparing them.
        classes: the two classes; by default those in y, which must then hold both.

    Returns:
        The rows, and the sorted classes, (2,).

    Raises:
        ValueError, TypeError: as `read_columns`; labels or weights that can't be used.
    """
    columns, labels, known_classes = _read(estimator, x, y, reset, classes)
    rows = weighted(Rows(columns, labels, index=np.arange(len(labels))), sample_weight)
    if classes is None:
        _refuse_weightless_class(rows)
    if reset:
        estimator.profile_ = _profile(estimator, columns)
    return rows, known_classes


def read_related_rows(estimator: Any, roles: Roles, *, reset: bool) -> tuple[Rows, np.ndarray, dict[str, str]]:
    """Read rows to fit an estimator on, with their groups and times.

    Args:
        estimator: whose columns are compared with these or set to them.
        roles: the features, and what stands beside them.
        reset: whether to set the estimator's columns, without those that cannot help, instead of comparing them.

    Returns:
        The rows, the sorted classes, (2,), and the columns that are left out, each with the reason.

    Raises:
        ValueError, TypeError: as `read_rows`; groups or times that can't be used.
    """
    columns, labels, classes = _read(estimator, roles.x, roles.y, reset, None)
    left_out = dict(roles.left_out)
    if reset:
        columns, left_out = leave_out_useless(estimator, columns, labels, roles)
    dependence = None
    if roles.groups is not None or roles.time is not None:
        from separatrix.data.dependence import RowDependence  # only where rows belong together

        names = (roles.named.get("groups", "groups"), roles.named.get("time", "time"))
        dependence = RowDependence.of(roles.groups, roles.time, len(labels), names)
    rows = weighted(Rows(columns, labels, None, np.arange(len(labels)), dependence), roles.weight)
    _refuse_weightless_class(rows)
    if reset:
        estimator.profile_ = _profile(estimator, columns)
    return rows, classes, left_out


def _read(
    estimator: Any, x: Any, y: Any, reset: bool, classes: np.ndarray | None
) -> tuple[Columns, np.ndarray, np.ndarray]:
    """Columns, labels as 0 and 1, (n,) int8, and the classes, (2,)."""
    if y is None:
        raise InvalidData(f"{type(estimator).__name__} requires y to be passed, but the target y is None.")
    columns = read_columns(estimator, x, encoded=estimator.encoder is not None, reset=reset)
    _refuse_no_rows(columns, "X")
    labels = read_labels(y, len(columns))
    known_classes = two_classes(labels) if classes is None else classes
    return columns, coded(labels, known_classes), known_classes


def _refuse_weightless_class(rows: Rows) -> None:
    if not class_weights(rows).all():
        raise InvalidData("a classifier can't be trained on one class: all rows of the other class have weight 0.")


def _profile(estimator: Any, columns: Columns) -> TableProfile:
    """How the training columns are distributed, under the names that the estimator has for them."""
    from separatrix.data.frames import kinds_of

    names = getattr(estimator, "feature_names_in_", [f"x{k}" for k in range(estimator.n_features_in_)])
    kinds = ["number"] * len(names) if isinstance(columns, np.ndarray) else kinds_of(columns).values()  # type: ignore[arg-type]  # a training has no cell table
    return profile_of(columns, dict(zip(names, kinds, strict=True)))


def _refuse_no_rows(columns: Columns, name: str) -> None:
    """Raise `InvalidData` where there is nothing to learn from; predictions of no rows are none."""
    if not len(columns):
        raise InvalidData(f"{name} has 0 sample(s) (shape={columns.shape}) while a minimum of 1 is required.")


def read_validation(
    estimator: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    target: str | None,
    classes: np.ndarray,
    left_out: Collection[str] = (),
) -> Rows | None:
    """Read the caller's own validation set.

    Args:
        estimator: whose columns these must be.
        x: a table, or None for no validation set.
        y: labels, the name of their column, or None for the column `target`.
        sample_weight: weights of the rows, or None.
        target: the column in which `fit` found its labels, or None.
        classes: the two classes, (2,).
        left_out: columns that are no features.

    Raises:
        InvalidParameter: labels or weights without rows, or rows without labels.
        ValueError, TypeError: as `read_rows`.
    """
    if x is None:
        if y is not None or sample_weight is not None:
            raise InvalidParameter("y_val and sample_weight_val need X_val.")
        return None
    x, y, _ = split_target(x, target if y is None else y)
    if y is None:
        raise InvalidParameter("X_val needs y_val, its labels.")
    x = without_columns(x, None, left_out)
    columns = read_columns(estimator, x, encoded=estimator.encoder is not None, reset=False)
    _refuse_no_rows(columns, "X_val")
    rows = Rows(columns, coded(read_labels(y, len(columns)), classes))
    return weighted(rows, sample_weight, "sample_weight_val")


def weighted(rows: Rows, sample_weight: Any, name: str = "sample_weight") -> Rows:
    """Apply sample weights.

    Rows of weight 0 are left out. Whole weights are written out as copies while that is cheap, so that a weight of k and
    k copies of a row are the same training to the last bit.

    Args:
        rows: without weights.
        sample_weight: (n,), or None.
        name: of the argument, for error messages.

    Raises:
        InvalidData: weights that aren't one per row, or negative, NaN, infinite or all zero.
    """
    if checked_weight(sample_weight, len(rows), name) is None:
        return rows
    weight = np.array(sample_weight, dtype=np.float64)
    if (weight == weight[0]).all() and weight[0] == 1:
        return rows
    if (weight == np.floor(weight)).all() and weight.sum() <= max(MOST_COPIES, COPIES * len(rows)):
        return rows.take(np.repeat(np.arange(len(rows)), weight.astype(np.int64)))
    return replace(rows, weight=weight).take(np.flatnonzero(weight))


def class_factors(class_weight: Any, classes: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """The factor on the weights of each class's rows, (2,), or None for none.

    Args:
        class_weight: a dict from label to factor, "balanced" or None, as in scikit-learn.
        classes: the two classes, (2,).
        weights: total weight of each class, (2,).

    Raises:
        InvalidParameter: a label that is no class, or a factor that isn't a finite number of at least 0.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        return np.asarray(weights.sum() / (2 * np.maximum(weights, np.finfo(float).tiny)))
    labels = classes.tolist()
    for label, factor in class_weight.items():
        if label not in labels:
            raise InvalidParameter(f"class_weight: {shown(label)} isn't one of the classes {labels}.")
        if isinstance(factor, bool) or not np.isfinite(factor) or factor < 0:
            raise InvalidParameter(
                f"class_weight of {shown(label)} must be a finite number of at least 0, got {factor!r}."
            )
    return np.array([float(class_weight.get(label, 1.0)) for label in labels])


def with_factors(rows: Rows, factors: np.ndarray | None) -> Rows:
    """The rows with the weights of each class multiplied by its factor, (2,); rows of factor 0 are left out."""
    if factors is None:
        return rows
    weight = (np.ones(len(rows)) if rows.weight is None else rows.weight) * factors[rows.y]
    positive, reweighted = np.flatnonzero(weight), replace(rows, weight=weight)
    return reweighted if len(positive) == len(rows) else reweighted.take(positive)


def class_weights(rows: Rows) -> np.ndarray:
    """The total weight of each class, (2,) float64."""
    return np.bincount(rows.y, rows.weight, minlength=2).astype(np.float64)


def in_own_order(rows: Rows) -> Rows:
    """Sort rows by a hash of what they hold, so that the order in which they are given doesn't matter.

    The hash order is as good as random, and batches are drawn at random anyway. Two rows with the same hash keep their
    order: with a million rows there is such a pair in one of 30 million tables, and it changes the last digits only.
    """
    keys, dependence = row_keys(rows), rows.dependence
    # equal rows of other groups or times are held out by other networks, so their order is a matter of these
    lesser = () if dependence is None else (dependence.group, dependence.time)
    lesser_keys = [key for key in (rows.weight, *lesser) if key is not None]
    order = np.lexsort((*lesser_keys, keys)) if lesser_keys else np.argsort(keys, kind="stable")
    return rows.take(order)


HASH_BLOCK = 512  # rows hashed at a time: their bits stay in the processor's cache
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64 (Steele et al. 2014)


def _mixed(bits: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser, which spreads every bit over all others: (…) uint64, changed in place."""
    bits ^= bits >> np.uint64(30)
    bits *= _SECOND
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return bits


def row_keys(rows: Rows) -> np.ndarray:
    """A 64-bit hash of every row's columns and label: (n,) uint64."""
    numbers = as_numbers(rows.x)
    if isinstance(numbers, np.ndarray):
        keys = np.empty(len(rows), np.uint64)
        for first in range(0, len(rows), HASH_BLOCK):
            keys[first : first + HASH_BLOCK] = _hashed(numbers[first : first + HASH_BLOCK])
    else:
        # Cells of a forked process don't come here: their training is refused when the rows are read.
        keys = cast("Any", numbers).hash_rows(seed=0).to_numpy()
    return _mixed(keys + rows.y.astype(np.uint64) * _FIRST)


def _hashed(x: np.ndarray) -> np.ndarray:
    """Hash numbers (n, d) -> (n,) uint64; equal numbers have equal hashes in every dtype, -0.0 and 0.0 and all NaN too."""
    exact = x.astype(np.float64)
    exact += 0.0  # turns -0.0 into 0.0
    exact[np.isnan(exact)] = np.nan
    bits = np.ascontiguousarray(exact).view(np.uint64)
    bits += np.arange(1, x.shape[1] + 1, dtype=np.uint64) * _FIRST  # so that swapped columns differ
    return np.asarray(_mixed(bits).sum(axis=1, dtype=np.uint64))


def split_validation(rows: Rows, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """Split off a fraction of each class, at least one row of it.

    Args:
        rows: in their own order.
        fraction: between 0 and 1.
        seed: of the training.

    Returns:
        Training rows and validation rows: whole groups, or the last in time, where rows have any. Otherwise a class with a
        single row stays in training, with a warning.

    Raises:
        InvalidData: every class has a single row, so that nothing is left to watch; or groups or times can't be parted.
    """
    sizes = np.bincount(rows.y, minlength=2)
    if sizes.max() < 2:
        raise InvalidData(
            f"early_stopping: The validation set is too small. X has {len(rows)} rows with one in each class, and these stay "
            "in training; add rows, pass X_val and y_val, or set early_stopping=False."
        )
    if sizes.min() < 2:
        warn("a class has a single row, which stays in training: early stopping watches the other class alone.")
    if rows.dependence is not None:
        held_out = rows.dependence.held_out(rows.y, fraction, stream_seed(seed, "split"))
        return rows.take(np.flatnonzero(~held_out)), rows.take(np.flatnonzero(held_out))
    # the stream of the loop's own split, so that both draw the same rows from one seed
    drawn = draw_rows(rows.y, fraction, np.random.default_rng(stream_seed(seed, "split")))
    return rows.take(np.flatnonzero(~drawn)), rows.take(np.flatnonzero(drawn))
