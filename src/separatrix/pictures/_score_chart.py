"""The drawing that all pictures of a classifier's scores share: curves, reference lines, axes, grid and legend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.pictures.style import SIZES, Style, dress, lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_POINTS = 1_000  # of a curve; a picture of five inches has no more pixels to show them on
UNIT = (-0.02, 1.02)  # limits of an axis of shares: a curve along its end stays visible
INSIDE = {"frameon": True, "framealpha": 0.85}  # a legend that may lie over lines
BESIDE = {"loc": "upper left", "bbox_to_anchor": (1, 1), "frameon": False}  # one that must not hide any


@dataclass(frozen=True, eq=False)
class Curve:
    """One entry of the chart and of its legend.

    Attributes:
        x: (k,).
        y: (k,).
        label: its words in the legend.
        line: Matplotlib's properties of the line or of its markers.
        error: distances from y to both ends of an interval, (2, k), or None.
    """

    x: np.ndarray
    y: np.ndarray
    label: str
    line: Mapping[str, Any] = field(default_factory=dict)
    error: np.ndarray | None = None


def draw_chart(
    ax: Axes, curves: list[Curve], style: Style, *, legend: Mapping[str, Any] | None, grid: bool = True, **axes: Any
) -> None:
    """Draw the curves and finish the axes.

    Args:
        ax: axes of this chart alone.
        curves: in the order of the legend; may be empty where the caller has drawn bars or cells.
        style: the style of the picture.
        legend: where it goes, as arguments of `Axes.legend`, or None for no legend.
        grid: whether to draw grid lines, below everything else.
        axes: title, labels and limits, as arguments of `Axes.set`.
    """
    for curve in curves:
        draw = ax.plot if curve.error is None else _with_bars(ax, curve.error)
        draw(curve.x, curve.y, label=curve.label, **curve.line)
    ax.set(**axes)
    if grid:
        ax.grid(True, color=style.theme.grid, linewidth=0.6)
        ax.set_axisbelow(True)
    dress(ax, style)
    if legend is not None:
        _draw_legend(ax, style, legend)


def _with_bars(ax: Axes, error: np.ndarray) -> Callable[..., Any]:
    """`Axes.errorbar` with its intervals filled in."""

    def draw(x: np.ndarray, y: np.ndarray, **line: Any) -> None:
        # Rounding can put an end of an interval on the wrong side of its estimate, which Matplotlib refuses.
        ax.errorbar(x, y, yerr=error.clip(0), **line)

    return draw


def _draw_legend(ax: Axes, style: Style, place: Mapping[str, Any]) -> None:
    theme, frame = style.theme, {} if place.get("frameon") is False else INSIDE
    drawn = ax.legend(
        facecolor=theme.paper,
        edgecolor=theme.grid,
        labelcolor=theme.ink,
        fontsize=SIZES.small,
        **{**frame, **place},
    )
    drawn.set_zorder(6)  # above the marker of the threshold, the highest of the curves


def model_curves(
    draw: Callable[[Any], tuple[np.ndarray, np.ndarray, str]],
    probability: Any,
    comparisons: Mapping[str, Any] | None,
    name: str,
    style: Style,
    **line: Any,
) -> list[Curve]:
    """The curve of a model, and thinner dashed ones of those it is compared with.

    Args:
        draw: probabilities (n,) -> x (k,), y (k,) and the score in words.
        probability: of the model, (n,).
        comparisons: name -> probabilities (n,) of another model, or None.
        name: of the model.
        style: the style of the picture.
        line: further properties of all lines.
    """
    curves = []
    for k, (model, values) in enumerate({name: probability, **(comparisons or {})}.items()):
        x, y, score = draw(values)
        keep = thinned(x, y)
        look: dict[str, Any] = {"color": _comparison_colour(k - 1, style), "linewidth": 1.3, "linestyle": "--"}
        if k == 0:
            look = {"color": style.palette.loss, "linewidth": 2, "zorder": 3}
        curves.append(Curve(x[keep], y[keep], f"{lettering(model)}: {score}", look | line))
    return curves


def _comparison_colour(k: int, style: Style) -> Any:
    colours = (style.palette.validation, *style.palette.layers)
    return colours[k % len(colours)]


def threshold_mark(x: float, y: float, threshold: float, style: Style) -> Curve:
    """A ring on the curve where the threshold in use lies."""
    look = {"color": style.palette.loss, "marker": "o", "linestyle": "none", "markersize": 8, "zorder": 4}
    look |= {"markeredgecolor": style.theme.paper}
    return Curve(np.array([x]), np.array([y]), f"at threshold {threshold:.3g}", look)


def reference(x: tuple[float, float], y: tuple[float, float], label: str, style: Style) -> Curve:
    """The dotted line of a model without any skill, or of a perfectly calibrated one."""
    look = {"color": style.theme.faint, "linestyle": ":", "linewidth": 1.2}
    return Curve(np.array(x), np.array(y), label, look)


def thinned(x: np.ndarray, y: np.ndarray, max_points: int = MAX_POINTS) -> np.ndarray:
    """Indices of the points of a curve to draw: both ends, and the others about evenly along its length.

    Args:
        x: (k,).
        y: (k,).
        max_points: the largest number of points drawn.

    Returns:
        Increasing indices, (at most `max_points`,) int64.

    Examples:
        >>> thinned(np.arange(9) / 8, np.zeros(9), 3).tolist()
        [0, 4, 8]
    """
    if len(x) <= max_points:
        return np.arange(len(x))
    # Lengths are taken along the axes (the 1-norm): these curves are staircases, and every second index of one would
    # leave out whole steps where many rows share a probability.
    length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    return np.unique(np.append(np.searchsorted(length, np.linspace(0, length[-1], max_points)[:-1]), len(x) - 1))


def threshold_index(thresholds: np.ndarray, threshold: float) -> int:
    """The index in falling thresholds (k,) of the last one that is at or above a threshold; -1 if there is none.

    >>> threshold_index(np.array([np.inf, 0.8, 0.4]), 0.5)
    1
    """
    return int(np.searchsorted(-thresholds, -threshold, side="right")) - 1
