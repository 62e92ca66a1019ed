import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import separatrix as sx
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry.exact import Borders, box_window, checked_window, compute_borders, hull_window
from separatrix.geometry.regions import compute_map
from tests.geometry.drawn import networks

BOX = (-3.0, 3.0, -3.0, 3.0)
COUNTS = ("components_1", "holes_1", "components_0", "holes_0")
SQUARE = sx.Network.parse("2-4-1")  # with these parameters class 1 is |x1| + |x2| < 1
DIAMOND = np.array([1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0, -1, -1, -1, -1, 1], np.float64)


def of_class_1(network, parameters):
    """The polygons of class 1 in the box, from the map of the regions and put together by shapely."""
    regions = compute_map(network, parameters, BOX).regions
    polygons = [shapely.Polygon(region.sides[1]) for region in regions if len(region.sides[1]) > 2]
    wider = [polygon.buffer(1e-8, join_style="mitre") for polygon in polygons]  # rounding must leave no gaps
    return shapely.unary_union([*wider, shapely.Polygon()]).buffer(-1e-8, join_style="mitre")


@settings(max_examples=60)
@given(networks())
def test_regions_area_and_length_are_those_of_shapely(drawn):
    network, parameters = drawn
    borders = compute_borders(network, parameters, box_window(*BOX))
    class_1 = of_class_1(network, parameters)
    rim = shapely.box(-3, -3, 3, 3).exterior
    length = 0.0 if class_1.is_empty else class_1.boundary.difference(rim.buffer(1e-7)).length
    assert borders.regions[0] == len(compute_map(network, parameters, BOX).regions)
    assert borders.area_1[0] == pytest.approx(class_1.area, abs=1e-6)
    assert borders.area_1[0] + borders.area_0[0] == pytest.approx(36)
    assert borders.length[0] == pytest.approx(length, abs=1e-5)


@settings(max_examples=60)
@given(networks(), st.integers(0, 2**32 - 1))
def test_distances_are_those_of_shapely(drawn, seed):
    network, parameters = drawn
    borders = compute_borders(network, parameters, box_window(*BOX))
    points = np.random.default_rng(seed).uniform(-3, 3, (20, 2))
    lines = shapely.MultiLineString([edge[:, :2] for edge in borders.edges])
    if len(borders.edges):
        np.testing.assert_allclose(
            borders.distances(points)[0], shapely.distance(lines, shapely.points(points)), atol=1e-12
        )
    else:
        assert np.isinf(borders.distances(points)).all()


@settings(max_examples=40)
@given(networks(shapes=("2-3-1", "2-4-4-1", "2-3-3-2")))
def test_components_and_holes_are_those_of_a_fine_grid(drawn):
    """Wherever the grid can tell: no part of a side, and no gap between two, may be narrower than its step."""
    network, parameters = drawn
    borders = compute_borders(network, parameters, box_window(*BOX))
    coarse, fine = (on_a_grid(network, parameters, nodes) for nodes in (301, 602))
    if coarse == fine:
        assert [int(getattr(borders, name)[0]) for name in COUNTS] == fine


def on_a_grid(network, parameters, nodes):
    """The four counts: class 1 joined along edges, class 0 across corners too; parts that miss the rim are holes."""
    at = (np.arange(nodes) + 0.5) / nodes * 6 - 3 + 1e-5
    x = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    above = (network.logit(parameters, x) > 1e-12).reshape(nodes, nodes)
    one, zero = ndimage.label(above), ndimage.label(~above, np.ones((3, 3)))
    return [one[1], inner(*zero), zero[1], inner(*one)]


def inner(label, count):
    rim = np.concatenate([label[0], label[-1], label[:, 0], label[:, -1]])
    return count - len(set(rim.tolist()) - {0})


@settings(max_examples=60)
@given(networks())
def test_the_plane_has_what_a_very_large_window_has(drawn):
    """As long as no corner of the border lies beyond it, as lines that are all but parallel can have."""
    network, parameters = drawn
    plane = compute_borders(network, parameters)
    large = compute_borders(network, parameters, box_window(-1e6, 1e6, -1e6, 1e6))
    assert plane.regions >= large.regions
    assert plane.constant_units <= large.constant_units
    corners = plane.edges[plane.edges[..., 2] > 0]
    if (np.abs(corners) < 1e5).all():
        for name in ("pieces", "vertices", "curves", "open_ends", "components_1", "holes_1", "components_0", "holes_0"):
            assert getattr(plane, name) == getattr(large, name), name


