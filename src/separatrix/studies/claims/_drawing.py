"""The pictures of the claims, drawn from the results of the studies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from separatrix import pictures
from separatrix.evaluation.statistics.pairs import bootstrap_difference
from separatrix.evaluation.statistics.shares import ShareLine, wilson
from separatrix.studies.claims._figures import column
from separatrix.studies.claims._plans import DEPTHS, SIZES
from separatrix.studies.claims.answers import USUAL_RATE, Measured
from separatrix.studies.claims.page import SHOWN
from separatrix.studies.results import Results
from separatrix.studies.walls import wall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATUSES = {"solved": "solved", "stuck": "stuck", "stopped": "still learning", "diverged": "diverged"}


def draw_widths(measured: Measured) -> Figure:
    """The share of solved seeds against the width, one line for each checkpoint."""
    return pictures.shares(measured.studies["widths"].shares(["width"]))


def draw_solving(measured: Measured) -> Figure:
    """The epochs until a seed is solved, one curve for each width."""
    study = measured.studies["widths"]
    # five of the seven widths: more curves could not be told apart
    return pictures.solved_by({f"width {width}": study.survival(width=width) for width in (2, 3, 4, 5, 8)})


def _draw_wall(measured: Measured, width: int) -> Figure:
    study = measured.studies["widths"].study
    place = next(condition.index for condition in study.conditions if condition.network.widths[1] == width)
    built = wall(study, place, SHOWN)
    return pictures.wall(built.borders, built.title)


def draw_losses(measured: Measured) -> Figure:
    """The epochs until a seed is solved, one curve for each loss."""
    return pictures.solved_by({name: measured.studies["losses"].survival(loss_name=name) for name in ("bce", "mse")})


def _draw_course(measured: Measured, what: str) -> Figure:
    study = measured.studies["lesson"].study
    # trained again, because a study keeps measures and no histories; the first runs, not chosen ones
    runs = [study.train(run) for run in range(min(SHOWN, study.n_runs))]
    return pictures.fans({"2-4-4-1": runs}, what)


def draw_gaps(measured: Measured) -> Figure:
    """The difference between training and test accuracy, by width and depth."""
    study = measured.studies["sizes"]
    lines = []
    for depth in DEPTHS:
        columns = [column(study, width=width, depth=depth) for width in SIZES]
        # by pairs: both accuracies are of the same run
        ends = [bootstrap_difference(one.test_accuracy, one.accuracy) for one in columns]
        value, low, high = (np.array([getattr(end, name) for end in ends]) for name in ("value", "low", "high"))
        lines.append(ShareLine(f"{depth} hidden layer{'s' * (depth > 1)}", np.array(SIZES, float), value, low, high))
    title = "Training accuracy minus accuracy on fresh points"
    # the widths are powers of 2, which a linear axis would crowd together at its left end
    return pictures.measures(lines, title, "width", "mean gap", log_x=True)


def draw_sizes(measured: Measured) -> Figure:
    """The share of solved seeds by width and depth."""
    study = measured.studies["sizes"]
    table = study.shares(["width", "depth"], epoch=study.study.checkpoints[-1])
    return pictures.share_map(table, "width", "depth")


def draw_rates(measured: Measured) -> Figure:
    """The shares of solved, stuck, unfinished and diverged runs by learning rate."""
    study = measured.studies["rates"]
    # sorted by the rate: the lines join their points in the order of the rows
    table = study.shares(["lr"], epoch=study.study.checkpoints[-1]).sort("lr")
    runs, lines = table["runs"].to_numpy(), []
    for name, label in STATUSES.items():
        low, high = wilson(table[name].to_numpy(), runs)
        lines.append(ShareLine(label, table["lr"].to_numpy(), table[name].to_numpy() / runs, low, high))
    return pictures.measures(lines, "How the seeds end, by learning rate", "lr", log_x=True)


def _draw_surface(measured: Measured, status: str) -> Figure | None:
    """The loss surface around the first run at the usual rate that ended with this status, or None without such a run."""
    results = measured.studies["rates"]
    # sorted, in whatever order Polars collects: the picture is of the first such run
    runs = results.rows(lr=USUAL_RATE).sort("run").select("run", "status").collect()
    those = runs.filter(runs["status"] == status)["run"].to_list()
    # a quick trial may have no run that is stuck
    if not those:
        return None
    run, (points, _) = results.study.train(those[0]), results.study.points_of(those[0])
    return pictures.loss_surface(run, points)


def draw_activations(measured: Measured) -> Figure:
    """The epochs until a seed is solved, one curve for each activation."""
    study: Results = measured.studies["activations"]
    return pictures.solved_by({name: study.survival(activation=name) for name in ("relu", "sigmoid", "tanh")})


PICTURES: dict[str, Callable[[Measured], Figure | None]] = {
    "widths": draw_widths,
    "solving": draw_solving,
    "wall_3": lambda measured: _draw_wall(measured, 3),
    "wall_4": lambda measured: _draw_wall(measured, 4),
    "losses": draw_losses,
    "course_loss": lambda measured: _draw_course(measured, "loss"),
    "course_accuracy": lambda measured: _draw_course(measured, "accuracy"),
    "gaps": draw_gaps,
    "sizes": draw_sizes,
    "rates": draw_rates,
    "surface_solved": lambda measured: _draw_surface(measured, "converged"),
    "surface_stuck": lambda measured: _draw_surface(measured, "stuck"),
    "activations": draw_activations,
}
