"""Points of a table: its columns as numbers, for what trains on points, such as a study."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from separatrix.encoder import TableEncoder
from separatrix.errors import InvalidData
from separatrix.overview import classes_of
from separatrix.points import Points
from separatrix.table import Table


def points_of_table(table: Table, *, positive: Any = None, encoder: TableEncoder | None = None) -> Points:
    """A table's columns as numbers (n, k) float64, and its labels as 0 and 1.

    The columns are encoded once, from all rows and without their labels. So a study that holds other rows out for every
    seed has the same columns each time; it knows medians and categories of held-out rows, but nothing of their classes.

    Args:
        table: with a target.
        positive: the label of class 1; by default the last in sorted order.
        encoder: how columns become numbers; by default `TableEncoder()`. It is fitted here.

    Raises:
        InvalidData: no target, other than two classes, or no such label.

    Examples:
        >>> import polars
        >>> frame = polars.DataFrame({"age": [20, 40, None], "city": ["Oslo", "Rome", "Rome"], "paid": ["no", "yes", "no"]})
        >>> points = points_of_table(Table.from_frame(frame, "paid"))
        >>> points.x.round(2).tolist(), points.y.tolist()
        ([[0.0, 0.0, 1.0, 0.0], [1.35, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]], [0, 1, 0])
    """
    if table.labels is None:
        raise InvalidData(f"{table.source} was read without a target; name its label column.")
    _, y = classes_of(table, positive)
    x = (encoder or TableEncoder()).fit(table.frame).transform(table.frame)
    return Points(x, y, PurePath(table.source).name)
