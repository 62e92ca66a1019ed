"""The exact map of a ReLU network: its folds, its linear regions and the vertices of its decision boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from separatrix.data.points import Points
from separatrix.geometry.boundary import margins, refuse_not_planar
from separatrix.geometry.regions import Box, Corner, ExactMap, compute_map
from separatrix.networks.activations import sigmoid
from separatrix.pictures._plane import (
    draw_true_border,
    of_one_scale,
    plane_size,
    scale_equally,
    settle,
    true_border_handles,
)
from separatrix.pictures._points import draw_points
from separatrix.pictures.style import SIZES, Style, dress, figure_and_cells, leave_out_of_layout, style_of
from separatrix.support.constraints import Real, check
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

__all__ = ["exact_map"]

MOST_LISTED = 40  # vertices numbered in the map and listed beside it
# Layers differ in their line style as well as in colour, for readers with any colour vision.
LINE_STYLES = ("solid", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1.5, 1.5)))
FEW_FOLDS = 60  # up to this number they are drawn at full strength
LISTING = 1.9  # inches of the list beside the map
BESIDE = LISTING + 1.0
SIDE = 340.0  # the approximate length of the map's longer side in points, for the placement of numbers


def exact_map(
    run: Run,
    points: Points,
    *,
    margin: float = 0.7,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The exact map of a piecewise linear network over the range of the data, the vertices of its boundary listed.

    Nothing is sampled: regions are polygons, the boundary consists of straight segments, and each of its vertices lies on
    the fold of the units named beside it, where their pre-activation is 0. On each side of the boundary a region has the
    colour of the probability at its centre.

    Args:
        run: a training of a `Network` with two inputs and relu, leaky_relu or identity layers.
        points: x (n, 2), y (n,).
        margin: distance beyond the range of the data; at least 2 % of a range above 50, unless it is 0.
        ax: axes in whose place to draw; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: an activation that is not piecewise linear, too many regions, or a margin below 0.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> exact_map(run, points).axes[0].get_xlabel()
        'Feature 1'
    """
    refuse_not_planar(points)
    check("exact_map", {"margin": margin}, {"margin": Real(0)})
    style = style_of(palette, theme)
    exact = compute_map(run.network, run.parameters, _box(points, margin))
    span = np.array([exact.box[1] - exact.box[0], exact.box[3] - exact.box[2]])
    size = plane_size(span, BESIDE, (8.6, 5.6))
    width = size[0] - LISTING
    figure, position, cells = figure_and_cells(ax, style, size, (1, 2), width_ratios=(width, LISTING))
    panel, side = (position.add_subplot(cells[k]) for k in range(2))
    _regions(panel, exact, style)
    handles: list[Artist] = [*_folds(panel, exact, style), _border(panel, exact, style)]
    draw_points(panel, points, style, size=14, edges=True, alpha=0.8)
    draw_true_border(panel, points, style)
    handles += true_border_handles(panel)
    _vertices(panel, exact, style)
    panel.set(xlabel="Feature 1", ylabel="Feature 2", xlim=exact.box[:2], ylim=exact.box[2:])
    scale_equally(panel)
    panel.set_title(
        f"{run.network}: {_count(len(exact.regions), 'flat region')}, {_in_words(exact)}", fontsize=SIZES.label
    )
    dress(panel, style)
    leave_out_of_layout(panel)
    _listing(side, exact, handles, style)
    if ax is None:
        settle(figure)
    return figure


def _in_words(exact: ExactMap) -> str:
    bends = sum(bool(corner.units) for corner in exact.corners)
    if bends:
        return f"a border of {_count(bends, 'vertex', 'vertices')}"
    return "a straight border" if exact.border else "no border"


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _box(points: Points, margin: float) -> Box:
    """The range of the data with the margin on each side, (x1 low, x1 high, x2 low, x2 high)."""
    widths = margins(points, margin)
    low, high = points.x.min(0).astype(np.float64) - widths, points.x.max(0).astype(np.float64) + widths
    # A range without length, as of equal points with no margin, is widened by half a unit on each side.
    flat = high - low <= 1e-9 * np.abs(high)
    low, high = low - 0.5 * flat, high + 0.5 * flat
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _regions(panel: Axes, exact: ExactMap, style: Style) -> None:
    """Fill each region, on each side of the boundary, in the faint colour of the probability at its centre."""
    sides = [(region, part) for region in exact.regions for part in region.sides if len(part)]
    middle = np.array([region.slope @ part.mean(axis=0) + region.offset for region, part in sides])
    paint = style.palette.colormap(sigmoid(middle))
    # Polygons of one collection: a wide network has thousands of regions.
    panel.add_collection(
        PolyCollection([part for _, part in sides], facecolors=paint, alpha=0.42, linewidths=0), autolim=False
    )


