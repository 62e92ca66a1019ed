"""The gradient of one chunk of samples: by a straight-line kernel, or by matrix products for any widths.

Arrays are features by samples, so that samples lie side by side in memory and every loop over them is a vector loop.
B samples a chunk, a multiple of the vector's lanes; padding has weight 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from separatrix.engines.fused.calls import call3, call4, call6, call8
from separatrix.engines.fused.updates import FAST


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def chunk_gradient(code, widths, lanes, p, x, y, w, size, gamma, g, work):  # type: ignore[no-untyped-def]
    """g (at least p) = Σ w · d loss / d p over a chunk. May overwrite work.

    code: addresses: straight gradient (0: general), straight evaluate, loss value, loss slope, then value and slope of
    each activation. x (inputs · size,), y (size,), w (size,). work: see `workspace`.
    """
    if code[0] != 0:
        call8(code[0], p, x, size, y, w, size // lanes, gamma, g)
        return
    layers = widths.shape[0] - 1
    forward(code, widths, p, x, size, work)
    z, d = logit_and_delta(widths, size, work)
    call6(code[3], z, y, w, d[0] if widths[layers] == 1 else d[1], size, gamma)
    if widths[layers] == 2:  # softmax: the logit is z1 - z0
        for s in range(size):
            d[0, s] = -d[1, s]
    parameter_end, work_end = p_size(widths), 2 * units(widths) * size
    free = work_end + 3 * size
    for k in range(layers - 1, -1, -1):
        fan_in, fan_out = widths[k], widths[k + 1]
        first = parameter_end - fan_in * fan_out - fan_out
        weight = p[first : first + fan_in * fan_out].reshape(fan_out, fan_in)
        slope = g[first : first + fan_in * fan_out].reshape(fan_out, fan_in)
        z_first = work_end - 2 * fan_out * size
        a = x.reshape(fan_in, size) if k == 0 else work[z_first - fan_in * size : z_first].reshape(fan_in, size)
        np.dot(d, a.T, slope)  # (out, B) @ (B, in) -> (out, in)
        for j in range(fan_out):
            total = d[j, 0]
            for s in range(1, size):
                total += d[j, s]
            g[first + fan_in * fan_out + j] = total
        if k > 0:
            back = work[free : free + fan_in * size].reshape(fan_in, size)
            free += fan_in * size
            np.dot(weight.T, d, back)  # (in, out) @ (out, B) -> (in, B)
            before = z_first - 2 * fan_in * size
            call4(code[5 + 2 * (k - 1)], work[before:], work[before + fan_in * size :], back, fan_in * size)
            d = back
        parameter_end, work_end = first, z_first


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def chunk_evaluate(code, widths, lanes, p, x, y, w, size, gamma, out, work):  # type: ignore[no-untyped-def]
    """out = (Σ w · loss, number of samples with w > 0 on the right side). May overwrite work."""
    if code[1] != 0:
        call8(code[1], p, x, size, y, w, size // lanes, gamma, out)
        return
    forward(code, widths, p, x, size, work)
    z, _ = logit_and_delta(widths, size, work)
    at = 2 * units(widths) * size + 2 * size
    losses = work[at : at + size]
    call6(code[2], z, y, w, losses, size, gamma)
    total, right = 0.0, 0.0
    for s in range(size):
        if w[s] > 0:
            total += losses[s]
            right += 1.0 if (z[s] > 0) == (y[s] > 0.5) else 0.0
    out[0], out[1] = total, right


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def forward(code, widths, p, x, size, work):  # type: ignore[no-untyped-def]
    """Every layer's z and a into work, one after the other, each (units, size)."""
    layers = widths.shape[0] - 1
    a = x[: widths[0] * size].reshape(widths[0], size)
    parameter, at = 0, 0
    for k in range(layers):
        fan_in, fan_out = widths[k], widths[k + 1]
        weight = p[parameter : parameter + fan_in * fan_out].reshape(fan_out, fan_in)
        bias = p[parameter + fan_in * fan_out : parameter + fan_in * fan_out + fan_out]
        parameter += fan_in * fan_out + fan_out
        z = work[at : at + fan_out * size].reshape(fan_out, size)
        np.dot(weight, a, z)  # (out, in) @ (in, B) -> (out, B)
        for j in range(fan_out):
            for s in range(size):
                z[j, s] += bias[j]
        if k < layers - 1:
            call3(code[4 + 2 * k], work[at:], work[at + fan_out * size :], fan_out * size)
        a = work[at + fan_out * size : at + 2 * fan_out * size].reshape(fan_out, size)
        at += 2 * fan_out * size


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def logit_and_delta(widths, size, work):  # type: ignore[no-untyped-def]
    """The logit (size,) after `forward`, and room for the last layer's delta (outputs, size)."""
    outputs, end = widths[widths.shape[0] - 1], 2 * units(widths) * size
    z_first = end - 2 * outputs * size
    logit = work[z_first : z_first + size]
    if outputs == 2:
        logit = work[end + 2 * size : end + 3 * size]
        for s in range(size):
            logit[s] = work[z_first + size + s] - work[z_first + s]
    return logit, work[end : end + outputs * size].reshape(outputs, size)


@njit(nogil=True, cache=True)
def units(widths):  # type: ignore[no-untyped-def]
    """All units but the inputs."""
    return widths[1:].sum()


@njit(nogil=True, cache=True)
def p_size(widths):  # type: ignore[no-untyped-def]
    """Number of parameters."""
    return (widths[:-1] * widths[1:]).sum() + widths[1:].sum()


def workspace(widths: np.ndarray, size: int) -> int:
    """Numbers that the general gradient needs: z and a of every unit, the last delta, the logit, and every delta."""
    return int((3 * widths[1:].sum() + 4) * size)
