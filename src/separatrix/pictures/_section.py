"""A section: predictions over two columns of a table, numbers or categories, with areas far from any row hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from separatrix.evaluation.inspection import Section
from separatrix.pictures._explanations import LETTERS, dress_axis, named
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, lettering, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["section"]

JITTER = 0.28  # half the width over which the rows of a category are scattered
FEW = 300  # up to this number, rows have their full size and opacity


def section(
    result: Section,
    *,
    classes: tuple[str, str] = ("0", "1"),
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Probabilities as colours, the decision boundary as a line, rows as points; hatched where no row is near.

    With several models, they disagree about the class in the darker band.

    Args:
        result: of `separatrix.section_of`.
        classes: names of classes 0 and 1.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import polars, separatrix as sx
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> frame = polars.DataFrame({"a": [0.2, 0.8], "b": ["x", "y"]})
        >>> result = sx.section_of(First(), frame, {"a": "number", "b": "category"}, ("a", "b"))
        >>> section(result).axes[0].get_xlabel()
        'a'
    """
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (7, 5))
    image = _paint(ax, result, style)
    # Positive where the lowest and the highest of the models' probabilities lie on different sides of one half.
    band = np.minimum(0.5 - result.low, result.high - 0.5)
    _shade(ax, result, band, color=style.theme.mark, alpha=0.22)
    _shade(
        ax, result, np.where(result.supported, -1.0, 1.0), color=style.theme.grid, alpha=0.92, hatch=style.theme.faint
    )
    _draw_border(ax, result, style)
    _draw_rows(ax, result, style)
    bar = figure.colorbar(image, ax=ax)
    bar.set_label(f"probability of {lettering(classes[1], 24)}", color=style.theme.ink, fontsize=SIZES.label)
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)
    bar.ax.set_facecolor(style.theme.paper)  # its colours are as translucent as the plane's
    ax.set(xlabel=named(result.first), ylabel=named(result.second))
    ax.set_title(f"{lettering(result.first.name, 24)} and {lettering(result.second.name, 24)}")
    dress_axis(ax, result.first, "x", letters=2 * LETTERS)
    dress_axis(ax, result.second, "y")
    dress(ax, style)
    return figure


def _edges(result: Section) -> tuple[np.ndarray, np.ndarray]:
    """The edges of the cells of each axis, (a + 1,) and (b + 1,): every node is the centre of its cell."""
    edges = []
    for axis in (result.first, result.second):
        # A single node has no spacing; its cell is 1 wide, like a category's.
        step = (axis.position[-1] - axis.position[0]) / (len(axis) - 1) if len(axis) > 1 else 1.0
        edges.append(np.append(axis.position - step / 2, axis.position[-1] + step / 2))
    return edges[0], edges[1]


def _paint(ax: Axes, result: Section, style: Style) -> AxesImage:
    """Draw the probabilities as one image, smooth if both axes are continuous, with lines between categories."""
    x, y = _edges(result)
    # Between two categories no value exists, so nothing may be interpolated there.
    smooth = not result.first.labels and not result.second.labels
    image = ax.imshow(
        # Rows come first in an image, so the section's first axis has to be the second.
        result.probability.T,
        origin="lower",
        extent=(x[0], x[-1], y[0], y[-1]),
        aspect="auto",
        cmap=style.palette.colormap,
        vmin=0,
        vmax=1,
        alpha=0.75,
        interpolation="bilinear" if smooth else "nearest",
    )
    for axis, line in ((result.first, ax.axvline), (result.second, ax.axhline)):
        # Categories lie at whole numbers, so the line between two of them is at a half.
        for place in axis.position[:-1] + 0.5 if axis.labels else ():
            line(float(place), color=style.theme.paper, linewidth=2)
    return image