@settings(max_examples=60)
@given(networks(), st.sampled_from([None, box_window(*BOX)]))
def test_the_counts_obey_euler(drawn, window):
    """Every closed curve of a border without crossings divides the two sides once more."""
    network, parameters = drawn
    borders = compute_borders(network, parameters, window)
    assert borders.holes_1 <= borders.components_0
    assert borders.holes_0 <= borders.components_1
    assert borders.components_1 + borders.components_0 >= 1
    assert borders.regions >= 1
    assert borders.vertices <= borders.pieces + 1
    assert (borders.pieces == 0) == (len(borders.edges) == 0)


@settings(max_examples=40)
@given(networks(shapes=("2-3-1", "2-4-4-1", "2-3-3-2")), st.integers(0, 2**32 - 1))
def test_the_sign_of_a_point_is_told_by_the_edges_around_it(drawn, seed):
    """Class 1 lies on the left of every edge: a small step to the left of its middle is on class 1's side."""
    network, parameters = drawn
    borders = compute_borders(network, parameters, box_window(*BOX))
    along = borders.edges[:, 1, :2] - borders.edges[:, 0, :2]
    length = np.linalg.norm(along, axis=1)
    kept = length > 1e-3
    left = np.column_stack((-along[:, 1], along[:, 0]))[kept] / length[kept, None]
    middle = borders.edges[kept, :, :2].mean(axis=1)
    if kept.any():
        assert (network.logit(parameters, middle + 1e-7 * left) > 0).all()
        assert (network.logit(parameters, middle - 1e-7 * left) <= 1e-12).all()


def test_a_batch_gives_what_each_network_gives_alone():
    network = sx.Network.parse("2-4-4-1")
    parameters = np.stack([network.initialise(seed) for seed in range(5)])
    together = compute_borders(network, parameters)
    for row in range(5):
        alone = compute_borders(network, parameters[row])
        for name in ("regions", "pieces", "length", "area_1", *COUNTS):
            assert getattr(together, name)[row] == getattr(alone, name)[0]
        np.testing.assert_array_equal(
            together.edges[together.edge_start[row] : together.edge_start[row + 1]], alone.edges
        )


def test_a_diamond_is_one_closed_border_of_four_pieces():
    borders = compute_borders(SQUARE, DIAMOND)
    assert borders.is_closed[0]
    assert (borders.pieces[0], borders.vertices[0], borders.curves[0], borders.open_ends[0]) == (4, 4, 1, 0)
    assert [int(getattr(borders, name)[0]) for name in COUNTS] == [1, 0, 1, 1]
    assert borders.length[0] == pytest.approx(4 * 2**0.5)
    assert borders.area_1[0] == pytest.approx(2)
    assert np.isinf(borders.area_0[0])
    assert borders.regions[0] == 4  # two pairs of coincident lines
    np.testing.assert_allclose(
        borders.distances(np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0]]))[0], [0.5**0.5, 0.5**0.5, 2]
    )


def test_a_straight_border_has_one_piece_two_open_ends_and_no_length():
    line = compute_borders(sx.Network.parse("2-1"), np.array([1.0, 2.0, -1.0]))
    assert (line.pieces[0], line.vertices[0], line.open_ends[0], line.regions[0]) == (1, 0, 2, 1)
    assert np.isinf(line.length[0])
    assert not line.is_closed[0]
    assert line.distances(np.array([[0.0, 0.0]]))[0, 0] == pytest.approx(5**-0.5)


def test_parallel_strips_meet_at_infinity_and_are_parts_of_their_own():
    """|x1| > 1: two half planes with a common direction, and a strip between them."""
    network = sx.Network.parse("2-2-1")
    strips = compute_borders(network, np.array([1.0, 0, -1, 0, 0, 0, 1, 1, -1]))
    assert [int(getattr(strips, name)[0]) for name in COUNTS] == [2, 0, 1, 0]
    assert (strips.pieces[0], strips.curves[0], strips.open_ends[0]) == (2, 2, 4)


def test_no_border_where_every_weight_is_zero():
    network = sx.Network.parse("2-3-1")
    for bias, class_1 in ((1.0, 1), (-1.0, 0), (0.0, 0)):
        parameters = np.zeros(network.n_parameters)
        parameters[-1] = bias
        none = compute_borders(network, parameters)
        assert none.pieces[0] == 0
        assert (none.components_1[0], none.components_0[0]) == (class_1, 1 - class_1)
        assert none.constant_units[0] == 3


def test_dead_and_always_on_units_over_the_plane_and_over_the_hull():
    network = sx.Network.parse("2-3-1")
    # x1 + 5, x1 - 5, and -1 whatever x is
    parameters = np.array([1, 0, 1, 0, 0, 0, 5, -5, -1, 1, 1, 1, 0], np.float64)
    plane = compute_borders(network, parameters)
    hull = compute_borders(network, parameters, hull_window(np.array([[-1, -1], [1, 0], [0, 1]])))
    assert (plane.constant_units[0], plane.affine_units[0]) == (1, 0)
    assert (hull.constant_units[0], hull.affine_units[0]) == (2, 1)


