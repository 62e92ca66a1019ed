"""The fused engine: the whole training loop in compiled code.

`straight` writes machine code for one tiny network, `generic` serves all others by matrix products; `driver` is the
loop around both, `session` packs and unpacks, `threaded` shares large steps out.
"""

from __future__ import annotations

import time
from pathlib import Path

from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS


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


__all__ = ["warmup"]
