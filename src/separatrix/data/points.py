"""Points: inputs with two-class labels, checked once and then taken for granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.surroundings import insulated


@insulated
@dataclass(frozen=True, eq=False)
class Points:
    """Inputs x (n, d) with labels y (n,), from a named sampler with a seed, or from the user.

    Attributes:
        x: inputs, (n, d) float32 or float64, read-only.
        y: labels 0 or 1, (n,) int8, read-only; of `Points.soft` the probabilities of class 1, (n,) float64.
        sampler: the name of the sampler that drew them, or "arrays" or a file's name.
        seed: the sampler's seed, or None.
        settings: what else the sampler was given, such as its noise, or None if that isn't known.

    Raises:
        InvalidData: shapes that don't fit, no rows, NaN or inf, labels other than 0 and 1 (or False and True).

    Examples:
        >>> points = Points(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0, 1]))
        >>> len(points), points.n_inputs, points.n_positive
        (2, 2, 1)
    """

    x: np.ndarray
    y: np.ndarray
    sampler: str = "arrays"
    seed: int | None = None
    settings: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        x, y = checked_inputs(self.x), checked_labels(self.y)
        if len(x) != len(y):
            raise InvalidData(f"x has {len(x)} rows and y has {len(y)} labels; there must be one label a row.")
        for name, array in (("x", x), ("y", y)):
            # points are shared between threads and hashed by their content
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def trusted(cls, x: np.ndarray, y: np.ndarray) -> Points:
        """Points of arrays that are known to be fine, without a look and without a copy: for those who made them.

        Args:
            x: finite, (n, d) float32 or float64, C-contiguous; nobody may write to it any more.
            y: 0 and 1, (n,) int8.
        """
        # skips __init__ with its checks and copies, which take longer than a short training
        points = object.__new__(cls)
        # views, so that the flag below leaves the caller's own arrays writable
        values = {"x": x.view(), "y": y.view(), "sampler": "arrays", "seed": None, "settings": None}
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(points, name, value)
        return points

    @classmethod
    def soft(cls, x: Any, probabilities: Any) -> Points:
        """Points with soft labels: for each row the probability of class 1 instead of a class.

        Every loss is defined for them. Where they count as classes, as in an accuracy, above one half is class 1.

        Args:
            x: inputs, (n, d).
            probabilities: of class 1, (n,), each in [0, 1].

        Raises:
            InvalidData: as `Points`; or numbers outside of [0, 1].

        Examples:
            >>> Points.soft([[0.0], [1.0], [2.0]], [0.1, 0.4, 0.9])
            Points(arrays: x (3, 1) float64, 1 of class 1)
        """
        inputs, soft = checked_inputs(x), checked_probabilities(probabilities)
        if len(inputs) != len(soft):
            raise InvalidData(
                f"x has {len(inputs)} rows and there are {len(soft)} probabilities; give one for each row."
            )
        return cls.trusted(inputs, soft)

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        seed = "" if self.seed is None else f", seed={self.seed}"
        return f"Points({self.sampler}{seed}: x {self.x.shape} {self.x.dtype}, {self.n_positive} of class 1)"

    @property
    def n_inputs(self) -> int:
        """Columns of x."""
        return int(self.x.shape[1])

    @property
    def n_positive(self) -> int:
        """Rows of class 1."""
        return int(np.count_nonzero(self.y > 0.5))

    def take(self, rows: np.ndarray) -> Points:
        """These rows alone, by index or mask."""
        if self.y.dtype.kind == "f":
            return Points.trusted(np.ascontiguousarray(self.x[rows]), self.y[rows])
        return Points(self.x[rows], self.y[rows], self.sampler, self.seed, self.settings)


def checked_inputs(x: Any) -> np.ndarray:
    """A C-contiguous copy of x, (n, d), float32 if it was float32 and float64 otherwise.

    Raises:
        InvalidData: not a table of finite real numbers, or without rows or columns.
    """
    # SciPy's sparse matrices; np.asarray would wrap one as a single object
    if hasattr(x, "toarray"):
        raise InvalidData("x must be a dense table, got a sparse one; give x.toarray().")
    try:
        # masked entries are missing values, which the check below refuses
        values = np.ma.filled(x.astype(np.float64), np.nan) if isinstance(x, np.ma.MaskedArray) else np.asarray(x)
        # booleans, whole numbers, floats and objects; texts and complex numbers would be converted with a loss
        if values.dtype.kind not in "buifO":
            raise TypeError(f"got values of type {values.dtype}.")
        # a copy even where the type fits: whoever gave the array may go on writing to it
        with np.errstate(over="ignore"):  # looked for below
            array = np.array(values, dtype=np.float32 if values.dtype == np.float32 else np.float64, order="C")
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InvalidData(f"x must be a table of real numbers, (n, d): {error}") from None
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidData(f"x must be a table of numbers, (n, d) with n and d at least 1, got shape {array.shape}.")
    if not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise InvalidData(f"x must be finite, got {array[row, column]} in row {row}, column {column}.")
    return array


def fitting(x: np.ndarray, dtype: str) -> np.ndarray:
    """Checked x in that dtype.

    Raises:
        InvalidData: a number is too large for it.
    """
    with np.errstate(over="ignore"):  # looked for below
        fitted = x.astype(dtype, copy=False)
    if not np.isfinite(fitted).all():
        largest = float(np.abs(x).max())
        raise InvalidData(f"x holds {largest:.3g}, too large for {dtype}; scale x or set dtype='float64'.")
    return fitted


def checked_labels(y: Any) -> np.ndarray:
    """A copy of the labels as (n,) int8 of 0 and 1.

    Raises:
        InvalidData: not one-dimensional, or values other than 0 and 1.
    """
    try:
        array = np.asarray(y)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidData(f"y must be one label a row, shape (n,): {error}") from None
    if array.ndim != 1:
        raise InvalidData(f"y must be one label a row, shape (n,), got shape {array.shape}.")
    if array.dtype.kind not in "buif" or not ((array == 0) | (array == 1)).all():
        odd = next((value for value in array.tolist() if value not in (0, 1)), array.dtype)
        raise InvalidData(f"y must hold the labels 0 and 1, got {odd!r}. Map your two classes to 0 and 1 first.")
    return array.astype(np.int8)


def checked_probabilities(probabilities: Any) -> np.ndarray:
    """A copy of probabilities as (n,) float64.

    Raises:
        InvalidData: not one-dimensional, or numbers outside of [0, 1].
    """
    try:
        array = np.array(probabilities, np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidData(f"probabilities must be one number a row, shape (n,): {error}") from None
    if array.ndim != 1 or not ((array >= 0) & (array <= 1)).all():
        got = f"shape {array.shape}" if array.ndim != 1 else array[~((array >= 0) & (array <= 1))][0]
        raise InvalidData(f"probabilities must be one number in [0, 1] for each row, shape (n,), got {got}.")
    return array


def refuse_one_class(points: Points) -> None:
    """Raise `InvalidData` unless both classes are there; soft labels are of both unless all are 0 or all are 1."""
    if points.y.max() in (0, 1) and points.y.min() == points.y.max():
        only = int(points.n_positive > 0)
        raise InvalidData(f"training needs both classes, but every label is of class {only}.")


def read_only(array: np.ndarray) -> np.ndarray:
    """The same array, no longer writeable."""
    array.flags.writeable = False
    return array
