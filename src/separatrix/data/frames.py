"""Any data frame or array of mixed columns, read into one form: polars, with four kinds of column."""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars


def as_frame(x: Any, names: Sequence[str] | None = None) -> polars.DataFrame:
    """Read a frame or an array of n rows; every column becomes Float64, Boolean, String or Datetime("us").

    Whole numbers and decimals become Float64, NaN a missing value, categories their text, dates the midnight they begin
    with, times with a zone UTC, durations and times of day seconds.

    Args:
        x: a frame of pandas, polars, pyarrow or any other that narwhals reads; an array (n, d) of any dtype; a list of rows.
        names: names of an array's columns; by default x0, x1, ….

    Raises:
        InvalidData: no columns, one name twice, nested or mixed values, an infinite number.
        TypeError: names that aren't text.

    Examples:
        >>> frame = as_frame([[1, "red", True], [2.5, None, False]], names=["a", "b", "c"])
        >>> dict(zip(frame.columns, map(str, frame.dtypes)))
        {'a': 'Float64', 'b': 'String', 'c': 'Boolean'}
    """
    import polars

    columns = _of_array(x, names) if isinstance(x, np.ndarray | list | tuple) else _of_frame(x)
    if not columns:
        raise InvalidData("a table needs at least one column, got none.")
    _refuse_names([name for name, _ in columns])
    return polars.DataFrame([normalised(series.alias(name)) for name, series in columns])


def normalised(series: polars.Series) -> polars.Series:
    """The column in one of the four forms.

    Raises:
        InvalidData: nested or mixed values, an infinite number, a date beyond what microseconds hold.
    """
    import polars

    kind = series.dtype
    if kind == polars.Null:
        return series.cast(polars.Float64)
    if kind.is_numeric() or kind.is_decimal():
        return _finite(series.cast(polars.Float64))
    if kind == polars.Boolean or kind == polars.String:
        return series
    if kind in (polars.Categorical, polars.Enum):
        return series.cast(polars.String)
    if kind == polars.Datetime:
        zoned = getattr(kind, "time_zone", None)
        plain = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else series
        return plain.cast(polars.Datetime("us"))
    if kind == polars.Date:
        return series.cast(polars.Datetime("us"))
    if kind == polars.Duration:
        return (series.dt.total_microseconds() / 1e6).cast(polars.Float64)
    if kind == polars.Time:
        return (series.cast(polars.Int64) / 1e9).cast(polars.Float64)
    if kind == polars.Object:
        return normalised(_of_values(series.name, series.to_list()))
    raise InvalidData(f"column {series.name!r} holds {kind}; only numbers, booleans, text and dates can be used.")


def _finite(series: polars.Series) -> polars.Series:
    """NaN is a missing value; an infinite one is an error."""
    if series.null_count() == 0 and np.isfinite(series.to_numpy()).all():  # the usual case, without a query of its own
        return series
    series = series.fill_nan(None)
    odd = series.is_infinite().fill_null(False)
    if odd.any():
        row = int(odd.arg_max() or 0)
        raise InvalidData(f"column {series.name!r} must be finite, got {series[row]} in row {row} (infinity).")
    return series


def _of_frame(x: Any) -> list[tuple[Any, polars.Series]]:
    """The columns of anything that narwhals reads."""
    import narwhals.stable.v2 as nw
    import polars

    if isinstance(x, polars.LazyFrame):
        x = x.collect()
    if isinstance(x, polars.DataFrame):
        return [(series.name, series) for series in x]
    if type(x).__module__.startswith("pandas"):  # narwhals refuses other names than text in words of its own
        _refuse_names(list(x.columns))
    try:
        frame: Any = nw.from_native(x)
    except TypeError as error:
        raise InvalidData(f"expected a data frame or an array of rows, got {type(x).__name__}.") from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return [(name, _of_series(name, frame[name])) for name in frame.columns]


def _of_series(name: str, series: Any) -> polars.Series:
    """One column of a frame of another library, without asking for that library's bridge to polars."""
    import polars

    kind = series.dtype
    if (kind.is_numeric() and not kind.is_decimal()) and series.null_count() == 0:
        return polars.Series(name, series.to_numpy())
    if kind.is_numeric() and not kind.is_decimal():
        return polars.Series(
            name, [None if _is_missing(value) else float(value) for value in series.to_list()], polars.Float64
        )
    return _of_values(name, series.to_list())


def _of_array(x: Any, names: Sequence[str] | None) -> list[tuple[Any, polars.Series]]:
    import polars

    try:
        table = x if isinstance(x, np.ndarray) else np.array([list(row) for row in x], dtype=object)
    except TypeError:
        raise InvalidData(f"expected rows of values, got {shown(x)}.") from None
    if table.ndim != 2:
        raise InvalidData(f"expected rows of equal length, (n, d), got an array of shape {table.shape}.")
    if names is not None and len(names) != table.shape[1]:
        raise InvalidData(f"names must be one a column, {table.shape[1]}, got {len(names)}.")
    called = [f"x{k}" for k in range(table.shape[1])] if names is None else list(names)
    if table.dtype.kind == "c":
        raise InvalidData("complex numbers can't be used.")
    if table.dtype.kind in "biuf":
        return [(name, polars.Series(str(name), np.ascontiguousarray(table[:, k]))) for k, name in enumerate(called)]
    return [(name, _of_values(str(name), table[:, k].tolist())) for k, name in enumerate(called)]


def _of_values(name: str, values: list[Any]) -> polars.Series:
    """A column of Python values, all of one kind or missing."""
    import polars

    plain = [None if _is_missing(value) else value for value in values]
    kinds: dict[str, int] = {}
    for row, value in enumerate(plain):
        if value is not None:
            kinds.setdefault(_kind(name, row, value), row)
    if len(kinds) > 1:
        told = " and ".join(f"{kind} (row {row})" for kind, row in kinds.items())
        raise InvalidData(f"column {name!r} mixes {told}; make it one of them.")
    kind = next(iter(kinds), "numbers")
    if kind == "numbers":
        return polars.Series(name, [None if value is None else _number(name, value) for value in plain], polars.Float64)
    if kind == "booleans":
        return polars.Series(name, [None if value is None else bool(value) for value in plain], polars.Boolean)
    if kind == "text":
        return polars.Series(name, [None if value is None else str(value) for value in plain], polars.String)
    if kind == "durations":
        return polars.Series(
            name, [None if value is None else value.total_seconds() for value in plain], polars.Float64
        )
    return polars.Series(name, [None if value is None else _moment(value) for value in plain], polars.Datetime("us"))


def _is_missing(value: Any) -> bool:
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
    )


def _kind(name: str, row: int, value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "booleans"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime.date | np.datetime64):
        return "dates"
    if isinstance(value, datetime.timedelta):
        return "durations"
    if isinstance(value, numbers.Number) and not isinstance(value, complex):
        return "numbers"
    raise InvalidData(
        f"column {name!r} holds {shown(value)} in row {row}; only numbers, booleans, text and dates can be used."
    )


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidData(f"column {name!r} holds {shown(value)}, too large for a number.") from None


def _moment(value: Any) -> datetime.datetime:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value


def _refuse_names(names: list[Any]) -> None:
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise TypeError(
            f"Feature names are only supported if all input features have string names, but {shown(odd[0])} is "
            f"{type(odd[0]).__name__}. Give text as column names."
        )
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InvalidData(f"two columns are called {twice[0]!r}; rename one.")
