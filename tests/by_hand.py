"""Training by hand in NumPy: the chain rule and the optimisers' formulas, from the registries' values and slopes alone.

What both engines are measured by; it shares no line with either.
"""

import numpy as np

from separatrix.networks.losses import LOSSES


def loss_and_gradient(task, parameters, rows=slice(None)):
    """The loss with its penalties, and its gradient (p,), of some rows of a task, by the chain rule."""
    network, recipe = task.network, task.recipe
    x, y = task.x[rows], task.y[rows]
    weight = np.ones(len(x)) if task.weight is None else task.weight[rows]
    trace = network.trace(parameters, x)
    output = trace[-1][0]
    z = output[:, 0] if network.n_outputs == 1 else output[:, 1] - output[:, 0]
    entry = LOSSES[recipe.loss]
    d = entry.slope(z, y, recipe.focal_gamma) * weight / len(x)  # d loss / d logit: (n,)
    delta = d[:, None] if network.n_outputs == 1 else np.stack([-d, d], axis=1)
    gradient = np.zeros_like(parameters)
    own = network.split(gradient)
    inputs = [x, *(a for _, a in trace[:-1])]
    for k in reversed(range(len(own))):
        own[k][0][:] = delta.T @ inputs[k]  # (out, n) @ (n, in) -> (out, in)
        own[k][1][:] = delta.sum(0)
        if k:
            back = delta @ network.split(parameters)[k][0]  # (n, out) @ (out, in) -> (n, in)
            delta = back * network.activations[k - 1].slope(trace[k - 1][0])
    w = np.where(network.is_weight, parameters, 0)
    gradient += recipe.l1 * np.sign(w) + recipe.l2 * w
    loss = (entry.value(z, y, recipe.focal_gamma) * weight).mean()
    return float(loss + recipe.l1 * np.abs(w).sum() + recipe.l2 / 2 * (w * w).sum()), gradient


class Walker:
    """An optimiser's update rule as its authors wrote it; `w` is where it stands."""

    def __init__(self, recipe, w):
        self.recipe, self.w, self.t = recipe, w.copy(), 0
        self.m = self.v = self.buffer = np.zeros_like(w)

    def step(self, g, lr):
        """One step down the gradient g."""
        r, self.t = self.recipe, self.t + 1
        getattr(self, r.optimizer)(g, lr, r)

    def sgd(self, g, lr, r):
        g = g + r.weight_decay * self.w
        self.buffer = r.momentum * self.buffer + g
        self.w = self.w - lr * (g + r.momentum * self.buffer if r.nesterov else self.buffer)

    def adam(self, g, lr, r):
        b1, b2 = r.betas
        self.m, self.v = b1 * self.m + (1 - b1) * g, b2 * self.v + (1 - b2) * g * g
        self.w = self.w - lr * (self.m / (1 - b1**self.t)) / (np.sqrt(self.v / (1 - b2**self.t)) + r.eps)

    def adamw(self, g, lr, r):
        self.w = self.w * (1 - lr * r.weight_decay)
        self.adam(g, lr, r)

    def rmsprop(self, g, lr, r):
        self.v = r.alpha * self.v + (1 - r.alpha) * g * g
        self.buffer = r.momentum * self.buffer + g / (np.sqrt(self.v) + r.eps)
        self.w = self.w - lr * self.buffer

    def adagrad(self, g, lr, r):
        self.v = self.v + g * g
        self.w = self.w - lr * g / (np.sqrt(self.v) + r.eps)
