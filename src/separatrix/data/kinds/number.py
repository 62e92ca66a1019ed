"""Numbers: whole or decimal, scaled or cut into pieces between quantiles."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._arithmetic import Arithmetic, clipped, scaled
from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._kind import EQUAL_ROWS, ColumnCode, ColumnKind, EncodingSettings, FittedRows, FormulaCode
from separatrix.data.kinds._number_texts import (
    HEXADECIMAL,
    LARGEST_WHOLE,
    LIKE_NUMBER,
    mostly,
    numeric_and_other,
    parsed_numbers,
)
from separatrix.data.kinds._quantiles import centre_and_scale, distinct_knots, knots_between, quantiles
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

LATE = 0.05  # share of texts below which a column of numbers has text in it by mistake
METHODS = ("scaled", "quantile", "piecewise", "both")


@dataclass(frozen=True, eq=False)
class NumberCode(FormulaCode):
    """A column of numbers.

    Attributes:
        name: of the column.
        method: "scaled", one output (x - centre) / scale within ±clip; "quantile", one output, the level between the knots;
            "piecewise", one output for each piece between two knots: the share of it below x, 0 to 1 (Gorishniy et al. 2022);
            "both", the first and then the pieces.
        fill: what replaces a missing value, in the column's unit.
        centre, scale, clip: for "scaled". A scale of 0 stands for a constant column, which gives 0.
        knots: (k,) increasing, in the column's unit, for the other methods; fewer than 2 give 0 or no output.
        levels: (k,) for "quantile".
        indicator: whether one more output is 1 where the value is missing.
    """

    kind = "number"
    tag = "number"
    array_fields = ("knots", "levels")

    name: str
    method: str = "scaled"
    fill: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    clip: float = 10.0
    knots: np.ndarray | None = None
    levels: np.ndarray | None = None
    indicator: bool = False

    def __post_init__(self) -> None:
        self._refuse_infinite("fill", "centre", "scale", "clip")
        if self.method == "scaled" and self.knots is None and self.levels is None:
            return
        knots, levels = _array(self.knots), _array(self.levels)
        consistent = self.method in METHODS and (self.method != "quantile" or len(levels) == len(knots))
        if not (consistent and knots.ndim == 1 and (np.diff(knots) > 0).all() and np.isfinite(levels).all()):
            raise InvalidData(
                f"column {self.name!r}: expected one of the methods {', '.join(METHODS)}, increasing knots and a level for "
                f"each of them, got {shown(self)}."
            )

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names of the output features without the indicator."""
        if self.method not in ("piecewise", "both"):
            return (self.name,)
        pieces = tuple(f"{self.name}_piece{k}" for k in range(1, len(_array(self.knots))))
        return pieces if self.method == "piecewise" else (self.name, *pieces)

    def encode_numbers(self, x: np.ndarray) -> np.ndarray:
        """Numbers (n,) float64 with NaN for missing -> (n, outputs) float64.

        The formula's arithmetic in NumPy's own functions, which take a third of the time.
        """
        missing = np.isnan(x)
        x = np.where(missing, self.fill, x)
        methods = {"scaled": self._scaled, "quantile": self._level, "piecewise": self._pieces, "both": self._both}
        values = methods[self.method](x)
        return np.concatenate([values, missing[:, None].astype(np.float64)], axis=1) if self.indicator else values

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        # a constant column: it stays, says nothing, and divides by nothing
        if self.scale == 0:
            return np.zeros((len(x), 1))
        with np.errstate(over="ignore"):  # beyond 1e308 it is infinite, and clipped
            return np.asarray(np.clip((x - self.centre) / self.scale, -self.clip, self.clip))[:, None]

    def _level(self, x: np.ndarray) -> np.ndarray:
        knots, levels = _array(self.knots), _array(self.levels)
        # linear between the knots, constant beyond them
        return (np.interp(x, knots, levels) if len(knots) > 1 else np.zeros(len(x)))[:, None]

    def _pieces(self, x: np.ndarray) -> np.ndarray:
        knots = _array(self.knots)
        with np.errstate(over="ignore"):
            # Gorishniy et al. (2022), eq. 1: each piece is the share of it that lies below x
            pieces: np.ndarray = np.clip((x[:, None] - knots[:-1]) / np.diff(knots), 0, 1)  # (n, 1), (k - 1,)
        return pieces

    def _both(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self._scaled(x), self._pieces(x)], axis=1)

    def formula(self, x: Any, missing: Any, arithmetic: Arithmetic) -> list[Any]:
        """The outputs without the indicator; see `FormulaCode.formula`."""
        # filled before anything is computed: a NaN would pass through every product, those with 0 included
        x = arithmetic.where(missing, self.fill, x)
        if self.method == "scaled":
            return [scaled(self, x, arithmetic)]
        knots = _array(self.knots)
        # one distinct value has no piece between two knots
        if len(knots) < 2:
            # x * 0.0 and not a constant: in the graph of an export only x knows the number of rows
            return {"quantile": [x * 0.0], "both": [scaled(self, x, arithmetic)]}.get(self.method, [])
        starts, lengths = arithmetic.constant(knots[None, :-1]), arithmetic.constant(-np.diff(knots)[None])
        pieces = clipped(
            (starts - x) / lengths, 0.0, 1.0, arithmetic
        )  # (n, 1), (1, k) -> (n, k); turned as in `scaled`
        if self.method != "quantile":
            return [pieces] if self.method == "piecewise" else [scaled(self, x, arithmetic), pieces]
        levels = _array(self.levels)
        # interpolation as a linear function of the pieces, since export formats have no interpolation
        return [arithmetic.linear(pieces, np.diff(levels)[None], levels[:1])]  # each piece lifts by its share below x


