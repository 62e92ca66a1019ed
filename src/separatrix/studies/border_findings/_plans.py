"""The studies behind the findings, as settings: the same words describe them here and on the command line."""

from __future__ import annotations

from typing import Any

from separatrix.studies._pages import study_command
from separatrix.studies.config import study_of
from separatrix.studies.plan import Study

LAST = 50_000  # epochs, as in the tutorial
COURSE = (1, 10, 50, 100, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 20_000, 30_000, LAST)
WIDTHS = (2, 3, 4, 5, 6, 8, 12, 16)
DEPTHS = (1, 2, 3, 4)

SETTINGS: dict[str, dict[str, Any]] = {
    "course": {},
    "widths": {"widths": WIDTHS},
    "depths": {"depths": DEPTHS},
    "activations": {"activation": ("relu", "leaky_relu")},
    "losses": {"loss": ("bce", "mse")},
}
FEWER = 4  # a quarter of the seeds for all studies but the first
SEEDS = 1000


def settings(name: str, seeds: int = SEEDS, shorter: int = 1) -> dict[str, Any]:
    """All settings of a study; `shorter` divides all epochs, for a quick trial.

    >>> settings("losses", 100)
    {'loss': ('bce', 'mse'), 'checkpoints': (50000,), 'seeds': 25, 'n_test': 0, 'borders': True}
    """
    epochs = COURSE if name == "course" else (LAST,)
    # a set: a short trial maps several epochs to the same one
    looks = tuple(sorted({max(1, epoch // shorter) for epoch in epochs}))
    options = {"checkpoints": looks, "seeds": seeds if name == "course" else max(2, seeds // FEWER)}
    # no test points: the exact accuracy replaces them
    return SETTINGS[name] | options | {"n_test": 0, "borders": True}


def plan(name: str, seeds: int = SEEDS, shorter: int = 1) -> Study:
    """The study.

    >>> plan("depths", 40).n_runs
    40
    """
    return study_of(settings(name, seeds, shorter))


def command(name: str, seeds: int = SEEDS, shorter: int = 1) -> str:
    """The command that runs it by itself.

    >>> command("losses", 100)
    'separatrix study --loss bce,mse --checkpoints 50000 --seeds 25 --n-test 0 --borders --out losses'
    """
    return study_command(settings(name, seeds, shorter), name)
