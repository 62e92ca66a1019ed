"""The exact map is exact: every statement of it is compared with the network itself."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.geometry import regions
from separatrix.geometry._polylines import is_closed
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.regions import Box, ExactMap, compute_map, polygon_area

BOX = (-3.0, 2.0, -2.0, 3.0)
SQUARE = (-1.0, 1.0, -1.0, 1.0)


def flat(*parts: Any) -> np.ndarray:
    """Weights and biases, layer by layer, as one vector."""
    return np.concatenate([np.ravel(np.array(part, float)) for part in parts])


def drawn(widths: tuple[int, ...], seed: int) -> np.ndarray:
    """Normal parameters (p,), large enough for the lines to cross the box."""
    return np.random.default_rng(seed).normal(size=sx.Network(widths).n_parameters)


def inside(corners: np.ndarray, x: np.ndarray, slack: float = 0.0) -> np.ndarray:
    """Which points (n, 2) lie in a convex polygon, counter-clockwise."""
    edge = np.roll(corners, -1, axis=0) - corners
    away = x[:, None] - corners  # (n, k, 2)
    left = edge[:, 0] * away[..., 1] - edge[:, 1] * away[..., 0]
    return np.asarray((left >= -slack * np.linalg.norm(edge, axis=1)).all(axis=1))


def inputs(box: Box, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(box[::2], box[1::2], (n, 2))


def crossings(found: ExactMap, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How often the way from each a (n, 2) to each b crosses the border: (n,)."""
    pieces = [np.stack((line[:-1], line[1:]), axis=1) for line in found.border]
    sides = np.concatenate([np.zeros((0, 2, 2)), *pieces])

    def beside(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> np.ndarray:
        d, e = q - p, x - p
        return np.asarray(d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0] > 0)

    a, b, c, d = a[:, None], b[:, None], sides[None, :, 0], sides[None, :, 1]
    return ((beside(a, b, c) != beside(a, b, d)) & (beside(c, d, a) != beside(c, d, b))).sum(axis=1)


def check_everything(network: sx.Network, parameters: np.ndarray, box: Box = BOX) -> ExactMap:
    """All that the record claims, against the network in float64."""
    found = compute_map(network, parameters, box)
    side = max(box[1] - box[0], box[3] - box[2])
    area = (box[1] - box[0]) * (box[3] - box[2])
    assert sum(polygon_area(region.corners) for region in found.regions) == pytest.approx(area, rel=1e-9)
    x = inputs(box, 300)
    logit = network.logit(parameters, x)
    hidden = [a for _, a in network.trace(parameters, x)[:-1]]
    validation = np.zeros(len(x), int)
    for region in found.regions:
        assert polygon_area(region.corners) >= 0
        assert sum(polygon_area(part) for part in region.sides if len(part)) == pytest.approx(
            polygon_area(region.corners), abs=1e-9 * area
        )
        rows = inside(region.corners, x)
        validation += rows
        np.testing.assert_allclose(x[rows] @ region.slope + region.offset, logit[rows], rtol=1e-9, atol=1e-9)
        for label, part in enumerate(region.sides):
            if len(part):
                on_side = inside(part, x[rows], -1e-9)
                assert ((logit[rows][on_side] > 1e-9) <= bool(label)).all()
        assert [len(units) for units in region.pattern] == [a.shape[1] for a in hidden]
        for k, (units, a) in enumerate(zip(region.pattern, hidden, strict=True)):
            if network.activations[k].name == "relu":
                assert (np.abs(a[rows][:, ~units]) <= 1e-9).all()
    assert (validation >= 1).all()
    assert (validation == 1).mean() > 0.99  # on an edge, two
    for line in found.border:
        at_border = network.logit(parameters, line)
        np.testing.assert_allclose(at_border, 0, atol=1e-9 * max(1.0, np.abs(parameters).max() ** 3))
        assert is_closed(line, 1e-7 * side) or on_edge(line[[0, -1]], box).all()
    a, b = x[::2], x[1::2]
    differ = (network.logit(parameters, a) > 1e-12) != (network.logit(parameters, b) > 1e-12)
    assert (crossings(found, a, b) % 2 == differ).all()
    return found


def on_edge(x: np.ndarray, box: Box) -> np.ndarray:
    return np.asarray((np.abs(x[:, :, None] - np.array(box).reshape(2, 2)) < 1e-7).any(axis=(1, 2)))


