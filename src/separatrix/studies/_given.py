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


def several(name: str, given: Any, *one: type) -> tuple[Any, ...]:
    """One of these kinds, or several of them, as a tuple.

    Raises:
        InvalidParameter: nothing, or nothing that can be gone through.
    """
    if isinstance(given, one):
        return (given,)
    found = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()
    if not found:
        raise InvalidParameter(f"Study: {name} must name at least one, got {shown(given)}.")
    return found


def as_sources(given: Any) -> tuple[Source, ...]:
    """Where the points come from; a pair of arrays (x, y) is one source."""
    return tuple(as_source(each) for each in _sources(given))


def _sources(given: Any) -> tuple[Any, ...]:
    pair = isinstance(given, tuple) and len(given) == 2 and all(hasattr(part, "shape") for part in given)
    return (given,) if pair else several("points", given, str, Points, Sampled, OwnPoints)


def as_networks(given: Any) -> tuple[Network, ...]:
    """Networks, or texts that describe them."""
    found = several("networks", given, str, Network)
    for each in found:
        if not isinstance(each, str | Network):
            raise InvalidParameter(f"Study: networks must be Networks or texts such as '2-4-4-1', got {shown(each)}.")
    return tuple(Network.parse(each) if isinstance(each, str) else each for each in found)


def as_recipes(given: Any) -> tuple[Recipe, ...]:
    """Recipes that name their parts and keep the held-out points for measuring."""
    found = several("recipes", given, Recipe)
    for each in found:
        if not isinstance(each, Recipe):
            raise InvalidParameter(f"Study: recipes must be Recipes, got {shown(each)}.")
        for name in ("loss", "optimizer"):
            if not isinstance(getattr(each, name), str):
                raise InvalidParameter(
                    f"Study: recipes must name their {name}, got {shown(getattr(each, name))}: a function of your own "
                    "can't be told from another one when a study goes on."
                )
        if each.patience and each.validation_share is None:
            raise InvalidParameter(
                "Study: patience needs the recipe's validation_share; the held-out points are for measuring alone."
            )
    return found


def as_checkpoints(given: Any, recipes: tuple[Recipe, ...]) -> tuple[int, ...]:
    """Epochs in increasing order; of none, the recipes' own."""
    epochs = sorted({recipe.epochs for recipe in recipes})
    wanted = tuple(given) if isinstance(given, Iterable) else (given,)
    if not wanted and len(epochs) > 1:
        raise InvalidParameter(f"Study: the recipes have {epochs} epochs; say by checkpoints when to look.")
    for epoch in wanted:
        check("Study", {"checkpoints": epoch}, {"checkpoints": Integer(1, 2**32 - 1)})
    return tuple(sorted({int(epoch) for epoch in wanted})) or tuple(epochs)


def as_seeds(given: Any) -> Sequence[int]:
    """How many (0, 1, …) or which; a range stays one, however long.

    Raises:
        InvalidParameter: none, one out of range, or one twice.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        check("Study", {"seeds": given}, {"seeds": Integer(1)})
        return range(given)
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidParameter(f"Study: seeds must be how many, or which, got {shown(given)}.")
    seeds: Sequence[int] = given if isinstance(given, range) else tuple(given)
    if not seeds:
        raise InvalidParameter("Study: seeds must name at least one seed, got none.")
    for seed in (seeds[0], seeds[-1]) if isinstance(seeds, range) else seeds:
        check("Study", {"seeds": seed}, {"seeds": SEED})
    if isinstance(seeds, range):
        return seeds
    plain = tuple(int(seed) for seed in seeds)
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
    found: dict[Network, None] = {}  # without hidden layers all widths are one network
    kinds = list(product(several("activation", activation, str), several("init", init, str)))
    for shape, (name, start) in product(shapes, kinds):
        found[Network(shape, name, start)] = None
    return tuple(found)


def grid_recipes(settings: dict[str, Any]) -> tuple[Recipe, ...]:
    """A recipe for each combination of these settings; of each, one value or several in a list.

    Raises:
        InvalidParameter: an unknown setting, or a value out of range.
    """
    refuse_unknown_settings(settings)
    axes = [_values(name, given) for name, given in settings.items()]
    return tuple(Recipe(**dict(zip(settings, values, strict=True))) for values in product(*axes))


def _values(name: str, given: Any) -> tuple[Any, ...]:
    """A setting's values. betas is a pair of its own, so that several of them are a list of pairs."""
    if name == "betas" and len(given) == 2 and not hasattr(given[0], "__len__"):
        return (given,)
    return several(name, given, str, int, float, type(None))


def grid_sources(points: Any, n: Any, noise: Any) -> tuple[Source, ...]:
    """Samplers by name with each n and noise; all else as it is."""
    found: dict[Source, None] = {}
    for each in _sources(points):
        if not isinstance(each, str):
            found[as_source(each)] = None
            continue
        for count, shift in product(several("n", n, int), several("noise", noise, int, float, type(None))):
            found[Sampled(each, count, shift)] = None
    return tuple(found)
