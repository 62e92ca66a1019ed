"""Logits of many rows: block by block, so that a block stays in a processor's cache, and on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from separatrix.networks.network import Network
from separatrix.support.machine import one_blas_thread, usable_cores

BLOCK = 4_096  # rows at a time: a layer of 64 units is 2 MB of float64
SERIAL_ROWS = 4 * BLOCK  # up to so many rows, starting threads takes longer than it saves


def logit(
    network: Network, parameters: np.ndarray, x: Any, encode: Callable[[Any], np.ndarray] | None = None
) -> np.ndarray:
    """The logit of class 1, computed in float64: x (n, d), parameters (p,) -> (n,) float64.

    In float64 whatever the dtype of x and parameters, so that a row's logit doesn't depend on its neighbours: sums in
    another order differ by 1e-15, not by 1e-6.

    Args:
        network: the description.
        parameters: its parameters, (p,).
        x: numbers (n, d), or any table that can be sliced by rows, for `encode`.
        encode: a block of rows -> numbers (n, k); may be called from several threads. None takes x as it is.

    Examples:
        >>> network = Network.parse("2-3-1")
        >>> logit(network, network.initialise(seed=0), np.zeros((2, 2), np.float32)).dtype
        dtype('float64')
    """
    exact = parameters.astype(np.float64, copy=False)

    def block_logit(rows: Any) -> np.ndarray:
        numbers = rows if encode is None else encode(rows)
        return network.logit(exact, numbers.astype(np.float64, copy=False))

    return by_blocks(x, block_logit)


def by_blocks(x: Any, function: Callable[[Any], np.ndarray]) -> np.ndarray:
    """Apply a function to the rows of x block by block, and join its values.

    Args:
        x: anything with a shape that can be sliced by rows.
        function: a block of rows -> one number or several for each; may be called from several threads.

    Returns:
        (n,) or (n, k).
    """
    n_rows = x.shape[0]  # a sparse matrix has no length
    if n_rows <= BLOCK:
        return function(x)
    blocks = [x[first : first + BLOCK] for first in range(0, n_rows, BLOCK)]
    if n_rows <= SERIAL_ROWS or usable_cores() == 1:
        return np.concatenate([function(block) for block in blocks])
    with one_blas_thread(), ThreadPoolExecutor(usable_cores()) as pool:
        return np.concatenate(list(pool.map(function, blocks)))


def is_checked_array(x: Any, n_columns: int) -> bool:
    """Whether x is an array that needs no further check: plain, finite numbers in this number of columns.

    Args:
        x: anything.
        n_columns: the number of columns in training.
    """
    return (
        # a subclass may mean its values in another way
        type(x) is np.ndarray
        and x.ndim == 2
        and x.dtype in (np.float64, np.float32)
        and x.shape[1] == n_columns
        and len(x) > 0
        and bool(np.isfinite(x).all())
    )
