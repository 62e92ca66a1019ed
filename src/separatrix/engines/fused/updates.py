"""The optimisers' rules over the flat parameter vector, as in `torch.optim`.

Written into a second vector, so that a step that breaks the numbers can be left out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FAST = {"reassoc", "contract", "arcp", "nsz"}  # never nnan or ninf: NaN and infinity must stay visible

SGD, ADAM, ADAMW, RMSPROP, ADAGRAD = range(5)
RULES = {"sgd": SGD, "adam": ADAM, "adamw": ADAMW, "rmsprop": RMSPROP, "adagrad": ADAGRAD}

# Places in the settings (float64), and in a step's coefficients.
MOMENTUM, NESTEROV, BETA1, BETA2, EPS, ALPHA, L1, L2, GAMMA = range(9)
RATE, ROOT, DECAY = range(3)


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def add_penalties(p, g, is_weight, settings):  # type: ignore[no-untyped-def]
    """g += l1 · sign(p) + l2 · p for the weights; the penalties' value. p, g, is_weight: (size,)."""
    l1, l2 = settings[L1], settings[L2]
    if l1 == 0.0 and l2 == 0.0:
        return 0.0
    total = 0.0
    for i in range(is_weight.shape[0]):
        if is_weight[i]:
            w = p[i]
            sign = 1.0 if w > 0 else -1.0 if w < 0 else 0.0
            g[i] = g[i] + l1 * sign + l2 * w
            total += l1 * abs(w) + 0.5 * l2 * w * w
    return total


@njit(nogil=True, fastmath=FAST, error_model="numpy", cache=True)
def update(rule, p, new, g, memory, settings, coefficients, fresh, own):  # type: ignore[no-untyped-def]
    """new = p after one step against g; memory (slots, size) is brought forward. True if all of new is finite.

    coefficients: the step's rate (with Adam's bias correction), the root of Adam's second correction, AdamW's decay.
    fresh: whether this is the first step of all. own: a buffer of 11 numbers in p's dtype.
    """
    size = p.shape[0]
    # numbers in p's own type, so that the loops below stay in it
    own[0], own[1], own[2] = coefficients[RATE], coefficients[ROOT], coefficients[DECAY]
    own[3], own[4], own[5] = settings[BETA2], settings[EPS], settings[MOMENTUM]
    own[6], own[7], own[8] = settings[ALPHA], 1.0 - settings[BETA1], 1.0 - settings[BETA2]
    own[9], own[10] = 1.0 - settings[ALPHA], 0.0
    rate, root, decay, beta2, eps, momentum, alpha = own[0], own[1], own[2], own[3], own[4], own[5], own[6]
    less1, less2, less_alpha, nothing = own[7], own[8], own[9], own[10]
    if rule == SGD and momentum == 0:
        for i in range(size):
            new[i] = p[i] - rate * g[i]
    elif rule == SGD:
        buffer = memory[0]
        nesterov = settings[NESTEROV] != 0.0
        for i in range(size):
            b = g[i] if fresh else momentum * buffer[i] + g[i]
            buffer[i] = b
            new[i] = p[i] - rate * ((g[i] + momentum * b) if nesterov else b)
    elif rule == ADAM or rule == ADAMW:
        mean, square = memory[0], memory[1]
        for i in range(size):
            m = mean[i] + (g[i] - mean[i]) * less1
            v = square[i] * beta2 + less2 * g[i] * g[i]
            mean[i] = m
            square[i] = v
            new[i] = p[i] * decay - rate * m / (np.sqrt(v) / root + eps)
    elif rule == RMSPROP:
        square, buffer = memory[0], memory[1]
        for i in range(size):
            v = square[i] * alpha + less_alpha * g[i] * g[i]
            square[i] = v
            b = momentum * buffer[i] + g[i] / (np.sqrt(v) + eps)
            buffer[i] = b
            new[i] = p[i] - rate * b
    else:
        total = memory[0]
        for i in range(size):
            s = total[i] + g[i] * g[i]
            total[i] = s
            new[i] = p[i] - rate * g[i] / (np.sqrt(s) + eps)
    zero = nothing
    for i in range(size):
        zero += new[i] * nothing  # 0 times NaN or infinity is NaN
    return zero == 0
