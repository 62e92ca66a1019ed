"""Curves of one share against another, in a square from 0 to 1: what ROC and precision-recall have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.pictures.style import SIZES, Style, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWN = 1_000  # points of a curve


def thinned(x: np.ndarray, y: np.ndarray, most: int = MOST_DRAWN) -> np.ndarray:
    """Which points of a curve (k,) to draw, (at most `most`,): both ends, and the others about evenly along it.

    >>> thinned(np.arange(9) / 8, np.zeros(9), 3).tolist()
    [0, 4, 8]
    """
    if len(x) <= most:
        return np.arange(len(x))
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    return np.unique(np.append(np.searchsorted(way, np.linspace(0, way[-1], most)[:-1]), len(x) - 1))


def at_threshold(thresholds: np.ndarray, threshold: float) -> int:
    """The place in falling thresholds (k,) whose rows are those at or above a threshold; -1 where there are none.

    >>> at_threshold(np.array([np.inf, 0.8, 0.4]), 0.5)
    1
    """
    return int(np.searchsorted(-thresholds, -threshold, side="right")) - 1


def colour_of(k: int, style: Style) -> Any:
    """Of the k-th model to compare with."""
    colours = (style.palette.held, *style.palette.layers)
    return colours[k % len(colours)]


def finish(ax: Axes, style: Style, corner: str) -> None:
    """Both axes from 0 to 1 at one scale, a grid, and the legend in a corner ("lower right", …)."""
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ax.grid(True, color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    dress(ax, style)
    legend(ax, style, loc=corner)


def legend(ax: Axes, style: Style, **place: Any) -> None:
    """A legend on the theme's paper, which may lie over lines."""
    ax.legend(
        frameon=True, framealpha=0.85, facecolor=style.theme.paper, edgecolor=style.theme.grid,
        labelcolor=style.theme.ink, fontsize=SIZES.small, **place,
    ).set_zorder(6)  # fmt: skip  # one call
