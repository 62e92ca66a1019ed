"""A wall of borders: many seeds of one condition trained again, and where each decides."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.geometry.boundary import Boundary, on_grid, refuse_not_planar
from separatrix.studies.plan import Study
from separatrix.support.blas import one_blas_thread
from separatrix.support.constraints import Integer, Rule, check
from separatrix.training.many import usable_cores
from separatrix.training.run import Run, Status

NODES = 48  # of each border, along an axis
MARGIN = 0.5


@dataclass(frozen=True, eq=False)
class Border:
    """One seed's border.

    Attributes:
        seed: the seed.
        points: what it was trained on.
        plane: probabilities on a grid around the points.
        accuracy: training accuracy.
        status: how the training ended.
    """

    seed: int
    points: Points
    plane: Boundary
    accuracy: float
    status: Status

    @property
    def solved(self) -> bool:
        """Whether every training row is on the right side."""
        return self.accuracy == 1.0 and self.status is not Status.DIVERGED


@dataclass(frozen=True, eq=False)
class Wall:
    """Borders of one condition.

    Attributes:
        title: the condition in words.
        borders: a seed each.
    """

    title: str
    borders: tuple[Border, ...]


def wall(study: Study, condition: int = 0, count: int = 64, workers: int | None = None) -> Wall:
    """Train the first seeds of a condition and compute their borders; the runs are those of the study's table.

    Args:
        study: the description; its points must lie in the plane.
        condition: its number.
        count: how many seeds; fewer if the study has fewer.
        workers: threads; None is one for each core.

    Raises:
        InvalidParameter: no such condition, or a count below 1.
        InvalidData: points that don't lie in the plane.

    Examples:
        >>> found = wall(Study(checkpoints=50, seeds=4), count=3)
        >>> [border.seed for border in found.borders], found.title
        ([0, 1, 2], 'circle(n=100), 2-4-4-1')
    """
    _check(study, condition, count)
    refuse_not_planar(study.points_of(condition)[0])
    runs = retrained(study, condition, count, workers)
    return Wall(study.conditions[condition].text, borders_of(study, condition, runs))


def retrained(study: Study, condition: int = 0, count: int = 64, workers: int | None = None) -> tuple[Run, ...]:
    """The first seeds of a condition trained again, with their histories; raises and counts as `wall`."""
    _check(study, condition, count)
    threads = 1 if study.engine == "torch" else workers or usable_cores()
    with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
        places = range(min(count, study.n_replicates))
        return tuple(pool.map(lambda place: study.train(_number(study, condition, place)), places))


def borders_of(study: Study, condition: int, runs: Sequence[Run]) -> tuple[Border, ...]:
    """Where each of these runs decides; they are the first of the condition, in their order.

    Raises:
        InvalidData: points that don't lie in the plane.
    """
    return tuple(_border(study, _number(study, condition, place), run) for place, run in enumerate(runs))


def _check(study: Study, condition: int, count: int) -> None:
    rules: dict[str, Rule] = {"condition": Integer(0, len(study.conditions) - 1), "count": Integer(1)}
    check("wall", {"condition": condition, "count": count}, rules)


def _number(study: Study, condition: int, place: int) -> int:
    """The run of a condition's seed."""
    return place * len(study.conditions) + condition


def _border(study: Study, number: int, run: Run) -> Border:
    job = study.job(number)
    points, _ = job.condition.point.draw(job.data_seed, 0)
    low, high = points.x.min(axis=0) - MARGIN, points.x.max(axis=0) + MARGIN
    axes = [np.linspace(low[k], high[k], NODES, dtype=points.x.dtype) for k in (0, 1)]
    x1, x2 = np.meshgrid(*axes, indexing="ij")
    return Border(job.seed, points, on_grid(run, (x1, x2)), run.accuracy, run.status)
