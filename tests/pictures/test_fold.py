"""The picture of the fold."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Path3DCollection, Poly3DCollection

import separatrix as sx
from separatrix.geometry.folding import compute_folding
from separatrix.pictures._fold import MOST_POINTS, PER_ROW


def trained(widths: str, points: sx.Points, activation: str = "relu", **settings: object) -> sx.Run:
    recipe = sx.Recipe(epochs=3, **settings)  # type: ignore[arg-type]
    return sx.train(sx.Network.parse(widths, activation), recipe, points, engine="torch")


def drawn_points(panel: object, kind: type) -> int:
    return sum(len(part.get_offsets()) for part in panel.collections if type(part) is kind)  # type: ignore[attr-defined]


def test_a_panel_for_every_space_and_one_for_the_logit(run: sx.Run, points: sx.Points) -> None:
    titles = [panel.get_title() for panel in sx.pictures.fold(run, points).axes]
    assert len(titles) == 4
    assert titles[0] == "input: 2 dimensions"
    assert titles[1].startswith("fc1: 4 dimensions\nprojected: ")
    assert titles[2].startswith("fc2: 4 dimensions, and the cut\nprojected: ")
    assert titles[3] == "output: the logit"


@pytest.mark.parametrize(("widths", "kinds"), [
    ("2-3-1", ["rectilinear", "3d", "rectilinear"]),
    ("2-2-1", ["rectilinear", "rectilinear", "rectilinear"]),
    ("2-1-1", ["rectilinear", "rectilinear", "rectilinear"]),
    ("2-1", ["rectilinear", "rectilinear"]),
    ("2-5-3-2", ["rectilinear", "3d", "3d", "rectilinear"]),
])  # fmt: skip  # a table
def test_three_units_are_in_space_and_fewer_in_the_plane(widths: str, kinds: list[str], points: sx.Points) -> None:
    run = trained(widths, points, loss="cross_entropy" if widths.endswith("2") else "bce")
    figure = sx.pictures.fold(run, points)
    assert [panel.name for panel in figure.axes] == kinds
    assert "and the cut" in figure.axes[-2].get_title()
    figure.canvas.draw()


def test_the_cut_is_a_plane_between_what_lies_above_and_below(run: sx.Run, points: sx.Points) -> None:
    panel = sx.pictures.fold(run, points).axes[2]
    (sheet,) = [part for part in panel.collections if part.get_label() == "cut"]
    behind, before = [part.get_zorder() for part in panel.collections if type(part) is Path3DCollection]
    assert behind < sheet.get_zorder() < before


def test_grid_lines_have_the_colour_of_their_class(run: sx.Run, points: sx.Points) -> None:
    panel = sx.pictures.fold(run, points).axes[0]
    below, above = [part for part in panel.collections if type(part) is LineCollection]
    for part, label in ((below, 0), (above, 1)):
        lines = part.get_segments()
        assert lines
        middles = np.array([np.asarray(line)[:-1].mean(axis=0) for line in lines if len(line) > 3])
        assert ((run.logit(middles) > 0) == bool(label)).mean() > 0.8
    assert not np.array_equal(below.get_colors(), above.get_colors())


def test_what_lies_outside_a_frame_is_said(run: sx.Run, points: sx.Points) -> None:
    panel = sx.pictures.fold(run, points).axes[1]
    shown = drawn_points(panel, Path3DCollection)
    assert any(f"{100 - shown} of 100 points lie outside" in text.get_text() for text in panel.texts)
    assert 80 < shown < 100
    ends = np.array([panel.get_xlim(), panel.get_ylim(), panel.get_zlim()]).T
    for part in panel.collections:
        if type(part) is Line3DCollection:
            for line in part._segments3d:
                assert (line >= ends[0] - 1e-9).all()
                assert (line <= ends[1] + 1e-9).all()


def test_of_very_many_points_some_are_drawn_and_all_are_counted(run: sx.Run, many: sx.Points) -> None:
    figure = sx.pictures.fold(run, many)
    assert drawn_points(figure.axes[0], PathCollection) == MOST_POINTS
    assert any("2,000 of 100,000 points are drawn" in text.get_text() for text in figure.axes[0].texts)
    right = ((compute_folding(run, many).logit > 0) == many.y).mean()
    assert figure.axes[-1].get_xlabel() == f"cut at 0: {right:.1%} on the right side"


def test_a_deep_network_takes_several_rows(points: sx.Points) -> None:
    figure = sx.pictures.fold(trained("2-4-4-4-4-1", points), points)
    assert len(figure.axes) == 6 > PER_ROW
    cells = [panel.get_subplotspec().num1 for panel in figure.axes]
    assert cells == list(range(6))
    assert figure.axes[0].get_subplotspec().get_geometry()[:2] == (2, PER_ROW)


def test_smooth_activations_and_dead_networks_are_drawn_too(points: sx.Points) -> None:
    sx.pictures.fold(trained("2-4-2-1", points, "tanh"), points).canvas.draw()
    for widths in ("2-3-1", "2-5-1", "2-2-1", "2-1"):
        network = sx.Network.parse(widths, init="zeros")
        run = sx.train(network, sx.Recipe(epochs=1, lr=0.0), points, engine="torch")
        sx.pictures.fold(run, points).canvas.draw()


def test_a_module_of_the_users_own_is_refused(own: sx.Run, points: sx.Points) -> None:
    with pytest.raises(sx.InvalidData, match="needs a Network"):
        sx.pictures.fold(own, points)


def test_every_axis_is_named(run: sx.Run, points: sx.Points) -> None:
    panels = sx.pictures.fold(run, points).axes
    assert (panels[0].get_xlabel(), panels[0].get_ylabel()) == ("Feature 1", "Feature 2")
    assert [panels[1].get_xlabel(), panels[1].get_ylabel(), panels[1].get_zlabel()] == [
        "direction 1", "direction 2", "direction 3"
    ]  # fmt: skip  # one list
    assert panels[2].get_zlabel() == "distance from the cut"
    three = sx.pictures.fold(trained("2-3-1", points), points).axes[1]
    assert [three.get_xlabel(), three.get_ylabel(), three.get_zlabel()] == ["unit 0", "unit 1", "unit 2"]


def test_the_sheet_hides_what_is_behind_it(points: sx.Points) -> None:
    """A plane that isn't folded hides nothing; folded along the middle, one half hides points of the other."""
    network = sx.Network.parse("2-3-1")
    hidden = []
    for weights in ([[1, 0], [0, 1], [0, 0]], [[1, 0], [-1, 0], [0, 1]]):
        bias = [9.0, 9.0, 9.0] if not hidden else [0.0, 0.0, 9.0]
        initial = np.array([*np.ravel(weights), *bias, 1, 1, 1, 0], float)
        run = sx.train(network, sx.Recipe(epochs=1, lr=0.0), points, engine="torch", initial=initial)
        panel = sx.pictures.fold(run, points).axes[1]
        dots = [part for part in panel.collections if type(part) is Path3DCollection]
        hidden.append(sum((part.get_facecolors()[:, 3] < 0.5).sum() for part in dots))
        assert any(isinstance(part, Poly3DCollection) and part.get_label() != "cut" for part in panel.collections)
    assert hidden[0] == 0 < hidden[1]
