"""Dates and times of a calendar, to the microsecond."""

from __future__ import annotations

import datetime
import math
import warnings
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._arithmetic import Arithmetic, scaled
from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._kind import EQUAL_ROWS, ColumnCode, ColumnKind, EncodingSettings, FittedRows, FormulaCode
from separatrix.data.kinds._number_texts import mostly
from separatrix.data.kinds._quantiles import centre_and_scale
from separatrix.data.kinds.forms import is_ambiguous_date
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

ZONED = "%+"  # ISO's form with a zone, such as 2026-11-23T08:00:00Z
# No text is a date in two of these forms.
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    ZONED,
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
# day and month unclear, in words, or in other forms
LIKE_DATE = (
    r"(?i)^(\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}([T ]\d{1,2}:.*)?|\d{4}[-/.]\d{1,2}"
    rf"|\d{{1,2}}[-/. ]?{MONTH}[-/., ]*\d{{2,4}}|{MONTH} \d{{1,2}},? \d{{2,4}}|{MONTH}[-/ ]\d{{2,4}})$"
)
DAY = 86_400e6  # microseconds
PERIODS = {"day": DAY, "week": 7 * DAY, "year": 365.2425 * DAY}  # the Gregorian mean year
EPOCH_WEEKDAY = 3 * DAY  # 1970-01-01 was a Thursday: a week begins on Monday


