"""Any data frame or array of mixed columns, read into one form: polars, each column in the type of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS, ColumnKind, kind_accepting, kind_of
from separatrix.data.kinds._number_texts import largest_whole
from separatrix.errors import InvalidData, InvalidNames
from separatrix.support.constraints import shown
from separatrix.support.surroundings import refuse_lost_threads

if TYPE_CHECKING:
    import polars

FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, in days since 1970
DAY_IN = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def is_frame(x: Any) -> bool:
    """Whether x has named columns: a frame of pandas, polars, pyarrow, DuckDB or any other library that narwhals reads."""
    if isinstance(x, np.ndarray | list | tuple):
        return False
    if _is_of("narwhals", x):
        # a Series of narwhals has none
        return hasattr(x, "columns")
    from narwhals.stable.v2.dependencies import is_into_dataframe

    return is_into_dataframe(x) or _as_lazy(x) is not None or _is_arrow_stream(x)


def collected(x: Any) -> Any:
    """A frame as a table in memory of a library that narwhals reads without its help; everything else as it is.

    Frames of narwhals give theirs, lazy frames of polars are collected, and those of databases and engines such as DuckDB
    become frames of polars.

    Examples:
        >>> import polars
        >>> collected(polars.LazyFrame({"a": [1, 2]})).shape
        (2, 1)
    """
    if isinstance(x, np.ndarray | list | tuple):
        return x
    from narwhals.stable.v2.dependencies import is_into_dataframe

    if _is_of("narwhals", x):
        x = x.to_native()
    if is_into_dataframe(x):
        return x
    if _is_of("pyarrow", x) and type(x).__name__ == "RecordBatch":
        # the class Table by way of an instance, so that pyarrow need not be imported here
        return x.schema.empty_table().from_batches([x])
    if (lazy := _as_lazy(x)) is not None:
        refuse_lost_threads("collecting a lazy frame")
        return lazy.collect("polars").to_native()
    if _is_arrow_stream(x):
        import polars

        return polars.DataFrame(x)
    return x


def _as_lazy(x: Any) -> Any:
    """A frame that is yet to be computed as narwhals has it, or None."""
    import narwhals.stable.v2 as nw

    # pass_through: what is no frame comes back as it is instead of raising
    frame = nw.from_native(x, pass_through=True)
    return frame if isinstance(frame, nw.LazyFrame) else None


def _is_of(library: str, x: Any) -> bool:
    # by the module's name, for isinstance would import the library; compiled modules begin with "_"
    return type(x).__module__.split(".")[0].strip("_") == library


def _is_arrow_stream(x: Any) -> bool:
    """Whether another library offers it as columns by Arrow's interface: https://arrow.apache.org/docs/format/CDataInterface."""
    return hasattr(x, "__arrow_c_stream__") and hasattr(x, "columns")


def as_frame(x: Any, names: Sequence[str] | None = None) -> polars.DataFrame:
    """Read a frame or an array of n rows; every column gets the polars type of its kind.

    Whole numbers and decimals become Float64 and NaN a missing value; categories of any type become their text, dates the
    midnight with which they begin, and times of day durations since midnight.

    Args:
        x: a frame of pandas, polars, pyarrow or any other that narwhals reads; an array (n, d) of any dtype; a list of rows.
        names: names of an array's columns; by default x0, x1, ….

    Raises:
        InvalidData: no columns, one name twice, nested or mixed values, an infinite number.
        InvalidNames: names that aren't text; it is a TypeError, too.

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
    # numbers without gaps need no query, and queries need polars' threads
    if any(not series.dtype.is_numeric() or series.null_count() for _, series in columns):
        refuse_lost_threads("reading a frame")
    return polars.DataFrame([normalised(series.alias(name)) for name, series in columns])


def normalised(series: polars.Series) -> polars.Series:
    """The column in the type of its kind.

    Raises:
        InvalidData: nested or mixed values, an infinite number, a date beyond what microseconds hold.
    """
    import polars

    # Python objects, whose values decide the kind
    if series.dtype == polars.Object:
        return normalised(_of_values(series.name, series.to_list()))
    kind = kind_accepting(series)
    if kind is None:
        raise InvalidData(f"column {series.name!r} holds {series.dtype}; only {_kinds_in_words()} can be used.")
    _refuse_distant(series)
    if series.dtype in (polars.UInt64, polars.Int128):
        largest_whole(series)
    try:
        return kind.normalised(series)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        # a panic may have several lines or no text at all
        reason = (str(error).splitlines() or ["?"])[0]
        raise InvalidData(
            f"column {series.name!r} of {series.dtype} can't be read as a {kind.name}: {reason}."
        ) from None


def kinds_of(frame: polars.DataFrame) -> dict[str, str]:
    """The kind of every column of a frame that `as_frame` made."""
    return {column.name: kind_of(column).name for column in frame}


def _refuse_distant(series: polars.Series) -> None:
    """Refuse dates outside of the calendar: polars panics at some, and Python's dates end there too."""
    import polars

    if series.dtype not in (polars.Date, polars.Datetime):
        return
    a_day = 1 if series.dtype == polars.Date else DAY_IN[getattr(series.dtype, "time_unit", "us")]
    # rounded down, so that times before 1970 belong to the day in which they lie
    days = series.to_physical() // a_day
    distant = ((days < FIRST_DAY) | (days > LAST_DAY)).fill_null(False)
    if distant.any():
        row = int(distant.arg_max() or 0)
        raise InvalidData(
            f"column {series.name!r} holds a date outside of the years 1 to 9999 in row {row}; correct it or leave it empty."
        )


