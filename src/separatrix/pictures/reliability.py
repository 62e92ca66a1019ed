"""Calibration: whether what is said to happen with probability p happens in a share p of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.pictures.style import Style, dress, stacked_axes, style_of
from separatrix.pictures.unit_square import legend
from separatrix.pictures.words import lettering
from separatrix.scores import Calibration, compute_calibration, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def calibration(
    y: Any,
    probability: Any,
    *,
    bins: int = 10,
    classes: tuple[str, str] = ("0", "1"),
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Above, the share of class 1 against the probability that was said, with 95 % intervals; below, how often it was said.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        bins: into so many groups of equally many rows.
        classes: how classes 0 and 1 are called.
        ax: axes in whose place the panels are drawn; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: labels or probabilities that are none, or one class only.
        InvalidParameter: `bins` out of range, an unknown palette or theme.

    Examples:
        >>> figure = calibration([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], bins=2)
        >>> [ax.get_ylabel() for ax in figure.axes]
        ['observed share', 'rows']
    """
    style = style_of(palette, theme)
    found = compute_calibration(scored(y, probability, classes), bins)
    figure, (above, below) = stacked_axes(ax, style, (5.2, 5), (3, 1))
    _draw_shares(above, found, style)
    _draw_counts(below, found, classes, style)
    for panel in (above, below):
        panel.grid(True, color=style.theme.grid, linewidth=0.6)
        panel.set_axisbelow(True)
        dress(panel, style)
    legend(above, style, loc="upper left")
    return figure


def _draw_shares(ax: Axes, found: Calibration, style: Style) -> None:
    ax.plot([0, 1], [0, 1], color=style.theme.faint, linestyle=":", linewidth=1.2, label="as said")
    error = np.array([found.observed - found.low, found.high - found.observed])
    least, most = int(found.counts.min()), int(found.counts.max())
    rows = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    ax.errorbar(
        found.predicted, found.observed, yerr=error.clip(0), color=style.palette.loss, marker="o", markersize=5,
        linewidth=1.3, elinewidth=1.1, capsize=2.5, label=f"{rows} rows each, 95 % interval",
    )  # fmt: skip  # one call
    ax.set(title=f"Calibration: Brier score {found.brier:.3f}", ylabel="observed share")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.03))


def _draw_counts(ax: Axes, found: Calibration, classes: tuple[str, str], style: Style) -> None:
    base = np.zeros(len(found.histogram))
    for label in (0, 1):
        ax.bar(
            found.edges[:-1], found.histogram[:, label], np.diff(found.edges), base, align="edge",
            color=style.palette.of_class(label), label=lettering(classes[label], 18), linewidth=0,
        )  # fmt: skip  # one call
        base = base + found.histogram[:, label]
    ax.set(xlabel="predicted probability of class 1", ylabel="rows")
    legend(ax, style, loc="best", title=None)
