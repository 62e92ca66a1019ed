"""The activation of every neuron over the plane, one small panel each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.geometry.boundary import fine_grid
from separatrix.networks.activations import Activation, sigmoid
from separatrix.networks.network import Network
from separatrix.pictures._plane import of_one_scale
from separatrix.pictures.style import SIZES, Style, figure_and_axes, leave_out_of_layout, style_of
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["neurons"]

MOST_PANELS = 16  # neurons shown of a layer
MOST_POINTS = 300  # points drawn in a panel; of a larger number every k-th
PER_LINE = 8
OUTPUT = "output"
CROWDED = 20  # above this number of panels, points are smaller
NODES = 100
PANEL = 0.9  # the side of a panel; panels are 1 apart in a line, and lines `LINE` apart
LINE = 1.14
NAMES, BAR = 0.55, 0.6  # room for the names of layers on the left, and for colour bars on the right
BAR_WIDTH = 0.07


@dataclass(frozen=True, eq=False)
class Response:
    """One neuron over the plane.

    Attributes:
        name: such as "fc1[0]", or "output".
        z: its pre-activation on the grid, (a, b).
        a: its activation, (a, b); for the output the probability of class 1.
        low: the activation with the first colour of the palette; lower ones have that colour too.
        high: the activation with the last colour. The neurons of a layer share `low` and `high`.
        dead: whether it is a hidden neuron with activation 0 at every point.
    """

    name: str
    z: np.ndarray
    a: np.ndarray
    low: float
    high: float
    dead: bool = False


def compute_responses(run: Run, nodes: tuple[np.ndarray, np.ndarray], points: Points) -> list[list[Response]]:
    """The responses of all neurons on a grid, one list per layer, the output last; at most `MOST_PANELS` of a layer.

    Args:
        run: of a `Network` with two inputs.
        nodes: x1 and x2 of the grid, each (a, b).
        points: x (n, 2), by which a neuron counts as dead.

    Raises:
        InvalidData: the run has a user's module, or the network doesn't have two inputs.
    """
    if not isinstance(run.network, Network):
        raise InvalidData("responses of neurons need a Network; a module of your own can be of any shape.")
    x1, x2 = nodes
    with np.errstate(over="ignore", invalid="ignore"):  # the parameters of a run that diverged can be huge
        *hidden, last = run.network.trace(run.parameters, np.column_stack((x1.ravel(), x2.ravel())))
        at_points = run.network.trace(run.parameters, points.x)
    rows = []
    layers = zip(run.network.layout, run.network.activations, hidden, at_points, strict=False)
    for layer, activation, (z, a), (_, a_points) in layers:
        low, high = _scale(a[:, :MOST_PANELS], activation)
        parts = zip(z.T[:MOST_PANELS], a.T, (a_points == 0).all(axis=0), strict=False)
        rows.append(
            [
                Response(
                    f"{layer.name}[{unit}]", its_z.reshape(x1.shape), its_a.reshape(x1.shape), low, high, bool(dead)
                )
                for unit, (its_z, its_a, dead) in enumerate(parts)
            ]
        )
    z = last[0]
    logit = (z[:, 0] if z.shape[1] == 1 else z[:, 1] - z[:, 0]).reshape(x1.shape)
    return [*rows, [Response(OUTPUT, logit, sigmoid(logit), 0.0, 1.0)]]


def _scale(a: np.ndarray, activation: Activation) -> tuple[float, float]:
    """The ends of a layer's colour scale, symmetric around the activation at z = 0."""
    # The pale middle of the palette is then the fold, at 0.5 for sigmoid and step, and at 0 for the others. One value in
    # ten lies beyond the ends: the largest ones, in the corners of the plane, would leave the rest pale.
    middle = float(activation.value(np.array([-1e-9, 1e-9])).mean().round(6))
    distance = np.abs(a[np.isfinite(a)] - middle) if np.isfinite(a).any() else np.ones(1)
    reach = float(np.quantile(distance, 0.9)) or float(distance.max()) or 1.0
    return middle - reach, middle + reach


