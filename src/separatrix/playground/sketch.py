"""Sketch: all that a page of the playground shows, as one immutable value. A link restores it, undo goes back to it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.initialisation import INITIALISATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import SEED, Choice, Each, Integer, Optional, Real, Rule, check, lookup
from separatrix.support.seeds import stream_seed

MOST_POINTS = 2_000
MOST_LAYERS = 6
MOST_UNITS = 16
MOST_EPOCHS = 200_000
EDGE = 20.0  # the user's own points lie in [-EDGE, EDGE] on both axes
DECIMALS = 3  # of their coordinates, so that a link gives back the very points
FRESH = 1_000  # points of the sampler that were never trained on
FRAMES = 96  # moments of the training that the timeline stops at

Drawn = tuple[tuple[float, float, int], ...]
Draw = tuple[str, int, float, int]  # sampler, n, noise, seed

RULES: dict[str, Rule] = {
    "sampler": Choice(SAMPLERS),
    "n": Integer(10, MOST_POINTS),
    "noise": Real(0, 2),
    "seed": SEED,
    "train_share": Real(0.1, 1),
    "drawn": Optional(Each(Each(Real(-EDGE, EDGE), least=3), least=2)),
    "hidden": Each(Integer(1, MOST_UNITS)),
    "activations": Each(Choice(ACTIVATIONS)),
    "init": Choice(INITIALISATIONS),
    "loss": Choice(LOSSES),
    "optimizer": Choice(OPTIMIZERS),
    "lr": Real(1e-6, 100),
    "momentum": Real(0, 0.999),
    "l1": Real(0, 10),
    "l2": Real(0, 10),
    "batch_size": Optional(Integer(1, MOST_POINTS)),
    "epochs": Integer(1, MOST_EPOCHS),
    "start": Optional(Each(Real())),
    "begun": Integer(0, MOST_EPOCHS),
}


@dataclass(frozen=True)
class Sketch:
    """What the page shows; the defaults are the lesson's.

    Attributes:
        sampler: the name of what draws the points.
        n: how many points.
        noise: standard deviation of each point's shift.
        seed: draws points, initial weights, batches and the held-out share.
        train_share: share of the points that is trained on; the rest is held out.
        drawn: the user's own points (x1, x2, label) instead of the sampler's, or None.
        hidden: units of every hidden layer.
        activations: of every hidden layer.
        init: how the first weights are drawn.
        loss: by name.
        optimizer: by name.
        lr: learning rate.
        momentum: of SGD and RMSprop.
        l1: penalty.
        l2: penalty.
        batch_size: rows a step, or None for all.
        epochs: passes over the points.
        start: the parameters to begin with, where a training was branched off another, or None.
        begun: the epochs that `start` has behind it.

    Raises:
        InvalidParameter: a setting out of range, too many layers, or one activation too many or too few.

    Examples:
        >>> Sketch().network, Sketch().recipe.lr
        (Network(widths=(2, 4, 4, 1), activation=('relu', 'relu'), init='torch'), 0.05)
        >>> len(Sketch(n=50, train_share=0.8).points()[0])
        40
    """

    sampler: str = "circle"
    n: int = 100
    noise: float = 0.0
    seed: int = 0
    train_share: float = 1.0
    drawn: Drawn | None = None
    hidden: tuple[int, ...] = (4, 4)
    activations: tuple[str, ...] = ("relu", "relu")
    init: str = "torch"
    loss: str = "bce"
    optimizer: str = "sgd"
    lr: float = 0.05
    momentum: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    batch_size: int | None = None
    epochs: int = 50_000
    start: tuple[float, ...] | None = None
    begun: int = 0

    def __post_init__(self) -> None:
        check("Sketch", {field.name: getattr(self, field.name) for field in fields(self)}, RULES)
        if len(self.hidden) > MOST_LAYERS:
            raise InvalidParameter(f"Sketch: hidden must have at most {MOST_LAYERS} layers, got {len(self.hidden)}.")
        if len(self.activations) != len(self.hidden):
            raise InvalidParameter(
                f"Sketch: activations must name one for each of {len(self.hidden)} layers, got {len(self.activations)}."
            )
        if self.drawn is not None and len(self.drawn) > MOST_POINTS:
            raise InvalidParameter(f"Sketch: drawn must be at most {MOST_POINTS} points, got {len(self.drawn)}.")
        if self.drawn is not None and any(len(point) != 3 or point[2] not in (0, 1) for point in self.drawn):
            raise InvalidParameter("Sketch: drawn must be points (x1, x2, label) with labels 0 and 1.")
        if self.start is not None and len(self.start) != self.network.n_parameters:
            raise InvalidParameter(
                f"Sketch: start must be the {self.network.n_parameters} parameters of {self.network}, "
                f"got {len(self.start)}."
            )

    def replace(self, **changes: Any) -> Sketch:
        """A copy with these settings changed.

        Another network begins anew, with weights of its own; another shape, number or noise draws the points anew.
        """
        if {"sampler", "n", "noise"} & changes.keys():
            changes = {"drawn": None} | changes
        if self.start is not None and {"hidden", "activations", "init", "loss", "seed"} & changes.keys():
            changes = {"start": None, "begun": 0} | changes
        return replace(self, **changes)

    def differs_from(self, other: Sketch) -> set[str]:
        """The names of the settings that aren't the same."""
        return {field.name for field in fields(self) if getattr(self, field.name) != getattr(other, field.name)}

    @property
    def network(self) -> Network:
        """The description of the network; `cross_entropy` takes two outputs."""
        return Network((2, *self.hidden, LOSSES[self.loss].outputs), self.activations, self.init)

    @property
    def recipe(self) -> Recipe:
        """The description of the training, with the snapshots that the timeline stops at."""
        rows = self.n_training
        batch = None if self.optimizer == "lbfgs" or self.batch_size is None else min(self.batch_size, rows)
        return Recipe(
            loss=self.loss, optimizer=self.optimizer, lr=self.lr, epochs=self.epochs, batch_size=batch,
            seed=self.seed, momentum=self.momentum if self.optimizer in ("sgd", "rmsprop") else 0.0,
            l1=self.l1, l2=self.l2, log_every=max(1, self.epochs // 500), snapshots=frames(self.epochs),
        )  # fmt: skip  # a line a subject

    @property
    def n_training(self) -> int:
        """Rows that are trained on."""
        return len(self.points()[0])

    @property
    def initial(self) -> np.ndarray:
        """The parameters before the first step, (p,) float32."""
        if self.start is not None:
            return np.array(self.start, np.float32)
        return self.network.initialise(stream_seed(self.seed, "initial"))

    def points(self) -> tuple[Points, Points | None]:
        """The points to train on and those held out: of the share left over, else fresh ones of the sampler.

        Raises:
            InvalidData: only one class among the user's own points.
        """
        return _points(self.sampler, self.n, self.noise, self.seed, self.train_share, self.drawn)

    def all_points(self) -> Drawn:
        """All points as the user sees and edits them, held-out share included."""
        if self.drawn is not None:
            return self.drawn
        found = draws(self.sampler, self.n, self.noise, self.seed)
        return tuple(
            (round(float(a), DECIMALS), round(float(b), DECIMALS), int(label))
            for (a, b), label in zip(found.x, found.y, strict=True)
        )


def frames(epochs: int) -> tuple[int, ...]:
    """The epochs that the timeline stops at: close together at first, the last one included.

    >>> frames(3), len(frames(50_000)) <= FRAMES
    ((0, 1, 2, 3), True)
    """
    steps = np.unique(np.rint(np.geomspace(1, epochs + 1, FRAMES)).astype(int)) - 1
    return tuple(int(step) for step in steps)


class Draws:
    """The points that samplers drew, the newest of them remembered: a page asks for the same ones again and again."""

    def __init__(self, most: int = 64) -> None:
        self._most, self._known = most, OrderedDict[Draw, Points]()

    def __call__(self, sampler: str, n: int, noise: float, seed: int) -> Points:
        """The points of a sampler."""
        found = self._known.get((sampler, n, noise, seed))
        if found is None:
            found = lookup("sampler", sampler, SAMPLERS).draw(n=n, noise=noise, seed=seed)
            self.remember((sampler, n, noise, seed), found)
        return found

    def remember(self, draw: Draw, points: Points) -> None:
        """These are what that draw gives."""
        self._known[draw] = points
        while len(self._known) > self._most:
            self._known.popitem(last=False)


draws = Draws()


def held_seed(seed: int) -> int:
    """What draws the fresh points that a training of that seed is judged on."""
    return stream_seed(seed, "test")


@lru_cache(maxsize=64)  # a slider of the recipe asks for the same points again and again
def _points(
    sampler: str, n: int, noise: float, seed: int, train_share: float, drawn: Drawn | None
) -> tuple[Points, Points | None]:
    if drawn is None:
        points = draws(sampler, n, noise, seed)
    else:
        table = np.array(drawn, np.float64)
        if len(set(table[:, 2])) < 2:
            raise InvalidData("a border needs points of both classes; add one of the other.")
        points = Points(table[:, :2].astype(np.float32), table[:, 2].astype(np.int8), "drawn", seed)
    if train_share < 1:
        return _split(points, train_share, seed)
    fresh = draws(sampler, FRESH, noise, held_seed(seed)) if drawn is None else None
    return points, fresh


def _split(points: Points, share: float, seed: int) -> tuple[Points, Points | None]:
    """Of each class the same share, at least one point on each side where there are two."""
    stream = np.random.default_rng(stream_seed(seed, "split"))
    kept = np.ones(len(points), bool)
    for label in (0, 1):
        rows = np.flatnonzero(points.y == label)
        out = min(len(rows) - 1, round((1 - share) * len(rows)))
        kept[stream.permutation(rows)[:out]] = False
    held = points.take(~kept) if not kept.all() else None
    return points.take(kept), held
