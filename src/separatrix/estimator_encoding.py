"""The estimator's way from a table to numbers: an encoder fitted to training rows, its codes applied to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.points import fitting
from separatrix.rows import Rows

if TYPE_CHECKING:
    from separatrix.codes import Encoding

KINDS = {"NumberCode": "number", "BooleanCode": "boolean", "DateCode": "date"}  # all others: "category"


def fit_encoding(encoder: Any, rows: Rows, dtype: str, seed: int) -> tuple[Encoding | None, Rows]:
    """The encoding fitted to these rows, and the rows encoded.

    Statistics of the target are cross-fitted for these rows: a row's own label isn't in its numbers.

    Args:
        encoder: "auto", an unfitted encoder, or None for numbers as they are.
        rows: training rows.
        dtype: of the numbers that come out.
        seed: from which an automatic encoder draws.
    """
    if encoder is None:
        return None, Rows(encode(None, rows.x, dtype), rows.y, rows.weight)
    from sklearn.base import clone

    from separatrix.encoder import TableEncoder

    fresh = TableEncoder(random_state=seed) if isinstance(encoder, str) else clone(encoder)
    made = fresh.set_output(transform="default").fit_transform(rows.x, rows.y, sample_weight=rows.weight)
    return fresh.encoding_, Rows(fitting(np.asarray(made), dtype), rows.y, rows.weight)


def encode(encoding: Encoding | None, x: Any, dtype: str) -> np.ndarray:
    """What the network is given: an array (n, d) or a frame -> (n, k) of that dtype.

    Raises:
        InvalidData: a number too large for the dtype, a value that isn't what its column was in training.
    """
    if encoding is None:
        return fitting(np.asarray(x), dtype)
    if isinstance(x, np.ndarray) and set(kinds_of(encoding).values()) == {"number"}:
        return encoding.encode_array(x, dtype)
    return encoding.encode(matched(encoding, x), dtype)


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """The rows as the network takes them."""
    return Rows(encode(encoding, rows.x, dtype), rows.y, rows.weight)


def kinds_of(encoding: Encoding) -> dict[str, str]:
    """The kind of every column that the encoding takes."""
    return {code.name: KINDS.get(type(code).__name__, "category") for code in encoding.columns}


def matched(encoding: Encoding, x: Any) -> Any:
    """A frame with the encoding's columns and kinds; columns go by their places: their names were checked before."""
    from separatrix import table
    from separatrix.frames import as_frame

    frame = as_frame(x)
    kinds = kinds_of(encoding)
    return table.matched(frame.rename(dict(zip(frame.columns, kinds, strict=True))), kinds)
