"""Numbers with separators of thousands, a currency or per cent, and dates with slashes: read where a whole column agrees.

One cell alone can't tell what 1.299 or 03/04/1912 means; its column can. What a column showed in training is its form, which
is kept in the model file, so that every door reads a text of that column in the same way.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._number_texts import COMMA_NUMBER, CURRENCY, NUMBER, SPACES
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import quoted, shown

if TYPE_CHECKING:
    import polars

SIGNS = {".": ",", ",": "."}  # of decimals -> the other one, which then separates thousands
UNIT = re.compile(rf"%|{CURRENCY}")
SLASHES = r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?$"
CLOCKS = ("", " %H:%M", " %H:%M:%S")


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of a column are written.

    Attributes:
        decimal: "." or ","; the other one, blanks and apostrophes separate thousands. "" where no cell shows which it is: then
            amounts of a currency have at most two decimals, since $1,200 would have two meanings.
        unit: a currency or "%", which every cell has; "" for none. The number is what stands beside it: 12% is 12.
    """

    decimal: str = ""
    unit: str = ""

    kind = "number"

    def __post_init__(self) -> None:
        if self.decimal not in ("", ".", ",") or (self.unit and not UNIT.fullmatch(self.unit)):
            raise InvalidParameter(f"the form of a number has a decimal sign and a unit, got {shown(self)}.")

    @property
    def expected(self) -> str:
        """What a cell must hold, for messages."""
        whole = {",": "1.299,99", ".": "1,299.99"}.get(self.decimal, "1 299")
        return f"a number such as {whole} {self.unit}".rstrip()

    @property
    def record(self) -> dict[str, Any]:
        """The form in a model file."""
        return {"decimal": self.decimal, "unit": self.unit}

    @property
    def rule(self) -> dict[str, Any]:
        """What an exported program needs to read a text."""
        return {"expected": self.expected, "pattern": self.pattern, "signs": self.decimal or ".,"}

    @property
    def pattern(self) -> str:
        """A regular expression of its texts, understood alike by Rust, Python and JavaScript."""
        between, digits = SIGNS.get(self.decimal, ""), "{1,2}" if self.unit != "%" and self.unit else "+"
        decimals = rf"(?:[{self.decimal}][0-9]+)?" if self.decimal else rf"(?:[.,][0-9]{digits})?"
        number = rf"(?:[1-9][0-9]{{0,2}}(?:[{between} '][0-9]{{3}})+|[0-9]+){decimals}"
        if not self.unit:
            return rf"^[+-]?{number}$"
        unit = re.escape(self.unit)
        return rf"^(?:[+-]? ?{unit} ?[+-]?{number}|[+-]?{number} ?{unit})$"

    def plain(self, texts: polars.Series) -> polars.Series:
        """The texts, (n,), as digits with a decimal point alone; null where they have another form."""
        texts = _usual_signs(texts)
        texts = texts.set(~texts.str.contains(self.pattern).fill_null(False), None)
        keep = self.decimal or ".,"
        return texts.str.replace_all(rf"[^0-9+\-{keep}]", "").str.replace(r"[,]", ".")

    def read(self, texts: polars.Series) -> polars.Series:
        """The texts, (n,), as the numbers that they are; null where they are none."""
        import polars

        return self.plain(texts).cast(polars.Float64, strict=False)

    def text_of(self, number: float) -> str:
        """A number in this form; an amount without a known decimal sign with at most two decimals, as the form has them.

        >>> NumberForm(",", "€").text_of(1299.99)
        '1299,99 €'
        """
        if not self.decimal and self.unit not in ("", "%"):
            number = round(number, 2)
        text = np.format_float_positional(number, trim="-")
        return f"{text.replace('.', self.decimal or '.')} {self.unit}".rstrip()


@dataclass(frozen=True)
class DateForm:
    """How dates with slashes are written.

    Attributes:
        day_first: whether 03/04/1912 is in April.
    """

    day_first: bool

    kind = "date"

    @property
    def expected(self) -> str:
        """What a cell must hold, for messages."""
        return f"a date such as {'24/03/1912' if self.day_first else '03/24/1912'}"

    @property
    def record(self) -> dict[str, Any]:
        """The form in a model file."""
        return {"day_first": self.day_first}

    @property
    def rule(self) -> dict[str, Any]:
        """What an exported program needs to read a text."""
        return {"expected": self.expected, **self.record}

    def read(self, texts: polars.Series) -> polars.Series:
        """The texts, (n,), as the dates that they are; null where they are none."""
        import polars

        texts = texts.set(~texts.str.contains(SLASHES).fill_null(False), None)
        day = "%d/%m/%Y" if self.day_first else "%m/%d/%Y"
        dates = texts.str.to_date(day, strict=False).cast(polars.Datetime("us"))
        for clock in CLOCKS[1:]:
            dates = dates.fill_null(texts.str.to_datetime(day + clock, time_unit="us", strict=False))
        return dates

    def text_of(self, date: datetime.datetime) -> str:
        """The day of a date in this form.

        >>> DateForm(day_first=False).text_of(datetime.datetime(1912, 3, 24))
        '03/24/1912'
        """
        first, second = (date.day, date.month) if self.day_first else (date.month, date.day)
        return f"{first:02}/{second:02}/{date.year:04}"


Form = NumberForm | DateForm


