"""The ROC curve: what share of class 1 is found, against what share of class 0 is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from separatrix.pictures.style import figure_and_axes, style_of
from separatrix.pictures.unit_square import at_threshold, colour_of, finish, thinned
from separatrix.pictures.words import lettering
from separatrix.scores import Roc, compute_roc, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def roc(
    y: Any,
    probability: Any,
    *,
    others: Mapping[str, Any] | None = None,
    name: str = "network",
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The curve through all thresholds, and where one of them lies on it.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        others: probabilities by further models, to compare with: name -> (n,).
        name: what the first one is called.
        threshold: the one to mark.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: labels or probabilities that are none, or one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'network: AUC 0.750'
    """
    style = style_of(palette, theme)
    found = compute_roc(scored(y, probability))
    figure, ax = figure_and_axes(ax, style, (5.2, 5))
    _draw(ax, found, name, style.palette.loss, linewidth=2, zorder=3)
    k = at_threshold(found.threshold, threshold)
    ax.plot(
        found.false_positive_rate[k], found.true_positive_rate[k], "o", color=style.palette.loss, markersize=8,
        markeredgecolor=style.theme.paper, label=f"at threshold {threshold:.3g}", zorder=4,
    )  # fmt: skip  # one call
    for j, (other, values) in enumerate((others or {}).items()):
        _draw(ax, compute_roc(scored(y, values)), other, colour_of(j, style), linewidth=1.3, linestyle="--")
    ax.plot([0, 1], [0, 1], color=style.theme.faint, linestyle=":", linewidth=1.2, label="guessing: AUC 0.500")
    ax.set(title="ROC", xlabel="share of class 0 taken for class 1", ylabel="share of class 1 found")
    finish(ax, style, "lower right")
    return figure


def _draw(ax: Axes, found: Roc, name: str, colour: Any, **line: Any) -> None:
    keep = thinned(found.false_positive_rate, found.true_positive_rate)
    x, y = found.false_positive_rate[keep], found.true_positive_rate[keep]
    ax.plot(x, y, color=colour, label=f"{lettering(name)}: AUC {found.auc:.3f}", **line)
