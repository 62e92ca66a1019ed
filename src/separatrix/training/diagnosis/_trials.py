"""Trials: a change is trained on a few other seeds before it is given as advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.engines.choose import choose
from separatrix.errors import SeparatrixError
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.finding import Remedy
from separatrix.training.many import train_many
from separatrix.training.run import Run

SEEDS = 8  # other seeds of a trial
WORK = 2e9  # multiplications of one training of a trial: about a second of the compiled engine
SLOW_STEPS = 3_000  # steps of one training of a trial by PyTorch, about a second
SLOW_SEEDS = 3
ROWS = 4_000  # rows of a trial
MOSTLY = 0.5  # share of the seeds that must reach the aim
SURE = 0.75  # share of the seeds from which on no stronger change is tried
MORE = 0.03  # an accuracy this much above the aim is no close shave
PAR = 0.5  # share of the way to the aim that counts as help where no seed reaches it

Score = Callable[[Points, np.ndarray], float]


def accuracy(points: Points, predicted: np.ndarray) -> float:
    """The share of rows with the right class; predicted: (n,) of 0 and 1."""
    return float((predicted == points.y).mean())


def balanced_accuracy(points: Points, predicted: np.ndarray) -> float:
    """The mean over both classes of the share of rows with the right class."""
    return float(np.mean([(predicted[points.y == label] == label).mean() for label in (0, 1)]))


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of a change.

    Attributes:
        remedy: the change.
        scores: accuracy on the training rows for every seed, (k,).
        seeds: the seeds, (k,).
        aim: the accuracy that was aimed at.
        before: the same training's accuracy without the change.
        epochs: epochs of the trial.
    """

    remedy: Remedy
    scores: np.ndarray
    seeds: np.ndarray
    aim: float
    before: float
    epochs: int

    @property
    def solved(self) -> int:
        """The number of seeds that reached the aim."""
        return int((self.scores >= self.aim).sum())

    @property
    def middle(self) -> float:
        """The median over the seeds."""
        return float(np.median(self.scores)) if len(self.scores) else 0.0

    @property
    def helps(self) -> bool:
        """Whether at least half of the seeds reached the aim."""
        return len(self.scores) > 0 and self.solved >= MOSTLY * len(self.scores)

    @property
    def eases(self) -> bool:
        """Whether the middle seed came at least half of the way to the aim."""
        return len(self.scores) > 0 and self.middle >= self.before + PAR * (self.aim - self.before)

    def __str__(self) -> str:
        many = f"{self.solved} of {len(self.scores)} other seeds"
        return f"{self.remedy.about}: {many} then get at least {self.aim:.1%} of the rows right, the middle one {self.middle:.1%}"


def tried(
    run: Run, points: Points, remedy: Remedy, aim: float, seeds: int = SEEDS, score: Score = accuracy
) -> Trial | None:
    """Train with a change on other seeds; None if that can't be trained.

    Args:
        run: the training that is diagnosed.
        points: its training points.
        remedy: the change.
        aim: the accuracy to reach.
        seeds: number of other seeds.
        score: the measure, of points and predictions.
    """
    points = _some(points)
    try:
        network, recipe, changed = remedy.applied(run.network, run.recipe, points)
        recipe, seeds = _shortened(network, _plain(recipe), len(points), seeds)
        others = [seed for seed in range(seeds + 1) if seed != run.recipe.seed][:seeds]
        runs = train_many(network, recipe, changed, others)
    except SeparatrixError:  # such as a module that can't be drawn again: then there is no trial, and no claim
        return None
    judged = points if remedy.points == "balance" else changed
    scores = [score(judged, _predicted(runs.network, parameters, judged)) for parameters in runs.parameters]
    return Trial(remedy, np.array(scores), runs.seeds, aim, score(judged, run.predict(points.x)), recipe.epochs)


def first_that_helps(run: Run, points: Points, remedies: tuple[Remedy, ...], aim: float, seeds: int) -> Trial | None:
    """Try changes one after the other up to the first that surely helps; the best of them, None without any trial."""
    best: Trial | None = None
    for remedy in remedies:
        trial = tried(run, points, remedy, aim, seeds)
        if trial is None:
            continue
        if best is None or (trial.solved, trial.middle) > (best.solved, best.middle):
            best = trial
        if best.solved >= SURE * len(best.scores) and best.middle >= min(1.0, aim + MORE):
            break
    return best


def _predicted(network: object, parameters: np.ndarray, points: Points) -> np.ndarray:
    """The classes (n,) of the points; NaN parameters of a failed run give class 0."""
    with np.errstate(all="ignore"):
        logit: np.ndarray = network.logit(parameters, points.x.astype(parameters.dtype))  # type: ignore[attr-defined]
    return (logit > 0).astype(np.int8)


def _plain(recipe: Recipe) -> Recipe:
    """The recipe without snapshots and validation, which stops once every row is right."""
    batch = {"batch_size": None} if recipe.batch_size is None else {}
    return recipe.replace(
        snapshots=(),
        validation_fraction=None,
        patience=None,
        solved_below=3e38,
        log_every=max(1, min(50, recipe.epochs // 20)),
        **batch,
    )


def _shortened(network: object, recipe: Recipe, rows: int, seeds: int) -> tuple[Recipe, int]:
    """The recipe with as many epochs as fit into a trial, and its number of seeds."""
    batch = min(recipe.batch_size or rows, rows)
    steps = -(-rows // batch)
    engine, _ = choose("auto", network, recipe)  # type: ignore[arg-type]
    if isinstance(network, Network) and engine.name == "fused":
        most = int(WORK / (rows * network.n_parameters + 500 * steps))
    else:
        most, seeds = SLOW_STEPS // steps, min(seeds, SLOW_SEEDS)
    changes = {"epochs": max(1, min(recipe.epochs, most))}
    return recipe.replace(**changes, **({"batch_size": batch} if recipe.batch_size else {})), seeds


def _some(points: Points) -> Points:
    """At most `ROWS` rows, drawn by a fixed seed."""
    if len(points) <= ROWS:
        return points
    return points.take(np.random.default_rng(0).permutation(len(points))[:ROWS])
