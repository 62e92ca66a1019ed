"""The confusion table: rows counted by what they are and what they are taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, style_of
from separatrix.pictures.words import lettering
from separatrix.scores import Confusion, compute_confusion, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def confusion(
    y: Any,
    probability: Any,
    *,
    threshold: float = 0.5,
    classes: tuple[str, str] = ("0", "1"),
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Four counts at a threshold; the stronger the colour, the larger the share of that class.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        threshold: from which probability on a row is taken for class 1.
        classes: how classes 0 and 1 are called.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: labels or probabilities that are none, or one class only.
        InvalidParameter: a threshold outside [0, 1], an unknown palette or theme.

    Examples:
        >>> figure = confusion([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
        >>> [text.get_text().split()[0] for text in figure.axes[0].texts]
        ['1', '1', '1', '1']
    """
    style = style_of(palette, theme)
    found = compute_confusion(scored(y, probability, classes), threshold)
    figure, ax = figure_and_axes(ax, style, (5.2, 5))
    _draw_cells(ax, found, style)
    names = [lettering(each, 16) for each in classes]
    ax.set(xticks=(0.5, 1.5), yticks=(0.5, 1.5), xticklabels=names, xlim=(0, 2), ylim=(2, 0), aspect="equal")
    ax.set_yticklabels(names, rotation=90, va="center")
    ax.tick_params(length=0)
    right = found.counts.trace() / found.counts.sum()
    ax.set(title=f"At threshold {found.threshold:.3g}: {right:.1%} right", xlabel="taken for", ylabel="truly")
    dress(ax, style)
    return figure


def _draw_cells(ax: Axes, found: Confusion, style: Style) -> None:
    from matplotlib.patches import Rectangle

    shares = found.counts / found.counts.sum(axis=1, keepdims=True)
    for truth in (0, 1):
        for taken in (0, 1):
            share, count = float(shares[truth, taken]), int(found.counts[truth, taken])
            colour = style.palette.of_class(truth)
            ax.add_patch(Rectangle((taken, truth), 1, 1, facecolor=colour, alpha=0.06 + 0.5 * share, linewidth=0))
            ax.text(
                taken + 0.5, truth + 0.5, f"{count:,}\n{share:.1%}", ha="center", va="center",
                color=style.theme.ink, fontsize=SIZES.title, linespacing=1.5,
                fontweight="bold" if truth == taken else "normal",
            )  # fmt: skip  # one call
    for line in (ax.axhline, ax.axvline):
        line(1, color=style.theme.paper, linewidth=3)
