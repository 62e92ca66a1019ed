"""The compiled loop over epochs: batches, gradient, step, checks, and what is measured at logged epochs.

Nothing is allocated in it, nothing is shared, and Python's lock is released.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from separatrix.engines.fused.calls import flush_denormals, restore_mode
from separatrix.engines.fused.gradients import chunk_evaluate, chunk_gradient
from separatrix.engines.fused.updates import FAST, add_penalties, update


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def padded(count, lanes):  # type: ignore[no-untyped-def]
    """count rounded up to whole vectors."""
    return -(-count // lanes) * lanes


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def gather(order, first, count, x, y, w, inputs, chunk, lanes, bx, by, bw):  # type: ignore[no-untyped-def]
    """The rows order[first : first + count] of x (n, inputs), row by row, into chunks of features by samples.

    bw = w / count, so that sums over the batch are means.
    """
    share = 1.0 / count
    done = 0
    while done < count:
        real = min(chunk, count - done)
        size = padded(real, lanes)
        at = done * inputs
        for s in range(real):
            row = order[first + done + s]
            by[done + s] = y[row]
            bw[done + s] = w[row] * share
            for k in range(inputs):
                bx[at + k * size + s] = x[row * inputs + k]
        for s in range(real, size):
            by[done + s], bw[done + s] = 0.0, 0.0
            for k in range(inputs):
                bx[at + k * size + s] = 0.0
        done += chunk


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def sum_gradient(code, widths, lanes, p, x, y, w, count, chunk, gamma, g, part, work):  # type: ignore[no-untyped-def]
    """g = the sum of the chunks' gradients, in their order."""
    inputs, done = widths[0], 0
    while done < count:
        size = padded(min(chunk, count - done), lanes)
        into = g if done == 0 else part
        at = done * inputs
        chunk_gradient(code, widths, lanes, p, x[at : at + inputs * size], y[done : done + size],
                       w[done : done + size], size, gamma, into, work)  # fmt: skip  # one call
        if done > 0:
            for i in range(g.shape[0]):
                g[i] += part[i]
        done += chunk


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def sum_evaluate(code, widths, lanes, p, x, y, w, count, chunk, gamma, out, work):  # type: ignore[no-untyped-def]
    """(Σ w · loss, number on the right side) over the chunks."""
    inputs, done, loss, right = widths[0], 0, 0.0, 0.0
    while done < count:
        size = padded(min(chunk, count - done), lanes)
        at = done * inputs
        chunk_evaluate(code, widths, lanes, p, x[at : at + inputs * size], y[done : done + size],
                       w[done : done + size], size, gamma, out, work)  # fmt: skip  # one call
        loss += out[0]
        right += out[1]
        done += chunk
    return loss, right


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def norm(g, size):  # type: ignore[no-untyped-def]
    """Euclidean norm of g[:size], summed in float64."""
    total = 0.0
    for i in range(size):
        total += np.float64(g[i]) * np.float64(g[i])
    return np.sqrt(total)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def advance(
    code, widths, lanes, chunk, gamma, rule, settings, coefficients, is_weight,
    p, new, g, part, memory, own, work, out, steps_before,
    x, y, w, n, order, batch, bx, by, bw, hx, hy, hw, held, logged, rows,
):  # type: ignore[no-untyped-def]  # fmt: skip  # one line a subject: what to do, state, data
    """Do the epochs; (epochs completed, whether the parameters ended up in `new`).

    x is chunks of features by samples for full batches (batch 0), else (n, inputs) row by row. coefficients:
    (steps, 3). rows: (k, 5): loss, accuracy, gradient norm, held-out loss and accuracy, one for each of logged (k,).
    """
    mode = flush_denormals()
    size = is_weight.shape[0]
    row, step, swapped = 0, 0, False
    epochs = order.shape[0] if batch > 0 else coefficients.shape[0]
    done = epochs
    for epoch in range(epochs):
        measured = row < logged.shape[0] and logged[row] == epoch
        loss, right, fine = 0.0, 0.0, True
        for first in range(0, n, batch if batch > 0 else n):
            count = min(batch, n - first) if batch > 0 else n
            cx, cy, cw = x, y, w
            if batch > 0:
                gather(order[epoch], first, count, x, y, w, widths[0], chunk, lanes, bx, by, bw)
                cx, cy, cw = bx, by, bw
            if measured:
                value, hits = sum_evaluate(code, widths, lanes, p, cx, cy, cw, count, chunk, gamma, out, work)
                loss += value * count
                right += hits
            sum_gradient(code, widths, lanes, p, cx, cy, cw, count, chunk, gamma, g, part, work)
            penalty = add_penalties(p, g, is_weight, settings)
            loss += penalty * count
            fine = update(rule, p[:size], new[:size], g, memory, settings, coefficients[step], steps_before + step == 0, own)
            fine = fine and np.isfinite(loss)
            if not fine:
                break
            p, new, swapped = new, p, not swapped
            step += 1
        if not fine:
            done = epoch
            break
        if measured:
            rows[row, 0], rows[row, 1], rows[row, 2] = loss / n, right / n, norm(g, size)
            if held > 0:
                value, hits = sum_evaluate(code, widths, lanes, p, hx, hy, hw, held, chunk, gamma, out, work)
                rows[row, 3], rows[row, 4] = value, hits / held
            row += 1
    restore_mode(mode)
    return done, swapped
