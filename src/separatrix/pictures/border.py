"""The decision boundary: as the lesson draws it, or with probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from separatrix.boundary import Boundary, Predictor, fine_grid, grid, on_grid
from separatrix.constraints import Choice, check
from separatrix.pictures.scatter import draw_points
from separatrix.pictures.style import Style, dress, figure_and_axes, style_of
from separatrix.points import Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage


def boundary(
    predictor: Predictor,
    points: Points,
    *,
    kind: str = "lesson",
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Where the decision falls.

    Args:
        predictor: a `Run`, or anything with `predict_proba(x)` -> (n, 2).
        points: x (n, 2), y (n,), drawn on top.
        kind: "lesson": filled contours at 0, 0.5, 1 on the lesson's grid, `alpha=0.7`, points with black edges;
            "probability": a finer grid, continuous probabilities with a colour bar and the line at one half.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=10), points)
        >>> sx.pictures.boundary(run, points).axes[0].get_title()
        'Decision Boundary'
    """
    check("boundary", {"kind": kind}, {"kind": Choice(("lesson", "probability"))})
    style = style_of(palette, theme)
    found = on_grid(predictor, grid(points) if kind == "lesson" else fine_grid(points))
    figure, ax = figure_and_axes(ax, style, (6.2 if kind == "lesson" else 7, 5))
    if kind == "lesson":
        ax.contourf(found.x1, found.x2, found.probability, levels=[0, 0.5, 1], cmap=style.palette.colormap, alpha=0.7)
    else:
        _draw_probabilities(figure, ax, found, style)
    draw_points(ax, points, style, edges=True, alpha=1.0)
    ax.set(title="Decision Boundary", xlabel="Feature 1", ylabel="Feature 2")
    dress(ax, style)
    return figure


def _draw_probabilities(figure: Figure, ax: Axes, found: Boundary, style: Style) -> None:
    image = draw_plane(ax, found, style)
    if found.probability.min() < 0.5 < found.probability.max():
        ax.contour(found.x1, found.x2, found.probability, levels=[0.5], colors=style.theme.ink, linewidths=1.3)
    bar = figure.colorbar(image, ax=ax)
    bar.set_label("probability of class 1", color=style.theme.ink)
    bar.ax.tick_params(colors=style.theme.ink)


def draw_plane(ax: Axes, found: Boundary, style: Style, alpha: float = 0.85) -> AxesImage:
    """Probabilities as one image: quicker than contours, and small in vector files."""
    extent = (found.x1[0, 0], found.x1[-1, 0], found.x2[0, 0], found.x2[0, -1])
    return ax.imshow(
        found.probability.T, origin="lower", extent=tuple(float(edge) for edge in extent), aspect="auto",
        cmap=style.palette.colormap, vmin=0, vmax=1, alpha=alpha, interpolation="bilinear",
    )  # fmt: skip  # one call
