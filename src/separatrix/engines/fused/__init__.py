"""The fused engine: the whole training loop in compiled code.

`straight` writes machine code for one tiny network, `generic` serves all others by matrix products; `driver` is the
loop around both, `session` packs and unpacks, `threaded` shares large steps out.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from separatrix.engines.base import Session, Task
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

    from separatrix.networks.modules import ModuleNetwork


class FusedEngine:
    """Compiled loops for plain networks on the processor."""

    name = "fused"

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """A user's own module, loss or optimiser, an optimiser without a rule, and any device but the processor."""
        if not isinstance(network, Network):
            return "a module of your own is PyTorch code, which only the torch engine runs."
        if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
            return "a loss or optimiser of your own is PyTorch code, which only the torch engine runs."
        if not OPTIMIZERS[recipe.optimizer].rule and recipe.optimizer != "lbfgs":  # which has a file of its own
            return f"the optimiser {recipe.optimizer!r} has no rule that it could compile."
        if device != "cpu":
            return f"it computes on the processor, not on {device!r}."
        return None

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> Session:
        """Begin at these parameters."""
        if task.recipe.optimizer == "lbfgs":
            from separatrix.engines.fused._lbfgs import LBFGSSession

            return LBFGSSession(task, parameters, memory)
        from separatrix.engines.fused._session import FusedSession

        return FusedSession(task, parameters, memory)


def warmup(network: Network) -> tuple[float, Path]:
    """Compile, and keep on disk, what training this network takes: every loss that fits it, every optimiser.

    Returns:
        Seconds that it took, and the folder in which the code is kept.
    """
    from separatrix.engines.fused._lbfgs import make_lbfgs_ready
    from separatrix.engines.fused._session import code_of, make_ready
    from separatrix.engines.fused._updates import update_address
    from separatrix.networks.losses import LOSSES
    from separatrix.support.machine import cache_folder

    start = time.perf_counter()
    for dtype in ("float32", "float64"):
        make_ready(dtype, large=False)
        make_ready(dtype, large=True)
        make_lbfgs_ready(dtype)
        for loss in (name for name, entry in LOSSES.items() if entry.outputs == network.n_outputs):
            code_of(network, loss, dtype)
        for optimizer in (name for name, entry in OPTIMIZERS.items() if entry.rule):
            update_address(optimizer, dtype)
    return time.perf_counter() - start, cache_folder()


__all__ = ["FusedEngine", "warmup"]
