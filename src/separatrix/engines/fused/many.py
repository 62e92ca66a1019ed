"""Runs of neighbouring chunks, for one thread of several."""

from __future__ import annotations

from numba import njit

from separatrix.engines.fused.calls import flush_denormals, restore_mode
from separatrix.engines.fused.driver import padded
from separatrix.engines.fused.gradients import chunk_evaluate, chunk_gradient
from separatrix.engines.fused.updates import FAST


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def gradients_of(code, widths, lanes, p, x, y, w, count, chunk, gamma, first, last, parts, work):  # type: ignore[no-untyped-def]
    """parts[k] = the gradient of chunk first + k."""
    mode, inputs = flush_denormals(), widths[0]
    for k in range(first, last):
        done = k * chunk
        size = padded(min(chunk, count - done), lanes)
        at = done * inputs
        chunk_gradient(code, widths, lanes, p, x[at : at + inputs * size], y[done : done + size],
                       w[done : done + size], size, gamma, parts[k - first], work)  # fmt: skip  # one call
    restore_mode(mode)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def evaluations_of(code, widths, lanes, p, x, y, w, count, chunk, gamma, first, last, found, out, work):  # type: ignore[no-untyped-def]
    """found[k] = (Σ w · loss, number on the right side) of chunk first + k."""
    mode, inputs = flush_denormals(), widths[0]
    for k in range(first, last):
        done = k * chunk
        size = padded(min(chunk, count - done), lanes)
        at = done * inputs
        chunk_evaluate(code, widths, lanes, p, x[at : at + inputs * size], y[done : done + size],
                       w[done : done + size], size, gamma, out, work)  # fmt: skip  # one call
        found[k - first, 0], found[k - first, 1] = out[0], out[1]
    restore_mode(mode)
