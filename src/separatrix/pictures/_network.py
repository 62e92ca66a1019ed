"""The network: neurons as circles, layers as columns, every connection; trained weights as colour and width."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize, to_rgba

from separatrix.errors import InvalidData
from separatrix.networks.network import Network
from separatrix.pictures._style import SIZES, Style, dress, figure_and_axes, leave_out_of_layout, style_of
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["network"]

MOST_UNITS = 16  # units drawn in a layer; of a wider one the middle is left out, and its label says so
ROOMY = 8  # up to so many units in its widest layer, a network has room for numbers in its circles
DIAMETER = 0.62  # of a circle; neighbours in a column are 1 apart


@dataclass(frozen=True, eq=False)
class DiagramColumn:
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
    """What the picture shows.

    Attributes:
        columns: one for the inputs and one for each layer.
        weights: between neighbouring columns, (to, from), or None for a network without parameters.
    """

    columns: tuple[DiagramColumn, ...]
    weights: tuple[np.ndarray | None, ...]

    @property
    def top(self) -> float:
        """How far the tallest column reaches above the middle, and below it."""
        return float(max(column.height.max() for column in self.columns))

    @property
    def largest(self) -> float | None:
        """The largest weight drawn, without its sign; None without parameters."""
        sizes = [float(np.abs(weight).max()) for weight in self.weights if weight is not None]
        return max(*sizes, 1e-9) if sizes else None


def compute_diagram(network: Network, parameters: np.ndarray | None = None) -> Diagram:
    """Place the units and pick the weights between those drawn. parameters: (p,) or None.

    Raises:
        InvalidData: parameters that aren't this network's, or not of one run.

    Examples:
        >>> diagram = compute_diagram(Network.parse("2-40-1"), np.arange(161.0))
        >>> diagram.columns[1].units
        array([ 0,  1,  2,  3,  4,  5,  6,  7, 33, 34, 35, 36, 37, 38, 39])
        >>> diagram.weights[0].shape, diagram.largest
        ((15, 2), 159.0)
    """
    if parameters is not None and np.ndim(parameters) != 1:
        raise InvalidData(f"the diagram shows one run: expected parameters (p,), got shape {np.shape(parameters)}.")
    layers = network.split(parameters) if parameters is not None else None
    columns = []
    for k, width in enumerate(network.widths):
        units = np.arange(width)
        if width > MOST_UNITS:
            units = np.r_[: MOST_UNITS // 2, width - MOST_UNITS // 2 + 1 : width]
        gap = (units >= width - MOST_UNITS // 2 + 1) & (width > MOST_UNITS)
        place = np.arange(len(units)) + gap  # one empty place for the dots
        height = place.max() / 2 - place
        columns.append(DiagramColumn(units, height, width, layers[k - 1][1][units] if layers and k else None))
    pairs = zip(columns, columns[1:], layers or repeat(None), strict=False)
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
    """The network as circles and lines, a column a layer.

    Of a `Run`, or with parameters, a line shows its weight: the colour is the sign, width and strength the size. A
    circle's colour is its bias, which is also written into it where there is room. Of a layer of more than `MOST_UNITS`
    units the middle is left out, and the label below says how many are drawn.

    Args:
        network: the description, or a run.
        parameters: (p,), for a description.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: parameters that aren't this network's, or a run of a user's module.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = network(Network.parse("2-4-4-1"))
        >>> [len(drawn.get_paths()) for drawn in figure.axes[0].collections][:1]  # 2 * 4 + 4 * 4 + 4 * 1 lines
        [28]
    """
    if isinstance(network, Run):
        network, parameters = _of_run(network)
    style, diagram = style_of(palette, theme), compute_diagram(network, parameters)
    tall = 2 * diagram.top + 1
    figure, ax = figure_and_axes(
        ax, style, (2.2 * len(diagram.columns) + 1.2, float(np.clip(0.45 * tall + 2.4, 4.2, 9)))
    )
    dress(ax, style)
    scale = None if diagram.largest is None else Normalize(-diagram.largest, diagram.largest)
    ax.set(xlim=(-0.45, len(diagram.columns) - 0.55), ylim=(-diagram.top - 1.5, diagram.top + 1.3))
    lines = _draw_lines(ax, diagram, style, scale)
    _draw_units(ax, diagram, style, scale)
    _write_labels(ax, network, diagram, style)
    ax.set_title(f"{network}: {network.n_parameters:,} parameters", color=style.theme.ink)
    ax.set_axis_off()
    leave_out_of_layout(ax)
    if scale is not None:
        _draw_bar(figure, ax, lines, diagram, style)
    return figure


def _of_run(run: Run) -> tuple[Network, np.ndarray]:
    if not isinstance(run.network, Network):
        raise InvalidData("the diagram needs a Network; a module of your own can be of any shape.")
    return run.network, run.parameters


def _draw_lines(ax: Axes, diagram: Diagram, style: Style, scale: Normalize | None) -> LineCollection:
    """Every connection as one collection, the strong ones on top."""
    segments = np.concatenate([_segments(k, *pair) for k, pair in enumerate(pairwise(diagram.columns))])
    if scale is None or diagram.largest is None:
        lines = LineCollection(list(segments), colors=style.theme.faint, linewidths=0.8, alpha=0.7)
    else:
        weights = np.concatenate([weight.ravel() for weight in diagram.weights if weight is not None])
        order = np.argsort(np.abs(weights))
        strength = np.abs(weights[order]) / diagram.largest
        lines = LineCollection(
            list(segments[order]),
            cmap=style.palette.colormap,
            norm=scale,
            array=weights[order],
            linewidths=0.5 + 4 * strength,
            alpha=np.clip(style.theme.weakest + strength, 0, 1),
        )
    lines.set_zorder(1)
    ax.add_collection(lines)
    return lines


def _segments(k: int, a: DiagramColumn, b: DiagramColumn) -> np.ndarray:
    """From every unit of column k to every unit of the next: (to * from, 2, 2), in the order of the weights."""
    to, start = np.meshgrid(b.height, a.height, indexing="ij")
    ends = np.stack([np.full_like(to, k), start, np.full_like(to, k + 1), to], axis=-1)  # (to, from, 4)
    return ends.reshape(-1, 2, 2)


def _draw_units(ax: Axes, diagram: Diagram, style: Style, scale: Normalize | None) -> None:
    places = np.array([(k, height) for k, column in enumerate(diagram.columns) for height in column.height])
    bias = np.concatenate([_biases(column) for column in diagram.columns])
    paint = np.tile(to_rgba(style.theme.paper), (len(places), 1))
    if scale is not None:
        paint[~np.isnan(bias)] = style.palette.colormap(scale(bias[~np.isnan(bias)]))
    circles = EllipseCollection(
        DIAMETER,
        DIAMETER,
        0,
        units="y",
        offsets=places,
        offset_transform=ax.transData,
        facecolors=paint,
        edgecolors=style.theme.ink,
        linewidths=1.1,
        zorder=2,
    )
    ax.add_collection(circles)
    if diagram.top <= (ROOMY - 1) / 2:
        _write_numbers(ax, diagram, places, bias, paint, style)


def _biases(column: DiagramColumn) -> np.ndarray:
    """(k,), NaN where there is none."""
    return np.full(len(column.units), np.nan) if column.bias is None else column.bias.astype(np.float64)


def _write_numbers(
    ax: Axes, diagram: Diagram, places: np.ndarray, bias: np.ndarray, paint: np.ndarray, style: Style
) -> None:
    """The inputs' names and the biases, in black or white, whichever stands out from the circle."""
    names = [f"x{unit + 1}" for unit in diagram.columns[0].units]
    words = names + ["" if np.isnan(value) else _short(value) for value in bias[len(names) :]]
    light = paint[:, :3] @ (0.299, 0.587, 0.114) > 0.45
    for (x, y), word, dark_ink in zip(places, words, light, strict=True):
        colour = style.theme.mark if dark_ink else style.theme.light_mark
        ax.text(x, y - 0.02, word, ha="center", va="center", fontsize=SIZES.tiny, color=colour, zorder=4)


