"""A column of a table as an axis: numbers, dates, or categories with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from separatrix.explanations import Axis
from separatrix.pictures.words import lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS = 34  # that fit below a panel of three inches, on one line
MANY = 4  # labels from which on they are written upwards


def dress_axis(ax: Axes, axis: Axis, which: str, room: float = 0.0, letters: int = LETTERS) -> None:
    """Ticks and limits of the "x" or the "y" axis; `room` beside the first and the last category.

    Below an x axis fit so many letters; more are written slantwise or upwards.
    """
    scale = ax.xaxis if which == "x" else ax.yaxis
    limits = ax.set_xlim if which == "x" else ax.set_ylim
    if not axis.labels:
        limits(float(axis.position[0]), float(axis.position[-1]))
        if axis.kind == "date":
            from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

            # With at least 3 ticks it finds none for 30 to 36 months, or 60 to 72 hours, and warns.
            locator = AutoDateLocator(minticks=2, maxticks=6)  # type: ignore[no-untyped-call]
            scale.set_major_locator(locator)
            scale.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        else:
            from matplotlib.ticker import MaxNLocator

            scale.set_major_locator(MaxNLocator(nbins=5))
        return
    names = [lettering(each, 14) for each in axis.labels]
    limits(-0.5 - room, len(axis) - 0.5 + room)
    crowded = which == "x" and max(map(len, names)) * len(names) > letters
    turned: dict[str, Any] = {}
    if crowded:
        turned = {"rotation": 90, "ha": "center"} if len(names) > MANY else {"rotation": 30, "ha": "right"}
    scale.set_ticks(axis.position.tolist(), names, **turned)


def named(axis: Axis) -> str:
    """The axis' label: its column, and how much of it is shown where that isn't all."""
    return f"{lettering(axis.name, 40)} ({shown_of(axis)})" if axis.left_out else lettering(axis.name, 40)


def shown_of(axis: Axis) -> str:
    """How many of the categories have a place.

    >>> import numpy as np, polars
    >>> shown_of(Axis("town", "category", polars.Series(["Ulm"]), np.zeros(1), ("Ulm",), left_out=6))
    'the 1 most frequent of 7'
    """
    return f"the {len(axis):,} most frequent of {len(axis) + axis.left_out:,}"
