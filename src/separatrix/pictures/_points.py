"""Points in the plane, coloured by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.points import Points
from separatrix.geometry.boundary import refuse_not_planar
from separatrix.pictures._plane import draw_true_border, plane_size, scale_equally, true_border_handles
from separatrix.pictures.style import DENSE, SIZES, Style, dress, figure_and_axes, style_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

__all__ = ["points"]

FEW = 300  # up to this number, points have their full size and opacity


def points(points: Points, *, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light") -> Figure:
    """The points as the lesson shows them: the colour is the label, and the title "Generated Data".

    Both axes have one scale, unless their ranges differ more than threefold. Where the points are those of `circle`, the
    dashed line is their true border, the unit circle.

    More points are smaller and fainter; from `DENSE` on they are drawn as pixels, also in a vector file.

    Args:
        points: x (n, 2), y (n,).
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> figure = sx.pictures.points(sx.circle(seed=0))
        >>> figure.axes[0].get_title()
        'Generated Data'
    """
    refuse_not_planar(points)
    style = style_of(palette, theme)
    size = plane_size(1.1 * np.ptp(points.x, axis=0).astype(np.float64), 2.25, (6.4, 5))
    figure, ax = figure_and_axes(ax, style, size)
    draw_points(ax, points, style)
    draw_true_border(ax, points, style)
    scale_equally(ax)
    ax.set(title="Generated Data", xlabel="Feature 1", ylabel="Feature 2")
    dress(ax, style)
    _draw_legend(ax, style)
    return figure


def draw_points(
    ax: Axes, points: Points, style: Style, *, edges: bool = False, size: float = 28.0, alpha: float = 0.9
) -> PathCollection:
    """Draw points on axes.

    Args:
        ax: the axes.
        points: x (n, 2), y (n,).
        style: has the colours of the classes.
        edges: whether markers have edges, for points on a coloured plane.
        size: area of a marker in square points, if there are few.
        alpha: opacity of a marker, if there are few.
    """
    # The exponents were chosen by eye: the ink of all markers together grows with their number, but more slowly.
    strength, dense = min(1.0, FEW / len(points)), len(points) >= DENSE
    area = max(0.4, size * strength**0.6)
    return ax.scatter(
        points.x[:, 0],
        points.x[:, 1],
        c=np.array([style.palette.of_class(0), style.palette.of_class(1)])[points.y],
        s=area,
        alpha=alpha * strength**0.2,
        edgecolors=style.theme.edge if edges and not dense else "none",
        linewidths=0.7 * (area / 28) ** 0.5 if edges and not dense else 0.0,
        # As vectors, thousands of markers make a file that is huge and slow to open.
        rasterized=dense,
        zorder=3,
    )


def _draw_legend(ax: Axes, style: Style) -> None:
    """The legend beside the axes, where it hides no point."""
    # Its markers are drawn apart from the points, which may be too small and faint to show their colour.
    theme = style.theme
    handles: list[Artist] = [
        ax.scatter([], [], color=style.palette.of_class(label), s=28, label=str(label)) for label in (0, 1)
    ]
    handles += true_border_handles(ax)
    legend = ax.legend(
        handles=handles,
        title="label",
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        labelcolor=theme.ink,
        fontsize=SIZES.small,
    )
    legend.get_title().set(color=theme.ink, fontsize=SIZES.small)
