"""A study as plain data for its manifest, and as text for its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from separatrix.network import Network
from separatrix.recipe import Recipe

SET_BY_STUDY = ("epochs", "snapshots", "seed")
OWN_COLUMN = ("loss", "optimizer", "lr", "batch_size")


def told_seeds(seeds: Sequence[int]) -> dict[str, Any]:
    """Seeds as plain data, a range in three numbers."""
    if isinstance(seeds, range):
        return {"start": seeds.start, "count": len(seeds), "step": seeds.step}
    return {"list": [str(seed) for seed in seeds]}  # text: many readers of JSON round beyond 2^53


def read_seeds(told: dict[str, Any]) -> Sequence[int]:
    """Back from `told_seeds`."""
    if "list" in told:
        return tuple(int(seed) for seed in told["list"])
    start, count, step = (int(told[name]) for name in ("start", "count", "step"))
    return range(start, start + count * step, step)


def told_network(network: Network) -> dict[str, Any]:
    """A network as plain data."""
    activation = network.activation if isinstance(network.activation, str) else list(network.activation)
    return {"widths": list(network.widths), "activation": activation, "init": network.init}


def read_network(told: dict[str, Any]) -> Network:
    """Back from `told_network`."""
    activation = told["activation"]
    return Network(
        tuple(told["widths"]), activation if isinstance(activation, str) else tuple(activation), told["init"]
    )


def told_recipe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain data, without what the study sets."""
    told = {name: value for name, value in recipe.settings().items() if name not in SET_BY_STUDY}
    return told | {"betas": list(recipe.betas)}


def read_recipe(told: dict[str, Any]) -> Recipe:
    """Back from `told_recipe`."""
    return Recipe(**(told | {"betas": tuple(told["betas"])}))


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
