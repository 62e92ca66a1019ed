"""What is wrong with a training: a symptom with its evidence, a change that may help, and the finding once it was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe

if TYPE_CHECKING:
    from separatrix.networks.module_network import ModuleNetwork


@dataclass(frozen=True)
class Remedy:
    """A change of a training, such as another activation.

    Attributes:
        about: the change in a few words, such as "activation='tanh'".
        network: fields of the `Network` with their new values.
        recipe: settings of the `Recipe` with their new values.
        points: a change of the points: "standardise" for columns of mean 0 and standard deviation 1, "balance" for as many
            rows of the rare class, by repetition, as of the other; "" for none.
        module: a network or module of your own in place of the one that was trained, or None.

    Examples:
        >>> import separatrix as sx
        >>> network, recipe, points = sx.Network.parse("2-4-1"), sx.Recipe(), sx.circle(seed=0)
        >>> Remedy("activation='tanh'", network={"activation": "tanh"}).applied(network, recipe, points)[0].activation
        'tanh'
    """

    about: str
    network: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    points: str = ""
    module: Any = field(default=None, compare=False)

    def applied(
        self, network: Network | ModuleNetwork, recipe: Recipe, points: Points
    ) -> tuple[Network | ModuleNetwork, Recipe, Points]:
        """The same training with this change."""
        if self.module is not None:
            network = self.module
        elif self.network and isinstance(network, Network):
            network = Network(
                **{name: getattr(network, name) for name in ("widths", "activation", "init")} | dict(self.network)
            )
        change = {"standardise": _standardised, "balance": _balanced}.get(self.points)
        return network, recipe.replace(**self.recipe), change(points) if change else points


def _standardised(points: Points) -> Points:
    """Columns of mean 0 and standard deviation 1; a constant column becomes 0."""
    x = points.x.astype(np.float64)
    deviation = x.std(axis=0)
    return Points((x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0), points.y)


def _balanced(points: Points) -> Points:
    """As many rows of the rare class, by repetition, as of the other."""
    rare = int(points.n_positive * 2 <= len(points))
    few, many = np.flatnonzero(points.y == rare), np.flatnonzero(points.y != rare)
    return points.take(np.concatenate([many, np.resize(few, len(many))]))


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a training.

    Attributes:
        name: what it is, in a few words, such as "dead units".
        evidence: the numbers that show it, in one sentence.
        advice: one thing to try, with what came of it where it was tried.
        remedy: the same advice as a change that a program can apply, or None.

    Examples:
        >>> print(Finding("rate too low", "The loss fell by 0.1%.", "Multiply lr by 10."))
        rate too low: The loss fell by 0.1%. Try: Multiply lr by 10.
    """

    name: str
    evidence: str
    advice: str
    remedy: Remedy | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence} Try: {self.advice}"


@dataclass(frozen=True)
class Symptom:
    """What may be wrong with a training.

    Attributes:
        name: the name of the finding that it may become.
        evidence: the numbers that show it, in whole sentences.
        remedies: changes worth a trial, the mildest first; at least one.
        certain: whether it is wrong whatever the trials say, such as a loss that became infinite.
    """

    name: str
    evidence: str
    remedies: tuple[Remedy, ...]
    certain: bool = False

    def untried(self) -> Finding:
        """The finding without any trial: the mildest change is the advice."""
        return Finding(self.name, self.evidence, f"{self.remedies[0].about}.", self.remedies[0])
