"""What a study may be given, brought into one form and checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from separatrix.data.points import Points
from separatrix.errors import InvalidParameter
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe, refuse_unknown_settings
from separatrix.studies.sources import OwnPoints, Sampled, Source, as_source
from separatrix.support.constraints import SEED, Integer, Rule, check, shown


def several(name: str, value: Any, *kinds: type) -> tuple[Any, ...]:
    """One of these kinds, or several of them, as a tuple.

    Raises:
        InvalidParameter: nothing, or nothing that can be gone through.
    """
    if isinstance(value, kinds):
        return (value,)
    values = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
    if not values:
        raise InvalidParameter(f"Study: {name} must name at least one, got {shown(value)}.")
    return values


def as_sources(points: Any) -> tuple[Source, ...]:
    """Where the points come from; a pair of arrays (x, y) is one source."""
    return tuple(as_source(source) for source in _sources(points))


def _sources(points: Any) -> tuple[Any, ...]:
    pair = isinstance(points, tuple) and len(points) == 2 and all(hasattr(part, "shape") for part in points)
    return (points,) if pair else several("points", points, str, Points, Sampled, OwnPoints)


def as_networks(networks: Any) -> tuple[Network, ...]:
    """Networks, or texts that describe them."""
    descriptions = several("networks", networks, str, Network)
    for network in descriptions:
        if not isinstance(network, str | Network):
            raise InvalidParameter(
                f"Study: networks must be Networks or texts such as '2-4-4-1', got {shown(network)}."
            )
    return tuple(Network.parse(network) if isinstance(network, str) else network for network in descriptions)


def as_recipes(recipes: Any) -> tuple[Recipe, ...]:
    """Recipes that name their parts and keep the held-out points for measuring."""
    descriptions = several("recipes", recipes, Recipe)
    for recipe in descriptions:
        if not isinstance(recipe, Recipe):
            raise InvalidParameter(f"Study: recipes must be Recipes, got {shown(recipe)}.")
        for name in ("loss", "optimizer"):
            if not isinstance(getattr(recipe, name), str):
                raise InvalidParameter(
                    f"Study: recipes must name their {name}, got {shown(getattr(recipe, name))}: a function of your own "
                    "can't be told from another one when a study goes on."
                )
        if recipe.patience and recipe.validation_share is None:
            raise InvalidParameter(
                "Study: patience needs the recipe's validation_share; the held-out points are for measuring alone."
            )
    return descriptions


def as_checkpoints(checkpoints: Any, recipes: tuple[Recipe, ...]) -> tuple[int, ...]:
    """Epochs in increasing order; of none, the recipes' own."""
    epochs = sorted({recipe.epochs for recipe in recipes})
    wanted = tuple(checkpoints) if isinstance(checkpoints, Iterable) else (checkpoints,)
    if not wanted and len(epochs) > 1:
        raise InvalidParameter(f"Study: the recipes have {epochs} epochs; say by checkpoints when to look.")
    for epoch in wanted:
        check("Study", {"checkpoints": epoch}, {"checkpoints": Integer(1, 2**32 - 1)})
    return tuple(sorted({int(epoch) for epoch in wanted})) or tuple(epochs)


def as_seeds(seeds: Any) -> Sequence[int]:
    """How many (0, 1, …) or which; a range stays one, however long.

    Raises:
        InvalidParameter: none, one out of range, or one twice.
    """
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        check("Study", {"seeds": seeds}, {"seeds": Integer(1)})
        return range(seeds)
    if isinstance(seeds, str | bytes) or not isinstance(seeds, Iterable):
        raise InvalidParameter(f"Study: seeds must be how many, or which, got {shown(seeds)}.")
    chosen: Sequence[int] = seeds if isinstance(seeds, range) else tuple(seeds)
    if not chosen:
        raise InvalidParameter("Study: seeds must name at least one seed, got none.")
    for seed in (chosen[0], chosen[-1]) if isinstance(chosen, range) else chosen:
        check("Study", {"seeds": seed}, {"seeds": SEED})
    if isinstance(chosen, range):
        return chosen
    plain = tuple(int(seed) for seed in chosen)
    if len(set(plain)) < len(plain):
        raise InvalidParameter("Study: seeds must be different ones; the same seed gives the same run.")
    return plain


def grid_networks(widths: Any, depths: Any, texts: Any, activation: Any, init: Any, inputs: int) -> tuple[Network, ...]:
    """A network for each width, depth, activation and initialisation; all hidden layers of one width.

    With `texts`, those networks instead of widths and depths.

    Raises:
        InvalidParameter: no whole number where one belongs, or an unknown name.
    """
    rules: dict[str, Rule] = {"widths": Integer(1), "depths": Integer(0)}
    shapes: list[tuple[int, ...]] = []
    if texts is not None:
        shapes = [Network.parse(text).widths for text in several("networks", texts, str)]
    else:
        for depth, width in product(several("depths", depths, int), several("widths", widths, int)):
            check("Study.grid", {"widths": width, "depths": depth}, rules)
            shapes.append((inputs, *(int(width),) * int(depth), 1))
    networks: dict[Network, None] = {}  # without hidden layers all widths are one network
    kinds = list(product(several("activation", activation, str), several("init", init, str)))
    for shape, (name, start) in product(shapes, kinds):
        networks[Network(shape, name, start)] = None
    return tuple(networks)


def grid_recipes(settings: dict[str, Any]) -> tuple[Recipe, ...]:
    """A recipe for each combination of these settings; of each, one value or several in a list.

    Raises:
        InvalidParameter: an unknown setting, or a value out of range.
    """
    refuse_unknown_settings(settings)
    axes = [_values(name, choice) for name, choice in settings.items()]
    return tuple(Recipe(**dict(zip(settings, values, strict=True))) for values in product(*axes))


def _values(name: str, choice: Any) -> tuple[Any, ...]:
    """A setting's values. betas is a pair of its own, so that several of them are a list of pairs."""
    if name == "betas" and len(choice) == 2 and not hasattr(choice[0], "__len__"):
        return (choice,)
    return several(name, choice, str, int, float, type(None))


def grid_sources(points: Any, n: Any, noise: Any) -> tuple[Source, ...]:
    """Samplers by name with each n and noise; all else as it is."""
    sources: dict[Source, None] = {}
    for source in _sources(points):
        if not isinstance(source, str):
            sources[as_source(source)] = None
            continue
        for count, shift in product(several("n", n, int), several("noise", noise, int, float, type(None))):
            sources[Sampled(source, count, shift)] = None
    return tuple(sources)
