"""Features of points in the plane and noise in labels: what they compute, what they leave alone, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import separatrix as sx
from separatrix.data.features import FEATURES, with_features, with_label_noise


def test_every_feature_is_its_formula() -> None:
    points = sx.circle(n=20, seed=0)
    x1, x2 = points.x.T
    expected = np.column_stack([x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)])
    changed = with_features(points, tuple(FEATURES))
    np.testing.assert_allclose(changed.x, expected, rtol=1e-6)
    assert (changed.y == points.y).all()
    assert with_features(points, ("x1", "x2")) is points


def test_the_squares_make_the_circle_a_straight_line() -> None:
    points = with_features(sx.circle(seed=0), ("x1^2", "x2^2"))
    run = sx.train(sx.Network.parse("2-1"), sx.Recipe(optimizer="adam", lr=0.5, epochs=300), points)
    assert run.accuracy == 1


def test_label_noise_turns_over_its_share_and_the_same_labels_for_a_seed() -> None:
    points = sx.moons(n=2000, seed=0)
    one, again, other = (with_label_noise(points, 0.2, seed) for seed in (1, 1, 2))
    assert 0.17 < (one.y != points.y).mean() < 0.23
    assert (one.y == again.y).all()
    assert (one.y != other.y).any()
    assert with_label_noise(points, 0.0, 1) is points


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(sx.InvalidParameter, match="features must be"):
        with_features(sx.circle(seed=0), ("x1^3",))
    with pytest.raises(sx.InvalidData, match="the points have 3"):
        with_features(sx.Points(np.zeros((2, 3)), np.array([0, 1])), ("x1^2",))
    with pytest.raises(sx.InvalidParameter, match="label_noise"):
        with_label_noise(sx.circle(seed=0), 1.0, 0)
