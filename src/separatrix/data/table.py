"""Table: a data frame with a target column, read and checked, never yet numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from separatrix.data.frames import as_frame, kinds_of
from separatrix.data.kinds import KINDS, kind_of
from separatrix.data.kinds.words import MISSING_WORDS, without_missing_words
from separatrix.errors import InvalidData, warn
from separatrix.support.constraints import nearest, shown

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class Table:
    """Columns to predict from, and the labels to predict.

    Attributes:
        frame: the columns without the target, each in the polars type of its kind.
        kinds: name -> "number", "boolean", "category", "date" or "duration", in the frame's order.
        target: the name of the label column, or None.
        labels: the labels as they were read, none missing, or None.
        source: where it came from: a path, "standard input" or "frame".
        sha256: of the file's bytes, or None.
        warnings: what a reader should know, a sentence each.
        missing_words: texts that stand for a missing value.
        written: name -> how the numbers or dates of a column are written, where they aren't plain: their decimal sign and unit,
            or whether the day comes first.

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
    missing_words: tuple[str, ...] = MISSING_WORDS
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Rows."""
        return self.frame.height

    def __repr__(self) -> str:
        to = "" if self.target is None else f" -> {self.target!r}"
        return f"Table({self.source}: {self.n_rows:,} rows, {self.frame.width} columns{to})"

    @classmethod
    def from_frame(
        cls,
        x: Any,
        target: str | None = None,
        *,
        source: str = "frame",
        sha256: str | None = None,
        warnings: tuple[str, ...] = (),
        missing_words: tuple[str, ...] = MISSING_WORDS,
    ) -> Table:
        """Read any frame (see `frames.as_frame`), and take its labels out.

        Args:
            x: a frame of n rows.
            target: the column of labels, or None.
            source: where it came from, for messages.
            sha256: of the file's bytes, or None.
            warnings: what the reader of the file has to say, a sentence each.
            missing_words: texts that stand for a missing value in columns of text.

        Raises:
            InvalidData: no rows, no such target, missing labels, or columns that can't be used.
        """
        import polars

        frame = as_frame(x)
        if frame.height == 0:
            raise InvalidData(f"{source} has a header but no rows.")
        labels = None
        # before words for missing values are taken out: "NA" can be the name of a class
        if target is not None:
            frame, labels = _split(frame, target)
        frame = polars.DataFrame(
            [without_missing_words(column, missing_words) if kind_of(column).textual else column for column in frame]
        )
        warnings += tuple(
            f"column {name!r} has no value in any row; it is kept and carries no information."
            for name in frame.columns
            if frame[name].null_count() == frame.height
        )
        return cls(frame, kinds_of(frame), target, labels, source, sha256, warnings, missing_words)


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
        # a hint for the first missing name alone: a list of guesses would hide the list of names
        hints = "".join(nearest(name, frame.columns) for name in missing[:1])
        raise InvalidData(
            f"columns are missing: {', '.join(map(repr, missing))}; the model was trained on them.{hints}"
        )
    extra = [name for name in frame.columns if name not in kinds]
    if extra:
        warn(f"columns the model doesn't know are left out: {', '.join(map(repr, extra))}.")
    return polars.DataFrame([as_kind(frame[name], kind) for name, kind in kinds.items()])


def as_kind(series: polars.Series, kind: str) -> polars.Series:
    """A normalised column as another kind.

    Raises:
        InvalidData: a value that can't be one, with its row.
    """
    import polars

    source, target = kind_of(series), KINDS[kind]
    if source is target:
        return series
    if source.textual:  # as in a file: whatever kind the column is, these words mean that a value is missing
        series = without_missing_words(series)
    # a column without values has no kind of its own, whatever its type
    if series.null_count() == len(series):
        return polars.Series(series.name, [None] * len(series), target.dtype())
    converted = target.converted(series, source)
    if converted is None:
        raise InvalidData(f"column {series.name!r} was a {kind} in training and is a {source.name} here.")
    return _strict(series, converted, target.expected)


def _strict(before: polars.Series, after: polars.Series, expected: str) -> polars.Series:
    """The column after a conversion, in which no value may have got lost."""
    # a value that was missing before is no loss
    lost = after.is_null() & before.is_not_null()
    if lost.any():
        row = int(lost.arg_max() or 0)
        raise InvalidData(
            f"column {before.name!r} must be {expected}, as in training, got {shown(before[row])} in row {row}."
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
