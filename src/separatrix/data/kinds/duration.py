"""Durations: differences of two times, and times of day as the time since midnight; in seconds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._kind import EQUAL_ROWS, ColumnCode, ColumnKind, EncodingSettings, FittedRows
from separatrix.data.kinds._number_texts import mostly
from separatrix.data.kinds.number import NumberCode, number_codes

if TYPE_CHECKING:
    import polars

# [days] hours:minutes:seconds[.fraction], such as 1:30:00 or 2 days 03:04:05.5, or days alone. A sign is that of the whole,
# but "-1 days +23:00:00" (pandas) and "-1 day, 23:00:00" (Python) are minus one hour: there it is that of the days.
PATTERN = (
    r"^([+-])?(?:([0-9]{1,7}) days?(?:(, \+?| \+)| )?)?(?:([0-9]{1,7}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?)?$"
)
COMPLETE = r"(days?|:[0-5][0-9](\.[0-9]{1,9})?)$"  # that one of the two optional parts is there
LIKE_DURATION = r"(?i)^[+-]?(\d+ ?(d|days?|h|hours?|m|min|minutes?|s|sec|seconds?) ?)+$|^pt?(\d+[dhms])+t?(\d+[hms])*$"
SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, eq=False)
class DurationCode(NumberCode):
    """A column of durations: the code of a number, of seconds. The attributes are those of `NumberCode`."""

    kind = "duration"
    tag = "duration"

    def encode(self, column: polars.Series) -> np.ndarray:
        """A Duration column (n,) -> (n, outputs) float64."""
        return self.encode_numbers(_seconds(column))


class Duration(ColumnKind):
    """The kind of durations."""

    name = "duration"
    plural = "durations"
    expected = "a duration such as 1:30:00"
    stored = "Duration"
    accepted = ("Time",)
    codes = (DurationCode,)
    ordered = True
    labelled_axis = True
    feed = "double, seconds, NaN where missing"

    def dtype(self) -> polars.DataType:
        """Duration in microseconds."""
        import polars

        return polars.Duration("us")

    def normalised(self, series: polars.Series) -> polars.Series:
        """Microseconds; a time of day is the time since midnight."""
        import polars

        if series.dtype == polars.Time:  # its integers are nanoseconds
            series = series.cast(polars.Int64).cast(polars.Duration("ns"))
        return series.cast(self.dtype())

    def holds(self, value: Any) -> bool:
        """Whether it is a timedelta, Python's, pandas' or NumPy's, or a time of day."""
        return isinstance(value, datetime.timedelta | np.timedelta64 | datetime.time)

    def of_values(self, name: str, values: Any) -> polars.Series:
        """A column of timedeltas, times of day and None."""
        import polars

        return polars.Series(name, [None if value is None else _timedelta(value) for value in values], self.dtype())

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """Text such as 1:30:00. A number isn't, for its unit is unknown."""
        return as_durations(series) if source.name == "category" else None

    def as_text(self, series: polars.Series) -> polars.Series:
        """As Python writes a timedelta, such as 1 day, 2:03:04."""
        import polars

        texts = [None if value is None else duration_text(value) for value in series.to_list()]
        return polars.Series(series.name, texts, polars.String)

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """All texts durations."""
        durations = as_durations(cells.texts)
        if durations.null_count() > cells.texts.null_count():
            return None
        return durations, cells.missing_warning(self.plural)

    def parsed(self, cells: Cells) -> polars.Series:
        """A column of durations.

        Raises:
            DataFileError: a cell that is no duration.
        """
        durations = as_durations(cells.texts)
        cells.refuse(cells.texts.is_null() | durations.is_not_null(), self.expected)
        return durations

    def advice(self, texts: polars.Series) -> str | None:
        """For durations with units, such as 1h 30m or PT1H30M."""
        return "write them as 1:30:00 or 2 days 01:30:00" if mostly(texts, LIKE_DURATION) else None

    def numbers(self, column: polars.Series) -> np.ndarray:
        """Seconds, (n,) float64, NaN where missing."""
        return _seconds(column)

    def of_numbers(self, name: str, numbers: np.ndarray) -> polars.Series:
        """The durations of so many seconds."""
        import polars

        # rounded: a fraction of a second may have no exact float64, and a cast alone would cut off a microsecond
        return polars.Series(name, (numbers * SECOND).round().astype(np.int64)).cast(self.dtype())

    def labels(self, numbers: np.ndarray) -> list[str]:
        """As 1:30:00, with fractions only below a minute."""
        rounded = np.where(np.abs(numbers) < 60, numbers, np.round(numbers))
        return [duration_text(value) for value in self.of_numbers("", rounded).to_list()]

    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """The code of the seconds, by the settings for numbers."""
        return number_codes([column.name], _seconds(column)[None], rows.weight, settings, DurationCode)[0]

    @staticmethod
    def read_cell(cell: Any) -> float:
        """Seconds of a timedelta, a time of day or a text, in the exported Python file."""
        import re
        from datetime import time, timedelta

        if isinstance(cell, time):
            return 3600 * cell.hour + 60 * cell.minute + cell.second + cell.microsecond / 1_000_000

        if isinstance(cell, timedelta):
            return cell.total_seconds()
        days = r"([+-])?(?:([0-9]{1,7}) days?(?:(, \+?| \+)| )?)?"
        match = re.fullmatch(days + r"(?:([0-9]{1,7}):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,9}))?)?", cell.strip())
        if match is None or not re.search(r"(days?|:[0-5][0-9](\.[0-9]{1,9})?)$", cell.strip()):
            raise ValueError
        sign = -1 if match[1] == "-" else 1
        seconds = (60 * int(match[4] or 0) + int(match[5] or 0)) * 60 + int(match[6] or 0)
        microseconds = 1_000_000 * seconds + int(((match[7] or "") + "000000")[:6])
        total = sign * 86_400_000_000 * int(match[2] or 0) + (1 if match[3] else sign) * microseconds
        return total / 1_000_000