def _folds(panel: Axes, exact: ExactMap, style: Style) -> list[Line2D]:
    """Draw the folds with a colour and a line style for each layer, and return the entries of the legend."""
    strength, handles = (0.95 if len(exact.folds) < FEW_FOLDS else 0.55), []
    # One collection per layer instead of one line per fold; the legend needs a line of its own for each.
    for layer in sorted({fold.layer for fold in exact.folds}):
        colour = style.palette.layers[layer % len(style.palette.layers)]
        shape = LINE_STYLES[layer % len(LINE_STYLES)]
        ends = [fold.ends for fold in exact.folds if fold.layer == layer]
        lines = LineCollection(ends, colors=[colour], linewidths=1.0, alpha=strength, linestyles=[shape], zorder=2)
        panel.add_collection(lines, autolim=False)
        handles += panel.plot(
            [], [], color=colour, linewidth=1.4, linestyle=shape, label=f"fc{layer + 1} folds (z = 0)"
        )
    return handles


def _border(panel: Axes, exact: ExactMap, style: Style) -> Line2D:
    for line in exact.border:
        panel.plot(*line.T, color=style.theme.ink, linewidth=2.0, zorder=4, solid_joinstyle="round")
    return panel.plot([], [], color=style.theme.ink, linewidth=2.0, label="border (logit = 0)")[0]


def _vertices(panel: Axes, exact: ExactMap, style: Style) -> None:
    """Draw a ring at every vertex, and its number where there is room."""
    ink, paper = style.theme.ink, style.theme.paper
    corners = np.array([(corner.x1, corner.x2) for corner in exact.corners[:MOST_LISTED]]).reshape(-1, 2)
    panel.plot(
        *corners.T, "o", color=paper, markeredgecolor=ink, markeredgewidth=0.9, markersize=3.6, zorder=5, clip_on=False
    )
    for k, away in enumerate(_places(corners, exact.box)):
        if away is not None:
            panel.annotate(
                str(k + 1),
                tuple(corners[k]),
                xytext=tuple(away),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=SIZES.tiny,
                color=ink,
                zorder=6,
                bbox={"boxstyle": "round,pad=0.12", "facecolor": paper, "edgecolor": "none", "alpha": 0.7},
            )


def _places(corners: np.ndarray, box: Box) -> list[np.ndarray | None]:
    """The offset (2,) in points of each vertex's number, or None where there is no room; the list has it then."""
    # Greedy: each number takes the first free position around its vertex, starting with the one away from the centre.
    low, high = np.array(box[::2]), np.array(box[1::2])
    side = SIDE * ((high - low) / (high - low).max() if of_one_scale(high - low) else np.ones(2))
    points_at = (corners - low) / (high - low) * side
    taken, places = list(points_at), []
    middle = points_at.mean(axis=0) if len(points_at) else 0
    # Directions to try, nearest to outward first, at two distances.
    turns = np.radians([0, 40, -40, 80, -80, 120, -120, 180])
    for spot in points_at:
        outward = np.arctan2(*(spot - middle)[::-1])
        tries = [spot + r * np.array([np.cos(outward + t), np.sin(outward + t)]) for r in (10.0, 16.0) for t in turns]
        free = (
            position
            for position in tries
            if all((np.abs(position - other) > (9, 7)).any() for other in taken)
            and (np.abs(position - side / 2) < side / 2 - 5).all()
        )
        position = next(free, None)
        places.append(None if position is None else position - spot)
        if position is not None:
            taken.append(position)
    return places


def _listing(side: Axes, exact: ExactMap, handles: list[Artist], style: Style) -> None:
    """The legend, and below it the vertices as a table in monospaced text."""
    side.set_axis_off()
    side.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.05, 1.01),
        borderaxespad=0,
        fontsize=SIZES.tiny,
        labelcolor=style.theme.ink,
        frameon=False,
        handlelength=2.6,
    )
    # Short lines: the panel is a fifth of the figure's width.
    rows = ["no border here: every", "point has the same class"]
    if exact.corners:
        rows = [
            "  #      x1      x2  on",
            *(_row(k, corner) for k, corner in enumerate(exact.corners[:MOST_LISTED], start=1)),
        ]
    if len(exact.corners) > MOST_LISTED:
        rows.append(f"    and {len(exact.corners) - MOST_LISTED} more")
    side.text(
        0,
        0.985 - 0.034 * len(handles),
        "\n".join(rows),
        va="top",
        family="monospace",
        transform=side.transAxes,
        fontsize=SIZES.tiny if len(rows) < 32 else 0.85 * SIZES.tiny,
        color=style.theme.ink,
    )


def _row(number: int, corner: Corner) -> str:
    where = corner.units[0] + "…" * (len(corner.units) > 1) if corner.units else "edge"
    return f"{number:3d} {_coordinate(corner.x1)} {_coordinate(corner.x2)}  {where}"


def _coordinate(value: float) -> str:
    value += 0.0  # turns -0.0 into 0.0
    return f"{value:7.3f}" if abs(value) < 100 else f"{value:7.3g}"
