"""Partial dependence: the mean prediction if every row had the same value in one column (Friedman 2001)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.frames import as_frame
from separatrix.evaluation.inspection._asking import (
    Axis,
    TablePredictor,
    axis_of,
    draw_rows,
    positive_probabilities,
    refuse_unknown,
)
from separatrix.support.constraints import SEED, Integer, Rule, check
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

NODES = 30
MARKS = 1_000  # rows whose values are marked along the axis
_RULES: dict[str, Rule] = {"nodes": Integer(2, 1000), "rows": Integer(1), "positive": Integer(0, 1), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Dependence:
    """Predictions over one column.

    Attributes:
        axis: the values of the column, (g,).
        mean: mean probability over the rows, (g,) float64.
        low: 10th percentile over the rows, (g,).
        high: 90th percentile over the rows, (g,).
        members: the same mean by each further model, (m, g).
        absent: mean probability if the value were missing in every row; NaN where the column has no missing value.
        marks: where rows of the table lie on the axis, at most 1,000, (k,); NaN where they have no place.
        rows: number of rows averaged over.
    """

    axis: Axis
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    members: np.ndarray
    absent: float
    marks: np.ndarray
    rows: int


@insulated
def dependence_of(
    predictor: TablePredictor,
    frame: Any,
    column: str,
    kind: str,
    *,
    members: Sequence[TablePredictor] = (),
    nodes: int = NODES,
    rows: int = 200,
    positive: int = 1,
    seed: int = 0,
) -> Dependence:
    """The mean prediction over a column, with the middle 80% of the rows around it.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows, (n, d), in a frame of any library; the predictor is given them in one of polars.
        column: the one that is varied.
        kind: what it holds, "number", "boolean", "category" or "date".
        members: further models, such as those of a cross-validation, whose means show whether they agree.
        nodes: values of a number or a date.
        rows: maximum number of rows, drawn at random.
        positive: which column of `predict_proba` is shown.
        seed: of the draw.

    Raises:
        InvalidData: all values of the column are missing, or `predict_proba` returns unusable values.
        InvalidParameter: no such column, or a setting out of range.

    Examples:
        >>> import polars
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> frame = polars.DataFrame({"a": [0.25, 0.5], "b": ["x", "y"]})
        >>> dependence_of(First(), frame, "a", "number").mean.tolist()
        [0.25, 0.5]
    """
    frame = as_frame(frame)
    refuse_unknown((column,), frame)
    check("dependence_of", {"nodes": nodes, "rows": rows, "positive": positive, "seed": seed}, _RULES)
    axis = axis_of(frame[column], kind, nodes)
    sample = frame[draw_rows(frame.height, rows, seed)]
    # of the whole table: the rows that were drawn may have no missing value by chance
    missing = frame[column].null_count() > 0
    crossed = _crossed(sample, axis, missing)
    probability = positive_probabilities(predictor, members, crossed, positive)
    by_value = probability.reshape(len(probability), -1, sample.height)  # (1 + m, g, n), the last of g without a value
    curves, by_member = by_value[0], by_value[1:].mean(2)
    g = len(axis)
    # without the last curve, that of a missing value, which has no place on the axis
    low, high = np.quantile(curves[:g], (0.1, 0.9), axis=1)
    return Dependence(
        axis=axis,
        mean=curves[:g].mean(1),
        low=low,
        high=high,
        members=by_member[:, :g],
        absent=float(curves[g].mean()) if missing else float("nan"),
        marks=axis.place(frame[column][draw_rows(frame.height, MARKS, seed)]),
        rows=sample.height,
    )


def _crossed(sample: polars.DataFrame, axis: Axis, missing: bool) -> polars.DataFrame:
    """Every row with every value of the axis, value by value; at the end without a value, if some are missing."""
    import polars

    values = axis.values.cast(sample[axis.name].dtype)
    if missing:
        values = values.extend_constant(None, 1)
    place = np.repeat(np.arange(len(values)), sample.height)
    # one frame for all values, because a call of the predictor costs what hundreds of rows do
    copies = polars.concat([sample] * len(values), rechunk=True)
    return copies.with_columns(values.gather(place).alias(axis.name))
