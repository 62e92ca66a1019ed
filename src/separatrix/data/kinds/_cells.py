"""A column of a delimited file as a kind is given it: the texts, and the place of each for messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.errors import DataFileError
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class SourceLines:
    """Where texts stand, for messages.

    Attributes:
        source: the file.
        lines: the line of each row, (n,) int64.
    """

    source: str
    lines: np.ndarray

    def error(self, row: int, name: str, problem: str) -> DataFileError:
        """An error that names file, line and column."""
        return DataFileError(f"{self.source}, line {self.lines[row]}, column {name!r}: {problem}")


@dataclass(frozen=True, eq=False)
class Cells:
    """A column of a delimited file.

    Attributes:
        texts: stripped of white space, null where empty.
        place: where they stand.
        comma: whether numbers are written with a decimal comma.
    """

    texts: polars.Series
    place: SourceLines
    comma: bool = False

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.texts.name

    def refuse(self, valid: polars.Series, expected: str) -> None:
        """Raise `DataFileError` at the first cell that isn't valid."""
        if not valid.all():
            row = int((~valid).arg_max() or 0)
            raise self.place.error(
                row,
                self.name,
                f"expected {expected}, as in training, got {shown(self.texts[row])}; correct it or leave it empty.",
            )
