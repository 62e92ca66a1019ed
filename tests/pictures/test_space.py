"""Three-dimensional panels: planes in a box, and the side from which they are seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from separatrix.pictures._fold import cross_section, turned

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
