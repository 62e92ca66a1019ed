"""Memory of a training: rows in chunks of features by samples, padded to whole vectors, and room to work on a chunk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from separatrix.engines.fused._machine_code import vector_bytes

LOSS, GRADIENT, BOTH = 1, 2, 3  # what may be asked of a chunk
LINE_BYTES = 64  # of a cache: a vector that lies across two takes twice as long to load

# Rows of a chunk: fixed, so that sums have the same order for any number of threads.
CHUNK_GENERAL = 128  # a layer's activations stay in the second cache
WIDE, CHUNK_WIDE = 256, 512  # a layer of so many units may have chunks of so many rows, see `general_chunk`
CHUNK_STRAIGHT = 512  # at most; what a chunk reads and keeps, on the stack, stays in the first cache of 48 or 32 kB
FIRST_CACHE = 40_000  # bytes


def lanes_of(dtype: str) -> int:
    """Samples in one vector."""
    return vector_bytes() // (4 if dtype == "float32" else 8)


def straight_chunk(widths: tuple[int, ...], lanes: int, itemsize: int) -> int:
    """Rows of a chunk of a tiny network: inputs, activations and deltas of as many blocks as the first cache holds."""
    block = (widths[0] + sum(widths[1:-1]) + sum(widths[1:])) * lanes * itemsize
    return min(CHUNK_STRAIGHT, max(1, FIRST_CACHE // block) * lanes)


def general_chunk(widths: tuple[int, ...], rows: int) -> int:
    """Rows of a chunk for matrix products, of a step on `rows` rows.

    Every chunk writes a gradient as large as the parameters, which is then added to the others. For wide layers that is
    traffic between caches: with a chunk of 256 instead of 128 rows, a step of 30-1024-1024-1 on 1,024 rows is a twelfth
    faster, and the product with the transposed weights gains as well. A quarter of the rows at most, so that four
    threads have work.
    """
    if max(widths[1:]) < WIDE:
        return CHUNK_GENERAL
    return min(CHUNK_WIDE, max(CHUNK_GENERAL, rows // 4 // CHUNK_GENERAL * CHUNK_GENERAL))


def workspace(widths: np.ndarray, size: int) -> int:
    """Numbers that `_generic._chunk` needs in `work`, for chunks of at most `size` samples."""
    return int(2 * widths[1:].sum() + 3 * widths.max()) * size


@dataclass(frozen=True, eq=False)
class Chunked:
    """Rows for the compiled loop.

    Attributes:
        x: chunk after chunk, each (inputs, size) with size its rows rounded up to whole vectors, flat.
        y: labels, padded alike, flat.
        w: weights, 0 in the padding, flat.
        rows: how many rows are real.
    """

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray
    rows: int


def aligned(shape: int | tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Zeros of this shape that begin at a cache line."""
    size = math.prod(shape if isinstance(shape, tuple) else (shape,)) * dtype.itemsize
    raw = np.zeros(size + LINE_BYTES, np.uint8)
    first = -raw.ctypes.data % LINE_BYTES
    return raw[first : first + size].view(dtype).reshape(shape)


def by_chunks(x: np.ndarray, y: np.ndarray, w: np.ndarray | float, chunk: int, lanes: int) -> Chunked:
    """Lay out x (n, d), y (n,), w (n,) or one number for all, all of one dtype."""
    rows, inputs = x.shape
    room = (rows // chunk) * chunk + -(-(rows % chunk) // lanes) * lanes
    laid_x, laid_y, laid_w = (aligned(room * k, x.dtype) for k in (inputs, 1, 1))
    for first in range(0, rows, chunk):
        real = min(chunk, rows - first)
        size = -(-real // lanes) * lanes
        place = laid_x[first * inputs : (first + size) * inputs].reshape(inputs, size)
        place[:, :real] = x[first : first + real].T
    laid_y[:rows], laid_w[:rows] = y, w
    return Chunked(laid_x, laid_y, laid_w, rows)
