"""The curves of a training: loss on a logarithmic scale, accuracies, learning rate, and events such as an early stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from separatrix.pictures.style import SIZES, Style, dress, stacked_axes, style_of
from separatrix.training.run import Run, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["curves"]

MOST_DRAWN = 2_000  # points of a curve; a longer history is thinned evenly
NARROW = 50  # a logarithmic axis over less than this factor has labels at 2 and 5 too, or it would have one or none
MARKER_LIMIT = 30  # up to this number of points, each has a marker


@dataclass(frozen=True)
class Event:
    """Something that happened at an epoch."""

    epoch: int
    what: str


@dataclass(frozen=True, eq=False)
class CurveData:
    """The thinned history of a run, one row per epoch drawn.

    Attributes:
        epoch: (k,).
        loss: training loss, (k,).
        validation_loss: of the validation rows, (k,), or None where there are none.
        accuracy: training accuracy, (k,).
        validation_accuracy: of the validation rows, (k,), or None.
        lr: the learning rate, (k,), or None where it is constant.
        log_scale: whether a logarithmic scale can show the losses: some are positive, and none is negative.
        events: with their epochs.
        snapshots: epochs after which the parameters were stored.
    """

    epoch: np.ndarray
    loss: np.ndarray
    validation_loss: np.ndarray | None
    accuracy: np.ndarray
    validation_accuracy: np.ndarray | None
    lr: np.ndarray | None
    log_scale: bool
    events: tuple[Event, ...]
    snapshots: tuple[int, ...]


def compute_events(run: Run) -> list[Event]:
    """The first epoch with a training accuracy of 100%, and the end of the training if it came before the last epoch."""
    events = []
    # Of the logged epochs; in between, the training may have been solved a little earlier.
    solved = np.flatnonzero(run.log.accuracy == 1.0)
    if len(solved):
        events.append(Event(int(run.log.epoch[solved[0]]), "first 100%"))
    if run.status is Status.DIVERGED:
        events.append(Event(run.epochs, "diverged"))
    elif run.epochs < run.recipe.epochs:
        events.append(Event(run.epochs, "stopped" if run.status is Status.STOPPED else "early stop"))
    return events


def compute_curve_data(run: Run) -> CurveData:
    """The history of a run, thinned to `MOST_DRAWN` rows, without empty columns.

    Values that are not finite become NaN, which leaves a gap in the curve.
    """
    log = run.log
    keep = np.unique(np.linspace(0, len(log) - 1, MOST_DRAWN).astype(int)) if len(log) else np.zeros(0, int)

    def column(values: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(values[keep]), values[keep], np.nan)

    def unless_empty(values: np.ndarray) -> np.ndarray | None:
        return column(values) if np.isfinite(values).any() else None

    # Training and validation loss share an axis, so both decide about its scale.
    losses = np.concatenate([log.loss, log.validation_loss])
    losses = losses[np.isfinite(losses)]
    return CurveData(
        log.epoch[keep],
        column(log.loss),
        unless_empty(log.validation_loss),
        column(log.accuracy),
        unless_empty(log.validation_accuracy),
        column(log.lr) if len(log) and np.ptp(log.lr) > 0 else None,
        bool((losses > 0).any() and (losses >= 0).all()),
        tuple(compute_events(run)),
        tuple(sorted(run.snapshots)),
    )


def curves(
    run: Run,
    *,
    log_epochs: bool = False,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """Loss above and accuracy below over the epochs, and the learning rate where it changes.

    Args:
        run: a training; if its history is empty, the panels say so.
        log_epochs: whether the epochs have a logarithmic axis, on which the first thousand of 50,000 are as wide as the
            rest. Epoch 0 has no place there: a snapshot of it isn't marked.
        ax: axes in whose place the panels are drawn; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=50), sx.circle(seed=0))
        >>> [ax.get_ylabel() for ax in curves(run).axes]
        ['loss', 'accuracy']
    """
    style, history = style_of(palette, theme), compute_curve_data(run)
    # A constant learning rate would be a panel with a straight line.
    heights = (3, 2) if history.lr is None else (3, 2, 1)
    figure, panels = stacked_axes(ax, style, (8, 5.4 if history.lr is None else 6.6), heights)
    _draw_losses(panels[0], history, style)
    _draw_accuracies(panels[1], history, style)
    if history.lr is not None:
        _draw(panels[2], history, history.lr, style.theme.faint)
        panels[2].set_ylabel("rate")
        panels[2].set_ylim(bottom=0)
    for panel in panels:
        dress(panel, style)
        panel.grid(True, color=style.theme.grid, linewidth=0.6)
        panel.set_axisbelow(True)
        _mark_events(panel, history, style, log_epochs)
    _draw_legend(panels[0], history, style, "")
    _draw_legend(panels[1], history, style, "accuracy")
    panels[0].set_title(_title(run), color=style.theme.ink)
    _dress_epochs(panels[-1], history, log_epochs)
    return figure


def _title(run: Run) -> str:
    epochs = f"{run.epochs:,} epoch{'' if run.epochs == 1 else 's'}"
    return f"{run.network}: {run.status} after {epochs}, loss {run.loss:.4g}"


def _draw(ax: Axes, history: CurveData, values: np.ndarray | None, colour: object, label: str = "") -> None:
    """Draw one curve, with markers if it has few points: a single point would draw no line."""
    if values is not None:
        ax.plot(
            history.epoch,
            values,
            color=colour,
            label=label,
            linewidth=1.5,
            marker="o" if len(values) <= MARKER_LIMIT else "",
            markersize=3.5,
        )


def _draw_losses(ax: Axes, history: CurveData, style: Style) -> None:
    _draw(ax, history, history.loss, style.palette.loss, "training loss")
    _draw(ax, history, history.validation_loss, style.palette.validation, "validation loss")
    ax.set_ylabel("loss")
    if history.log_scale:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(_plain())
        ax.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        # Minor labels only on a narrow axis; over many decades they would overlap the major ones.
        low, high = ax.get_ylim()
        ax.yaxis.set_minor_formatter(_plain() if high / low < NARROW else NullFormatter())


def _plain() -> FuncFormatter:
    """Numbers as in text, not as powers of ten. Each axis needs a formatter of its own, which refers to the axis."""
    return FuncFormatter(lambda value, _: f"{value:g}")


def _draw_accuracies(ax: Axes, history: CurveData, style: Style) -> None:
    _draw(ax, history, history.accuracy, style.palette.accuracy, "training accuracy")
    _draw(ax, history, history.validation_accuracy, style.palette.validation, "validation accuracy")
    ax.set_ylabel("accuracy")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    # The upper end is slightly above 1, so that a curve at 100% is visible; low accuracies enlarge the axis.
    lowest = np.nanmin(history.accuracy) if np.isfinite(history.accuracy).any() else 0.5
    ax.set_ylim(min(0.95, lowest - 0.03), 1.02)


def _mark_events(ax: Axes, history: CurveData, style: Style, log_epochs: bool) -> None:
    for event, dashes in zip(history.events, (":", "--"), strict=False):
        label = f"{event.what}: epoch {event.epoch:,}"
        ax.axvline(event.epoch, color=style.palette.event, linestyle=dashes, linewidth=1.5, label=label)
    snapshots = [epoch for epoch in history.snapshots if epoch > 0 or not log_epochs]
    if snapshots:
        # Few snapshots are triangles; many would hide one another and become strokes.
        individual = len(snapshots) <= MARKER_LIMIT
        ax.plot(
            snapshots,
            np.zeros(len(snapshots)),
            "^" if individual else "|",
            transform=ax.get_xaxis_transform(),
            clip_on=False,
            color=style.palette.event,
            markersize=5 if individual else 6,
            label="snapshot",
            zorder=4,
        )


def _draw_legend(ax: Axes, history: CurveData, style: Style, ending: str) -> None:
    """The legend beside the panel, where it hides nothing, of the artists whose label has this ending."""
    handles = [handle for handle, label in zip(*ax.get_legend_handles_labels(), strict=True) if label.endswith(ending)]
    if not len(history.epoch):
        ax.text(
            0.5, 0.5, "the history is empty", ha="center", va="center", color=style.theme.ink, transform=ax.transAxes
        )
        ax.set(xticks=[], yticks=[])
        return
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        labelcolor=style.theme.ink,
        fontsize=SIZES.small,
    )


def _dress_epochs(ax: Axes, history: CurveData, log_epochs: bool) -> None:
    ax.set_xlabel("epoch, logarithmic" if log_epochs else "epoch")
    if not len(history.epoch):
        return
    marks = [*history.epoch.tolist(), *(event.epoch for event in history.events), *history.snapshots]
    thousands = FuncFormatter(lambda epoch, _: f"{epoch:,.0f}")
    if log_epochs:
        first, last = min(epoch for epoch in marks if epoch > 0), max(marks)
        ax.set_xscale("log")
        ax.set_xlim(first, last + (last == first))  # a range needs a length
        ax.xaxis.set_major_formatter(thousands)
        # Over several decades there is no room between the powers of ten.
        narrow = last / first < NARROW
        ax.xaxis.set_minor_locator(LogLocator(subs=(2, 5) if narrow else "auto"))
        ax.xaxis.set_minor_formatter(thousands if narrow else NullFormatter())
        return
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    ax.xaxis.set_major_formatter(thousands)
    if marks and min(marks) == max(marks):  # Matplotlib would choose fractions of an epoch as limits
        ax.set_xlim(marks[0] - 1, marks[0] + 1)
