"""Fan charts: a quantity of many runs by epoch, as the median with bands for the middle 50% and 90% of the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from separatrix.errors import InvalidParameter
from separatrix.pictures._curves import NARROW
from separatrix.pictures._shares import colour_of_line, finish
from separatrix.pictures.style import figure_and_axes, style_of
from separatrix.support.constraints import Choice, check
from separatrix.training.run import Run, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fans"]

# Quantiles and not the mean: the losses of solved and of stuck runs differ by orders of magnitude.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("loss", "accuracy", "validation_loss", "validation_accuracy")
MOST_FANS = 4
NODES = 400  # epochs drawn, evenly spaced on the logarithmic axis


@dataclass(frozen=True, eq=False)
class Fan:
    """Quantiles over runs.

    Attributes:
        epoch: (k,), increasing.
        quantiles: (5, k), one row for each of `QUANTILES`; infinite where too many runs diverged.
        runs: number of runs.
        diverged: number of runs that diverged; from then on they count as infinitely bad.
    """

    epoch: np.ndarray
    quantiles: np.ndarray
    runs: int
    diverged: int


def compute_fan(runs: Sequence[Run], column: str = "loss") -> Fan:
    """The quantiles of a column of the histories; a run that ended keeps its last value.

    Args:
        runs: with histories.
        column: one of `COLUMNS`.

    Raises:
        InvalidParameter: no runs, an unknown column, or a run without values in this column.
    """
    check("fans", {"column": column}, {"column": Choice(COLUMNS)})
    if not runs:
        raise InvalidParameter("fans: expected at least one run, got none.")
    for run in runs:
        if not len(run.log) or np.isnan(getattr(run.log, column)).all():
            raise InvalidParameter(f"fans: the run of seed {run.recipe.seed} has no {column} in its history.")
    first, last = min(int(run.log.epoch[0]) for run in runs), max(int(run.log.epoch[-1]) for run in runs)
    # Runs log at different epochs; each is read at common ones. Left-out diverged runs would make the rest look better.
    epoch = np.unique(np.geomspace(max(first, 1), max(last, 1), NODES).round())
    # "inverted_cdf" below gives values that occurred: interpolation between a number and infinity would be NaN.
    worst = -np.inf if column.endswith("accuracy") else np.inf
    values = np.stack([_values_at(run, column, epoch, worst) for run in runs])
    quantiles = np.quantile(values, QUANTILES, axis=0, method="inverted_cdf")
    return Fan(epoch, quantiles, len(runs), sum(run.status is Status.DIVERGED for run in runs))


def _values_at(run: Run, column: str, epoch: np.ndarray, worst: float) -> np.ndarray:
    """The last value logged up to each epoch, (k,); before the first one, the first."""
    logged = getattr(run.log, column)
    index = np.clip(np.searchsorted(run.log.epoch, epoch, side="right") - 1, 0, None)
    logged_values = np.where(np.isnan(logged[index]), worst, logged[index])
    return np.where(epoch > run.epochs, worst, logged_values) if run.status is Status.DIVERGED else logged_values


def fans(
    groups: Mapping[str, Sequence[Run]],
    column: str = "loss",
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The loss or accuracy of many seeds by epoch: the median, and bands for the middle 50% and 90%.

    Args:
        groups: name -> runs with histories, such as `{"width 4": [study.train(k) for k in range(64)]}`.
        column: "loss", "accuracy", "validation_loss" or "validation_accuracy".
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no group or too many, a group without runs, a run without values in this column, an unknown
            column, palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> study = sx.Study(checkpoints=50, seeds=4)
        >>> fans({"width 4": [study.train(run) for run in range(4)]}).axes[0].get_ylabel()
        'loss'
    """
    if not 1 <= len(groups) <= MOST_FANS:
        raise InvalidParameter(f"fans: expected 1 to {MOST_FANS} groups, got {len(groups)}.")
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (7, 4.4))
    fans_by_group = {name: compute_fan(runs, column) for name, runs in groups.items()}
    # Accuracies have a fixed axis. Losses have a logarithmic one over what occurs; infinite ends are clipped to its top.
    shares = column.endswith("accuracy")
    low = 0.0 if shares else min(_floor(fan) for fan in fans_by_group.values())
    high = (
        1.0
        if shares
        else 1.3 * max(float(fan.quantiles[np.isfinite(fan.quantiles)].max()) for fan in fans_by_group.values())
    )
    # Two nested bands and the median, the wide band the faintest; bands of several groups may overlap.
    for k, (name, fan) in enumerate(fans_by_group.items()):
        colour = colour_of_line(style, k)
        lines = np.clip(fan.quantiles, low, high)
        ax.fill_between(fan.epoch, lines[0], lines[4], color=colour, alpha=0.14, linewidth=0)
        ax.fill_between(fan.epoch, lines[1], lines[3], color=colour, alpha=0.26, linewidth=0)
        ax.plot(fan.epoch, lines[2], color=colour, linewidth=1.8, label=f"{name}: median of {_seed_counts(fan)}")
    # Most of a training happens in its first epochs, so these get the same room as the many that follow.
    ax.set_xscale("log")
    ax.set(xlabel="epoch", ylabel=column.replace("_", " "))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:,.0f}"))
    if shares:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    else:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        narrow = high / low < NARROW
        ax.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}") if narrow else NullFormatter())
    finish(ax, style, "Median, middle half and nine tenths of the seeds", legend=True)
    return figure


def _floor(fan: Fan) -> float:
    """The lower end of a logarithmic axis: the lowest positive number."""
    positive = fan.quantiles[np.isfinite(fan.quantiles) & (fan.quantiles > 0)]
    return float(positive.min()) if len(positive) else 1e-6


def _seed_counts(fan: Fan) -> str:
    seeds = f"{fan.runs:,} seed{'s' if fan.runs > 1 else ''}"
    return seeds + (f", {fan.diverged:,} diverged" if fan.diverged else "")
