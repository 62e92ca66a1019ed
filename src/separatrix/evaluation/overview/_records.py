"""What is known of a table before any training: records of counts and of warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Repeats:
    """Rows that are equal in every column but the target.

    Attributes:
        copies: rows beyond the first of their kind.
        contradicting: rows whose like occurs with both labels.
        by_chance: copies there would be if each column were shuffled by itself; many where columns are few and coarse.
    """

    copies: int
    contradicting: int
    by_chance: int


@dataclass(frozen=True)
class Concern:
    """A warning.

    Attributes:
        kind: "leak", "imbalance", "scarce", "duplicates", "contradictions", "identifier", "constant", "missing" or "twins".
        columns: which ones it is about; none where it is about the rows.
        sentence: what was seen, and what to do.
        grave: whether results can't be trusted before it is looked into.
    """

    kind: str
    columns: tuple[str, ...]
    sentence: str
    grave: bool = False


@dataclass(frozen=True, eq=False)
class Spread:
    """A histogram by class.

    Attributes:
        labels: of the bars: a value, or the range of an ordered column.
        counts: rows of class 0 and class 1 in each bar, (b, 2) int64.
        shared: whether the last bar holds all further categories.
    """

    labels: tuple[str, ...]
    counts: np.ndarray
    shared: bool = False


@dataclass(frozen=True, eq=False)
class ColumnView:
    """One column.

    Attributes:
        name: as in the table.
        kind: name of its kind, such as "number".
        missing: rows without a value.
        distinct: different values, missing ones left out.
        low: the smallest number or the earliest date, as text; empty for other kinds.
        middle: the median, as text, likewise.
        high: the largest, likewise.
        spread: the histogram.
        auc: how well this column alone parts the classes, cross-validated; NaN where a class has too few rows.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    low: str
    middle: str
    high: str
    spread: Spread
    auc: float


@dataclass(frozen=True, eq=False)
class Overview:
    """A table in numbers.

    Attributes:
        n_rows: rows.
        classes: how classes 0 and 1 are called; class 1 is the positive one.
        counts: rows of each.
        columns: a view of each column, in the table's order.
        repeats: rows that occur more than once.
        concerns: warnings, the gravest first; empty where nothing is strange.
    """

    n_rows: int
    classes: tuple[str, str]
    counts: tuple[int, int]
    columns: tuple[ColumnView, ...]
    repeats: Repeats
    concerns: tuple[Concern, ...] = field(default=())
