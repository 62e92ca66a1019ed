"""The estimator's way from a table to numbers: an encoder fitted to training rows, its codes applied to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.encoded_columns import encode
from separatrix.points import fitting
from separatrix.rows import Rows

if TYPE_CHECKING:
    from separatrix.codes import Encoding


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
    if isinstance(fresh, TableEncoder):  # the columns are checked already
        made = fresh._fit_encode(rows.x, rows.y, rows.weight)
    else:
        made = fresh.fit_transform(rows.x, rows.y, sample_weight=rows.weight)
    return fresh.encoding_, Rows(fitting(np.asarray(made), dtype), rows.y, rows.weight)


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """The rows as the network takes them."""
    return Rows(encode(encoding, rows.x, dtype), rows.y, rows.weight)
