"""The immutable description of a study, and the numbering of its runs."""

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
from separatrix.networks.recipe import Recipe, record_of
from separatrix.studies import _arguments
from separatrix.studies.sources import Source
from separatrix.support.constraints import SEED, Choice, Flag, Integer, Rule, check
from separatrix.support.surroundings import insulated
from separatrix.training.loop import train
from separatrix.training.run import Run

VARY = ("both", "data", "initial", "crossed")


@dataclass(frozen=True)
class Condition:
    """One cell of the grid.

    Attributes:
        index: number of the cell, from 0.
        point: the source of the points.
        network: the network that is trained.
        recipe: the recipe of the training. Its epochs are the last checkpoint, its snapshots the earlier ones.
    """

    index: int
    point: Source
    network: Network
    recipe: Recipe

    @property
    def text(self) -> str:
        """The condition in one line, without the settings that have their default value."""
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


@insulated
@dataclass(frozen=True)
class Study:
    """An immutable description of many trainings: points × networks × recipes × seeds, measured at some checkpoints.

    Runs are numbered seed by seed: run = (position of the seed) · conditions + condition. Therefore all conditions share
    their seeds, which makes comparisons paired, and additional seeds only append runs.

    Attributes:
        points: names of samplers, `Sampled(...)`, your own `Points`, `OwnPoints(...)` or arrays (x, y).
        networks: `Network`s or texts such as "2-4-4-1". The last width follows the loss: 1, or 2 for the softmax.
        recipes: how to train. The study sets their epochs, snapshots and seed.
        checkpoints: epochs after which a run is measured; each gives a row of the table. Defaults to the recipes'
            own number of epochs.
        seeds: the number of seeds (0, 1, …), or the seeds themselves.
        vary: what a seed changes. "both" changes points and training; "data" or "initial" changes one of them, while
            the other keeps `fixed_seed`; "crossed" combines every data seed with every training seed, so that the
            variance can be split. The training seed draws the initial parameters and the order of the batches.
        fixed_seed: the seed of whatever isn't varied.
        n_test: fresh points drawn to measure on, for samplers; 0 for none.
        engine: "torch", "fused" or "auto".
        until: a rule to stop after fewer seeds, once every share is known precisely enough.
        borders: whether to measure each run's border exactly: its regions, pieces, length, components, holes, margin,
            exact accuracy and, for the circle, its distance from it.

    Raises:
        InvalidParameter: a setting out of range, or settings that contradict each other.

    Examples:
        >>> study = Study(networks=("2-2-2-1", "2-4-4-1"), checkpoints=(100, 200), seeds=5)
        >>> study.n_runs, [condition.text for condition in study.conditions]
        (10, ['circle(n=100), 2-2-2-1', 'circle(n=100), 2-4-4-1'])
    """

    points: tuple[Source, ...] = ("circle",)  # type: ignore[assignment]  # __post_init__ also accepts shorthands
    networks: tuple[Network, ...] = ("2-4-4-1",)  # type: ignore[assignment]
    recipes: tuple[Recipe, ...] = (Recipe(),)
    checkpoints: tuple[int, ...] = ()
    seeds: Sequence[int] = 100  # type: ignore[assignment]
    vary: str = "both"
    fixed_seed: int = 0
    n_test: int = 1000
    engine: str = "auto"
    until: Until | None = None
    borders: bool = False

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "borders": Flag(),
            "vary": Choice(VARY),
            "fixed_seed": SEED,
            "n_test": Integer(0, 100_000_000),
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
        # the class is frozen so that a description cannot change after its runs were numbered
        for name, value in plain.items():
            object.__setattr__(self, name, value)
        # a crossed study has pairs of seeds, which are not independent, so the looks of `until` would be wrong
        if self.until is not None and not (isinstance(self.until, Until) and self.vary != "crossed"):
            raise InvalidParameter("Study: until must be an Until, and needs vary other than 'crossed'.")
        # builds all conditions now, so that an impossible one is refused before anything is trained
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
        n_test: int = 1000,
        engine: str = "auto",
        until: Until | None = None,
        borders: bool = False,
        label_noise: Any = 0.0,
        features: Any = (),
        test_fraction: Any = None,
        **settings: Any,
    ) -> Study:
        """The study of all combinations of some settings. Each setting takes one value, or several in a sequence.

        Args:
            points: names of samplers, which are combined with every `n` and `noise`, or your own points.
            n: number of points to train on.
            noise: standard deviation of the noise. None takes the sampler's default.
            widths: number of units of each hidden layer.
            depths: number of hidden layers.
            networks: widths from inputs to outputs, such as "2-4-3-1"; replaces `widths` and `depths`.
            activation: activation of the hidden layers.
            init: initialisation of the parameters.
            checkpoints: as in `Study`.
            seeds: as in `Study`.
            vary: as in `Study`.
            fixed_seed: as in `Study`.
            n_test: as in `Study`.
            engine: as in `Study`.
            until: as in `Study`.
            borders: as in `Study`.
            label_noise: probability with which the label of each training point is turned over.
            features: what the network is given of a point in the plane, such as "x1+x2+x1*x2", or several such texts; see
                `separatrix.data.features.FEATURES`.
            test_fraction: of your own points, the share to test on; 0 trains on all of them.
            settings: settings of the recipe, such as loss, optimizer, lr or batch_size.

        Raises:
            InvalidParameter: an unknown setting, or a value out of range.

        Examples:
            >>> study = Study.grid(widths=range(2, 5), loss=("bce", "mse"), checkpoints=50, seeds=10)
            >>> len(study.conditions), study.conditions[1].text
            (6, 'circle(n=100), 2-2-2-1, loss=mse')
        """
        sources = _arguments.grid_sources(points, n, noise, label_noise, features, test_fraction)
        # Where features differ, `_condition` gives each network their number of inputs; without them all have the same.
        inputs = 2 if any(source.features for source in sources) else sources[0].n_inputs
        nets = _arguments.grid_networks(widths, depths, networks, activation, init, inputs)
        recipes = _arguments.grid_recipes(settings)
        return cls(sources, nets, recipes, checkpoints, seeds, vary, fixed_seed, n_test, engine, until, borders)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The cells of the grid in order: recipes vary fastest, then networks, then points."""
        return tuple(
            _condition(self, index, point, network, recipe)
            for index, (point, network, recipe) in enumerate(product(self.points, self.networks, self.recipes))
        )

    @cached_property
    def engines(self) -> frozenset[str]:
        """The names of the engines that train the conditions."""
        # cached: every shard records the versions of these engines
        return frozenset(
            choose(self.engine, condition.network, condition.recipe)[0].name for condition in self.conditions
        )

    @property
    def n_replicates(self) -> int:
        """Number of runs of each condition: one for each seed, or for each pair of seeds of a crossed study."""
        return len(self.seeds) ** 2 if self.vary == "crossed" else len(self.seeds)

    @property
    def n_runs(self) -> int:
        """Number of all runs; with `until`, the largest number there can be."""
        return self.n_replicates * len(self.conditions)

    def job(self, run: int) -> Job:
        """The condition and the seeds of a run.

        Raises:
            InvalidParameter: there is no run with this number.
        """
        check("Study", {"run": run}, {"run": Integer(0, self.n_runs - 1)})
        # seed by seed, so that all conditions of a seed are neighbours and a prefix of the runs is a balanced study
        place, condition = divmod(int(run), len(self.conditions))
        if self.vary == "crossed":
            # a crossed study numbers its pairs row by row: the data seed is the row, the training seed the column
            data, initial = (self.seeds[k] for k in divmod(place, len(self.seeds)))
            # the table has one seed per row, so the number of the pair stands for both
            return Job(run, place, data, initial, self.conditions[condition])
        seed = self.seeds[place]
        data = self.fixed_seed if self.vary == "initial" else seed
        initial = self.fixed_seed if self.vary == "data" else seed
        return Job(run, seed, data, initial, self.conditions[condition])

    def points_of(self, run: int) -> tuple[Points, Points | None]:
        """The points that a run is trained on, and those that it is tested on, if any."""
        job = self.job(run)
        return job.condition.point.draw(job.data_seed, self.n_test)

    def train(self, run: int, **options: Any) -> Run:
        """Train one run of the study again, to have its history and everything else that a `Run` holds.

        Args:
            run: number of the run in the table.
            options: further arguments of `separatrix.train`, such as `on_progress`.

        Examples:
            >>> Study(checkpoints=20, seeds=3).train(2).epochs
            20
        """
        job = self.job(run)
        # no test points: their stream is independent, so leaving them out doesn't change the training points
        points, _ = job.condition.point.draw(job.data_seed, 0)
        return train_job(self, job, points, **options)

    def to_data(self) -> dict[str, Any]:
        """Everything that the results depend on, as plain data for the manifest."""
        return {
            "points": [point.to_data() for point in self.points],
            "networks": [network.to_data() for network in self.networks],
            "recipes": [recipe_data(recipe) for recipe in self.recipes],
            "checkpoints": list(self.checkpoints),
            "seeds": seeds_data(self.seeds),
            "vary": self.vary,
            # text, as the seeds: many readers of JSON round beyond 2^53
            "fixed_seed": str(self.fixed_seed),
            "n_test": self.n_test,
            "engine": self.engine,
            "until": None if self.until is None else dict(vars(self.until)),
            **({"borders": True} if self.borders else {}),  # as studies were described before there were any
        }


def train_job(study: Study, job: Job, points: Points, **options: Any) -> Run:
    """Train one run on points that the caller has drawn for it."""
    # A copy takes a tenth of a millisecond less than replace(), which would check every setting again for every run.
    recipe = copy.copy(job.condition.recipe)
    object.__setattr__(recipe, "seed", job.initial_seed)
    return train(job.condition.network, recipe, points, **{"engine": study.engine} | options)


def _condition(study: Study, index: int, point: Source, network: Network, recipe: Recipe) -> Condition:
    """A cell of the grid. What cannot be trained is refused here, once, and not by every run of the cell."""
    outputs = LOSSES[str(recipe.loss)].outputs
    if network.n_outputs != outputs:
        # the softmax has one output for each class, all other losses have one logit
        network = replace(network, widths=(*network.widths[:-1], outputs))
    if network.n_inputs == 2 != point.n_inputs and point.features:
        network = replace(network, widths=(point.n_inputs, *network.widths[1:]))  # one input for each feature
    if study.borders and point.features:
        raise InvalidParameter("Study: borders are measured in the plane of x1 and x2; leave features out.")
    if network.n_inputs != point.n_inputs:
        raise InvalidParameter(
            f"Study: {network} takes {network.n_inputs} inputs, but {point.text} has {point.n_inputs} columns."
        )
    if recipe.batch_size is not None and recipe.batch_size > point.n_rows:
        raise InvalidParameter(
            f"Study: batch_size must be at most {point.n_rows}, the rows of {point.text}, got {recipe.batch_size}."
        )
    # snapshots are kept at the earlier checkpoints, the last one is the end of the run
    full = recipe.replace(epochs=study.checkpoints[-1], snapshots=study.checkpoints[:-1], seed=0)
    # raises if no engine can train it
    choose(study.engine, network, full)
    return Condition(index, point, network, full)


def _refuse_doubles(conditions: tuple[Condition, ...]) -> None:
    """Raise `InvalidParameter` if two cells of the grid are equal: they would count the same evidence twice."""
    seen: set[tuple[str, Network, Recipe]] = set()
    for condition in conditions:
        # by their data: your own points are equal by the digest of the rows, not by identity
        key = (str(condition.point.to_data()), condition.network, condition.recipe)
        if key in seen:
            raise InvalidParameter(f"Study: {condition.text} is there twice; leave one out.")
        seen.add(key)


# A study as plain data for its manifest, and as text for its table. Whatever the results depend on has to be in the
# data, because a folder is only continued by a study whose data are equal.


SET_BY_STUDY = ("epochs", "snapshots", "seed")


def seeds_data(seeds: Sequence[int]) -> dict[str, Any]:
    """Seeds as plain data; a range takes three numbers, however long it is."""
    if isinstance(seeds, range):
        return {"start": seeds.start, "count": len(seeds), "step": seeds.step}
    return {"list": [str(seed) for seed in seeds]}  # text: many readers of JSON round beyond 2^53


def read_seeds(data: dict[str, Any]) -> Sequence[int]:
    """The seeds that `seeds_data` describes."""
    if "list" in data:
        return tuple(int(seed) for seed in data["list"])
    start, count, step = (int(data[name]) for name in ("start", "count", "step"))
    return range(start, start + count * step, step)


def recipe_data(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain data, without the settings that the study itself determines."""
    data = {name: value for name, value in record_of(recipe).items() if name not in SET_BY_STUDY}
    # JSON returns lists for tuples, and a manifest is compared with these data by ==
    return data | {name: list(value) for name, value in data.items() if isinstance(value, tuple)}


def recipe_text(recipe: Recipe) -> str:
    """The settings of a recipe that differ from their defaults.

    >>> recipe_text(Recipe(loss="mse", lr=0.1))
    'loss=mse, lr=0.1'
    """
    # the learning rate and eps have another default for each optimiser
    usual = Recipe(optimizer=recipe.optimizer).settings() | {"optimizer": Recipe().optimizer}
    differing = {
        name: value for name, value in recipe.settings().items() if name not in SET_BY_STUDY and value != usual[name]
    }
    return ", ".join(f"{name}={value}" for name, value in differing.items())