@given(
    hidden=st.lists(st.integers(1, 6), min_size=0, max_size=3),
    activation=st.sampled_from(["relu", "leaky_relu", "identity"]),
    outputs=st.sampled_from([1, 2]),
    seed=st.integers(0, 10_000),
)
def test_any_network_is_mapped_exactly(hidden: list[int], activation: str, outputs: int, seed: int) -> None:
    widths = (2, *hidden, outputs)
    check_everything(sx.Network(widths, activation), drawn(widths, seed))


WHOLE = st.integers(-2, 2).map(float)


@given(st.data(), st.sampled_from([(2, 2, 1), (2, 3, 1), (2, 2, 2, 1), (2, 3, 2, 1), (2, 2, 2)]))
def test_small_whole_numbers_meet_every_degenerate_case(data: Any, widths: tuple[int, ...]) -> None:
    """Lines through the box's corners, along its edges and on top of each other, dead units, zero weights."""
    network = sx.Network(widths)
    parameters = np.array(data.draw(st.lists(WHOLE, min_size=network.n_parameters, max_size=network.n_parameters)))
    check_everything(network, parameters, SQUARE)


@given(st.data(), st.sampled_from([(2, 2, 1), (2, 3, 1), (2, 2, 2, 1), (2, 6, 1)]))
def test_the_map_and_the_measures_agree(data: Any, widths: tuple[int, ...]) -> None:
    """Also where the logit is 0 on a whole region, which belongs to class 0."""
    network = sx.Network(widths)
    parameters = np.array(data.draw(st.lists(WHOLE, min_size=network.n_parameters, max_size=network.n_parameters)))
    exact, borders = compute_map(network, parameters, BOX), compute_borders(network, parameters, box_window(*BOX))
    assert len(exact.regions) == borders.regions[0]
    for side, area in enumerate((borders.area_0[0], borders.area_1[0])):
        parts = [region.sides[side] for region in exact.regions if len(region.sides[side])]
        assert sum(map(polygon_area, parts)) == pytest.approx(area, abs=1e-9)
    length = sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in exact.border)
    assert length == pytest.approx(borders.length[0], abs=1e-6)


def test_nothing_lies_beyond_the_box() -> None:
    network = sx.Network((2, 8, 5, 1))
    for seed in range(5):
        exact = compute_map(network, drawn(network.widths, seed), BOX)
        places = [*(region.corners for region in exact.regions), *(fold.ends for fold in exact.folds), *exact.border]
        low, high = np.concatenate(places).min(axis=0), np.concatenate(places).max(axis=0)
        assert (low.tolist(), high.tolist()) == ([BOX[0], BOX[2]], [BOX[1], BOX[3]])


def test_activations_may_differ_from_layer_to_layer() -> None:
    network = sx.Network((2, 4, 3, 4, 1), ("leaky_relu", "identity", "relu"))
    found = check_everything(network, drawn(network.widths, 3))
    assert {fold.layer for fold in found.folds} <= {0, 2}


@pytest.mark.parametrize("seed", range(3))
def test_a_wider_network(seed: int) -> None:
    found = check_everything(sx.Network((2, 16, 16, 1)), drawn((2, 16, 16, 1), seed))
    assert len(found.regions) > 100


def test_a_trained_network(run: sx.Run) -> None:
    check_everything(run.network, run.parameters.astype(np.float64), (-4.0, 4.0, -4.0, 4.0))


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e6])
def test_the_scale_of_the_weights_does_not_matter(scale: float) -> None:
    network, parameters = sx.Network((2, 5, 4, 1)), drawn((2, 5, 4, 1), 1)
    bias = ~network.is_weight
    factors = np.ones_like(parameters)
    for depth, layer in enumerate(network.layout, start=1):  # so that the lines stay where they are
        factors[layer.weight], factors[layer.bias] = scale, scale**depth
    assert bias.any()
    one, other = (compute_map(network, parameters * factor, BOX) for factor in (np.ones_like(factors), factors))
    assert len(one.regions) == len(other.regions)
    for line, same in zip(one.border, other.border, strict=True):
        np.testing.assert_allclose(line, same, atol=1e-9)


def test_a_box_far_away_from_zero_is_mapped_too() -> None:
    network, parameters = sx.Network((2, 6, 1)), drawn((2, 6, 1), 2)
    x = np.array([1e4, -1e4])
    weight, bias = network.split(parameters)[0]
    bias -= weight @ x  # the same lines, moved there
    found = compute_map(network, parameters, (1e4 - 2, 1e4 + 2, -1e4 - 2, -1e4 + 2))
    near = compute_map(network, drawn((2, 6, 1), 2), (-2, 2, -2, 2))
    assert len(found.regions) == len(near.regions)


