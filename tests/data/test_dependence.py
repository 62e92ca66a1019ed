"""Groups stay whole and the future stays out of the past, in every kind of split, for any structure of groups and times."""

from __future__ import annotations

import datetime

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.dependence import MANY_GROUPS, RowDependence
from separatrix.data.splits import (
    LARGE,
    cross_fitting_folds,
    cross_validation_rows,
    train_test_rows,
)
from separatrix.errors import InvalidData

LABELS_AND_UNITS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 7), st.integers(-5, 5)), min_size=4, max_size=60
)


def as_arrays(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, group, time = (np.array(column) for column in zip(*rows, strict=True))
    return y, group, time


def refuse_leaks(train: np.ndarray, test: np.ndarray, group: np.ndarray | None, time: np.ndarray | None) -> None:
    assert len(train)
    assert not set(train) & set(test)
    if group is not None:
        assert not set(group[train]) & set(group[test])
    if time is not None and len(test):
        # with groups, what counts is the last row of each test group
        last = time if group is None else np.array([time[group == g].max() for g in group])
        assert last[train].max() < last[test].min()


def every_split(y: np.ndarray, dependence: RowDependence, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    every = np.arange(len(y))
    splits = [train_test_rows(y, 0.25, seed, dependence)]
    splits += cross_validation_rows(y, 4, seed, dependence)
    splits += [(every[fold.train], every[fold.out_of_fold]) for fold in cross_fitting_folds(y, 7, seed, dependence)]
    return splits


@given(LABELS_AND_UNITS, st.sampled_from(["group", "time", "both"]), st.integers(0, 2**40))
def test_fault_50_no_group_on_both_sides_and_no_future_before_the_past(rows, named, seed) -> None:
    y, group, time = as_arrays(rows)
    groups, times = (group if named != "time" else None), (time if named != "group" else None)
    dependence = RowDependence.of(groups, times, len(y))
    try:
        splits = every_split(y, dependence, seed)
    except InvalidData:
        return  # there may be one group only, or a class in one group: see below
    for train, test in splits:
        refuse_leaks(train, test, groups, times)
        if len(test):
            assert 0 < y[train].sum() < len(train)
    train, test = splits[0]
    assert 0 < y[test].sum() < len(test)
    assert len(train) + len(test) == len(y)


@given(LABELS_AND_UNITS, st.booleans(), st.booleans(), st.integers(2, 6))
def test_fault_50_folds_for_target_statistics_part_neither_groups_nor_equal_times(rows, with_group, with_time, folds):
    y, group, time = as_arrays(rows)
    dependence = RowDependence.of(group if with_group else None, time if with_time or not with_group else None, len(y))
    fold = dependence.fold_numbers(y, folds, 0)
    for unit in np.unique(dependence.unit):
        assert len(np.unique(fold[dependence.unit == unit])) == 1
    if dependence.time is not None:
        assert (np.diff(fold[np.argsort(dependence.time, kind="stable")]) >= 0).all()


@given(st.integers(0, 1000))
def test_the_order_of_rows_changes_no_fold_in_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, time = rng.integers(0, 2, 40), rng.integers(0, 12, 40)
    y[time == 0], y[0], time[0], time[1] = 1, 0, 0, 0
    order = rng.permutation(40)
    plain = [set(test) for _, test in RowDependence.of(None, time, 40).folds(y, 4)]
    shuffled = [{order[k] for k in test} for _, test in RowDependence.of(None, time[order], 40).folds(y[order], 4)]
    assert plain == shuffled


def test_every_group_is_tested_once_and_the_classes_are_spread() -> None:
    group = np.arange(300) // 3
    y = np.isin(group, np.arange(20)).astype(int)
    folds = list(cross_validation_rows(y, 5, 0, RowDependence.of(group, None, 300)))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(300))
    assert [int(y[test].sum()) for _, test in folds] == [12] * 5


def test_fault_17_a_rare_class_is_in_both_parts() -> None:
    group = np.arange(200) // 2
    y = (group >= 97).astype(int)  # three groups
    for seed in range(20):
        train, test = train_test_rows(y, 0.1, seed, RowDependence.of(group, None, 200))
        assert y[train].any()
        assert y[test].any()


def test_a_share_is_met_as_nearly_as_groups_allow() -> None:
    group, y = np.arange(1000) // 10, np.arange(1000) % 2
    for share in (0.1, 0.2, 0.5, 0.75):
        _, test = train_test_rows(y, share, 0, RowDependence.of(group, None, 1000))
        assert abs(len(test) / 1000 - share) < 0.05


def test_many_groups_are_parted_without_stratifying_them() -> None:
    n = 3 * (MANY_GROUPS + 1)
    folds = RowDependence.of(np.arange(n) // 3, None, n).folds(np.arange(n) % 2, 5)
    assert len(folds) == 5


def test_networks_of_a_large_table_hold_out_whole_groups() -> None:
    group, y = np.arange(LARGE) // 5, np.arange(LARGE) % 2
    for fold in cross_fitting_folds(y, 2, 0, RowDependence.of(group, None, LARGE)):
        refuse_leaks(fold.train, fold.out_of_fold, group, None)
        assert 0.05 * LARGE < len(fold.out_of_fold) < 0.15 * LARGE


def test_in_time_the_last_windows_judge_and_some_networks_learn_from_all_rows() -> None:
    y = np.arange(100) % 2
    folds = cross_fitting_folds(y, 5, 0, RowDependence.of(None, np.arange(100), 100))
    held_out = [np.arange(100)[fold.out_of_fold].tolist() for fold in folds]
    assert held_out == [list(range(90, 100)), list(range(80, 90)), list(range(70, 80)), [], []]
    assert [len(np.arange(100)[fold.train]) for fold in folds] == [90, 80, 70, 100, 100]


TIMES = {
    "numbers": [3, 1, 2],
    "text": ["2024-03-01", "2024-01-01", "2024-02-01"],
    "german": ["1.03.2024", "1.01.2024", "1.02.2024"],
    "dates": [datetime.date(2024, 3, 1), datetime.date(2024, 1, 1), datetime.date(2024, 2, 1)],
    "numpy": np.array(["2024-03", "2024-01", "2024-02"], "datetime64[M]"),
    "polars": polars.Series(
        [datetime.datetime(2024, 3, 1), datetime.datetime(2024, 1, 1), datetime.datetime(2024, 2, 1)]
    ),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_of_any_kind_are_read(kind: str) -> None:
    assert RowDependence.of(None, TIMES[kind], 3).time.tolist() == [2, 0, 1]


BAD = {
    "a group of NaN": ({"groups": [1.0, np.nan, 2.0, 2.0]}, "1 missing value, the first in row 1"),
    "a group of None": ({"groups": ["a", None, None, "b"]}, "2 missing values, the first in row 1"),
    "a missing time": (
        {"times": np.array(["2024-01-01", "NaT", "2024-01-02", "2024-01-03"], "M8[D]")},
        "1 missing value",
    ),
    "no time": ({"times": ["2024-01-01", "soon", "2024-01-03", "2024-01-04"]}, "got 'soon' in row 1"),
    "an endless time": ({"times": [1.0, 2.0, np.inf, 3.0]}, "infinite number in row 2"),
    "true and false": ({"times": [True, False, True, False]}, "true and false"),
    "too few": ({"groups": [1, 2]}, r"one value per row, 4, got an array of shape \(2,\)"),
    "mixed": ({"groups": ["a", 1, "b", 2]}, "mixes values"),
}


@pytest.mark.parametrize("case", BAD)
def test_groups_and_times_that_are_none_are_refused(case: str) -> None:
    values, message = BAD[case]
    with pytest.raises(InvalidData, match=message):
        RowDependence.of(values.get("groups"), values.get("times"), 4)


def test_faults_15_and_17_what_cannot_be_parted_is_refused() -> None:
    y = np.array([0, 1] * 10)
    with pytest.raises(InvalidData, match="all rows are of one group"):
        train_test_rows(y, 0.2, 0, RowDependence.of(["a"] * 20, None, 20))
    with pytest.raises(InvalidData, match="class 1 are in 1 group"):
        cross_fitting_folds(y, 5, 0, RowDependence.of(np.where(y, 9, np.arange(20)), None, 20))
    with pytest.raises(InvalidData, match="all rows have the same time"):
        cross_fitting_folds(y, 5, 0, RowDependence.of(None, [2020] * 20, 20))
    with pytest.raises(InvalidData, match="no point in time has both classes"):
        train_test_rows(np.sort(y), 0.2, 0, RowDependence.of(None, np.arange(20), 20))


def test_fewer_groups_than_folds_make_fewer_folds() -> None:
    y = np.array([0, 1] * 10)
    assert len(RowDependence.of(np.arange(20) // 7, None, 20).folds(y, 10)) == 3
