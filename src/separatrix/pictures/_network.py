"""The diagram of a network: neurons as circles, layers as columns, connections as lines with the weights' colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize, to_rgba

from separatrix.errors import InvalidData
from separatrix.networks.network import Network
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, leave_out_of_layout, style_of
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["network"]

MOST_UNITS = 16  # units drawn in a layer; the middle of a wider one is left out, and its label says so
ROOMY = 8  # up to this number of units in the widest layer, there is room for numbers in the circles
DIAMETER = 0.62  # of a circle, where the distance of neighbours in a column is 1


@dataclass(frozen=True, eq=False)
class DiagramColumn:
    """One layer of the diagram.

    Attributes:
        units: indices of the units drawn, (k,).
        height: their positions, (k,), the first at the top.
        width: number of units of the layer.
        bias: of the units drawn, (k,), or None for the inputs and for a network without parameters.
    """

    units: np.ndarray
    height: np.ndarray
    width: int
    bias: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Diagram:
    """The positions and weights of a diagram.

    Attributes:
        columns: one for the inputs and one for each layer.
        weights: between neighbouring columns, (to, from), or None for a network without parameters.
        inputs: names of all inputs.
    """

    columns: tuple[DiagramColumn, ...]
    weights: tuple[np.ndarray | None, ...]
    inputs: tuple[str, ...]

    @property
    def top(self) -> float:
        """Half the height of the tallest column."""
        return float(max(column.height.max() for column in self.columns))

    @property
    def largest(self) -> float | None:
        """The largest absolute weight drawn; None without parameters."""
        sizes = [float(np.abs(weight).max()) for weight in self.weights if weight is not None]
        return max(*sizes, 1e-9) if sizes else None


def compute_diagram(network: Network, parameters: np.ndarray | None = None, inputs: Sequence[str] = ()) -> Diagram:
    """The positions of the units, and the weights between those that are drawn.

    Args:
        network: the architecture.
        parameters: (p,), or None for the architecture alone.
        inputs: names of the inputs; () for x1, x2 and so on.

    Raises:
        InvalidData: the parameters are those of another network, or of several runs; or the names are too few or many.

    Examples:
        >>> diagram = compute_diagram(Network.parse("2-40-1"), np.arange(161.0))
        >>> diagram.columns[1].units
        array([ 0,  1,  2,  3,  4,  5,  6,  7, 33, 34, 35, 36, 37, 38, 39])
        >>> diagram.weights[0].shape, diagram.largest
        ((15, 2), 159.0)
    """
    if parameters is not None and np.ndim(parameters) != 1:
        raise InvalidData(f"the diagram shows one run: expected parameters (p,), got shape {np.shape(parameters)}.")
    n_inputs = network.widths[0]  # refused where the network is a module, whose layers are unknown
    if inputs and len(inputs) != n_inputs:
        raise InvalidData(f"{network} takes {n_inputs} inputs, got {len(inputs)} names for them.")
    names = tuple(inputs) or tuple(f"x{unit + 1}" for unit in range(n_inputs))
    # Biases belong to the layer that a column ends, so the first column, the inputs, has none.
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
    return Diagram(tuple(columns), weights, names)


def network(
    network: Network | Run,
    parameters: np.ndarray | None = None,
    *,
    inputs: Sequence[str] = (),
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """A network as circles and lines, one column per layer.

    For a `Run`, or with parameters, the colour of a line is the sign of its weight, and its width and opacity the size. The
    colour of a circle is its bias, which is also written into it where there is room. In a layer of more than `MOST_UNITS`
    units the middle is left out, and the label below says how many are drawn.

    Args:
        network: the architecture, or a run.
        parameters: (p,), of an architecture.
        inputs: names of the inputs; () for x1, x2 and so on.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: the parameters are those of another network, the run has a user's module, or the names are too few or
            many.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = network(Network.parse("2-4-4-1"))
        >>> [len(drawn.get_paths()) for drawn in figure.axes[0].collections][:1]  # 2 * 4 + 4 * 4 + 4 * 1 lines
        [28]
    """
    if isinstance(network, Run):
        network, parameters = _of_run(network)
    style, diagram = style_of(palette, theme), compute_diagram(network, parameters, inputs)
    # The size grows with the diagram up to nine inches; beyond that, circles become smaller instead.
    tall = 2 * diagram.top + 1
    figure, ax = figure_and_axes(
        ax, style, (2.2 * len(diagram.columns) + 1.2, float(np.clip(0.45 * tall + 2.4, 4.2, 9)))
    )
    dress(ax, style)
    # Symmetric around 0, so that the palette's pale middle is a weight of 0.
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
    """Draw all connections as one collection, the largest weights on top: thousands of lines would take seconds."""
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
    """The lines from every unit of column k to every unit of the next, (to * from, 2, 2), in the order of the weights."""
    to, start = np.meshgrid(b.height, a.height, indexing="ij")
    ends = np.stack([np.full_like(to, k), start, np.full_like(to, k + 1), to], axis=-1)  # (to, from, 4)
    return ends.reshape(-1, 2, 2)


def _draw_units(ax: Axes, diagram: Diagram, style: Style, scale: Normalize | None) -> None:
    places = np.array([(k, height) for k, column in enumerate(diagram.columns) for height in column.height])
    bias = np.concatenate([_biases(column) for column in diagram.columns])
    paint = np.tile(to_rgba(style.theme.paper), (len(places), 1))
    if scale is not None:
        paint[~np.isnan(bias)] = style.palette.colormap(scale(bias[~np.isnan(bias)]))
    # In units of the y axis, so that circles fit their column whatever the size of the figure.
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
    """Write the names of the inputs and the biases, in black or white, whichever contrasts with the circle."""
    names = [diagram.inputs[unit] for unit in diagram.columns[0].units]
    words = names + ["" if np.isnan(value) else _short(value) for value in bias[len(names) :]]
    # The luma of ITU-R BT.601; above 0.45 black has the higher contrast.
    light = paint[:, :3] @ (0.299, 0.587, 0.114) > 0.45
    for (x, y), word, dark_ink in zip(places, words, light, strict=True):
        colour = style.theme.mark if dark_ink else style.theme.light_mark
        ax.text(x, y - 0.02, word, ha="center", va="center", fontsize=SIZES.tiny, color=colour, zorder=4)


def _short(value: float) -> str:
    """A number in at most five characters if it is below 10,000, without a negative zero."""
    return f"{round(value, 2) + 0.0:.2f}" if abs(value) < 10 else f"{value:.0f}"


def _write_labels(ax: Axes, network: Network, diagram: Diagram, style: Style) -> None:
    """Write the name of each layer above its column, and its width and activation below."""
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
    """Draw the colour scale of the weights; a bias beyond it has the colour of its end, shown by an arrow."""
    # The scale ends at the largest weight; biases may be larger.
    bias = np.concatenate([column.bias for column in diagram.columns if column.bias is not None])
    beyond = diagram.largest is not None and float(np.abs(bias).max()) > diagram.largest
    bar = figure.colorbar(lines, ax=ax, shrink=0.6, pad=0.02, extend="both" if beyond else "neither")
    bar.set_label("weight (line), bias (circle)", color=style.theme.ink, fontsize=SIZES.small)
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)


def network_svg(description: Network, parameters: np.ndarray) -> bytes:
    """The diagram of a network as the bytes of an SVG file; equal networks give equal bytes.

    Args:
        description: the architecture.
        parameters: (p,).
    """
    from matplotlib import rc_context

    file = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix"}):
        network(description, parameters).savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
