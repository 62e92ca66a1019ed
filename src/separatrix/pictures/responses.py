"""What every neuron does: its response over the plane, one small picture each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from separatrix.activations import sigmoid
from separatrix.boundary import fine_grid
from separatrix.errors import InvalidData
from separatrix.network import Network
from separatrix.pictures.scatter import draw_points
from separatrix.pictures.style import Style, dress, new_figure, style_of
from separatrix.points import Points
from separatrix.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 16  # neurons shown of a layer
NODES = 90


@dataclass(frozen=True, eq=False)
class Response:
    """One neuron over the plane.

    Attributes:
        name: such as "fc1[0]", or "output".
        z: its pre-activation on the grid, (a, b).
        a: its activation, (a, b); for the output the probability of class 1.
    """

    name: str
    z: np.ndarray
    a: np.ndarray


def compute_responses(run: Run, nodes: tuple[np.ndarray, np.ndarray]) -> list[list[Response]]:
    """The responses of all neurons on a grid, a list a layer, the output last.

    Raises:
        InvalidData: a run of a user's module.
    """
    if not isinstance(run.network, Network):
        raise InvalidData("responses of neurons need a Network; a module of your own can be of any shape.")
    x1, x2 = nodes
    *hidden, last = run.network.trace(run.parameters, np.column_stack((x1.ravel(), x2.ravel())))
    rows = [
        [
            Response(f"{layer.name}[{unit}]", z[:, unit].reshape(x1.shape), a[:, unit].reshape(x1.shape))
            for unit in range(min(layer.fan_out, MOST_PANELS))
        ]
        for layer, (z, a) in zip(run.network.layout, hidden, strict=False)
    ]
    z = last[0]
    logit = (z[:, 0] if z.shape[1] == 1 else z[:, 1] - z[:, 0]).reshape(x1.shape)
    return [*rows, [Response("output", logit, sigmoid(logit))]]


def neurons(run: Run, points: Points, *, palette: str = "coolwarm", theme: str = "light") -> Figure:
    """A panel a neuron: colour is its activation, the line is where its pre-activation is 0. A row a layer.

    Args:
        run: a training of a `Network` with two inputs.
        points: drawn faintly on top, x (n, 2).
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns, or a run of a user's module.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> len(neurons(run, points).axes)
        4
    """
    style = style_of(palette, theme)
    nodes = fine_grid(points, nodes=NODES)
    rows = compute_responses(run, nodes)
    across = max(len(row) for row in rows)
    per_row = min(across, 8)
    lines = [row[at : at + per_row] for row in rows for at in range(0, len(row), per_row)]
    side = 1.9 if per_row <= 4 else 1.35
    figure = new_figure(style, (max(side * per_row, 4.5), side * 1.12 * len(lines) + 0.4))
    cells = figure.add_gridspec(len(lines), per_row)
    for k, line in enumerate(lines):
        for j, response in enumerate(line):
            _panel(figure.add_subplot(cells[k, j]), response, nodes, points, style)
    figure.suptitle(_title(run), color=style.theme.ink, fontsize=10)
    return figure


def _title(run: Run) -> str:
    widths = run.network.widths if isinstance(run.network, Network) else ()
    cut = any(width > MOST_PANELS for width in widths[1:-1])
    first = f"; the first {MOST_PANELS} neurons of each layer" if cut else ""
    return f"Responses of the neurons of {run.network}: activation as colour, z = 0 as line{first}"


def _panel(
    ax: Axes, response: Response, nodes: tuple[np.ndarray, np.ndarray], points: Points, style: Style
) -> None:
    x1, x2 = nodes
    extent = tuple(float(edge) for edge in (x1[0, 0], x1[-1, 0], x2[0, 0], x2[0, -1]))
    middle = 0.5 if response.name == "output" else 0.0
    reach = max(float(np.abs(response.a - middle).max()), 1e-9)
    norm = TwoSlopeNorm(middle, middle - reach, middle + reach)
    ax.imshow(response.a.T, origin="lower", extent=extent, aspect="auto", cmap=style.palette.colormap, norm=norm)
    if response.z.min() < 0 < response.z.max():
        ax.contour(x1, x2, response.z, levels=[0], colors="black", linewidths=0.9)
    draw_points(ax, points, style, size=3, alpha=0.55)
    dead = response.name != "output" and not response.a.any()
    ax.set_title(response.name + (" (silent here)" if dead else ""), fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlim(extent[0], extent[1])
    ax.set_ylim(extent[2], extent[3])
    dress(ax, style)
