"""Table: a data frame with a target column, read and checked, never yet numbers."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from separatrix.data.frames import as_frame
from separatrix.errors import InvalidData
from separatrix.support.constraints import nearest, shown

if TYPE_CHECKING:
    import polars

KINDS = {"Float64": "number", "Boolean": "boolean", "String": "category"}  # and Datetime: "date"
TRUE, FALSE = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")
# No text is a date in two of these forms. "%+" is ISO's with a zone, such as 2026-11-23T08:00:00Z; it becomes UTC.
DATE_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%+",
)  # fmt: skip  # a list


@dataclass(frozen=True, eq=False)
class Table:
    """Columns to predict from, and the labels to predict.

    Attributes:
        frame: the columns without the target: Float64, Boolean, String or Datetime("us").
        kinds: name -> "number", "boolean", "category" or "date", in the frame's order.
        target: the name of the label column, or None.
        labels: the labels as they were read, none missing, or None.
        source: where it came from: a path, "standard input" or "frame".
        sha256: of the file's bytes, or None.
        warnings: what a reader should know, a sentence each.

    Examples:
        >>> import polars
        >>> table = Table.from_frame(polars.DataFrame({"age": [30, 41], "paid": ["no", "yes"]}), "paid")
        >>> table, table.kinds
        (Table(frame: 2 rows, 1 columns -> 'paid'), {'age': 'number'})
    """

    frame: polars.DataFrame
    kinds: Mapping[str, str]
    target: str | None = None
    labels: polars.Series | None = None
    source: str = "frame"
    sha256: str | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def n_rows(self) -> int:
        """Rows."""
        return self.frame.height

    def __repr__(self) -> str:
        to = "" if self.target is None else f" -> {self.target!r}"
        return f"Table({self.source}: {self.n_rows:,} rows, {self.frame.width} columns{to})"

    @classmethod
    def from_frame(
        cls, x: Any, target: str | None = None, *, source: str = "frame", sha256: str | None = None,
        warnings: tuple[str, ...] = (),
    ) -> Table:  # fmt: skip  # what, then where from
        """Read any frame (see `frames.as_frame`), and take its labels out.

        Raises:
            InvalidData: no rows, no such target, missing labels, or columns that can't be used.
        """
        frame = as_frame(x)
        if frame.height == 0:
            raise InvalidData(f"{source} has a header but no rows.")
        labels = None
        if target is not None:
            frame, labels = _split(frame, target)
        warnings += tuple(
            f"column {name!r} has no value in any row; it is kept and says nothing."
            for name in frame.columns if frame[name].null_count() == frame.height
        )  # fmt: skip  # a sentence a column
        return cls(frame, kinds_of(frame), target, labels, source, sha256, warnings)


def kinds_of(frame: polars.DataFrame) -> dict[str, str]:
    """The kind of every column of a frame that `as_frame` made."""
    return {name: KINDS.get(str(kind), "date") for name, kind in frame.schema.items()}


def matched(x: Any, kinds: Mapping[str, str]) -> polars.DataFrame:
    """The columns that a model was trained on, in its order and kinds; others are left out with a warning.

    Numbers given for categories become their text, text given for numbers is read as numbers, and so on: a file that
    happens to hold only digits in a text column is no other table.

    Raises:
        InvalidData: a missing column, or a value that can't be what its column was in training; both named.
    """
    import polars

    frame = as_frame(x)
    missing = [name for name in kinds if name not in frame.columns]
    if missing:
        hints = "".join(nearest(name, frame.columns) for name in missing[:1])
        raise InvalidData(
            f"columns are missing: {', '.join(map(repr, missing))}; the model was trained on them.{hints}"
        )
    extra = [name for name in frame.columns if name not in kinds]
    if extra:
        python_warnings.warn(
            f"columns the model doesn't know are left out: {', '.join(map(repr, extra))}.", stacklevel=2
        )
    return polars.DataFrame([as_kind(frame[name], kind) for name, kind in kinds.items()])


def as_kind(series: polars.Series, kind: str) -> polars.Series:
    """A normalised column as another kind.

    Raises:
        InvalidData: a value that can't be one, with its row.
    """
    import polars

    is_kind = KINDS.get(str(series.dtype), "date")
    if is_kind == kind:
        return series
    if series.null_count() == len(series):
        return series.cast(
            {"number": polars.Float64, "boolean": polars.Boolean, "category": polars.String}.get(
                kind, polars.Datetime("us")
            ),
            strict=False,
        )
    if kind == "category":
        return _as_text(series, is_kind)
    if kind == "number" and is_kind == "boolean":
        return series.cast(polars.Float64)
    if kind == "number" and is_kind == "category":
        return _strict(series, series.str.strip_chars().cast(polars.Float64, strict=False), "a number")
    if kind == "boolean" and is_kind == "number":
        found = polars.select(polars.when(series == 1).then(True).when(series == 0).then(False)).to_series()
        return _strict(series, found.alias(series.name), "true or false")
    if kind == "boolean" and is_kind == "category":
        text = series.str.to_lowercase()
        found = polars.select(polars.when(text.is_in(TRUE)).then(True).when(text.is_in(FALSE)).then(False)).to_series()
        return _strict(series, found.alias(series.name), "true or false")
    if kind == "date" and is_kind == "category":
        return _strict(series, as_dates(series.str.strip_chars()), "a date such as 2026-11-23")
    raise InvalidData(f"column {series.name!r} was a {kind} in training and is a {is_kind} here.")


def _as_text(series: polars.Series, is_kind: str) -> polars.Series:
    """Whole numbers without their ".0", as they stood in the file."""
    import polars

    if is_kind != "number":
        return series.cast(polars.String)
    whole = ((series == series.floor()) & (series.abs() < 2**53)).fill_null(False)
    text = polars.select(
        polars.when(whole)
        .then(series.cast(polars.Int64, strict=False).cast(polars.String))
        .otherwise(series.cast(polars.String))
    )
    return text.to_series().alias(series.name)


def as_dates(cells: polars.Series) -> polars.Series:
    """Each cell as the date that it is in one of DATE_FORMATS; null for others."""
    import polars

    found = polars.Series(cells.name, [None] * len(cells), polars.Datetime("us"))
    for form in DATE_FORMATS:
        found = found.fill_null(moments(cells, form))
    return found


def moments(cells: polars.Series, form: str) -> polars.Series:
    """Those cells that are dates of this form; null for others, such as years of two digits."""
    import polars

    cells = cells.set(~cells.str.contains(r"\b\d{4}\b|\d{4}T"), None)
    if form == "%+":
        zoned = cells.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        return zoned.dt.replace_time_zone(None)
    if "H" in form:
        return cells.str.to_datetime(form, time_unit="us", strict=False)
    return cells.str.to_date(form, strict=False).cast(polars.Datetime("us"))


def _strict(before: polars.Series, after: polars.Series, what: str) -> polars.Series:
    lost = after.is_null() & before.is_not_null()
    if lost.any():
        row = int(lost.arg_max() or 0)
        raise InvalidData(
            f"column {before.name!r} must be {what}, as in training, got {shown(before[row])} in row {row}."
        )
    return after


def _split(frame: polars.DataFrame, target: str) -> tuple[polars.DataFrame, polars.Series]:
    import polars

    if target not in frame.columns:
        raise InvalidData(
            f"there is no column {target!r}; columns are {', '.join(frame.columns[:20])}.{nearest(target, frame.columns)}"
        )
    labels = frame[target]
    if labels.null_count():
        row = int(labels.is_null().arg_max() or 0)
        raise InvalidData(
            f"column {target!r} has {labels.null_count():,} missing labels, the first in row {row}; remove those rows."
        )
    if frame.width == 1:
        raise InvalidData(f"there is no column beside {target!r} to predict from.")
    if labels.dtype == polars.Float64 and (labels == labels.floor()).all() and (labels.abs() < 2**53).all():
        labels = labels.cast(polars.Int64)  # classes 0 and 1 are called so, not 0.0 and 1.0
    return frame.drop(target), labels
