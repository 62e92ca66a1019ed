import numpy as np
import pytest
import shapely
from hypothesis import given, settings

import separatrix as sx
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.outlines import inside_shares, outlines
from tests.geometry.drawn import networks


@settings(max_examples=60)
@given(networks())
def test_outlines_enclose_the_area_of_class_1(drawn):
    """Holes run the other way round, so that signed areas add up."""
    network, parameters = drawn
    borders = compute_borders(network, parameters, box_window(-3, 3, -3, 3))
    loops = [np.asarray(loop) for loop in outlines(borders)]
    signed = [
        0.5 * (loop[:, 0] * np.roll(loop[:, 1], -1) - np.roll(loop[:, 0], -1) * loop[:, 1]).sum() for loop in loops
    ]
    assert sum(signed) == pytest.approx(borders.area_1[0], abs=1e-9)
    assert sum(len(loop) for loop in loops) == len(borders.edges) + len(borders.rim)


def test_a_ring_has_an_outline_and_a_hole():
    """1 - | |x1| + |x2| - 2 | > 0."""
    network = sx.Network.parse("2-4-2-1")
    parameters = np.array([1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1, -1, -2, 2, -1, -1, 1.0])
    ring = compute_borders(network, parameters, box_window(-4, 4, -4, 4))
    assert (ring.components_1[0], ring.holes_1[0], ring.components_0[0], ring.holes_0[0]) == (1, 1, 2, 1)
    polygons = sorted((shapely.LinearRing(loop) for loop in outlines(ring)), key=lambda loop: loop.length)
    assert [loop.is_ccw for loop in polygons] == [False, True]
    assert [shapely.Polygon(loop).area for loop in polygons] == pytest.approx([2, 18])


def test_outlines_in_the_whole_plane_are_refused():
    with pytest.raises(InvalidData, match="window"):
        outlines(compute_borders(sx.Network.parse("2-1"), np.array([1.0, 0, 0])))


def test_shares_are_those_of_the_networks():
    network = sx.Network.parse("2-1")
    shares = inside_shares(network, np.array([[1.0, 0, 0.5], [1, 0, -0.5], [np.nan, 0, 0]]), (-1, 1, -1, 1), nodes=3)
    assert shares.share.tolist() == [[0, 0, 0], [1 / 3] * 3, [2 / 3] * 3]
    assert shares.networks == 3


def test_too_few_nodes_are_refused():
    """Fault 19."""
    with pytest.raises(InvalidParameter, match="nodes"):
        inside_shares(sx.Network.parse("2-1"), np.zeros(3), (-1, 1, -1, 1), nodes=1)
