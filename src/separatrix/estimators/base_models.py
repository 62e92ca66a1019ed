"""The kinds of network that an ensemble is made of, and how one of them is trained.

A family is one encoding, one shape of network and one way to train it. Every training leaves several sets of parameters,
its *moments*, from the most restrained to the freest: after more and more epochs, or under a weaker and weaker penalty.
Which moment is best is asked of rows that weren't trained on, for all members of a family together: a single member's
few rows would answer by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.loop import EpochEnd, train

SHARES = (
    1 / 64,
    1 / 32,
    1 / 16,
    1 / 8,
    1 / 4,
    3 / 8,
    1 / 2,
    3 / 4,
    1,
)  # of the epochs, after which a network's parameters are kept
STRENGTHS = (2000.0, 500.0, 100.0, 20.0, 4.0, 1.0, 0.2, 0.04)  # of the linear family's penalty, in rows
LINEAR_EPOCHS = 5  # of L-BFGS, each of up to 20 iterations, from one strength to the next

OnProgress = Callable[[EpochEnd], object]


@dataclass(frozen=True)
class Schedule:
    """How long networks with hidden layers are trained.

    Attributes:
        epochs: passes over the rows.
        batch_size: rows a step; all of them if there are fewer.
        decay: a factor on the family's weight decay.
    """

    epochs: int
    batch_size: int
    decay: float = 1.0


@dataclass(frozen=True)
class Family:
    """One kind of network.

    Attributes:
        name: the name used everywhere.
        about: what it adds to the others, in one sentence.
        encoding: of numbers, by `TableEncoder`'s names: "robust", one number each, or "both", the pieces between its
            quantiles beside it.
        hidden: units of each hidden layer; () is a logistic regression.
        activation: of the hidden layers.
        init: how their parameters are drawn.
        schedule: of the learning rate.
        lr: the rate at its height.
        weight_decay: of AdamW.
    """

    name: str
    about: str
    encoding: str
    hidden: tuple[int, ...] = ()
    activation: str = "relu"
    init: str = "torch"
    schedule: str = "cosine"
    lr: float = 0.003
    weight_decay: float = 1.0

    def network(self, inputs: int) -> Network:
        """What is trained on so many encoded columns."""
        return Network((inputs, *self.hidden, 1), self.activation, self.init)

    @property
    def moments(self) -> int:
        """How many sets of parameters a training leaves."""
        return len(SHARES if self.hidden else STRENGTHS)


FAMILIES: dict[str, Family] = {
    entry.name: entry
    for entry in (
        Family(
            "pieces",
            "Bends at every quantile, strongly restrained: edges, ages, amounts, among much noise.",
            "both",
            (128, 128),
            init="he",
            schedule="one_cycle",
            weight_decay=2.0,
        ),
        Family(
            "shallow",
            "The same with one layer and a free hand: rules that hardly fail.",
            "both",
            (128,),
            init="he",
            schedule="one_cycle",
            lr=0.01,
            weight_decay=0.3,
        ),
        Family(
            "curved",
            "Through a soft activation, hardly restrained: makes other mistakes.",
            "both",
            (64, 64),
            "tanh",
            weight_decay=0.01,
        ),
        Family("scaled", "Smooth in every number: what varies slowly, few rows.", "robust", (64, 64), lr=0.01),
        Family("linear", "A logistic regression: what is straight stays straight.", "robust"),
    )
}


def moments_of(
    family: Family,
    points: Points,
    weight: np.ndarray | None,
    *,
    schedule: Schedule,
    seed: int,
    count: int,
    on_progress: OnProgress | None = None,
) -> np.ndarray:
    """Train one member: the parameters at its first moments, (count, p) float32; with `family.moments` at all of them.

    A training that is stopped by `on_progress` repeats its last parameters for the moments that it didn't reach.

    Args:
        family: what is trained.
        points: encoded rows.
        weight: of the rows, (n,), or None.
        schedule: of a network with hidden layers.
        seed: of the initial parameters and the order of the rows.
        count: how many moments are wanted; training goes no further.
        on_progress: asked in between; False ends the training.
    """
    way = _by_epochs if family.hidden else _by_strength
    return way(family, points, weight, schedule, seed, count, on_progress)


def _by_epochs(
    family: Family,
    points: Points,
    weight: np.ndarray | None,
    schedule: Schedule,
    seed: int,
    count: int,
    on_progress: OnProgress | None,
) -> np.ndarray:
    epochs = schedule.epochs
    kept = [max(1, round(share * epochs)) for share in SHARES[:count]]

    def heard(moment: EpochEnd) -> bool:
        return moment.epoch < kept[-1] and (on_progress is None or on_progress(moment) is not False)

    recipe = Recipe(
        loss="bce_with_logits", optimizer="adamw", lr=family.lr, weight_decay=family.weight_decay * schedule.decay,
        schedule=family.schedule, epochs=epochs, batch_size=min(schedule.batch_size, len(points)), seed=seed,
        log_every=epochs, snapshots=tuple(kept),
    )  # fmt: skip  # one description
    run = train(
        family.network(points.n_inputs), recipe, points, sample_weight=weight, engine="fused", on_progress=heard
    )
    return np.stack([run.snapshots.get(epoch, run.parameters) for epoch in kept])


def _by_strength(
    family: Family,
    points: Points,
    weight: np.ndarray | None,
    schedule: Schedule,
    seed: int,
    count: int,
    on_progress: OnProgress | None,
) -> np.ndarray:
    """The path of the penalty, each strength from the solution of the one before."""
    network, stopped = family.network(points.n_inputs), False
    total = float(len(points) if weight is None else weight.sum())
    at, found = np.zeros(network.n_parameters, np.float32), []

    def heard(moment: EpochEnd) -> bool:
        nonlocal stopped
        stopped = on_progress is not None and on_progress(moment) is False
        return not stopped

    for strength in STRENGTHS[:count]:
        if not stopped:
            recipe = Recipe(
                loss="bce_with_logits", optimizer="lbfgs", l2=strength / total, epochs=LINEAR_EPOCHS,
                log_every=LINEAR_EPOCHS,
            )  # fmt: skip  # one description
            run = train(network, recipe, points, initial=at, sample_weight=weight, engine="fused", on_progress=heard)
            at = run.parameters
        found.append(at)
    return np.stack(found)
