"""Curves of a study: the share of runs solved by each epoch (one minus survival), and measures over a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import ShareLine
from separatrix.evaluation.statistics.survival import Survival
from separatrix.pictures._shares import DASHES, MOST_LINES, WORDS, colour_of_line, finish
from separatrix.pictures.style import figure_and_axes, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["measures", "solved_by"]


# More curves with bands couldn't be told apart.
MOST_CURVES = 12


def compute_steps(survival: Survival) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Epoch, share, lower and upper end of the interval, each (k + 2,), as steps from the first epoch to the horizon."""
    # The curve starts at (1, 0) and its last step reaches the horizon, up to which the runs were observed.
    epochs = np.concatenate(([1], survival.epochs, [max(survival.horizon, 1)])).astype(np.float64)
    columns = [
        np.concatenate(([0.0], part, part[-1:] if len(part) else [0.0]))
        for part in (survival.solved, survival.low, survival.high)
    ]
    return epochs, columns[0], columns[1], columns[2]


def solved_by(
    curves: Mapping[str, Survival], *, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light"
) -> Figure:
    """The share of runs solved by each epoch, over a logarithmic axis.

    Args:
        curves: name -> `results.survival(...)`.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no curve or too many, an unknown palette or theme.

    Examples:
        >>> from separatrix.evaluation.statistics.survival import survival
        >>> solved_by({"width 4": survival([10, 300, 900], [True, True, False])}).axes[0].get_xscale()
        'log'
    """
    if not 1 <= len(curves) <= MOST_CURVES:
        raise InvalidParameter(f"solved_by: expected 1 to {MOST_CURVES} curves, got {len(curves)}.")
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (7, 4.4))
    for k, (name, survival) in enumerate(curves.items()):
        epochs, share, low, high = compute_steps(survival)
        colour = colour_of_line(style, k)
        # Steps after each epoch: a run counts as solved from its own epoch on.
        ax.step(epochs, share, DASHES[k // 7 % 3], where="post", color=colour, label=name, linewidth=1.6)
        ax.fill_between(epochs, low, high, step="post", color=colour, alpha=0.12, linewidth=0)
    # The axis begins a little before the first run that was solved: earlier epochs are all 0.
    first = min((int(survival.epochs[0]) for survival in curves.values() if len(survival.epochs)), default=1)
    last = max(survival.horizon for survival in curves.values())
    ax.set_xscale("log")
    ax.set(
        # At least from 1 to 2: a logarithmic axis has no 0 and must have a length.
        xlim=(max(1, 0.7 * first), max(2, last)),
        # A little beyond 0 and 1, so that the frame doesn't cover half of a line there.
        ylim=(-0.02, 1.02),
        xlabel="epoch",
        ylabel="share of seeds solved so far",
    )
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:,.0f}"))
    if last <= 10 * first:  # labels at 2 and 5; at 8 and 9 they would touch
        ax.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    ax.xaxis.set_minor_formatter(
        NullFormatter() if last > 10 * first else FuncFormatter(lambda epoch, _: f"{epoch:,.0f}")
    )
    finish(ax, style, "Epochs until every training point is right", legend=len(curves) > 1)
    return figure


# Any measure over a number, with the band of its interval.


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
        lines: with positions, values and intervals.
        title: of the axes.
        x: label of the horizontal axis; the name of a study's column is replaced by words.
        y: label of the vertical axis.
        log_x: whether the horizontal axis is logarithmic.
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
    # Ticks at the values that were measured, as long as there is room for them.
    places = np.unique(np.concatenate([line.x for line in lines]))
    if len(places) <= 12:
        ax.set_xticks(places, [f"{place:g}" for place in places])
        # Minor ticks of a logarithmic axis would only crowd the labels.
        ax.set_xticks([], minor=True)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    ax.set(xlabel=WORDS.get(x, x), ylabel=y)
    finish(ax, style, title, legend=len(lines) > 1)
    return figure
