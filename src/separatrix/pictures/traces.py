"""The course of a training: loss on a logarithmic scale, accuracies, learning rate, and what happened when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from separatrix.pictures.style import Style, dress, new_figure, style_of
from separatrix.run import Run, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DRAWN = 4_000  # points of a curve; a longer one is thinned


@dataclass(frozen=True)
class Event:
    """Something that happened at an epoch."""

    epoch: int
    what: str


def compute_events(run: Run) -> list[Event]:
    """When all training points were right for the first time, where snapshots were taken, and how the run ended."""
    events = []
    solved = np.flatnonzero(run.log.accuracy == 1.0)
    if len(solved):
        events.append(Event(int(run.log.epoch[solved[0]]), "first 100 %"))
    if run.status is Status.DIVERGED:
        events.append(Event(run.epochs, "diverged"))
    elif run.epochs < run.recipe.epochs:
        events.append(Event(run.epochs, "stopped" if run.status is Status.STOPPED else "early stop"))
    return events


def curves(run: Run, *, palette: str = "coolwarm", theme: str = "light") -> Figure:
    """Loss above, accuracies below, over the epochs; the learning rate too where it changes.

    Args:
        run: a training with at least one logged epoch, or none (then the panels say so).
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=50), sx.circle(seed=0))
        >>> [ax.get_ylabel() for ax in curves(run).axes]
        ['loss', 'accuracy']
    """
    style = style_of(palette, theme)
    changing = len(run.log) > 0 and np.ptp(run.log.lr) > 0
    figure = new_figure(style, (8, 6.6 if changing else 5.4))
    panels = figure.subplots(3 if changing else 2, 1, sharex=True, height_ratios=(3, 2, 1) if changing else (3, 2))
    keep = np.unique(np.linspace(0, len(run.log) - 1, MOST_DRAWN).astype(int)) if len(run.log) else np.zeros(0, int)
    _losses(panels[0], run, keep, style)
    _accuracies(panels[1], run, keep, style)
    if changing:
        panels[2].plot(run.log.epoch[keep], run.log.lr[keep], color=style.theme.faint)
        panels[2].set(ylabel="rate")
        panels[2].set_ylim(bottom=0)
    for ax in panels:
        dress(ax, style)
        ax.grid(True, color=style.theme.grid, linewidth=0.6)
        ax.set_axisbelow(True)
        _mark(ax, run, style)
    _name_events(panels[0], run, style)
    panels[-1].set_xlabel("epoch", color=style.theme.ink)
    panels[-1].xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:,.0f}"))
    return figure


def _losses(ax: Axes, run: Run, keep: np.ndarray, style: Style) -> None:
    log = run.log
    ax.plot(log.epoch[keep], log.loss[keep], color=style.palette.loss, label="training loss")
    if not np.isnan(log.held_loss).all():
        ax.plot(log.epoch[keep], log.held_loss[keep], color=style.palette.held, label="held-out loss")
    if (log.loss > 0).any():
        ax.set_yscale("log")
    ax.set_ylabel("loss")
    ax.set_title(f"{run.network}: {run.status} after {run.epochs:,} epochs, loss {run.loss:.4g}", fontsize=11)
    _legend(ax, style)


def _accuracies(ax: Axes, run: Run, keep: np.ndarray, style: Style) -> None:
    log = run.log
    ax.plot(log.epoch[keep], log.accuracy[keep], color=style.palette.accuracy, label="training accuracy")
    if not np.isnan(log.held_accuracy).all():
        ax.plot(log.epoch[keep], log.held_accuracy[keep], color=style.palette.held, label="held-out accuracy")
    ax.set_ylabel("accuracy")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    _legend(ax, style)


def _legend(ax: Axes, style: Style) -> None:
    ax.legend(loc="best", facecolor=style.theme.paper, edgecolor=style.theme.grid, labelcolor=style.theme.ink, fontsize=9)


def _mark(ax: Axes, run: Run, style: Style) -> None:
    for event in compute_events(run):
        ax.axvline(event.epoch, color=style.palette.event, linestyle="--", linewidth=1)
    if run.snapshots:
        ax.plot(list(run.snapshots), np.zeros(len(run.snapshots)), "|", transform=ax.get_xaxis_transform(),
                color=style.palette.event, markersize=7, clip_on=False)  # fmt: skip  # one call


def _name_events(ax: Axes, run: Run, style: Style) -> None:
    """Write each event beside its line, inward, one above the other."""
    for k, event in enumerate(compute_events(run)):
        late = event.epoch > 0.6 * max(run.epochs, 1)
        ax.annotate(
            f"{event.what}, epoch {event.epoch:,}", (event.epoch, 0.04 + 0.08 * k), xycoords=("data", "axes fraction"),
            xytext=(-5 if late else 5, 0), textcoords="offset points", ha="right" if late else "left",
            color=style.theme.ink, fontsize=8,
        )  # fmt: skip  # one call
