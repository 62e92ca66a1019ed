"""The compiled loop over epochs: batches, gradient, step, checks, and what is measured at logged epochs.

Nothing is allocated in it, nothing is shared, and Python's lock is released.
"""

from __future__ import annotations

import numpy as np

from separatrix.engines.fused.calls import address, call10, flush_denormals, prefetch, restore_mode
from separatrix.engines.fused.gradients import chunk_evaluate, chunk_gradient
from separatrix.engines.fused.kept import kept, kept_exact
from separatrix.engines.fused.updates import L1, L2, MOMENTUM, SGD, add_penalties, update


@kept
def padded(count, lanes):  # type: ignore[no-untyped-def]
    """The count rounded up to whole vectors."""
    return -(-count // lanes) * lanes


AHEAD = 8  # rows to ask for in advance: halves the time where x is larger than the cache
LINE = 16  # numbers in a cache line


@kept
def gather(order, epoch, first, count, x, y, w, inputs, chunk, lanes, bx, by, bw):  # type: ignore[no-untyped-def]
    """The rows order[epoch, first : first + count] of x (n, inputs), row by row, into chunks of features by samples.

    bw = w / count, so that sums over the batch are means.
    """
    share = 1.0 / count
    done = 0
    while done < count:
        real = min(chunk, count - done)
        size = padded(real, lanes)
        at = done * inputs
        for s in range(real):
            soon = order[epoch, min(first + done + s + AHEAD, first + count - 1)] * inputs
            for k in range(0, inputs, LINE):
                prefetch(x, soon + k)
            row = order[epoch, first + done + s]
            by[done + s] = y[row]
            bw[done + s] = w[row] * share
            for k in range(inputs):
                bx[at + k * size + s] = x[row * inputs + k]
        for s in range(real, size):
            by[done + s], bw[done + s] = 0.0, 0.0
            for k in range(inputs):
                bx[at + k * size + s] = 0.0
        done += chunk


@kept
def sum_gradient(code, widths, lanes, pair, now, x, y, w, count, chunk, gamma, g, part, work):  # type: ignore[no-untyped-def]
    """Into g the sum of the chunks' gradients, in their order."""
    size = padded(min(chunk, count), lanes)
    chunk_gradient(code, widths, lanes, pair, now, x, y, w, np.int64(0), size, gamma, g, work)
    for done in range(chunk, count, chunk):
        size = padded(min(chunk, count - done), lanes)
        chunk_gradient(code, widths, lanes, pair, now, x, y, w, done, size, gamma, part, work)
        for i in range(g.shape[0]):
            g[i] += part[i]


@kept
def sum_evaluate(code, widths, lanes, pair, now, x, y, w, count, chunk, gamma, out, work):  # type: ignore[no-untyped-def]
    """(Σ w · loss, number on the right side) over the chunks."""
    loss, right = 0.0, 0.0
    for done in range(0, count, chunk):
        size = padded(min(chunk, count - done), lanes)
        chunk_evaluate(code, widths, lanes, pair, now, x, y, w, done, size, gamma, out, work)
        loss += out[0]
        right += out[1]
    return loss, right


@kept
def norm(g):  # type: ignore[no-untyped-def]
    """Euclidean norm of g, summed in float64."""
    total = 0.0
    for i in range(g.shape[0]):
        total += np.float64(g[i]) * np.float64(g[i])
    return np.sqrt(total)


@kept_exact
def add_loss(loss, value, penalty, count):  # type: ignore[no-untyped-def]
    """The epoch's loss with another batch's."""
    return loss + (value + penalty) * count


@kept
def goes_straight(code, rule, settings, batch, n, chunk):  # type: ignore[no-untyped-def]
    """Whether unlogged epochs are plain gradient descent of a tiny network, which has machine code of its own."""
    bare = settings[MOMENTUM] == 0.0 and settings[L1] == 0.0 and settings[L2] == 0.0
    return code[0] != 0 and rule == SGD and bare and batch == 0 and n <= chunk


@kept
def straight_steps(code, widths, lanes, pair, now, x, y, w, n, gamma, coefficients, first, last, done):  # type: ignore[no-untyped-def]
    """The epochs first to last - 1 at a stretch; how many left all of pair[now] finite. done: (1,) int64, scratch."""
    size = padded(n, lanes)
    call10(code[2], address(pair) + now * pair.shape[1] * pair.itemsize, address(x), size, address(y), address(w),
           size // lanes, gamma, address(coefficients) + first * coefficients.shape[1] * coefficients.itemsize,
           last - first, address(done))  # fmt: skip  # one call
    return done[0]


@kept
def advance(  # type: ignore[no-untyped-def]
    code, widths, lanes, chunk, gamma, rule, settings, coefficients, is_weight,
    pair, now, g, part, memory, own, work, out, steps_done, steps_before,
    x, y, w, n, order, batch, bx, by, bw, hx, hy, hw, held, logged, rows,
):  # fmt: skip  # one line a subject: what to do, state, data
    """Do the epochs; (epochs completed, the row of `pair` with the parameters).

    bx, by, bw hold the step's rows, in chunks of features by samples: all rows for full batches (batch 0), else room
    for one batch, gathered from x (n, inputs) row by row, y (n,) and w (n,). coefficients:
    (steps, 3). rows: (k, 5), one for each of logged (k,): sum of
    the losses, rows on the right side, gradient norm, held-out loss, held-out rows on the right side.
    """
    mode = flush_denormals()
    nothing = np.int64(0)  # a plain 0 has a type of its own, and what is called with it would be compiled twice
    row, step, epoch, fine = nothing, nothing, nothing, True
    epochs = order.shape[0] if batch > 0 else coefficients.shape[0]
    plain = goes_straight(code, rule, settings, batch, n, chunk)
    while epoch < epochs:
        until = logged[row] if row < logged.shape[0] else epochs
        if plain and until > epoch:
            done = straight_steps(
                code, widths, lanes, pair, now, bx, by, bw, n, gamma, coefficients, epoch, until, steps_done
            )
            epoch += done
            step += done
            if epoch < until:
                break
            continue
        measured = until == epoch
        loss, right, value, hits = 0.0, 0.0, 0.0, 0.0
        for first in range(nothing, n, batch if batch > 0 else n):
            count = min(batch, n - first) if batch > 0 else n
            if batch > 0:
                gather(order, epoch, first, count, x, y, w, widths[0], chunk, lanes, bx, by, bw)
            if measured:
                value, hits = sum_evaluate(code, widths, lanes, pair, now, bx, by, bw, count, chunk, gamma, out, work)
                right += hits
            sum_gradient(code, widths, lanes, pair, now, bx, by, bw, count, chunk, gamma, g, part, work)
            loss = add_loss(loss, value, add_penalties(pair, now, g, is_weight, settings), count)
            fine = update(rule, pair, now, g, memory, settings, coefficients, step, steps_before + step == 0, own)
            fine = fine and np.isfinite(loss)
            if not fine:
                break
            now = 1 - now
            step += 1
        if not fine:
            break
        if measured:
            rows[row, 0], rows[row, 1], rows[row, 2] = loss, right, norm(g)
            if held > 0:
                value, hits = sum_evaluate(code, widths, lanes, pair, now, hx, hy, hw, held, chunk, gamma, out, work)
                rows[row, 3], rows[row, 4] = value, hits
            row += 1
        epoch += 1
    restore_mode(mode)
    return epoch, now
