"""Rows that depend on one another: groups that stay whole, and times whose future stays out of the past.

Rows of one patient, machine or shop resemble each other, and next month is not this month. Where such rows are both
trained on and held out, every figure is too good. A `RowDependence` says which rows belong together and when they were, and
splits them by scikit-learn's `StratifiedGroupKFold`, `GroupKFold` and `TimeSeriesSplit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

MANY_GROUPS = 2_000  # above so many, stratifying them takes longer than a training; folds of thousands are alike anyway
Split = tuple[np.ndarray, np.ndarray]  # indices of the rows to train on and of those held out, each increasing, int64


@dataclass(frozen=True, eq=False)
class RowDependence:
    """Which rows belong together, and in which order they came to be.

    Attributes:
        group: the number of each row's group, (n,) int64 from 0, or None.
        time: the rank of each row's time, (n,) int64 from 0, equal for equal times, or None. Where there are groups, the
            time of a group is that of its last row.

    Examples:
        >>> both = RowDependence.of(["a", "a", "b"], [2020, 2022, 2021], 3)
        >>> both.group.tolist(), both.time.tolist()
        ([0, 0, 1], [1, 1, 0])
    """

    group: np.ndarray | None = None
    time: np.ndarray | None = None

    @classmethod
    def of(
        cls, groups: Any, times: Any, n_rows: int, names: tuple[str, str] = ("groups", "time")
    ) -> RowDependence | None:
        """Read groups and times as a user has them.

        Args:
            groups: the group of each row, (n,), of any values that can be told apart; or None.
            times: the time of each row, (n,): numbers, dates, or texts in a form of date that tables may have; or None.
            n_rows: number of rows of the table.
            names: what both are called, for messages.

        Returns:
            None where neither is given.

        Raises:
            InvalidData: another number of values, missing values, or times that are none.
        """
        if groups is None and times is None:
            return None
        group = None if groups is None else _group_numbers(groups, n_rows, names[0])
        time = None if times is None else _ranks(_time_values(times, n_rows, names[1]))
        if group is not None and time is not None:
            last = np.zeros(int(group.max()) + 1, np.int64)
            np.maximum.at(last, group, time)
            time = _ranks(last[group])
        return cls(group, time)

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def unit(self) -> np.ndarray:
        """The number of what each row may not be parted from, (n,) int64: of its time if there is one, else its group."""
        unit = self.group if self.time is None else self.time
        assert unit is not None  # `of` gives None where there is neither
        return unit

    def take(self, rows: np.ndarray) -> RowDependence:
        """The dependence of the rows with these indices."""
        group = None if self.group is None else np.unique(self.group[rows], return_inverse=True)[1]
        return RowDependence(group, None if self.time is None else _ranks(self.time[rows]))

    def held_out(self, y: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
        """Which rows to hold out: whole groups, or the last rows in time.

        Args:
            y: labels 0 and 1, (n,).
            share: of the rows, between 0 and 1; it is met as nearly as whole groups or equal times allow.
            seed: of the draw of groups; there is nothing to draw in time.

        Returns:
            (n,) bool. Both parts hold both classes.

        Raises:
            InvalidData: no such split leaves both classes in both parts.
        """
        return self._last(y, share) if self.time is not None else self._drawn_groups(y, share, seed)

    def folds(self, y: np.ndarray, n_folds: int, seed: int = 0) -> list[Split]:
        """Training rows and held-out rows of each fold: groups once each, or every time after those before it.

        Args:
            y: labels 0 and 1, (n,).
            n_folds: the number of folds; there are fewer where there are fewer groups or times.
            seed: of the shuffling of groups.

        Returns:
            At least two folds by groups and at least one in time; the training rows of each hold both classes.

        Raises:
            InvalidData: one group or time only, or a class in one group only.
        """
        if self.time is not None:
            return self._windows(y, self._boundaries(n_folds))
        return self._group_folds(y, n_folds, seed)

    def latest_windows(self, y: np.ndarray, n_windows: int, size: int) -> list[Split]:
        """The last rows in time as windows, each held out of a training on all rows before it; the last window first.

        Args:
            y: labels 0 and 1, (n,).
            n_windows: their number; there are fewer where there are fewer times, or a class came late.
            size: rows of each window, met as nearly as equal times allow.

        Raises:
            InvalidData: no window has both classes before it.
        """
        starts = [len(y) - size * (k + 1) for k in range(n_windows)]
        return self._windows(y, sorted({*map(self._nearest_boundary, starts), len(y)}))[::-1]

    def fold_numbers(self, y: np.ndarray, n_folds: int, seed: int = 0) -> np.ndarray:
        """The fold of each row, (n,) int64 from 0, for statistics of the target: whole groups, or consecutive times.

        In time, a row may only be given statistics of folds with a smaller number.
        """
        if self.time is not None and self.time.max() > 0:
            ends = [0, *self._boundaries(n_folds)]
            position = np.sort(self.time)  # (n,)
            ranks = [int(position[end]) for end in ends if end < len(y)]  # the first time of each fold
            return np.asarray(np.searchsorted(ranks, self.time, side="right") - 1)
        fold = np.zeros(len(y), np.int64)
        if self.time is not None:
            return fold
        for number, (_, held_out) in enumerate(self._group_splits(y, min(n_folds, int(self.unit.max()) + 1), seed)):
            fold[held_out] = number
        return fold

    # Groups.

    def _group_splits(self, y: np.ndarray, n_folds: int, seed: int) -> list[Split]:
        from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

        group, n_groups = self.unit, int(self.unit.max()) + 1
        if n_folds < 2:
            return []
        # scikit-learn's seeds have 32 bits, ours 64
        kind = (
            GroupKFold
            if n_groups > MANY_GROUPS or np.bincount(y, minlength=2).min() < n_folds
            else StratifiedGroupKFold
        )
        splitter = kind(n_folds, shuffle=True, random_state=seed % 2**32)
        return [(train, test) for train, test in splitter.split(np.zeros(len(y)), y, group) if len(test)]

    def _group_folds(self, y: np.ndarray, n_folds: int, seed: int) -> list[Split]:
        in_groups = self._refuse_few_groups(y)
        splits = self._group_splits(y, min(n_folds, in_groups), seed)
        return _with_both_classes(y, splits, "groups")

    def _refuse_few_groups(self, y: np.ndarray) -> int:
        """The number of groups that hold the class that is in fewer of them; at least two."""
        unit = self.unit
        counts = [len(np.unique(unit[y == label])) for label in (0, 1)]
        if unit.max() == 0:
            raise InvalidData(
                "all rows are of one group, so that none can be held out; name groups of which there are several."
            )
        if min(counts) < 2:
            raise InvalidData(
                f"all rows of class {int(np.argmin(counts))} are in {min(counts)} group, which can't be both trained on and "
                "held out; name smaller groups, or none."
            )
        return min(counts)

    def _drawn_groups(self, y: np.ndarray, share: float, seed: int) -> np.ndarray:
        in_groups = self._refuse_few_groups(y)
        # of so many folds a whole number makes about the share
        n_folds = min(in_groups, max(2, round(1 / min(share, 1 - share))))
        splits = self._group_splits(y, n_folds, seed)
        count = min(max(1, round(share * len(splits))), len(splits) - 1)
        drawn = np.zeros(len(y), bool)
        drawn[np.concatenate([test for _, test in splits[:count]])] = True
        if any(len(np.unique(y[part])) < 2 for part in (drawn, ~drawn)):
            raise InvalidData(
                "the groups can't be parted so that both parts hold both classes; name smaller groups, or hold out another "
                "share."
            )
        return drawn

    # Time. Positions count the rows in the order of time; a boundary is a position at which the time changes.

    @property
    def _changes(self) -> np.ndarray:
        """All boundaries but the ends, increasing."""
        return np.asarray(np.cumsum(np.bincount(self.unit))[:-1])

    def _nearest_boundary(self, position: int) -> int:
        changes = self._changes
        if not len(changes):
            raise InvalidData("all rows have the same time, so that none is later than another; name another time.")
        return int(changes[np.argmin(np.abs(changes - position))])

    def _boundaries(self, n_folds: int) -> list[int]:
        """The ends of consecutive windows of about equal size, the first of which is trained on alone."""
        from sklearn.model_selection import TimeSeriesSplit

        n_rows = len(self)
        n_folds = min(n_folds, len(self._changes))
        if n_folds < 2:
            return [self._nearest_boundary(n_rows // 2), n_rows]
        starts = [int(test[0]) for _, test in TimeSeriesSplit(n_folds).split(np.zeros(n_rows))]
        return sorted({*map(self._nearest_boundary, starts), n_rows})

    def _windows(self, y: np.ndarray, boundaries: list[int]) -> list[Split]:
        """For each two boundaries in a row, the rows before the first and those between both."""
        first_time = np.sort(self.unit)  # the time at each position
        splits = []
        for start, end in pairwise(boundaries):
            before = np.flatnonzero(self.unit < first_time[start])
            between = (self.unit >= first_time[start]) & (self.unit <= first_time[end - 1])
            splits.append((before, np.flatnonzero(between)))
        return _with_both_classes(y, splits, "times")

    def _last(self, y: np.ndarray, share: float) -> np.ndarray:
        order = np.argsort(self.unit, kind="stable")
        changes, labels = self._changes, y[order]
        ones = np.cumsum(labels)
        before, after = ones[changes - 1], ones[-1] - ones[changes - 1]
        usable = (before > 0) & (before < changes) & (after > 0) & (after < len(y) - changes)
        if not usable.any():
            raise InvalidData(
                "no point in time has both classes before it and after it, so that later rows can't test what earlier ones "
                "teach; hold out none, or name no time."
            )
        boundary = int(changes[usable][np.argmin(np.abs(changes[usable] - (1 - share) * len(y)))])
        held_out = np.zeros(len(y), bool)
        held_out[order[boundary:]] = True
        return held_out


def _with_both_classes(y: np.ndarray, splits: list[Split], what: str) -> list[Split]:
    """The splits whose training rows hold both classes.

    Raises:
        InvalidData: there are none.
    """
    usable = [(train, test) for train, test in splits if 0 < y[train].sum() < len(train)]
    if not usable:
        raise InvalidData(
            f"the {what} can't be parted so that rows of both classes are trained on while others are held out; name others."
        )
    return usable


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _values(values: Any, n_rows: int, name: str) -> np.ndarray:
    """Values of any container as an array, one for each row and none missing."""
    from separatrix.data.frames import is_missing

    if hasattr(values, "to_native"):  # a series of narwhals
        values = values.to_native()
    array = np.array(values.to_pylist(), dtype=object) if hasattr(values, "to_pylist") else np.asarray(values)
    if array.dtype.kind == "U" and isinstance(values, list | tuple) and not all(isinstance(x, str) for x in values):
        array = np.array(values, dtype=object)  # 1 and "1" aren't one group
    if array.shape != (n_rows,):
        raise InvalidData(f"{name} must have one value per row, {n_rows:,}, got an array of shape {array.shape}.")
    if array.dtype.kind == "f":
        missing = np.isnan(array)
    elif array.dtype.kind in "mM":
        missing = np.isnat(array)
    elif array.dtype.kind == "O":
        missing = np.array([is_missing(value) for value in array.tolist()])
    else:
        return array
    if missing.any():
        count = int(missing.sum())
        raise InvalidData(
            f"{name} has {count:,} missing value{'s' * (count > 1)}, the first in row {int(missing.argmax())}; fill "
            f"{'them' if count > 1 else 'it'} in or remove these rows."
        )
    return array


def _group_numbers(groups: Any, n_rows: int, name: str) -> np.ndarray:
    array = _values(groups, n_rows, name)
    try:
        # sorted, so that the numbers don't depend on the order of the rows
        return np.asarray(np.unique(array, return_inverse=True)[1].astype(np.int64))
    except TypeError:
        raise InvalidData(
            f"{name} mixes values that can't be compared, such as text and numbers; write them alike."
        ) from None


def _time_values(times: Any, n_rows: int, name: str) -> np.ndarray:
    """Times as numbers that can be compared, (n,)."""
    from separatrix.data.frames import as_frame
    from separatrix.data.table import as_kind

    array = _values(times, n_rows, name)
    if array.dtype.kind in "iuf":
        if array.dtype.kind == "f" and np.isinf(array).any():
            raise InvalidData(f"{name} holds an infinite number in row {int(np.isinf(array).argmax())}.")
        return array
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]").astype(np.int64)
    column = as_frame(array.astype(object)[:, None], [name])[name]
    if str(column.dtype) == "Boolean":
        raise InvalidData(f"{name} holds true and false, got {shown(array[0])} in row 0; a time is a number or a date.")
    if str(column.dtype) == "Float64":
        return np.asarray(column.to_numpy())
    # texts are read by the same rules as a column of dates, whose message names the row that is none
    return np.asarray(as_kind(column, "date").to_physical().to_numpy())
