"""Categories: texts, one-hot encoded where they are few, as a statistic of the target where they are many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds._kind import (
    EQUAL_ROWS,
    KINDS,
    ColumnCode,
    ColumnKind,
    EncodingSettings,
    FittedRows,
    Targets,
    TextCode,
)
from separatrix.data.kinds._number_texts import numeric_and_other
from separatrix.data.kinds.words import category_index, without_missing_words
from separatrix.errors import InvalidData
from separatrix.support.constraints import quoted, shown

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class CategoryCode(TextCode):
    """A column of few categories, one-hot encoded: an output for each, 1 where it is this one. An unknown one gives 0s.

    Attributes:
        name: of the column.
        categories: the known texts.
        indicator: whether one more output is 1 where the value is missing; without it a missing value gives 0s.
        missing_words: see `TextCode`.
    """

    kind = "category"
    tag = "category"

    name: str
    categories: tuple[str, ...]
    indicator: bool = False
    missing_words: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _refuse_categories(self.name, self.categories, self.missing_words)

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names of the output features without the indicator."""
        return tuple(f"{self.name}_{text}" for text in self.categories)

    @property
    def table(self) -> np.ndarray:
        """Outputs of each category, then of an unknown one, then of a missing one: (categories + 2, outputs)."""
        count = len(self.categories)
        table = np.zeros((count + 2, len(self.names)))
        table[:count, :count] = np.eye(count)
        if self.indicator:
            table[-1, -1] = 1
        return table


@dataclass(frozen=True, eq=False)
class TargetCode(TextCode):
    """A column of many categories: one output, a statistic of the target that was learnt for each of them.

    Attributes:
        name: of the column.
        categories: the known texts.
        values: (categories,) float64, one for each.
        unknown: for a text that isn't known.
        missing: for a missing one.
        indicator: whether one more output is 1 where the value is missing.
        missing_words: see `TextCode`.
    """

    kind = "category"
    tag = "target"
    array_fields = ("values",)
    cross_fitting = True

    name: str
    categories: tuple[str, ...]
    values: np.ndarray
    unknown: float = 0.0
    missing: float = 0.0
    indicator: bool = False
    missing_words: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _refuse_categories(self.name, self.categories, self.missing_words)
        self._refuse_infinite("unknown", "missing")
        if max(abs(self.unknown), abs(self.missing)) > float(np.finfo(np.float32).max):
            raise InvalidData(f"column {self.name!r}: the number for an unknown or a missing text is beyond float32.")
        # encoded numbers are rounded to float32, in which a larger one would be infinite and the probability NaN
        largest = float(np.finfo(np.float32).max)
        if np.shape(self.values) != (len(self.categories),) or not (np.abs(self.values) <= largest).all():
            raise InvalidData(
                f"column {self.name!r}: expected a finite value for each category, got {shown(self.values)}."
            )

    @property
    def table(self) -> np.ndarray:
        """Outputs of each category, then of an unknown one, then of a missing one: (categories + 2, outputs)."""
        values = np.array([*self.values, self.unknown, self.missing])[:, None]
        if not self.indicator:
            return values
        missing = np.zeros_like(values)
        missing[-1] = 1
        return np.concatenate([values, missing], axis=1)

    def cross_fitted(
        self, column: polars.Series, targets: Targets, fold: np.ndarray, *, in_time: bool = False
    ) -> np.ndarray:
        """The outputs for the training rows of this code, each from the rows of the other folds.

        A row's own label would otherwise be part of its input, and the network would learn to read it there.

        Args:
            column: the training rows, (n,) String.
            targets: their labels.
            fold: of each row, (n,) int64 from 0.
            in_time: whether folds follow one another, so that a row is encoded from those before it alone.

        Returns:
            (n,) float64; zeros, which stand for the overall mean, where there is no other fold.
        """
        # the categories of all folds: a text that the other folds lack gets their overall mean by smoothing
        index, count = self.index(column), len(self.categories)
        values = np.zeros(len(index))
        for k in range(int(fold.max()) + 1):
            inside, outside = np.flatnonzero(fold == k), np.flatnonzero(fold < k if in_time else fold != k)
            if len(outside):
                rest = targets.take(outside)
                means = _smoothed_means(index[outside], count, rest)
                # in deviations of all rows, so that folds are comparable
                values[inside] = (means[index[inside]] - rest.mean) / targets.deviation
        return values


def _refuse_categories(name: str, categories: tuple[str, ...], missing_words: tuple[str, ...] | None) -> None:
    if len(set(categories)) < len(categories) or any(not isinstance(text, str) for text in categories):
        raise InvalidData(f"column {name!r}: categories must be texts, each once, got {shown(categories)}.")
    words = () if missing_words is None else missing_words
    if not isinstance(words, tuple) or any(not isinstance(word, str) for word in words):
        raise InvalidData(f"column {name!r}: words for a missing value must be texts, got {shown(words)}.")


