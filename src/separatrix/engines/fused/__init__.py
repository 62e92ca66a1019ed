"""The fused engine: the whole training loop in compiled code.

`_straight` writes machine code for one tiny network and `_generic` serves all others by matrix products. `_driver` is the
loop around both, and `_session` packs the arrays, shares large steps out over threads and unpacks the results. Formulas
come from the registries through `_vectors` and `_mathematics`. Other wings use `warmup`, `lanes_of` and `formulas`, the
registries as programs for an engine that is no Python; `engines.choose` starts the sessions.
"""

from __future__ import annotations

import time
from pathlib import Path

from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.support.machine import cache_folder


def lanes_of(dtype: str) -> int:
    """The number of samples in one vector of this machine, which decides the order of the engine's sums.

    Args:
        dtype: "float32" or "float64".
    """
    from separatrix.engines.fused import _layout  # deferred, as in `warmup`

    return _layout.lanes_of(dtype)


def warmup(network: Network) -> tuple[float, Path]:
    """Compile what the training of a network needs, for every loss that fits it and every optimiser, and cache it on disk.

    Returns:
        The seconds that it took, and the folder of the cache.
    """
    # Deferred: these modules import Numba, and this file is imported with every other file of the folder.
    from separatrix.engines.fused._lbfgs import make_lbfgs_ready
    from separatrix.engines.fused._session import code_of, make_ready
    from separatrix.engines.fused._updates import update_address

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


__all__ = ["lanes_of", "warmup"]
