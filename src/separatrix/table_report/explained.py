"""What the report explains: which columns matter, and for the foremost of them how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.activations import sigmoid
from separatrix.explanations import (
    Dependence,
    Importance,
    Section,
    dependence_of,
    importance_of,
    section_of,
)
from separatrix.portable import Portable, as_portable, logits_of

if TYPE_CHECKING:
    import polars

REPEATS = 5  # dealings of a column; more would only narrow what chance in the dealing adds to an interval
CURVES = 6  # columns with a curve of dependence
CROSSED = 3  # columns of which every pair gets a section


@dataclass(frozen=True, eq=False)
class Explained:
    """Records of explanations, see `separatrix.explanations`."""

    importance: Importance
    dependences: tuple[Dependence, ...]
    sections: tuple[Section, ...]


class Together:
    """A classifier and others of the same columns, asked at once: what they share is computed once, in single precision."""

    def __init__(self, predictor: Any, members: Sequence[Any]) -> None:
        self.every = [as_portable(each) for each in (predictor, *members)]

    def predict_proba(self, frame: polars.DataFrame) -> np.ndarray:
        """By the first alone: (n, 2)."""
        return np.asarray(_probabilities(self.every[:1], frame)[0])

    def predict_all(self, frame: polars.DataFrame) -> np.ndarray:
        """By each of them: (1 + m, n, 2)."""
        return _probabilities(self.every, frame)


def _probabilities(portables: Sequence[Portable], frame: polars.DataFrame) -> np.ndarray:
    z = logits_of(portables, frame).T
    return np.stack([sigmoid(-z), sigmoid(z)], axis=2)


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
    if all(callable(getattr(each, "_portable", None)) or isinstance(each, Portable) for each in (predictor, *members)):
        predictor, members = Together(predictor, members), ()
    chosen = {"positive": positive, "seed": seed}
    found = importance_of(predictor, frame, y, repeats=REPEATS, **chosen)
    usable = [name for name in (found.names[k] for k in found.order()) if frame[name].null_count() < frame.height]
    if pairs is None:
        pairs = list(combinations(usable[:CROSSED], 2))
    curves = [dependence_of(predictor, frame, name, kinds[name], members=members, **chosen) for name in usable[:CURVES]]
    sections = [section_of(predictor, frame, kinds, pair, y, base=base, members=members, **chosen) for pair in pairs]
    return Explained(found, tuple(curves), tuple(sections))
