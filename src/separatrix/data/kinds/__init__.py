"""Column kinds: one file for each, from reading a column to its formula in an export and its view in a report.

To add a kind, write a file with a subclass of `ColumnKind` (and of `FormulaCode` or `TextCode` for what is fitted), and register
it here. The readers of files and frames, the encoder, model files, exports and reports take it from `KINDS`.

    KINDS, register, kind_of, kind_accepting, code_classes     the registry
    ColumnKind, ColumnCode, FormulaCode, TextCode, Arithmetic        the contract
    Cells, SourceLines, EncodingSettings, FittedRows, Targets                    what a kind is given
"""

from __future__ import annotations

from separatrix.data.kinds import boolean, category, date, duration, number
from separatrix.data.kinds._arithmetic import Arithmetic, clipped
from separatrix.data.kinds._cells import Cells, SourceLines
from separatrix.data.kinds._kind import (
    KINDS,
    ColumnCode,
    ColumnKind,
    EncodingSettings,
    FittedRows,
    FormulaCode,
    Targets,
    TextCode,
    code_classes,
    kind_accepting,
    kind_of,
    register,
)
from separatrix.data.kinds.words import category_index, resolved_text, resolved_texts

# Tried from the last to the first: numbers are the most frequent, and whatever remains is a category.
for _kind in (category.Category(), duration.Duration(), date.Date(), boolean.Boolean(), number.Number()):
    register(_kind)

__all__ = [
    "KINDS",
    "Arithmetic",
    "Cells",
    "ColumnCode",
    "EncodingSettings",
    "FormulaCode",
    "ColumnKind",
    "SourceLines",
    "FittedRows",
    "Targets",
    "TextCode",
    "boolean",
    "category",
    "category_index",
    "clipped",
    "code_classes",
    "date",
    "duration",
    "kind_accepting",
    "kind_of",
    "number",
    "register",
    "resolved_text",
    "resolved_texts",
]
