"""The decision boundary, as the lesson draws it or with probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.points import Points
from separatrix.geometry.boundary import Boundary, Predictor, fine_grid, grid, on_grid
from separatrix.pictures._plane import draw_true_border, name_true_border, plane_size, scale_equally
from separatrix.pictures._points import draw_points
from separatrix.pictures.style import DENSE, SIZES, Style, dress, figure_and_axes, style_of
from separatrix.support.constraints import Choice, check

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["boundary"]


def boundary(
    predictor: Predictor,
    points: Points,
    *,
    kind: str = "lesson",
    step: float = 0.1,
    margin: float = 1.0,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The regions that a classifier assigns to the two classes, with the points on top.

    Both axes have one scale, unless their ranges differ more than threefold. Where the points are those of `circle`, the
    dashed line is their true border, the unit circle.

    Args:
        predictor: a `Run`, or any object with `predict_proba(x)` -> (n, 2).
        points: x (n, 2), y (n,).
        kind: "lesson" for filled contours at 0, 0.5 and 1 on the lesson's grid with `alpha=0.7`; "probability" for
            continuous probabilities on a finer grid with a colour bar and the line at one half.
        step: of the lesson's grid; it grows for a range of more than 500 steps (`separatrix.geometry.boundary.grid`).
        margin: distance beyond the range of the data on each side; at least 2 % of a range above 50, unless it is 0.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns, or `predict_proba` doesn't return two.
        InvalidParameter: an unknown kind, palette or theme, or a step or a margin out of range.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=10), points)
        >>> sx.pictures.boundary(run, points).axes[0].get_title()
        'Decision Boundary'
    """
    check("boundary", {"kind": kind}, {"kind": Choice(("lesson", "probability"))})
    style = style_of(palette, theme)
    nodes = grid(points, margin, step) if kind == "lesson" else fine_grid(points, margin)
    plane = on_grid(predictor, nodes)
    span = np.array([np.ptp(plane.x1), np.ptp(plane.x2)], np.float64)
    size = plane_size(span, 0.8, (6.2, 5)) if kind == "lesson" else plane_size(span, 1.8, (7, 5))
    figure, ax = figure_and_axes(ax, style, size)
    if kind == "lesson":
        # The tutorial's own call, with its levels and its opacity.
        ax.contourf(plane.x1, plane.x2, plane.probability, levels=[0, 0.5, 1], cmap=style.palette.colormap, alpha=0.7)
    else:
        _draw_bar(figure, ax, draw_plane(ax, plane, style, alpha=0.7), style)
    draw_points(ax, points, style, edges=True, alpha=1.0)
    if kind == "probability" or len(points) >= DENSE:  # that many points hide where the colour changes
        _draw_line(ax, plane, style)
    draw_true_border(ax, points, style)
    scale_equally(ax)
    name_true_border(ax, style)
    ax.set(title="Decision Boundary", xlabel="Feature 1", ylabel="Feature 2")
    dress(ax, style)
    return figure


def _draw_line(ax: Axes, plane: Boundary, style: Style) -> None:
    """The line of probability one half, above everything else."""
    # Matplotlib warns of a level that doesn't occur.
    if plane.probability.min() < 0.5 < plane.probability.max():
        ax.contour(
            plane.x1, plane.x2, plane.probability, levels=[0.5], colors=style.theme.mark, linewidths=1.4, zorder=4
        )


def _draw_bar(figure: Figure, ax: Axes, image: AxesImage, style: Style) -> None:
    bar = figure.colorbar(image, ax=ax)
    bar.set_label("probability of class 1", color=style.theme.ink, fontsize=SIZES.label)
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)
    bar.ax.set_facecolor(style.theme.paper)  # its colours are as translucent as the plane's


def draw_plane(ax: Axes, plane: Boundary, style: Style, alpha: float = 0.85) -> AxesImage:
    """Draw probabilities as one image, which is quicker than contours and small in vector files.

    Args:
        ax: the axes.
        plane: probabilities on a grid.
        style: has the colormap.
        alpha: opacity.
    """
    # A node is the middle of its pixel, so the image is half a step larger than the grid on each side.
    low, high = (np.array([plane.x1[end, end], plane.x2[end, end]], np.float64) for end in (0, -1))
    half = (high - low) / (np.array(plane.x1.shape) - 1) / 2
    (left, bottom), (right, top) = (low - half).tolist(), (high + half).tolist()
    image = ax.imshow(
        plane.probability.T,
        origin="lower",
        extent=(left, right, bottom, top),
        aspect="auto",
        cmap=style.palette.colormap,
        vmin=0,
        vmax=1,
        alpha=alpha,
        interpolation="bilinear",
    )
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    return image