def neurons(
    run: Run, points: Points, *, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light"
) -> Figure:
    """One panel per neuron, one row per layer: the colour is the activation, on the line the pre-activation is 0.

    The neurons of a layer share a colour scale, whose bar stands beside their row. A neuron that is 0 at every point is
    hatched and called dead: with ReLU it gets no gradient any more. A wide layer has several lines, and only the first
    `MOST_PANELS` neurons of it are shown. The dashed line is the true border of points of `circle`.

    Args:
        run: a training of a `Network` with two inputs.
        points: drawn faintly on top, x (n, 2); at most `MOST_POINTS` of them.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns, or the run has a user's module.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> len(neurons(run, points).axes[0].images)  # one a neuron
        4
    """
    style, nodes = style_of(palette, theme), _frame(points)
    rows = compute_responses(run, nodes, points)
    lines = [row[start : start + PER_LINE] for row in rows for start in range(0, len(row), PER_LINE)]
    widest = max(len(line) for line in lines)
    side = 1.9 if widest <= 4 else 1.35
    size = (max(side * (widest + NAMES + BAR), 5.2), side * LINE * len(lines) + 0.5)
    figure, ax = figure_and_axes(ax, style, size)
    corners = _draw_lines(ax, lines, nodes, style)
    _draw_points(ax, points, nodes, corners, style)
    _draw_true_borders(ax, points, nodes, corners, style)
    _name_rows(ax, rows, style)
    ax.set(
        xlim=(-NAMES, widest + BAR), ylim=(-LINE * len(lines) + LINE - PANEL - 0.03, 1 - PANEL + 0.12), aspect="equal"
    )
    ax.set_title(_title(run), color=style.theme.ink, fontsize=SIZES.label)
    ax.set_axis_off()
    leave_out_of_layout(ax)
    return figure


def _title(run: Run) -> str:
    widths = run.network.widths if isinstance(run.network, Network) else ()
    cut = any(width > MOST_PANELS for width in widths[1:-1])
    first = f"; the first {MOST_PANELS} neurons of each layer" if cut else ""
    return f"Neurons of {run.network}: activation as colour, z = 0 as line{first}"


def _draw_lines(
    ax: Axes, lines: list[list[Response]], nodes: tuple[np.ndarray, np.ndarray], style: Style
) -> np.ndarray:
    """Draw all panels, and return their lower left corners (k, 2)."""
    # All on one pair of axes: fifty pairs of axes would take a second to create.
    corners, folds, palette = [], [], style.palette
    for k, line in enumerate(lines):
        for j, response in enumerate(line):
            left, low = float(j), -LINE * k - PANEL
            ax.imshow(
                response.a.T,
                extent=(left, left + PANEL, low, low + PANEL),
                origin="lower",
                cmap=palette.colormap,
                vmin=response.low,
                vmax=response.high,
                interpolation="nearest",
            )
            if response.dead:
                ax.add_patch(
                    Rectangle(
                        (left, low), PANEL, PANEL, fill=False, edgecolor=style.theme.faint, hatch="xx", linewidth=0
                    )
                )
            name = response.name + (" (dead)" if response.dead else "")
            ax.text(
                left + PANEL / 2,
                low + PANEL + 0.03,
                name,
                ha="center",
                va="bottom",
                color=style.theme.ink,
                fontsize=SIZES.tiny,
            )
            corners.append((left, low))
            folds += [piece * PANEL + (left, low) for piece in _fold(response, nodes)]
    ax.add_collection(LineCollection(folds, colors=style.theme.mark, linewidths=1.0, zorder=4))
    return np.array(corners)


def _fold(response: Response, nodes: tuple[np.ndarray, np.ndarray]) -> list[np.ndarray]:
    """The lines z = 0 as polylines (m, 2) in the unit square."""
    # By contourpy instead of Matplotlib's own contours, which need axes of their own for each panel.
    from contourpy import contour_generator

    if not response.z.min() < 0 < response.z.max():
        return []
    across, up = (np.linspace(0, 1, size) for size in nodes[0].shape)
    lines: list[np.ndarray] = contour_generator(across, up, response.z.T).lines(0.0)  # type: ignore[assignment]  # its default kind
    return lines


