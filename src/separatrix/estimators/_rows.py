"""The rows that an estimator is given: read, weighted, put into an order of their own, and split."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.encoding._reading import as_numbers, is_frame
from separatrix.support.constraints import shown
from separatrix.support.seeds import stream_seed
from separatrix.training.preparation import checked_weight

if TYPE_CHECKING:
    from separatrix.estimators.encoding._reading import Columns

COPIES = 4  # whole weights are written out as copies while there are at most so many rows for one ...
FEW = 10_000  # ... or so many in all


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows with their labels and weights.

    Attributes:
        x: numbers (n, d), or a frame of mixed columns.
        y: 0 for the first class and 1 for the second, (n,) int8.
        weight: (n,) float64, all above 0, or None for equal weights.
    """

    x: Columns
    y: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray) -> Rows:
        """These rows, by their numbers."""
        return Rows(self.x[index], self.y[index], None if self.weight is None else self.weight[index])

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(len(self.y) if self.weight is None else self.weight.sum())


def split_target(x: Any, y: Any) -> tuple[Any, Any, str | None]:
    """`fit(frame, "target")`: the frame without that column, the column, and its name; else what came.

    Raises:
        InvalidData: no column of that name.
    """
    if not isinstance(y, str):
        return x, y, None
    if not is_frame(x):
        raise InvalidData(f"y={y!r} names a column, so X must be a data frame, got {type(x).__name__}.")
    import narwhals.stable.v2 as nw

    frame: Any = nw.from_native(x).lazy().collect() if type(x).__name__ == "LazyFrame" else nw.from_native(x)
    if y not in frame.columns:
        from separatrix.support.constraints import nearest

        raise InvalidData(f"the frame has no column {y!r}.{nearest(y, frame.columns)}")
    return frame.drop(y).to_native(), frame[y].to_native(), y


def without_target(x: Any, name: str | None) -> Any:
    """The frame without the column that it was fitted to, if that is still there."""
    if name is None or not is_frame(x):
        return x
    import narwhals.stable.v2 as nw

    frame: Any = nw.from_native(x)
    return frame.drop(name).to_native() if name in frame.collect_schema().names() else x


def labels(y: Any, rows: int) -> np.ndarray:
    """Labels (n,), as they are.

    Raises:
        ValueError: missing or infinite labels, not one a row, continuous values, text and numbers mixed.
    """
    array = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") and not isinstance(y, np.ndarray) else y)
    if array.ndim != 1:
        from sklearn.utils import column_or_1d

        array = column_or_1d(array, warn=True)
    _refuse_missing(array)
    if len(array) != rows:
        raise InvalidData(f"X has {rows} rows and y has {len(array)} labels; there must be one label a row.")
    if array.dtype.kind == "O":
        array = _plain(array)
    if array.dtype.kind not in "biuUT":  # of which every array is labels: the checks take longer than a small training
        _refuse_continuous(array)
    return array


def _refuse_continuous(array: np.ndarray) -> None:
    from sklearn.utils import assert_all_finite
    from sklearn.utils.multiclass import check_classification_targets

    assert_all_finite(array, input_name="y")
    check_classification_targets(array)


def _refuse_missing(array: np.ndarray) -> None:
    if array.dtype.kind == "f":
        missing = np.isnan(array)
    elif array.dtype.kind == "O":
        missing = np.array([value is None or type(value).__name__ == "NAType" or value != value for value in array])
    else:
        return
    if missing.any():
        raise InvalidData(
            f"y has {int(missing.sum())} missing label{'s' * int(missing.sum() > 1)} (Input y contains NaN), the first in "
            f"row {int(missing.argmax())}; remove these rows or fill the labels in."
        )


def _plain(array: np.ndarray) -> np.ndarray:
    """Objects that are all numbers, all text or all bools as an array of that kind."""
    kinds = {"text" if isinstance(value, str) else "number" for value in array.tolist()}
    if len(kinds) > 1:
        raise InvalidData("y mixes text and numbers (Unknown label type); write all labels in one way.")
    return np.array(array.tolist())


def two_classes(found: np.ndarray) -> np.ndarray:
    """The sorted labels, (2,).

    Raises:
        ValueError: one class, or more than two; in scikit-learn's words, with the count.
    """
    classes: np.ndarray = np.unique(found)
    if len(classes) == 1:
        raise InvalidData(
            f"a classifier can't be trained when only one class is present: every label is {shown(classes[0].item())}."
        )
    if len(classes) > 2:
        raise InvalidData(
            "Only binary classification is supported. The type of the target is multiclass: it has "
            f"{len(classes)} classes."
        )
    return classes


