"""The pictures of the findings, drawn from the results of the studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from separatrix import pictures
from separatrix.evaluation.statistics.shares import ShareLine, wilson
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.outlines import inside_shares
from separatrix.networks.network import Network
from separatrix.pictures import EpochBand
from separatrix.studies.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 36  # networks on a wall
COUNTED = 300  # networks of the picture of shares
BOX = (-2.5, 2.5, -2.5, 2.5)

Studies = Mapping[str, Results]


def draw_pieces(studies: Studies) -> Figure:
    """The mean number of pieces and regions over the epochs, with the middle half of the seeds."""
    bands = {f"{name} (mean, middle half)": _band(studies["course"], name) for name in ("pieces", "regions")}
    return pictures.over_epochs(bands, "How many pieces the border of 2-4-4-1 has", "number")


def _band(course: Results, name: str) -> EpochBand:
    epochs = course.study.checkpoints
    values = [course.rows(epoch).collect()[name].drop_nulls().to_numpy() for epoch in epochs]
    # quartiles: the counts are skewed, so a standard deviation could reach below 0
    low, high = (np.array([np.quantile(row, q) for row in values]) for q in (0.25, 0.75))
    return EpochBand(np.array(epochs, float), np.array([row.mean() for row in values]), low, high)


def draw_closing(studies: Studies) -> Figure:
    """The shares of seeds with a closed border, without any, and solved, over the epochs."""
    course = studies["course"]
    bands = {}
    for label, name in (("closed border", "closed"), ("no border", "none"), ("solved", "solved")):
        counts = [_count(course, epoch, name) for epoch in course.study.checkpoints]
        hits, runs = (np.array(part) for part in zip(*counts, strict=True))
        bands[label] = EpochBand(np.array(course.study.checkpoints, float), hits / runs, *wilson(hits, runs))
    return pictures.over_epochs(bands, "When the border of 2-4-4-1 closes", "share of seeds", percent=True)


def _count(course: Results, epoch: int, name: str) -> tuple[int, int]:
    rows = course.rows(epoch).collect()
    flags = rows["pieces"] == 0 if name == "none" else rows[name]
    return int(flags.sum()), len(rows)


def draw_widths(studies: Studies) -> Figure:
    """The mean exact accuracy by width, with its interval over seeds."""
    table = studies["widths"].means("width", "exact_accuracy")
    columns = (table[name].to_numpy() for name in ("width", "mean", "low", "high"))
    return pictures.measures([ShareLine("exact accuracy", *columns)], "What width buys", "width", "mean exact accuracy")


def _draw_wall(studies: Studies, solved: bool) -> Figure | None:
    """The first seeds that are solved, or that aren't, with the number of pieces of each; None without any."""
    course = studies["course"]
    rows = course.rows().sort("run").select("run", "solved").collect()
    # the first seeds, not chosen ones
    runs = rows.filter(rows["solved"] == solved)["run"].to_list()[:SHOWN]
    if not runs:
        return None
    network, parameters = _trained(course, runs)
    plane = compute_borders(network, parameters)
    # of the whole plane: the window may cut pieces off
    marks = [f"{pieces:.0f}" for pieces in plane.pieces]
    title = f"The first {len(runs)} {'solved' if solved else 'unsolved'} seeds; number of pieces in the whole plane"
    return pictures.border_wall(compute_borders(network, parameters, box_window(*BOX)), marks, title)


def draw_inside(studies: Studies) -> Figure:
    """How often each place is inside over the first seeds of the lesson."""
    course = studies["course"]
    network, parameters = _trained(course, list(range(min(COUNTED, course.study.n_runs))))
    return pictures.inside(inside_shares(network, parameters, BOX))


def _trained(course: Results, runs: list[int]) -> tuple[Network, np.ndarray]:
    """Train runs of the lesson again: their shape and parameters (r, p)."""
    # trained again: a study keeps measures and no parameters
    parameters = np.stack([course.study.train(run).parameters for run in runs])
    return course.study.conditions[0].network, parameters


PICTURES: dict[str, Callable[[Studies], Figure | None]] = {
    "pieces": draw_pieces,
    "closing": draw_closing,
    "accuracy": draw_widths,
    "wall_solved": lambda studies: _draw_wall(studies, True),
    "wall_unsolved": lambda studies: _draw_wall(studies, False),
    "inside": draw_inside,
}
