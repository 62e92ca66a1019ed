"""The arguments of a study, checked and brought into one form."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from separatrix.data.points import Points
from separatrix.errors import InvalidParameter, warn
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe, refuse_unknown_settings
from separatrix.studies.sources import OwnPoints, Sampled, Source, as_source
from separatrix.support.constraints import SEED, Integer, Rule, check, shown

_OWN = (
    " A study takes networks, losses and optimisers by name, so that its folder alone can repeat it; train a module, loss or "
    "optimiser of your own with train_many()."
)


_WORDS = {str: "a name", int: "a whole number", float: "a number", type(None): "None"}


def _words(kinds: tuple[type, ...]) -> str:
    return ", ".join(dict.fromkeys(_WORDS.get(kind, f"a {kind.__name__}") for kind in kinds))


def several(name: str, value: Any, *kinds: type) -> tuple[Any, ...]:
    """A value of one of these types, or an iterable of such values, as a tuple.

    Raises:
        InvalidParameter: the iterable is empty, or the value is neither of the types nor iterable.
    """
    if isinstance(value, kinds):
        return (value,)
    # a text is iterable too, but its letters are no values
    if not isinstance(value, Iterable) or isinstance(value, str):
        # where a module or a function is a likely argument, the message says what to do with it
        own = _OWN if name in ("networks", "loss", "optimizer") else ""
        raise InvalidParameter(f"Study: {name} must be {_words(kinds)} or several in a list, got {shown(value)}.{own}")
    values = tuple(value)
    if not values:
        raise InvalidParameter(f"Study: {name} must name at least one, got {shown(value)}.")
    return values


def as_sources(points: Any) -> tuple[Source, ...]:
    """The sources of the points. A pair of arrays (x, y) is one source."""
    return tuple(as_source(source) for source in _sources(points))


def _sources(points: Any) -> tuple[Any, ...]:
    # only arrays have a shape, so that two names in a tuple stay two sources
    pair = isinstance(points, tuple) and len(points) == 2 and all(hasattr(part, "shape") for part in points)
    return (points,) if pair else several("points", points, str, Points, Sampled, OwnPoints)


def as_networks(networks: Any) -> tuple[Network, ...]:
    """The networks; texts such as "2-4-4-1" are parsed."""
    descriptions = several("networks", networks, str, Network)
    for network in descriptions:
        if not isinstance(network, str | Network):
            raise InvalidParameter(
                f"Study: networks must be Networks or texts such as '2-4-4-1', got {shown(network)}.{_OWN}"
            )
    return tuple(Network.parse(network) if isinstance(network, str) else network for network in descriptions)


def as_recipes(recipes: Any) -> tuple[Recipe, ...]:
    """The recipes. A loss or optimiser must be named, and early stopping needs a validation share of its own."""
    descriptions = several("recipes", recipes, Recipe)
    for recipe in descriptions:
        if not isinstance(recipe, Recipe):
            raise InvalidParameter(f"Study: recipes must be Recipes, got {shown(recipe)}.")
        for name in ("loss", "optimizer"):
            # the manifest can describe a loss or an optimiser by its name alone
            if not isinstance(getattr(recipe, name), str):
                raise InvalidParameter(
                    f"Study: recipes must name their {name}, got {shown(getattr(recipe, name))}: a function of your own "
                    "can't be told from another one when a study goes on."
                )
        # early stopping on the test points would choose by the rows that are meant to judge
        if recipe.patience and recipe.validation_fraction is None:
            raise InvalidParameter(
                "Study: patience needs the recipe's validation_fraction; the test points are for measuring alone."
            )
    return descriptions


def as_checkpoints(checkpoints: Any, recipes: tuple[Recipe, ...]) -> tuple[int, ...]:
    """The checkpoints in increasing order; without any, the number of epochs that all recipes share."""
    epochs = sorted({recipe.epochs for recipe in recipes})
    wanted = tuple(checkpoints) if isinstance(checkpoints, Iterable) else (checkpoints,)
    # all conditions share their checkpoints, so different numbers of epochs leave a choice
    if not wanted and len(epochs) > 1:
        raise InvalidParameter(f"Study: the recipes have {epochs} epochs; say by checkpoints when to look.")
    for epoch in wanted:
        check("Study", {"checkpoints": epoch}, {"checkpoints": Integer(1, 2**32 - 1)})
    return tuple(sorted({int(epoch) for epoch in wanted})) or tuple(epochs)


def as_seeds(seeds: Any) -> Sequence[int]:
    """The seeds: a number of them (0, 1, …), or the seeds themselves. A range stays a range, however long it is.

    Raises:
        InvalidParameter: there is no seed, a seed is out of range, or a seed occurs twice.
    """
    # True is an int, but hardly a number of seeds
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        check("Study", {"seeds": seeds}, {"seeds": Integer(1)})
        return range(seeds)
    if isinstance(seeds, str | bytes) or not isinstance(seeds, Iterable):
        raise InvalidParameter(f"Study: seeds must be how many, or which, got {shown(seeds)}.")
    chosen: Sequence[int] = seeds if isinstance(seeds, range) else tuple(seeds)
    if not chosen:
        raise InvalidParameter("Study: seeds must name at least one seed, got none.")
    # the ends of a range bound all its numbers, of which there may be billions
    for seed in (chosen[0], chosen[-1]) if isinstance(chosen, range) else chosen:
        check("Study", {"seeds": seed}, {"seeds": SEED})
    if isinstance(chosen, range):
        return chosen
    # plain numbers: JSON can't write NumPy's integers
    plain = tuple(int(seed) for seed in chosen)
    # a repeated seed would count the same run as further evidence
    if len(set(plain)) < len(plain):
        raise InvalidParameter("Study: seeds must be different ones; the same seed gives the same run.")
    return plain


def grid_networks(widths: Any, depths: Any, texts: Any, activation: Any, init: Any, inputs: int) -> tuple[Network, ...]:
    """A network for each combination of width, depth, activation and initialisation.

    Args:
        widths: units of every hidden layer, one value or several.
        depths: number of hidden layers, one value or several.
        texts: widths from inputs to outputs such as "2-4-3-1", which replace `widths` and `depths`; or None.
        activation: names of activations, one or several.
        init: names of initialisations, one or several.
        inputs: number of inputs.

    Raises:
        InvalidParameter: a width or depth is no whole number in range, or a name is unknown.
    """
    rules: dict[str, Rule] = {"widths": Integer(1), "depths": Integer(0)}
    shapes: list[tuple[int, ...]] = []
    if texts is not None:
        named = several("networks", texts, str)
        for text in named:
            if not isinstance(text, str):
                raise InvalidParameter(f"Study: networks must be texts such as '2-4-4-1', got {shown(text)}.{_OWN}")
        shapes = [Network.parse(text).widths for text in named]
    else:
        for depth, width in product(several("depths", depths, int), several("widths", widths, int)):
            check("Study.grid", {"widths": width, "depths": depth}, rules)
            shapes.append((inputs, *(int(width),) * int(depth), 1))
    networks: dict[Network, None] = {}  # a dict: without hidden layers, all widths give the same network
    kinds = list(product(several("activation", activation, str), several("init", init, str)))
    for shape, (name, start) in product(shapes, kinds):
        networks[Network(shape, name, start)] = None
    return tuple(networks)


def grid_recipes(settings: dict[str, Any]) -> tuple[Recipe, ...]:
    """A recipe for each combination of the settings, each of which has one value or several in a list.

    Raises:
        InvalidParameter: a setting is unknown, or a value is out of range.
    """
    refuse_unknown_settings(settings)
    axes = [_values(name, choice) for name, choice in settings.items()]
    cells = [dict(zip(settings, values, strict=True)) for values in product(*axes)]
    if len(cells) == 1:
        return (Recipe(**cells[0]),)
    # A setting that only some cells read is a warning once for the grid, and cells that become equal are one.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recipes = tuple(dict.fromkeys(Recipe(**cell) for cell in cells))
    if caught:
        doubles = (
            f" {len(cells):,} combinations are {len(recipes):,} different trainings."
            if len(recipes) < len(cells)
            else ""
        )
        warn(f"{caught[0].message}{doubles}")
    return recipes


def _values(name: str, choice: Any) -> tuple[Any, ...]:
    """The values of a setting. A value of `betas` is itself a pair, so several values are a list of pairs."""
    # a single pair of betas looks like two values
    if name == "betas" and len(choice) == 2 and not hasattr(choice[0], "__len__"):
        return (choice,)
    return several(name, choice, str, int, float, type(None))


def grid_sources(
    points: Any, n: Any, noise: Any, label_noise: Any = 0.0, features: Any = (), test_fraction: Any = None
) -> tuple[Source, ...]:
    """The sources of a grid: each named sampler with every `n` and `noise`, each source with all label noise and features."""
    changes = list(product(several("label_noise", label_noise, int, float), _feature_sets(features)))
    # a dict: a source given twice is one source, and the order stays
    sources: dict[Source, None] = {}
    for source in _sources(points):
        if not isinstance(source, str):
            own = as_source(source)
            if test_fraction is not None and isinstance(own, OwnPoints):
                own = replace(own, test_fraction=test_fraction)
            for turned, names in changes:
                sources[replace(own, label_noise=turned, features=names) if turned or names else own] = None
            continue
        cells = product(several("n", n, int), several("noise", noise, int, float, type(None)), changes)
        for count, shift, (turned, names) in cells:
            sources[Sampled(source, count, shift, None, turned, names)] = None
    return tuple(sources)


def _feature_sets(features: Any) -> list[tuple[str, ...]]:
    """Sets of features: () or "x1+x2" is the plane itself; "x1^2+x2^2" is one set, a list of such texts several."""
    texts = [features] if isinstance(features, str) else list(features)
    sets = [tuple(part.strip() for part in text.split("+")) if isinstance(text, str) else tuple(text) for text in texts]
    return sets or [()]
