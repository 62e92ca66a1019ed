"""The GPU engine: one training per thread, all epochs in one kernel, for a hundred thousand small networks at a time.

`_source` writes the kernel for a network and a recipe from the registries' formulas, `_session` keeps the arrays on the
card and launches it. Other wings use `GpuEngine`, through `engines.choose`, and `start_many` for many runs at once.
It is written for NVIDIA's cards through Numba and was tested in Numba's simulator alone, never on a card; nothing chooses it
unless it is asked for by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from separatrix.engines.base import Session, Task
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

    from separatrix.engines.gpu._session import ManySessions
    from separatrix.networks.module_network import ModuleNetwork

# A thread has 255 registers. NVIDIA's assembler for compute capability 9.0 gives the lesson's 37 parameters 254 of them and
# keeps nothing in memory; the 67 of 2-6-6-1 take 255 and 672 bytes beside, and the 105 of 2-8-8-1 minutes to compile.
LARGEST = 72


class GpuEngine:
    """Compiled loops for small plain networks on an NVIDIA card, full batches only."""

    name = "gpu"

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """Refuse what has no formula to compile, batches, networks beyond a thread's registers, and a machine without a card."""
        if not isinstance(network, Network):
            return "a module of your own is PyTorch code, which only the torch engine runs."
        if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
            return "a loss or optimiser of your own is PyTorch code, which only the torch engine runs."
        if not OPTIMIZERS[recipe.optimizer].rule:
            return f"the optimiser {recipe.optimizer!r} has no update rule to compile."
        if recipe.batch_size is not None:
            return "it trains on all rows at once; leave out batch_size."
        if network.n_parameters > LARGEST:
            return f"it trains one network per thread, with at most {LARGEST} parameters; {network} has {network.n_parameters}."
        return _why_no_card()

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> Session:
        """Start a training at these parameters, (p,)."""
        from separatrix.engines.gpu._session import GpuSession

        return GpuSession(task, parameters, memory)


def start_many(tasks: list[Task], parameters: np.ndarray) -> ManySessions:
    """Start one training per row of `parameters`, with one recipe.

    Args:
        tasks: one task for all runs, or one for each, with equally many rows.
        parameters: (runs, p).
    """
    from separatrix.engines.gpu._session import ManySessions

    return ManySessions(tasks, parameters)


def _why_no_card() -> str | None:
    from numba import cuda  # deferred: looking for a card loads the driver

    if cuda.is_available():
        return None
    return "Numba sees no CUDA card; `numba -s` lists what it looked for."


__all__ = ["GpuEngine", "start_many"]
