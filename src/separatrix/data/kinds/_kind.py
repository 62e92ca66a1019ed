"""The contract of a column kind, and the registry of all kinds.

A kind is one file of this package. It holds how texts and frames become its values, what is fitted to a column, how that
is applied, the formula of it for the exports, and how a report shows it. Everything else iterates `KINDS`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from separatrix.data.kinds._arithmetic import Arithmetic, NumpyArithmetic
from separatrix.data.kinds._cells import Cells
from separatrix.data.kinds.words import MISSING_WORDS, category_index
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars


class ColumnCode(ABC):
    """How one column becomes numbers: arrays, texts and floats, which go into model files as they are.

    A subclass is a frozen dataclass with at least a name and an indicator. Its numbers depend on that column alone. All
    arithmetic is float64, so that 1e30 and 1e-30 keep their digits, and the result is finite for any input; the last step
    rounds to the network's dtype.

    Attributes:
        kind: name of the column kind that it reads.
        tag: its name in model files.
        array_fields: fields that are arrays, which a model file stores apart.
        cross_fitting: whether the code uses the labels, so that training rows need values from other folds.
        name: of the column.
        indicator: whether one more output is 1 where the value is missing.
    """

    kind: ClassVar[str]
    tag: ClassVar[str]
    array_fields: ClassVar[tuple[str, ...]] = ()
    cross_fitting: ClassVar[bool] = False
    name: str
    indicator: bool

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names of the output features without the indicator."""
        return (self.name,)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the output features."""
        return (*self.value_names, f"{self.name}_missing") if self.indicator else self.value_names

    @abstractmethod
    def encode(self, column: polars.Series) -> np.ndarray:
        """A column (n,) in its kind's dtype -> (n, outputs) float64."""

    def cross_fitted(
        self, column: polars.Series, targets: Targets, fold: np.ndarray, *, in_time: bool = False
    ) -> np.ndarray:
        """The first output for the training rows, each from the rows of other folds: for codes with `cross_fitting`.

        Args:
            column: the training rows, (n,).
            targets: their labels.
            fold: of each row, (n,) int64 from 0.
            in_time: whether folds follow one another, so that a row is encoded from those before it alone.

        Returns:
            (n,) float64.
        """
        # not abstract: only codes with `cross_fitting` are asked
        raise NotImplementedError

    def _refuse_infinite(self, *settings: str) -> None:
        """Raise `InvalidData` for a setting that isn't finite: the outputs must be."""
        for setting in settings:
            if not math.isfinite(getattr(self, setting)):
                raise InvalidData(
                    f"column {self.name!r}: {setting} must be finite, got {shown(getattr(self, setting))}."
                )


class FormulaCode(ColumnCode):
    """A code that computes its outputs from one number a row, by a formula."""

    @abstractmethod
    def formula(self, x: Any, missing: Any, arithmetic: Arithmetic) -> list[Any]:
        """The outputs without the indicator, each (n, 1) or (n, k).

        Args:
            x: the column's numbers, (n, 1), NaN where missing; see `ColumnKind.numbers`.
            missing: where they are NaN, (n, 1).
            arithmetic: in which to compute.
        """

    def outputs(self, x: Any, arithmetic: Arithmetic) -> list[Any]:
        """All outputs of numbers (n, 1), the indicator included."""
        missing = arithmetic.call("isnan", x)
        values = self.formula(x, missing, arithmetic)
        return [*values, arithmetic.number(missing)] if self.indicator else values

    def encode_numbers(self, x: np.ndarray) -> np.ndarray:
        """Numbers (n,) float64 with NaN for missing -> (n, outputs) float64."""
        with np.errstate(over="ignore"):  # beyond 1e308 it is infinite, and clipped
            values = self.outputs(x[:, None], NumpyArithmetic())
        # the empty block first: a code may have no output at all, and concatenate refuses an empty list
        return np.concatenate([np.zeros((len(x), 0)), *values], axis=1)

    def encode(self, column: polars.Series) -> np.ndarray:
        """A column (n,) in its kind's dtype -> (n, outputs) float64."""
        return self.encode_numbers(KINDS[self.kind].numbers(column))


