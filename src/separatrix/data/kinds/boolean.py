"""Booleans: true and false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._arithmetic import Arithmetic
from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._kind import EQUAL_ROWS, ColumnCode, ColumnKind, EncodingSettings, FittedRows, FormulaCode

if TYPE_CHECKING:
    import polars

RECOGNISED = ("true", "false")  # by these words alone a column is one of booleans
# and these are understood once the column is known to be one
TRUE, FALSE = ("true", "yes", "t", "y", "1"), ("false", "no", "f", "n", "0")


@dataclass(frozen=True, eq=False)
class BooleanCode(FormulaCode):
    """A column of booleans: 1 for true, -1 for false, 0 where missing.

    Attributes:
        name: of the column.
        indicator: whether one more output is 1 where the value is missing.
    """

    kind = "boolean"
    tag = "boolean"

    name: str
    indicator: bool = False

    def formula(self, x: Any, missing: Any, arithmetic: Arithmetic) -> list[Any]:
        """The outputs without the indicator, of 1 and 0; see `FormulaCode.formula`."""
        return [arithmetic.where(missing, 0.0, 2.0 * x - 1.0)]


class Boolean(ColumnKind):
    """The kind of booleans."""

    name = "boolean"
    plural = "booleans"
    expected = "true or false"
    stored = "Boolean"
    codes = (BooleanCode,)
    feed = "double, 1 or 0, NaN where missing"

    def dtype(self) -> polars.DataType:
        """Boolean."""
        import polars

        return polars.Boolean()

    def holds(self, value: Any) -> bool:
        """Whether it is a bool, Python's or NumPy's."""
        return isinstance(value, bool | np.bool_)

    def of_values(self, name: str, values: Any) -> polars.Series:
        """A column of booleans and None."""
        import polars

        return polars.Series(name, [None if value is None else bool(value) for value in values], polars.Boolean)

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """The numbers 1 and 0, and words such as yes and no."""
        import polars

        if source.name == "number":
            true, false = series == 1, series == 0
        elif source.name == "category":
            words = series.str.to_lowercase()
            true, false = words.is_in(TRUE), words.is_in(FALSE)
        else:
            return None
        return polars.select(polars.when(true).then(True).when(false).then(False)).to_series().alias(series.name)

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """All texts true or false, in any case."""
        words = cells.texts.str.to_lowercase()
        if not words.drop_nulls().is_in(RECOGNISED).all():
            return None
        return (words == "true").alias(cells.name), cells.missing_warning(self.plural)

    def advice(self, texts: polars.Series) -> str | None:
        """For words for true and false in more than two ways of writing, which would be as many categories."""
        if texts.n_unique() > 2 and texts.str.to_lowercase().is_in((*TRUE, *FALSE)).all():
            return "write each of the two in one way, such as true and false"
        return None

    def parsed(self, cells: Cells) -> polars.Series:
        """A column of booleans.

        Raises:
            DataFileError: a cell that is no word for true or false.
        """
        words = cells.texts.str.to_lowercase()
        cells.refuse(words.is_null() | words.is_in((*TRUE, *FALSE)), self.expected)
        return words.is_in(TRUE)

    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """The code of a column: only whether it has an indicator."""
        return BooleanCode(column.name, settings.indicates(column))

    @staticmethod
    def read_cell(cell: Any) -> float:
        """1.0 or 0.0 for a bool, for the numbers 1 and 0 and for words, in the exported Python file."""
        word = {"1.0": "1", "0.0": "0"}.get(str(cell), str(cell)).strip().lower()
        if word not in ("true", "yes", "t", "y", "1", "false", "no", "f", "n", "0"):
            raise ValueError
        return float(word in ("true", "yes", "t", "y", "1"))
