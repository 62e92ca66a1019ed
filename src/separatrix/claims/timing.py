"""Time per epoch by activation, in turns, so that a busy machine is as slow for one as for the other."""

from __future__ import annotations

import time

import numpy as np

from separatrix.network import Network
from separatrix.recipe import Recipe
from separatrix.shapes import circle
from separatrix.training import train

ROUNDS = 20
EPOCHS = 300
NETWORK = "2-4-4-1"


def torch_seconds(names: tuple[str, ...], rounds: int | None = None, epochs: int = EPOCHS) -> dict[str, np.ndarray]:
    """Seconds per epoch of the plain PyTorch loop, (rounds,) for each activation, one after the other in turns.

    The first round isn't counted: it loads and warms up what all the others use.

    Examples:
        >>> torch_seconds(("relu",), rounds=2, epochs=3)["relu"].shape
        (2,)
    """
    points, recipe = circle(n=100, seed=0), Recipe(epochs=epochs)
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range((ROUNDS if rounds is None else rounds) + 1):
        for name in names:
            start = time.perf_counter()
            train(Network.parse(NETWORK, name), recipe, points, engine="torch")
            found[name].append((time.perf_counter() - start) / epochs)
    return {name: np.array(seconds[1:]) for name, seconds in found.items()}
