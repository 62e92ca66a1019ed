"""The gradient of one chunk of samples for any widths, by matrix products; arrays are features by samples.

With a[0] = x, each layer k = 1 … L has z[k] = w[k] a[k-1] + b[k] and a[k] = f(z[k]); the loss reads the logit from
z[L]. Back again: d[L] = d loss / d z[L], d[k-1] = (w[k]ᵀ d[k]) f'(z[k-1]); the gradient is d[k] a[k-1]ᵀ for the weights
and the sum of d[k] over the samples for the biases. f' is computed on the way forward, beside f: see `passes`.

Everything here is given by pointers (`carray` views are free; slices and `reshape` took most of the compile time).
`work` holds f' and a of each hidden layer; the outputs; their deltas; two hidden deltas in turn; one turned matrix.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import carray, types

from separatrix.engines.fused._calls import call5, call6, pointer
from separatrix.engines.fused._layout import GRADIENT, LOSS
from separatrix.support.compilation import kept, kept_address


@cache
def chunk_address(dtype: str) -> int:
    """Address of `_chunk` for this type. Called by address, it is compiled once and not again into every caller."""
    scalar, index = (types.float32 if dtype == "float32" else types.float64), types.int64
    vector, indices = types.CPointer(scalar), types.CPointer(index)
    arguments = (indices, indices, index, vector, vector, vector, vector, index, scalar, index, vector, vector, vector)
    return kept_address(_chunk, types.void(*arguments))


def _chunk(code, widths, layers, p, x, y, w, size, gamma, want, g, out, work):  # type: ignore[no-untyped-def]
    """Of a chunk, as `want` says (see `gradients`): (Σ w · loss, rows on the right side) into out, the gradient into g.

    The gradient is Σ w · d loss / d p, (parameters,). code: addresses: loss value, loss slope, then
    `passes.enter_address` of each hidden layer. widths: (layers + 1,). x: features by samples; y, w: (size,). size is a
    multiple of the lanes; padding has w = 0. May overwrite work.
    """
    outputs = widths[layers]
    end = forward(code, widths, layers, p, x, size, work)
    z, d = logit(work, end, outputs, size), pointer(work, end + outputs * size)
    if want & LOSS:
        call6(code[0], z, y, w, d, size, gamma)
        tally(carray(d, size), carray(z, size), carray(y, size), carray(w, size), carray(out, 2))
    if want & GRADIENT:
        # The slope in the logit is the delta of the only output, or of the second of two.
        call6(code[1], z, y, w, pointer(d, (outputs - 1) * size), size, gamma)
        if outputs == 2:  # softmax: the logit is z1 - z0
            for s in range(size):
                d[s] = -d[size + s]
        backward(widths, layers, p, x, size, d, g, work, end)


@kept
def forward(code, widths, layers, p, x, size, work):  # type: ignore[no-untyped-def]
    """Put f' and a of every hidden layer into work, then the outputs; where in work the outputs begin."""
    a, first, place = x, 0, 0
    for k in range(layers):
        fan_in, fan_out = widths[k], widths[k + 1]
        bias, z = first + fan_in * fan_out, pointer(work, place)
        weight = carray(pointer(p, first), (fan_out, fan_in))
        np.dot(weight, carray(a, (fan_in, size)), carray(z, (fan_out, size)))  # (out, in) @ (in, B) -> (out, B)
        if k == layers - 1:
            for j in range(fan_out):
                for s in range(size):
                    z[j * size + s] += p[bias + j]
            break
        a = pointer(work, place + fan_out * size)
        call5(code[2 + k], z, pointer(p, bias), a, fan_out, size)
        first, place = bias + fan_out, place + 2 * fan_out * size
    return place


@kept
def logit(work, place, outputs, size):  # type: ignore[no-untyped-def]
    """The logit (size,) from the outputs at work[at:]; of two outputs it is z1 - z0, which takes z0's place."""
    z = pointer(work, place)
    if outputs == 2:
        for s in range(size):
            z[s] = z[size + s] - z[s]
    return z


