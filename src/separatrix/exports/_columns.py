"""From a table's columns to the inputs of a member's network, in a graph format or as plain data.

A graph is given the columns of most kinds as numbers (n, 1) double with NaN for missing (see `ColumnKind.feed`), and those of
textual kinds as whole numbers (n,): the index of the text among `categories_of`, or MISSING or UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS, FormulaCode, TextCode
from separatrix.estimators.portable import Member, Portable
from separatrix.exports._tensor_formulas import Tensors

if TYPE_CHECKING:
    import polars

MISSING, UNKNOWN = -1, -2  # index of a category that is missing, and of one that wasn't in training


def is_textual(kind: str) -> bool:
    """Whether an export takes columns of this kind as texts."""
    return KINDS[kind].textual


def categories_of(portable: Portable) -> dict[str, tuple[str, ...]]:
    """Textual column -> the texts that any member knows, in the table's order of columns."""
    # dicts as sets that remember their order
    texts: dict[str, dict[str, None]] = {name: {} for name, kind in portable.columns.items() if is_textual(kind)}
    for member in portable.members:
        for code in member.encoding.columns if member.encoding else ():
            if isinstance(code, TextCode):
                texts[code.name] |= dict.fromkeys(code.categories)
    return {name: tuple(of_column) for name, of_column in texts.items()}


def as_codes(column: polars.Series, texts: Sequence[str]) -> np.ndarray:
    """A textual column as the index of each text among the known ones: (n,) int64, MISSING or UNKNOWN for the others."""
    index: dict[str | None, int] = {text: k for k, text in enumerate(texts)}
    # Polars gives a missing text as None.
    index[None] = MISSING
    return np.array([index.get(text, UNKNOWN) for text in column.to_list()], np.int64)


def encoded(
    portable: Portable, member: Member, values: Mapping[str, Any], codes: Mapping[str, Any], tensors: Tensors
) -> Any:
    """The inputs of the member's network, (n, k).

    Args:
        portable: to which the member belongs.
        member: whose encoding is applied.
        values: column -> its numbers, (n, 1) double.
        codes: textual column -> its whole numbers, (n,).
        tensors: the graph format.
    """
    if member.encoding is None:
        return tensors.columns([values[name] for name in portable.columns])
    categories, inputs = categories_of(portable), []
    for code in member.encoding.columns:
        if isinstance(code, TextCode):
            table = rows_by_code(code, categories[code.name])
            # UNKNOWN and MISSING are the first two rows of the table
            inputs.append(tensors.rows_of(table, codes[code.name] + -UNKNOWN))
        elif isinstance(code, FormulaCode):
            inputs += code.outputs(values[code.name], tensors)
    return tensors.columns(inputs)


def rows_by_code(code: TextCode, texts: Sequence[str]) -> np.ndarray:
    """The column's outputs for UNKNOWN, for MISSING, then for each of the texts: (2 + texts, outputs)."""
    index = {text: k for k, text in enumerate(code.categories)}
    # The table has the row of unknown texts after the known ones, and that of missing cells last.
    unknown, missing = len(index), len(index) + 1
    # A text that only another member has seen is unknown to this one.
    return np.asarray(code.table[[unknown, missing, *(index.get(text, unknown) for text in texts)]])
