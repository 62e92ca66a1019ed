import numpy as np
import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.frames import is_frame
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._rows import (
    COPIES,
    MOST_COPIES,
    Rows,
    class_factors,
    class_weights,
    columns_unchanged_on_error,
    in_own_order,
    read_rows,
    read_validation,
    row_keys,
    split_validation,
    weighted,
    with_factors,
)
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.roles import split_target, without_columns

RNG = np.random.default_rng(0)
SMALL = np.array([[0.0, 1], [1, 0], [2, 2]])


def rows(n: int = 30, columns: int = 3) -> Rows:
    return Rows(RNG.normal(size=(n, columns)), np.arange(n, dtype=np.int8) % 2)


def test_equal_rows_have_equal_keys_and_others_do_not():
    x = np.array([[0.0, 1], [1, 0], [-0.0, 1], [0, 1], [0, 1 + 1e-15]])
    keys = row_keys(Rows(x, np.array([0, 0, 0, 1, 0], np.int8)))
    assert keys[0] == keys[2]
    assert len(set(keys.tolist())) == 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_whole_numbers_have_keys_of_their_own(dtype):
    grid = np.stack(np.meshgrid(*[np.arange(40.0)] * 3), axis=-1).reshape(-1, 3).astype(dtype)
    assert len(np.unique(row_keys(Rows(grid, np.zeros(len(grid), np.int8))))) == len(grid)


def test_numbers_have_the_same_keys_in_frames_and_in_either_dtype():
    x = np.array([[1.5, np.nan], [-0.0, 2]], np.float32)
    y = np.array([0, 1], np.int8)
    keys = row_keys(Rows(x, y)).tolist()
    assert row_keys(Rows(x.astype(np.float64), y)).tolist() == keys
    assert row_keys(Rows(polars.DataFrame({"a": [1.5, 0.0], "b": [None, 2.0]}), y)).tolist() == keys


def test_the_order_in_which_rows_came_is_forgotten():
    given_rows = rows(200)
    shuffled = given_rows.take(RNG.permutation(200))
    first, second = in_own_order(given_rows), in_own_order(shuffled)
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.y, second.y)


def test_rows_that_differ_in_weight_alone_are_ordered_by_it():
    same = Rows(np.zeros((4, 1)), np.zeros(4, np.int8), np.array([0.4, 0.1, 0.3, 0.2]))
    assert in_own_order(same).weight.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_frames_have_an_order_of_their_own_too():
    frame = polars.DataFrame({"a": ["x", "y", None, "z"], "b": [1.0, None, 2.0, 3.0]})
    y = np.array([0, 1, 0, 1], np.int8)
    order = np.array([2, 0, 3, 1])
    first, second = in_own_order(Rows(frame, y)), in_own_order(Rows(frame[order], y[order]))
    assert first.x.equals(second.x)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=20).filter(any))
def test_fault_18_whole_weights_become_copies(weights):
    given_rows = rows(len(weights))
    found = weighted(given_rows, weights)
    assert found.weight is None
    assert np.array_equal(found.x, np.repeat(given_rows.x, weights, axis=0))


def test_broken_and_huge_weights_stay_weights():
    assert weighted(rows(3), [0.5, 1, 0]).weight.tolist() == [0.5, 1.0]
    assert weighted(rows(3), [MOST_COPIES * COPIES * 2, 1, 1]).weight is not None


def test_weights_given_are_not_changed():
    weight = np.array([2.0, 0, 1])
    weighted(rows(3), weight)
    assert weight.tolist() == [2, 0, 1]


def test_balanced_factors_give_both_classes_the_same_mass():
    uneven = Rows(np.zeros((5, 1)), np.array([0, 0, 0, 0, 1], np.int8))
    factors = class_factors("balanced", np.array([0, 1]), class_weights(uneven))
    assert class_weights(with_factors(uneven, factors)) == pytest.approx([2.5, 2.5])


def test_a_class_weight_of_zero_removes_the_class():
    assert len(with_factors(rows(10), np.array([0.0, 1.0]))) == 5


@given(st.integers(2, 40), st.integers(2, 40), st.floats(0.01, 0.99))
def test_fault_17_both_sides_of_a_split_have_both_classes(negative, positive, share):
    y = np.repeat([0, 1], [negative, positive]).astype(np.int8)
    training, held = split_validation(Rows(np.arange(len(y), dtype=float)[:, None], y), share, seed=0)
    assert sorted(np.concatenate([training.x, held.x])[:, 0].tolist()) == list(range(len(y)))
    for side in (training, held):
        assert class_weights(side).all()


@pytest.mark.parametrize("kind", [pandas.DataFrame, polars.DataFrame, lambda data: polars.DataFrame(data).to_arrow()])
def test_the_target_is_split_off_any_frame(kind):
    frame = kind({"a": [1.0, 2.0], "y": ["n", "p"]})
    x, y, name = split_target(frame, "y")
    assert is_frame(x)
    assert name == "y"
    assert np.asarray(y).tolist() == ["n", "p"]
    assert np.shape(without_columns(frame, "y", ())) == (2, 1)
    assert without_columns(x, "y", ()) is not None


def test_a_lazy_frame_is_a_frame():
    x, y, _ = split_target(polars.LazyFrame({"a": [1.0, 2.0], "y": [0, 1]}), "y")
    assert x.columns == ["a"]
    assert y.to_list() == [0, 1]


def test_an_array_has_no_column_of_that_name():
    with pytest.raises(InvalidData, match="names a column"):
        split_target(np.zeros((2, 2)), "y")


def test_after_an_error_the_columns_are_those_of_before():
    estimator = MLPBinaryClassifier()
    estimator.n_features_in_ = 5
    with pytest.raises(AttributeError), columns_unchanged_on_error(estimator):
        estimator.__dict__.update(n_features_in_=2, feature_names_in_=["a", "b"]).popitem()  # None has no popitem
    assert estimator.n_features_in_ == 5
    assert not hasattr(estimator, "feature_names_in_")


def test_rows_come_with_coded_labels_and_the_classes():
    rows, classes = read_rows(MLPBinaryClassifier(), SMALL, ["no", "yes", "no"], [1, 2, 1], reset=True)
    assert rows.y.tolist() == [0, 1, 1, 0]
    assert classes.tolist() == ["no", "yes"]


def test_classes_that_are_known_may_be_missing():
    rows, _ = read_rows(MLPBinaryClassifier(), SMALL, [1, 1, 1], None, reset=True, classes=np.array([0, 1]))
    assert rows.y.tolist() == [1, 1, 1]
    with pytest.raises(InvalidData, match="one class"):
        read_rows(MLPBinaryClassifier(), SMALL, [0, 1, 1], [0, 1, 1], reset=True)


def test_a_validation_set_takes_its_labels_from_the_targets_column():
    estimator = MLPBinaryClassifier()
    frame = polars.DataFrame({"a": [1.0, 2.0], "y": [0, 1]})
    read_rows(estimator, frame.drop("y"), frame["y"], None, reset=True)
    validation = read_validation(estimator, frame, None, None, "y", np.array([0, 1]))
    assert validation.y.tolist() == [0, 1]
    with pytest.raises(InvalidParameter, match="needs y_val"):
        read_validation(estimator, frame, None, None, None, np.array([0, 1]))
    assert read_validation(estimator, None, None, None, "y", np.array([0, 1])) is None
