"""What pictures of the plane of two inputs share: axes of one scale, and the true border where it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from separatrix.data.points import Points
from separatrix.pictures.style import SIZES, Style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Ranges that differ by more than this factor are of different units, such as an age and an income: with one scale for
# both, the picture would be a strip.
MOST_UNEQUAL = 3.0
ABOVE_AND_BELOW = 0.95  # inches of title, numbers and label
NARROWEST, WIDEST = 4.4, 10.0  # inches of a figure
REPETITIONS = 2  # of the layout, before that of the drawing itself
TRUE_BORDER = "true border"  # the label of its line


def of_one_scale(span: np.ndarray) -> bool:
    """Whether two ranges, (2,), are near enough to share a scale.

    >>> of_one_scale(np.array([5.0, 6.0])), of_one_scale(np.array([60.0, 80_000.0]))
    (True, False)
    """
    return bool(0 < span.max() <= MOST_UNEQUAL * span.min())


def plane_size(span: np.ndarray, beside: float, otherwise: tuple[float, float]) -> tuple[float, float]:
    """The size in inches of a figure that the plane fills, whose two ranges are `span`, (2,).

    Args:
        span: the lengths of both ranges.
        beside: the width of what stands beside the plane: numbers, labels, a legend.
        otherwise: the size where the axes don't share a scale; its height is that of every figure.
    """
    if not of_one_scale(span):
        return otherwise
    width = (otherwise[1] - ABOVE_AND_BELOW) * span[0] / span[1]
    # Narrower ones would cut their titles, wider ones don't fit on a page.
    return float(np.clip(width + beside, NARROWEST, WIDEST)), otherwise[1]


def scale_equally(ax: Axes) -> None:
    """Give both axes one scale, so that a circle is one, unless their present limits differ too much for that."""
    span = np.abs([np.diff(ax.get_xlim())[0], np.diff(ax.get_ylim())[0]])
    if of_one_scale(span):
        ax.set_aspect("equal", adjustable="box")


def settle(figure: Figure) -> None:
    """Lay out a figure whose axes share a scale until nothing of it is cut.

    The constrained layout measures what surrounds axes before it knows how far one scale makes them shrink. Where they fill
    the figure, its first result cuts the lowest label; each repetition starts from the result before.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        for _ in range(REPETITIONS):
            engine.execute(figure)


def draw_true_border(ax: Axes, points: Points, style: Style) -> None:
    """Draw the border of the tutorial's points, the unit circle, as a faint dashed line; of other points nothing."""
    if points.sampler == "circle":
        ax.add_patch(
            Circle(
                (0, 0),
                1,
                fill=False,
                edgecolor=style.theme.ink,
                linewidth=1.0,
                linestyle=(0, (4, 3)),
                alpha=0.45,
                zorder=2.8,  # below the points
                label=TRUE_BORDER,
            )
        )


def true_border_handles(ax: Axes) -> list[Artist]:
    """What stands for the true border in a legend: a line, where these axes have one."""
    # Not the circle itself, which would be a small box in the legend.
    return [
        Line2D([], [], color=patch.get_edgecolor(), linestyle=(0, (4, 3)), linewidth=1.0, label=TRUE_BORDER)
        for patch in ax.patches
        if patch.get_label() == TRUE_BORDER
    ]


def name_true_border(ax: Axes, style: Style) -> None:
    """A small legend of the true border in a corner, where these axes have one."""
    handles = true_border_handles(ax)
    if handles:
        legend = ax.legend(
            handles=handles, loc="upper right", fontsize=SIZES.tiny, labelcolor=style.theme.ink, framealpha=0.6
        )
        legend.get_frame().set(facecolor=style.theme.paper, edgecolor="none")
