"""How good a classifier's probabilities are: ROC, precision and recall, thresholds, confusion matrix, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from separatrix.evaluation.scores import (
    Calibration,
    Confusion,
    Thresholds,
    compute_calibration,
    compute_confusion,
    compute_precision_recall,
    compute_roc,
    compute_thresholds,
    scored,
)
from separatrix.pictures._score_chart import (
    BESIDE,
    UNIT,
    Curve,
    draw_chart,
    model_curves,
    reference,
    threshold_index,
    threshold_mark,
)
from separatrix.pictures.style import SIZES, Style, figure_and_axes, lettering, stacked_axes, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["calibration", "confusion", "precision_recall", "roc", "thresholds"]

SQUARE = (5.2, 5.0)  # inches; both axes are shares, so a unit is equally long on both


def roc(
    y: Any,
    probability: Any,
    *,
    comparisons: Mapping[str, Any] | None = None,
    name: str = "network",
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The ROC curve: the true positive rate against the false positive rate over all thresholds.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        comparisons: probabilities of other models to compare with, name -> (n,).
        name: of the first model, for the legend.
        threshold: the one to mark on the curve.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'network: AUC 0.750'
    """
    style = style_of(palette, theme)

    def curve(values: Any) -> tuple[np.ndarray, np.ndarray, str]:
        rates = compute_roc(scored(y, values))
        return rates.false_positive_rate, rates.true_positive_rate, f"AUC {rates.auc:.3f}"

    # The curve itself is thinned for drawing; the mark needs the exact point of its threshold.
    rates = compute_roc(scored(y, probability))
    k = threshold_index(rates.threshold, threshold)
    first, *rivals = model_curves(curve, probability, comparisons, name, style)
    mark = threshold_mark(rates.false_positive_rate[k], rates.true_positive_rate[k], threshold, style)
    chance = reference((0, 1), (0, 1), "chance: AUC 0.500", style)
    labels: dict[str, Any] = {"title": "ROC", "xlabel": "false positive rate", "ylabel": "true positive rate (recall)"}
    return _in_unit_square(ax, [first, mark, *rivals, chance], style, "lower right", labels)


