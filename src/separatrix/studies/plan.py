"""Study: an immutable description of many trainings, and how they are numbered."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from separatrix.data.points import Points
from separatrix.engines.choose import ENGINES, choose
from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.stopping import Until
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.studies import _arguments
from separatrix.studies.sources import Source
from separatrix.support.constraints import SEED, Choice, Integer, Rule, check
from separatrix.training.loop import train
from separatrix.training.run import Run

VARY = ("both", "data", "initial", "crossed")


@dataclass(frozen=True)
class Condition:
    """One cell of the grid.

    Attributes:
        index: its number, from 0.
        point: where the points come from.
        network: the description of the network.
        recipe: of the training; its epochs are the last checkpoint, its snapshots the others.
    """

    index: int
    point: Source
    network: Network
    recipe: Recipe

    @property
    def text(self) -> str:
        """In one line, without what is the default."""
        names = self.network.activation
        activation = "" if names == "relu" else names if isinstance(names, str) else "-".join(names)
        init = "" if self.network.init == "torch" else f"init={self.network.init}"
        parts = (self.point.text, str(self.network), activation, init, recipe_text(self.recipe))
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Job:
    """One run of a study: its number, its condition and its seeds."""

    run: int
    seed: int
    data_seed: int
    initial_seed: int
    condition: Condition


@dataclass(frozen=True)
class Study:
    """An immutable description of many trainings: points × networks × recipes × seeds, looked at after some epochs.

    Runs are numbered seed by seed: run = (place of the seed) · conditions + condition. So every condition is trained
    on the same seeds (comparisons are paired), and more seeds only add runs at the end.

    Attributes:
        points: samplers by name, `Sampled(...)`, own `Points`, `OwnPoints(...)` or arrays (x, y).
        networks: `Network`s or texts such as "2-4-4-1"; the last width follows the loss (1, or 2 for the softmax).
        recipes: how to train. Their epochs, snapshots and seed are set by the study.
        checkpoints: epochs after which to look, each a row of the table; by default the recipes' own epochs.
        seeds: how many (0, 1, …), or which.
        vary: what a seed changes: "both" points and training, "data" or "initial" alone while the other keeps
            `fixed_seed`, or "crossed": every data seed with every training seed, so that the variance can be split.
            The training seed draws initial parameters and batch order.
        fixed_seed: the seed of what isn't varied.
        held: fresh points drawn to measure on, for samplers; 0 for none.
        engine: "torch", "fused" or "auto".
        until: stop after fewer seeds, when every share is known closely enough.

    Raises:
        InvalidParameter: a setting out of range, or settings that contradict each other.

    Examples:
        >>> study = Study(networks=("2-2-2-1", "2-4-4-1"), checkpoints=(100, 200), seeds=5)
        >>> study.n_runs, [condition.text for condition in study.conditions]
        (10, ['circle(n=100), 2-2-2-1', 'circle(n=100), 2-4-4-1'])
    """

    points: tuple[Source, ...] = ("circle",)  # type: ignore[assignment]  # what stands for one is taken too
    networks: tuple[Network, ...] = ("2-4-4-1",)  # type: ignore[assignment]
    recipes: tuple[Recipe, ...] = (Recipe(),)
    checkpoints: tuple[int, ...] = ()
    seeds: Sequence[int] = 100  # type: ignore[assignment]
    vary: str = "both"
    fixed_seed: int = 0
    held: int = 1000
    engine: str = "auto"
    until: Until | None = None

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "vary": Choice(VARY),
            "fixed_seed": SEED,
            "held": Integer(0, 100_000_000),
            "engine": Choice(("auto", *ENGINES)),
        }
        check("Study", {name: getattr(self, name) for name in rules}, rules)
        recipes = _arguments.as_recipes(self.recipes)
        plain: dict[str, Any] = {
            "points": _arguments.as_sources(self.points),
            "networks": _arguments.as_networks(self.networks),
            "recipes": recipes,
            "checkpoints": _arguments.as_checkpoints(self.checkpoints, recipes),
            "seeds": _arguments.as_seeds(self.seeds),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        if self.until is not None and not (isinstance(self.until, Until) and self.vary != "crossed"):
            raise InvalidParameter("Study: until must be an Until, and needs vary other than 'crossed'.")
        _refuse_doubles(self.conditions)

    @classmethod
    def grid(
        cls,
        points: Any = "circle",
        *,
        n: Any = 100,
        noise: Any = None,
        widths: Any = 4,
        depths: Any = 2,
        networks: Any = None,
        activation: Any = "relu",
        init: Any = "torch",
        checkpoints: Any = (),
        seeds: Any = 100,
        vary: str = "both",
        fixed_seed: int = 0,
        held: int = 1000,
        engine: str = "auto",
        until: Until | None = None,
        **settings: Any,
    ) -> Study:
        """The study of all combinations; of each setting one value, or several in a sequence.

        Args:
            points: samplers by name, which take every `n` and `noise`, or own points.
            n: points to train on.
            noise: None takes the sampler's own default.
            widths: units of each hidden layer.
            depths: hidden layers.
            networks: widths from inputs to outputs such as "2-4-3-1", instead of widths and depths.
            activation: of the hidden layers.
            init: how parameters are drawn.
            checkpoints: as in `Study`, as are seeds, vary, fixed_seed, held, engine and until.
            seeds: as in `Study`.
            vary: as in `Study`.
            fixed_seed: as in `Study`.
            held: as in `Study`.
            engine: as in `Study`.
            until: as in `Study`.
            settings: of the recipe, such as loss, optimizer, lr, batch_size.

        Raises:
            InvalidParameter: an unknown setting, or a value out of range.

        Examples:
            >>> study = Study.grid(widths=range(2, 5), loss=("bce", "mse"), checkpoints=50, seeds=10)
            >>> len(study.conditions), study.conditions[1].text
            (6, 'circle(n=100), 2-2-2-1, loss=mse')
        """
        sources = _arguments.grid_sources(points, n, noise)
        nets = _arguments.grid_networks(widths, depths, networks, activation, init, sources[0].n_inputs)
        recipes = _arguments.grid_recipes(settings)
        return cls(sources, nets, recipes, checkpoints, seeds, vary, fixed_seed, held, engine, until)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The grid's cells in their order: points, then networks, then recipes vary fastest."""
        return tuple(
            _condition(self, index, point, network, recipe)
            for index, (point, network, recipe) in enumerate(product(self.points, self.networks, self.recipes))
        )

    @cached_property
    def engines(self) -> frozenset[str]:
        """The names of the engines that carry it out."""
        return frozenset(
            choose(self.engine, condition.network, condition.recipe)[0].name for condition in self.conditions
        )

    @property
    def n_replicates(self) -> int:
        """Runs of each condition: the seeds, or all their pairs if crossed."""
        return len(self.seeds) ** 2 if self.vary == "crossed" else len(self.seeds)

    @property
    def n_runs(self) -> int:
        """Trainings in all; with `until` the most there can be."""
        return self.n_replicates * len(self.conditions)

    def job(self, run: int) -> Job:
        """What a run's number stands for.

        Raises:
            InvalidParameter: no such run.
        """
        check("Study", {"run": run}, {"run": Integer(0, self.n_runs - 1)})
        place, condition = divmod(int(run), len(self.conditions))
        if self.vary == "crossed":
            data, initial = (self.seeds[k] for k in divmod(place, len(self.seeds)))
            return Job(run, place, data, initial, self.conditions[condition])
        seed = self.seeds[place]
        data = self.fixed_seed if self.vary == "initial" else seed
        initial = self.fixed_seed if self.vary == "data" else seed
        return Job(run, seed, data, initial, self.conditions[condition])

    def points_of(self, run: int) -> tuple[Points, Points | None]:
        """The points that a run trains on, and those it is measured on."""
        job = self.job(run)
        return job.condition.point.draw(job.data_seed, self.held)

    def train(self, run: int, **options: Any) -> Run:
        """Train one run of the study again, with its history and all that a `Run` knows.

        Args:
            run: its number in the table.
            options: passed on to `separatrix.train`, such as `on_progress`.

        Examples:
            >>> Study(checkpoints=20, seeds=3).train(2).epochs
            20
        """
        job = self.job(run)
        points, _ = job.condition.point.draw(job.data_seed, 0)
        return train_job(self, job, points, **options)

    def to_data(self) -> dict[str, Any]:
        """All that the results depend on, as plain data: what the manifest holds."""
        return {
            "points": [point.to_data() for point in self.points],
            "networks": [network_data(network) for network in self.networks],
            "recipes": [recipe_data(recipe) for recipe in self.recipes],
            "checkpoints": list(self.checkpoints),
            "seeds": seeds_data(self.seeds),
            "vary": self.vary,
            "fixed_seed": str(self.fixed_seed),
            "held": self.held,
            "engine": self.engine,
            "until": None if self.until is None else dict(vars(self.until)),
        }


