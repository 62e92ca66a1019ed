"""The record of the fold: spaces as they are, or projected so that the cut keeps its sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.geometry.folding import Folding, compute_folding
from separatrix.training.run import Run


def run_of(network: sx.Network, parameters: np.ndarray, like: sx.Run) -> sx.Run:
    """A run with other parameters."""
    given = {name: getattr(like, name) for name in Run.__dataclass_fields__}
    return Run(**given | {"network": network, "parameters": parameters, "initial": parameters})


def folding(
    widths: tuple[int, ...], run: sx.Run, points: sx.Points, seed: int = 0, activation: str = "relu"
) -> Folding:
    network = sx.Network(widths, activation)
    parameters = np.random.default_rng(seed).normal(size=network.n_parameters)
    return compute_folding(run_of(network, parameters, run), points)


def test_there_is_a_stage_for_the_input_and_one_for_every_hidden_layer(run: sx.Run, points: sx.Points) -> None:
    found = compute_folding(run, points)
    assert [(stage.name, stage.width, stage.points.shape[1]) for stage in found.stages] == [
        ("input", 2, 2), ("fc1", 4, 3), ("fc2", 4, 3)
    ]  # fmt: skip  # one list
    np.testing.assert_array_equal(found.stages[0].points, points.x.astype(np.float64))
    np.testing.assert_allclose(found.logit, run.logit(points.x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_up_to_three_units_are_shown_as_they_are(width: int, run: sx.Run, points: sx.Points) -> None:
    network = sx.Network((2, width, 1))
    parameters = np.random.default_rng(2).normal(size=network.n_parameters)
    stage = compute_folding(run_of(network, parameters, run), points).stages[1]
    np.testing.assert_allclose(stage.points, network.trace(parameters, points.x.astype(float))[0][1])
    assert stage.variance_share == 1


def test_lines_of_the_input_are_straight_cover_the_points_and_follow_them(run: sx.Run, points: sx.Points) -> None:
    found = compute_folding(run, points, lines=5, nodes=20)
    lines = found.stages[0].lines
    assert lines.shape == (10, 20, 2)
    assert (np.ptp(lines, axis=1).min(axis=1) == 0).all()
    assert (lines.min(axis=(0, 1)) < points.x.min(axis=0)).all()
    assert (lines.max(axis=(0, 1)) > points.x.max(axis=0)).all()
    flat = lines.reshape(-1, 2).astype(np.float32)
    np.testing.assert_allclose(found.line_logit.ravel(), run.logit(flat), rtol=1e-3, atol=1e-4)


@given(
    hidden=st.lists(st.integers(1, 8), min_size=0, max_size=3),
    outputs=st.sampled_from([1, 2]),
    activation=st.sampled_from(["relu", "tanh", "identity"]),
    seed=st.integers(0, 1000),
)
def test_the_cut_keeps_every_point_and_line_on_its_side(
    hidden: list[int], outputs: int, activation: str, seed: int, run: sx.Run, points: sx.Points
) -> None:
    """normal · a + offset is the logit itself, in the projection too."""
    found = folding((2, *hidden, outputs), run, points, seed, activation)
    *others, last = found.stages
    assert all(stage.normal is None for stage in others)
    assert last.normal is not None
    np.testing.assert_allclose(last.points @ last.normal + last.offset, found.logit, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(last.lines @ last.normal + last.offset, found.line_logit, rtol=1e-9, atol=1e-9)


def test_in_a_projection_the_third_coordinate_is_the_distance_from_the_cut(run: sx.Run, points: sx.Points) -> None:
    found = folding((2, 6, 1), run, points)
    last = found.stages[-1]
    assert last.normal is not None
    np.testing.assert_allclose(last.normal[:2], 0, atol=1e-12)
    np.testing.assert_allclose(last.points[:, 2], found.logit / last.normal[2], atol=1e-9)


def test_the_share_kept_is_that_of_the_principal_components(run: sx.Run, points: sx.Points) -> None:
    network = sx.Network((2, 7, 3, 1), "tanh")
    parameters = np.random.default_rng(4).normal(size=network.n_parameters)
    stage = compute_folding(run_of(network, parameters, run), points).stages[1]
    plane = compute_folding(run, points).stages[0]
    x = np.concatenate([plane.points, plane.lines.reshape(-1, 2)])
    a = network.trace(parameters, x)[0][1]
    squares = np.linalg.svd(a - a.mean(axis=0), compute_uv=False) ** 2
    assert stage.variance_share == pytest.approx(squares[:3].sum() / squares.sum(), rel=1e-9)
    shown = np.concatenate([stage.points, stage.lines.reshape(-1, 3)])
    assert (shown**2).sum() / squares.sum() == pytest.approx(stage.variance_share, rel=1e-9)
    assert 0.5 < stage.variance_share < 1


@pytest.mark.parametrize("rank", [1, 2])
def test_a_projection_never_stretches(rank: int, run: sx.Run, points: sx.Points) -> None:
    """Its directions are at right angles, also where the activations fill fewer dimensions than are shown."""
    network = sx.Network((2, 9, 1), "identity")
    parameters = np.random.default_rng(5).normal(size=network.n_parameters)
    if rank == 1:
        network.split(parameters)[0][0][:, 1] = 0
    stage = compute_folding(run_of(network, parameters, run), points).stages[-1]
    a = network.trace(parameters, points.x.astype(float))[0][1]
    true, shown = (np.linalg.norm(part[:, None] - part, axis=-1) for part in (a, stage.points))
    np.testing.assert_allclose(shown, true, atol=1e-9)  # rank and normal need no more than three directions
    assert stage.variance_share == pytest.approx(1)


def test_two_outputs_are_cut_where_they_are_equal(run: sx.Run, points: sx.Points) -> None:
    found = folding((2, 3, 2), run, points, seed=3)
    last = found.stages[-1]
    assert last.normal is not None
    np.testing.assert_allclose(last.points @ last.normal + last.offset, found.logit)


def test_weights_of_zero_cut_nothing_and_a_dead_layer_keeps_all(run: sx.Run, points: sx.Points) -> None:
    for widths in ((2, 3, 1), (2, 5, 1)):
        network = sx.Network(widths)
        last = compute_folding(run_of(network, np.zeros(network.n_parameters), run), points).stages[-1]
        assert last.normal is None
        assert last.variance_share == 1
        assert not last.points.any()


def test_very_large_activations_are_followed_and_infinite_ones_refused(run: sx.Run, points: sx.Points) -> None:
    network = sx.Network((2, 5, 4, 1))
    parameters = np.random.default_rng(6).normal(size=network.n_parameters)
    found = compute_folding(run_of(network, parameters * 1e60, run), points)
    assert 0 < found.stages[1].variance_share <= 1
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(sx.InvalidData, match="exceed the range of float64"),
    ):
        compute_folding(run_of(network, parameters * 1e200, run), points)


def test_what_has_no_plane_or_no_layers_is_refused(run: sx.Run) -> None:
    from torch import nn

    with pytest.raises(sx.InvalidData, match="2 inputs, got 3"):
        compute_folding(run, sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    points = sx.circle(n=20, seed=0)
    own = sx.train(nn.Linear(2, 1), sx.Recipe(epochs=1, loss="bce_with_logits"), points, engine="torch")
    with pytest.raises(sx.InvalidData, match="needs a Network"):
        compute_folding(own, points)
    with pytest.raises(sx.InvalidParameter, match="lines"):
        compute_folding(run, points, lines=1)
