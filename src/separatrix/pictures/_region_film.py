"""The exact map of a training's snapshots as a film: how regions and border form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from separatrix.data.points import Points
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.regions import compute_map
from separatrix.networks.activations import sigmoid
from separatrix.networks.network import Network
from separatrix.pictures._points import draw_points
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist

# Without a margin the outermost points would lie on the frame and be cut in half.
MARGIN = 0.5


class RegionFilm:
    """The exact map of every snapshot: regions as polygons, folds and border as lines."""

    def __init__(self, run: Run, points: Points, style: Style) -> None:
        self.epochs, self.style = sorted(run.snapshots), style
        low, high = points.x.min(0).astype(np.float64) - MARGIN, points.x.max(0).astype(np.float64) + MARGIN
        box = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        # All of them first, so that a network without an exact map is refused before anything is drawn.
        self.maps = [compute_map(run.network, run.snapshots[epoch], box) for epoch in self.epochs]
        self.pieces = _pieces(run, self.epochs, box)
        self.figure, self.ax = figure_and_axes(None, style, (5.6, 4.8))
        mark = style.theme.mark
        self.regions = PolyCollection([], edgecolors=mark, linewidths=0.25, alpha=0.75)
        self.border = LineCollection([], colors=mark, linewidths=2.0)
        for lines in (self.regions, self.border):
            # They are empty here, and the box fixes the window: the limits needn't follow them.
            self.ax.add_collection(lines, autolim=False)
        dots = draw_points(self.ax, points, style, size=14, edges=True)
        self.changing: tuple[Artist, ...] = (self.regions, self.border, dots, *self.ax.spines.values(), self.ax.title)
        self.ax.set(xlabel="Feature 1", ylabel="Feature 2", title=" ", xlim=box[:2], ylim=box[2:])
        dress(self.ax, style)
        self.ax.title.set_fontsize(SIZES.label)

    def show(self, k: int) -> tuple[Artist, ...]:
        """Frame k; returns what it changed."""
        exact = self.maps[k]
        sides = [(region, part) for region in exact.regions for part in region.sides if len(part)]
        # A part is convex, so the mean of its corners lies inside; its colour stands for the whole part.
        middle = np.array([region.slope @ part.mean(axis=0) + region.offset for region, part in sides])
        self.regions.set_verts([part for _, part in sides])
        self.regions.set_facecolor(self.style.palette.colormap(sigmoid(middle)))
        self.border.set_segments(list(exact.border))
        words = (
            f"{len(exact.regions):,} regions, a border of {self.pieces[k]:,} pieces" if exact.border else "no border"
        )
        self.ax.set_title(f"epoch {self.epochs[k]:,}: {words}")
        return self.regions, self.border, self.ax.title


def _pieces(run: Run, epochs: list[int], box: tuple[float, float, float, float]) -> list[int]:
    """The number of straight pieces of each snapshot's border in the box."""
    # For the type checker: `compute_map` has refused every other network by now.
    if not isinstance(run.network, Network):
        raise TypeError("compute_map has refused it")
    snapshots = np.stack([run.snapshots[epoch] for epoch in epochs])
    return [int(number) for number in compute_borders(run.network, snapshots, box_window(*box)).pieces]