def precision_recall(
    y: Any,
    probability: Any,
    *,
    comparisons: Mapping[str, Any] | None = None,
    name: str = "network",
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Precision against recall over all thresholds, drawn as steps because no threshold lies between two of them.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        comparisons: probabilities of other models to compare with, name -> (n,).
        name: of the first model, for the legend.
        threshold: the one to mark on the curve.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_legend().get_texts()[0].get_text()
        'network: average precision 0.833'
    """
    style = style_of(palette, theme)

    def curve(values: Any) -> tuple[np.ndarray, np.ndarray, str]:
        # At recall 0 nothing is predicted as class 1 and precision is 0/0. scikit-learn puts 1 there; we go on from the
        # first real point, so that the curve doesn't start with a spike that no threshold reaches.
        rates = compute_precision_recall(scored(y, values))
        recall, precision = np.append(0.0, rates.recall), np.append(rates.precision[0], rates.precision)
        return recall, precision, f"average precision {rates.average_precision:.3f}"

    rates = compute_precision_recall(scored(y, probability))
    k = threshold_index(rates.threshold, threshold)
    first, *rivals = model_curves(curve, probability, comparisons, name, style, drawstyle="steps-pre")
    # Above the highest probability nothing is predicted as class 1, and precision is undefined: no mark.
    marks = [threshold_mark(rates.recall[k], rates.precision[k], threshold, style)] if k >= 0 else []
    chance = reference(UNIT, (rates.share, rates.share), f"chance: {rates.share:.3f}", style)
    low = rates.share < 0.5 or rates.precision.min() > 0.35  # the lower left corner is free of curves
    labels: dict[str, Any] = {"title": "Precision and recall", "xlabel": "recall", "ylabel": "precision"}
    corner = "lower left" if low else "best"
    return _in_unit_square(ax, [first, *marks, *rivals, chance], style, corner, labels)


def _in_unit_square(ax: Axes | None, curves: list[Curve], style: Style, corner: str, labels: dict[str, Any]) -> Figure:
    """Curves of two shares, on axes with equal units; corner: where the legend stands."""
    figure, ax = figure_and_axes(ax, style, SQUARE)
    draw_chart(ax, curves, style, legend={"loc": corner}, xlim=UNIT, ylim=UNIT, aspect="equal", **labels)
    return figure


def thresholds(
    y: Any,
    probability: Any,
    *,
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Accuracy, precision, recall and F1 over the threshold, with the thresholds of the best accuracy and F1.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        threshold: the current one, to mark.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = thresholds([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> figure.axes[0].get_xlabel()
        'threshold'
    """
    style = style_of(palette, theme)
    rates = compute_thresholds(scored(y, probability))
    # All three in one colour, apart from the curves, and told apart by their dashes.
    event = style.palette.event
    marks = [
        Curve(np.array([x, x]), np.array(UNIT), label, {"color": event, "linestyle": dashes, "linewidth": 1.3})
        for x, dashes, label in (
            (threshold, "-", f"current: {threshold:.3g}"),
            (rates.best_f1, "--", f"highest F1: {rates.best_f1:.3g}"),
            (rates.best_accuracy, ":", f"highest accuracy: {rates.best_accuracy:.3g}"),
        )
    ]
    figure, ax = figure_and_axes(ax, style, (8, 4.2))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    draw_chart(
        ax,
        [*_rate_curves(rates, style), *marks],
        style,
        legend=BESIDE,
        title="Metrics by threshold",
        xlabel="threshold",
        xlim=(0, 1),
        ylim=UNIT,
    )
    return figure


def _rate_curves(rates: Thresholds, style: Style) -> list[Curve]:
    colours, curves = style.palette, []
    for values, label, colour, dashes in (
        (rates.accuracy, "accuracy", colours.accuracy, "-"),
        (rates.precision, "precision", colours.loss, "-"),
        (rates.recall, "recall", colours.loss, "--"),
        (rates.f1, "F1", colours.layers[0], "-"),
        (rates.taken, "share predicted as class 1", colours.layers[2], "-."),
    ):
        # Precision is NaN above the highest probability: the curve ends there instead of leaving a gap.
        defined = np.isfinite(values)
        look = {"color": colour, "linestyle": dashes, "linewidth": 1.6}
        curves.append(Curve(rates.threshold[defined], values[defined], label, look))
    return curves


def confusion(
    y: Any,
    probability: Any,
    *,
    threshold: float = 0.5,
    classes: tuple[str, str] = ("0", "1"),
    decided: Any = None,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The confusion matrix at a threshold; a stronger colour is a larger share of the actual class.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        threshold: rows with at least this probability are predicted as class 1.
        classes: names of classes 0 and 1.
        decided: whether each row is predicted as class 1, (n,) bool, where no single threshold decides.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: a threshold outside [0, 1], an unknown palette or theme.

    Examples:
        >>> figure = confusion([0, 0, 1, 1], [0.1, 0.6, 0.35, 0.8])
        >>> [text.get_text().split()[0] for text in figure.axes[0].texts]
        ['1', '1', '1', '1']
    """
    style = style_of(palette, theme)
    matrix = compute_confusion(scored(y, probability, classes, decided), threshold)
    figure, ax = figure_and_axes(ax, style, SQUARE)
    _draw_cells(ax, matrix, style)
    names = [lettering(name, 16) for name in classes]  # longer ones would overlap under a cell
    accuracy = matrix.counts.trace() / matrix.counts.sum()
    rule = "Rows decided one by one" if matrix.threshold is None else f"Threshold {matrix.threshold:.3g}"
    draw_chart(
        ax,
        [],
        style,
        legend=None,
        grid=False,
        title=f"{rule}: accuracy {accuracy:.1%}",
        xlabel="predicted class",
        ylabel="actual class",
        xticks=(0.5, 1.5),
        yticks=(0.5, 1.5),
        xticklabels=names,
        xlim=(0, 2),
        ylim=(2, 0),  # the first row at the top, as a matrix is written
        aspect="equal",
    )
    # Turned: beside the cells, long names would take the matrix's room.
    ax.set_yticklabels(names, rotation=90, va="center")
    ax.tick_params(length=0)
    return figure


def _draw_cells(ax: Axes, matrix: Confusion, style: Style) -> None:
    # Normalised over the actual class, so that the diagonal holds specificity and recall.
    shares = matrix.counts / matrix.counts.sum(axis=1, keepdims=True)
    for (actual, predicted), share in np.ndenumerate(shares):
        # Even a full cell keeps half the paper's lightness: the numbers are written in the theme's ink.
        opacity, colour = 0.06 + 0.5 * float(share), style.palette.of_class(actual)
        ax.add_patch(Rectangle((predicted, actual), 1, 1, facecolor=colour, alpha=opacity, linewidth=0))
        ax.text(
            predicted + 0.5,
            actual + 0.5,
            f"{int(matrix.counts[actual, predicted]):,}\n{share:.1%}",
            ha="center",
            va="center",
            color=style.theme.ink,
            fontsize=SIZES.title,
            linespacing=1.5,
            fontweight="bold" if actual == predicted else "normal",
        )
    for line in (ax.axhline, ax.axvline):  # gaps between the cells, in the colour of the background
        line(1, color=style.theme.paper, linewidth=3)


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
    """The observed share of class 1 against the predicted probability with 95% intervals, above a histogram.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        bins: number of groups of equally many rows.
        classes: names of classes 0 and 1.
        ax: axes in whose place the two panels are drawn; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: `bins` out of range, an unknown palette or theme.

    Examples:
        >>> figure = calibration([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], bins=2)
        >>> [ax.get_ylabel() for ax in figure.axes]
        ['observed share', 'rows']
    """
    style = style_of(palette, theme)
    groups = compute_calibration(scored(y, probability, classes), bins)
    figure, (above, below) = stacked_axes(ax, style, SQUARE, (3, 1))
    draw_chart(
        above,
        [reference((0, 1), (0, 1), "perfectly calibrated", style), _calibration_curve(groups, style)],
        style,
        legend={"loc": "upper left"},
        title=f"Calibration: Brier score {groups.brier:.3f}",
        ylabel="observed share",
        xlim=UNIT,
        # A little beyond 0 and 1, so that markers there aren't cut in half.
        ylim=(-0.03, 1.03),
    )
    _draw_histogram(below, groups, classes, style)
    # Above the bars, which may be high everywhere.
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 2, "frameon": False, "borderaxespad": 0.2}
    draw_chart(below, [], style, legend=place, xlabel="predicted probability of class 1", ylabel="rows")
    return figure


def _calibration_curve(groups: Calibration, style: Style) -> Curve:
    fewest, most_rows = int(groups.counts.min()), int(groups.counts.max())
    # Groups have equal sizes except where rows with one probability must stay together.
    rows = f"{fewest:,}" if fewest == most_rows else f"{fewest:,} to {most_rows:,}"
    look = {"color": style.palette.loss, "marker": "o", "markersize": 5, "linewidth": 1.3, "elinewidth": 1.1}
    # Matplotlib wants distances below and above a point, not the interval's ends.
    error = np.array([groups.observed - groups.low, groups.high - groups.observed])
    label = f"groups of {rows} rows, 95% interval"
    return Curve(groups.predicted, groups.observed, label, look | {"capsize": 2.5}, error)


def _draw_histogram(ax: Axes, groups: Calibration, classes: tuple[str, str], style: Style) -> None:
    """Rows by predicted probability, the classes stacked."""
    base = np.zeros(len(groups.histogram))
    for label in (0, 1):
        ax.bar(
            groups.edges[:-1],
            groups.histogram[:, label],
            np.diff(groups.edges),
            base,
            align="edge",
            color=style.palette.of_class(label),
            label=lettering(classes[label], 18),
            linewidth=0,
        )
        base = base + groups.histogram[:, label]