class TextCode(ColumnCode):
    """A code that looks its outputs up by the text of a row.

    Attributes:
        categories: the known texts.
        missing_words: texts that stand for a missing value unless they are categories. None for codes of models that were
            trained before texts were normalised: they look up every text as it is.
    """

    categories: tuple[str, ...]
    missing_words: tuple[str, ...] | None

    @property
    @abstractmethod
    def table(self) -> np.ndarray:
        """Outputs of each category, then of an unknown one, then of a missing one: (categories + 2, outputs)."""

    def encode(self, column: polars.Series) -> np.ndarray:
        """A String column (n,) -> (n, outputs) float64."""
        return np.asarray(self.table[self.index(column)])

    def index(self, column: polars.Series) -> np.ndarray:
        """The row of `table` for each text of a String column (n,): (n,) int64."""
        return category_index(column, self.categories, self.missing_words)


# What a kind is given to fit.


@dataclass(frozen=True)
class EncodingSettings:
    """How columns are encoded.

    Attributes:
        method: for numbers: "robust", "standard", "quantile", "piecewise" or "both", which is the first and "piecewise".
        pieces: number of pieces between the knots, for the last three.
        clip: bound on the absolute value of scaled numbers.
        indicator: whether a missing value sets an indicator: "auto" where some are missing in training.
        max_one_hot: number of categories up to which a column is one-hot encoded.
        missing_words: texts that stand for a missing value.
    """

    method: str = "robust"
    pieces: int = 16
    clip: float = 3.0
    indicator: bool | str = "auto"
    max_one_hot: int = 12
    missing_words: tuple[str, ...] = MISSING_WORDS

    def indicates(self, column: polars.Series) -> bool:
        """Whether this column gets an indicator of missing values."""
        # none where training has no gaps: the input would be 0 in every row, and nothing would train its weights
        return column.null_count() > 0 if self.indicator == "auto" else bool(self.indicator)


@dataclass(frozen=True, eq=False)
class Targets:
    """The labels from which target statistics are computed.

    Attributes:
        y: labels, (n,) float64.
        weight: row weights, (n,) float64.
        smoothing: number of rows with the overall mean that are added to every category.
    """

    y: np.ndarray
    weight: np.ndarray
    smoothing: float

    def take(self, rows: np.ndarray) -> Targets:
        """The targets of these rows."""
        return replace(self, y=self.y[rows], weight=self.weight[rows])

    @property
    def mean(self) -> float:
        """Weighted mean of the labels."""
        return float(self.weight @ self.y / self.weight.sum())

    @property
    def deviation(self) -> float:
        """Weighted standard deviation of the labels; 1 where it is 0."""
        share = self.weight / self.weight.sum()
        deviation = float(np.sqrt(share @ (self.y - self.mean) ** 2))
        # of labels of one class alone, whose distances from the mean are 0: divided by 1 they stay 0 instead of NaN
        return deviation if deviation > 0 else 1.0


@dataclass(frozen=True, eq=False)
class FittedRows:
    """What is known of the rows from which a column's code is fitted, beside the column.

    Attributes:
        weight: row weights, (n,) float64, all positive; None for equal ones.
        targets: the labels of the rows, or None.
    """

    weight: np.ndarray | None = None
    targets: Targets | None = None


EQUAL_ROWS = FittedRows()  # rows without weights and labels


