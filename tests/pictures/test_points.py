"""The picture of the points."""

import io

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

import separatrix as sx
from separatrix.pictures._animation import _Film
from separatrix.pictures.style import style_of


def dots(figure: Figure) -> PathCollection:
    return next(part for part in figure.axes[0].collections if isinstance(part, PathCollection))


def test_it_is_titled_as_in_the_lesson(points: sx.Points) -> None:
    ax = sx.pictures.points(points).axes[0]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Generated Data", "Feature 1", "Feature 2")


def test_every_point_is_drawn_where_it_is_in_the_colour_of_its_class(points: sx.Points) -> None:
    drawn = dots(sx.pictures.points(points))
    np.testing.assert_allclose(drawn.get_offsets(), points.x)
    palette = style_of("coolwarm", "light").palette
    expected = np.array([palette.of_class(label) for label in points.y])
    np.testing.assert_allclose(drawn.get_facecolors()[:, :3], expected)


def test_the_legend_names_both_classes_and_hides_no_point(points: sx.Points) -> None:
    figure = sx.pictures.points(points)
    figure.canvas.draw()
    ax = figure.axes[0]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["0", "1", "true border"]
    assert legend.get_window_extent().x0 >= ax.bbox.x1


def test_more_points_are_smaller_and_fainter() -> None:
    sizes = [dots(sx.pictures.points(sx.circle(n=n, seed=0))).get_sizes()[0] for n in (100, 1_000, 10_000)]
    assert sizes[0] > sizes[1] > sizes[2] >= 0.4


def test_very_many_points_are_pixels_in_a_vector_file(many: sx.Points, points: sx.Points) -> None:
    assert not dots(sx.pictures.points(points)).get_rasterized()
    figure = sx.pictures.points(many)
    assert dots(figure).get_rasterized()
    assert len(dots(figure).get_offsets()) == 100_000
    out = io.BytesIO()
    figure.savefig(out, format="svg")
    assert len(out.getvalue()) < 500_000


def test_points_outside_the_plane_are_refused() -> None:
    with pytest.raises(sx.InvalidData, match="2 inputs, got 1"):
        sx.pictures.points(sx.Points(np.zeros((2, 1)), np.array([0, 1])))


def test_the_true_border_is_a_circle_on_axes_of_one_scale(points: sx.Points, run: sx.Run) -> None:
    for figure in (
        sx.pictures.points(points),
        sx.pictures.boundary(run, points),
        sx.pictures.boundary(run, points, kind="probability"),
        sx.pictures.exact_map(run, points),
        _Film(run, points, style_of("coolwarm", "light")).figure,
    ):
        figure.canvas.draw()
        (circle,) = figure.axes[0].patches
        box = circle.get_window_extent()
        assert box.width == pytest.approx(box.height, rel=1e-6)
        corners = figure.axes[0].transData.transform([(-1, -1), (1, 1)])
        assert np.allclose([box.min, box.max], corners, atol=1.5)


def test_points_of_ones_own_have_no_true_border() -> None:
    figure = sx.pictures.points(sx.moons(seed=0))
    assert not figure.axes[0].patches
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == 2


def test_ranges_of_different_units_keep_scales_of_their_own() -> None:
    x = np.column_stack([np.linspace(20, 80, 50), np.linspace(1e4, 9e4, 50)])
    assert sx.pictures.points(sx.Points(x, np.arange(50) % 2)).axes[0].get_aspect() == "auto"
