"""What has shifted since training: a table beside the profile that a model keeps of its training table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.data.profile import LEVELS, ColumnProfile, TableProfile

if TYPE_CHECKING:
    import polars

BINS = 8  # of an ordered column, each with an eighth of the training rows
SMALL, LARGE = 0.1, 0.25  # of a population stability index; Siddiqi 2006, "Credit Risk Scorecards"


@dataclass(frozen=True)
class ColumnShift:
    """How one column differs from training.

    Attributes:
        name: of the column.
        index: the population stability index: the sum over bins of (new share - old share) × log(new share / old share).
        by_chance: an index that 1% of tables of this size reach without any shift.
        missing: share of missing values in the new table.
        missing_before: share in the training table.
        unseen: share of present values that did not occur in training; of numbers, those outside of the range.
    """

    name: str
    index: float
    by_chance: float
    missing: float
    missing_before: float
    unseen: float

    @property
    def grave(self) -> bool:
        """Whether the shift is large, and larger than chance explains."""
        return self.index >= max(LARGE, self.by_chance)

    @property
    def noticeable(self) -> bool:
        """Whether the shift is at least small, and larger than chance explains."""
        return self.index >= max(SMALL, self.by_chance)


@dataclass(frozen=True)
class Shift:
    """How a table differs from the training table.

    Attributes:
        columns: of the model, the largest shift first.
        rows: number of new rows.
        rows_before: number of training rows.
        positive: share of class 1 in the new table, or None.
        positive_before: share in training, or None.
    """

    columns: tuple[ColumnShift, ...]
    rows: int
    rows_before: int
    positive: float | None = None
    positive_before: float | None = None

    def sentences(self) -> list[str]:
        """The noticeable shifts, each in a sentence; one that says so where there are none."""
        lines = []
        for column in self.columns:
            if column.noticeable:
                size = "strongly" if column.grave else "somewhat"
                line = f"Column {column.name!r} has shifted {size}: population stability index {column.index:.2f}"
                if abs(column.missing - column.missing_before) >= 0.02:
                    line += f"; {column.missing:.1%} are missing, in training {column.missing_before:.1%}"
                if column.unseen >= 0.01:
                    line += f"; {column.unseen:.1%} of the values did not occur in training"
                lines.append(line + ".")
            elif column.unseen >= 0.05:
                lines.append(f"Column {column.name!r}: {column.unseen:.1%} of the values did not occur in training.")
        if self.positive is not None and self.positive_before is not None:
            half = 2 * np.sqrt(0.25 / self.rows + 0.25 / max(self.rows_before, 1))
            if abs(self.positive - self.positive_before) > half:
                lines.append(
                    f"Class 1 has a share of {self.positive:.1%}, in training {self.positive_before:.1%}; the probabilities "
                    "assume the latter."
                )
        return lines or ["No column has shifted noticeably since training."]


def compute_shift(
    frame: polars.DataFrame,
    profile: TableProfile,
    *,
    positive: float | None = None,
    positive_before: float | None = None,
) -> Shift:
    """Compare a table with the training table, column by column.

    Args:
        frame: new rows, with the columns of the model and of their kinds.
        profile: of the training table.
        positive: share of class 1 in the new table, or None.
        positive_before: share in training, or None.

    Examples:
        >>> import polars
        >>> from separatrix.data.profile import profile_of
        >>> before = polars.DataFrame({"x": np.linspace(0, 1, 320), "town": ["Ulm", "Bonn"] * 160})
        >>> after = polars.DataFrame({"x": np.linspace(0.5, 1.5, 320), "town": ["Ulm", "Bonn"] * 160})
        >>> shift = compute_shift(after, profile_of(before))
        >>> [(column.name, column.grave, round(column.unseen, 2)) for column in shift.columns]
        [('x', True, 0.5), ('town', False, 0.0)]
    """
    shifts = [_of_column(frame[column.name], column) for column in profile.columns]
    rows_before = max((column.rows for column in profile.columns), default=0)
    columns = sorted(shifts, key=lambda shift: -shift.index)
    return Shift(tuple(columns), frame.height, rows_before, positive, positive_before)


def _of_column(series: polars.Series, column: ColumnProfile) -> ColumnShift:
    before, now, unseen = _of_numbers(series, column) if column.ordered else _of_texts(series, column)
    missing = len(series) - int(now.sum())
    before, now = np.append(before, column.missing), np.append(now, missing)
    index, by_chance = stability_index(before, now)
    return ColumnShift(
        column.name,
        index,
        by_chance,
        missing / max(len(series), 1),
        column.missing / max(column.rows, 1),
        unseen / max(len(series) - missing, 1),
    )


def _of_numbers(series: polars.Series, column: ColumnProfile) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows of training and of now in each bin of the training's quantiles, and how many lie outside of its range."""
    values = KINDS[column.kind].numbers(series)
    values = values[np.isfinite(values)]
    if not len(column.quantiles):
        return np.zeros(1), np.array([len(values)]), len(values)
    levels = column.quantiles
    # the inner edges: a value that fills several levels is an edge once, and has the share of all of them
    edges = np.unique(levels[:: (len(LEVELS) - 1) // BINS][1:-1])
    # a share of the training rows up to each edge: that of the last level with its value
    up_to = LEVELS[np.searchsorted(levels, edges, side="right") - 1]
    share = np.diff(np.concatenate([[0.0], up_to, [1.0]]))
    now = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    outside = int(((values < levels[0]) | (values > levels[-1])).sum())
    return share * (column.rows - column.missing), now, outside


def _of_texts(series: polars.Series, column: ColumnProfile) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows of training and of now with each value, the values beyond those that were kept last; and how many are new."""
    texts = KINDS[column.kind].as_text(series.drop_nulls()).to_list()
    number = {text: k for k, text in enumerate(column.texts)}
    now = np.bincount([number.get(text, len(number)) for text in texts], minlength=len(number) + 1)
    rest = column.rows - column.missing - int(column.counts.sum())
    # where the profile had no room for all values, one that it lacks may have occurred
    unseen = 0 if rest > 0 else int(now[-1])
    return np.append(column.counts, max(rest, 0)).astype(np.float64), now, unseen


def stability_index(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """The population stability index of counts in bins, and the one that 1% of samples reach without any shift.

    Without a shift it is distributed like a χ² with one degree of freedom less than there are bins, times 1/n + 1/m
    (Yurdakul & Naranjo 2020). Half a row is added to every bin, so that an empty one has a logarithm.

    Args:
        before: rows in each bin, (b,).
        now: likewise, (b,).

    Examples:
        >>> index, by_chance = stability_index(np.array([500, 500]), np.array([800, 200]))
        >>> round(index, 2), round(by_chance, 4)
        (0.41, 0.0133)
    """
    from scipy.stats import chi2

    filled = (before > 0) | (now > 0)
    before, now = before[filled], now[filled]
    if len(before) < 2 or not before.sum() or not now.sum():
        return 0.0, 0.0
    old, new = ((rows + 0.5) / (rows.sum() + 0.5 * len(rows)) for rows in (before, now))
    index = float(np.sum((new - old) * np.log(new / old)))
    return index, float(chi2.ppf(0.99, len(before) - 1) * (1 / before.sum() + 1 / now.sum()))