def train_job(study: Study, job: Job, points: Points, **options: Any) -> Run:
    """Train one run on its points, which the caller has drawn."""
    recipe = copy.copy(job.condition.recipe)  # a tenth of a millisecond less than replace(), which checks all again
    object.__setattr__(recipe, "seed", job.initial_seed)
    return train(job.condition.network, recipe, points, **{"engine": study.engine} | options)


def _condition(study: Study, index: int, point: Source, network: Network, recipe: Recipe) -> Condition:
    """The cell, refused now rather than by every one of its runs."""
    outputs = LOSSES[str(recipe.loss)].outputs
    if network.n_outputs != outputs:
        network = replace(network, widths=(*network.widths[:-1], outputs))
    if network.n_inputs != point.n_inputs:
        raise InvalidParameter(
            f"Study: {network} takes {network.n_inputs} inputs, but {point.text} has {point.n_inputs} columns."
        )
    if recipe.batch_size is not None and recipe.batch_size > point.n_rows:
        raise InvalidParameter(
            f"Study: batch_size must be at most {point.n_rows}, the rows of {point.text}, got {recipe.batch_size}."
        )
    full = recipe.replace(epochs=study.checkpoints[-1], snapshots=study.checkpoints[:-1], seed=0)
    choose(study.engine, network, full)
    return Condition(index, point, network, full)