def _shade(ax: Axes, result: Section, height: np.ndarray, color: str, alpha: float, hatch: str = "none") -> None:
    """Cover the area where `height` is above 0: one smooth area if both axes are continuous, else a strip per category.

    Args:
        ax: the axes.
        result: has the positions of the nodes.
        height: (a, b).
        color: of the area.
        alpha: opacity.
        hatch: colour of the hatching, or "none".
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    if not (height > 0).any():
        return
    lines = None if hatch == "none" else "////"
    if not result.first.labels and not result.second.labels:
        # The upper level is above every height, so that no peak is left out; the floor keeps the two levels apart.
        top = max(float(height.max()), 1e-9)
        x, y = result.first.position, result.second.position
        area = ax.contourf(x, y, height.T, levels=[0, top * 1.01], colors=[color], alpha=alpha, hatches=[lines])
        area.set(edgecolor=hatch, linewidth=0)
        return
    # One rectangle per stretch instead of one per cell, whose edges would show as fine lines.
    (x, y), strips = _edges(result), []
    if result.second.labels:
        for k, column in enumerate(height.T):
            strips += [Rectangle((x[i], y[k]), x[j] - x[i], y[k + 1] - y[k]) for i, j in _stretches(column > 0)]
    else:
        for k, row in enumerate(height):
            strips += [Rectangle((x[k], y[i]), x[k + 1] - x[k], y[j] - y[i]) for i, j in _stretches(row > 0)]
    ax.add_collection(PatchCollection(strips, facecolor=color, edgecolor=hatch, alpha=alpha, linewidth=0, hatch=lines))


def _stretches(on: np.ndarray) -> list[tuple[int, int]]:
    """The stretches in which a row of flags is on, each as (first index, one past the last).

    >>> _stretches(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    # With a 0 at both ends, a stretch at the border has a start and an end too.
    steps = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return list(zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True))


def _draw_border(ax: Axes, result: Section, style: Style) -> None:
    """Draw where both classes are equally probable: a line, or a stroke in the strip of each category."""
    p = result.probability
    # Matplotlib warns of a level that doesn't occur.
    if not p.min() < 0.5 < p.max():
        return
    x, y = result.first.position, result.second.position
    if not result.first.labels and not result.second.labels:
        ax.contour(x, y, p.T, levels=[0.5], colors=style.theme.mark, linewidths=1.4, zorder=2.5)
    elif not result.first.labels:
        for i, k in zip(*np.nonzero(np.diff(p > 0.5, axis=0)), strict=True):
            ax.plot(
                [_crossing(x, p[:, k], i)] * 2, [k - 0.5, k + 0.5], color=style.theme.mark, linewidth=1.4, zorder=2.5
            )
    elif not result.second.labels:
        for k, i in zip(*np.nonzero(np.diff(p > 0.5, axis=1)), strict=True):
            ax.plot([k - 0.5, k + 0.5], [_crossing(y, p[k], i)] * 2, color=style.theme.mark, linewidth=1.4, zorder=2.5)


def _crossing(position: np.ndarray, p: np.ndarray, i: int) -> float:
    """The position between the nodes i and i + 1 at which p is one half, by linear interpolation."""
    share = (0.5 - p[i]) / (p[i + 1] - p[i])
    return float(position[i] + share * (position[i + 1] - position[i]))


def _draw_rows(ax: Axes, result: Section, style: Style) -> None:
    """Draw the rows, scattered over the width of their category; more rows are smaller and fainter."""
    rng = np.random.default_rng(0)  # seeded: the same call gives the same picture
    marks = result.marks.copy()
    for k, axis in enumerate((result.first, result.second)):
        if axis.labels:
            marks[:, k] += rng.uniform(-JITTER, JITTER, len(marks))
    strength = min(1.0, FEW / max(len(marks), 1))
    colours = [style.palette.of_class(label) for label in (0, 1)]
    for label in (0, 1) if result.y is not None else (None,):
        rows = marks if label is None or result.y is None else marks[result.y == label]
        # Powers below 1: a hundred times as many rows must still be visible, only smaller and fainter.
        ax.scatter(
            rows[:, 0],
            rows[:, 1],
            s=20 * strength**0.6,
            alpha=0.9 * strength**0.25,
            zorder=3,
            linewidths=0.5 * strength**0.3,
            color=style.theme.faint if label is None else colours[label],
            edgecolors=style.theme.edge,
        )