def _draw_points(
    ax: Axes, points: Points, nodes: tuple[np.ndarray, np.ndarray], corners: np.ndarray, style: Style
) -> None:
    """Draw the same points in every panel, as one collection."""
    if len(points) > MOST_POINTS:
        points = points.take(np.linspace(0, len(points) - 1, MOST_POINTS).astype(int))
    low, high = (np.array([part[end, end] for part in nodes], np.float64) for end in (0, -1))
    unit = PANEL * (points.x - low) / (high - low)  # (n, 2)
    places = (corners[:, None] + unit).reshape(-1, 2)  # (k, 1, 2) + (n, 2) -> (k * n, 2)
    colours = np.array([style.palette.of_class(0), style.palette.of_class(1)])[np.tile(points.y, len(corners))]
    ax.scatter(
        places[:, 0],
        places[:, 1],
        c=colours,
        s=7 if len(corners) <= CROWDED else 4,
        alpha=0.75,
        edgecolors=style.theme.mark,
        linewidths=0.25,
        zorder=3,
    )


def _frame(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """The grid of the panels, which are square: its shorter side is as long as the other, unless they differ much."""
    nodes = fine_grid(points, nodes=NODES)
    low, high = (np.array([part[end, end] for part in nodes], np.float64) for end in (0, -1))
    if of_one_scale(high - low):
        middle, half = (low + high) / 2, (high - low).max() / 2
        low, high = middle - half, middle + half
    first, second = (np.linspace(a, b, NODES, dtype=points.x.dtype) for a, b in zip(low, high, strict=True))
    x1, x2 = np.meshgrid(first, second, indexing="ij")
    return x1, x2


def _draw_true_borders(
    ax: Axes, points: Points, nodes: tuple[np.ndarray, np.ndarray], corners: np.ndarray, style: Style
) -> None:
    """Draw the unit circle faintly in every panel, where it is the points' true border."""
    if points.sampler != "circle":
        return
    low, high = (np.array([part[end, end] for part in nodes], np.float64) for end in (0, -1))
    turn = np.linspace(0, 2 * np.pi, 121)
    unit = (np.column_stack([np.cos(turn), np.sin(turn)]) - low) / (high - low)
    unit[((unit < 0) | (unit > 1)).any(axis=1)] = np.nan  # what lies outside of the frame leaves a gap
    circles = [PANEL * unit + corner for corner in corners]
    dashes = LineCollection(circles, colors=style.theme.mark, linewidths=0.8, linestyles=[(0, (4, 3))], alpha=0.45)
    dashes.set_zorder(3.5)
    ax.add_collection(dashes, autolim=False)


def _name_rows(ax: Axes, rows: list[list[Response]], style: Style) -> None:
    """Write the name of each layer to the left of its panels, and draw the bar of its colours to the right."""
    line = 0
    for row in rows:
        low = -LINE * line - PANEL
        ax.text(
            -0.1,
            low + PANEL / 2,
            row[0].name.partition("[")[0],
            ha="right",
            va="center",
            color=style.theme.ink,
            fontsize=SIZES.small,
        )
        _draw_bar(ax, row, (min(len(row), PER_LINE) - (1 - PANEL) + 0.06, low), style)
        line += -(-len(row) // PER_LINE)


def _draw_bar(ax: Axes, row: list[Response], corner: tuple[float, float], style: Style) -> None:
    """Draw the colours of a layer as a bar, as far as its activations go, with numbers at both ends."""
    low, high = row[0].low, row[0].high
    lowest, highest = min(float(r.a.min()) for r in row), max(float(r.a.max()) for r in row)
    # A probability's bar is whole: between 0 and 1, each of its colours has a meaning.
    ends = (low, high) if row[0].name == OUTPUT else (max(lowest, low), min(highest, high))
    left, bottom = corner
    colours = np.linspace(*ends, 128).reshape(-1, 1)
    ax.pcolormesh(
        [left, left + BAR_WIDTH],
        np.linspace(bottom, bottom + PANEL, 129),
        colours,
        cmap=style.palette.colormap,
        vmin=low,
        vmax=high,
    )
    # Within one per cent of the scale an activation counts as its end: rounding alone would add a sign.
    slack = 0.01 * (high - low)
    signs = "≤ " * (lowest < low - slack), "≥ " * (highest > high + slack)
    for end, sign, height, side in zip(ends, signs, (bottom, bottom + PANEL), ("bottom", "top"), strict=True):
        ax.text(
            left + BAR_WIDTH + 0.03,
            height,
            f"{sign}{round(end, 2) + 0.0:.3g}",
            ha="left",
            va=side,
            color=style.theme.ink,
            fontsize=SIZES.tiny,
        )