def _kinds_in_words() -> str:
    *plurals, last = (kind.plural for kind in KINDS.values())
    return f"{', '.join(plurals)} and {last}"


def _of_frame(x: Any) -> list[tuple[Any, polars.Series]]:
    """The columns of anything that narwhals reads."""
    import narwhals.stable.v2 as nw
    import polars

    x = collected(x)
    if isinstance(x, polars.DataFrame):
        return [(series.name, series) for series in x]
    if type(x).__module__.startswith("pandas"):  # narwhals refuses other names than text in words of its own
        _refuse_names(list(x.columns))
    try:
        frame: Any = nw.from_native(x)
    except TypeError as error:
        raise InvalidData(f"expected a data frame or an array of rows, got {type(x).__name__}.") from error
    return [(name, _of_series(name, frame[name])) for name in frame.columns]


def _of_series(name: str, series: Any) -> polars.Series:
    """One column of a frame of another library, without asking for that library's bridge to polars."""
    import narwhals.stable.v2 as nw
    import polars

    kind = series.dtype
    # the usual case, through NumPy and without a loop over values
    if (kind.is_numeric() and not kind.is_decimal()) and series.null_count() == 0:
        return polars.Series(name, series.to_numpy())
    if kind.is_numeric() and not kind.is_decimal():
        # unsigned ones as they are, for `normalised` to see which are beyond 2^63
        number, dtype = (int, polars.UInt64) if kind == nw.UInt64 else (float, polars.Float64)
        values = [None if is_missing(value) else number(value) for value in series.to_list()]
        return polars.Series(name, values, dtype)
    if kind in (nw.Categorical, nw.Enum):
        return categories_as_text(_of_values(name, series.to_list()))
    return _of_values(name, series.to_list())


def categories_as_text(series: polars.Series) -> polars.Series:
    """A column that was declared one of categories, whatever their type, as their texts, (n,) String."""
    column = normalised(series)
    return column if column.null_count() == len(column) else kind_of(column).as_text(column)


def _of_array(x: Any, names: Sequence[str] | None) -> list[tuple[Any, polars.Series]]:
    import polars

    try:
        # as objects: NumPy would turn a row of numbers and texts into texts
        table = x if isinstance(x, np.ndarray) else np.array([list(row) for row in x], dtype=object)
    except TypeError:
        raise InvalidData(f"expected rows of values, got {shown(x)}.") from None
    if table.ndim != 2:
        raise InvalidData(f"expected rows of equal length, (n, d), got an array of shape {table.shape}.")
    if names is not None and len(names) != table.shape[1]:
        raise InvalidData(f"names must be one a column, {table.shape[1]}, got {len(names)}.")
    # the names that scikit-learn gives the columns of an array
    called = [f"x{k}" for k in range(table.shape[1])] if names is None else list(names)
    if table.dtype.kind == "c":
        raise InvalidData("complex numbers can't be used.")
    if table.dtype.kind in "mM":  # whose nanoseconds would become plain whole numbers
        table = table.astype(f"{'timedelta64' if table.dtype.kind == 'm' else 'datetime64'}[us]")
    if table.dtype.kind in "biuf":
        return [(name, polars.Series(str(name), np.ascontiguousarray(table[:, k]))) for k, name in enumerate(called)]
    return [(name, _of_values(str(name), table[:, k].tolist())) for k, name in enumerate(called)]


def _of_values(name: str, values: list[Any]) -> polars.Series:
    """A column of Python values, all of one kind or missing."""
    plain = [None if is_missing(value) else value for value in values]
    first_row: dict[str, int] = {}
    for row, value in enumerate(plain):
        if value is not None:
            # the first row of each kind, for a message that says where to look
            first_row.setdefault(_kind_holding(name, row, value).name, row)
    if len(first_row) > 1:
        mixed = " and ".join(f"{KINDS[kind].plural} (row {row})" for kind, row in first_row.items())
        raise InvalidData(f"column {name!r} mixes {mixed}; make it one of them.")
    return KINDS[next(iter(first_row), "number")].of_values(name, plain)


def is_missing(value: Any) -> bool:
    """Whether a Python value stands for a missing one: None, NaN, and what pandas has for them."""
    # the names of pandas' own, so that it need not be imported; NaN alone isn't equal to itself
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
    )


def _kind_holding(name: str, row: int, value: Any) -> ColumnKind:
    """The kind of a Python value."""
    for kind in KINDS.values():
        if kind.holds(value):
            return kind
    raise InvalidData(f"column {name!r} holds {shown(value)} in row {row}; only {_kinds_in_words()} can be used.")


def _refuse_names(names: list[Any]) -> None:
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise InvalidNames(
            f"Feature names are only supported if all input features have string names, but {shown(odd[0])} is "
            f"{type(odd[0]).__name__}. Give text as column names."
        )
    # the set first: counting each name takes the square of their number, and tables can be wide
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InvalidData(f"two columns are called {twice[0]!r}; rename one.")
