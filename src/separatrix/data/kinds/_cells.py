"""A column of a delimited file as a kind is given it: the texts, and the place of each for messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds.words import MISSING_WORDS, stripped, without_missing_words, words_in
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
        raw: the texts as they stand in the file, null or "" where empty.
        place: where they stand.
        comma: whether numbers are written with a decimal comma.
        words: texts that stand for a missing value.
    """

    raw: polars.Series
    place: SourceLines
    comma: bool = False
    words: tuple[str, ...] = MISSING_WORDS

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.raw.name

    # cached: each kind in turn asks for it. The value goes into __dict__, which a frozen dataclass allows
    @cached_property
    def stripped(self) -> polars.Series:
        """The texts without white space around them, null where empty; words for a missing value are among them."""
        return stripped(self.raw)

    @cached_property
    def texts(self) -> polars.Series:
        """The texts without white space around them, null where empty or a word for a missing value."""
        return without_missing_words(self.stripped, self.words)

    def missing_warning(self, plural: str) -> list[str]:
        """A warning if words count as missing here, for a column of what `plural` says."""
        words = words_in(self.stripped, self.words)
        if not words:
            return []
        return [f"column {self.name!r} holds {plural}; {', '.join(map(repr, words))} in it counts as missing."]

    def refuse(self, valid: polars.Series, expected: str) -> None:
        """Raise `DataFileError` at the first cell that isn't valid."""
        if not valid.all():
            row = int((~valid).arg_max() or 0)
            raise self.place.error(
                row,
                self.name,
                f"expected {expected}, as in training, got {shown(self.texts[row])}; correct it or leave it empty.",
            )
