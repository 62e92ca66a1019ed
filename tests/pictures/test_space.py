"""Three-dimensional panels: planes in a box, and the side from which they are seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from separatrix.pictures._space import Screen, cross_section, dress_space, turned
from separatrix.pictures.style import style_of

LOW, HIGH = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 3.0, 2.5])
VECTOR = st.tuples(*[st.floats(-1, 1) for _ in range(3)]).map(np.array)


@given(VECTOR.filter(lambda normal: np.linalg.norm(normal) > 0.1), st.floats(-2, 2))
def test_a_cross_section_lies_on_the_plane_and_on_the_box_and_is_convex(normal: np.ndarray, offset: float) -> None:
    corners = cross_section(normal, offset, LOW, HIGH)
    assert len(corners) in (0, 3, 4, 5, 6)
    np.testing.assert_allclose(corners @ normal + offset, 0, atol=1e-12)
    on_side = np.isclose(corners, LOW) | np.isclose(corners, HIGH)
    assert (on_side.sum(axis=1) >= 2).all()
    edge = np.roll(corners, -1, axis=0) - corners
    turn = np.cross(edge, np.roll(edge, -1, axis=0)) @ normal
    assert (turn >= -1e-12).all() or (turn <= 1e-12).all()


def test_a_plane_beside_the_box_meets_it_nowhere() -> None:
    assert cross_section(np.array([1.0, 0, 0]), 5.0, LOW, HIGH).shape == (0, 3)


@pytest.mark.parametrize(("normal", "nearer"), [((0, 0, 1), 1), ((0, 0, -1), 0)])
def test_a_level_cut_is_seen_from_above(normal: tuple[int, ...], nearer: int) -> None:
    panel = Figure().add_subplot(projection="3d")
    assert turned(panel, np.array(normal, float), np.ones(3)) == nearer


@given(VECTOR.filter(lambda normal: np.hypot(*normal[:2]) > 0.1))
def test_an_upright_cut_is_seen_neither_edge_on_nor_flat(normal: np.ndarray) -> None:
    panel = Figure().add_subplot(projection="3d")
    turned(panel, normal * (1, 1, 0), np.ones(3))
    across = np.radians(panel.azim) - np.arctan2(normal[1], normal[0])
    assert 0.2 < abs(np.cos(across)) < 0.6


@pytest.mark.parametrize("azimuth", [-150, -60, 20, 75])
def test_a_wall_hides_what_lies_behind_it_and_nothing_else(azimuth: float) -> None:
    panel = Figure().add_subplot(projection="3d")
    dress_space(panel, style_of("coolwarm", "light"))
    panel.view_init(elev=16, azim=azimuth)
    screen = Screen(panel, np.zeros(3), np.ones(3))
    # An upright wall through the middle of the box, at right angles to the line of sight.
    towards = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth)), 0.0])
    along = np.array([-towards[1], towards[0], 0.0])
    side, up = np.meshgrid(np.linspace(-0.3, 0.3, 21), np.linspace(-0.4, 0.4, 21), indexing="ij")
    screen.cover(0.5 + side[..., None] * along + up[..., None] * np.array([0, 0, 1.0]))
    shifts = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
    np.testing.assert_array_equal(screen.hides(0.5 + shifts[:, None] * towards), shifts < 0)
    assert not screen.hides(0.5 - 0.2 * towards[None] + 0.45 * along).any()  # beside the wall


def test_a_surface_outside_of_the_box_hides_nothing() -> None:
    panel = Figure().add_subplot(projection="3d")
    screen = Screen(panel, np.zeros(3), np.ones(3))
    screen.cover(np.full((2, 2, 3), 2.0))
    assert not screen.hides(np.random.default_rng(0).uniform(size=(50, 3))).any()
