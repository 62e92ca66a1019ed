"""The picture of the decision boundary."""

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet

import separatrix as sx
from separatrix.geometry.boundary import compute_boundary


def contours(figure: Any) -> list[ContourSet]:
    return [part for part in figure.axes[0].collections if isinstance(part, ContourSet)]


def test_the_default_is_the_lessons(run: sx.Run, points: sx.Points) -> None:
    figure = sx.pictures.boundary(run, points)
    ax = figure.axes[0]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Decision Boundary", "Feature 1", "Feature 2")
    (filled,) = contours(figure)
    assert filled.filled
    assert list(filled.levels) == [0, 0.5, 1]
    assert filled.get_alpha() == 0.7
    assert filled.get_cmap().name == "coolwarm"
    dots = next(part for part in ax.collections if isinstance(part, PathCollection))
    assert to_hex(dots.get_edgecolors()[0]) == "#000000"
    np.testing.assert_allclose(dots.get_offsets(), points.x)


def test_the_frame_is_the_lessons_grid(run: sx.Run, points: sx.Points) -> None:
    found = compute_boundary(run, points)
    ax = sx.pictures.boundary(run, points).axes[0]
    np.testing.assert_allclose(ax.get_xlim(), (found.x1.min(), found.x1.max()), rtol=1e-5)
    np.testing.assert_allclose(ax.get_ylim(), (found.x2.min(), found.x2.max()), rtol=1e-5)


def test_probabilities_are_an_image_with_a_scale_and_the_line_at_one_half(run: sx.Run, points: sx.Points) -> None:
    figure = sx.pictures.boundary(run, points, kind="probability")
    ax, bar = figure.axes
    (image,) = ax.images
    assert image.get_clim() == (0, 1)
    assert np.shape(image.get_array()) == (300, 300)
    assert bar.get_ylabel() == "probability of class 1"
    (line,) = contours(figure)
    assert list(line.levels) == [0.5]
    border = np.concatenate([path.vertices for path in line.get_paths()])
    np.testing.assert_allclose(run.predict_proba(border)[:, 1], 0.5, atol=0.15)


def test_both_kinds_show_the_same_part_of_the_plane(run: sx.Run, points: sx.Points) -> None:
    lesson, fine = (sx.pictures.boundary(run, points, kind=kind).axes[0] for kind in ("lesson", "probability"))
    np.testing.assert_allclose(lesson.get_xlim(), fine.get_xlim(), atol=0.11)


def test_very_many_points_do_not_hide_the_border(run: sx.Run, many: sx.Points) -> None:
    figure = sx.pictures.boundary(run, many)
    line = contours(figure)[-1]
    dots = next(part for part in figure.axes[0].collections if isinstance(part, PathCollection))
    assert dots.get_rasterized()
    assert line.get_zorder() > dots.get_zorder()


def test_anything_that_gives_probabilities_will_do(points: sx.Points) -> None:
    class Never:
        def predict_proba(self, x: Any) -> np.ndarray:
            return np.tile([1.0, 0.0], (len(x), 1))

    for kind in ("lesson", "probability"):
        sx.pictures.boundary(Never(), points, kind=kind).canvas.draw()


def test_a_module_of_the_users_own_has_a_boundary_too(own: sx.Run, points: sx.Points) -> None:
    sx.pictures.boundary(own, points).canvas.draw()


def test_what_cannot_be_drawn_is_refused(run: sx.Run, points: sx.Points) -> None:
    with pytest.raises(sx.InvalidData, match="2 inputs, got 3"):
        sx.pictures.boundary(run, sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    with pytest.raises(sx.InvalidParameter, match="kind must be one of lesson, probability"):
        sx.pictures.boundary(run, points, kind="probable")
    with pytest.raises(sx.InvalidParameter, match="step"):
        sx.pictures.boundary(run, points, step=-1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_the_bar_are_those_of_the_plane_on_the_same_ground(
    run: sx.Run, points: sx.Points, theme: str
) -> None:
    ax, bar = sx.pictures.boundary(run, points, kind="probability", theme=theme).axes
    assert ax.images[0].get_alpha() < 1
    assert bar.get_facecolor() == ax.get_facecolor()
