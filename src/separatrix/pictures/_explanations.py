"""Explanations of a classifier of tables: partial dependence and permutation importance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.errors import InvalidParameter
from separatrix.evaluation.inspection import Axis, Dependence, Importance
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, figure_and_cells, lettering, style_of
from separatrix.support.constraints import Integer, check

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dependence", "importance"]


COLUMNS = 3  # panels side by side


def dependence(
    result: Dependence | Sequence[Dependence],
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Partial dependence: the mean prediction over a column, with the middle 80% of the rows as a band.

    Thin lines are the other models; marks at the bottom are the data.

    Args:
        result: of `separatrix.dependence_of`; each of several has a panel.
        ax: axes in whose place the panels are drawn; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: an empty sequence, an unknown palette or theme.

    Examples:
        >>> import polars, separatrix as sx
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> result = sx.dependence_of(First(), polars.DataFrame({"a": [0.25, 0.5]}), "a", "number")
        >>> dependence(result).axes[0].get_title()
        'a'
    """
    style = style_of(palette, theme)
    records = [result] if isinstance(result, Dependence) else list(result)
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


def _draw(ax: Axes, curve: Dependence, style: Style) -> None:
    x, colour = curve.axis.position, style.palette.loss
    line = not curve.axis.labels
    if line:
        ax.fill_between(x, curve.low, curve.high, color=colour, alpha=0.16, linewidth=0)
    else:
        ax.vlines(x, curve.low, curve.high, color=colour, alpha=0.3, linewidth=5)
    joined = 1.0 if KINDS[curve.axis.kind].ordered else 0.0  # between categories lies nothing
    for member in curve.members:
        ax.plot(x, member, color=colour, alpha=0.35, linewidth=0.8 * joined, marker="" if line else "_", markersize=9)
    ax.plot(x, curve.mean, color=colour, linewidth=(2 if line else 0.8) * joined, marker="" if line else "o")
    if np.isfinite(curve.absent):
        ax.axhline(curve.absent, color=style.palette.event, linestyle="--", linewidth=1.2, label="no value")
        ax.legend(loc="best", frameon=False, labelcolor=style.theme.ink, fontsize=SIZES.tiny)
    _mark_rows(ax, curve, style)
    ax.set(title=lettering(curve.axis.name, 26), ylim=(-0.06, 1.03))
    if curve.axis.left_out:
        ax.set_xlabel(shown_of(curve.axis))
    ax.title.set_fontsize(SIZES.label)
    dress_axis(ax, curve.axis, "x", room=0.1)
    ax.grid(True, axis="y", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)


def _mark_rows(ax: Axes, curve: Dependence, style: Style) -> None:
    """Mark where the rows are: a stroke for each value, or a bar with the share of each category, at the bottom."""
    marks = curve.marks[np.isfinite(curve.marks)]
    if curve.axis.labels:
        share = np.bincount(marks.astype(np.int64), minlength=len(curve.axis)) / max(len(curve.marks), 1)
        ax.bar(curve.axis.position, 0.04 * share, 0.6, -0.05, color=style.theme.faint, linewidth=0)
        return
    low, high = curve.axis.position[[0, -1]]
    seen = marks[(marks >= low) & (marks <= high)]
    grain = np.unique(np.round((seen - low) / (high - low) * 300))  # a panel can't show more strokes apart
    place = np.repeat(low + grain / 300 * (high - low), 3)
    foot = np.tile([-0.05, -0.02, np.nan], len(grain))  # one line with gaps is one path instead of hundreds
    ax.plot(place, foot, color=style.theme.faint, linewidth=0.7)


# Permutation importance (Breiman 2001): the loss of AUC when a column's values are permuted, with intervals.


