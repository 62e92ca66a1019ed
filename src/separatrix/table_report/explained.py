"""What the report explains: which columns matter, and for the foremost of them how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.explanations import (
    Dependence,
    Importance,
    Section,
    dependence_of,
    importance_of,
    section_of,
)

if TYPE_CHECKING:
    import polars

CURVES = 6  # columns with a curve of dependence
CROSSED = 3  # columns of which every pair gets a section


@dataclass(frozen=True, eq=False)
class Explained:
    """Records of explanations, see `separatrix.explanations`."""

    importance: Importance
    dependences: tuple[Dependence, ...]
    sections: tuple[Section, ...]


def explained(
    predictor: Any,
    frame: polars.DataFrame,
    kinds: Mapping[str, str],
    y: np.ndarray,
    *,
    members: Sequence[Any] = (),
    pairs: Sequence[tuple[str, str]] | None = None,
    base: polars.DataFrame | None = None,
    positive: int = 1,
    seed: int = 0,
) -> Explained:
    """Importance of all columns, the dependence on the foremost six, and sections over pairs of them.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows that it wasn't trained on, (n, d).
        kinds: of the columns, name -> "number", "boolean", "category" or "date".
        y: labels as 0 and 1, (n,).
        members: further models, such as those of a cross-validation; the pictures show where they disagree.
        pairs: columns to cross; by default every two of the three most important.
        base: one row at whose values the other columns of a section are held; by default typical ones.
        positive: which column of `predict_proba` belongs to label 1.
        seed: of all draws.

    Raises:
        InvalidData: rows of one class only, or what `predict_proba` gives is unusable.
        InvalidParameter: a pair that names no column, or a setting out of range.
    """
    chosen = {"positive": positive, "seed": seed}
    found = importance_of(predictor, frame, y, **chosen)
    usable = [name for name in (found.names[k] for k in found.order()) if frame[name].null_count() < frame.height]
    if pairs is None:
        pairs = list(combinations(usable[:CROSSED], 2))
    curves = [dependence_of(predictor, frame, name, kinds[name], members=members, **chosen) for name in usable[:CURVES]]
    sections = [section_of(predictor, frame, kinds, pair, y, base=base, members=members, **chosen) for pair in pairs]
    return Explained(found, tuple(curves), tuple(sections))
