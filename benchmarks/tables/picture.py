"""Critical-difference pictures and forecasts beside what came, in the house's style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.tables.ranks import METRICS, cliques, mean_ranks
from separatrix.pictures.style import SIZES, Style, dress, new_figure, style_of

STYLE = style_of("safe", "light")  # a picture that lies in a repository is read on its own paper


def critical_differences(costs: dict[str, pd.DataFrame], ours: str, path: Path) -> None:
    """A panel a metric: methods on an axis of mean ranks; a bar joins those that no test tells apart."""
    figure = new_figure(STYLE, (10, 3.4 * len(costs)))
    panels = np.atleast_1d(figure.subplots(len(costs), 1))
    for axes, (metric, cost) in zip(panels, costs.items(), strict=True):
        _ranks(axes, cost, ours, STYLE)
        axes.set_title(f"{METRICS[metric]}: mean rank over {len(cost)} tables, best on the left", fontsize=SIZES.title)
        axes.title.set_color(STYLE.theme.ink)
    figure.savefig(path)


def _ranks(axes: Any, cost: pd.DataFrame, ours: str, style: Style) -> None:
    ranks = mean_ranks(cost).sort_values(kind="stable")
    count, groups = len(ranks), cliques(cost)
    half = (count + 1) // 2
    low, high = np.floor(ranks.min() - 0.3), np.ceil(ranks.max() + 0.3)
    axes.set_axis_off()
    axes.set(
        xlim=(low - 0.28 * (high - low), high + 0.28 * (high - low)),
        ylim=(-1.0 - 0.45 * len(groups) - 0.75 * half, 1.0),
    )
    ink, faint = style.theme.ink, style.theme.faint
    axes.plot([low, high], [0, 0], color=ink, lw=1)
    for tick in np.arange(low, high + 1):
        axes.plot([tick, tick], [0, 0.15], color=ink, lw=1)
        axes.text(tick, 0.25, f"{tick:g}", ha="center", va="bottom", fontsize=SIZES.small, color=ink)
    for k, group in enumerate(groups):
        y = -0.4 - 0.45 * k
        axes.plot([ranks[group[0]] - 0.05, ranks[group[-1]] + 0.05], [y, y], color=faint, lw=4, solid_capstyle="butt")
    for k, (name, rank) in enumerate(ranks.items()):
        left = k < half
        y = -0.8 - 0.45 * len(groups) - 0.75 * (k if left else count - 1 - k)
        edge, side = (low - 0.02, "right") if left else (high + 0.02, "left")
        colour, weight = (style.palette.accuracy, "bold") if name == ours else (ink, "normal")
        axes.plot([rank, rank, edge], [0, y, y], color=colour, lw=1.6 if name == ours else 0.8)
        words = f"{name}  {rank:.2f}" if left else f"{rank:.2f}  {name}"
        axes.text(edge, y, f" {words} ", ha=side, va="center", fontsize=SIZES.small, color=colour, fontweight=weight)


def calibration(rows: pd.DataFrame, methods: list[str], ours: str, path: Path) -> None:
    """A small panel a method: the share of class 1 against the mean forecast, in ten bins over all tables and splits."""
    columns = 5
    lines = -(-len(methods) // columns)
    figure = new_figure(STYLE, (11, 2.4 * lines + 0.4))
    panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, name in zip(panels, methods, strict=False):
        _reliability(axes, rows[(rows["method"] == name) & (rows["status"] == "ok")], name, name == ours)
    for axes in panels[len(methods) :]:
        axes.set_axis_off()
    figure.supxlabel("mean forecast", fontsize=SIZES.label, color=STYLE.theme.ink)
    figure.supylabel("share of class 1", fontsize=SIZES.label, color=STYLE.theme.ink)
    figure.savefig(path)


def _reliability(axes: Any, rows: pd.DataFrame, name: str, ours: bool) -> None:
    dress(axes, STYLE)
    count, forecast, came = (np.sum([*rows[f"bin_{each}"]], axis=0) for each in ("rows", "forecasts", "positives"))
    seen = count > 0
    colour = STYLE.palette.accuracy if ours else STYLE.palette.loss
    axes.plot([0, 1], [0, 1], color=STYLE.theme.faint, lw=1)
    axes.plot(forecast[seen] / count[seen], came[seen] / count[seen], color=colour, marker="o", markersize=4, lw=1.4)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set_title(name, fontsize=SIZES.small, color=STYLE.theme.ink, fontweight="bold" if ours else "normal")