class Category(ColumnKind):
    """The kind of texts; what no other kind recognises is read as this one."""

    name = "category"
    plural = "text"
    expected = "text"
    stored = "String"
    accepted = ("Categorical", "Enum")
    codes = (CategoryCode, TargetCode)
    textual = True
    feed = 'string, "" where missing'

    def dtype(self) -> polars.DataType:
        """String."""
        import polars

        return polars.String()

    def holds(self, value: Any) -> bool:
        """Whether it is a text, or an interval of pandas, such as `pandas.cut` makes."""
        return isinstance(value, str) or type(value).__name__ == "Interval"

    def of_values(self, name: str, values: Any) -> polars.Series:
        """A column of texts and None."""
        import polars

        # str() of NumPy's and pandas' subclasses, which polars would refuse
        return polars.Series(name, [None if value is None else str(value) for value in values], polars.String)

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """Whatever it is as text: a file that holds digits alone in a text column is no other table."""
        return source.as_text(series)

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """Any texts, with a warning where they may have been meant as another kind."""
        return cells.texts, cells.missing_warning(self.plural) + _doubts(cells)

    def parsed(self, cells: Cells) -> polars.Series:
        """The texts."""
        return cells.texts

    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """One-hot for up to `max_one_hot` categories; for more, target statistics, or without a target the heaviest."""
        column = without_missing_words(column, settings.missing_words)
        texts, mass = _mass_by_text(column, rows.weight)
        indicator = settings.indicates(column)
        if len(texts) > settings.max_one_hot:
            if rows.targets is not None:
                return replace(
                    target_code(column, rows.targets, indicator=indicator), missing_words=settings.missing_words
                )
            # by weight, equal ones by their text: which are kept must not depend on the order of the rows
            heaviest = np.lexsort((np.arange(len(texts)), -mass))[: settings.max_one_hot]
            # sorted by text again, as where all are kept
            texts = [texts[k] for k in sorted(heaviest)]
        return CategoryCode(column.name, tuple(texts), indicator, settings.missing_words)

    @staticmethod
    def read_cell(cell: Any) -> str:
        """A category as text; a number without its ".0", as in a file; in the exported Python file."""
        if isinstance(cell, bool):
            return str(cell).lower()
        return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def _doubts(cells: Cells) -> list[str]:
    """A warning for a column of text that may have been meant as something else."""
    texts = cells.texts.drop_nulls()
    if not len(texts):
        return []
    other = numeric_and_other(cells)[1]
    count, row = int(other.sum()), int(other.arg_max() or 0)
    column, first = (
        f"column {cells.name!r} is read as text",
        f"{quoted(cells.texts[row])} in line {cells.place.lines[row]}",
    )
    # where most cells are no numbers, nobody meant the column as one of numbers
    if 0 < count < len(texts) / 2:
        return [f"{column}, for {count:,} of its {len(texts):,} cells are no numbers; the first is {first}."]
    if texts.str.contains(r"^[+-]?\p{Nd}+([.,٫]\p{Nd}+)?$").all() and not texts.str.contains(r"[0-9]").any():
        return [f"{column}, for its digits, such as {first}, are not 0 to 9; write numbers with these."]
    for kind in KINDS.values():
        if advice := kind.advice(texts):
            return [f"{column}, though it looks like {kind.plural}, such as {first}; {advice}."]
    return []


def _mass_by_text(column: polars.Series, weight: np.ndarray | None) -> tuple[list[str], np.ndarray]:
    """The texts in a column, sorted, and the weight of the rows that hold each."""
    import polars

    frame = polars.DataFrame({"text": column, "mass": np.ones(len(column)) if weight is None else weight})
    # sorted, for group_by promises no order, and the order of the outputs is that of the texts
    masses = frame.drop_nulls("text").group_by("text").agg(polars.col("mass").sum()).sort("text")
    return masses["text"].to_list(), masses["mass"].to_numpy()


# Target statistics: how often the rows of a category are of the second class (Micci-Barreca 2001).


def target_code(column: polars.Series, targets: Targets, *, indicator: bool) -> TargetCode:
    """The code of a text column: how far a category's smoothed mean is from that of all, in standard deviations of y.

    Not scaled to variance 1: a column that says little should stay small, and smoothing is what makes it so.

    Args:
        column: training rows, (n,) String.
        targets: their labels.
        indicator: whether one more output is 1 where the value is missing.
    """
    texts = tuple(column.drop_nulls().unique().sort().to_list())
    means = _smoothed_means(category_index(column, texts), len(texts), targets)
    values = (means - targets.mean) / targets.deviation
    # no training row is unknown, so smoothing makes that mean the overall one, and its value 0
    return TargetCode(column.name, texts, values[:-2], float(values[-2]), float(values[-1]), indicator)


def _smoothed_means(index: np.ndarray, count: int, targets: Targets) -> np.ndarray:
    """Smoothed means by category, those of the unknown and of the missing last: (count + 2,)."""
    # the length is given, since the last ones, unknown and missing, may have no rows
    mass = np.bincount(index, targets.weight, count + 2)
    total = np.bincount(index, targets.weight * targets.y, count + 2)
    # without smoothing, a category without rows would be 0 / 0
    overall, smoothing = targets.mean, max(targets.smoothing, np.finfo(np.float64).tiny)
    return np.asarray((total + smoothing * overall) / (mass + smoothing))
