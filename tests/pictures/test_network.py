"""The diagram of a network."""

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure

import separatrix as sx
from separatrix.pictures._network import MOST_UNITS, compute_diagram
from separatrix.pictures.style import PALETTES


def lines(figure: Figure) -> LineCollection:
    return next(part for part in figure.axes[0].collections if isinstance(part, LineCollection))


def circles(figure: Figure) -> EllipseCollection:
    return next(part for part in figure.axes[0].collections if isinstance(part, EllipseCollection))


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("text", ["2-1", "2-4-4-1", "2-16-16-1", "5-3-2"])
def test_every_unit_is_a_circle_and_every_connection_a_line(text: str) -> None:
    network = sx.Network.parse(text)
    figure = sx.pictures.network(network)
    assert len(circles(figure).get_offsets()) == sum(network.widths)
    assert len(lines(figure).get_paths()) == int(network.is_weight.sum())


def test_layers_are_columns_from_left_to_right() -> None:
    columns = np.asarray(circles(sx.pictures.network(sx.Network.parse("2-4-3-1"))).get_offsets())[:, 0]
    assert columns.tolist() == [0] * 2 + [1] * 4 + [2] * 3 + [3]


def test_layers_and_activations_are_named() -> None:
    drawn = words(sx.pictures.network(sx.Network.parse("2-4-3-2", ("relu", "tanh"))))
    assert [name for name in drawn if name.startswith(("input", "fc"))] == ["input", "fc1", "fc2", "fc3"]
    assert "4 units\nrelu" in drawn
    assert "3 units\ntanh" in drawn
    assert "2 units\nsoftmax" in drawn
    assert "2 values" in drawn


def test_a_wide_layer_loses_its_middle_and_its_label_says_so() -> None:
    network = sx.Network.parse("2-40-1")
    found = compute_diagram(network, network.initialise(0))
    middle = found.columns[1]
    assert middle.width == 40
    assert len(middle.units) < MOST_UNITS
    assert (middle.units[0], middle.units[-1]) == (0, 39)
    figure = sx.pictures.network(network)
    assert "40 units\nrelu\n(15 of them drawn)" in words(figure)
    assert "⋮" in words(figure)
    assert len(lines(figure).get_paths()) == 2 * 15 + 15


def test_the_record_holds_the_weights_and_biases_of_the_units_drawn() -> None:
    network = sx.Network.parse("2-20-3-1")
    parameters = network.initialise(1)
    found = compute_diagram(network, parameters)
    (w1, b1), (w2, _), _ = network.split(parameters)
    kept = found.columns[1].units
    np.testing.assert_array_equal(found.weights[0], w1[kept])
    np.testing.assert_array_equal(found.weights[1], w2[:, kept])
    np.testing.assert_array_equal(found.columns[1].bias, b1[kept])
    assert found.largest == max(np.abs(weight).max() for weight in found.weights)


def test_a_line_ends_at_the_units_that_its_weight_joins() -> None:
    network = sx.Network.parse("2-3-1")
    parameters = np.zeros(network.n_parameters, np.float32)
    parameters[network.layout[0].weight.start + 2 * 2 + 1] = 5  # from x2 to the third unit of fc1
    figure = sx.pictures.network(network, parameters)
    strongest = int(np.argmax(np.asarray(lines(figure).get_array())))
    path = lines(figure).get_paths()[strongest].vertices
    places = np.asarray(circles(figure).get_offsets())
    np.testing.assert_allclose(path, places[[1, 4]])


def test_sign_is_colour_and_size_is_width() -> None:
    network = sx.Network.parse("2-1")
    figure = sx.pictures.network(network, np.array([-1.0, 0.25, 0.0]))
    figure.canvas.draw()
    weak, strong = lines(figure).get_linewidths()
    assert strong > 2 * weak  # the strong ones come last, on top
    colours = np.asarray(lines(figure).get_colors())
    assert colours[1, 2] > colours[1, 0]  # -1 is blue
    assert colours[0, 0] > colours[0, 2]  # 0.25 is reddish
    colormap = PALETTES["coolwarm"].colormap
    np.testing.assert_allclose(colours[1, :3], colormap(0.0)[:3], atol=0.01)


def test_biases_are_written_where_there_is_room(run: sx.Run) -> None:
    assert isinstance(run.network, sx.Network)
    _, bias = run.network.split(run.parameters)[-1]
    drawn = words(sx.pictures.network(run))
    assert f"{bias[0]:.2f}" in drawn
    assert {"x1", "x2"} <= set(drawn)
    large = sx.Network.parse("2-16-1")
    assert "x1" not in words(sx.pictures.network(large, large.initialise(0)))


def test_an_untrained_network_has_no_scale(run: sx.Run) -> None:
    assert len(sx.pictures.network(sx.Network.parse("2-4-1")).axes) == 1
    assert len(sx.pictures.network(run).axes) == 2


def test_a_network_of_zeros_can_be_drawn() -> None:
    network = sx.Network.parse("2-3-1", init="zeros")
    sx.pictures.network(network, network.initialise(0)).canvas.draw()


def test_what_is_no_network_of_one_run_is_refused(own: sx.Run) -> None:
    network = sx.Network.parse("2-3-1")
    with pytest.raises(sx.InvalidData, match="13 parameters"):
        sx.pictures.network(network, np.zeros(12))
    with pytest.raises(sx.InvalidData, match="one run"):
        sx.pictures.network(network, np.zeros((2, 13)))
    with pytest.raises(sx.InvalidData, match="needs a Network"):
        sx.pictures.network(own)
