"""A section: predictions over two columns of a table, all other columns fixed at typical values or at those of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.frames import as_frame
from separatrix.errors import InvalidParameter
from separatrix.evaluation.inspection._asking import (
    Axis,
    TablePredictor,
    axis_of,
    draw_rows,
    positive_probabilities,
    refuse_unknown,
    typical_row,
)
from separatrix.support.constraints import SEED, Integer, Rule, check
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

NODES = 64
SHOWN = 500  # rows that are drawn on top
MARGIN = 0.04  # of the range, beyond the 1st and the 99th percentile
_RULES: dict[str, Rule] = {"nodes": Integer(2, 500), "positive": Integer(0, 1), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Section:
    """Predictions over two columns.

    Attributes:
        first: values of the first column, (a,).
        second: of the second, (b,).
        probability: of class 1, (a, b) float64.
        low: the lowest of all models, (a, b); equal to `probability` where there is but one.
        high: the highest, (a, b).
        supported: whether rows of the table lie near, (a, b) bool; elsewhere the prediction is an extrapolation.
        marks: positions of rows, at most 500, (k, 2); NaN where they have no position.
        y: their labels, (k,), or None.
        fixed: the values at which the other columns are fixed, name -> text.
        n_models: number of models.
    """

    first: Axis
    second: Axis
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray
    supported: np.ndarray
    marks: np.ndarray
    y: np.ndarray | None
    fixed: dict[str, str]
    n_models: int


@insulated
def section_of(
    predictor: TablePredictor,
    frame: Any,
    kinds: Mapping[str, str],
    columns: tuple[str, str],
    y: np.ndarray | None = None,
    *,
    row: int | None = None,
    base: Any = None,
    members: Sequence[TablePredictor] = (),
    nodes: int = NODES,
    positive: int = 1,
    seed: int = 0,
) -> Section:
    """Predictions over two columns of any kind.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows, (n, d), in a frame of any library; the predictor is given them in one of polars.
        kinds: of the columns, name -> "number", "boolean", "category" or "date".
        columns: the two that are varied.
        y: labels as 0 and 1, (n,), to colour the rows that are drawn.
        row: index of the row at whose values the other columns are fixed; by default at typical ones.
        base: instead of `row`, a frame of one row that needn't be among these.
        members: further models, such as those of a cross-validation; their spread is the band.
        nodes: along an axis of numbers or dates.
        positive: which column of `predict_proba` is shown.
        seed: of the draw of rows to show.

    Raises:
        InvalidData: a column without any value, or `predict_proba` returns unusable values.
        InvalidParameter: no such column, twice the same, no such row, or a setting out of range.

    Examples:
        >>> import polars
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> frame = polars.DataFrame({"a": [0.2, 0.8], "b": ["x", "y"], "c": [1.0, 2.0]})
        >>> kinds = {"a": "number", "b": "category", "c": "number"}
        >>> found = section_of(First(), frame, kinds, ("a", "b"))
        >>> found.probability.tolist(), found.fixed
        ([[0.2, 0.2], [0.8, 0.8]], {'c': '1.5'})
    """
    frame = as_frame(frame)
    refuse_unknown(columns, frame)
    if columns[0] == columns[1]:
        raise InvalidParameter(f"two different columns are needed, got {columns[0]!r} twice.")
    rules = _RULES if row is None else _RULES | {"row": Integer(0, frame.height - 1)}
    check("section_of", {"nodes": nodes, "positive": positive, "seed": seed, "row": row}, rules)
    first, second = (axis_of(frame[name], kinds[name], nodes, margin=MARGIN) for name in columns)
    if base is None:
        base = typical_row(frame, dict(kinds)) if row is None else frame[row]
    base = as_frame(base).select([name for name in frame.columns if name in kinds])
    crossed = _crossed(base, first, second)
    shape = (len(first), len(second))
    every = positive_probabilities(predictor, members, crossed, positive).reshape(-1, *shape)
    sample = draw_rows(frame.height, SHOWN, seed)
    place = np.column_stack([first.place(frame[columns[0]]), second.place(frame[columns[1]])])
    return Section(
        first,
        second,
        every[0],
        every.min(0),
        every.max(0),
        _near(place, first, second),
        place[sample],
        None if y is None else np.asarray(y)[sample],
        _fixed_values(base, columns),
        len(every),
    )


def _crossed(base: polars.DataFrame, first: Axis, second: Axis) -> polars.DataFrame:
    """The row with every pair of values; the second varies fastest."""
    rows = np.zeros(len(first) * len(second), np.int64)
    pairs = (
        first.values.gather(np.repeat(np.arange(len(first)), len(second))).alias(first.name),
        second.values.gather(np.tile(np.arange(len(second)), len(first))).alias(second.name),
    )
    return base[rows].with_columns(pairs)


def _fixed_values(base: polars.DataFrame, columns: tuple[str, str]) -> dict[str, str]:
    from separatrix.evaluation.overview.views import as_text

    values = base.drop(columns).row(0, named=True)
    return {name: "no value" if value is None else as_text(value) for name, value in values.items()}


def _near(place: np.ndarray, first: Axis, second: Axis) -> np.ndarray:
    """Whether rows lie near each node, (a, b) bool.

    Near is a share of the picture's width: 15% for a hundred rows, 5% from a thousand on. A category is near itself
    alone. Rows are counted on the nodes, and the counts are spread over discs.
    """
    place = place[np.isfinite(place).all(1)]
    share = float(np.clip(1.5 / np.sqrt(max(len(place), 1)), 0.05, 0.15))
    nodes, reach = [], []
    for k, axis in enumerate((first, second)):
        low, high = axis.position[0], axis.position[-1]
        step = (high - low) / (len(axis) - 1) if len(axis) > 1 else 1.0
        nodes.append(np.rint((place[:, k] - low) / step).astype(np.int64))
        reach.append(0 if axis.labels else max(1, round(share * len(axis))))
    a, b = len(first), len(second)
    inside = (nodes[0] >= 0) & (nodes[0] < a) & (nodes[1] >= 0) & (nodes[1] < b)
    counts = np.bincount(nodes[0][inside] * b + nodes[1][inside], minlength=a * b).reshape(a, b)
    return _spread(counts, *reach) > 0


def _spread(counts: np.ndarray, along: int, across: int) -> np.ndarray:
    """Each count added to all nodes of an ellipse around it with these half axes, in nodes."""
    wide = np.pad(counts, ((along, along), (across + 1, across)))
    sums = np.cumsum(wide, axis=1)  # (a + 2 along, b + 2 across + 1)
    total = np.zeros_like(counts)
    a, b = counts.shape
    for shift in range(-along, along + 1):
        half = round(across * np.sqrt(1 - (shift / along) ** 2)) if along else across
        lines = sums[along + shift : along + shift + a]
        right, left = across + 1 + half, across - half
        total += lines[:, right : right + b] - lines[:, left : left + b]
    return total
