"""The record behind the decision boundary: the lesson's grid, the finer one, and the probabilities there."""

from typing import Any

import numpy as np
import pytest

import separatrix as sx
from separatrix.geometry.boundary import MOST_NODES, compute_boundary, fine_grid, grid, on_grid


class Slope:
    """A predictor whose probability rises with x1 alone."""

    def predict_proba(self, x: Any) -> np.ndarray:
        p = 1 / (1 + np.exp(-np.asarray(x)[:, 0]))
        return np.column_stack((1 - p, p))


@pytest.fixture
def points() -> sx.Points:
    return sx.circle(n=100, seed=0)


def test_the_lessons_grid_is_the_tutorials(points: sx.Points) -> None:
    x1, x2 = grid(points)
    x, y = points.x.T
    first = np.arange(x.min() - 1, x.max() + 1, 0.1)
    second = np.arange(y.min() - 1, y.max() + 1, 0.1)
    expected = np.meshgrid(first, second, indexing="ij")
    assert x1.shape == x2.shape == (len(first), len(second))
    np.testing.assert_allclose(x1, expected[0], rtol=0, atol=1e-5)  # NumPy adds up in float32
    np.testing.assert_allclose(x2, expected[1], rtol=0, atol=1e-5)  # NumPy adds up in float32


def test_the_lessons_grid_is_pytorchs_too(points: sx.Points) -> None:
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(points.x.copy())
    axes = [torch.arange(float(c.min()) - 1, float(c.max()) + 1, 0.1) for c in (x[:, 0], x[:, 1])]
    for ours, theirs in zip(grid(points), torch.meshgrid(*axes, indexing="ij"), strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6, atol=1e-6)


def test_the_first_axis_is_the_first_feature(points: sx.Points) -> None:
    x1, x2 = grid(points)
    assert (np.diff(x1, axis=0) > 0).all()
    assert (np.diff(x1, axis=1) == 0).all()
    assert (np.diff(x2, axis=1) > 0).all()


def test_a_wide_range_gets_a_longer_step_on_its_axis_alone() -> None:
    points = sx.Points(np.array([[-1e6, 0.0], [1e6, 1.0]]), np.array([0, 1]))
    x1, _ = grid(points)
    assert MOST_NODES <= x1.shape[0] <= MOST_NODES + 1
    assert x1.shape[1] == 30
    assert x1[0, 0] == -1.04e6  # a margin of 1 would leave the outermost points on the edge of the plane
    assert x1[-1, 0] > 1.03e6
    assert grid(points, margin=0)[0][0, 0] == -1e6


def test_margin_and_step_are_used() -> None:
    points = sx.Points(np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([0, 1]))
    x1, _ = grid(points, margin=0.5, step=0.25)
    assert x1.shape == (8, 12)
    assert x1[0, 0] == -0.5


def test_the_fine_grid_reaches_both_ends(points: sx.Points) -> None:
    x1, x2 = fine_grid(points, margin=1, nodes=50)
    assert x1.shape == (50, 50)
    np.testing.assert_allclose((x1[0, 0], x1[-1, 0]), (points.x[:, 0].min() - 1, points.x[:, 0].max() + 1), rtol=1e-6)
    np.testing.assert_allclose((x2[0, 0], x2[0, -1]), (points.x[:, 1].min() - 1, points.x[:, 1].max() + 1), rtol=1e-6)


def test_probabilities_are_those_of_class_1_at_the_nodes(points: sx.Points) -> None:
    found = compute_boundary(Slope(), points)
    assert found.probability.shape == found.x1.shape
    np.testing.assert_allclose(found.probability, 1 / (1 + np.exp(-found.x1)))


def test_a_run_gives_what_it_predicts_node_by_node(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20), points, engine="torch")
    found = compute_boundary(run, points, step=0.5)
    for i, j in ((0, 0), (3, 5), (-1, -1)):
        node = [[found.x1[i, j], found.x2[i, j]]]
        np.testing.assert_allclose(found.probability[i, j], run.predict_proba(node)[0, 1], rtol=1e-5)


@pytest.mark.parametrize("make", [grid, fine_grid])
def test_points_outside_the_plane_are_refused(make: Any) -> None:
    points = sx.Points(np.zeros((4, 3)), np.array([0, 1, 0, 1]))
    with pytest.raises(sx.InvalidData, match="2 inputs, got 3"):
        make(points)


@pytest.mark.parametrize(
    ("make", "settings", "named"),
    [
        (grid, {"step": 0.0}, "step"),
        (grid, {"step": float("nan")}, "step"),
        (grid, {"margin": -1.0}, "margin"),
        (grid, {"step": 100.0}, "smaller step"),
        (fine_grid, {"nodes": 1}, "nodes"),
        (fine_grid, {"margin": float("inf")}, "margin"),
    ],
)
def test_settings_out_of_range_are_named(points: sx.Points, make: Any, settings: dict[str, float], named: str) -> None:
    with pytest.raises(sx.InvalidParameter, match=named):
        make(points, **settings)


@pytest.mark.parametrize("make", [grid, fine_grid])
def test_a_range_too_small_for_the_points_precision_is_said(make: Any) -> None:
    far = sx.Points(np.array([[1e9, 0.0]], np.float32), np.array([1]))  # 1e9 + 1 == 1e9 in float32
    with pytest.raises(sx.InvalidParameter, match="at least two different nodes"):
        make(far)


def test_a_predictor_of_one_column_is_refused(points: sx.Points) -> None:
    class One:
        def predict_proba(self, x: Any) -> np.ndarray:
            return np.zeros((len(x), 1))

    with pytest.raises(sx.InvalidData, match="two columns"):
        on_grid(One(), grid(points))


def test_a_predictor_that_overflows_is_no_warning(points: sx.Points) -> None:
    network = sx.Network.parse("2-4-1")
    run = sx.train(network, sx.Recipe(epochs=1, lr=1e30, loss="mse", log_every=1), points, engine="torch")
    found = compute_boundary(run, points)
    assert found.probability.shape == found.x1.shape
