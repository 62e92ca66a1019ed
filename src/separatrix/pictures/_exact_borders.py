"""Exact borders of many trainings: a wall of polygons, how often each place is inside, and measures over the epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import FuncFormatter, NullFormatter

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry.exact import Borders
from separatrix.geometry.outlines import InsideShares, outlines
from separatrix.pictures._shares import DASHES, MOST_LINES, colour_of_line, finish
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, leave_out_of_layout, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["EpochBand", "border_wall", "inside", "over_epochs"]

GAP = 0.08  # between two panels, whose sides are 1
# Sixteen by sixteen; in smaller panels no shape can be made out.
MOST = 256


@dataclass(frozen=True, eq=False)
class EpochBand:
    """A measure over the epochs.

    Attributes:
        epochs: (k,), increasing.
        middle: such as the median over seeds, (k,).
        low: lower end of the band, (k,).
        high: upper end, (k,).
    """

    epochs: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray


def border_wall(
    borders: Borders,
    marks: Sequence[str] = (),
    title: str = "",
    *,
    radius: float | None = 1.0,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The exact class 1 of many networks side by side, as filled polygons.

    Args:
        borders: in a rectangular window, `compute_borders(network, parameters, box_window(-3, 3, -3, 3))`.
        marks: a short text for each panel, such as its number of pieces; a panel with "" has none.
        title: what they have in common; by default their number and shape.
        radius: of a circle around 0 drawn as a dotted line, the tutorial's true border; None for none.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: borders in the whole plane.
        InvalidParameter: none or too many, marks of another number, an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.exact import box_window, compute_borders
        >>> network = sx.Network.parse("2-4-4-1")
        >>> borders = compute_borders(network, np.stack([network.initialise(k) for k in range(4)]), box_window(-3, 3, -3, 3))
        >>> border_wall(borders).axes[0].get_aspect()
        1.0
    """
    if borders.window is None:
        raise InvalidData("border_wall needs borders in a window; compute them with box_window.")
    if not 1 <= len(borders) <= MOST or (marks and len(marks) != len(borders)):
        raise InvalidParameter(f"border_wall: expected 1 to {MOST} borders and a mark for each, got {len(borders)}.")
    style = style_of(palette, theme)
    # As close to a square as whole rows and columns come.
    columns = math.ceil(math.sqrt(len(borders)))
    rows = math.ceil(len(borders) / columns)
    figure, ax = figure_and_axes(ax, style, (max(5.6, 0.6 + 0.95 * columns), 0.8 + 0.95 * rows))
    low = borders.window.min(axis=0)
    # One scale for both directions, so that circles stay round; the window's longer side fills a panel.
    side = float((borders.window.max(axis=0) - low).max())
    for k in range(len(borders)):
        row, column = divmod(k, columns)
        # Rows are counted from the top, as one reads, but the axis grows upwards.
        corner = np.array([column * (1 + GAP), (rows - 1 - row) * (1 + GAP)])
        _panel(ax, [(loop - low) / side + corner for loop in outlines(borders, k)], corner, style)
        if radius is not None:
            centre = -low / side + corner
            ax.add_patch(
                Circle((centre[0], centre[1]), radius / side, fill=False, color=style.theme.mark, lw=0.8, ls=":")
            )
        if marks:
            ax.text(
                corner[0] + 0.04,
                corner[1] + 0.04,
                marks[k],
                color=style.theme.mark,
                fontsize=SIZES.tiny,
                weight="bold",
                va="bottom",
            )
    ax.set(xlim=(-GAP, columns * (1 + GAP)), ylim=(-GAP, rows * (1 + GAP)), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title or f"{len(borders):,} networks {borders.network}", color=style.theme.ink, fontsize=SIZES.label)
    leave_out_of_layout(ax)
    return figure


