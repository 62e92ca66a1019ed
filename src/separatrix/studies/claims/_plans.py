"""The studies that the claims rest on, as settings, which are the same here and on the command line."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from separatrix.data.samplers import circle
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.studies._pages import study_command
from separatrix.studies.config import study_of
from separatrix.studies.plan import Study
from separatrix.training.loop import train

EPOCHS = (5_000, 10_000, 50_000)  # the numbers of epochs that the tutorial names
WIDTHS = (2, 3, 4, 5, 6, 7, 8)
SIZES = (2, 4, 8, 16)
DEPTHS = (1, 2, 3)
RATES = (0.005, 0.02, 0.05, 0.2, 0.5, 2.0)
FRESH = 10_000  # test points where a figure of 99.93% must be possible

SETTINGS: dict[str, dict[str, Any]] = {
    "lesson": {"n_test": FRESH},
    "widths": {"widths": WIDTHS},
    "losses": {"loss": ("bce", "mse")},
    "sizes": {"widths": SIZES, "depths": DEPTHS, "n_test": FRESH},
    "rates": {"lr": RATES},
    "activations": {"activation": ("relu", "sigmoid", "tanh")},
}
FEWER = {"sizes": 4}  # its large networks take as long as all other studies: a quarter of the seeds

SEEDS = 1000


def settings(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS) -> dict[str, Any]:
    """All settings of the study of a claim.

    >>> settings("losses", 50)
    {'loss': ('bce', 'mse'), 'checkpoints': (5000, 10000, 50000), 'seeds': 50}
    """
    return SETTINGS[name] | {"checkpoints": epochs, "seeds": max(2, seeds // FEWER.get(name, 1))}


def plan(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS, engine: str = "auto") -> Study:
    """The study of a claim.

    >>> plan("rates", 10).n_runs
    60
    """
    return study_of(settings(name, seeds, epochs) | {"engine": engine})


def command(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS, *, exact: bool = False) -> str:
    """The command that runs the study alone; with `exact`, on exactly this number of seeds.

    >>> command("losses", 50)
    'separatrix study --loss bce,mse --checkpoints 5000,10000,50000 --seeds 50 --out losses'
    """
    return study_command(settings(name, seeds, epochs) | ({"seeds": seeds} if exact else {}), name)


# The time per epoch by activation, measured in turns, so that a busy machine slows all of them alike.


ROUNDS = 20
TIMED_EPOCHS = {"torch": 300, "fused": 100_000}  # what a training costs beside its epochs is a few hundredths then
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
    points, recipe = circle(n=100, seed=0), Recipe(epochs=epochs or TIMED_EPOCHS[engine])
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range((rounds or ROUNDS) + 1):
        for name in names:
            # processor time: what other programs take is not counted
            start = time.thread_time()
            train(Network.parse(NETWORK, name), recipe, points, engine=engine)
            seconds[name].append((time.thread_time() - start) / recipe.epochs)
    return {name: np.array(times[1:]) for name, times in seconds.items()}  # without the first round
