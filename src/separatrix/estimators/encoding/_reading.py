"""The X of an estimator: checked as scikit-learn checks it, and compared with that of `fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData

if TYPE_CHECKING:
    import polars

    Columns = np.ndarray | polars.DataFrame


def is_frame(x: Any) -> bool:
    """Whether x has named columns: a frame of pandas, polars, pyarrow or any other that narwhals reads."""
    if isinstance(x, np.ndarray | list | tuple):
        return False
    from narwhals.stable.v2.dependencies import is_into_dataframe

    return is_into_dataframe(x) or type(x).__name__ == "LazyFrame"


def read(x: Any, *, encoded: bool, estimator: Any) -> Columns:
    """Numbers as an array, all else as a frame; checked as scikit-learn checks.

    Args:
        x: whatever the user passed.
        encoded: whether an encoder comes next, which takes missing values, text and dates.
        estimator: whose name the messages carry.

    Raises:
        ValueError, TypeError: scikit-learn's messages: sparse, one-dimensional, complex, empty, infinite, not numbers.
    """
    columns: np.ndarray
    if _is_plain(x):
        columns = x
        return columns
    if encoded and is_frame(x):
        return _mixed(x)
    from sklearn.utils import check_array

    checks: dict[str, Any] = {"estimator": estimator, "input_name": "X", "order": "C"}
    if encoded:
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "biuf":
            x = check_array(x, dtype=None, ensure_all_finite=False, **checks)
            if x.dtype.kind in "OUSM":
                return _mixed(x)
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


def _mixed(x: Any) -> Columns:
    from separatrix.data.frames import as_frame

    if type(x).__module__.startswith("pandas") and not any(isinstance(name, str) for name in x.columns):
        x = x.set_axis([f"x{k}" for k in range(x.shape[1])], axis=1)  # numbers as names are none to scikit-learn
    frame: Columns = as_frame(x)
    if len(frame) == 0:
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

    if type(x).__name__ == "LazyFrame":
        x = x.collect()
    columns = read(x, encoded=encoded, estimator=estimator)
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
    if isinstance(x, np.ndarray) or any(str(kind) != "Float64" for kind in x.dtypes):
        return x
    columns: np.ndarray = x.to_numpy()
    return columns
