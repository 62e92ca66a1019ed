"""The exact map: every line a ReLU network folds along, every flat region, every vertex of its border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from separatrix.activations import sigmoid
from separatrix.boundary import refuse_not_planar
from separatrix.pictures.scatter import draw_points
from separatrix.pictures.style import Style, dress, new_figure, style_of
from separatrix.points import Points
from separatrix.regions import ExactMap
from separatrix.regions import exact_map as compute_exact_map
from separatrix.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LISTED = 24  # vertices named in the margin
LINE_STYLES = ("solid", "dashed", "dotted", "dashdot")


def exact_map(
    run: Run, points: Points, *, margin: float = 0.7, palette: str = "coolwarm", theme: str = "light"
) -> Figure:
    """The exact map of a piecewise-linear network over the data's range, its border's vertices numbered and listed.

    Nothing is sampled: regions are polygons, the border is made of straight pieces, and each vertex lies on the fold of the
    units named beside it. That is why the border of a ReLU network is a polygon.

    Args:
        run: a training of a `Network` with two inputs and relu, leaky_relu or identity layers.
        points: x (n, 2), y (n,).
        margin: how far to go beyond the data's range.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: an activation that isn't piecewise linear, or too many regions.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> exact_map(run, points).axes[0].get_xlabel()
        'Feature 1'
    """
    refuse_not_planar(points)
    style = style_of(palette, theme)
    low, high = points.x.min(0).astype(float) - margin, points.x.max(0).astype(float) + margin
    found = compute_exact_map(run, (low[0], high[0], low[1], high[1]))
    figure = new_figure(style, (9.2, 5.6))
    ax, side = figure.subplots(1, 2, width_ratios=(3, 1.15))
    _regions(ax, found, style)
    _folds(ax, found, style)
    draw_points(ax, points, style, size=12, alpha=0.75)
    _border(ax, found, style)
    ax.set(xlabel="Feature 1", ylabel="Feature 2", xlim=found.box[:2], ylim=found.box[2:])
    ax.set_title(f"{run.network}: {len(found.regions):,} flat regions, {len(found.corners)} vertices on the border")
    dress(ax, style)
    _listing(side, found, style)
    return figure


def _regions(ax: Axes, found: ExactMap, style: Style) -> None:
    """Each region in the colour of its probability at the middle, faint."""
    middle = np.array([r.slope @ r.corners.mean(axis=0) + r.offset for r in found.regions])
    paint = style.palette.colormap(sigmoid(middle))
    ax.add_collection(PolyCollection([r.corners for r in found.regions], facecolors=paint, alpha=0.45, linewidths=0))


def _folds(ax: Axes, found: ExactMap, style: Style) -> None:
    """The units' lines: a line style for each layer, fainter where there are many."""
    strength = 0.9 if len(found.folds) < 60 else 0.45
    for layer in sorted({fold.layer for fold in found.folds}):
        ends = [fold.ends for fold in found.folds if fold.layer == layer]
        ax.add_collection(
            LineCollection(ends, colors=style.theme.ink, linewidths=0.8, alpha=strength,
                           linestyles=LINE_STYLES[layer % len(LINE_STYLES)])
        )  # fmt: skip  # one call
        ax.plot([], [], color=style.theme.ink, linewidth=0.8, linestyle=LINE_STYLES[layer % len(LINE_STYLES)],
                label=f"z = 0 in fc{layer + 1}")  # fmt: skip  # one call


def _border(ax: Axes, found: ExactMap, style: Style) -> None:
    for line in found.border:
        ax.plot(*line.T, color=style.theme.ink, linewidth=2.4, zorder=4)
    ax.plot([], [], color=style.theme.ink, linewidth=2.4, label="border: logit = 0")
    centre = np.mean([(c.x1, c.x2) for c in found.corners], axis=0) if found.corners else np.zeros(2)
    written: list[np.ndarray] = []
    room = 0.035 * np.array([found.box[1] - found.box[0], found.box[3] - found.box[2]])
    for number, corner in enumerate(found.corners[:MOST_LISTED], start=1):
        ax.plot(
            corner.x1, corner.x2, "o", color=style.theme.paper, markeredgecolor=style.theme.ink, markersize=5, zorder=5
        )
        place = np.array([corner.x1, corner.x2])
        if any((np.abs(place - other) < room).all() for other in written):
            continue  # its number would lie on another; the list has it
        written.append(place)
        away = 9 * (place - centre) / max(float(np.linalg.norm(place - centre)), 1e-9)
        ax.annotate(str(number), tuple(place), xytext=tuple(away), textcoords="offset points", ha="center",
                    va="center", fontsize=8, color=style.theme.ink, zorder=6, annotation_clip=True)  # fmt: skip
    ax.legend(loc="upper left", fontsize=7, facecolor=style.theme.paper, edgecolor=style.theme.grid,
              labelcolor=style.theme.ink)  # fmt: skip  # one call


def _listing(ax: Axes, found: ExactMap, style: Style) -> None:
    """The vertices as a table in plain text."""
    rows = ["  #      x1      x2  folds"]
    for number, corner in enumerate(found.corners[:MOST_LISTED], start=1):
        where = ", ".join(corner.units[:3]) if corner.units else "edge of the picture"
        rows.append(f"{number:3d} {corner.x1:7.3f} {corner.x2:7.3f}  {where}")
    if len(found.corners) > MOST_LISTED:
        rows.append(f"    and {len(found.corners) - MOST_LISTED} more")
    if not found.corners:
        rows = ["no border here:", "every point gets the same class"]
    ax.text(
        0, 1, "\n".join(rows), va="top", family="monospace", fontsize=7.2, color=style.theme.ink, transform=ax.transAxes
    )
    ax.set_axis_off()
