"""What each threshold would make of the same probabilities: accuracy, precision, recall, F1, and how many are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter

from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, style_of
from separatrix.scores import Thresholds, compute_thresholds, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def thresholds(
    y: Any,
    probability: Any,
    *,
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Rates over the threshold, and where F1 is highest.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        threshold: the one in use, to mark.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: labels or probabilities that are none, or one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = thresholds([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_xlabel()
        'threshold'
    """
    style = style_of(palette, theme)
    found = compute_thresholds(scored(y, probability))
    figure, ax = figure_and_axes(ax, style, (8, 4.2))
    _draw_rates(ax, found, style)
    for where, dashes, label in (
        (threshold, "-", f"in use: {threshold:.3g}"),
        (found.best_f1, "--", f"highest F1: {found.best_f1:.3g}"),
        (found.best_accuracy, ":", f"highest accuracy: {found.best_accuracy:.3g}"),
    ):
        ax.axvline(where, color=style.palette.event, linestyle=dashes, linewidth=1.3, label=label)
    ax.set(title="What the threshold trades", xlabel="threshold", xlim=(0, 1), ylim=(-0.02, 1.02))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    ax.grid(True, color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, labelcolor=style.theme.ink, fontsize=SIZES.small)
    return figure


def _draw_rates(ax: Axes, found: Thresholds, style: Style) -> None:
    colours = style.palette
    for values, label, colour, dashes in (
        (found.accuracy, "accuracy", colours.accuracy, "-"),
        (found.precision, "precision", colours.loss, "-"),
        (found.recall, "recall", colours.loss, "--"),
        (found.f1, "F1", colours.layers[0], "-"),
        (found.taken, "share taken for class 1", colours.layers[2], "-."),
    ):
        seen = np.isfinite(values)
        ax.plot(found.threshold[seen], values[seen], color=colour, linestyle=dashes, linewidth=1.6, label=label)
