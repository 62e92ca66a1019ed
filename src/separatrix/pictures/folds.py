"""The fold: the points and grid lines after every layer, ending in the flat cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection

from separatrix.folding import Folding, Stage, compute_folding
from separatrix.pictures.style import DENSE, Style, dress, new_figure, style_of
from separatrix.points import Points
from separatrix.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2_000  # drawn in space; of more, every k-th
PER_ROW = 4


def fold(run: Run, points: Points, *, palette: str = "coolwarm", theme: str = "light") -> Figure:
    """How the network folds the plane: a panel for the input, one for each hidden layer, one for the logits.

    Layers of three units are shown in space as they are; of wider ones the best projection, with the share of the variance
    that it keeps; in the last one the cut, at which the logit is 0, is drawn as a plane (a line in two dimensions).

    Args:
        run: a training of a `Network` with two inputs.
        points: x (n, 2), y (n,).
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns, or a run of a user's module.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> [ax.get_title() for ax in fold(run, points).axes]
        ['input: 2 dimensions', 'fc1: 3 dimensions, and the cut', 'output: the logit']
    """
    style = style_of(palette, theme)
    if len(points) > MOST_POINTS:
        points = points.take(np.arange(0, len(points), -(-len(points) // MOST_POINTS)))
    found = compute_folding(run, points)
    panels = len(found.stages) + 1
    rows = -(-panels // PER_ROW)
    figure = new_figure(style, (4.0 * min(panels, PER_ROW), 4.1 * rows))
    for k, stage in enumerate(found.stages):
        space = stage.points.shape[1]
        ax = figure.add_subplot(rows, min(panels, PER_ROW), k + 1, projection="3d" if space == 3 else None)
        _in_space(ax, stage, points, style) if space == 3 else _in_plane(ax, stage, points, style)
        ax.set_title(_title(stage), color=style.theme.ink, fontsize=10)
    last = figure.add_subplot(rows, min(panels, PER_ROW), panels)
    _logits(last, found, points, style)
    return figure


def _title(stage: Stage) -> str:
    dimensions = f"{stage.name}: {stage.width} dimension{'s' * (stage.width > 1)}"
    cut = ", and the cut" if stage.normal is not None else ""
    return dimensions + cut + (f"\nprojected: {stage.kept:.0%} of the variance" if stage.width > 3 else "")


def _colours(points: Points, style: Style) -> np.ndarray:
    return np.array([style.palette.of_class(label) for label in (0, 1)])[points.y]


def _in_plane(ax: Axes, stage: Stage, points: Points, style: Style) -> None:
    """One or two dimensions; a single one is drawn along the horizontal."""
    lines, dots = (
        np.concatenate([part, np.zeros_like(part)], axis=-1)[..., :2] for part in (stage.lines, stage.points)
    )
    ax.add_collection(LineCollection(list(lines), colors=style.theme.faint, linewidths=0.5, alpha=0.7))
    ax.scatter(*dots.T, c=_colours(points, style), s=_size(points), zorder=3)
    dress(ax, style)
    ax.autoscale_view()
    if stage.normal is None:
        return
    x_low, x_high = ax.get_xlim()
    y_low, y_high = ax.get_ylim()
    a, b = np.append(stage.normal, 0.0)[:2]
    if abs(b) > 1e-12:
        ax.plot(
            [x_low, x_high], [-(stage.offset + a * x_low) / b, -(stage.offset + a * x_high) / b], color=style.theme.ink
        )
    elif abs(a) > 1e-12:
        ax.axvline(-stage.offset / a, color=style.theme.ink)
    ax.set_xlim(x_low, x_high)
    ax.set_ylim(y_low, y_high)


def _in_space(ax: Any, stage: Stage, points: Points, style: Style) -> None:
    """Three dimensions, seen from the side so that the cut's two sides show."""
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    ax.add_collection3d(Line3DCollection(list(stage.lines), colors=style.theme.faint, linewidths=0.4, alpha=0.6))
    ax.scatter(*stage.points.T, c=_colours(points, style), s=_size(points), depthshade=False)
    everything = np.concatenate([stage.points, stage.lines.reshape(-1, 3)])
    low, high = everything.min(axis=0), everything.max(axis=0)
    ax.set(xlim=(low[0], high[0] + 1e-9), ylim=(low[1], high[1] + 1e-9), zlim=(low[2], high[2] + 1e-9))
    if stage.normal is not None:
        _plane(ax, stage.normal, stage.offset, low, high, style)
    ax.set_facecolor(style.theme.paper)
    ax.tick_params(colors=style.theme.ink, labelsize=7)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(style.theme.paper)
        axis._axinfo["grid"].update(color=style.theme.grid, linewidth=0.5)  # Matplotlib has no public way
    ax.view_init(elev=18, azim=-60)


def _plane(ax: Any, normal: np.ndarray, offset: float, low: np.ndarray, high: np.ndarray, style: Style) -> None:
    """The plane normal · a + offset = 0 inside the box, as one see-through polygon."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    corners = _cross_section(normal, offset, low, high)
    if len(corners) >= 3:
        sheet = Poly3DCollection([corners], facecolors=style.palette.event, alpha=0.3, edgecolors=style.theme.ink)
        sheet.set_linewidth(0.8)
        ax.add_collection3d(sheet)


def _cross_section(normal: np.ndarray, offset: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where a plane meets the edges of a box: (k, 3), in order around the middle."""
    corners = np.array([[(low, high)[bit][axis] for axis, bit in enumerate(bits)] for bits in np.ndindex(2, 2, 2)])
    meets = []
    for i, a in enumerate(corners):
        for b in corners[i + 1 :]:
            if (a != b).sum() != 1:
                continue
            va, vb = normal @ a + offset, normal @ b + offset
            if va * vb < 0:
                meets.append(a + va / (va - vb) * (b - a))
    if len(meets) < 3:
        return np.zeros((0, 3))
    found = np.array(meets)
    centred = found - found.mean(axis=0)
    across = np.linalg.svd(centred, full_matrices=False)[2][:2]
    angle = np.arctan2(*(centred @ across.T).T)
    return found[np.argsort(angle)]


def _size(points: Points) -> float:
    return 14.0 if len(points) < 500 else 5.0 if len(points) < DENSE else 2.0


def _logits(ax: Axes, found: Folding, points: Points, style: Style) -> None:
    """The last space: one number a point, spread a little by its row so that points don't hide each other."""
    spread = (np.arange(len(points)) * 0.6180339887) % 1.0  # golden ratio: even and without randomness
    ax.scatter(found.logit, spread, c=_colours(points, style), s=_size(points), zorder=3)
    ax.axvline(0, color=style.theme.ink, linewidth=1.2)
    right = ((found.logit > 0) == (points.y > 0)).mean()
    ax.set_title("output: the logit", fontsize=10)
    ax.set_xlabel(f"cut at 0: {right:.1%} on the right side")
    ax.set_yticks([])
    ax.set_ylim(-0.15, 1.15)
    dress(ax, style)
