"""The fused engine: the whole training loop in compiled code.

`straight` writes machine code for one tiny network, `generic` serves all others by matrix products; `driver` is the
loop around both, `session` packs and unpacks, `threaded` shares large steps out.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from separatrix.engines.base import Epochs, Session, Task
from separatrix.network import Network
from separatrix.recipe import Recipe

if TYPE_CHECKING:
    from separatrix.modules import ModuleNetwork


class FusedEngine:
    """Compiled loops for plain networks on the processor."""

    name = "fused"

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """A user's own module, loss or optimiser, and any device but the processor."""
        if not isinstance(network, Network):
            return "a module of your own is PyTorch code, which only the torch engine runs."
        if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
            return "a loss or optimiser of your own is PyTorch code, which only the torch engine runs."
        if device != "cpu":
            return f"it computes on the processor, not on {device!r}."
        return None

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> Session:
        """Begin at these parameters."""
        if task.recipe.optimizer == "lbfgs":
            from separatrix.engines.fused.lbfgs import LBFGSSession

            return LBFGSSession(task, parameters, memory)
        from separatrix.engines.fused.session import FusedSession

        return FusedSession(task, parameters, memory)


def warmup(network: Network) -> tuple[float, Path]:
    """Compile, and keep on disk, what training this network takes: every loss that fits it, every optimiser.

    Returns:
        Seconds that it took, and the folder in which the code is kept.
    """
    from separatrix.engines.fused.machine_code import cache_folder
    from separatrix.losses import LOSSES
    from separatrix.optimizers import OPTIMIZERS

    start = time.perf_counter()
    losses = [name for name, entry in LOSSES.items() if entry.outputs == network.n_outputs]
    for dtype in ("float32", "float64"):
        # all losses with one optimiser, then all optimisers with one loss: the parts don't depend on one another
        recipes = [Recipe(loss=loss, epochs=1, dtype=dtype) for loss in losses]
        recipes += [Recipe(loss=losses[0], optimizer=name, epochs=1, dtype=dtype) for name in OPTIMIZERS]
        for recipe in recipes:
            _one_epoch(network, recipe)
        _one_epoch(network, Recipe(loss=losses[0], batch_size=32, epochs=1, dtype=dtype), large=True)
    return time.perf_counter() - start, cache_folder()


def _one_epoch(network: Network, recipe: Recipe, large: bool = False) -> None:
    """Train a little, so that what it takes is compiled; if `large`, by what takes large steps."""
    from separatrix.engines.fused.session import FusedSession

    stream = np.random.default_rng(0)
    x, y = stream.normal(size=(64, network.n_inputs)), (np.arange(64) % 2).astype(recipe.dtype)
    task = Task(network, recipe, x.astype(recipe.dtype), y)
    session = FusedEngine().start(task, network.initialise(0, recipe.dtype))
    if isinstance(session, FusedSession):
        session.always_large = large
    order = np.arange(64)[None] if recipe.batch_size else None
    session.advance(Epochs(np.array([recipe.lr]), order, np.array([0])))


__all__ = ["FusedEngine", "warmup"]
