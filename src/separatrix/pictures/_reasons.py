"""Why rows were predicted as they were: one row's contributions as a waterfall, and those of many rows as swarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.evaluation.inspection import Explanation
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, lettering, style_of
from separatrix.support.constraints import Integer, check

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["beeswarm", "waterfall"]

BINS = 60  # along the axis of a swarm: rows of one bin lie beside each other
MOST_ROWS = 2_000  # of a swarm; more would be one blot


def waterfall(
    result: Explanation,
    row: int = 0,
    *,
    max_columns: int = 10,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The way from the base value to the logit of one row: a bar for each column, the largest contribution first.

    Args:
        result: of `explain`.
        row: index of the row.
        max_columns: the largest number of bars; the columns behind are one bar together.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no such row, `max_columns` is not an integer from 1 to 100, an unknown palette or theme.

    Examples:
        >>> import polars
        >>> frame = polars.DataFrame({"age": [61.0], "town": ["Ulm"]})
        >>> values = np.array([[0.8, -0.3]])
        >>> record = Explanation(frame, {"age": "number", "town": "category"}, -0.2, values, 0 * values, "yes", 16, True)
        >>> [label.get_text() for label in waterfall(record).axes[0].get_yticklabels()]
        ['age = 61', 'town = Ulm']
    """
    rules = {"row": Integer(0, len(result) - 1), "max_columns": Integer(1, 100)}
    check("waterfall", {"row": row, "max_columns": max_columns}, rules)
    style = style_of(palette, theme)
    values = result.contributions[row]
    order = np.argsort(-np.abs(values), kind="stable")
    shown, rest = order[:max_columns], order[max_columns:]
    names = [lettering(result.text(row, int(k))) for k in shown]
    steps = values[shown].tolist()
    if len(rest):
        names.append(f"{len(rest)} more columns" if len(rest) > 1 else "1 more column")
        steps.append(float(values[rest].sum()))
    figure, ax = figure_and_axes(ax, style, (8, 1.7 + 0.36 * max(len(steps), 2)))
    _draw_steps(ax, result.base_value, steps, style)
    ax.set_yticks(range(len(steps)), names, fontsize=SIZES.small)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.set_title(f"Logit of {lettering(str(result.label), 20)}: {result.logits[row]:.2f} from {result.base_value:.2f}")
    ax.set_xlabel("logit, from the mean of the background to this row")
    ax.grid(True, axis="x", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    return figure


def _draw_steps(ax: Axes, base: float, steps: list[float], style: Style) -> None:
    ends = base + np.cumsum(steps)
    starts = np.concatenate([[base], ends[:-1]])
    ax.axvline(base, color=style.theme.faint, linewidth=1, linestyle=":")
    span = float(np.ptp(np.concatenate([starts, ends]))) or 1.0
    for place, (start, end, step) in enumerate(zip(starts, ends, steps, strict=True)):
        ax.barh(place, step, 0.66, left=start, color=style.palette.of_class(int(step > 0)), linewidth=0)
        if place + 1 < len(steps):
            ax.plot([end, end], [place + 0.33, place + 0.67], color=style.theme.faint, linewidth=0.8)
        right = max(start, end)  # the number behind the bar: on it, it would have no contrast in one of the themes
        ax.text(right + 0.015 * span, place, f"{step:+.2f}", va="center", color=style.theme.ink, fontsize=SIZES.small)
    low, high = float(min(starts.min(), ends.min())), float(max(starts.max(), ends.max()))
    ax.set_xlim(low - 0.06 * span, high + 0.16 * span)


def beeswarm(
    result: Explanation,
    *,
    max_columns: int = 12,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The contributions of each column to the logits of many rows, a point for each row; the strongest column first.

    The colour of a point is the rank of the row's value in its column, from low to high; categories and missing values, which
    have no rank, are grey.

    Args:
        result: of `explain`, of which at most 2,000 rows are drawn.
        max_columns: the largest number of columns drawn.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: `max_columns` is not an integer from 1 to 100, an unknown palette or theme.

    Examples:
        >>> import polars
        >>> frame = polars.DataFrame({"age": [61.0, 20.0]})
        >>> values = np.array([[0.8], [-0.3]])
        >>> record = Explanation(frame, {"age": "number"}, -0.2, values, 0 * values, "yes", 16, True)
        >>> [label.get_text() for label in beeswarm(record).axes[0].get_yticklabels()]
        ['age']
    """
    check("beeswarm", {"max_columns": max_columns}, {"max_columns": Integer(1, 100)})
    style = style_of(palette, theme)
    order = result.order()[:max_columns]
    rows = np.unique(np.linspace(0, len(result) - 1, min(len(result), MOST_ROWS)).astype(np.int64))
    figure, ax = figure_and_axes(ax, style, (8, 1.7 + 0.42 * max(len(order), 2)))
    ax.axvline(0, color=style.theme.faint, linewidth=1)
    span = float(np.ptp(result.contributions[rows])) or 1.0
    for place, k in enumerate(order):
        values, ranks = result.contributions[rows, k], _ranks(result, k)[rows]
        colours = [style.theme.faint if np.isnan(rank) else style.palette.colormap(rank) for rank in ranks]
        # without an edge the pale middle of the colours would be lost on paper
        ax.scatter(
            values,
            place + _beside(values, span),
            14,
            color=colours,
            edgecolors=style.theme.faint,
            linewidths=0.3,
            zorder=2,
        )
    ax.set_yticks(range(len(order)), [lettering(result.columns[k]) for k in order], fontsize=SIZES.small)
    ax.set_ylim(len(order) - 0.4, -0.6)
    rest = len(result.columns) - len(order)
    ax.set_title(
        f"Contributions to the logit of {lettering(str(result.label), 20)}{f', {rest} columns fewer' if rest else ''}"
    )
    # on two lines: beside long names of columns there is no room for one
    ax.set_xlabel("contribution to the logit\nblue: low values of the column, the other colour: high ones")
    ax.grid(True, axis="x", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    return figure


def _ranks(result: Explanation, column: int) -> np.ndarray:
    """The rank of each row's value in its column, (n,) in [0, 1]; NaN for categories and missing values."""
    name, kind = list(result.kinds.items())[column]
    if KINDS[kind].textual:
        return np.full(len(result), np.nan)
    numbers = KINDS[kind].numbers(result.rows[name])
    present = ~np.isnan(numbers)
    ranks = np.full(len(numbers), np.nan)
    values, index, counts = np.unique(numbers[present], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - 0.5 * (counts + 1)  # equal values share the middle of their ranks
    ranks[present] = middle[index] / max(int(present.sum()) - 1, 1) if len(values) > 1 else 0.5
    return ranks


def _beside(values: np.ndarray, span: float) -> np.ndarray:
    """How far each point is moved across the axis, (n,) within ±0.38, so that those of a bin lie beside each other."""
    bins = np.round(values / span * BINS).astype(np.int64)
    place = np.zeros(len(values))
    largest = 1
    for number in np.unique(bins):
        inside = np.flatnonzero(bins == number)
        largest = max(largest, len(inside))
        place[inside] = (np.arange(len(inside)) + 1) // 2 * np.where(np.arange(len(inside)) % 2, 1, -1)
    return place * min(0.09, 0.76 / largest)
