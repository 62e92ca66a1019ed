"""Time per epoch by activation, in turns, so that a busy machine is as slow for one as for the other."""

from __future__ import annotations

import time

import numpy as np

from separatrix.network import Network
from separatrix.recipe import Recipe
from separatrix.shapes import circle
from separatrix.training import train

ROUNDS = 20
EPOCHS = {"torch": 300, "fused": 100_000}  # what a training costs beside its epochs is a few hundredths then
NETWORK = "2-4-4-1"


def epoch_seconds(
    engine: str, names: tuple[str, ...], rounds: int | None = None, epochs: int | None = None
) -> dict[str, np.ndarray]:
    """Processor seconds per epoch, (rounds,) for each activation, one after the other in turns.

    Time that other programs take from this one isn't counted. Nor is the first round: it loads, compiles and warms up
    what all the others use.

    Args:
        engine: "torch" or "fused".
        names: the activations.
        rounds: how often each is timed.
        epochs: of each training.

    Examples:
        >>> epoch_seconds("torch", ("relu",), rounds=2, epochs=3)["relu"].shape
        (2,)
    """
    points, recipe = circle(n=100, seed=0), Recipe(epochs=epochs or EPOCHS[engine])
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range((rounds or ROUNDS) + 1):
        for name in names:
            start = time.thread_time()
            train(Network.parse(NETWORK, name), recipe, points, engine=engine)
            found[name].append((time.thread_time() - start) / recipe.epochs)
    return {name: np.array(seconds[1:]) for name, seconds in found.items()}
