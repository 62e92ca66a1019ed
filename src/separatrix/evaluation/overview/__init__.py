"""What a table holds, column by column, and what one should know before believing any number computed from it.

`overview_of(table)` gives an `Overview`: a `ColumnView` with a `Spread` for each column, `Repeats` of rows, and a `Concern`
for whatever is unusual. `classes_of` gives the two classes of a table. `views` has what is computed of a single column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.evaluation.overview._concerns import concerns_of
from separatrix.evaluation.overview._records import ColumnView, Concern, Overview, Repeats, Spread
from separatrix.evaluation.overview.views import as_text, folds_of, view
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

    from separatrix.data.dependence import RowDependence
    from separatrix.data.table import Table

__all__ = ["ColumnView", "Concern", "Overview", "Repeats", "Spread", "classes_of", "overview_of"]


@insulated
def overview_of(table: Table, positive: Any = None, seed: int = 0, dependence: RowDependence | None = None) -> Overview:
    """Summarise every column of a table with a target, and warn of what is unusual.

    Args:
        table: with a target of two classes.
        positive: the label of class 1; by default the last in sorted order, as in scikit-learn.
        seed: of the folds in which single columns are tried.
        dependence: groups and times of the rows, which these folds don't part.

    Raises:
        InvalidData: no target, other than two classes, no rows, or a positive label that doesn't occur.

    Examples:
        >>> import polars
        >>> from separatrix.data.table import Table
        >>> frame = polars.DataFrame({"age": [20.0, 31.0, None, 54.0], "bought": ["no", "no", "yes", "yes"]})
        >>> overview = overview_of(Table.from_frame(frame, "bought"))
        >>> overview.counts, overview.columns[0].missing, overview.columns[0].high
        ((2, 2), 1, '54')
    """
    classes, y = classes_of(table, positive)
    folds = folds_of(y, seed, dependence)
    columns = tuple(view(table.frame[name], kind, y, folds) for name, kind in table.kinds.items())
    ones = int(y.sum())
    repeats = _repeats(table.frame, y, seed)
    overview = Overview(len(y), classes, (len(y) - ones, ones), columns, repeats)
    return replace(overview, concerns=concerns_of(overview, table.frame))


def classes_of(table: Table, positive: Any = None) -> tuple[tuple[str, str], np.ndarray]:
    """The names of classes 0 and 1, and the labels as 0 and 1, (n,) int64. Raises as `overview_of` does."""
    if table.labels is None:
        raise InvalidData("an overview by class needs a target column; name it when the table is read.")
    labels = table.labels.unique().sort().to_list()
    if len(labels) != 2:
        raise InvalidData(f"a target of two classes is needed, got {len(labels)} different labels: {labels[:5]}.")
    if any(isinstance(label, float) and label != round(label) for label in labels):
        raise InvalidData(
            f"the labels {labels} look measured, not named: write the two classes as whole numbers or words."
        )
    positive = labels[1] if positive is None else positive
    if positive not in labels:
        raise InvalidData(f"the positive label must be one of {labels}, got {positive!r}.")
    other = labels[0] if labels[1] == positive else labels[1]
    return (as_text(other), as_text(positive)), (table.labels == positive).to_numpy().astype(np.int64)


def _repeats(frame: polars.DataFrame, y: np.ndarray, seed: int) -> Repeats:
    """Rows that occur more than once; and how many would if the columns had nothing to do with each other."""
    import polars

    if not frame.width:
        return Repeats(0, 0, 0)
    rng = np.random.default_rng(seed)
    frame = frame.rename({name: f"column {k}" for k, name in enumerate(frame.columns)})  # none is called "y" or "n"
    labelled = frame.with_columns(polars.Series("y", y))
    groups = labelled.group_by(frame.columns).agg(polars.len().alias("n"), polars.col("y").sum())
    shuffled = polars.DataFrame([column.gather(rng.permutation(len(y))) for column in frame])
    mixed = groups.filter((polars.col("y") > 0) & (polars.col("y") < polars.col("n")))
    return Repeats(len(y) - groups.height, int(mixed["n"].sum()), len(y) - shuffled.n_unique())