def test_folds_of_the_first_layer_are_whole_lines_and_those_of_the_second_bend() -> None:
    found = compute_map(sx.Network((2, 3, 3, 1)), drawn((2, 3, 3, 1), 5), BOX)
    for unit in range(3):
        pieces = [fold.ends for fold in found.folds if (fold.layer, fold.unit) == (0, unit)]
        assert len(pieces) <= 1
        for ends in pieces:
            assert on_edge(ends, BOX).all()
    network, parameters = sx.Network((2, 3, 3, 1)), drawn((2, 3, 3, 1), 5)
    for fold in found.folds:
        z = network.trace(parameters, np.concatenate([fold.ends, fold.ends.mean(axis=0)[None]]))[fold.layer][0]
        np.testing.assert_allclose(z[:, fold.unit], 0, atol=1e-12)


def test_the_border_is_a_polygon_whose_vertices_lie_on_named_folds() -> None:
    """Four units around the origin: logit = 1 - |x1| - |x2| is a diamond."""
    network = sx.Network((2, 4, 1))
    parameters = flat([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0], [[-1, -1, -1, -1]], [1])
    found = check_everything(network, parameters, (-2.0, 2.0, -2.0, 2.0))
    (line,) = found.border
    assert is_closed(line, 1e-9)
    assert {(round(corner.x1, 12) + 0.0, round(corner.x2, 12) + 0.0) for corner in found.corners} == {
        (1, 0), (0, 1), (-1, 0), (0, -1)
    }  # fmt: skip
    on = {corner.units for corner in found.corners}
    assert on == {("fc1[0]", "fc1[1]"), ("fc1[2]", "fc1[3]")}
    assert sum(polygon_area(region.sides[1]) for region in found.regions if len(region.sides[1])) == pytest.approx(2)


def test_a_vertex_where_nothing_bends_is_not_listed() -> None:
    """A unit that the output does not listen to folds the plane, but not the border."""
    parameters = flat([[1, 0], [0, 1]], [0, 10], [[0, 1]], [-10])
    found = check_everything(sx.Network((2, 2, 1)), parameters, SQUARE)
    assert len(found.regions) == 2
    assert [corner.units for corner in found.corners] == [(), ()]


def test_a_border_that_lies_along_a_fold_is_seen() -> None:
    """logit = relu(x1) - relu(-x1) = x1: nowhere does the border pass through the inside of a region."""
    found = check_everything(sx.Network((2, 2, 1)), flat([[1, 0], [-1, 0]], [0, 0], [[1, -1]], [0]), SQUARE)
    (line,) = found.border
    np.testing.assert_allclose(np.sort(line, axis=0), [[0, -1], [0, 1]], atol=1e-15)


def test_a_border_along_the_edge_of_a_plateau_is_seen() -> None:
    """logit = relu(x1) + relu(x2): 0 on a quarter of the plane, where the class is 0."""
    found = check_everything(sx.Network((2, 2, 1)), flat([[1, 0], [0, 1]], [0, 0], [[1, 1]], [0]), SQUARE)
    (line,) = found.border
    assert sorted(line.tolist()) == [[-1, 0], [0, -1], [0, 0]]


def test_a_line_that_the_logit_only_touches_is_no_border() -> None:
    """logit = |x1| is positive on both sides."""
    assert compute_map(sx.Network((2, 2, 1)), flat([[1, 0], [-1, 0]], [0, 0], [[1, 1]], [0]), SQUARE).border == ()


def test_a_line_along_the_edge_of_the_box_is_no_border() -> None:
    """logit = relu(x1 + 1) falls to 0 at the left edge; what lies beyond isn't in the picture."""
    assert compute_map(sx.Network((2, 1, 1)), flat([[1, 0]], [1], [[1]], [0]), SQUARE).border == ()


def test_a_unit_that_is_zero_everywhere_is_below_its_kink() -> None:
    (region,) = compute_map(sx.Network((2, 2, 1)), flat([[0, 0], [0, 0]], [0, 1], [[1, 1]], [0]), SQUARE).regions
    assert region.pattern[0].tolist() == [False, True]