@dataclass(frozen=True, eq=False)
class DateCode(FormulaCode):
    """A column of dates: the time scaled, and the position in each period as a point on a circle.

    Attributes:
        name: of the column.
        centre, scale, clip: of microseconds since 1970, as for a number; a scale of 0 gives 0.
        periods: names from PERIODS; two outputs each, sine and cosine.
        indicator: whether one more output is 1 where the value is missing. All others then are 0.
        zone: the times' zone in training, "" for none; None in models that were trained before it was recorded.
    """

    kind = "date"
    tag = "date"

    name: str
    centre: float = 0.0
    scale: float = 1.0
    clip: float = 10.0
    periods: tuple[str, ...] = ()
    indicator: bool = False
    zone: str | None = None

    def __post_init__(self) -> None:
        self._refuse_infinite("centre", "scale", "clip")
        if not set(self.periods) <= PERIODS.keys():
            raise InvalidData(
                f"column {self.name!r}: periods must be of {', '.join(PERIODS)}, got {shown(self.periods)}."
            )

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names of the output features without the indicator."""
        return (self.name, *(f"{self.name}_{period}_{part}" for period in self.periods for part in ("sin", "cos")))

    def encode(self, column: polars.Series) -> np.ndarray:
        """A Datetime column (n,) -> (n, outputs) float64.

        Raises:
            InvalidData: times with a zone where there was none in training, or with a zone that nobody knows.
        """
        return super().encode(
            column if self.zone is None or column.null_count() == len(column) else self._zoned(column)
        )

    def _zoned(self, column: polars.Series) -> polars.Series:
        """The column with a zone if there was one in training, else without: no wall clock is taken for that of another zone."""
        import polars

        zone = zone_of(column)
        if bool(zone) == bool(self.zone):
            return column
        if zone:
            raise InvalidData(
                f"column {self.name!r} holds times with a zone, in training it held times without one; give the wall clock "
                "alone, such as by dt.tz_localize(None) in pandas."
            )
        warnings.warn(
            f"column {self.name!r} holds times without a zone; they are taken for those of {self.zone}, as in training.",
            stacklevel=2,
        )
        try:
            # an hour that the clocks leave out is no time, of one that they repeat the first is taken
            return column.dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null")
        except polars.exceptions.PolarsError as error:
            raise InvalidData(f"column {self.name!r}: there is no time zone {shown(self.zone)}.") from error

    def zoned_value(self, value: Any) -> Any:
        """One datetime as `encode` takes it, without polars.

        Raises:
            InvalidData: a time with a zone, where there was none in training.
        """
        if not isinstance(value, datetime.datetime) or self.zone is None or bool(value.tzinfo) == bool(self.zone):
            return value
        if not self.zone:
            raise InvalidData(f"column {self.name!r} holds times with a zone, in training it held times without one.")
        # fold is 0 by default: of an hour that the clocks repeat the first, as in `_zoned`
        return value.replace(tzinfo=zoneinfo.ZoneInfo(self.zone))

    def formula(self, x: Any, missing: Any, arithmetic: Arithmetic) -> list[Any]:
        """The outputs without the indicator, of microseconds since 1970; see `FormulaCode.formula`."""
        values = [scaled(self, x, arithmetic)]
        for period in self.periods:
            turns = (x + EPOCH_WEEKDAY) / PERIODS[period]
            # the fraction first: sine and cosine of a large angle lose digits
            angle = (turns - arithmetic.call("floor", turns)) * (2 * math.pi)
            values += [arithmetic.call("sin", angle), arithmetic.call("cos", angle)]
        return [arithmetic.where(missing, 0.0, value) for value in values]


class Date(ColumnKind):
    """The kind of dates, with or without a time of day. Times with a zone keep it; they are counted in UTC."""

    name = "date"
    plural = "dates"
    expected = "a date"
    stored = "Datetime"
    accepted = ("Date",)
    codes = (DateCode,)
    ordered = True
    axis_unit = DAY
    labelled_axis = True
    feed = "double, microseconds since 1970-01-01 00:00, NaN where missing"

    def dtype(self) -> polars.DataType:
        """Datetime in microseconds, without a zone."""
        import polars

        return polars.Datetime("us")

    def normalised(self, series: polars.Series) -> polars.Series:
        """Dates as the midnight with which they begin, times with a zone in that zone."""
        if getattr(series.dtype, "time_zone", None):
            return series.dt.cast_time_unit("us")
        return series.cast(self.dtype())

    def holds(self, value: Any) -> bool:
        """Whether it is a date or a datetime, Python's or NumPy's, or a period of pandas."""
        return isinstance(value, datetime.date | np.datetime64) or type(value).__name__ == "Period"

    def of_values(self, name: str, values: Any) -> polars.Series:
        """A column of dates and None; periods as the midnight with which they begin.

        Raises:
            InvalidData: times with and without a zone.
        """
        import polars

        zones = [getattr(value, "tzinfo", None) is not None for value in values if value is not None]
        if any(zones) and not all(zones):
            raise InvalidData(f"column {name!r} mixes times with and without a zone; make them one of both.")
        dates = polars.Series(name, [None if value is None else _plain(value) for value in values], self.dtype())
        return _in_zone(dates, values) if any(zones) else dates

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """Text in one of `DATE_FORMATS`."""
        if source.name != "category":
            return None
        plain, zoned = as_dates(series)
        mixed = plain.is_not_null().any() and zoned.is_not_null().any()
        # null: whoever converts says which value it could not
        return plain if mixed or not zoned.is_not_null().any() else zoned

    def as_text(self, series: polars.Series) -> polars.Series:
        """As 2026-11-23 08:00:00.000000, in UTC if they have a zone."""
        if zone_of(series):
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return super().as_text(series)

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """All texts dates of one and the same form."""
        texts = cells.texts
        # a single cell first: most columns hold no dates, and all of them in ten forms would take long
        first = texts.drop_nulls().head(1)
        for form in DATE_FORMATS:
            if not dates_of_form(first, form).null_count():
                dates = dates_of_form(texts, form)
                if dates.null_count() == texts.null_count():
                    return dates, cells.missing_warning(self.plural)
        return None

    def parsed(self, cells: Cells) -> polars.Series:
        """A column of dates.

        Raises:
            DataFileError: a cell that is no date, or times with and without a zone.
        """
        plain, zoned = as_dates(cells.texts)
        cells.refuse(cells.texts.is_null() | plain.is_not_null() | zoned.is_not_null(), self.expected)
        if not zoned.is_not_null().any():
            return plain
        if plain.is_not_null().any():
            row = int((plain if zoned[0] is not None else zoned).is_not_null().arg_max() or 0)
            raise cells.place.error(
                row, cells.name, "times with and without a zone in one column; make them one of both."
            )
        return zoned

    def advice(self, texts: polars.Series) -> str | None:
        """For dates in other forms."""
        if is_ambiguous_date(texts):
            return "no day above 12 shows whether day or month comes first; say --day-first or --month-first"
        if mostly(texts, LIKE_DATE):
            return "write them as 2026-11-23 or 23.11.2026"
        return None

    def numbers(self, column: polars.Series) -> np.ndarray:
        """Microseconds since 1970, (n,) float64, NaN where missing."""
        return super().numbers(column.to_physical())

    def of_numbers(self, name: str, numbers: np.ndarray) -> polars.Series:
        """The dates at microseconds since 1970."""
        import polars

        return polars.Series(name, numbers.round().astype(np.int64)).cast(self.dtype())

    def labels(self, numbers: np.ndarray) -> list[str]:
        """The days."""
        return [str(date.date()) for date in self.of_numbers("", numbers).to_list()]

    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """The code of a column: its centre and scale, and the periods that it spans, a day if it has times of day."""
        indicator = settings.indicates(column)
        time = self.numbers(column)
        present = time[~np.isnan(time)]
        if not len(present):
            return DateCode(column.name, scale=0.0, indicator=indicator)
        zone = zone_of(column)
        centre, scale = centre_and_scale(time[None], rows.weight, robust=True)
        # half a period shows already that its beginning differs from its end
        periods = [name for name in ("week", "year") if np.ptp(present) >= PERIODS[name] / 2]
        # where all are midnights, the position in the day would be two constant inputs
        if (present % DAY != 0).any():
            periods.insert(0, "day")
        return DateCode(column.name, float(centre[0]), float(scale[0]), settings.clip, tuple(periods), indicator, zone)

    @staticmethod
    def read_cell(cell: Any) -> float:
        """Microseconds since 1970-01-01 00:00, in the exported Python file; a time with a zone becomes UTC."""
        import re
        from datetime import UTC, datetime, timedelta

        date = cell
        if isinstance(cell, str):
            for form in ("%Y/%m/%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"):
                try:
                    date = datetime.strptime(cell.strip(), form)
                    break
                except ValueError:
                    continue
            else:
                if not re.match("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", cell.strip()):
                    raise ValueError
                # months, days and hours of one digit; not the fraction of a second
                whole, point, fraction = cell.strip().partition(".")
                date = datetime.fromisoformat(re.sub("(?<![0-9])([0-9])(?![0-9])", "0\\1", whole) + point + fraction)
        if not isinstance(date, datetime):
            date = datetime(date.year, date.month, date.day)
        if date.tzinfo is not None:
            date = date.astimezone(UTC).replace(tzinfo=None)
        return float((date - datetime(1970, 1, 1)) // timedelta(microseconds=1))


def zone_of(column: polars.Series) -> str:
    """The time zone of a Datetime column, "" for none."""
    return getattr(column.dtype, "time_zone", None) or ""


def as_dates(texts: polars.Series) -> tuple[polars.Series, polars.Series]:
    """Each text as the date that it is in one of `DATE_FORMATS`: those without a zone, and those with one, in UTC.

    Both are (n,) and null for other texts.
    """
    import polars

    dates = polars.Series(texts.name, [None] * len(texts), polars.Datetime("us"))
    for form in DATE_FORMATS:
        if form != ZONED:
            dates = dates.fill_null(dates_of_form(texts, form))
    return dates, dates_of_form(texts, ZONED)


def dates_of_form(texts: polars.Series, form: str) -> polars.Series:
    """The texts that are dates of this form; null for others, such as years of two digits."""
    import polars

    # polars' %Y takes 23 for the year 23, which nobody means
    texts = texts.set(~texts.str.contains(r"\b\d{4}\b|\d{4}T"), None)
    if form == ZONED:
        return texts.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    if "H" in form:
        return texts.str.to_datetime(form, time_unit="us", strict=False)
    return texts.str.to_date(form, strict=False).cast(polars.Datetime("us"))


def _in_zone(dates: polars.Series, values: Any) -> polars.Series:
    """Dates in UTC as times of the zone that all values have, or of UTC where they have several or one without a name."""
    import polars

    in_utc = dates.dt.replace_time_zone("UTC")
    zones = {str(value.tzinfo) for value in values if value is not None}
    try:
        return in_utc.dt.convert_time_zone(zones.pop()) if len(zones) == 1 else in_utc
    except polars.exceptions.PolarsError:  # such as "UTC+02:00"
        return in_utc


def _plain(value: Any) -> datetime.datetime:
    """A date as a datetime without a zone, in UTC if it had one."""
    # by its name, so that pandas need not be imported
    if type(value).__name__ == "Period":
        value = value.start_time.to_pydatetime()
    if isinstance(value, np.datetime64):
        # of nanoseconds, item() would give an int
        value = value.astype("datetime64[us]").item()
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
