"""Three-dimensional panels: planes in a box, the side from which they are seen, and what a surface hides."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from separatrix.pictures.style import SIZES, Style

ELEVATION = 16.0  # degrees above the horizon
AZIMUTH = -60.0
BOX = (4.0, 4.0, 3.2)  # the axes' lengths
ASIDE = 68.0  # degrees between the line of sight and the plane's normal, seen from above: it is seen almost edge-on


def dress_space(panel: Any, style: Style) -> None:
    """The theme's colours, few ticks, and an orthographic projection, which keeps parallel lines parallel."""
    panel.set_facecolor(style.theme.paper)
    panel.set_proj_type("ortho")
    panel.set_box_aspect(BOX, zoom=1.22)
    panel.tick_params(colors=style.theme.ink, labelsize=SIZES.tiny, pad=-2)
    for axis in (panel.xaxis, panel.yaxis, panel.zaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_pane_color(style.theme.paper)
        axis.line.set_color(style.theme.faint)
        axis._axinfo["grid"].update(color=style.theme.grid, linewidth=0.5)  # Matplotlib has no public way


def turned(panel: Any, normal: np.ndarray | None, span: np.ndarray) -> int:
    """Turn the panel so that both sides of a plane show; return the side that is nearer to the viewer, 0 or 1.

    Args:
        panel: three-dimensional axes.
        normal: of the plane, (3,), or None.
        span: lengths of the axes' limits, (3,), which distort the normal on the screen.
    """
    azimuth, seen = AZIMUTH, np.zeros(3)
    if normal is not None:
        seen = normal * span / np.array(BOX)
        if np.hypot(*seen[:2]) > 1e-6 * abs(seen[2]):
            azimuth = float(np.degrees(np.arctan2(seen[1], seen[0]))) - ASIDE
    panel.view_init(elev=ELEVATION, azim=azimuth)
    up, round_ = np.radians([ELEVATION, azimuth])
    towards = np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
    return int(seen @ towards >= 0)


def cross_section(normal: np.ndarray, offset: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The polygon in which the plane normal · a + offset = 0 meets a box, (k, 3) in order around it, (0, 3) if it doesn't.

    Args:
        normal: (3,).
        offset: of the plane.
        low: lower corner of the box, (3,).
        high: upper corner, (3,).

    >>> cross_section(np.array([0.0, 0.0, 1.0]), -0.5, np.zeros(3), np.ones(3))[:, 2].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    corners = np.array(list(np.ndindex(2, 2, 2))) * (high - low) + low
    value = corners @ normal + offset
    meets = [
        corners[i] + value[i] / (value[i] - value[j]) * (corners[j] - corners[i])
        for i, j in combinations(range(8), 2)
        if (i ^ j).bit_count() == 1 and value[i] * value[j] < 0
    ]
    if len(meets) < 3:
        return np.zeros((0, 3))
    centred = (np.array(meets) - np.mean(meets, axis=0)) / (high - low)
    across = np.linalg.svd(centred, full_matrices=False)[2][:2]
    around = np.arctan2(*(centred @ across.T).T)
    return np.array(meets)[np.argsort(around)]


CELL = 0.04  # of the screen on which hidden things are found, in units of the axes' lengths
SLACK = 0.2  # what lies less far behind a surface lies on it: inside a cell, a steep surface has many depths
FINER = 8  # places between two nodes of a surface, along each side


class Screen:
    """What a viewer of a three-dimensional panel sees, and which places a surface hides.

    Matplotlib paints whole objects in the order of their mean depth and doesn't know what hides what inside of them. So the
    nearest depth of the surface is kept for every cell of the screen, and compared (a depth buffer; Catmull 1974).

    Args:
        panel: three-dimensional axes in an orthographic projection.
        low: lower corner of its limits, (3,).
        high: upper corner, (3,).
    """

    def __init__(self, panel: Any, low: np.ndarray, high: np.ndarray) -> None:
        up, round_ = np.radians([panel.elev, panel.azim])
        towards = np.array((np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)))
        across = np.array((-np.sin(round_), np.cos(round_), 0.0))
        self.low, self.high = low, high
        self.basis = np.column_stack([across, np.cross(towards, across), towards])
        self.cells = int(2 * np.linalg.norm(BOX) / CELL)
        self.nearest = np.full(self.cells**2, -np.inf)

    def cover(self, sheet: np.ndarray) -> None:
        """Add a surface, the nodes of a grid (a, b, 3) with straight lines between them; parts outside the limits don't count."""
        for axis in range(2):
            start, stop = np.delete(sheet, -1, axis), np.delete(sheet, 0, axis)
            sheet = np.concatenate([start + share * (stop - start) for share in np.arange(FINER) / FINER], axis)
        places = sheet.reshape(-1, 3)
        places = places[((places >= self.low) & (places <= self.high)).all(axis=1)]
        cell, depth = self._seen(places)
        np.maximum.at(self.nearest, cell, depth)

    def hides(self, places: np.ndarray) -> np.ndarray:
        """Whether the surface lies in front of each place (n, 3): (n,) bool."""
        cell, depth = self._seen(places)
        return np.asarray(self.nearest[cell] > depth + SLACK)

    def _seen(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The cell and the depth, larger for what is nearer, of places (n, 3)."""
        seen = ((places - self.low) / (self.high - self.low) - 0.5) * np.array(BOX) @ self.basis
        column, row = (np.clip(part / CELL + self.cells / 2, 0, self.cells - 1).astype(int) for part in seen.T[:2])
        return row * self.cells + column, seen[:, 2]
