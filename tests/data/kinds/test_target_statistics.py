import numpy as np
import polars
import pytest

from separatrix.data.kinds import Targets
from separatrix.data.kinds.category import target_code

COLUMN = polars.Series("code", ["a"] * 6 + ["b"] * 3 + [None])
Y = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 1], float)


def targets(smoothing: float = 0.0, weight: np.ndarray | None = None) -> Targets:
    return Targets(Y, np.ones(10) if weight is None else weight, smoothing)


def test_a_number_is_a_distance_from_the_mean_of_all_in_standard_deviations():
    made = target_code(COLUMN, targets(), indicator=False).encode(COLUMN)[:, 0]
    assert made[0] == pytest.approx((5 / 6 - 0.6) / np.sqrt(0.24))
    assert made[6] == pytest.approx((0 - 0.6) / np.sqrt(0.24))
    assert made[9] == pytest.approx((1 - 0.6) / np.sqrt(0.24))  # missing is a category of its own


def test_smoothing_draws_towards_the_mean_of_all():
    plain, smooth = (target_code(COLUMN, targets(each), indicator=False) for each in (0.0, 1e9))
    assert np.ptp(plain.values) > 1
    assert smooth.values == pytest.approx([0, 0], abs=1e-6)


def test_an_unknown_category_is_as_the_mean_of_all():
    assert target_code(COLUMN, targets(1.0), indicator=False).unknown == pytest.approx(0, abs=1e-12)


def test_labels_of_one_kind_tell_nothing():
    code = target_code(COLUMN, Targets(np.ones(10), np.ones(10), 1.0), indicator=False)
    assert code.values.tolist() == pytest.approx([0, 0], abs=1e-12)


def test_whole_weights_are_copies():
    weight = np.array([1, 2, 1, 1, 3, 1, 1, 1, 2, 1])
    weighted = target_code(COLUMN, targets(1.0, weight.astype(float)), indicator=False)
    rows = np.repeat(np.arange(10), weight)
    copied = target_code(COLUMN[rows], Targets(Y[rows], np.ones(len(rows)), 1.0), indicator=False)
    assert weighted.values == pytest.approx(copied.values, rel=1e-12)


def test_a_training_rows_number_does_not_change_with_its_own_label():
    fold = np.arange(10) % 5
    other = Y.copy()
    other[fold == 0] = 1 - other[fold == 0]
    made = []
    for y in (Y, other):
        chosen = Targets(y, np.ones(10), 1.0)
        code = target_code(COLUMN, chosen, indicator=False)
        raw = code.cross_fitted(COLUMN, chosen, fold)
        made.append(np.argsort(raw[fold == 0], kind="stable"))
    assert np.array_equal(*made)


def test_a_single_fold_gives_zeros():
    code = target_code(COLUMN, targets(1.0), indicator=False)
    assert code.cross_fitted(COLUMN, targets(1.0), np.zeros(10, int)).tolist() == [0] * 10