def _refuse_doubles(conditions: tuple[Condition, ...]) -> None:
    """Raise `InvalidParameter` if two cells of the grid are the same."""
    seen: set[tuple[str, Network, Recipe]] = set()
    for condition in conditions:
        key = (str(condition.point.to_data()), condition.network, condition.recipe)
        if key in seen:
            raise InvalidParameter(f"Study: {condition.text} is there twice; leave one out.")
        seen.add(key)


# A study as plain data for its manifest, and as text for its table.


SET_BY_STUDY = ("epochs", "snapshots", "seed")
OWN_COLUMN = ("loss", "optimizer", "lr", "batch_size")


def seeds_data(seeds: Sequence[int]) -> dict[str, Any]:
    """Seeds as plain data, a range in three numbers."""
    if isinstance(seeds, range):
        return {"start": seeds.start, "count": len(seeds), "step": seeds.step}
    return {"list": [str(seed) for seed in seeds]}  # text: many readers of JSON round beyond 2^53


def read_seeds(data: dict[str, Any]) -> Sequence[int]:
    """Back from `seeds_data`."""
    if "list" in data:
        return tuple(int(seed) for seed in data["list"])
    start, count, step = (int(data[name]) for name in ("start", "count", "step"))
    return range(start, start + count * step, step)


def network_data(network: Network) -> dict[str, Any]:
    """A network as plain data."""
    activation = network.activation if isinstance(network.activation, str) else list(network.activation)
    return {"widths": list(network.widths), "activation": activation, "init": network.init}


def read_network(data: dict[str, Any]) -> Network:
    """Back from `network_data`."""
    activation = data["activation"]
    return Network(
        tuple(data["widths"]), activation if isinstance(activation, str) else tuple(activation), data["init"]
    )


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain data, without what the study sets."""
    data = {name: value for name, value in recipe.settings().items() if name not in SET_BY_STUDY}
    return data | {"betas": list(recipe.betas)}


def read_recipe(data: dict[str, Any]) -> Recipe:
    """Back from `recipe_data`."""
    return Recipe(**(data | {"betas": tuple(data["betas"])}))


def recipe_text(recipe: Recipe) -> str:
    """The settings that differ from the defaults.

    >>> recipe_text(Recipe(loss="mse", lr=0.1))
    'loss=mse, lr=0.1'
    """
    usual = Recipe(optimizer=recipe.optimizer).settings() | {"optimizer": Recipe().optimizer}
    differing = {
        name: value for name, value in recipe.settings().items() if name not in SET_BY_STUDY and value != usual[name]
    }
    return ", ".join(f"{name}={value}" for name, value in differing.items())