def as_durations(texts: polars.Series) -> polars.Series:
    """Each text as the duration that it is, in microseconds; null for others.

    >>> import polars
    >>> as_durations(polars.Series(["1:30:00", "-1 days +23:00:00", "2 days", "90 min"])).to_list()
    [datetime.timedelta(seconds=5400), datetime.timedelta(days=-1, seconds=82800), datetime.timedelta(days=2), None]
    """
    import polars

    valid = texts.str.contains(PATTERN) & texts.str.contains(COMPLETE)
    sign, days, of_days, hours, minutes, seconds, fraction = (
        texts.set(~valid, None).str.extract(PATTERN, group) for group in range(1, 8)
    )

    def whole(part: polars.Series) -> polars.Series:
        return part.cast(polars.Int64).fill_null(0)

    # cut to microseconds, which is what columns hold
    microseconds = whole((fraction.fill_null("") + "000000").str.slice(0, 6))
    time = ((60 * whole(hours) + whole(minutes)) * 60 + whole(seconds)) * SECOND + microseconds
    of_all = 1 - 2 * (sign == "-").fill_null(False).cast(polars.Int64)
    of_time = polars.select(polars.when(of_days.is_not_null()).then(1).otherwise(of_all)).to_series()
    total = of_all * whole(days) * (86_400 * SECOND) + of_time * time
    return total.set(~valid.fill_null(False), None).cast(polars.Duration("us")).alias(texts.name)


def duration_text(value: datetime.timedelta) -> str:
    """As Python writes it, but negative ones with a sign of the whole.

    >>> duration_text(datetime.timedelta(hours=-25)), duration_text(datetime.timedelta(days=1, seconds=90))
    ('-1 day 1:00:00', '1 day, 0:01:30')
    """
    # without the comma, which would make the sign that of the days alone
    return f"-{-value}".replace(",", "") if value < datetime.timedelta(0) else str(value)


def _seconds(column: polars.Series) -> np.ndarray:
    import polars

    # polars' total_seconds is a whole number, without the fraction
    return (column.dt.total_microseconds().cast(polars.Float64) / SECOND).fill_null(float("nan")).to_numpy()


def _timedelta(value: Any) -> datetime.timedelta:
    if isinstance(value, datetime.time):
        clock = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        return clock + datetime.timedelta(microseconds=value.microsecond)
    plain: datetime.timedelta = value.astype("timedelta64[us]").item() if isinstance(value, np.timedelta64) else value
    return plain
