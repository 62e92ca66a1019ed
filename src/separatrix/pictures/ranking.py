"""The importance of columns: how much of the AUC is lost without what each says, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from separatrix.constraints import Integer, check
from separatrix.explanations import Importance
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, style_of
from separatrix.pictures.words import lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def importance(
    found: Importance,
    *,
    most: int = 20,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The most important columns, from above; those whose interval holds 0 are faint.

    Args:
        found: by `separatrix.importance_of`.
        most: at most so many columns.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: `most` isn't a whole number from 1 on, an unknown palette or theme.

    Examples:
        >>> found = Importance(("age",), np.array([0.2]), np.array([0.1]), np.array([0.3]), 0.9, 100, 10)
        >>> [label.get_text() for label in importance(found).axes[0].get_yticklabels()]
        ['age']
    """
    check("importance", {"most": most}, {"most": Integer(1, 200)})
    style = style_of(palette, theme)
    order = found.order()[:most]
    figure, ax = figure_and_axes(ax, style, (8, 1.5 + 0.27 * max(len(order), 2)))
    _draw_rows(ax, found, order, style)
    rest = len(found.names) - len(order)
    ax.set_title(f"Permutation importance{f', {rest} more columns below these' if rest else ''}")
    ax.set_xlabel(f"AUC lost when the column is dealt out anew (of {found.auc:.3f}), 95 % interval")
    ax.grid(True, axis="x", color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    return figure


def _draw_rows(ax: Axes, found: Importance, order: list[int], style: Style) -> None:
    mean, low, high = found.mean[order], found.low[order], found.high[order]
    place = np.arange(len(order))
    error = np.array([mean - low, high - mean])
    for sure, opacity in (((low > 0), 1.0), ((low <= 0), 0.45)):
        if sure.any():
            ax.barh(place[sure], mean[sure], 0.62, color=style.palette.loss, alpha=0.55 * opacity, linewidth=0)
            ax.errorbar(
                mean[sure], place[sure], xerr=error[:, sure], fmt="o", color=style.palette.loss, markersize=4.5,
                elinewidth=1.4, capsize=2.5, alpha=opacity,
            )  # fmt: skip  # one call
    ax.axvline(0, color=style.theme.faint, linewidth=1)
    top = float(max(high.max(), 1e-3))
    ax.set_xlim(min(float(low.min()), 0.0) - 0.02 * top, 1.04 * top)
    names = [lettering(found.names[k]) for k in order]
    ax.set_yticks(place, names, fontsize=SIZES.small)
    ax.set_ylim(len(order) - 0.4, -0.6)