class ColumnKind(ABC):
    """One kind of column: a subclass with a single instance, passed to `register`.

    Attributes:
        name: in `Table.kinds`, model files and exports.
        plural: what its values are called in messages about frames.
        expected: what a cell of text must hold, for messages.
        stored: name of the polars type of its columns.
        accepted: names of further polars types that become it.
        codes: the records that may be fitted to it.
        textual: whether exports take its columns as texts rather than as numbers.
        ordered: whether its values have an order and distances: a histogram, a median and an axis.
        axis_unit: how many of `numbers` are one on an axis.
        labelled_axis: whether the ticks of an axis are written by `labels` rather than as numbers.
        feed: how an export takes the column, for its documentation.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    expected: ClassVar[str]
    stored: ClassVar[str]
    accepted: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[type[ColumnCode], ...]]
    textual: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    axis_unit: ClassVar[float] = 1.0
    labelled_axis: ClassVar[bool] = False
    feed: ClassVar[str] = "double, NaN where missing"

    @abstractmethod
    def dtype(self) -> polars.DataType:
        """The polars type of its columns."""

    # Frames.

    def normalised(self, series: polars.Series) -> polars.Series:
        """A column of an accepted type in this kind's own.

        Raises:
            InvalidData: a value that can't be used, such as an infinite number.
        """
        return series.cast(self.dtype())

    def holds(self, value: Any) -> bool:
        """Whether a Python value that isn't missing is of this kind."""
        return False

    def of_values(self, name: str, values: Sequence[Any]) -> polars.Series:
        """A column of Python values of this kind and None."""
        import polars

        return polars.Series(name, values, self.dtype())

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        """A column of another kind as this one: null where a value can't be, None where no value ever could."""
        return None

    def as_text(self, series: polars.Series) -> polars.Series:
        """Its values as text, as a file would hold them."""
        import polars

        return series.cast(polars.String)

    # Delimited text.

    def recognised(self, cells: Cells) -> tuple[polars.Series, list[str]] | None:
        """The column if all its texts are of this kind, with warnings; else None.

        Raises:
            DataFileError: the column is of this kind but for a few cells, which must be mistakes.
        """
        return None

    @abstractmethod
    def parsed(self, cells: Cells) -> polars.Series:
        """A column that was of this kind in training.

        Raises:
            DataFileError: a cell that isn't, with its line.
        """

    def advice(self, texts: polars.Series) -> str | None:
        """For a column of text most of which looks like this kind: how to write it; else None."""
        return None

    # Numbers, for reports and exports.

    def numbers(self, column: polars.Series) -> np.ndarray:
        """The column as (n,) float64, NaN where missing. Not for textual kinds."""
        import polars

        return column.cast(polars.Float64).fill_null(float("nan")).to_numpy()

    def of_numbers(self, name: str, numbers: np.ndarray) -> polars.Series:
        """The inverse of `numbers`, for kinds that are ordered."""
        # not abstract: only kinds that are `ordered` are asked
        raise NotImplementedError

    def labels(self, numbers: np.ndarray) -> list[str]:
        """Texts for the numbers of an ordered kind, (k,), in reports."""
        # not abstract: only kinds that are `ordered` are asked
        raise NotImplementedError

    @staticmethod
    @abstractmethod
    def read_cell(cell: Any) -> Any:
        """Read one cell, text or a Python value, in the exported Python file: as `numbers`, or as text for a textual kind.

        Its source is copied into that file, so it uses nothing but what it imports itself from the standard library.

        Raises:
            ValueError, TypeError, OverflowError: the cell is no such value.
        """

    # The encoder.

    @abstractmethod
    def fitted(self, column: polars.Series, settings: EncodingSettings, rows: FittedRows = EQUAL_ROWS) -> ColumnCode:
        """The code of a column, from its training rows.

        Args:
            column: (n,), in this kind's type.
            settings: how columns are encoded.
            rows: weights and labels of the rows.
        """


KINDS: dict[str, ColumnKind] = {}


def register(kind: ColumnKind) -> None:
    """Add a kind. It is tried before those that are registered already.

    Raises:
        InvalidParameter: another kind has its name or its polars type.
    """
    if other := next((k for k in KINDS.values() if kind.name == k.name or kind.stored == k.stored), None):
        taken = f"{other.name!r} is stored as {other.stored} already"
        raise InvalidParameter(f"the column kind {kind.name!r} needs a name and a polars type of its own; {taken}.")
    # changed in place: other modules hold this very dictionary by their import
    first = {kind.name: kind, **KINDS}
    KINDS.clear()
    KINDS.update(first)


def kind_of(column: polars.Series) -> ColumnKind:
    """The kind of a column that `as_frame` or a reader made."""
    # the base type: a Datetime's zone, say, belongs to the column and not to its kind
    stored = column.dtype.base_type().__name__
    return next(kind for kind in KINDS.values() if kind.stored == stored)


def kind_accepting(column: polars.Series) -> ColumnKind | None:
    """The kind into which a column of any polars type is read, or None where no kind takes it."""
    name = column.dtype.base_type().__name__
    return next((kind for kind in KINDS.values() if name == kind.stored or name in kind.accepted), None)


def code_classes() -> dict[str, type[ColumnCode]]:
    """Name in model files -> record."""
    return {code.tag: code for kind in KINDS.values() for code in kind.codes}
