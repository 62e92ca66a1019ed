"""Precision against recall: how pure what is taken for class 1 is, against what share of class 1 is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.pictures.style import figure_and_axes, style_of
from separatrix.pictures.unit_square import at_threshold, colour_of, finish, thinned
from separatrix.pictures.words import lettering
from separatrix.scores import PrecisionRecall, compute_precision_recall, scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def precision_recall(
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
    """The curve through all thresholds, as steps, for between two of them nothing lies; and where one of them is on it.

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
        >>> figure = precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'network: average precision 0.833'
    """
    style = style_of(palette, theme)
    found = compute_precision_recall(scored(y, probability))
    figure, ax = figure_and_axes(ax, style, (5.2, 5))
    _draw(ax, found, name, style.palette.loss, linewidth=2, zorder=3)
    k = at_threshold(found.threshold, threshold)
    if k >= 0:  # otherwise nothing is taken for class 1, and precision is not defined
        ax.plot(
            found.recall[k], found.precision[k], "o", color=style.palette.loss, markersize=8,
            markeredgecolor=style.theme.paper, label=f"at threshold {threshold:.3g}", zorder=4,
        )  # fmt: skip  # one call
    for j, (other, values) in enumerate((others or {}).items()):
        rival = compute_precision_recall(scored(y, values))
        _draw(ax, rival, other, colour_of(j, style), linewidth=1.3, linestyle="--")
    guess = f"guessing: {found.share:.3f}"
    ax.axhline(found.share, color=style.theme.faint, linestyle=":", linewidth=1.2, label=guess)
    ax.set(title="Precision and recall", xlabel="recall: share of class 1 found")
    ax.set_ylabel("precision: share of class 1 among what is taken for it")
    finish(ax, style, "lower left" if found.share < 0.5 or found.precision.min() > 0.35 else "best")
    return figure


def _draw(ax: Axes, found: PrecisionRecall, name: str, colour: Any, **line: Any) -> None:
    recall, precision = np.append(0.0, found.recall), np.append(found.precision[0], found.precision)
    keep = thinned(recall, precision)
    label = f"{lettering(name)}: average precision {found.average_precision:.3f}"
    ax.step(recall[keep], precision[keep], where="pre", color=colour, label=label, **line)