def coded(found: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """0 for the first class and 1 for the second: (n,) int8.

    Raises:
        InvalidData: a label that is neither.
    """
    positive = found == classes[1]
    other = ~(positive | (found == classes[0]))
    if np.any(other):
        odd = found[other][0].item()
        raise InvalidData(f"y holds the label {shown(odd)}, which isn't one of the classes {classes.tolist()}.")
    return np.asarray(positive).astype(np.int8)


def weighted(rows: Rows, sample_weight: Any, name: str = "sample_weight") -> Rows:
    """Rows with these weights; those of weight 0 left out, whole weights written out as copies while that is cheap.

    So a weight of k and k copies of a row are the same training to the last bit.

    Raises:
        InvalidData: weights that aren't one a row, or negative, NaN, infinite or all zero.
    """
    if checked_weight(sample_weight, len(rows), name) is None:
        return rows
    weight = np.array(sample_weight, dtype=np.float64)
    if (weight == weight[0]).all() and weight[0] == 1:
        return rows
    whole = (weight == np.floor(weight)).all() and weight.sum() <= max(FEW, COPIES * len(rows))
    if whole:
        return rows.take(np.repeat(np.arange(len(rows)), weight.astype(np.int64)))
    kept = np.flatnonzero(weight)
    return Rows(rows.x[kept], rows.y[kept], weight[kept])


def class_factors(class_weight: Any, classes: np.ndarray, mass: np.ndarray) -> np.ndarray | None:
    """What the weights of each class are multiplied by, (2,); mass: the weight of each class, (2,).

    Raises:
        InvalidParameter: a label that is no class, a weight that isn't a finite number of at least 0.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        return np.asarray(mass.sum() / (2 * np.maximum(mass, np.finfo(float).tiny)))
    known = classes.tolist()
    for label, factor in class_weight.items():
        if label not in known:
            raise InvalidParameter(f"class_weight: {shown(label)} isn't one of the classes {known}.")
        if isinstance(factor, bool) or not np.isfinite(factor) or factor < 0:
            raise InvalidParameter(
                f"class_weight of {shown(label)} must be a finite number of at least 0, got {factor!r}."
            )
    return np.array([float(class_weight.get(label, 1.0)) for label in known])


def with_factors(rows: Rows, factors: np.ndarray | None) -> Rows:
    """The rows with the weights of each class multiplied by its factor; rows of factor 0 left out."""
    if factors is None:
        return rows
    weight = (np.ones(len(rows)) if rows.weight is None else rows.weight) * factors[rows.y]
    kept = np.flatnonzero(weight)
    return Rows(rows.x, rows.y, weight) if len(kept) == len(rows) else Rows(rows.x, rows.y, weight).take(kept)


def mass_of(rows: Rows) -> np.ndarray:
    """The weight of each class, (2,)."""
    return np.bincount(rows.y, rows.weight, minlength=2).astype(np.float64)


def in_own_order(rows: Rows) -> Rows:
    """The rows sorted by a hash of what they hold, so that the order in which they came doesn't matter.

    Batches are drawn at random anyway. Two rows with the same hash keep their order: with a million rows there is such
    a pair once in 30 million tables, and it costs the last digits, no more.
    """
    keys = row_keys(rows)
    order = np.argsort(keys, kind="stable") if rows.weight is None else np.lexsort((rows.weight, keys))
    return rows.take(order)


AT_ONCE = 512  # rows hashed at a time: their bits stay in the processor's cache
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64 (Steele et al. 2014)


def _mixed(bits: np.ndarray) -> np.ndarray:
    """SplitMix64's way to spread every bit over all others: (…) uint64, changed in place."""
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
        for first in range(0, len(rows), AT_ONCE):
            keys[first : first + AT_ONCE] = _hashed(numbers[first : first + AT_ONCE])
    else:
        keys = numbers.hash_rows(seed=0).to_numpy()
    return _mixed(keys + rows.y.astype(np.uint64) * _FIRST)


def _hashed(x: np.ndarray) -> np.ndarray:
    """Numbers (n, d) -> (n,) uint64; a zero is a zero and a NaN a NaN, whatever their sign and dtype."""
    exact = x.astype(np.float64)
    exact += 0.0
    exact[np.isnan(exact)] = np.nan
    bits = np.ascontiguousarray(exact).view(np.uint64)
    bits += np.arange(1, x.shape[1] + 1, dtype=np.uint64) * _FIRST
    return np.asarray(_mixed(bits).sum(axis=1, dtype=np.uint64))


def hold_out(rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """Split off a share of each class, at least one row of it: rows to train on, rows to watch.

    A class with a single row stays in training, with a warning.
    """
    stream = np.random.default_rng(stream_seed(seed, "split"))
    chosen = np.zeros(len(rows), bool)
    for label in (0, 1):
        own = np.flatnonzero(rows.y == label)
        count = min(max(1, round(share * len(own))), len(own) - 1)
        if count < 1:
            warnings.warn(
                "a class has a single row, which stays in training: early stopping watches the other class alone.",
                stacklevel=6,
            )
        chosen[stream.permutation(own)[: max(0, count)]] = True
    return rows.take(np.flatnonzero(~chosen)), rows.take(np.flatnonzero(chosen))