def test_dead_units_and_zero_weights_leave_one_region_and_no_border() -> None:
    network = sx.Network((2, 3, 3, 1))
    for parameters in (np.zeros(network.n_parameters), np.where(network.is_weight, 1.0, -100.0)):
        found = check_everything(network, parameters, SQUARE)
        assert len(found.regions) == 1
        assert (found.folds, found.border, found.corners) == ((), (), ())


def test_units_that_are_all_the_same_fold_along_one_line() -> None:
    network = sx.Network((2, 5, 1))
    parameters = flat(np.tile([[0.3, -0.7]], (5, 1)), np.full(5, 0.1), [[1, -2, 3, -4, 2.5]], [-0.05])
    assert len(check_everything(network, parameters, SQUARE).regions) == 2


def test_rounding_of_terms_that_cancel_cuts_nothing() -> None:
    """Two equal units with opposite weights give 0 but for rounding, which must not be taken for a line."""
    network = sx.Network((2, 2, 1, 1))
    row = [0.1 + 0.2, -0.7 / 3]
    parameters = flat([row, row], [1 / 3, 1 / 3], [[1 / 7, -1 / 7]], [0], [[1]], [0])
    found = check_everything(network, parameters, SQUARE)
    assert {fold.layer for fold in found.folds} == {0}


def test_lines_through_the_corners_of_the_box_cut_it_in_triangles() -> None:
    parameters = flat([[1, 1], [1, -1]], [0, 0], [[1, 1]], [-0.5])
    assert len(check_everything(sx.Network((2, 2, 1)), parameters, SQUARE).regions) == 4


def test_two_outputs_are_their_difference() -> None:
    two, one = sx.Network((2, 3, 2)), sx.Network((2, 3, 1))
    parameters = drawn(two.widths, 7)
    (w1, b1), (w2, b2) = two.split(parameters)
    a, b = compute_map(two, parameters, BOX), compute_map(one, flat(w1, b1, w2[1] - w2[0], b2[1] - b2[0]), BOX)
    for line, same in zip(a.border, b.border, strict=True):
        np.testing.assert_allclose(line, same, atol=1e-12)


def test_a_network_without_hidden_layers_is_one_region_with_a_straight_border() -> None:
    found = check_everything(sx.Network((2, 1)), flat([[1, 1]], [0.5]), SQUARE)
    assert (len(found.regions), len(found.border), len(found.border[0])) == (1, 1, 2)


def test_corners_run_counter_clockwise() -> None:
    found = compute_map(sx.Network((2, 6, 5, 1)), drawn((2, 6, 5, 1), 9), BOX)
    assert min(polygon_area(region.corners) for region in found.regions) > 0


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "step"])
def test_activations_with_other_than_flat_regions_are_refused(name: str) -> None:
    with pytest.raises(sx.InvalidParameter, match=f"piecewise-linear activations .*not {name}"):
        compute_map(sx.Network((2, 3, 1), name), drawn((2, 3, 1), 0), BOX)


def test_other_than_two_inputs_are_refused() -> None:
    with pytest.raises(sx.InvalidParameter, match=r"2 inputs, 3-4-1 has 3"):
        compute_map(sx.Network((3, 4, 1)), drawn((3, 4, 1), 0), BOX)


@pytest.mark.parametrize("box", [(1, 1, 0, 1), (0, 1, 2, 1), (0, float("nan"), 0, 1), (0, float("inf"), 0, 1)])
def test_an_empty_box_is_refused(box: Box) -> None:
    with pytest.raises(sx.InvalidData, match="the box must be"):
        compute_map(sx.Network((2, 3, 1)), drawn((2, 3, 1), 0), box)


def test_a_module_of_the_users_own_is_refused(points: sx.Points) -> None:
    from torch import nn

    own = sx.train(nn.Linear(2, 1), sx.Recipe(epochs=1, loss="bce_with_logits"), points, engine="torch")
    with pytest.raises(sx.InvalidData, match="needs a Network"):
        compute_map(own.network, own.parameters, BOX)


def test_numbers_beyond_float64_are_refused() -> None:
    network = sx.Network((2, 3, 3, 1))
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(sx.InvalidData, match="float64"):
        compute_map(network, np.full(network.n_parameters, 1e200), BOX)


def test_too_many_regions_are_refused_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "MOST_REGIONS", 50)
    with pytest.raises(sx.InvalidParameter, match="2-30-1 has over 50 linear regions"):
        compute_map(sx.Network((2, 30, 1)), drawn((2, 30, 1), 0), BOX)