def _panel(ax: Axes, loops: list[np.ndarray], corner: np.ndarray, style: Style) -> None:
    """Class 0 as the ground, class 1 as polygons with their holes."""
    square = corner + np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    zero, one = (style.palette.colormap(float(label)) for label in (0.28, 0.82))  # light enough for black lines
    ground = ax.add_patch(PathPatch(Outline(square, closed=False), facecolor=zero, linewidth=0))
    if loops:
        whole = Outline.make_compound_path(*(Outline(np.vstack([loop, loop[:1]]), closed=True) for loop in loops))
        polygons = PathPatch(whole, facecolor=one, edgecolor=style.theme.mark, linewidth=0.6, joinstyle="round")
        ax.add_patch(polygons).set_clip_path(ground)  # lines are as wide as a sliver at the window's edge


def inside(
    shares: InsideShares,
    title: str = "How often each place is of class 1",
    *,
    radius: float | None = 1.0,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """How often each place is inside class 1 over many networks, with lines at a tenth, a half and nine tenths.

    Args:
        shares: of `separatrix.geometry.outlines.inside_shares`.
        title: what is shown.
        radius: of a circle around 0 drawn as a dotted line; None for none.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.outlines import inside_shares
        >>> network = sx.Network.parse("2-4-4-1")
        >>> parameters = np.stack([network.initialise(seed) for seed in range(10)])
        >>> inside(inside_shares(network, parameters, (-3, 3, -3, 3))).axes[0].get_xlabel()
        'Feature 1'
    """
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (6.2, 5.2))
    extent = (shares.x1[0], shares.x1[-1], shares.x2[0], shares.x2[-1])
    picture = ax.imshow(
        shares.share.T,
        origin="lower",
        extent=extent,
        vmin=0,
        vmax=1,
        cmap=style.palette.colormap,
        interpolation="bilinear",
    )
    levels = [level for level in (0.1, 0.5, 0.9) if shares.share.min() < level < shares.share.max()]
    if levels:
        lines = ax.contour(shares.x1, shares.x2, shares.share.T, levels=levels, colors=style.theme.mark, linewidths=0.9)
        ax.clabel(lines, fmt=lambda level: f"{level:.0%}", fontsize=SIZES.tiny)
    if radius is not None:
        ax.add_patch(Circle((0, 0), radius, fill=False, color=style.theme.mark, linewidth=1.2, linestyle=":"))
    bar = figure.colorbar(picture, ax=ax, fraction=0.046, pad=0.03)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    ax.set(xlabel="Feature 1", ylabel="Feature 2", title=f"{title}\n({shares.networks:,} networks)", aspect="equal")
    dress(ax, style)
    ax.title.set_fontsize(SIZES.label)
    return figure


def over_epochs(
    bands: Mapping[str, EpochBand],
    title: str,
    y: str,
    *,
    percent: bool = False,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """A measure of the border against the epochs, on a logarithmic axis, with a band for each line.

    Args:
        bands: name -> the measure.
        title: what is shown.
        y: name of the vertical axis.
        percent: whether the measure is a share.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no line or too many, an unknown palette or theme.

    Examples:
        >>> at = np.array([1.0, 10.0, 100.0])
        >>> over_epochs({"width 4": EpochBand(at, at / 20, at / 30, at / 10)}, "Pieces", "pieces").axes[0].get_xscale()
        'log'
    """
    if not 1 <= len(bands) <= MOST_LINES:
        raise InvalidParameter(f"over_epochs: expected 1 to {MOST_LINES} lines, got {len(bands)}.")
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (7, 4.4))
    for k, (name, band) in enumerate(bands.items()):
        colour = colour_of_line(style, k)
        ax.fill_between(band.epochs, band.low, band.high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(band.epochs, band.middle, DASHES[k // 7 % 3], marker="o", markersize=3.5, color=colour, label=name)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    if percent:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    ax.set(xlabel="epoch", ylabel=y)
    finish(ax, style, title, legend=len(bands) > 1)
    return figure
