"""What the report on a table explains: which columns matter, and how predictions follow the most important of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.estimators.portable import Portable, as_portable, logits_of
from separatrix.evaluation.inspection import Dependence, Importance, Section, dependence_of, importance_of, section_of
from separatrix.networks.activations import sigmoid

if TYPE_CHECKING:
    import polars

REPEATS = 5  # dealings of a column; more would only narrow what chance in the dealing adds to an interval
CURVES = 6  # columns with a curve of dependence
CROSSED = 3  # columns of which every pair gets a section


@dataclass(frozen=True, eq=False)
class Explained:
    """The explanations of one classifier; `separatrix.evaluation.inspection` describes each record."""

    importance: Importance
    dependences: tuple[Dependence, ...]
    sections: tuple[Section, ...]


class SharedPredictor:
    """Several classifiers of the same columns at once: what they share is computed once, in single precision."""

    def __init__(self, predictor: Any, members: Sequence[Any]) -> None:
        self.portables = [as_portable(model) for model in (predictor, *members)]

    def predict_proba(self, frame: polars.DataFrame) -> np.ndarray:
        """The first one's probabilities, (n, 2) float64."""
        return np.asarray(_probabilities(self.portables[:1], frame)[0])

    def predict_all(self, frame: polars.DataFrame) -> np.ndarray:
        """The probabilities of each, (1 + m, n, 2)."""
        return _probabilities(self.portables, frame)


def _has_portable(model: Any) -> bool:
    return isinstance(model, Portable) or callable(getattr(model, "_portable", None))


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
    """The importance of all columns, the dependence on the six most important ones, and sections over pairs of columns.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows that it wasn't trained on, (n, d).
        kinds: of the columns, name -> "number", "boolean", "category" or "date".
        y: labels as 0 and 1, (n,).
        members: other models, such as those of a cross-validation; the pictures show where they disagree.
        pairs: pairs of columns for sections; by default all pairs of the three most important columns.
        base: one row whose values the other columns of a section have; by default typical values.
        positive: index of the column of `predict_proba` that belongs to label 1.
        seed: of all random draws.

    Raises:
        InvalidData: the rows are of one class only, or `predict_proba` returns something else than probabilities.
        InvalidParameter: a pair names no column, or a setting is out of range.
    """
    # The inspection asks thousands of times for predictions; members of one family then share an encoding of each frame.
    if all(_has_portable(model) for model in (predictor, *members)):
        predictor, members = SharedPredictor(predictor, members), ()
    chosen = {"positive": positive, "seed": seed}
    importance = importance_of(predictor, frame, y, repeats=REPEATS, **chosen)
    # A column without any value in these rows has no range over which to draw a curve.
    ranked = (importance.names[k] for k in importance.order())
    usable = [name for name in ranked if frame[name].null_count() < frame.height]
    if pairs is None:
        pairs = list(combinations(usable[:CROSSED], 2))
    curves = [dependence_of(predictor, frame, name, kinds[name], members=members, **chosen) for name in usable[:CURVES]]
    sections = [section_of(predictor, frame, kinds, pair, y, base=base, members=members, **chosen) for pair in pairs]
    return Explained(importance, tuple(curves), tuple(sections))
