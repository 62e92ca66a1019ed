"""The ROC curve: what share of class 1 is found, against what share of class 0 is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter

from separatrix.evaluation.scores import (
    Calibration,
    Confusion,
    PrecisionRecall,
    Roc,
    Thresholds,
    compute_calibration,
    compute_confusion,
    compute_precision_recall,
    compute_roc,
    compute_thresholds,
    scored,
)
from separatrix.pictures._style import SIZES, Style, dress, figure_and_axes, lettering, stacked_axes, style_of

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
    _draw_roc(ax, found, name, style.palette.loss, linewidth=2, zorder=3)
    k = at_threshold(found.threshold, threshold)
    ax.plot(
        found.false_positive_rate[k], found.true_positive_rate[k], "o", color=style.palette.loss, markersize=8,
        markeredgecolor=style.theme.paper, label=f"at threshold {threshold:.3g}", zorder=4,
    )  # fmt: skip  # one call
    for j, (other, values) in enumerate((others or {}).items()):
        _draw_roc(ax, compute_roc(scored(y, values)), other, colour_of(j, style), linewidth=1.3, linestyle="--")
    ax.plot([0, 1], [0, 1], color=style.theme.faint, linestyle=":", linewidth=1.2, label="guessing: AUC 0.500")
    ax.set(title="ROC", xlabel="share of class 0 taken for class 1", ylabel="share of class 1 found")
    finish(ax, style, "lower right")
    return figure


def _draw_roc(ax: Axes, found: Roc, name: str, colour: Any, **line: Any) -> None:
    keep = thinned(found.false_positive_rate, found.true_positive_rate)
    x, y = found.false_positive_rate[keep], found.true_positive_rate[keep]
    ax.plot(x, y, color=colour, label=f"{lettering(name)}: AUC {found.auc:.3f}", **line)


# What each threshold would make of the same probabilities: accuracy, precision, recall, F1, and how many are taken.


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


# The confusion table: rows counted by what they are and what they are taken for.


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


# Calibration: whether what is said to happen with probability p happens in a share p of the rows.


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


# Curves of one share against another, in a square from 0 to 1: what ROC and precision-recall have in common.


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
    colours = (style.palette.validation, *style.palette.layers)
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


# Precision against recall: how pure what is taken for class 1 is, against what share of class 1 is found.


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
    _draw_precision_recall(ax, found, name, style.palette.loss, linewidth=2, zorder=3)
    k = at_threshold(found.threshold, threshold)
    if k >= 0:  # otherwise nothing is taken for class 1, and precision is not defined
        ax.plot(
            found.recall[k], found.precision[k], "o", color=style.palette.loss, markersize=8,
            markeredgecolor=style.theme.paper, label=f"at threshold {threshold:.3g}", zorder=4,
        )  # fmt: skip  # one call
    for j, (other, values) in enumerate((others or {}).items()):
        rival = compute_precision_recall(scored(y, values))
        _draw_precision_recall(ax, rival, other, colour_of(j, style), linewidth=1.3, linestyle="--")
    guess = f"guessing: {found.share:.3f}"
    ax.axhline(found.share, color=style.theme.faint, linestyle=":", linewidth=1.2, label=guess)
    ax.set(title="Precision and recall", xlabel="recall: share of class 1 found")
    ax.set_ylabel("precision: share of class 1 among what is taken for it")
    finish(ax, style, "lower left" if found.share < 0.5 or found.precision.min() > 0.35 else "best")
    return figure


def _draw_precision_recall(ax: Axes, found: PrecisionRecall, name: str, colour: Any, **line: Any) -> None:
    recall, precision = np.append(0.0, found.recall), np.append(found.precision[0], found.precision)
    keep = thinned(recall, precision)
    label = f"{lettering(name)}: average precision {found.average_precision:.3f}"
    ax.step(recall[keep], precision[keep], where="pre", color=colour, label=label, **line)