def form_of_record(record: Mapping[str, Any]) -> Form:
    """The form that a model file holds.

    Raises:
        InvalidParameter: it is none.
    """
    if set(record) == {"day_first"} and isinstance(record["day_first"], bool):
        return DateForm(record["day_first"])
    if set(record) == {"decimal", "unit"} and all(isinstance(text, str) for text in record.values()):
        return NumberForm(record["decimal"], record["unit"])
    raise InvalidParameter(f"expected the form of numbers or of dates, got {shown(dict(record))}.")


def form_of(
    cells: Cells, decimal: str | None = None, day_first: bool | None = None, *, grouped: bool = False
) -> tuple[Form | None, list[str]]:
    """The form on which all cells of a column agree, and remarks; None where they need none or agree on none.

    Args:
        cells: the column.
        decimal: the decimal sign, if it is known.
        day_first: whether dates with slashes begin with the day, if it is known.
        grouped: whether the user said that thousands are separated, so that 1.299 is no plain number.
    """
    texts = cells.texts.drop_nulls()
    if not len(texts):
        return None, []
    # the longest cell first: it has a separator and a unit if any has, and most columns have neither
    longest = texts[int(texts.str.len_chars().arg_max() or 0)]
    if re.match(SLASHES, longest):
        return _date_form(cells, texts, day_first)
    unit = UNIT.search(longest)
    if not re.search(r"[0-9]", longest) or not (unit or re.search(rf"[0-9][.,'’{_spaces()}][0-9]", longest)):
        return None, []
    # a column of plain numbers has its own way, with its own warnings
    if not (unit or grouped) and texts.str.contains(COMMA_NUMBER if cells.comma else NUMBER).all():
        return None, []
    form = _number_form(texts, unit[0] if unit else "", decimal, cells.comma)
    if form is None:
        return None, []
    value = form.read(texts.head(1))[0]
    return form, [
        f"column {cells.name!r} holds numbers such as {quoted(texts[0])}, which is read as {value:.15g}; if they are none, "
        "name the column as text."
    ]


def _number_form(texts: polars.Series, unit: str, decimal: str | None, comma: bool) -> NumberForm | None:
    """The form of these texts, (n,) without a missing one."""
    forms = [NumberForm(sign, unit) for sign in ([decimal] if decimal else SIGNS)]
    usual = _usual_signs(texts)
    fitting = [form for form in forms if usual.str.contains(form.pattern).all()]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    # both fit: no sign occurs, or one that is followed by three digits in every cell
    sign = next((sign for sign in SIGNS if usual.str.contains(sign, literal=True).any()), None)
    if sign is None:
        return NumberForm("," if comma else "", unit)
    # no currency has amounts with three decimals everywhere, a share in per cent isn't in the thousands
    return NumberForm(sign if unit in ("%", "") else SIGNS[sign], unit)


def _date_form(cells: Cells, texts: polars.Series, day_first: bool | None) -> tuple[DateForm | None, list[str]]:
    forms = [DateForm(first) for first in ((True, False) if day_first is None else (day_first,))]
    fitting = [form for form in forms if not form.read(texts).null_count()]
    if len(fitting) == 1:
        order = "day/month/year" if fitting[0].day_first else "month/day/year"
        return fitting[0], [
            f"column {cells.name!r} holds dates such as {quoted(texts[0])}, which are read as {order}."
        ] * (day_first is None)
    return None, []


def is_ambiguous_date(texts: polars.Series) -> bool:
    """Whether all these texts, (n,) without a missing one, are dates with slashes in either order of day and month."""
    return bool(texts.str.contains(SLASHES).all()) and not any(
        DateForm(first).read(texts).null_count() for first in (True, False)
    )


def form_from(written: Mapping[str, Any], name: str) -> Form | None:
    """The form of a column of this name, from records by name."""
    return form_of_record(written[name]) if name in written else None


def read_as_written(frame: polars.DataFrame, written: Mapping[str, Any]) -> polars.DataFrame:
    """A frame whose columns of text are read in the forms that they had in training.

    Args:
        frame: of any columns.
        written: name -> record of a form.

    Raises:
        InvalidData: a text of another form, with its row.
    """
    from separatrix.data.kinds.words import without_missing_words

    columns = []
    for name in frame.columns:
        form = form_from(written, name)
        if form is None or str(frame[name].dtype) != "String":
            continue
        texts = without_missing_words(frame[name])
        values = form.read(texts)
        lost = values.is_null() & texts.is_not_null()
        if lost.any():
            row = int(lost.arg_max() or 0)
            raise InvalidData(
                f"column {name!r} must be {form.expected}, as in training, got {quoted(texts[row])} in row {row}."
            )
        columns.append(values)
    return frame.with_columns(columns) if columns else frame


def parsed_as(cells: Cells, form: Form) -> polars.Series:
    """A column in this form.

    Raises:
        DataFileError: a cell of another form.
    """
    from separatrix.data.kinds._number_texts import numeric_and_other, parsed_numbers

    values = form.read(cells.texts)
    cells.refuse(values.is_not_null() | cells.texts.is_null(), form.expected)
    if isinstance(form, DateForm):
        return values
    # as plain numbers are read: none infinite, none beyond 2^63
    plain = replace(cells, raw=form.plain(cells.texts), comma=False)
    return parsed_numbers(plain, numeric_and_other(plain)[0])[0]


def _usual_signs(texts: polars.Series) -> polars.Series:
    """Blanks of any width as one blank, the typographic minus and apostrophe as those of a keyboard."""
    return texts.str.replace_all(rf"[{SPACES}]", " ").str.replace_all("−", "-").str.replace_all("’", "'")


def _spaces() -> str:
    return " \u00a0\u2009\u202f"  # SPACES in Python's spelling
