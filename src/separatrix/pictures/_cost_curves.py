"""What decisions cost and what they are worth, over the threshold: the cost curve and the decision curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from separatrix.evaluation.costs import compute_costs, compute_net_benefit
from separatrix.evaluation.scores import scored
from separatrix.pictures._score_chart import Curve, draw_chart, model_curves, reference
from separatrix.pictures.style import Style, figure_and_axes, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["costs", "net_benefit"]

SIZE = (5.6, 4.6)  # inches


def costs(
    y: Any,
    probability: Any,
    *,
    false_positive: float = 1.0,
    false_negative: float = 1.0,
    threshold: float = 0.5,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The mean cost of a row over the threshold, with its 95% interval, beside deciding without a model.

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        false_positive: what a false positive costs.
        false_negative: what a false negative costs, in the same unit.
        threshold: the current one, to mark.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: a cost that isn't above 0, or an unknown palette or theme.

    Examples:
        >>> figure = costs([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], false_negative=10)
        >>> figure.axes[0].get_legend().get_texts()[-1].get_text()
        'cheapest: 0.179'
    """
    style = style_of(palette, theme)
    curve = compute_costs(scored(y, probability), false_positive, false_negative)
    highest = 1.08 * max(curve.all_positive, curve.all_negative, float(curve.high.max()))
    simple = [
        reference((0, 1), (cost, cost), f"all as {label}: {cost:.3g}", style)
        for cost, label in ((curve.all_positive, "class 1"), (curve.all_negative, "class 0"))
    ]
    simple[1] = Curve(simple[1].x, simple[1].y, simple[1].label, {**simple[1].line, "linestyle": "-."})
    marks = [
        Curve(np.full(2, x), np.array([0, highest]), label, {"color": style.palette.event, "linestyle": dashes})
        for x, dashes, label in (
            (threshold, "-", f"current: {threshold:.3g}"),
            (curve.best, "--", f"cheapest: {curve.best:.3g}"),
        )
    ]
    figure, ax = figure_and_axes(ax, style, SIZE)
    _band(ax, curve.threshold, curve.low, curve.high, style)
    line = {"color": style.palette.loss, "linewidth": 2, "zorder": 3}
    model = Curve(curve.threshold, curve.cost, f"model: {curve.at(threshold):.3g} at {threshold:.3g}", line)
    draw_chart(
        ax,
        [model, *simple, *marks],
        style,
        legend={"loc": "best"},
        title=f"Cost of a row (false positive {false_positive:g}, false negative {false_negative:g})",
        xlabel="threshold",
        ylabel="mean cost",
        xlim=(0, 1),
        ylim=(0, highest),
    )
    return figure


def net_benefit(
    y: Any,
    probability: Any,
    *,
    comparisons: Mapping[str, Any] | None = None,
    name: str = "network",
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The decision curve (Vickers & Elkin 2006): net benefit over the probability from which on one would act.

    A model is worth using at the thresholds where its curve lies above both "act on all" and "act on none".

    Args:
        y: labels 0 and 1, (n,).
        probability: of class 1, (n,).
        comparisons: probabilities of other models to compare with, name -> (n,).
        name: of the first model, for the legend.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: invalid labels or probabilities, or labels of one class only.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> figure = net_benefit([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        ['network: useful from 0.405 to 0.8', 'act on all', 'act on none']
    """
    style = style_of(palette, theme)

    def curve(values: Any) -> tuple[np.ndarray, np.ndarray, str]:
        benefit = compute_net_benefit(scored(y, values))
        useful = benefit.useful()
        words = "no better" if useful is None else f"useful from {useful[0]:.3g} to {useful[1]:.3g}"
        return benefit.threshold, benefit.benefit, words

    first = compute_net_benefit(scored(y, probability))
    share = float(scored(y, probability).y.mean())
    everyone = {"color": style.theme.faint, "linestyle": "-.", "linewidth": 1.2}
    simple = [
        Curve(first.threshold, first.treat_all, "act on all", everyone),
        reference((0, 1), (0, 0), "act on none", style),
    ]
    figure, ax = figure_and_axes(ax, style, SIZE)
    _band(ax, first.threshold, first.low, first.high, style)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    draw_chart(
        ax,
        [*model_curves(curve, probability, comparisons, name, style), *simple],
        style,
        legend={"loc": "upper right"},
        title="Net benefit",
        xlabel="probability from which on one acts",
        ylabel="net benefit per row",
        xlim=(0, 1),
        ylim=(-0.3 * share, 1.25 * share),
    )
    return figure


def _band(ax: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, style: Style) -> None:
    ax.fill_between(x, low, high, color=style.palette.loss, alpha=0.15, linewidth=0)
