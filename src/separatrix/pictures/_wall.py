"""A wall of decision boundaries: many seeds at a glance, with the unsolved ones marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidParameter
from separatrix.geometry.boundary import Boundary
from separatrix.pictures.style import SIZES, Style, figure_and_axes, leave_out_of_layout, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["wall"]

GAP = 0.08  # between two panels, whose sides are 1
MOST = 256
WIDE = 6.2  # inches that the title needs
MOST_POINTS = 300  # of a panel


class WallPanel(Protocol):
    """One panel: see `separatrix.studies.walls.Border`."""

    @property
    def points(self) -> Points:
        """What it was trained on."""
        ...

    @property
    def plane(self) -> Boundary:
        """Probabilities on a grid around the points."""
        ...

    @property
    def accuracy(self) -> float:
        """Training accuracy."""
        ...

    @property
    def solved(self) -> bool:
        """Whether every training row is on the right side."""
        ...


def wall(
    borders: Sequence[WallPanel],
    title: str = "",
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Many decision boundaries side by side; a frame and the training accuracy mark the unsolved ones.

    Args:
        borders: of `separatrix.studies.walls.wall`.
        title: what they have in common.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no boundaries or too many, an unknown palette or theme.
    """
    if not 1 <= len(borders) <= MOST:
        raise InvalidParameter(f"wall: expected 1 to {MOST} borders, got {len(borders)}.")
    style = style_of(palette, theme)
    # As square as possible, so that panels are as large as they can be.
    columns = math.ceil(math.sqrt(len(borders)))
    rows = math.ceil(len(borders) / columns)
    figure, ax = figure_and_axes(ax, style, (max(WIDE, 1.2 + 0.95 * columns), 0.9 + 0.95 * rows))
    for k, border in enumerate(borders):
        row, column = divmod(k, columns)
        _draw_panel(ax, border, column * (1 + GAP), (rows - 1 - row) * (1 + GAP), style)
    ax.set(xlim=(-GAP, columns * (1 + GAP)), ylim=(-GAP, rows * (1 + GAP)), aspect="equal")
    ax.set_axis_off()
    solved = sum(border.solved for border in borders)
    sentence = f"{solved} of {len(borders)} seeds solved; the others have a frame and their training accuracy"
    ax.set_title(f"{title}\n{sentence}" if title else sentence, color=style.theme.ink, fontsize=SIZES.label)
    leave_out_of_layout(ax)
    return figure


def _draw_panel(ax: Axes, border: WallPanel, left: float, bottom: float, style: Style) -> None:
    """Draw one boundary in the unit square at (left, bottom)."""
    # All panels share one pair of axes: 256 pairs would take several seconds to create.
    plane = border.plane
    low, high = (np.array([plane.x1[end, end], plane.x2[end, end]], np.float64) for end in (0, -1))
    ax.imshow(
        plane.probability.T,
        origin="lower",
        extent=(left, left + 1, bottom, bottom + 1),
        cmap=style.palette.colormap,
        vmin=0,
        vmax=1,
        alpha=0.75,
        interpolation="bilinear",
    )
    # From the coordinates of the plane to those of the panel, the unit square.
    position = (border.points.x[:MOST_POINTS] - low) / (high - low) + (left, bottom)
    colours = [style.palette.of_class(int(label)) for label in border.points.y[:MOST_POINTS]]
    ax.scatter(position[:, 0], position[:, 1], c=colours, s=2.2, linewidths=0)
    if plane.probability.min() < 0.5 < plane.probability.max():
        x1, x2 = (plane.x1 - low[0]) / (high - low)[0] + left, (plane.x2 - low[1]) / (high - low)[1] + bottom
        ax.contour(x1, x2, plane.probability, levels=[0.5], colors=style.theme.mark, linewidths=0.7)
    if not border.solved:
        edges = [(left, bottom), (left + 1, bottom), (left + 1, bottom + 1), (left, bottom + 1), (left, bottom)]
        ax.plot(*zip(*edges, strict=True), color=style.theme.ink, linewidth=1.8)
        ax.text(
            left + 0.04,
            bottom + 0.04,
            f"{border.accuracy:.0%}",
            color=style.theme.mark,
            fontsize=SIZES.tiny,
            weight="bold",
            va="bottom",
        )
