"""Splits: no row in two parts, every class in each, the same bits for the same seed, and no row forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from separatrix.data.splits import (
    LARGE,
    N_FOLDS,
    cross_fitting_folds,
    cross_validation_rows,
    draw_folds,
    draw_rows,
    refuse_small_class,
    train_test_rows,
)
from separatrix.errors import InvalidData, InvalidParameter

CLASSES = st.tuples(st.integers(2, 40), st.integers(2, 40))


@given(CLASSES, st.floats(0.01, 0.99), st.integers(0, 2**32 - 1))
def test_fault_17_a_share_of_each_class_is_drawn_and_some_of_it_stays(
    classes: tuple[int, int], share: float, seed: int
) -> None:
    y = np.repeat([0, 1], classes)
    drawn = draw_rows(y, share, np.random.default_rng(seed))
    for label, rows in enumerate(classes):
        assert drawn[y == label].sum() == min(max(1, round(share * rows)), rows - 1)


def test_the_bits_of_a_draw_stay_those_that_stored_results_were_made_with() -> None:
    """Golden files, studies and the benchmark's tables hang on these rows."""
    y = np.arange(20) % 2
    assert np.flatnonzero(draw_rows(y, 0.2, np.random.default_rng(7))).tolist() == [0, 5, 9, 16]
    assert draw_folds(y, 3, np.random.default_rng(7)).tolist() == [
        1,
        2,
        0,
        2,
        0,
        1,
        1,
        0,
        1,
        0,
        2,
        0,
        2,
        1,
        2,
        0,
        0,
        2,
        0,
        1,
    ]


def test_the_rows_of_one_class_do_not_depend_on_whether_the_other_can_be_split() -> None:
    single, more = np.array([0] + [1] * 9), np.array([1] * 9)
    drawn = draw_rows(single, 0.3, np.random.default_rng(1))
    assert not drawn[0]
    assert drawn[1:].sum() == draw_rows(more, 0.3, np.random.default_rng(1)).sum() == 3


@pytest.mark.parametrize(("rows", "share"), [(1, 0.2), (2, 0.9), (0, 0.5)])
def test_fault_17_a_class_that_would_lose_all_its_rows_is_refused(rows: int, share: float) -> None:
    y = np.repeat([0, 1], (30, rows))
    with pytest.raises(InvalidData, match=f"class 1 has {rows} rows?, too few to hold out a share of {share:g}"):
        refuse_small_class(y, share)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_fault_17_each_class_is_held_out_in_the_same_share(share: float) -> None:
    y = np.array([0] * 95 + [1] * 5)
    train, test = train_test_rows(y, share, seed=1)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(100))
    assert 1 <= y[test].sum() <= 4
    assert abs(len(test) - 100 * share) <= 2


def test_fault_17_a_class_of_one_row_cannot_be_split() -> None:
    y = np.array([0] * 20 + [1])
    with pytest.raises(InvalidData, match="1 row can't be both trained and tested on"):
        train_test_rows(y, 0.2)
    with pytest.raises(InvalidData, match="at least two rows of each class"):
        list(cross_validation_rows(y))


def test_every_row_is_predicted_once_and_a_rare_class_gets_fewer_folds() -> None:
    y = np.array([0] * 50 + [1] * 3)
    cuts = list(cross_validation_rows(y, 5))
    assert len(cuts) == 3
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in cuts])), np.arange(53))
    for train, test in cuts:
        assert not set(train) & set(test)
        assert y[test].sum() == 1


@given(
    classes=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    members=st.integers(1, 12),
    seed=st.integers(0, 2**64 - 1),
)
def test_every_member_holds_back_rows_of_both_classes_and_trains_on_the_others(
    classes: tuple[int, int], members: int, seed: int
) -> None:
    y = np.repeat([0, 1], classes)
    folds = cross_fitting_folds(y, members, seed)
    assert len(folds) == members
    for fold in folds:
        assert sorted([*fold.train, *fold.out_of_fold]) == list(range(len(y)))
        assert set(y[fold.train]) == set(y[fold.out_of_fold]) == {0, 1}
    n_folds = min(N_FOLDS, *classes)
    for first in range(0, members - n_folds + 1, n_folds):  # a round holds every row back once
        assert sorted(np.concatenate([fold.out_of_fold for fold in folds[first : first + n_folds]])) == list(
            range(len(y))
        )


def test_faults_17_a_class_with_a_single_row_is_trained_on_by_all() -> None:
    y = np.array([0] * 9 + [1])
    for fold in cross_fitting_folds(y, 3, 0):
        assert len(y[fold.train]) == 10
        assert len(y[fold.out_of_fold]) == 0


def test_of_many_rows_the_ends_are_held_back_and_no_copy_is_made() -> None:
    y = np.arange(LARGE) % 2
    first, second, third = cross_fitting_folds(y, 3, 0)
    rows = np.arange(LARGE)
    assert np.shares_memory(rows[first.train], rows)
    assert rows[first.out_of_fold][0] == 0
    assert rows[second.out_of_fold][-1] == LARGE - 1
    assert not set(rows[first.out_of_fold]) & set(rows[second.out_of_fold])
    assert (third.train, third.out_of_fold) == (first.train, first.out_of_fold)
    for fold in (first, second):
        assert sorted([*rows[fold.train], *rows[fold.out_of_fold]]) == rows.tolist()


@given(CLASSES, st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_folds_have_the_same_share_of_each_class(classes: tuple[int, int], n_folds: int, seed: int) -> None:
    y = np.repeat(["no", "yes"], classes)
    fold = draw_folds(y, n_folds, np.random.default_rng(seed))
    for label in ("no", "yes"):
        assert np.ptp(np.bincount(fold[y == label], minlength=n_folds)) <= 1


def test_cross_validation_is_scikit_learns_and_takes_seeds_of_64_bits() -> None:
    y = np.arange(30) % 2
    seed = 2**40 + 3
    expected = StratifiedKFold(5, shuffle=True, random_state=3).split(y, y)
    for ours, theirs in zip(cross_validation_rows(y, 5, seed), expected, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_fault_19_a_single_fold_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="folds must be"):
        list(cross_validation_rows(np.arange(10) % 2, 1))
