"""The compiled loop over epochs: batches, gradient, step, checks, and what is measured at logged epochs.

Nothing is allocated in it, nothing is shared, and Python's lock is released. Numba finds the types by itself: annotations
would be nothing to it, so there are none for mypy to see.
"""

from __future__ import annotations

import numpy as np

from separatrix.engines.fused._calls import address, call7, call10, call13, flush_denormals, prefetch, restore_mode
from separatrix.engines.fused._layout import BOTH, GRADIENT, LOSS
from separatrix.engines.fused._updates import add_penalties
from separatrix.support.compilation import kept, kept_exact


@kept
def padded(count, lanes):  # type: ignore[no-untyped-def]
    """The count rounded up to whole vectors."""
    return -(-count // lanes) * lanes


AHEAD = 8  # rows to ask for in advance: halves the time where x is larger than the cache
LINE = 16  # numbers in a cache line


@kept
def gather(order, epoch, first, count, x, y, w, inputs, chunk_rows, lanes, bx, by, bw):  # type: ignore[no-untyped-def]
    """The rows order[epoch, first : first + count] of x (n, inputs), row by row, into chunks of features by samples.

    bw = w / count, so that sums over the batch are means.
    """
    share = 1.0 / count
    done = 0
    while done < count:
        real = min(chunk_rows, count - done)
        size = padded(real, lanes)
        column = done * inputs
        for s in range(real):
            soon = order[epoch, min(first + done + s + AHEAD, first + count - 1)] * inputs
            for k in range(0, inputs, LINE):
                prefetch(x, soon + k)
            row = order[epoch, first + done + s]
            by[done + s] = y[row]
            bw[done + s] = w[row] * share
            for k in range(inputs):
                bx[column + k * size + s] = x[row * inputs + k]
        for s in range(real, size):
            by[done + s], bw[done + s] = 0.0, 0.0
            for k in range(inputs):
                bx[column + k * size + s] = 0.0
        done += chunk_rows


@kept
def sum_chunks(code, widths, lanes, pair, now, x, y, w, count, chunk_rows, gamma, want, g, out, work):  # type: ignore[no-untyped-def]
    """(Σ w · loss, number on the right side), and into g[0] the gradient, as `want` says: the chunks' sums, in order.

    g: (2, room); its second row is for one chunk's gradient.
    """
    loss, right = 0.0, 0.0
    for done in range(0, count, chunk_rows):
        # The first chunk writes its gradient, the others are added: no pass is needed to set zeros.
        row = 1 if done > 0 else 0
        size = padded(min(chunk_rows, count - done), lanes)
        chunk(code, widths, lanes, pair, now, x, y, w, done, size, gamma, want, g, row, out, work)
        if want & LOSS:
            loss += out[0]
            right += out[1]
        if row == 1 and want & GRADIENT:
            for i in range(g.shape[1]):
                g[0, i] += g[1, i]
    return loss, right


@kept
def norm(g):  # type: ignore[no-untyped-def]
    """Euclidean norm of g[0], summed in float64."""
    total = 0.0
    for i in range(g.shape[1]):
        # In float32 the squares of a large gradient would overflow.
        total += np.float64(g[0, i]) * np.float64(g[0, i])
    return np.sqrt(total)


@kept_exact
def add_loss(loss, value, penalty, count):  # type: ignore[no-untyped-def]
    """The epoch's loss with another batch's."""
    return loss + (value + penalty) * count


@kept
def update(rule, numbers, pair, now, g, memory, coefficients, step, fine):  # type: ignore[no-untyped-def]
    """Set pair[1 - now] = pair[now] after one step against g[0]; whether all of it is finite. rule: `update_address`."""
    for k in range(coefficients.shape[1]):
        numbers[k] = coefficients[step, k]
    row = pair.shape[1] * pair.itemsize
    call7(
        rule,
        numbers,
        address(pair) + now * row,
        address(pair) + (1 - now) * row,
        address(g),
        memory,
        pair.shape[1],
        fine,
    )
    return fine[0] != 0


@kept
def straight_steps(code, lanes, pair, now, x, y, w, n, gamma, coefficients, first, last, done):  # type: ignore[no-untyped-def]
    """The epochs first to last - 1 at a stretch; how many left all of pair[now] finite. done: (1,) int64, scratch."""
    size = padded(n, lanes)
    call10(
        code[1],
        address(pair) + now * pair.shape[1] * pair.itemsize,
        address(x),
        size,
        address(y),
        address(w),
        size // lanes,
        gamma,
        address(coefficients) + first * coefficients.shape[1] * coefficients.itemsize,
        last - first,
        done,
    )
    return done[0]


@kept
def advance(  # type: ignore[no-untyped-def]
    # What to do.
    code,
    widths,
    lanes,
    chunk_rows,
    gamma,
    plain,
    rule,
    numbers,
    coefficients,
    l1,
    l2,
    is_weight,
    # The state, which is overwritten.
    pair,
    now,
    g,
    memory,
    work,
    out,
    whole,
    # The data, and room for the rows of a step.
    x,
    y,
    w,
    n,
    order,
    batch,
    bx,
    by,
    bw,
    hx,
    hy,
    hw,
    validation,
    # What is measured, and where it goes.
    logged,
    rows,
    ends,
):
    """Do the epochs; (epochs completed, the row of `pair` with the parameters).

    chunk_rows: rows of a chunk. plain: whether unlogged epochs may run at a stretch, in the kernel's own code. whole: (1,)
    int64, scratch. bx, by, bw hold the step's rows, in chunks of features by samples: all rows for full batches
    (batch 0), else room for one batch, gathered from x (n, inputs) row by row, y (n,) and w (n,). coefficients:
    (steps, 3). rows: (k, 5), one for each of logged (k,): sum of
    the losses, rows on the right side, gradient norm, validation loss, validation rows on the right side. ends: the
    parameters after each of them, (k, room), or (0, room) to keep none.
    """
    mode = flush_denormals()
    nothing = np.int64(0)  # a plain 0 has a type of its own, and what is called with it would be compiled twice
    row, step, epoch, fine = nothing, nothing, nothing, True
    epochs = order.shape[0] if batch > 0 else coefficients.shape[0]
    while epoch < epochs:
        until = logged[row] if row < logged.shape[0] else epochs
        # Nothing has to be measured before the next logged epoch, so the kernel steps without returning.
        if plain and until > epoch:
            done = straight_steps(code, lanes, pair, now, bx, by, bw, n, gamma, coefficients, epoch, until, whole)
            epoch += done
            step += done
            if epoch < until:
                break
            continue
        want = np.int64(BOTH if until == epoch else GRADIENT)
        loss, right = 0.0, 0.0
        for first in range(nothing, n, batch if batch > 0 else n):
            count = min(batch, n - first) if batch > 0 else n
            if batch > 0:
                gather(order, epoch, first, count, x, y, w, widths[0], chunk_rows, lanes, bx, by, bw)
            value, hits = sum_chunks(
                code, widths, lanes, pair, now, bx, by, bw, count, chunk_rows, gamma, want, g, out, work
            )
            right += hits
            loss = add_loss(loss, value, add_penalties(pair, now, g, is_weight, l1, l2), count)
            fine = update(rule, numbers, pair, now, g, memory, coefficients, step, whole) and np.isfinite(loss)
            if not fine:
                break
            now = 1 - now
            step += 1
        if not fine:
            break
        if until == epoch:
            rows[row, 0], rows[row, 1], rows[row, 2] = loss, right, norm(g)
            if validation > 0:
                rows[row, 3], rows[row, 4] = sum_chunks(
                    code,
                    widths,
                    lanes,
                    pair,
                    now,
                    hx,
                    hy,
                    hw,
                    validation,
                    chunk_rows,
                    gamma,
                    np.int64(LOSS),
                    g,
                    out,
                    work,
                )
            if ends.shape[0] > 0:
                for i in range(ends.shape[1]):
                    ends[row, i] = pair[now, i]
            row += 1
        epoch += 1
    restore_mode(mode)
    return epoch, now


# Loss and gradient of one chunk of samples: by a straight-line kernel, or by matrix products (`generic`).


@kept
def chunk(code, widths, lanes, pair, now, x, y, w, first, size, gamma, want, g, row, out, work):  # type: ignore[no-untyped-def]
    """Of a chunk, at p = pair[now]: its loss into out, its gradient into g[row], as `want` says. May overwrite work.

    The loss is (Σ w · loss, number of samples with w > 0 on the right side), the gradient Σ w · d loss / d p.
    code: addresses: `straight`'s chunk (0: general) and steps, or `generic.chunk_address` and what that one reads.
    The chunk is x (inputs, size) from x[first · inputs] on, y and w from [first] on; pair and g are (2, room).
    """
    step = pair.itemsize
    p, at_x = address(pair) + now * pair.shape[1] * step, address(x) + first * widths[0] * step
    at_y, at_w, to = address(y) + first * step, address(w) + first * step, address(g) + row * g.shape[1] * step
    if code[0] != 0:  # by addresses: a slice costs more than the kernel's loop over a few samples
        call10(code[0], p, at_x, size, at_y, at_w, size // lanes, gamma, want, to, address(out))
    else:
        call13(
            code[1],
            address(code) + 2 * code.itemsize,
            address(widths),
            widths.shape[0] - 1,
            p,
            at_x,
            at_y,
            at_w,
            size,
            gamma,
            want,
            to,
            address(out),
            address(work),
        )


# The parts of a step that is shared out over threads, each as one compiled call without Python's lock.


@kept
def chunks_of(code, widths, lanes, pair, now, x, y, w, count, chunk_rows, gamma, want, first, last, parts, sums, work):  # type: ignore[no-untyped-def]
    """parts[k] = the gradient of chunk first + k, sums[k] = its (Σ w · loss, number on the right side), as `want` says."""
    mode = flush_denormals()
    for k in range(first, last):
        size = padded(min(chunk_rows, count - k * chunk_rows), lanes)
        chunk_sums = sums[k - first]
        chunk(
            code,
            widths,
            lanes,
            pair,
            now,
            x,
            y,
            w,
            k * chunk_rows,
            size,
            gamma,
            want,
            parts,
            k - first,
            chunk_sums,
            work,
        )
    restore_mode(mode)


@kept
def add_in_order(g, parts, fresh):  # type: ignore[no-untyped-def]
    """Add parts[0], then parts[1], … to g[0], as `driver.sum_chunks` does; if `fresh` the first one is copied."""
    mode = flush_denormals()
    for k in range(parts.shape[0]):
        for i in range(g.shape[1]):
            g[0, i] = parts[k, i] if fresh and k == 0 else g[0, i] + parts[k, i]
    restore_mode(mode)


@kept
def penalise(pair, now, g, is_weight, l1, l2):  # type: ignore[no-untyped-def]
    """Add the penalties' gradient to g[0]; the penalties."""
    mode = flush_denormals()
    penalty = add_penalties(pair, now, g, is_weight, l1, l2)
    restore_mode(mode)
    return penalty


@kept
def take_step(rule, numbers, pair, now, g, memory, coefficients, step, whole):  # type: ignore[no-untyped-def]
    """`driver.update`, in the driver's floating-point mode."""
    mode = flush_denormals()
    fine = update(rule, numbers, pair, now, g, memory, coefficients, step, whole)
    restore_mode(mode)
    return fine