@kept
def tally(losses, z, y, w, out):  # type: ignore[no-untyped-def]
    """Set out = (the sum of the losses, how many are on the right side), over the samples with w > 0."""
    total, right = 0.0, 0.0
    for s in range(w.shape[0]):
        if w[s] > 0:
            total += losses[s]
            right += 1.0 if (z[s] > 0) == (y[s] > 0.5) else 0.0
    out[0], out[1] = total, right


@kept
def backward(widths, layers, p, x, size, d, g, work, place):  # type: ignore[no-untyped-def]
    """Set g from the outputs' deltas d and from what `forward` left in work before `at`."""
    outputs, widest, end = widths[layers], 0, 0
    for k in range(layers):
        widest, end = max(widest, widths[k]), end + widths[k + 1] * (widths[k] + 1)
    delta_below, other_delta = (
        pointer(work, place + 2 * outputs * size),
        pointer(work, place + (2 * outputs + widest) * size),
    )
    turned = pointer(work, place + 2 * (outputs + widest) * size)
    # The parameters are walked from the end of the vector to its beginning: `end` is where the present layer ends.
    add_up(carray(d, (outputs, size)), carray(pointer(g, end - outputs), outputs))
    for k in range(layers - 1, -1, -1):
        fan_in, fan_out = widths[k], widths[k + 1]
        first = end - fan_out * (fan_in + 1)
        a = x if k == 0 else pointer(work, place - fan_in * size)
        delta, slope = carray(d, (fan_out, size)), carray(pointer(g, first), (fan_out, fan_in))
        # The weights' gradient first, while the deltas are still in the cache.
        outer(delta, carray(a, (fan_in, size)), carray(turned, (size, fan_in)), slope)
        if k == 0:
            break
        place -= 2 * fan_in * size
        weight, bias = carray(pointer(p, first), (fan_out, fan_in)), carray(pointer(g, first - fan_in), fan_in)
        descend(weight, delta, carray(pointer(work, place), (fan_in, size)), carray(delta_below, (fan_in, size)), bias)
        d, end, delta_below, other_delta = delta_below, first, other_delta, delta_below


@kept
def outer(d, a, turned, g):  # type: ignore[no-untyped-def]
    """Set g = d aᵀ: (out, B) @ (B, in) -> (out, in). May overwrite turned (B, in).

    BLAS is 10 to 30% slower where both factors run along the sum, as they do here, until the matrices are large enough
    for it to copy them anyway. Between these bounds turning `a` first pays (OpenBLAS 0.3.30, Zen 4, B 16 to 128).
    """
    fan_in, fan_out = a.shape[0], d.shape[0]
    if fan_out < 32 or fan_in < 16 or fan_in > 64:
        np.dot(d, a.T, g)
        return
    for s in range(a.shape[1]):
        for i in range(fan_in):
            turned[s, i] = a[i, s]
    np.dot(d, turned, g)


@kept
def descend(weight, d, bend, back, g):  # type: ignore[no-untyped-def]
    """Set back = (weightᵀ d) · bend, the deltas one layer down, and g = their sums, that layer's biases' gradient."""
    if weight.shape[0] == 1:  # a product with one term is not worth BLAS's while
        for i in range(back.shape[0]):
            for s in range(back.shape[1]):
                back[i, s] = weight[0, i] * d[0, s]
    else:
        np.dot(weight.T, d, back)  # (in, out) @ (out, B) -> (in, B)
    for i in range(back.shape[0]):
        for s in range(back.shape[1]):
            back[i, s] *= bend[i, s]
    add_up(back, g)


@kept
def add_up(d, g):  # type: ignore[no-untyped-def]
    """Set g = the sum of each row of d."""
    for i in range(d.shape[0]):
        total = d.dtype.type(0)
        for s in range(d.shape[1]):
            total += d[i, s]
        g[i] = total
