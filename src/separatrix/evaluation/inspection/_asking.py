"""Asking a classifier: which of its columns is class 1, and rows drawn where there are too many to ask about all."""

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


def asked(predictor: TablePredictor, frame: polars.DataFrame, positive: int) -> np.ndarray:
    """The probability of the positive class for each row, (n,) float64.

    Raises:
        InvalidData: `predict_proba` doesn't give two columns, or gives something else than probabilities.
    """
    found = np.asarray(predictor.predict_proba(frame), np.float64)
    if found.shape != (frame.height, 2):
        raise InvalidData(f"predict_proba must give two columns, shape {(frame.height, 2)}, got {found.shape}.")
    _refuse_infinite(found)
    return found[:, positive]


def asked_all(
    predictor: TablePredictor, members: Sequence[TablePredictor], frame: polars.DataFrame, positive: int
) -> np.ndarray:
    """The probability of the positive class for each row, by the predictor and then by its members: (1 + m, n) float64.

    A predictor with a method `predict_all`, frame of n rows -> (1 + m, n, 2), answers for its members itself.

    Raises:
        InvalidData: as `asked`.
    """
    together = getattr(predictor, "predict_all", None)
    if together is None:
        return np.array([asked(each, frame, positive) for each in (predictor, *members)])
    found = np.asarray(together(frame), np.float64)
    _refuse_infinite(found)
    return np.asarray(found[:, :, positive])


def _refuse_infinite(found: np.ndarray) -> None:
    if not np.isfinite(found).all():
        raise InvalidData("predict_proba gave NaN or an infinity; nothing can be explained from that.")


def drawn(n: int, most: int, seed: int) -> np.ndarray:
    """Numbers of at most `most` of n rows, drawn without repetition and in order, (m,) int64.

    >>> drawn(3, 5, seed=0)
    array([0, 1, 2])
    """
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def refuse_unknown(names: tuple[str, ...], frame: polars.DataFrame) -> None:
    """Raise `InvalidParameter` for a name that is no column, with the nearest that is."""
    for name in names:
        if name not in frame.columns:
            raise InvalidParameter(f"there is no column {name!r}.{nearest(name, frame.columns)}")


# The values of one column at which a classifier is asked, and where they lie on an axis.


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


def axis_of(column: polars.Series, kind: str, nodes: int = 60, most: int = 12, margin: float = 0.0) -> Axis:
    """Values of a column to ask at.

    Ordered kinds: even steps from the 1st to the 99th percentile, widened by `margin` of the range
    but not beyond the data; up to 12 different ones are asked one by one. Others: the `most` frequent.

    Raises:
        InvalidData: the column holds no value at all.

    Examples:
        >>> import polars
        >>> axis = axis_of(polars.Series("colour", ["red", "blue", None, "red"]), "category")
        >>> axis.values.to_list(), axis.labels, axis.place(polars.Series(["blue", None, "green"]))
        (['red', 'blue'], ('red', 'blue'), array([ 1., nan, nan]))
    """
    present = column.drop_nulls()
    if not len(present):
        raise InvalidData(f"column {column.name!r} holds no value to ask at.")
    if KINDS[kind].ordered and present.n_unique() > FEW:
        return _line(column, kind, nodes, margin)
    if KINDS[kind].ordered or kind == "boolean":  # false before true
        values = present.unique().sort()
    else:
        counts = present.value_counts(sort=False, name="n").sort(["n", column.name], descending=[True, False])
        values = counts[column.name]
    kept = values.head(most)
    labels = tuple(_label(each) for each in kept.to_list())
    return Axis(column.name, kind, kept, np.arange(len(kept), dtype=np.float64), labels, len(values) - len(kept))


def _line(column: polars.Series, kind: str, nodes: int, margin: float) -> Axis:
    place = _on_a_line(column.drop_nulls())
    low, high = np.quantile(place, (0.01, 0.99))
    if low == high:  # nearly all rows have one value; the others lie far
        low, high = place.min(), place.max()
    room = margin * (high - low)  # but never beyond the data: a price has no negative values to ask at
    position = np.linspace(max(low - room, place.min()), min(high + room, place.max()), nodes)
    values = KINDS[kind].of_numbers(column.name, position * KINDS[kind].axis_unit)
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
    return present.median() if KINDS[kind].ordered else present.mode().sort()[0]
