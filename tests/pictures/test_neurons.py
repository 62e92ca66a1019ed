"""The picture of every neuron's response."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection, QuadMesh

import separatrix as sx
from separatrix.geometry.boundary import fine_grid
from separatrix.pictures._neurons import MOST_PANELS, MOST_POINTS, compute_responses


@pytest.fixture(scope="module")
def nodes(points: sx.Points) -> tuple[np.ndarray, np.ndarray]:
    return fine_grid(points, nodes=20)


def test_the_record_is_a_list_a_layer_with_the_output_last(
    run: sx.Run, points: sx.Points, nodes: tuple[np.ndarray, np.ndarray]
) -> None:
    rows = compute_responses(run, nodes, points)
    assert [[response.name for response in row] for row in rows] == [
        [f"fc1[{k}]" for k in range(4)],
        [f"fc2[{k}]" for k in range(4)],
        ["output"],
    ]


def test_a_response_is_what_the_formula_gives(
    run: sx.Run, points: sx.Points, nodes: tuple[np.ndarray, np.ndarray]
) -> None:
    assert isinstance(run.network, sx.Network)
    rows = compute_responses(run, nodes, points)
    x1, x2 = nodes
    weight, bias = run.network.split(run.parameters)[0]
    z = weight[2, 0] * x1 + weight[2, 1] * x2 + bias[2]
    np.testing.assert_allclose(rows[0][2].z, z, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(rows[0][2].a, np.maximum(z, 0), rtol=1e-4, atol=1e-4)
    flat = np.column_stack((x1.ravel(), x2.ravel()))
    np.testing.assert_allclose(rows[-1][0].a.ravel(), run.predict_proba(flat)[:, 1], rtol=1e-5)


def test_the_output_of_two_units_is_the_probability_of_class_1(
    wide: sx.Run, points: sx.Points, nodes: tuple[np.ndarray, np.ndarray]
) -> None:
    output = compute_responses(wide, nodes, points)[-1][0]
    flat = np.column_stack([part.ravel() for part in nodes])
    np.testing.assert_allclose(output.a.ravel(), wide.predict_proba(flat)[:, 1], rtol=1e-5)


def test_neurons_of_a_layer_share_a_scale_around_the_fold(
    wide: sx.Run, points: sx.Points, nodes: tuple[np.ndarray, np.ndarray]
) -> None:
    sigmoid, relu, output = compute_responses(wide, nodes, points)
    for row in (sigmoid, relu):
        assert len({(response.low, response.high) for response in row}) == 1
    assert (sigmoid[0].low + sigmoid[0].high) / 2 == pytest.approx(0.5)
    assert relu[0].low == -relu[0].high
    assert (output[0].low, output[0].high) == (0, 1)


def test_every_neuron_has_a_panel_and_the_first_of_a_wide_layer(run: sx.Run, wide: sx.Run, points: sx.Points) -> None:
    assert len(sx.pictures.neurons(run, points).axes[0].images) == 4 + 4 + 1
    ax = sx.pictures.neurons(wide, points).axes[0]
    assert len(ax.images) == MOST_PANELS + 3 + 1
    assert f"the first {MOST_PANELS} neurons" in ax.get_title()


def test_panels_do_not_overlap(wide: sx.Run, points: sx.Points) -> None:
    boxes = [image.get_extent() for image in sx.pictures.neurons(wide, points).axes[0].images]
    for k, (left, right, low, high) in enumerate(boxes):
        for a, b, c, d in boxes[k + 1 :]:
            assert right < a or b < left or high < c or d < low


def test_the_zero_line_lies_where_the_pre_activation_is_0(points: sx.Points) -> None:
    network = sx.Network.parse("2-1")
    run = sx.train(network, sx.Recipe(epochs=1, lr=0.0), points, engine="torch", initial=np.array([1.0, 0.0, -0.5]))
    ax = sx.pictures.neurons(run, points).axes[0]
    (image,) = ax.images
    left, right, *_ = image.get_extent()
    # The panel is as wide as the longer range, around the middle of this one.
    middle, half = (points.x[:, 0].min() + points.x[:, 0].max()) / 2, np.ptp(points.x, axis=0).max() / 2 + 0.5
    low, high = middle - half, middle + half
    (line,) = next(part for part in ax.collections if isinstance(part, LineCollection)).get_segments()
    np.testing.assert_allclose(line[:, 0], left + (right - left) * (0.5 - low) / (high - low), atol=0.01)


def test_a_neuron_that_gives_nothing_is_hatched_and_called_dead(points: sx.Points) -> None:
    network = sx.Network.parse("2-2-1")
    initial = np.array([1.0, 0, 1.0, 0, 0, -100.0, 1.0, 1.0, 0.0])  # fc1[1] has the bias -100
    run = sx.train(network, sx.Recipe(epochs=1, lr=0.0), points, engine="torch", initial=initial)
    ax = sx.pictures.neurons(run, points).axes[0]
    words = [text.get_text() for text in ax.texts]
    assert "fc1[0]" in words
    assert "fc1[1] (dead)" in words
    (cross,) = [patch for patch in ax.patches if patch.get_hatch()]
    left, right, low, high = ax.images[1].get_extent()
    assert cross.get_bbox().extents == pytest.approx([left, low, right, high])
    assert "output" in words


def test_points_are_in_every_panel_and_never_too_many(run: sx.Run, points: sx.Points, many: sx.Points) -> None:
    for shown, each in ((points, 100), (many, MOST_POINTS)):
        ax = sx.pictures.neurons(run, shown).axes[0]
        dots = next(part for part in ax.collections if isinstance(part, PathCollection))
        assert len(dots.get_offsets()) == 9 * each


def test_a_run_that_diverged_can_be_drawn(points: sx.Points) -> None:
    recipe = sx.Recipe(epochs=1, lr=1e30, loss="mse", log_every=1)
    run = sx.train(sx.Network.parse("2-8-8-1"), recipe, points, engine="torch")
    sx.pictures.neurons(run, points).canvas.draw()


def test_what_has_no_neurons_in_the_plane_is_refused(run: sx.Run, own: sx.Run, points: sx.Points) -> None:
    with pytest.raises(sx.InvalidData, match="need a Network"):
        sx.pictures.neurons(own, points)
    with pytest.raises(sx.InvalidData, match="2 inputs, got 3"):
        sx.pictures.neurons(run, sx.Points(np.zeros((2, 3)), np.array([0, 1])))


def test_every_layer_has_a_bar_with_the_ends_of_its_colours(run: sx.Run, points: sx.Points) -> None:
    ax = sx.pictures.neurons(run, points).axes[0]
    bars = [part for part in ax.collections if isinstance(part, QuadMesh)]
    assert len(bars) == 3
    for bar, image in zip(bars, (ax.images[3], ax.images[7], ax.images[8]), strict=True):
        assert bar.get_clim() == image.get_clim()
        assert bar.get_datalim(ax.transData).x0 > image.get_extent()[1]
    words = [text.get_text() for text in ax.texts]
    assert words[-2:] == ["0", "1"]  # of the output


def test_the_true_circle_is_one_in_every_panel(run: sx.Run, points: sx.Points) -> None:
    ax = sx.pictures.neurons(run, points).axes[0]
    (dashes,) = [part for part in ax.collections if isinstance(part, LineCollection) and part.get_alpha() == 0.45]
    assert len(dashes.get_segments()) == 9
    for circle in dashes.get_segments():
        width, height = np.nanmax(circle, axis=0) - np.nanmin(circle, axis=0)
        assert width == pytest.approx(height, rel=1e-6)
