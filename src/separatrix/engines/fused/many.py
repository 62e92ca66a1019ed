"""The parts of a step that is shared out over threads, each as one compiled call without Python's lock."""

from __future__ import annotations

from separatrix.engines.fused.calls import flush_denormals, restore_mode
from separatrix.engines.fused.driver import padded
from separatrix.engines.fused.gradients import chunk_evaluate, chunk_gradient
from separatrix.engines.fused.kept import kept
from separatrix.engines.fused.updates import add_penalties, update


@kept
def gradients_of(code, widths, lanes, pair, now, x, y, w, count, chunk, gamma, first, last, parts, work):  # type: ignore[no-untyped-def]
    """parts[k] = the gradient of chunk first + k."""
    mode = flush_denormals()
    for k in range(first, last):
        size = padded(min(chunk, count - k * chunk), lanes)
        chunk_gradient(code, widths, lanes, pair, now, x, y, w, k * chunk, size, gamma, parts[k - first], work)
    restore_mode(mode)


@kept
def evaluations_of(code, widths, lanes, pair, now, x, y, w, count, chunk, gamma, first, last, found, out, work):  # type: ignore[no-untyped-def]
    """found[k] = (Σ w · loss, number on the right side) of chunk first + k."""
    mode = flush_denormals()
    for k in range(first, last):
        size = padded(min(chunk, count - k * chunk), lanes)
        chunk_evaluate(code, widths, lanes, pair, now, x, y, w, k * chunk, size, gamma, out, work)
        found[k - first, 0], found[k - first, 1] = out[0], out[1]
    restore_mode(mode)


@kept
def add_in_order(g, parts, fresh):  # type: ignore[no-untyped-def]
    """Add parts[0], then parts[1], … to g, as `driver.sum_gradient` does; if `fresh` the first one is copied."""
    mode = flush_denormals()
    for k in range(parts.shape[0]):
        if fresh and k == 0:
            g[:] = parts[0]
        else:
            for i in range(g.shape[0]):
                g[i] += parts[k, i]
    restore_mode(mode)


@kept
def penalise(pair, now, g, is_weight, settings):  # type: ignore[no-untyped-def]
    """Add the penalties' gradient to g; the penalties."""
    mode = flush_denormals()
    penalty = add_penalties(pair, now, g, is_weight, settings)
    restore_mode(mode)
    return penalty


@kept
def take_step(rule, pair, now, g, memory, settings, coefficients, step, fresh, own):  # type: ignore[no-untyped-def]
    """`updates.update`, in the driver's floating-point mode."""
    mode = flush_denormals()
    fine = update(rule, pair, now, g, memory, settings, coefficients, step, fresh, own)
    restore_mode(mode)
    return fine
