"""Points: what is accepted, what is refused, and that nothing can be changed behind their back."""

import numpy as np
import polars
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from separatrix.data.points import Points, checked_inputs, fitting, refuse_one_class
from separatrix.errors import InvalidData

X = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
Y = np.array([0, 1, 1])


def refusal(x=X, y=Y):
    with pytest.raises(InvalidData) as caught:
        Points(x, y)
    return str(caught.value)


def test_points_are_read_only_copies():
    x, y = X.copy(), Y.copy()
    points = Points(x, y)
    x[0, 0], y[0] = 99, 1
    assert points.x[0, 0] == 0
    assert points.y[0] == 0
    with pytest.raises(ValueError, match=r"read-only"):
        points.x[0, 0] = 1
    with pytest.raises(ValueError, match=r"read-only"):
        points.y[0] = 1


def test_float32_stays_and_all_else_becomes_float64():
    assert Points(X.astype(np.float32), Y).x.dtype == np.float32
    for kind in (np.float64, np.float16, np.int8, np.uint64, bool, object):
        assert Points(X.astype(kind), Y).x.dtype == np.float64
    assert Points(X, Y).y.dtype == np.int8


@pytest.mark.parametrize(
    "x",
    [
        X.tolist(),
        tuple(map(tuple, X)),
        np.asfortranarray(X),
        np.repeat(X, 2, axis=0)[::2],
        X[:, ::-1][:, ::-1],
        X.astype(object),
        X.astype(">f8"),
        polars.DataFrame(X),
        torch.tensor(X),
    ],
)
def test_fault_13_any_dense_table_of_numbers_is_taken(x):
    points = Points(x, Y)
    assert type(points.x) is np.ndarray
    assert points.x.flags.c_contiguous
    assert (points.x == X).all()


def test_fault_13_a_read_only_table_is_taken():
    x = X.copy()
    x.flags.writeable = False
    assert (Points(x, Y).x == X).all()


class Sparse:
    """What SciPy's sparse matrices have in common."""

    def toarray(self):
        return X


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (X.astype(complex), "complex"),
        (X[:, 0], r"shape \(3,\)"),
        (X[:0], r"shape \(0, 2\)"),
        (X[:, :0], r"shape \(3, 0\)"),
        (X[None], r"shape \(1, 3, 2\)"),
        (3.0, r"shape \(\)"),
        (None, "real numbers|shape"),
        ([[1, 2], [3]], "real numbers"),
        ([["a", "b"]] * 3, "real numbers"),
        ([["1", "2"]] * 3, "real numbers"),
        (np.array([[1j, 2]] * 3, object), "real numbers"),
        (np.array([["a", 2]] * 3, object), "real numbers"),
        (np.array([[None, 2]] * 3, object), "finite"),
        (np.zeros((3, 2), "M8[D]"), "datetime64"),
        (np.array([[10**400, 1]] * 3, object), "real numbers"),
        (torch.zeros(3, 2, requires_grad=True), "detach"),
        (Sparse(), "toarray"),
    ],
)
def test_fault_13_what_is_no_dense_table_of_real_numbers_is_refused(x, says):
    with pytest.raises(InvalidData, match=says):
        Points(x, Y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fault_11_nan_and_inf_are_refused_with_their_place(bad, dtype):
    x = X.astype(dtype)
    x[2, 1] = bad
    assert "row 2, column 1" in refusal(x=x)


def test_fault_11_a_masked_value_counts_as_missing():
    assert "row 1, column 0" in refusal(x=np.ma.array(X, mask=[[0, 0], [1, 0], [0, 0]]))


def test_fault_11_what_float32_cannot_hold_is_refused_when_float32_is_asked_for():
    x = checked_inputs([[1e39, 1.0]])
    assert fitting(x, "float64") is x
    with pytest.raises(InvalidData, match=r"1e\+39, too large for float32"):
        fitting(x, "float32")


@given(hnp.arrays(st.sampled_from([np.float32, np.float64]), hnp.array_shapes(min_dims=2, max_dims=2)))
def test_fault_11_a_table_is_taken_if_and_only_if_it_is_finite(x):
    y = np.zeros(len(x), int)
    if np.isfinite(x).all():
        assert (Points(x, y).x == x).all()
    else:
        assert "finite" in refusal(x=x, y=y)


@pytest.mark.parametrize(
    "y",
    [[0, 1, 1], (False, True, True), np.array([0.0, 1.0, 1.0]), np.array([0, 1, 1], np.uint8), torch.tensor([0, 1, 1])],
)
def test_labels_are_0_and_1_of_any_kind(y):
    assert Points(X, y).y.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ([0, 1, 2], "got 2"),
        ([-1, 1, 1], "got -1"),
        ([0, 1, 0.5], "got 0.5"),
        ([0, 1, np.nan], "got nan"),
        (["a", "b", "b"], "got 'a'"),
        (["0", "1", "1"], "got '0'"),
        ([0, "b", 1], "got '0'"),
        ([0, 1, None], "got None"),
        ([0j, 1, 1], "complex"),
        ([[0], [1], [1]], r"shape \(3, 1\)"),
        ([[0], [1, 1]], "one label a row"),
        (1, r"shape \(\)"),
        ([0, 1], "2 labels"),
        ([0, 1, 1, 1], "4 labels"),
    ],
)
def test_fault_15_and_16_other_labels_are_refused_with_what_came(y, says):
    with pytest.raises(InvalidData, match=says):
        Points(X, y)


@pytest.mark.parametrize("label", [0, 1])
def test_fault_15_one_class_only_is_refused_by_training_and_says_class(label):
    with pytest.raises(InvalidData, match=rf"both classes, but every label is of class {label}"):
        refuse_one_class(Points(X, np.full(3, label)))


def test_take_keeps_rows_sampler_and_seed():
    points = Points(X, Y, "mine", 7)
    for rows in (np.array([2, 0]), np.array([True, False, True])):
        taken = points.take(rows)
        assert (taken.x == X[rows]).all()
        assert (taken.y == Y[rows]).all()
        assert (taken.sampler, taken.seed) == ("mine", 7)


def test_counts_and_repr():
    points = Points(X, Y, "mine", 7)
    assert (len(points), points.n_inputs, points.n_positive) == (3, 2, 2)
    assert repr(points) == "Points(mine, seed=7: x (3, 2) float64, 2 of class 1)"
    assert repr(Points(X, Y)) == "Points(arrays: x (3, 2) float64, 2 of class 1)"