def importance(
    result: Importance,
    *,
    max_columns: int = 20,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Permutation importance, the most important column first; columns whose interval contains 0 are faint.

    Args:
        result: of `separatrix.importance_of`.
        max_columns: the largest number of columns drawn.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: `max_columns` is not an integer from 1 to 200, an unknown palette or theme.

    Examples:
        >>> result = Importance(("age",), np.array([0.2]), np.array([0.1]), np.array([0.3]), 0.9, 100, 10)
        >>> [label.get_text() for label in importance(result).axes[0].get_yticklabels()]
        ['age']
    """
    check("importance", {"max_columns": max_columns}, {"max_columns": Integer(1, 200)})
    style = style_of(palette, theme)
    order = result.order()[:max_columns]
    figure, ax = figure_and_axes(ax, style, (8, 1.5 + 0.27 * max(len(order), 2)))
    _draw_rows(ax, result, order, style)
    rest = len(result.names) - len(order)
    ax.set_title(f"Permutation importance{f', {rest} more columns below these' if rest else ''}")
    ax.set_xlabel(f"decrease in AUC (from {result.auc:.3f}) when the column is permuted, 95% interval")
    ax.grid(True, axis="x", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    return figure


def _draw_rows(ax: Axes, result: Importance, order: list[int], style: Style) -> None:
    mean, low, high = result.mean[order], result.low[order], result.high[order]
    place = np.arange(len(order))
    error = np.array([mean - low, high - mean])
    for sure, opacity in (((low > 0), 1.0), ((low <= 0), 0.45)):
        if sure.any():
            ax.barh(place[sure], mean[sure], 0.62, color=style.palette.loss, alpha=0.55 * opacity, linewidth=0)
            ax.errorbar(
                mean[sure],
                place[sure],
                xerr=error[:, sure],
                fmt="o",
                color=style.palette.loss,
                markersize=4.5,
                elinewidth=1.4,
                capsize=2.5,
                alpha=opacity,
            )
    ax.axvline(0, color=style.theme.faint, linewidth=1)
    top = float(max(high.max(), 1e-3))
    ax.set_xlim(min(float(low.min()), 0.0) - 0.02 * top, 1.04 * top)
    names = [lettering(result.names[k]) for k in order]
    ax.set_yticks(place, names, fontsize=SIZES.small)
    ax.set_ylim(len(order) - 0.4, -0.6)


# A column of a table as an axis: numbers, dates, or categories with their names.


LETTERS = 34  # of all labels together that fit below a panel of three inches
MANY = 4  # above this number, crowded labels are vertical


def dress_axis(ax: Axes, axis: Axis, which: str, room: float = 0.0, letters: int = LETTERS) -> None:
    """Set the ticks and the limits of an axis.

    Args:
        ax: the axes.
        axis: the column.
        which: "x" or "y".
        room: beside the first and the last category, in their distance.
        letters: that fit below an x axis; longer labels are slanted or vertical.
    """
    scale = ax.xaxis if which == "x" else ax.yaxis
    limits = ax.set_xlim if which == "x" else ax.set_ylim
    if not axis.labels:
        limits(float(axis.position[0]), float(axis.position[-1]))
        if axis.kind == "date":
            from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

            # With minticks=3 Matplotlib finds no ticks for 30 to 36 months or 60 to 72 hours, and warns.
            locator = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]
            scale.set_major_locator(locator)
            scale.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        else:
            from matplotlib.ticker import MaxNLocator

            scale.set_major_locator(MaxNLocator(nbins=5))
            kind = KINDS[axis.kind]
            if kind.labelled_axis:
                scale.set_major_formatter(lambda x, _: kind.labels(np.array([x * kind.axis_unit]))[0])
        return
    names = [lettering(label, 14) for label in axis.labels]
    limits(-0.5 - room, len(axis) - 0.5 + room)
    crowded = which == "x" and max(map(len, names)) * len(names) > letters
    turned: dict[str, Any] = {}
    if crowded:
        turned = {"rotation": 90, "ha": "center"} if len(names) > MANY else {"rotation": 30, "ha": "right"}
    scale.set_ticks(axis.position.tolist(), names, **turned)


def named(axis: Axis) -> str:
    """The label of the axis: the name of its column, and how many categories are shown if not all."""
    return f"{lettering(axis.name, 40)} ({shown_of(axis)})" if axis.left_out else lettering(axis.name, 40)


def shown_of(axis: Axis) -> str:
    """The number of categories shown, in words.

    >>> import numpy as np, polars
    >>> shown_of(Axis("town", "category", polars.Series(["Ulm"]), np.zeros(1), ("Ulm",), left_out=6))
    'the 1 most frequent of 7'
    """
    return f"the {len(axis):,} most frequent of {len(axis) + axis.left_out:,}"
