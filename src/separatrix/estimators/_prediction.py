"""Logits of many rows: in blocks that fit a processor's cache, shared out over the cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from separatrix.networks.network import Network
from separatrix.support.machine import one_blas_thread, usable_cores

BLOCK = 4_096  # rows at a time: a layer of 64 units is 2 MB of float64
FEW = 4 * BLOCK  # so many rows take less time than handing them out


def logit(
    network: Network, parameters: np.ndarray, x: Any, encode: Callable[[Any], np.ndarray] | None = None
) -> np.ndarray:
    """The logit of class 1, computed in float64: x (n, d), parameters (p,) -> (n,) float64.

    In float64 whatever the dtype of x and parameters, so that a row's logit doesn't depend on its neighbours: sums in
    another order differ by 1e-15, not by 1e-6.

    Args:
        network: the description.
        parameters: (p,).
        x: numbers (n, d), or any table that can be sliced by rows, for `encode`.
        encode: rows -> numbers (n, k); called with a block of rows at a time, maybe in several threads.

    Examples:
        >>> network = Network.parse("2-3-1")
        >>> logit(network, network.initialise(seed=0), np.zeros((2, 2), np.float32)).dtype
        dtype('float64')
    """
    exact = parameters.astype(np.float64, copy=False)

    def of(rows: Any) -> np.ndarray:
        numbers = rows if encode is None else encode(rows)
        return network.logit(exact, numbers.astype(np.float64, copy=False))

    return by_blocks(x, of)


def by_blocks(x: Any, of: Callable[[Any], np.ndarray]) -> np.ndarray:
    """What `of` gives for the rows of x (n, …), a number or several for each: (n,) or (n, k).

    Args:
        x: anything that can be sliced by rows.
        of: called with a block of rows at a time, maybe in several threads.
    """
    if len(x) <= BLOCK:
        return of(x)
    blocks = [x[first : first + BLOCK] for first in range(0, len(x), BLOCK)]
    if len(x) <= FEW or usable_cores() == 1:
        return np.concatenate([of(block) for block in blocks])
    with one_blas_thread(), ThreadPoolExecutor(usable_cores()) as pool:
        return np.concatenate(list(pool.map(of, blocks)))