def test_margins_are_negative_with_a_point_on_the_wrong_side():
    borders = compute_borders(SQUARE, np.stack([DIAMOND, DIAMOND]))
    x = np.array([[0.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(borders.margins(x, np.array([1, 0])), [0.5**0.5] * 2)
    np.testing.assert_allclose(borders.margins(x, np.array([1, 1])), [-1.0] * 2)


def test_networks_that_overflow_are_nan_beside_the_others():
    """Fault 11: numbers of 1e200 whose products float64 can't hold."""
    network = sx.Network.parse("2-4-4-1")
    parameters = np.stack([network.initialise(0).astype(np.float64), np.full(network.n_parameters, 1e200)])
    borders = compute_borders(network, parameters)
    assert np.isnan(borders.regions).tolist() == [False, True]
    assert np.isnan(borders.margins(np.zeros((1, 2)), np.zeros(1))).tolist() == [False, True]


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1e20, 1e80])
def test_scaled_layers_have_the_same_border(scale):
    network = sx.Network.parse("2-4-4-1")
    parameters = network.initialise(seed=4).astype(np.float64)
    (_, _), (weight, bias), (last, _) = network.split(parameters)
    plain = compute_borders(network, parameters)
    weight *= scale
    bias *= scale
    last /= scale
    scaled = compute_borders(network, parameters)
    for name in ("regions", "pieces", *COUNTS):
        assert getattr(plain, name) == getattr(scaled, name)


def test_too_many_regions_are_refused_with_what_to_do():
    network = sx.Network.parse("2-16-16-1")
    with pytest.raises(InvalidParameter, match="over 50 linear regions here; take a smaller window"):
        compute_borders(network, network.initialise(0), most_regions=50)


@pytest.mark.parametrize(
    ("network", "reason"),
    [(sx.Network.parse("3-2-1"), "needs 2 inputs"), (sx.Network.parse("2-2-1", "tanh"), "not tanh")],
)
def test_networks_without_an_exact_border_are_refused(network, reason):
    with pytest.raises(InvalidParameter, match=reason):
        compute_borders(network, network.initialise(0))


def test_modules_and_wrong_parameters_are_refused():
    with pytest.raises(InvalidData, match="module of your own"):
        compute_borders(object(), np.zeros(3))
    with pytest.raises(InvalidData, match="has 3 parameters"):
        compute_borders(sx.Network.parse("2-1"), np.zeros(4))


@pytest.mark.parametrize(
    "corners",
    [
        [[0, 0], [1, 1]],
        [[0, 0], [1, 1], [2, 2]],
        [[0, 0], [2, 0], [0.5, 0.5], [0, 2]],  # a corner inwards
        [[0, 0], [2, 2], [2, 0], [0, 2]],  # edges that cross
        [[0, 0], [1, 0], [np.nan, 1]],
    ],
)
def test_windows_that_are_no_convex_polygon_are_refused(corners):
    with pytest.raises(InvalidData):
        checked_window(np.array(corners, float))


def test_clockwise_windows_are_turned_round():
    assert checked_window(box_window(0, 1, 0, 1)[::-1]).tolist() == box_window(0, 1, 0, 1).tolist()


def test_points_on_one_line_have_no_hull():
    with pytest.raises(InvalidData, match="no area"):
        hull_window(np.array([[0.0, 0], [1, 1], [2, 2]]))


@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_the_hull_is_that_of_shapely(count, seed):
    points = np.random.default_rng(seed).integers(-5, 6, (count, 2)).astype(float)
    expected = shapely.MultiPoint(points).convex_hull
    if expected.area > 0:
        assert shapely.Polygon(hull_window(points)).equals(expected)


def test_borders_have_a_number_for_every_run():
    network = sx.Network.parse("2-2-1")
    borders = compute_borders(network, np.stack([network.initialise(seed) for seed in range(3)]))
    assert isinstance(borders, Borders)
    assert len(borders) == 3
    assert all(getattr(borders, name).shape == (3,) for name in ("regions", "pieces", "length", "is_closed"))


@pytest.mark.parametrize(
    ("widths", "regions"),
    [("2-10-5-1", (124, 117, 126)), ("2-4-4-1", (31, 27, 31)), ("2-8-8-1", (156, 127, 107))],
)
def test_regions_are_as_many_as_relucent_counts(widths, regions):
    """By relucent 1.0.0, `Complex(network).bfs()`, on the same weights; 2-10-5-1 is the shape of its published example."""
    network = sx.Network.parse(widths)
    parameters = np.array([network.initialise(seed) for seed in range(3)], np.float64)
    assert tuple(compute_borders(network, parameters).regions) == regions
