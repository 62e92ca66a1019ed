"""The network: neurons as circles, layers as columns, every connection; trained weights as colour and width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize

from separatrix.network import Network
from separatrix.pictures.style import Style, dress, figure_and_axes, style_of
from separatrix.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_UNITS = 16  # units drawn in a layer; of a wider one the middle is left out, and its label says so


@dataclass(frozen=True, eq=False)
class Column:
    """One layer of the diagram.

    Attributes:
        units: the numbers of the units drawn, (k,).
        height: their positions, (k,), the first at the top.
        width: how many units the layer has.
        bias: their biases, (k,), or None for the inputs and for a network without parameters.
    """

    units: np.ndarray
    height: np.ndarray
    width: int
    bias: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Diagram:
    """What the picture shows: a column a layer, and the weights between neighbours, (to, from), or None untrained."""

    columns: tuple[Column, ...]
    weights: tuple[np.ndarray | None, ...]


def compute_diagram(network: Network, parameters: np.ndarray | None = None) -> Diagram:
    """Place the units and pick the weights between those drawn. parameters: (p,) or None.

    Raises:
        InvalidData: parameters that aren't this network's.
    """
    layers = network.split(parameters) if parameters is not None else None
    columns = []
    for k, width in enumerate(network.widths):
        units = np.arange(width)
        if width > MOST_UNITS:
            units = np.r_[: MOST_UNITS // 2, width - MOST_UNITS // 2 + 1 : width]
        gap = (units >= width - MOST_UNITS // 2 + 1) & (width > MOST_UNITS)
        place = np.arange(len(units)) + gap  # one empty place for the dots
        height = place.max() / 2 - place
        columns.append(Column(units, height, width, layers[k - 1][1][units] if layers and k else None))
    pairs = zip(columns, columns[1:], layers or [None] * len(columns), strict=False)
    weights = tuple(layer[0][np.ix_(b.units, a.units)] if layer else None for a, b, layer in pairs)
    return Diagram(tuple(columns), weights)


def network(
    network: Network | Run,
    parameters: np.ndarray | None = None,
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The network as circles and lines. Of a `Run`, or with parameters, lines show the weights: the colour is the sign,
    width and strength the size; the colour of a circle is its bias.

    Args:
        network: the description, or a run.
        parameters: (p,), for a description.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: parameters that aren't this network's, or a run of a user's module.

    Examples:
        >>> figure = network(Network.parse("2-4-4-1"))
        >>> len(figure.axes[0].collections)  # lines, circles
        2
    """
    if isinstance(network, Run):
        network, parameters = _of_run(network)
    style, found = style_of(palette, theme), compute_diagram(network, parameters)
    tallest = max(column.height.max() for column in found.columns) * 2 + 1
    figure, ax = figure_and_axes(ax, style, (2.2 * len(found.columns) + 1.2, float(np.clip(0.45 * tallest + 2.4, 4.2, 9))))
    dress(ax, style)
    scale = _scale(found)
    _draw_lines(ax, found, style, scale)
    _draw_units(ax, found, style, scale)
    _write_labels(ax, network, found, style)
    ax.set_axis_off()
    if scale is not None:
        bar = figure.colorbar(ax.collections[0], ax=ax, shrink=0.6, pad=0.02)
        bar.set_label("weight (line), bias (circle)", color=style.theme.ink)
        bar.ax.tick_params(colors=style.theme.ink)
    return figure


def _of_run(run: Run) -> tuple[Network, np.ndarray]:
    from separatrix.errors import InvalidData

    if not isinstance(run.network, Network):
        raise InvalidData("the diagram needs a Network; a module of your own can be of any shape.")
    return run.network, run.parameters


def _scale(found: Diagram) -> Normalize | None:
    """Colours from -m to m, m the largest weight or bias drawn; None without parameters."""
    sizes = [np.abs(w).max() for w in found.weights if w is not None]
    sizes += [np.abs(column.bias).max() for column in found.columns if column.bias is not None]
    return Normalize(-max(*sizes, 1e-9), max(*sizes, 1e-9)) if sizes else None


def _draw_lines(ax: Axes, found: Diagram, style: Style, scale: Normalize | None) -> None:
    segments, values = [], []
    for k, (a, b, weight) in enumerate(zip(found.columns, found.columns[1:], found.weights, strict=False)):
        for j, to in enumerate(b.height):
            segments += [[(k, start), (k + 1, to)] for start in a.height]
            values.append(np.zeros(len(a.height)) if weight is None else weight[j])
    flat = np.concatenate(values)
    if scale is None:
        lines = LineCollection(segments, colors=style.theme.faint, linewidths=0.8, alpha=0.7)
    else:
        strength = np.abs(flat) / scale.vmax  # type: ignore[operator]  # set in _scale
        order = np.argsort(strength)  # the strong ones on top
        lines = LineCollection(
            [segments[k] for k in order], cmap=style.palette.colormap, norm=scale,
            linewidths=0.3 + 4.2 * strength[order], alpha=np.clip(0.25 + strength[order], 0, 1),
        )  # fmt: skip  # one call
        lines.set_array(flat[order])
    lines.set_zorder(1)
    ax.add_collection(lines)


def _draw_units(ax: Axes, found: Diagram, style: Style, scale: Normalize | None) -> None:
    places = np.array([(k, h) for k, column in enumerate(found.columns) for h in column.height])
    paint = [
        style.palette.colormap(scale(bias)) if scale is not None and column.bias is not None else style.theme.paper
        for column in found.columns
        for bias in (column.bias if column.bias is not None else column.height)
    ]
    ax.set_xlim(-0.45, len(found.columns) - 0.55)
    top = max(column.height.max() for column in found.columns)
    ax.set_ylim(-top - 1.5, top + 1.3)
    diameter = 0.62
    ax.add_collection(
        EllipseCollection(
            np.full(len(places), diameter), np.full(len(places), diameter), np.zeros(len(places)), units="y",
            offsets=places, transOffset=ax.transData, facecolors=paint, edgecolors=style.theme.ink, linewidths=1.1, zorder=2,
        )  # fmt: skip  # one call
    )


def _write_labels(ax: Axes, network: Network, found: Diagram, style: Style) -> None:
    top = max(column.height.max() for column in found.columns)
    last = "sigmoid" if network.n_outputs == 1 else "softmax"
    under = ["", *(entry.name for entry in network.activations), last]
    names = ["input", *(layer.name for layer in network.layout)]
    for k, column in enumerate(found.columns):
        count = f"{column.width} unit{'s' * (column.width > 1)}" if k else f"{column.width} value{'s' * (column.width > 1)}"
        more = f"\n({len(column.units)} of them drawn)" if len(column.units) < column.width else ""
        ax.text(k, top + 0.65, names[k], ha="center", va="bottom", color=style.theme.ink, fontsize=11, weight="bold")
        ax.text(k, -top - 0.6, f"{count}\n{under[k]}{more}".replace("\n\n", "\n"), ha="center", va="top", color=style.theme.ink, fontsize=9)
        if len(column.units) < column.width:
            gap = column.height[MOST_UNITS // 2 - 1] - 1
            ax.text(k, gap, "⋮", ha="center", va="center", color=style.theme.ink, fontsize=15, zorder=4)
