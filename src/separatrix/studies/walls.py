"""A wall of borders: many seeds of one condition, trained again, and the border of each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.geometry.boundary import Boundary, on_grid, refuse_not_planar
from separatrix.studies.plan import Study
from separatrix.support.constraints import Integer, Rule, check
from separatrix.support.machine import one_blas_thread, usable_cores
from separatrix.training.run import Run, Status

NODES = 48  # grid nodes along each axis of a border
MARGIN = 0.5


@dataclass(frozen=True, eq=False)
class Border:
    """The border of one seed.

    Attributes:
        seed: the seed.
        points: the points that it was trained on.
        plane: probabilities on a grid around the points.
        accuracy: training accuracy.
        status: status at the end of the training.
    """

    seed: int
    points: Points
    plane: Boundary
    accuracy: float
    status: Status

    @property
    def solved(self) -> bool:
        """Whether every training row is classified correctly."""
        return self.accuracy == 1.0 and self.status is not Status.DIVERGED


@dataclass(frozen=True, eq=False)
class Wall:
    """The borders of one condition.

    Attributes:
        title: the condition in words.
        borders: one border for each seed.
    """

    title: str
    borders: tuple[Border, ...]


def wall(study: Study, condition: int = 0, count: int = 64, workers: int | None = None) -> Wall:
    """Train the first seeds of a condition again, as in the study's table, and compute their borders.

    Args:
        study: the description. Its points must lie in the plane.
        condition: index of the condition.
        count: number of seeds, or fewer if the study has fewer.
        workers: number of threads. None takes one for each core.

    Raises:
        InvalidParameter: there is no such condition, or `count` is below 1.
        InvalidData: the points don't lie in the plane.

    Examples:
        >>> found = wall(Study(checkpoints=50, seeds=4), count=3)
        >>> [border.seed for border in found.borders], found.title
        ([0, 1, 2], 'circle(n=100), 2-4-4-1')
    """
    _check(study, condition, count)
    # before the training, which may take minutes
    refuse_not_planar(study.points_of(condition)[0])
    runs = retrained(study, condition, count, workers)
    return Wall(study.conditions[condition].text, borders_of(study, condition, runs))


def retrained(study: Study, condition: int = 0, count: int = 64, workers: int | None = None) -> tuple[Run, ...]:
    """Train the first seeds of a condition again, with their histories; arguments and errors are those of `wall`."""
    _check(study, condition, count)
    # PyTorch's own number of threads holds for the whole process
    threads = 1 if study.engine == "torch" else workers or usable_cores()
    with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
        places = range(min(count, study.n_replicates))
        return tuple(pool.map(lambda place: study.train(_number(study, condition, place)), places))


def borders_of(study: Study, condition: int, runs: Sequence[Run]) -> tuple[Border, ...]:
    """The borders of runs, which are the first ones of the condition in their order.

    Raises:
        InvalidData: the points don't lie in the plane.
    """
    return tuple(_border(study, _number(study, condition, place), run) for place, run in enumerate(runs))


def _check(study: Study, condition: int, count: int) -> None:
    rules: dict[str, Rule] = {"condition": Integer(0, len(study.conditions) - 1), "count": Integer(1)}
    check("wall", {"condition": condition, "count": count}, rules)


def _number(study: Study, condition: int, place: int) -> int:
    """The number of the run of a condition at a position among the seeds."""
    # runs are numbered seed by seed
    return place * len(study.conditions) + condition


def _border(study: Study, number: int, run: Run) -> Border:
    job = study.job(number)
    points, _ = job.condition.point.draw(job.data_seed, 0)
    # around the points of this seed, which differ from seed to seed
    low, high = points.x.min(axis=0) - MARGIN, points.x.max(axis=0) + MARGIN
    axes = [np.linspace(low[k], high[k], NODES, dtype=points.x.dtype) for k in (0, 1)]
    x1, x2 = np.meshgrid(*axes, indexing="ij")
    return Border(job.seed, points, on_grid(run, (x1, x2)), run.accuracy, run.status)
