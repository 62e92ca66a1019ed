"""The picture of the exact map."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection

import separatrix as sx
from separatrix.geometry.regions import compute_map
from separatrix.pictures._exact_map import MOST_LISTED, _places


def listing(figure: object) -> str:
    return str(figure.axes[1].texts[0].get_text())  # type: ignore[attr-defined]


def found_in(figure: object, run: sx.Run) -> object:
    panel = figure.axes[0]  # type: ignore[attr-defined]
    return compute_map(run.network, run.parameters, (*panel.get_xlim(), *panel.get_ylim()))


def test_it_says_how_many_regions_and_vertices_there_are(run: sx.Run, points: sx.Points) -> None:
    figure = sx.pictures.exact_map(run, points)
    found = found_in(figure, run)
    bends = sum(bool(corner.units) for corner in found.corners)  # type: ignore[attr-defined]
    title = figure.axes[0].get_title()
    assert title == f"2-4-4-1: {len(found.regions):,} flat regions, a border of {bends} vertices"  # type: ignore[attr-defined]
    assert bends > 3


def test_every_vertex_is_listed_with_where_it_lies(run: sx.Run, points: sx.Points) -> None:
    figure = sx.pictures.exact_map(run, points)
    rows = listing(figure).splitlines()[1:]
    found = found_in(figure, run)
    assert len(rows) == len(found.corners)  # type: ignore[attr-defined]
    for number, (row, corner) in enumerate(zip(rows, found.corners, strict=True), start=1):  # type: ignore[attr-defined]
        cells = row.split()
        assert int(cells[0]) == number
        np.testing.assert_allclose([float(cells[1]), float(cells[2])], [corner.x1, corner.x2], atol=6e-4)
        assert cells[3].rstrip("…") == (corner.units[0] if corner.units else "edge")


def test_regions_fill_the_picture_in_the_colours_of_their_sides(run: sx.Run, points: sx.Points) -> None:
    panel = sx.pictures.exact_map(run, points).axes[0]
    (parts,) = [part for part in panel.collections if type(part) is PolyCollection]
    middles = np.array([path.vertices[:-1].mean(axis=0) for path in parts.get_paths()])
    paint = parts.get_facecolors()
    np.testing.assert_array_equal(run.logit(middles) > 0, paint[:, 0] > paint[:, 2])  # red, not blue


def test_every_layer_has_its_colour_and_line_style_and_is_named(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-4-4-4-1"), sx.Recipe(epochs=2), points, engine="torch")
    figure = sx.pictures.exact_map(run, points)
    lines = [part for part in figure.axes[0].collections if type(part) is LineCollection]
    assert len({tuple(part.get_colors()[0]) for part in lines}) == len(lines) >= 2
    assert len({str(part.get_linestyles()) for part in lines}) == len(lines)
    named = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert named[0] == "fc1 folds (z = 0)"
    assert named[-2:] == ["border (logit = 0)", "true border"]


def test_a_straight_border_and_none_are_called_so(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-1"), sx.Recipe(epochs=50), points, engine="torch")
    figure = sx.pictures.exact_map(run, points)
    assert figure.axes[0].get_title() == "2-1: 1 flat region, a straight border"
    assert listing(figure).count("edge") == 2
    none = sx.train(sx.Network.parse("2-3-1", init="zeros"), sx.Recipe(epochs=1, lr=0.0), points, engine="torch")
    figure = sx.pictures.exact_map(none, points)
    assert figure.axes[0].get_title().endswith("no border")
    assert "no border here" in listing(figure)


def test_numbers_lie_apart_from_each_other_and_from_vertices_inside_the_frame() -> None:
    corners = np.random.default_rng(0).uniform(0, 1, (30, 2))
    box = (0.0, 1.0, 0.0, 1.0)
    offsets = _places(corners, box)
    written = [corner * 390 + away for corner, away in zip(corners, offsets, strict=True) if away is not None]
    assert len(written) > 20
    for k, place in enumerate(written):
        assert ((place > 0) & (place < 390)).all()
        for other in [*written[:k], *(corners * 390)]:
            assert (np.abs(place - other) > (9, 7)).any()


def test_very_many_vertices_are_listed_up_to_a_number(points: sx.Points) -> None:
    network = sx.Network.parse("2-60-1")
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    weight = np.column_stack((np.cos(angle), np.sin(angle)))
    initial = np.concatenate([weight.ravel(), np.zeros(60), -np.ones(60) * rng.uniform(0.9, 1, 60), [25]])
    run = sx.train(network, sx.Recipe(epochs=1, lr=0.0), points, engine="torch", initial=initial)
    text = listing(sx.pictures.exact_map(run, points))
    assert len(text.splitlines()) == MOST_LISTED + 2
    assert text.endswith("more")


def test_points_on_a_line_have_a_map_too(run: sx.Run) -> None:
    line = sx.Points(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([0, 1]))
    panel = sx.pictures.exact_map(run, line, margin=0).axes[0]
    assert panel.get_xlim() == (0, 2)
    assert panel.get_ylim() == (0.5, 1.5)


def test_very_many_points_are_drawn(run: sx.Run, many: sx.Points) -> None:
    sx.pictures.exact_map(run, many).canvas.draw()


def test_what_has_no_exact_map_is_refused(run: sx.Run, own: sx.Run, wide: sx.Run, points: sx.Points) -> None:
    with pytest.raises(sx.InvalidParameter, match="not sigmoid"):
        sx.pictures.exact_map(wide, points)
    with pytest.raises(sx.InvalidData, match="needs a Network"):
        sx.pictures.exact_map(own, points)
    with pytest.raises(sx.InvalidData, match="2 inputs, got 3"):
        sx.pictures.exact_map(run, sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    with pytest.raises(sx.InvalidParameter, match="margin"):
        sx.pictures.exact_map(run, points, margin=-1)
