"""Partial dependence: the mean prediction if every row had the same value in one column (Friedman 2001)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.evaluation.inspection._asking import Axis, TablePredictor, asked_all, axis_of, drawn, refuse_unknown
from separatrix.support.constraints import SEED, Integer, Rule, check

if TYPE_CHECKING:
    import polars

NODES = 30
MARKS = 1_000  # rows whose values are marked along the axis
_RULES: dict[str, Rule] = {"nodes": Integer(2, 1000), "rows": Integer(1), "positive": Integer(0, 1), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Dependence:
    """Predictions over one column.

    Attributes:
        axis: the values asked at, (g,).
        mean: mean probability over the rows, (g,) float64.
        low: of a tenth of the rows it is lower, (g,).
        high: of a tenth of the rows it is higher, (g,).
        members: the same mean by each further model, (m, g).
        absent: mean probability if no row had a value; NaN where the column lacks none.
        marks: where rows of the table lie on the axis, at most 1,000, (k,); NaN where they have no place.
        rows: how many were asked about.
    """

    axis: Axis
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    members: np.ndarray
    absent: float
    marks: np.ndarray
    rows: int


def dependence_of(
    predictor: TablePredictor,
    frame: polars.DataFrame,
    column: str,
    kind: str,
    *,
    members: Sequence[TablePredictor] = (),
    nodes: int = NODES,
    rows: int = 200,
    positive: int = 1,
    seed: int = 0,
) -> Dependence:
    """The mean prediction over a column, with the middle 80 % of the rows around it.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows, (n, d).
        column: which one is varied.
        kind: what it holds, "number", "boolean", "category" or "date".
        members: further models, such as those of a cross-validation, to see whether they agree.
        nodes: values of a number or a date.
        rows: at most so many are asked about, drawn at random.
        positive: which column of `predict_proba` is shown.
        seed: of the draw.

    Raises:
        InvalidData: the column holds no value, or what `predict_proba` gives is unusable.
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
    refuse_unknown((column,), frame)
    check("dependence_of", {"nodes": nodes, "rows": rows, "positive": positive, "seed": seed}, _RULES)
    axis = axis_of(frame[column], kind, nodes)
    few = frame[drawn(frame.height, rows, seed)]
    missing = frame[column].null_count() > 0
    crossed = _crossed(few, axis, missing)
    every = asked_all(predictor, members, crossed, positive).reshape(-1, len(crossed) // few.height, few.height)
    curves, others = every[0], every[1:].mean(2)  # (g, n) and (m, g), the last of g without a value
    g = len(axis)
    low, high = np.quantile(curves[:g], (0.1, 0.9), axis=1)
    return Dependence(
        axis=axis,
        mean=curves[:g].mean(1),
        low=low,
        high=high,
        members=others[:, :g],
        absent=float(curves[g].mean()) if missing else float("nan"),
        marks=axis.place(frame[column][drawn(frame.height, MARKS, seed)]),
        rows=few.height,
    )


def _crossed(few: polars.DataFrame, axis: Axis, missing: bool) -> polars.DataFrame:
    """Every row with every value of the axis, value by value; and at last without one."""
    import polars

    values = axis.values.cast(few[axis.name].dtype)
    if missing:
        values = values.extend_constant(None, 1)
    place = np.repeat(np.arange(len(values)), few.height)
    copies = polars.concat([few] * len(values), rechunk=True)
    return copies.with_columns(values.gather(place).alias(axis.name))
