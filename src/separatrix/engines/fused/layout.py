"""Rows in chunks of features by samples, padded to whole vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Rows of a chunk: fixed, so that sums have the same order for any number of threads.
CHUNK_STRAIGHT = 512  # a chunk's activations and deltas stay in the first two caches, and fit a thread's stack
CHUNK_GENERAL = 128  # a layer's activations stay in the second cache


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


def by_chunks(x: np.ndarray, y: np.ndarray, w: np.ndarray | float, chunk: int, lanes: int) -> Chunked:
    """Lay out x (n, d), y (n,), w (n,) or one number for all, all of one dtype."""
    rows, inputs = x.shape
    room = (rows // chunk) * chunk + -(-(rows % chunk) // lanes) * lanes
    laid_x, laid_y, laid_w = (np.zeros(room * k, x.dtype) for k in (inputs, 1, 1))
    for first in range(0, rows, chunk):
        real = min(chunk, rows - first)
        size = -(-real // lanes) * lanes
        place = laid_x[first * inputs : (first + size) * inputs].reshape(inputs, size)
        place[:, :real] = x[first : first + real].T
    laid_y[:rows], laid_w[:rows] = y, w
    return Chunked(laid_x, laid_y, laid_w, rows)
