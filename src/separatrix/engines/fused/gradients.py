"""The gradient of one chunk of samples: by a straight-line kernel, or by matrix products (`generic`).

Arrays are features by samples, so that samples lie side by side in memory and every loop over them is a vector loop.
B samples a chunk, a multiple of the vector's lanes; padding has weight 0.
"""

from __future__ import annotations

from separatrix.engines.fused.calls import address, call8, call12
from separatrix.engines.fused.kept import kept


@kept
def chunk_gradient(code, widths, lanes, pair, now, x, y, w, first, size, gamma, g, work):  # type: ignore[no-untyped-def]
    """Into g (room,) Σ w · d loss / d p over a chunk, p = pair[now]. May overwrite work.

    code: addresses: straight gradient (0: general), straight evaluate, `generic.chunk_address`, then what that
    one reads. The chunk is x (inputs, size) from x[first · inputs] on, y and w from [first] on.
    """
    if code[0] != 0:  # by addresses: a slice costs more than the kernel's loop over a few samples
        step = pair.itemsize
        call8(code[0], address(pair) + now * pair.shape[1] * step, address(x) + first * widths[0] * step, size,
              address(y) + first * step, address(w) + first * step, size // lanes, gamma, address(g))  # fmt: skip
        return
    _general(code, widths, pair, now, x, y, w, first, size, gamma, g, work, 1)


@kept
def chunk_evaluate(code, widths, lanes, pair, now, x, y, w, first, size, gamma, out, work):  # type: ignore[no-untyped-def]
    """Into out (Σ w · loss, number of samples with w > 0 on the right side). May overwrite work."""
    if code[1] != 0:
        step = pair.itemsize
        call8(code[1], address(pair) + now * pair.shape[1] * step, address(x) + first * widths[0] * step, size,
              address(y) + first * step, address(w) + first * step, size // lanes, gamma, address(out))  # fmt: skip
        return
    _general(code, widths, pair, now, x, y, w, first, size, gamma, out, work, 0)


@kept
def _general(code, widths, pair, now, x, y, w, first, size, gamma, out, work, back):  # type: ignore[no-untyped-def]
    step = pair.itemsize
    call12(code[2], address(code) + 3 * code.itemsize, widths, widths.shape[0] - 1,
           address(pair) + now * pair.shape[1] * step, address(x) + first * widths[0] * step,
           address(y) + first * step, address(w) + first * step, size, gamma, out, work, back)  # fmt: skip