def _array(values: np.ndarray | None) -> np.ndarray:
    return np.zeros(0) if values is None else values


class Number(ColumnKind):
    """The kind of numbers."""

    name = "number"
    plural = "numbers"
    expected = "a finite number"
    stored = "Float64"
    accepted = (
        *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64, 128)),
        # Null is a column without any value, which is one of numbers in a file, too
        *("Float16", "Float32", "Decimal", "Null"),
    )
    codes = (NumberCode,)
    ordered = True

    def dtype(self) -> polars.DataType:
        """Float64."""
        import polars

        return polars.Float64()

    def normalised(self, series: polars.Series) -> polars.Series:
        """Finite float64; NaN becomes a missing value.

        Raises:
            InvalidData: an infinite number, with its row.
        """
        import polars

        return _finite(series.cast(polars.Float64))

    def holds(self, value: Any) -> bool:
        """Whether it is a real number; a bool is none."""
        # not int | float: fractions, decimals and NumPy's scalars are numbers too, and bool is an int in Python
        return isinstance(value, numbers.Number) and not isinstance(value, complex | bool | np.bool_)

    def of_values(self, name: str, values: Sequence[Any]) -> polars.Series:
        """A column of numbers and None.

        Raises:
            InvalidData: a whole number or a fraction beyond the range of float64.
        """
        import polars

        return polars.Series(name, [None if value is None else _float(name, value) for value in values], polars.Float64)

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """Text that is a number, true as 1, and durations in seconds, as models of earlier versions were trained on."""
        import polars

        if source.name == "category":
            return series.cast(polars.Float64, strict=False)
        if source.name in ("boolean", "duration"):
            return polars.Series(series.name, source.numbers(series)).fill_nan(None)
        return None

    def as_text(self, series: polars.Series) -> polars.Series:
        """Whole numbers without their ".0", as they stood in the file."""
        import polars

        # beyond 2^53 not every whole number is a float64, and its digits would be made up
        whole = ((series == series.floor()) & (series.abs() < 2**53)).fill_null(False)
        text = polars.select(
            polars.when(whole)
            .then(series.cast(polars.Int64, strict=False).cast(polars.String))
            .otherwise(series.cast(polars.String))
        )
        return text.to_series().alias(series.name)

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """All texts numbers or words for missing ones.

        Raises:
            DataFileError: a few texts among many numbers, an infinite number, a whole number beyond 2^63.
        """
        import polars

        texts = cells.texts
        count = len(texts) - texts.null_count()
        # without any value each kind would do; frames make such a column one of numbers, too
        if not count:
            return texts.cast(polars.Float64), []
        numeric, other = numeric_and_other(cells)
        if not numeric.any():
            return None
        if not other.any():
            column, warnings = parsed_numbers(cells, numeric)
            return column, cells.missing_warning(self.plural) + warnings
        # few texts among many numbers are mistakes; in a short or mixed column nobody can tell
        if other.sum() / count < LATE and numeric.sum() > 20:
            row = int(other.arg_max() or 0)
            raise cells.place.error(
                row,
                cells.name,
                f"{shown(texts[row])} among numbers; correct it, leave the cell empty, or name the column as text.",
            )
        return None

    def parsed(self, cells: Cells) -> polars.Series:
        """A column of numbers.

        Raises:
            DataFileError: a cell that is no finite number.
        """
        import polars

        plain = cells.texts.cast(polars.Float64, strict=False)
        # an infinite number, which the cast accepts, isn't below the bound, either
        if plain.null_count() == cells.texts.null_count() and (plain.abs() < LARGEST_WHOLE).all():  # the usual case
            return plain
        numeric, other = numeric_and_other(cells)
        cells.refuse(~other, self.expected)
        return parsed_numbers(cells, numeric)[0]

    def advice(self, texts: polars.Series) -> str | None:
        """For numbers with separators of thousands, currencies and the like, and for hexadecimal ones."""
        if mostly(texts, HEXADECIMAL):
            return "write them with the digits 0 to 9, unless they are identifiers"
        if mostly(texts, LIKE_NUMBER):
            return "write them with digits and a point alone"
        return None

    def of_numbers(self, name: str, numbers: np.ndarray) -> polars.Series:
        """The numbers as they are."""
        import polars

        return polars.Series(name, numbers, polars.Float64)

    def labels(self, numbers: np.ndarray) -> list[str]:
        """Numbers with four digits, whole ones in full."""
        return [number_text(float(number)) for number in numbers]

    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """The code of one column; see `number_codes`."""
        return number_codes([column.name], self.numbers(column)[None], rows.weight, settings)[0]

    @staticmethod
    def read_cell(cell: Any) -> float:
        """A finite number, in the exported Python file."""
        import math

        value = float(cell)
        # float() accepts 1_000, inf and nan, the readers don't
        if not math.isfinite(value) or (isinstance(cell, str) and "_" in cell):
            raise ValueError
        return value


