"""A measure against a number, with the band of its interval; a line for each of several things."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from separatrix.errors import InvalidParameter
from separatrix.pictures.share_lines import MOST_LINES, WORDS, ShareLine, colour_of_line, finish
from separatrix.pictures.style import figure_and_axes, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def measures(
    lines: Sequence[ShareLine],
    title: str,
    x: str = "width",
    y: str = "share of seeds",
    *,
    log_x: bool = False,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Any measure that is a share or a difference of shares, with its band.

    Args:
        lines: each with its x, value, and both ends of its interval.
        title: what is shown.
        x: the name of the horizontal axis; a column of a study's table is put into words.
        y: the name of the vertical one.
        log_x: a logarithmic horizontal axis.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no line or too many, an unknown palette or theme.

    Examples:
        >>> at, value = np.array([2.0, 4.0]), np.array([0.1, 0.2])
        >>> measures([ShareLine("depth 1", at, value, value - 0.05, value + 0.05)], "Gap").axes[0].get_title()
        'Gap'
    """
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidParameter(f"measures: expected 1 to {MOST_LINES} lines, got {len(lines)}.")
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (7, 4.4))
    for k, line in enumerate(lines):
        colour = colour_of_line(style, k)
        ax.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(line.x, line.share, marker="o", color=colour, markersize=4.5, label=line.label)
    if log_x:
        ax.set_xscale("log")
    places = np.unique(np.concatenate([line.x for line in lines]))
    if len(places) <= 12:
        ax.set_xticks(places, [f"{place:g}" for place in places])
        ax.set_xticks([], minor=True)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    ax.set(xlabel=WORDS.get(x, x), ylabel=y)
    finish(ax, style, title, legend=len(lines) > 1)
    return figure
