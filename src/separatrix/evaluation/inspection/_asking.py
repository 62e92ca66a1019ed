"""Predictions that are explained, the rows that are drawn for them, and the values of a column on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.data.kinds import KINDS, kind_of
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import nearest

if TYPE_CHECKING:
    import polars


class TablePredictor(Protocol):
    """Anything that gives probabilities for the rows of a frame, as scikit-learn does."""

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of both classes: a frame of n rows -> (n, 2)."""
        ...


def positive_probability(predictor: TablePredictor, frame: polars.DataFrame, positive: int) -> np.ndarray:
    """The probability of the positive class for each row, (n,) float64.

    Raises:
        InvalidData: `predict_proba` returns other than two columns, or values that aren't finite.
    """
    both = np.asarray(predictor.predict_proba(frame), np.float64)
    if both.shape != (frame.height, 2):
        raise InvalidData(f"predict_proba must return two columns, shape {(frame.height, 2)}, got {both.shape}.")
    _refuse_infinite(both)
    return both[:, positive]


def positive_probabilities(
    predictor: TablePredictor, members: Sequence[TablePredictor], frame: polars.DataFrame, positive: int
) -> np.ndarray:
    """The probability of the positive class for each row, by the predictor and then by its members: (1 + m, n) float64.

    A predictor with a method `predict_all`, frame of n rows -> (1 + m, n, 2), predicts for its members too.

    Raises:
        InvalidData: as `positive_probability`.
    """
    together = getattr(predictor, "predict_all", None)
    if together is None:
        return np.array([positive_probability(model, frame, positive) for model in (predictor, *members)])
    probabilities = np.asarray(together(frame), np.float64)
    _refuse_infinite(probabilities)
    return np.asarray(probabilities[:, :, positive])


def _refuse_infinite(probabilities: np.ndarray) -> None:
    if not np.isfinite(probabilities).all():
        raise InvalidData("predict_proba returned NaN or an infinity, which can't be explained.")


def draw_rows(n: int, size: int, seed: int) -> np.ndarray:
    """Indices of at most `size` of n rows, drawn without replacement, increasing, (m,) int64.

    >>> draw_rows(3, 5, seed=0)
    array([0, 1, 2])
    """
    if n <= size:
        return np.arange(n)
    # in the table's order, as they are where none is left out
    return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))


def refuse_unknown(names: tuple[str, ...], frame: polars.DataFrame) -> None:
    """Refuse a name that is no column.

    Raises:
        InvalidParameter: names the nearest column.
    """
    for name in names:
        if name not in frame.columns:
            raise InvalidParameter(f"there is no column {name!r}.{nearest(name, frame.columns)}")


# The values of one column at which predictions are computed, and their positions on an axis.


FEW = 12  # different numbers up to which each is a place of its own


@dataclass(frozen=True, eq=False)
class Axis:
    """Values of a column, rising; or its categories, the most frequent first.

    Attributes:
        name: the column's.
        kind: name of its kind, such as "number".
        values: to be put into the column, (g,).
        position: where they are drawn, (g,) float64: ordered kinds in their axis' unit, such as days since 1970 for dates,
            others 0, 1, 2, …
        labels: of values that are places rather than points of a line; empty for a line.
        left_out: categories that got no place, for there are too many.
    """

    name: str
    kind: str
    values: polars.Series
    position: np.ndarray
    labels: tuple[str, ...]
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.values)

    def place(self, column: polars.Series) -> np.ndarray:
        """Where the rows of a column lie on this axis, (n,) float64: NaN for a missing value or one that has no place."""
        import polars

        if not self.labels:
            return _on_a_line(column)
        number = polars.Series(self.position)
        return column.replace_strict(self.values, number, default=None, return_dtype=polars.Float64).to_numpy()


def _on_a_line(column: polars.Series) -> np.ndarray:
    kind = kind_of(column)
    return np.asarray(kind.numbers(column) / kind.axis_unit)


def axis_of(column: polars.Series, kind: str, nodes: int = 60, max_categories: int = 12, margin: float = 0.0) -> Axis:
    """The values of a column at which predictions are computed.

    Ordered kinds: even steps from the 1st to the 99th percentile, widened by `margin` of the range
    but not beyond the data; up to 12 different values stand for themselves. Other kinds: the `max_categories` most frequent.

    Args:
        column: a column of a table.
        kind: its kind.
        nodes: number of values of an ordered kind.
        max_categories: maximum number of values of other kinds.
        margin: share of the range.

    Raises:
        InvalidData: all values of the column are missing.

    Examples:
        >>> import polars
        >>> axis = axis_of(polars.Series("colour", ["red", "blue", None, "red"]), "category")
        >>> axis.values.to_list(), axis.labels, axis.place(polars.Series(["blue", None, "green"]))
        (['red', 'blue'], ('red', 'blue'), array([ 1., nan, nan]))
    """
    present = column.drop_nulls()
    if not len(present):
        raise InvalidData(f"column {column.name!r} has no value: all of them are missing.")
    if KINDS[kind].ordered and present.n_unique() > FEW:
        return _line(column, kind, nodes, margin)
    if KINDS[kind].ordered or kind == "boolean":  # false before true
        values = present.unique().sort()
    else:
        # equally frequent ones by name, or which of them are shown would change from call to call
        counts = present.value_counts(sort=False, name="n").sort(["n", column.name], descending=[True, False])
        values = counts[column.name]
    shown = values.head(max_categories)
    labels = tuple(_label(value) for value in shown.to_list())
    return Axis(column.name, kind, shown, np.arange(len(shown), dtype=np.float64), labels, len(values) - len(shown))


def _line(column: polars.Series, kind: str, nodes: int, margin: float) -> Axis:
    place = _on_a_line(column.drop_nulls())
    low, high = np.quantile(place, (0.01, 0.99))
    if low == high:  # nearly all rows have one value; the others lie far
        low, high = place.min(), place.max()
    room = margin * (high - low)  # but never beyond the data: a price has no negative values to ask at
    position = np.linspace(max(low - room, place.min()), min(high + room, place.max()), nodes)
    # cast: dates of the column's own zone
    values = KINDS[kind].of_numbers(column.name, position * KINDS[kind].axis_unit).cast(column.dtype)
    return Axis(column.name, kind, values, position, ())


def _label(value: Any) -> str:
    from separatrix.evaluation.overview.views import as_text

    return as_text(value)


def typical_row(frame: polars.DataFrame, kinds: dict[str, str]) -> polars.DataFrame:
    """One row: the median of ordered kinds, the most frequent of other values, missing where nothing is there.

    >>> import polars
    >>> frame = polars.DataFrame({"age": [20.0, 30.0, 70.0], "town": ["Ulm", "Bonn", "Ulm"]})
    >>> typical_row(frame, {"age": "number", "town": "category"}).row(0)
    (30.0, 'Ulm')
    """
    import polars

    columns = [polars.Series(name, [_typical(frame[name], kind)], frame[name].dtype) for name, kind in kinds.items()]
    return polars.DataFrame(columns)


def _typical(column: polars.Series, kind: str) -> Any:
    present = column.drop_nulls()
    if not len(present):
        return None
    # sorted, because equally frequent values come in no certain order
    return present.median() if KINDS[kind].ordered else present.mode().sort()[0]
