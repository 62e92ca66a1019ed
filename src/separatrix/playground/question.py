"""A sketch as the question that a study answers for many seeds."""

from __future__ import annotations

from typing import Any

from separatrix.errors import InvalidParameter
from separatrix.playground.sketch import Sketch
from separatrix.studies.config import toml_text

SEEDS = 200
HEADER = "# How often does this work? Run it with: separatrix study study.toml\n"
OWN = "# The points are in points.csv, which the playground's page gives too; keep it beside this file.\n"


def as_toml(sketch: Sketch) -> str:
    """The file that `separatrix study FILE` reads: one network and recipe, 200 seeds.

    Raises:
        InvalidParameter: layers of different activations, or a branch, which a study can't begin with.

    Examples:
        >>> print(as_toml(Sketch(lr=0.1)).splitlines()[1])
        points = "circle"
    """
    kinds = set(sketch.activations) or {"relu"}
    if len(kinds) > 1:
        raise InvalidParameter("a study has one activation for all hidden layers; make them equal first.")
    if sketch.start is not None:
        raise InvalidParameter("a study begins from scratch; this training was branched off another.")
    settings: dict[str, Any] = {"points": "points.csv", "x": ["x1", "x2"], "y": "label"}
    if sketch.drawn is None:
        settings = {"points": sketch.sampler, "n": sketch.n, "noise": sketch.noise}
    settings |= {"networks": [str(sketch.network)], "activation": kinds.pop(), "init": sketch.init}
    settings |= {"checkpoints": [sketch.epochs], "seeds": SEEDS, "loss": sketch.loss, "optimizer": sketch.optimizer}
    settings |= {name: getattr(sketch, name) for name in ("lr", "momentum", "l1", "l2") if getattr(sketch, name)}
    if sketch.recipe.batch_size is not None:
        settings["batch_size"] = sketch.recipe.batch_size
    return HEADER + (OWN if sketch.drawn is not None else "") + toml_text(settings)
