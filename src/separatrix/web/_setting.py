"""A page's setting, as plain data, from and to the package's own descriptions of points, network and recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS, optimizer_settings
from separatrix.networks.recipe import Recipe

EDGE = 20.0  # the page's points lie in [-EDGE, EDGE] on both axes
MOST_POINTS = 10_000
OF_RECIPE = (
    "loss", "optimizer", "lr", "epochs", "batch_size", "seed", "schedule", "step_size", "step_gamma", "momentum", "nesterov",
    "betas", "eps", "alpha", "weight_decay", "l1", "l2", "focal_gamma", "patience", "min_delta", "solved_below",
)  # fmt: skip  # a list of names
FIRST: Mapping[str, Any] = {
    "sampler": "circle", "n": 100, "noise": 0.0, "balance": None, "train_share": 1.0, "drawn": None,
    "features": ["x1", "x2"], "hidden": [4, 4], "activations": ["relu", "relu"], "init": "torch",
}  # fmt: skip  # what a page begins with


def setting_of(points: Points | None, network: Network | None, recipe: Recipe | None) -> dict[str, Any]:
    """What these say of a page's setting; what is None isn't in it.

    Raises:
        InvalidData: points that aren't in a plane, lie beyond its edge or are too many.
        InvalidParameter: a network of other inputs, or a recipe that a page can't carry out.

    Examples:
        >>> setting_of(None, Network.parse("2-8-1", "tanh"), None)["hidden"]
        [8]
    """
    setting: dict[str, Any] = {}
    if points is not None:
        setting |= {"drawn": _drawn(points)}
    if network is not None:
        if not isinstance(network, Network) or network.n_inputs != 2:
            raise InvalidParameter(f"playground: network must be a Network of 2 inputs, got {network}.")
        activations = [entry.name for entry in network.activations]
        setting |= {"features": ["x1", "x2"], "hidden": list(network.widths[1:-1]), "activations": activations}
        setting |= {"init": network.init, "start": None}
    if recipe is not None:
        _refuse(recipe)
        setting |= {name: getattr(recipe, name) for name in OF_RECIPE} | {"betas": list(recipe.betas)}
    return setting


def points_of(setting: Mapping[str, Any]) -> Points:
    """All points of a setting, those that are held out included."""
    setting = {**FIRST, "seed": 0, **setting}
    if setting["drawn"] is not None:
        table = np.array(setting["drawn"], np.float64)
        return Points(table[:, :2].astype(np.float32), table[:, 2].astype(np.int8), "drawn")
    settings = {name: setting[name] for name in ("n", "noise", "seed", "balance")}
    return SAMPLERS[setting["sampler"]].draw(**settings)


def network_of(setting: Mapping[str, Any]) -> Network:
    """The network of a setting; its inputs are the setting's features."""
    setting = {**FIRST, "loss": "bce", **setting}
    widths = (len(setting["features"]), *setting["hidden"], LOSSES[setting["loss"]].outputs)
    return Network(widths, tuple(setting["activations"]), setting["init"])


def recipe_of(setting: Mapping[str, Any]) -> Recipe:
    """The recipe of a setting."""
    settings = {name: setting[name] for name in OF_RECIPE if name in setting}
    optimizer = OPTIMIZERS[settings.get("optimizer", "sgd")]
    # the page keeps what was set for another optimiser, and that mustn't reach this one
    for name in optimizer_settings():
        if name not in optimizer.reads or (optimizer.name, name) == ("sgd", "weight_decay"):
            settings.pop(name, None)
    if settings.get("schedule") != "step":
        settings = {name: value for name, value in settings.items() if name not in ("step_size", "step_gamma")}
    if settings.get("loss") != "focal":
        settings.pop("focal_gamma", None)
    if settings.get("patience") is None:
        settings.pop("min_delta", None)
    if not settings.get("momentum"):
        settings["nesterov"] = False
    if optimizer.name == "lbfgs":
        # L-BFGS compares losses along a line, which says something only of the same rows
        settings["batch_size"] = None
    return Recipe(**settings)


def _drawn(points: Points) -> list[list[float | int]]:
    if not isinstance(points, Points) or points.n_inputs != 2:
        raise InvalidData(f"playground: points must be Points in a plane, x of shape (n, 2), got {points!r}.")
    if len(points) > MOST_POINTS:
        raise InvalidData(f"playground: at most {MOST_POINTS:,} points can be drawn, got {len(points):,}.")
    if (far := np.abs(points.x).max()) > EDGE:
        raise InvalidData(
            f"playground: points must lie in [-{EDGE:g}, {EDGE:g}] on both axes, got {far:g}; scale x first."
        )
    return [[float(a), float(b), int(label)] for (a, b), label in zip(points.x, points.y, strict=True)]


def _refuse(recipe: Recipe) -> None:
    if not isinstance(recipe, Recipe):
        raise InvalidParameter(f"playground: recipe must be a Recipe, got {type(recipe).__name__}.")
    if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
        raise InvalidParameter("playground: a page needs a loss and an optimiser by name; your own are code in Python.")
    if recipe.dtype != "float32":
        raise InvalidParameter(f"playground: a page trains in float32, got dtype={recipe.dtype!r}.")
    if recipe.validation_fraction is not None:
        raise InvalidParameter("playground: leave validation_fraction None; the page has a training share of its own.")
