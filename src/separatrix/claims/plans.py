"""The studies that the claims rest on, as settings: the same words describe them here and on the command line."""

from __future__ import annotations

import shlex
from typing import Any

from separatrix.study.config import study_of
from separatrix.study.plan import Study

EPOCHS = (5_000, 10_000, 50_000)  # those that the tutorial names
WIDTHS = (2, 3, 4, 5, 6, 7, 8)
SIZES = (2, 4, 8, 16)
DEPTHS = (1, 2, 3)
RATES = (0.005, 0.02, 0.05, 0.2, 0.5, 2.0)
FRESH = 10_000  # held-out points where a figure of 99.93 % must be possible

SETTINGS: dict[str, dict[str, Any]] = {
    "lesson": {"held": FRESH},
    "widths": {"widths": WIDTHS},
    "losses": {"loss": ("bce", "mse")},
    "sizes": {"widths": SIZES, "depths": DEPTHS, "held": FRESH},
    "rates": {"lr": RATES},
    "activations": {"activation": ("relu", "sigmoid", "tanh")},
}
FEWER = {"sizes": 4}  # its large networks take as long as all other studies: a quarter of the seeds

SEEDS = 1000


def settings(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS) -> dict[str, Any]:
    """All settings of a study.

    >>> settings("losses", 50)
    {'loss': ('bce', 'mse'), 'checkpoints': (5000, 10000, 50000), 'seeds': 50}
    """
    return SETTINGS[name] | {"checkpoints": epochs, "seeds": max(2, seeds // FEWER.get(name, 1))}


def plan(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS, engine: str = "auto") -> Study:
    """The study.

    >>> plan("rates", 10).n_runs
    60
    """
    return study_of(settings(name, seeds, epochs) | {"engine": engine})


def command(name: str, seeds: int, epochs: tuple[int, ...] = EPOCHS, *, exact: bool = False) -> str:
    """The command that runs it by itself; with `exact`, on exactly so many seeds.

    >>> command("losses", 50)
    'separatrix study --loss bce,mse --checkpoints 5000,10000,50000 --seeds 50 --out losses'
    """
    words = ["separatrix", "study"]
    asked = settings(name, seeds, epochs) | ({"seeds": seeds} if exact else {})
    for setting, value in asked.items():
        text = ",".join(f"{each:g}" if isinstance(each, float) else str(each) for each in _several(value))
        words += [f"--{setting.replace('_', '-')}", text]
    return shlex.join([*words, "--out", name])


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
