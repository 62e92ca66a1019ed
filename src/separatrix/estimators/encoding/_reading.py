"""The X of an estimator: checked as scikit-learn checks it, and compared with that of `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.frames import collected, is_frame
from separatrix.errors import InvalidData, OutOfMemory
from separatrix.support.machine import free_memory
from separatrix.support.surroundings import refuse_lost_threads, threads_are_lost

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.encoding._cell_table import CellTable

    Columns = np.ndarray | polars.DataFrame | CellTable


def read(x: Any, *, encoded: bool, estimator: Any, min_rows: int = 1) -> Columns:
    """Numbers as an array, all else as a frame; checked as scikit-learn checks.

    Args:
        x: whatever the user passed.
        encoded: whether an encoder comes next, which takes missing values, text and dates.
        estimator: whose name the messages carry.
        min_rows: the least number of rows.

    Raises:
        ValueError, TypeError: scikit-learn's messages: one-dimensional, complex, empty, infinite, not numbers.
        OutOfMemory: a sparse matrix that would fill the memory as an array.
    """
    columns: np.ndarray
    if _is_plain(x):
        columns = x
        return columns
    if encoded and is_frame(x):
        return _mixed(x, min_rows)
    from scipy.sparse import issparse
    from sklearn.utils import check_array

    checks: dict[str, Any] = {"estimator": estimator, "input_name": "X", "order": "C", "ensure_min_samples": min_rows}
    if issparse(x):
        x = _dense(check_array(x, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), **checks))
    if encoded:
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "biuf":
            x = check_array(x, dtype=None, ensure_all_finite=False, **checks)
            if x.dtype.kind in "OUSM":
                return _mixed(x, min_rows)
        checks["ensure_all_finite"] = "allow-nan"
    columns = check_array(x, dtype=(np.float64, np.float32), **checks)
    return columns


def _is_plain(x: Any) -> bool:
    """Whether it passes every check as it is; scikit-learn's take longer to say so than a small training's encoding."""
    return (
        type(x) is np.ndarray
        and x.dtype in (np.float64, np.float32)
        and x.ndim == 2
        and x.size > 0
        and x.flags.c_contiguous
        and bool(np.isfinite(x).all())
    )


def _dense(x: Any) -> np.ndarray:
    """A sparse matrix (n, d) as an array; the networks read every number."""
    size, room = x.shape[0] * x.shape[1] * x.dtype.itemsize, free_memory()
    if room is not None and size > room:
        raise OutOfMemory(
            f"X is a sparse matrix of shape {x.shape}, as an array {size / 2**30:.1f} GiB, and {room / 2**30:.1f} GiB of memory "
            "are free; keep fewer columns, for example by sklearn.feature_selection or TruncatedSVD."
        )
    dense: np.ndarray = x.toarray()
    return dense


def _mixed(x: Any, min_rows: int) -> Columns:
    from separatrix.data.frames import as_frame
    from separatrix.estimators.encoding._cell_table import CellTable

    if type(x).__module__.startswith("pandas") and not any(isinstance(name, str) for name in x.columns):
        x = x.set_axis([f"x{k}" for k in range(x.shape[1])], axis=1)  # numbers as names are none to scikit-learn
    frame: Columns = CellTable.of(x) if threads_are_lost() else as_frame(x)
    if len(frame) < min_rows:
        raise InvalidData(f"Found array with 0 sample(s) (shape={np.shape(frame)}) while a minimum of 1 is required.")
    return frame


def read_columns(estimator: Any, x: Any, *, encoded: bool, reset: bool) -> Columns:
    """The columns of X, after their number and names are stored in the estimator, or compared with those of `fit`.

    Args:
        estimator: whose `n_features_in_` and `feature_names_in_` are meant.
        x: whatever the user passed.
        encoded: whether an encoder comes next; see `read`.
        reset: whether to store rather than to compare, as in scikit-learn's `validate_data`.

    Raises:
        ValueError, TypeError: as `read`, or columns other than those of fit; the message names them.
    """
    from sklearn.utils.validation import _get_feature_names, validate_data

    from separatrix.estimators.encoding._cell_table import CellTable

    x = collected(x)
    columns = read(x, encoded=encoded, estimator=estimator, min_rows=int(reset))  # no rows have no predictions
    if reset and isinstance(columns, CellTable):
        columns = columns.numbers()  # all that a training in a forked process can do
    # a new fit reads its own table, in which nothing is known of forms
    written = {} if reset else (getattr(estimator, "input_", None) or {}).get("written")
    if written:
        columns = _as_written(columns, written)
    if is_frame(x) and _get_feature_names(x) is None and isinstance(next(iter(_names(x)), None), str):
        _check_names(estimator, _names(x), reset)  # scikit-learn before 1.9 knows pandas' names alone
        return columns
    try:
        validate_data(estimator, x, skip_check_array=True, reset=reset)
    except ValueError as error:
        if "same order" not in str(error):  # all other messages name the columns
            raise
        now, then = list(x.columns), estimator.feature_names_in_.tolist()
        raise InvalidData(f"{error}Now they are {now}, in fit they were {then}.") from None
    return columns


def _as_written(columns: Columns, written: Mapping[str, Any]) -> Columns:
    """The columns, texts among them read in the forms that they had in the file of training."""
    from separatrix.data.kinds.forms import read_as_written
    from separatrix.estimators.encoding._cell_table import CellTable

    if isinstance(columns, CellTable):
        if any(isinstance(cell, str) for name in written for cell in columns.columns.get(name, ())):
            refuse_lost_threads("reading numbers and dates in a form of their own")
        return columns
    return columns if isinstance(columns, np.ndarray) else read_as_written(columns, written)


def _names(x: Any) -> list[Any]:
    return list(getattr(x, "column_names", None) or x.columns)


def _check_names(estimator: Any, names: list[str], reset: bool) -> None:
    """Store the names, or refuse names other than those of `fit`."""
    if reset:
        estimator.feature_names_in_, estimator.n_features_in_ = np.array(names, dtype=object), len(names)
        return
    then = getattr(estimator, "feature_names_in_", np.zeros(0)).tolist()
    if then and names != then:
        raise InvalidData(
            f"The feature names should match those that were passed during fit, {then}; they are {names}."
        )
    if len(names) != estimator.n_features_in_:
        raise InvalidData(
            f"X has {len(names)} features, but {type(estimator).__name__} is expecting {estimator.n_features_in_} "
            "features as input."
        )


def as_numbers(x: Columns) -> Columns:
    """A frame of numbers alone as an array (n, d), NaN for missing; everything else as it is."""
    from separatrix.estimators.encoding._cell_table import CellTable

    if isinstance(x, np.ndarray | CellTable) or any(str(kind) != "Float64" for kind in x.dtypes):
        return x
    columns: np.ndarray = x.to_numpy()
    return columns
