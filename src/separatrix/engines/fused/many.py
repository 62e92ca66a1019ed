"""The parts of a step that is shared out over threads, each as one compiled call without Python's lock."""

from __future__ import annotations

from separatrix.engines.fused.calls import flush_denormals, restore_mode
from separatrix.engines.fused.driver import padded, update
from separatrix.engines.fused.gradients import chunk
from separatrix.engines.fused.kept import kept
from separatrix.engines.fused.updates import add_penalties


@kept
def chunks_of(code, widths, lanes, pair, now, x, y, w, count, most, gamma, want, first, last, parts, found, work):  # type: ignore[no-untyped-def]
    """parts[k] = the gradient of chunk first + k, found[k] = its (Σ w · loss, number on the right side), as `want` says."""
    mode = flush_denormals()
    for k in range(first, last):
        size = padded(min(most, count - k * most), lanes)
        own = found[k - first]
        chunk(code, widths, lanes, pair, now, x, y, w, k * most, size, gamma, want, parts, k - first, own, work)
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
