"""Schedules of the learning rate: each gives the rate of every epoch, known before the first one.

Formulas are those of `torch.optim.lr_scheduler` with one scheduler step an epoch. The registry `SCHEDULES` is the one place
to add another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class RateSettings(Protocol):
    """The settings of a recipe that a schedule reads."""

    @property
    def lr(self) -> float:
        """Learning rate of the first epoch."""

    @property
    def epochs(self) -> int:
        """All epochs of the training."""

    @property
    def step_size(self) -> int | None:
        """Epochs between two reductions, or None."""

    @property
    def step_gamma(self) -> float:
        """Factor of one reduction."""

    @property
    def dtype(self) -> str:
        """Number format of the parameters."""


@dataclass(frozen=True)
class Schedule:
    """One schedule.

    Attributes:
        name: the name used everywhere.
        about: what a learner should know, in one sentence.
        scale: epoch numbers from 0 (k,), recipe -> factor on `recipe.lr` (k,) float64.
        script: for a plain PyTorch script, the scheduler as an expression with the fields {lr}, {step_size} and
            {step_gamma}; empty if the rate never changes.
    """

    name: str
    about: str
    scale: Callable[[np.ndarray, RateSettings], np.ndarray]
    script: str = ""

    def rates(self, start: int, stop: int, recipe: RateSettings) -> np.ndarray:
        """The learning rates of some epochs: (stop - start,) float64.

        Args:
            start: number of the first epoch, from 0.
            stop: number of the epoch after the last.
            recipe: the settings that the schedule reads.
        """
        with np.errstate(over="ignore"):  # a step_gamma above 1 may grow without end: at most what the dtype holds
            rates = recipe.lr * self.scale(np.arange(start, stop), recipe)
        return np.minimum(rates, np.finfo(recipe.dtype).max)


def step_epochs(recipe: RateSettings) -> int:
    """Epochs between two reductions of the schedule "step"."""
    return recipe.step_size or max(1, -(-recipe.epochs // 3))


def _step(epoch: np.ndarray, recipe: RateSettings) -> np.ndarray:
    # A power, not a running product: the rate of an epoch does not depend on where a training was resumed.
    return np.asarray(recipe.step_gamma ** (epoch // step_epochs(recipe)), dtype=float)


def _cosine(epoch: np.ndarray, recipe: RateSettings) -> np.ndarray:
    return np.asarray((1 + np.cos(np.pi * epoch / recipe.epochs)) / 2)


def _one_cycle(epoch: np.ndarray, recipe: RateSettings) -> np.ndarray:
    # Smith & Topin 2018 (arXiv:1708.07120) with PyTorch's defaults: up to lr in 30% of the epochs, then
    # down to lr / (25 * 1e4). Only the rate cycles, not the momentum.
    start, end = 1 / 25, 1 / (25 * 1e4)
    # PyTorch counts steps from 0, so the peak lies one step before 30% of them.
    peak = 0.3 * recipe.epochs - 1
    last = recipe.epochs - 1
    rising = np.clip(epoch / peak, 0, 1) if peak > 0 else np.ones(len(epoch))
    falling = np.clip((epoch - peak) / (last - peak), 0, 1) if last > peak else np.ones(len(epoch))
    up = 1 + (start - 1) / 2 * (1 + np.cos(np.pi * rising))
    down = end + (1 - end) / 2 * (1 + np.cos(np.pi * falling))
    return np.where(epoch <= peak, up, down)


SCHEDULES: dict[str, Schedule] = {
    entry.name: entry
    for entry in (
        Schedule("constant", "The same rate throughout.", lambda epoch, recipe: np.ones(len(epoch))),
        Schedule(
            "step",
            "The rate is multiplied by step_gamma every step_size epochs.",
            _step,
            "torch.optim.lr_scheduler.StepLR(optimizer, step_size={step_size}, gamma={step_gamma!r})",
        ),
        Schedule(
            "cosine",
            "Half a cosine from lr down to 0.",
            _cosine,
            "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)",
        ),
        Schedule(
            "one_cycle",
            "Up from lr / 25 to lr in 30% of the epochs, then down to almost 0.",
            _one_cycle,
            "torch.optim.lr_scheduler.OneCycleLR(optimizer, {lr!r}, total_steps=EPOCHS, cycle_momentum=False)",
        ),
    )
}