def _short(value: float) -> str:
    """A number in at most five characters, if it is below 10,000; never -0.00."""
    return f"{round(value, 2) + 0.0:.2f}" if abs(value) < 10 else f"{value:.0f}"


def _write_labels(ax: Axes, network: Network, diagram: Diagram, style: Style) -> None:
    """Above each column its layer's name; below, how many units it has and what they compute."""
    last = "sigmoid" if network.n_outputs == 1 else "softmax"
    below = ["", *(entry.name for entry in network.activations), last]
    names = ["input", *(layer.name for layer in network.layout)]
    for k, column in enumerate(diagram.columns):
        drawn = len(column.units)
        lines = [_count(column.width, "unit" if k else "value"), below[k]]
        if drawn < column.width:
            lines.append(f"({drawn} of them drawn)")
            gap = column.height[MOST_UNITS // 2 - 1] - 1
            ax.text(k, gap, "⋮", ha="center", va="center", color=style.theme.ink, fontsize=15, zorder=4)
        ax.text(k, diagram.top + 0.65, names[k], ha="center", va="bottom", color=style.theme.ink, weight="bold")
        ax.text(
            k,
            -diagram.top - 0.6,
            "\n".join(line for line in lines if line),
            ha="center",
            va="top",
            color=style.theme.ink,
            fontsize=SIZES.small,
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _draw_bar(figure: Figure, ax: Axes, lines: LineCollection, diagram: Diagram, style: Style) -> None:
    """The scale of the weights; a bias beyond it has the colour of its end."""
    bias = np.concatenate([column.bias for column in diagram.columns if column.bias is not None])
    beyond = diagram.largest is not None and float(np.abs(bias).max()) > diagram.largest
    bar = figure.colorbar(lines, ax=ax, shrink=0.6, pad=0.02, extend="both" if beyond else "neither")
    bar.set_label("weight (line), bias (circle)", color=style.theme.ink, fontsize=SIZES.small)
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)


def network_svg(description: Network, parameters: np.ndarray) -> bytes:
    """The picture of a network as an SVG file; the same network gives the same bytes."""
    from matplotlib import rc_context

    file = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix"}):
        network(description, parameters).savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