def number_text(value: float) -> str:
    """A number as people write it: with four digits, whole numbers in full and without a point.

    >>> number_text(3.0), number_text(0.1234567), number_text(125600.25)
    ('3', '0.1235', '125600')
    """
    # beyond 1e15 the digits that .0f writes would soon be more than a float64 holds
    return f"{value:.0f}" if abs(value) < 1e15 and (abs(value) >= 1e3 or value == round(value)) else f"{value:.4g}"


def _finite(series: polars.Series) -> polars.Series:
    if series.null_count() == 0 and np.isfinite(series.to_numpy()).all():  # the usual case, without a query of its own
        return series
    series = series.fill_nan(None)
    infinite = series.is_infinite().fill_null(False)
    if infinite.any():
        # of booleans, arg_max is the first one that is true
        row = int(infinite.arg_max() or 0)
        raise InvalidData(f"column {series.name!r} must be finite, got {series[row]} in row {row} (infinity).")
    return series


def _float(name: str, value: Any) -> float:
    try:
        return float(value)
    # only whole numbers and fractions raise; what becomes infinite here is refused by `_finite`
    except OverflowError:
        raise InvalidData(f"column {name!r} holds {shown(value)}, too large for a number.") from None


# Fitting, of many columns at once: a table of numbers is fitted faster as a whole.


def number_codes(
    names: list[str],
    table: np.ndarray,
    weight: np.ndarray | None,
    settings: EncodingSettings,
    record: type[NumberCode] = NumberCode,
) -> list[NumberCode]:
    """Codes of columns of numbers.

    Args:
        names: of the columns.
        table: the columns as rows, (d, n) float64 with NaN for missing.
        weight: row weights, (n,) float64, or None for equal ones.
        settings: how columns are encoded.
        record: class of the codes, for kinds that build on numbers.
    """
    missing = np.isnan(table).any(axis=1)
    indicated = missing if settings.indicator == "auto" else np.full(len(table), bool(settings.indicator))
    # one knot more than pieces, at equal steps of probability
    levels = np.linspace(0, 1, settings.pieces + 1)
    # both differ only in how centre and scale are fitted
    method = {"robust": "scaled", "standard": "scaled"}.get(settings.method, settings.method)
    fields: list[dict[str, Any]] = [{"method": method, "indicator": bool(shows)} for shows in indicated]
    if method in ("scaled", "both"):
        centre, scale = centre_and_scale(table, weight, robust=settings.method != "standard")
        for k, field in enumerate(fields):
            field |= {
                "fill": float(centre[k]),
                "centre": float(centre[k]),
                "scale": float(scale[k]),
                "clip": settings.clip,
            }
    else:
        # a column without any value has no median, and 0 is as good as any number
        medians = np.nan_to_num(quantiles(table, weight, np.array([0.5])))[:, 0]
        for k, field in enumerate(fields):
            field["fill"] = float(medians[k])
    if method != "scaled":
        for field, row, knots in zip(fields, table, quantiles(table, weight, levels), strict=True):
            field["knots"], level = distinct_knots(knots, levels)
            # levels from -√3 to √3 have variance 1, as a scaled column has
            if method == "quantile":
                field["levels"] = np.sqrt(3) * (2 * level - 1)
            elif len(field["knots"]) < len(knots):
                # no more than half of the pieces where ties left fewer: each is an input that takes time to train on
                pieces = max(len(field["knots"]) - 1, (settings.pieces + 1) // 2)
                field["knots"] = knots_between(row, weight, pieces)
    return [record(name, **field) for name, field in zip(names, fields, strict=True)]
