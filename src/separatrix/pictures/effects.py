"""Partial dependence: the mean prediction over the values of a column, for one column or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.explanations import Dependence
from separatrix.pictures.scales import dress_axis, shown_of
from separatrix.pictures.style import SIZES, Style, dress, figure_and_cells, style_of
from separatrix.pictures.words import lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3  # panels side by side


def dependence(
    found: Dependence | Sequence[Dependence],
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The mean prediction over a column; around it the middle 80 % of the rows, thin the other models, below the data.

    Args:
        found: by `separatrix.dependence_of`; of several, each gets a panel.
        ax: axes in whose place the panels are drawn; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: nothing to draw, an unknown palette or theme.

    Examples:
        >>> import polars, separatrix as sx
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> found = sx.dependence_of(First(), polars.DataFrame({"a": [0.25, 0.5]}), "a", "number")
        >>> dependence(found).axes[0].get_title()
        'a'
    """
    style = style_of(palette, theme)
    records = [found] if isinstance(found, Dependence) else list(found)
    if not records:
        raise InvalidParameter("dependence: at least one record is needed, got none.")
    wide = min(len(records), COLUMNS)
    deep = -(-len(records) // wide)
    size = (5.2, 3.6) if wide == 1 else (3.1 * wide, 2.75 * deep + 0.25)
    figure, place, cells = figure_and_cells(ax, style, size, (deep, wide))
    first: Axes | None = None
    for k, record in enumerate(records):
        panel = place.add_subplot(cells[k // wide, k % wide], sharey=first)
        _draw(panel, record, style)
        if k % wide == 0:
            panel.set_ylabel("mean probability")
        else:
            panel.tick_params(labelleft=False)
        dress(panel, style)
        first = first or panel
    return figure


def _draw(ax: Axes, found: Dependence, style: Style) -> None:
    x, colour = found.axis.position, style.palette.loss
    line = not found.axis.labels
    if line:
        ax.fill_between(x, found.low, found.high, color=colour, alpha=0.16, linewidth=0)
    else:
        ax.vlines(x, found.low, found.high, color=colour, alpha=0.3, linewidth=5)
    joined = 0.0 if found.axis.kind in ("category", "boolean") else 1.0  # between categories lies nothing
    for member in found.members:
        ax.plot(x, member, color=colour, alpha=0.35, linewidth=0.8 * joined, marker="" if line else "_", markersize=9)
    ax.plot(x, found.mean, color=colour, linewidth=(2 if line else 0.8) * joined, marker="" if line else "o")
    if np.isfinite(found.absent):
        ax.axhline(found.absent, color=style.palette.event, linestyle="--", linewidth=1.2, label="no value")
        ax.legend(loc="best", frameon=False, labelcolor=style.theme.ink, fontsize=SIZES.tiny)
    _mark_rows(ax, found, style)
    ax.set(title=lettering(found.axis.name, 26), ylim=(-0.06, 1.03))
    if found.axis.left_out:
        ax.set_xlabel(shown_of(found.axis))
    ax.title.set_fontsize(SIZES.label)
    dress_axis(ax, found.axis, "x", room=0.1)
    ax.grid(True, axis="y", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)


def _mark_rows(ax: Axes, found: Dependence, style: Style) -> None:
    """Where the rows are: a stroke each, or of categories their share as a bar at the foot."""
    marks = found.marks[np.isfinite(found.marks)]
    if found.axis.labels:
        share = np.bincount(marks.astype(np.int64), minlength=len(found.axis)) / max(len(found.marks), 1)
        ax.bar(found.axis.position, 0.04 * share, 0.6, -0.05, color=style.theme.faint, linewidth=0)
        return
    low, high = found.axis.position[[0, -1]]
    seen = marks[(marks >= low) & (marks <= high)]
    grain = np.unique(np.round((seen - low) / (high - low) * 300))  # no more strokes than can be told apart
    place = np.repeat(low + grain / 300 * (high - low), 3)
    foot = np.tile([-0.05, -0.02, np.nan], len(grain))  # one line with gaps: one path instead of hundreds
    ax.plot(place, foot, color=style.theme.faint, linewidth=0.7)
