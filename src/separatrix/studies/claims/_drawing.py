"""The pictures of the claims, each from the studies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from separatrix import pictures
from separatrix.evaluation.statistics.pairs import bootstrap_difference
from separatrix.evaluation.statistics.shares import wilson
from separatrix.pictures._shares import ShareLine
from separatrix.studies.claims._figures import column
from separatrix.studies.claims._plans import DEPTHS, SIZES
from separatrix.studies.claims.answers import USUAL_RATE, Measured
from separatrix.studies.claims.page import SHOWN
from separatrix.studies.results import Results
from separatrix.studies.walls import wall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATUSES = {"solved": "solved", "stuck": "stuck", "stopped": "still learning", "diverged": "diverged"}


def draw_widths(found: Measured) -> Figure:
    """Share solved by width, a line a checkpoint."""
    return pictures.shares(found.studies["widths"].shares(["width"]))


def draw_solving(found: Measured) -> Figure:
    """Epochs until solved, by width."""
    study = found.studies["widths"]
    return pictures.solved_by({f"width {width}": study.survival(width=width) for width in (2, 3, 4, 5, 8)})


def _draw_wall(found: Measured, width: int) -> Figure:
    study = found.studies["widths"].study
    place = next(each.index for each in study.conditions if each.network.widths[1] == width)
    built = wall(study, place, SHOWN)
    return pictures.wall(built.borders, built.title)


def draw_losses(found: Measured) -> Figure:
    """Epochs until solved, by loss."""
    return pictures.solved_by({name: found.studies["losses"].survival(loss_name=name) for name in ("bce", "mse")})


def _draw_course(found: Measured, what: str) -> Figure:
    study = found.studies["lesson"].study
    runs = [study.train(run) for run in range(min(SHOWN, study.n_runs))]
    return pictures.fans({"2-4-4-1": runs}, what)


def draw_gaps(found: Measured) -> Figure:
    """How far fresh points are behind training points, by width and depth."""
    study = found.studies["sizes"]
    lines = []
    for depth in DEPTHS:
        each = [column(study, width=width, depth=depth) for width in SIZES]
        ends = [bootstrap_difference(one.held, one.accuracy) for one in each]
        value, low, high = (np.array([getattr(end, name) for end in ends]) for name in ("value", "low", "high"))
        lines.append(ShareLine(f"{depth} hidden layer{'s' * (depth > 1)}", np.array(SIZES, float), value, low, high))
    title = "Training accuracy minus accuracy on fresh points"
    return pictures.measures(lines, title, "width", "mean gap", log_x=True)


def draw_sizes(found: Measured) -> Figure:
    """Share solved by width and depth."""
    study = found.studies["sizes"]
    table = study.shares(["width", "depth"], epoch=study.study.checkpoints[-1])
    return pictures.share_map(table, "width", "depth")


def draw_rates(found: Measured) -> Figure:
    """How runs ended, by learning rate."""
    study = found.studies["rates"]
    table = study.shares(["lr"], epoch=study.study.checkpoints[-1]).sort("lr")
    runs, lines = table["runs"].to_numpy(), []
    for name, label in STATUSES.items():
        low, high = wilson(table[name].to_numpy(), runs)
        lines.append(ShareLine(label, table["lr"].to_numpy(), table[name].to_numpy() / runs, low, high))
    return pictures.measures(lines, "How the seeds end, by learning rate", "lr", log_x=True)


def _draw_surface(found: Measured, status: str) -> Figure | None:
    """Around the first run at the usual rate that ended so; None if there is none."""
    results = found.studies["rates"]
    runs = results.rows(lr=USUAL_RATE).sort("run").select("run", "status").collect()
    those = runs.filter(runs["status"] == status)["run"].to_list()
    if not those:
        return None
    run, (points, _) = results.study.train(those[0]), results.study.points_of(those[0])
    return pictures.loss_surface(run, points)


def draw_activations(found: Measured) -> Figure:
    """Epochs until solved, by activation."""
    study: Results = found.studies["activations"]
    return pictures.solved_by({name: study.survival(activation=name) for name in ("relu", "sigmoid", "tanh")})


PICTURES: dict[str, Callable[[Measured], Figure | None]] = {
    "widths": draw_widths,
    "solving": draw_solving,
    "wall_3": lambda found: _draw_wall(found, 3),
    "wall_4": lambda found: _draw_wall(found, 4),
    "losses": draw_losses,
    "course_loss": lambda found: _draw_course(found, "loss"),
    "course_accuracy": lambda found: _draw_course(found, "accuracy"),
    "gaps": draw_gaps,
    "sizes": draw_sizes,
    "rates": draw_rates,
    "surface_solved": lambda found: _draw_surface(found, "converged"),
    "surface_stuck": lambda found: _draw_surface(found, "stuck"),
    "activations": draw_activations,
}
