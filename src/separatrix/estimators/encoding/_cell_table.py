"""A table as plain Python values, encoded without polars: in a forked process polars would wait for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.data.frames import is_missing
from separatrix.data.kinds import KINDS, ColumnCode, FormulaCode, TextCode, resolved_text
from separatrix.data.kinds.date import DateCode
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown
from separatrix.support.surroundings import refuse_lost_threads


@dataclass(frozen=True, eq=False)
class CellTable:
    """Columns of Python values.

    Attributes:
        columns: name -> values, None or NaN where missing, (n,) each.
        n_rows: of every column.
    """

    columns: Mapping[str, list[Any]]
    n_rows: int

    @classmethod
    def of(cls, x: Any) -> CellTable:
        """The cells of a frame that is in memory, or of an array (n, d)."""
        if isinstance(x, np.ndarray):
            # nanoseconds would become whole numbers
            table = x.astype(f"{x.dtype.kind}8[us]") if x.dtype.kind in "mM" else x
            return cls({f"x{k}": table[:, k].tolist() for k in range(x.shape[1])}, len(x))
        import narwhals.stable.v2 as nw

        frame: Any = nw.from_native(x)
        return cls({name: frame[name].to_list() for name in frame.columns}, frame.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return self.n_rows, len(self.columns)

    def __len__(self) -> int:
        return self.n_rows

    def __getitem__(self, rows: slice | np.ndarray) -> CellTable:
        """The rows of a slice.

        Raises:
            ForkedProcess: other rows, which only a training takes.
        """
        if not isinstance(rows, slice):
            refuse_lost_threads("training on columns other than numbers")
        assert isinstance(rows, slice)
        return CellTable({name: cells[rows] for name, cells in self.columns.items()}, len(range(self.n_rows)[rows]))

    def numbers(self) -> np.ndarray:
        """A table of numbers alone as an array (n, d) float64, NaN where missing.

        Raises:
            ForkedProcess: a column holds something else.
        """
        cells = [value for column in self.columns.values() for value in column if not is_missing(value)]
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in cells):
            refuse_lost_threads("training on columns other than numbers")
        columns = [
            [np.nan if is_missing(value) else float(value) for value in column] for column in self.columns.values()
        ]
        return np.array(columns, dtype=np.float64).reshape(len(self.columns), self.n_rows).T.copy()

    def encode(self, codes: tuple[ColumnCode, ...], dtype: str) -> np.ndarray:
        """The inputs of a network, by a code for each column in their order: (n, k).

        Raises:
            InvalidData: a cell that isn't what its column was in training.
            ForkedProcess: a column of a kind of the user's own.
        """
        blocks = [_encoded(code, name, cells) for code, (name, cells) in zip(codes, self.columns.items(), strict=True)]
        return np.concatenate([np.zeros((self.n_rows, 0)), *blocks], axis=1).astype(dtype)


def _encoded(code: ColumnCode, name: str, cells: list[Any]) -> np.ndarray:
    """A column's outputs, (n, outputs) float64."""
    kind = KINDS[code.kind]
    vocabulary = (code.categories, code.missing_words) if isinstance(code, TextCode) else ((), MISSING_WORDS)

    def value_of(cell: Any, row: int) -> Any:
        try:
            if isinstance(cell, str):  # read as in a file
                cell = resolved_text(cell, *vocabulary)
            if isinstance(code, DateCode):
                cell = code.zoned_value(cell)
            return None if is_missing(cell) else kind.read_cell(cell)
        except (TypeError, ValueError, OverflowError):
            raise InvalidData(
                f"column {name!r} must be {kind.expected}, as in training, got {shown(cell)} in row {row}."
            ) from None

    values = [value_of(cell, row) for row, cell in enumerate(cells)]
    if isinstance(code, FormulaCode):
        return code.encode_numbers(np.array([np.nan if value is None else value for value in values], np.float64))
    if not isinstance(code, TextCode):
        refuse_lost_threads(f"a column of the kind {code.kind!r}")
    assert isinstance(code, TextCode)
    index = {text: k for k, text in enumerate(code.categories)}
    unknown, absent = len(index), len(index) + 1
    return np.asarray(code.table[[absent if value is None else index.get(value, unknown) for value in values]])
