"""The loss surface is the loss: at the solution, beside it, and along directions of each unit's own size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import separatrix as sx
from separatrix.pictures._loss_surface import _scaled, compute_surface


def trained(points: sx.Points, **recipe: Any) -> sx.Run:
    return sx.train(sx.Network.parse("2-4-3-1"), sx.Recipe(epochs=200, **recipe), points)


@pytest.mark.parametrize("recipe", [{}, {"loss": "mse"}, {"l1": 0.01, "l2": 0.1}])
def test_its_centre_is_the_runs_loss(points: sx.Points, recipe: dict[str, Any]) -> None:
    run = trained(points, **recipe)
    found = compute_surface(run, points, nodes=5)
    assert found.centre == pytest.approx(run.loss, rel=1e-5)
    assert found.loss[2, 2] == found.centre


def test_two_outputs_have_a_surface_too(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-4-2"), sx.Recipe(loss="cross_entropy", epochs=50), points)
    assert compute_surface(run, points, nodes=3).centre == pytest.approx(run.loss, rel=1e-5)


def test_every_unit_is_changed_by_its_own_size(points: sx.Points) -> None:
    run = trained(points)
    assert isinstance(run.network, sx.Network)
    draw = np.random.default_rng(0).normal(size=len(run.parameters))
    parts = (run.network.split(each) for each in (run.parameters, _scaled(run.network, run.parameters, draw)))
    for (w, b), (dw, db) in zip(*parts, strict=True):
        np.testing.assert_allclose((dw**2).sum(axis=1) + db**2, (w**2).sum(axis=1) + b**2, rtol=1e-5)


def test_the_plane_is_that_of_the_seed_and_the_number_of_nodes_odd(points: sx.Points) -> None:
    run = trained(points)
    one, again, other = (compute_surface(run, points, nodes=6, seed=seed) for seed in (1, 1, 2))
    assert one.loss.shape == (7, 7)
    np.testing.assert_array_equal(one.loss, again.loss)
    assert (one.loss != other.loss).any()


def test_what_has_no_surface_is_refused(points: sx.Points, own: sx.Run) -> None:
    with pytest.raises(sx.InvalidParameter, match="a run of a Network with a loss by name"):
        compute_surface(own, points)
    with pytest.raises(sx.InvalidData, match="takes 2 columns, but the points have 3"):
        compute_surface(trained(points), sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    with pytest.raises(sx.InvalidParameter, match="radius"):
        compute_surface(trained(points), points, radius=0.0)
