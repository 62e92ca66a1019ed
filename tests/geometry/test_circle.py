import numpy as np
import pytest
import shapely
from hypothesis import given, settings

import separatrix as sx
from separatrix.errors import InvalidData
from separatrix.geometry._mass import disc_area
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.outlines import area_distances, hausdorff_distances
from tests.geometry.drawn import networks
from tests.geometry.test_exact import DIAMOND, SQUARE

CIRCLE = np.column_stack((np.cos(angles := np.linspace(0, 2 * np.pi, 2_001)), np.sin(angles)))


def diamonds(*sizes):
    """The border |x1| + |x2| = size for each size, (r, p)."""
    parameters = np.tile(DIAMOND, (len(sizes), 1))
    parameters[:, -1] = sizes
    return compute_borders(SQUARE, parameters)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.3, 4.0])
def test_distances_from_a_diamond_are_those_of_shapely(radius):
    sizes = (0.2, 1.0, 1.5, 3.0)
    borders = diamonds(*sizes)
    disc = shapely.Polygon(radius * CIRCLE)
    for k, size in enumerate(sizes):
        diamond = shapely.Polygon([(size, 0), (0, size), (-size, 0), (0, -size)])
        expected = shapely.hausdorff_distance(diamond.exterior, disc.exterior, densify=0.02)
        assert hausdorff_distances(borders, radius)[k] == pytest.approx(expected, abs=0.02)
        assert area_distances(borders, radius)[k] == pytest.approx(diamond.symmetric_difference(disc).area, abs=1e-4)


@settings(max_examples=40)
@given(networks())
def test_the_area_in_a_disc_is_that_of_shapely(drawn):
    network, parameters = drawn
    polygon = shapely.Polygon(CIRCLE[:-1:2])  # of 1,000 corners, and its own window in the second computation
    inside = compute_borders(network, parameters, CIRCLE[:-1:2]).area_1[0]
    assert disc_area(compute_borders(network, parameters))[0] == pytest.approx(inside, abs=np.pi - polygon.area + 1e-9)


def test_open_borders_and_none_are_infinitely_far():
    line = compute_borders(sx.Network.parse("2-1"), np.array([[1.0, 0, 0], [0, 0, 1]]))
    assert np.isinf(hausdorff_distances(line)).all()
    assert np.isinf(area_distances(line)).all()


def test_networks_that_overflow_are_nan():
    """Fault 11."""
    network = sx.Network.parse("2-4-4-1")
    borders = compute_borders(network, np.full(network.n_parameters, 1e200))
    assert np.isnan([hausdorff_distances(borders), area_distances(borders)]).all()


def test_borders_in_a_window_are_refused():
    borders = compute_borders(SQUARE, DIAMOND, box_window(-2, 2, -2, 2))
    for measure in (hausdorff_distances, area_distances):
        with pytest.raises(InvalidData, match="whole plane"):
            measure(borders)
