"""Loss and gradient of one chunk of samples: by a straight-line kernel, or by matrix products (`generic`).

Arrays are features by samples, so that samples lie side by side in memory and every loop over them is a vector loop.
B samples a chunk, a multiple of the vector's lanes; padding has weight 0.
"""

from __future__ import annotations

from separatrix.engines.fused.calls import address, call10, call13
from separatrix.engines.fused.kept import kept


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
        call13(code[1], address(code) + 2 * code.itemsize, address(widths), widths.shape[0] - 1, p, at_x, at_y, at_w,
               size, gamma, want, to, address(out), address(work))  # fmt: skip  # one call
