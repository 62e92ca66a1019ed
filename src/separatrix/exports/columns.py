"""From a table's columns to the numbers of a member's network, in a graph format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.exports.forward import Tensors
from separatrix.portable import Member, Portable

if TYPE_CHECKING:
    import polars

MISSING, UNKNOWN = -1, -2  # codes of a category that isn't there, and of one that was never seen


def categories_of(portable: Portable) -> dict[str, tuple[str, ...]]:
    """Category column -> the texts that any member knows, in the table's order of columns."""
    return {name: () for name, kind in portable.columns.items() if kind == "category"}


def as_numbers(column: polars.Series, kind: str) -> np.ndarray:
    """A number, boolean or date column as (n,) float64, NaN where missing; dates as microseconds since 1970."""
    import polars

    if kind == "date":
        column = column.dt.epoch("us")
    return column.cast(polars.Float64).fill_null(float("nan")).to_numpy()


def as_codes(column: polars.Series, texts: Sequence[str]) -> np.ndarray:
    """A category column as each text's place among the known ones: (n,) int64, MISSING or UNKNOWN for the others."""
    places = {text: at for at, text in enumerate(texts)} | {None: MISSING}
    return np.array([places.get(text, UNKNOWN) for text in column.to_list()], np.int64)


def encoded(
    portable: Portable, member: Member, values: Mapping[str, Any], codes: Mapping[str, Any], tensors: Tensors
) -> Any:
    """What the member's network is given: columns (n, 1) and codes (n,) -> (n, k)."""
    if member.encoding is None:
        return tensors.columns([values[name] for name in portable.columns])
    raise NotImplementedError


def told(portable: Portable, member: Member) -> dict[str, Any] | None:
    """The member's encoding as plain data for the Python file, or None where the columns are the numbers."""
    if member.encoding is None:
        return None
    raise NotImplementedError
