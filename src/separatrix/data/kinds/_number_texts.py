"""Numbers in texts: which cells are one, which stand for a missing one, and which lose digits in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from separatrix.data.kinds._cells import Cells
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

# [0-9], not \d: that takes digits of other scripts, which no parser of numbers reads
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
COMMA_NUMBER = r"^[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?$"
INFINITE = r"(?i)^[+-]?inf(inity)?$"
CURRENCY = r"[$€£¥₹]|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL"
SPACES = r" \x{a0}\x{2009}\x{202f}"  # that separate thousands, no-break and thin ones among them
UNIT = r"[kKMBT]|[kmµ]?g|[ckmµ]?m|[mµ]?l|m?s|h|[KMGT]i?B|lbs?|oz|ft|yrs?"
# with a separator of thousands, a currency, per cent or a unit, in brackets, or with the sign behind
LIKE_NUMBER = (
    rf"^\(?[+−-]?\s?({CURRENCY})?\s?[+−-]?(\d{{1,3}}([.,'’{SPACES}]\d{{2,3}})+|\d+)([.,]\d+)?"
    rf"(\s?(%|{CURRENCY}|{UNIT})|\s[a-zA-Zµ°/²³]{{1,5}})?[-)]?$"
)
HEXADECIMAL = r"^[+-]?0[xX][0-9a-fA-F]+$"
LARGEST_WHOLE = 2.0**63
EXACT = 2.0**24  # whole numbers up to here are float32 numbers


def numeric_and_other(cells: Cells) -> tuple[polars.Series, polars.Series]:
    """Which cells are numbers, and which are neither numbers nor missing; both (n,), the first null where empty."""
    texts = cells.texts
    numeric = texts.str.contains(COMMA_NUMBER if cells.comma else NUMBER) | texts.str.contains(INFINITE)
    return numeric, texts.is_not_null() & ~numeric


def mostly(texts: polars.Series, pattern: str) -> bool:
    """Whether more than half of the different texts, (n,) String without a missing one, have this pattern."""
    # each text once, so that a single frequent one doesn't decide
    distinct = texts.unique()
    return 2 * int(distinct.str.contains(pattern).sum()) > len(distinct)


def parsed_numbers(cells: Cells, numeric: polars.Series) -> tuple[polars.Series, list[str]]:
    """The column as numbers, with warnings.

    Args:
        cells: of which each is a number or counts as missing.
        numeric: which of them are numbers, (n,) Boolean.

    Raises:
        DataFileError: a number that isn't finite, a whole number beyond 2^63.
    """
    import polars

    texts, warnings = cells.texts, list[str]()
    plain = texts.set(~numeric.fill_null(False), None)
    values = (plain.str.replace(",", ".", literal=True) if cells.comma else plain).cast(polars.Float64, strict=False)
    # what has the form of a number and yet isn't parsed is out of range as well
    infinite = values.is_infinite().fill_null(False) | (plain.is_not_null() & values.is_null())
    if infinite.any():
        row = int(infinite.arg_max() or 0)
        raise cells.place.error(
            row, cells.name, f"{shown(plain[row])} is no finite number; correct it or leave the cell empty."
        )
    # by the text, not by the value: 1e20 doesn't claim that all its digits count, 16777217 does
    large = (plain.str.contains(r"^[+-]?[0-9]+$") & (values.abs() > EXACT)).fill_null(False)
    if large.any():
        warnings += _of_large(cells, plain, large)
    return values.alias(cells.name), warnings


def _of_large(cells: Cells, plain: polars.Series, large: polars.Series) -> list[str]:
    """A warning for whole numbers that float32 rounds; large: which cells hold whole numbers beyond `EXACT`.

    Raises:
        DataFileError: a whole number beyond 2^63.
    """
    import polars

    rows = large.arg_true()
    texts = plain.gather(rows).str.strip_prefix("+")
    whole = texts.cast(polars.Int64, strict=False)
    if whole.null_count():  # int64 ends at 2^63 - 1
        k = int(whole.is_null().arg_max() or 0)
        raise cells.place.error(
            rows[k], cells.name, f"{shown(texts[k])} is beyond 2^63; if it is an identifier, name the column as text."
        )
    rounded = rounded_by_float32(whole)
    if not rounded.any():
        return []
    first = int(rounded.arg_max() or 0)
    return [rounding_warning(cells.name, f"{texts[first]} in line {cells.place.lines[rows[first]]}")]


def rounded_by_float32(whole: polars.Series) -> polars.Series:
    """Which integers, (n,), aren't float32 numbers: (n,) Boolean."""
    import polars

    # compared as integers: float64 rounds beyond 2^53 itself
    return (whole.cast(polars.Float32).cast(whole.dtype, strict=False) != whole).fill_null(False)


def largest_whole(series: polars.Series) -> int:
    """The largest absolute value of a column of integers; 0 without one.

    Raises:
        InvalidData: it is beyond 2^63; names the column and its row.
    """
    # as Python's integers: the absolute value of -2^63 doesn't fit into int64
    lowest, highest = (int(value or 0) for value in (series.min(), series.max()))  # type: ignore[arg-type]  # integers
    if max(-lowest, highest) > LARGEST_WHOLE:
        row = int((series.arg_max() if highest > LARGEST_WHOLE else series.arg_min()) or 0)
        raise InvalidData(
            f"column {series.name!r}, row {row}: {series[row]} is beyond 2^63; if it is an identifier, name the column as "
            "text."
        )
    return max(-lowest, highest)


def rounding_warning(name: str, first: str) -> str:
    """The warning for a column with whole numbers that float32 can't hold; first: such a number, and where it is."""
    return (
        f"column {name!r} holds whole numbers beyond 2^24, which float32 rounds; the first is {first}. Is it an identifier? If "
        "the difference matters, train with dtype='float64'."
    )
