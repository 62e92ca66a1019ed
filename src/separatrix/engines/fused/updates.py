"""The optimisers' rules over the flat parameter vector, as in `torch.optim`.

Written into a second vector, so that a step that breaks the numbers can be left out.
"""

from __future__ import annotations

import numpy as np

from separatrix.engines.fused.kept import kept

SGD, ADAM, ADAMW, RMSPROP, ADAGRAD = range(5)
RULES = {"sgd": SGD, "adam": ADAM, "adamw": ADAMW, "rmsprop": RMSPROP, "adagrad": ADAGRAD}

# Places in the settings (float64), and in a step's coefficients.
MOMENTUM, NESTEROV, BETA1, BETA2, EPS, ALPHA, L1, L2, GAMMA = range(9)
RATE, ROOT, DECAY = range(3)


@kept
def add_penalties(pair, now, g, is_weight, settings):  # type: ignore[no-untyped-def]
    """To g add l1 · sign(p) + l2 · p for the weights of p = pair[now]; the penalties' value. g, is_weight: (room,)."""
    l1, l2 = settings[L1], settings[L2]
    if l1 == 0.0 and l2 == 0.0:
        return 0.0
    total = 0.0
    for i in range(is_weight.shape[0]):
        if is_weight[i]:
            w = pair[now, i]
            sign = 1.0 if w > 0 else -1.0 if w < 0 else 0.0
            g[i] = g[i] + l1 * sign + l2 * w
            total += l1 * abs(w) + 0.5 * l2 * w * w
    return total


@kept
def update(rule, pair, now, g, memory, settings, coefficients, step, fresh, own):  # type: ignore[no-untyped-def]
    """pair[1 - now] = pair[now] after one step against g; memory (slots, room) is brought forward.

    True if all the new parameters are finite. coefficients[step]: the step's rate (with Adam's bias correction), the
    root of Adam's second correction, AdamW's decay.
    fresh: whether this is the first step of all. own: a buffer of 11 numbers in p's dtype.
    """
    room, to = g.shape[0], 1 - now
    # numbers in p's own type, so that the loops below stay in it
    own[0], own[1], own[2] = coefficients[step, RATE], coefficients[step, ROOT], coefficients[step, DECAY]
    own[3], own[4], own[5] = settings[BETA2], settings[EPS], settings[MOMENTUM]
    own[6], own[7], own[8] = settings[ALPHA], 1.0 - settings[BETA1], 1.0 - settings[BETA2]
    own[9], own[10] = 1.0 - settings[ALPHA], 0.0
    rate, root, decay, beta2, eps, momentum, alpha = own[0], own[1], own[2], own[3], own[4], own[5], own[6]
    less1, less2, less_alpha, nothing = own[7], own[8], own[9], own[10]
    if rule == SGD and momentum == 0:
        for i in range(room):
            pair[to, i] = pair[now, i] - rate * g[i]
    elif rule == SGD:
        nesterov = settings[NESTEROV] != 0.0
        for i in range(room):
            b = g[i] if fresh else momentum * memory[0, i] + g[i]
            memory[0, i] = b
            pair[to, i] = pair[now, i] - rate * ((g[i] + momentum * b) if nesterov else b)
    elif rule == ADAM or rule == ADAMW:  # noqa: SIM109  # Numba builds a tuple for `in`
        for i in range(room):
            m = memory[0, i] + (g[i] - memory[0, i]) * less1
            v = memory[1, i] * beta2 + less2 * g[i] * g[i]
            memory[0, i], memory[1, i] = m, v
            pair[to, i] = pair[now, i] * decay - rate * m / (np.sqrt(v) / root + eps)
    elif rule == RMSPROP:
        for i in range(room):
            v = memory[0, i] * alpha + less_alpha * g[i] * g[i]
            b = momentum * memory[1, i] + g[i] / (np.sqrt(v) + eps)
            memory[0, i], memory[1, i] = v, b
            pair[to, i] = pair[now, i] - rate * b
    else:
        for i in range(room):
            s = memory[0, i] + g[i] * g[i]
            memory[0, i] = s
            pair[to, i] = pair[now, i] - rate * g[i] / (np.sqrt(s) + eps)
    zero = nothing
    for i in range(room):
        zero += pair[to, i] * nothing  # 0 times NaN or infinity is NaN
    return zero == 0
