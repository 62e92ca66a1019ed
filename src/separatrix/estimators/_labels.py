"""Labels of two classes: read from any array, checked with scikit-learn's words, and coded as 0 and 1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from separatrix.data.kinds.words import as_classes
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown


def read_labels(y: Any, n_rows: int) -> np.ndarray:
    """Check labels of any type.

    Args:
        y: an array, a list or a column of any frame, (n,).
        n_rows: the number of rows of X.

    Returns:
        The labels as they are, (n,).

    Raises:
        ValueError: missing or infinite labels, another number of them, continuous values, or text and numbers mixed.
    """
    array = _label_array(y)
    if array.ndim != 1:
        from sklearn.utils import column_or_1d

        array = column_or_1d(array, warn=True)
    _refuse_missing(array)
    if len(array) != n_rows:
        raise InvalidData(f"X has {n_rows} rows and y has {len(array)} labels; there must be one label per row.")
    if array.dtype.kind == "O":
        array = _unboxed(array)
    if array.dtype.kind not in "biuUT":  # all values of these types are labels; the checks outlast a small training
        _refuse_continuous(array)
    return array


def _label_array(y: Any) -> np.ndarray:
    """Labels of any container as an array, of objects where they aren't numbers."""
    if hasattr(y, "to_native"):  # a series of narwhals
        y = y.to_native()
    if hasattr(y, "to_pylist"):  # of Arrow, which gives arrays of numbers only
        return np.array(y.to_pylist(), dtype=object)
    return np.asarray(y.to_numpy() if hasattr(y, "to_numpy") and not isinstance(y, np.ndarray) else y)


def _refuse_continuous(array: np.ndarray) -> None:
    from sklearn.utils import assert_all_finite
    from sklearn.utils.multiclass import check_classification_targets

    assert_all_finite(array, input_name="y")
    check_classification_targets(array)


def _refuse_missing(array: np.ndarray) -> None:
    if array.dtype.kind == "f":
        missing = np.isnan(array)
    elif array.dtype.kind == "O":
        # `value != value` finds every NaN, but pandas.NA answers that question with itself
        missing = np.array([value is None or type(value).__name__ == "NAType" or value != value for value in array])
    else:
        return
    if missing.any():
        raise InvalidData(
            f"y has {int(missing.sum())} missing label{'s' * int(missing.sum() > 1)} (Input y contains NaN), the first in "
            f"row {int(missing.argmax())}; remove these rows or fill the labels in."
        )


def _unboxed(array: np.ndarray) -> np.ndarray:
    """An object array that holds only numbers, only text or only booleans as an array of that type."""
    values = [_plain_number(value) if isinstance(value, Decimal) else value for value in array.tolist()]
    if len({isinstance(value, str) for value in values}) > 1:
        raise InvalidData("y mixes text and numbers (Unknown label type); write all labels in one way.")
    return np.array(values)


def _plain_number(value: Decimal) -> int | float:
    """A decimal, such as databases give, as the number that NumPy has for it: whole ones stay whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def two_classes(labels: np.ndarray) -> np.ndarray:
    """The sorted classes, (2,), of labels (n,).

    Raises:
        InvalidData: one class, or more than two; in scikit-learn's words, which its checks look for.
    """
    classes: np.ndarray = np.unique(labels)
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


def coded(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """0 for labels (n,) of the first class and 1 for the second: (n,) int8.

    Raises:
        InvalidData: a label of neither class.
    """
    if labels.dtype.kind != classes.dtype.kind:
        distinct = np.unique(labels)
        renamed = as_classes(distinct.tolist(), classes.tolist())
        if len(renamed) == len(distinct):  # the same classes, written in another way
            labels = np.array([renamed[label] for label in labels.tolist()], classes.dtype)
    positive = labels == classes[1]
    neither = ~(positive | (labels == classes[0]))
    if np.any(neither):
        label = labels[neither][0].item()
        raise InvalidData(f"y holds the label {shown(label)}, which isn't one of the classes {classes.tolist()}.")
    return np.asarray(positive).astype(np.int8)
