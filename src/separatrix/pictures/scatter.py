"""The points, coloured by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.collections import PathCollection

from separatrix.boundary import refuse_not_planar
from separatrix.pictures.style import DENSE, Style, dress, figure_and_axes, style_of
from separatrix.points import Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def points(
    points: Points, *, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light"
) -> Figure:
    """The points as the lesson shows them: colour = label, titled "Generated Data".

    Args:
        points: x (n, 2), y (n,).
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns.

    Examples:
        >>> import separatrix as sx
        >>> figure = sx.pictures.points(sx.circle(seed=0))
        >>> figure.axes[0].get_title()
        'Generated Data'
    """
    refuse_not_planar(points)
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (6, 5))
    draw_points(ax, points, style)
    ax.set(title="Generated Data", xlabel="Feature 1", ylabel="Feature 2")
    legend = ax.legend(
        *_handles(ax, style), title="label", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=True, facecolor=style.theme.paper,
        edgecolor=style.theme.grid, labelcolor=style.theme.ink, markerscale=1.2,
    )  # fmt: skip  # one call
    legend.get_title().set_color(style.theme.ink)
    dress(ax, style)
    return figure


def draw_points(
    ax: Axes, points: Points, style: Style, *, edges: bool = False, size: float = 28.0, alpha: float = 0.9
) -> PathCollection:
    """Put points on axes; thousands of them small, faint and as pixels, so that vector files stay small."""
    dense = len(points) >= DENSE
    if dense:
        size, alpha = max(0.4, size * DENSE / len(points) / 4), max(0.25, alpha * (DENSE / len(points)) ** 0.35)
    return ax.scatter(
        points.x[:, 0],
        points.x[:, 1],
        c=points.y,
        cmap=style.palette.colormap,
        vmin=0,
        vmax=1,
        s=size,
        alpha=alpha,
        edgecolors="none" if dense or not edges else "black",
        linewidths=0.0 if dense or not edges else 0.7,
        rasterized=dense,
        zorder=3,
    )


def _handles(ax: Axes, style: Style) -> tuple[list[PathCollection], list[str]]:
    """Legend entries that don't depend on the size and faintness of the points."""
    made = [ax.scatter([], [], color=style.palette.of_class(label), s=28) for label in (0, 1)]
    return made, ["0", "1"]
