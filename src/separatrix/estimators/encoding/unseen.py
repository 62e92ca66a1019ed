"""Texts that were not in training: counted by column, and warned of where they are many."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.data.kinds import TextCode, category_index, resolved_text
from separatrix.estimators.encoding._cell_table import CellTable
from separatrix.estimators.encoding.encoding import Encoding

MANY = 0.1  # share of the texts of a column from which on a warning is due


class UnseenTextsWarning(UserWarning):
    """Many texts of a column were not in training, or all of them."""


@dataclass(frozen=True)
class UnseenTexts:
    """The texts of a column that were not in training.

    Attributes:
        unseen: number of rows that hold such a text.
        rows: number of rows that hold a text.
        example: the first such text.
    """

    unseen: int = 0
    rows: int = 0
    example: str = ""

    def __add__(self, other: UnseenTexts) -> UnseenTexts:
        return UnseenTexts(self.unseen + other.unseen, self.rows + other.rows, self.example or other.example)


def unseen_texts(encodings: Iterable[Encoding | None], x: Any) -> dict[str, UnseenTexts]:
    """Count the texts that no encoding knows, by column.

    Args:
        encodings: of one model.
        x: a frame of the columns, in the order of training, or an array, which holds no text.
    """
    if isinstance(x, np.ndarray):
        return {}
    categories: dict[int, dict[str, None]] = {}  # by the column's place
    words: dict[int, tuple[str, ...] | None] = {}
    for encoding in {id(encoding): encoding for encoding in encodings if encoding is not None}.values():
        for place, code in enumerate(encoding.columns):
            if isinstance(code, TextCode):
                categories.setdefault(place, {}).update(dict.fromkeys(code.categories))
                words[place] = code.missing_words
    counts: dict[str, UnseenTexts] = {}
    for place, texts in categories.items():
        if isinstance(x, CellTable):
            counts |= _of_cells(*list(x.columns.items())[place], texts, words[place])
            continue
        column = x[:, place]
        if str(column.dtype) == "String":
            index = category_index(column, tuple(texts), words[place])
            unknown = np.flatnonzero(index == len(texts))
            example = str(column[int(unknown[0])]) if len(unknown) else ""
            counts[column.name] = UnseenTexts(len(unknown), int((index <= len(texts)).sum()), example)
    return counts


def _of_cells(
    name: str, cells: list[Any], categories: Mapping[str, None], words: tuple[str, ...] | None
) -> dict[str, UnseenTexts]:
    """The count of a column of Python values."""
    texts = [resolved_text(cell, categories, words) for cell in cells if isinstance(cell, str)]
    present = [text for text in texts if text is not None]
    unknown = [text for text in present if text not in categories]
    return {name: UnseenTexts(len(unknown), len(present), next(iter(unknown), ""))}


def warn_of_unseen(counts: Mapping[str, UnseenTexts]) -> None:
    """Warn of each column of whose texts many were not in training."""
    for name, count in counts.items():
        if count.unseen and count.unseen >= MANY * count.rows:
            share = "none" if count.unseen == count.rows else f"{count.unseen:,} of {count.rows:,}"
            verb = "of its texts was" if share == "none" else "texts were not"
            warnings.warn(
                f"column {name!r}: {share} {verb} in training, such as {count.example[:80]!r}; they count as unknown.",
                UnseenTextsWarning,
                stacklevel=3,
            )
