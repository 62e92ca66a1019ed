"""Every activation with every loss and every optimiser, a thousand steps in float64, by both kinds of compiled code.

The reference is plain PyTorch: autograd and `torch.optim`, as independent of our code as can be. All networks of one
activation train side by side, each with its own loss and optimiser.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from separatrix.data.samplers import circle
from separatrix.engines.base import Epochs
from separatrix.engines.choose import FusedEngine
from separatrix.engines.fused import _session
from separatrix.networks import modules
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task

# every loss is tried with one recipe, of which the focal loss alone reads this
pytestmark = pytest.mark.filterwarnings("ignore:Recipe. focal_gamma=.* has no effect")

STEPS, GAMMA = 1_000, 1.5
POINTS = circle(n=24, seed=3, noise=0.1)
SETTINGS = {
    "sgd": {"lr": 0.02, "momentum": 0.8, "nesterov": True}, "adam": {"lr": 0.003}, "adamw": {"lr": 0.003, "weight_decay": 0.1},
    "rmsprop": {"lr": 0.0002, "momentum": 0.5}, "adagrad": {"lr": 0.01},
}  # fmt: skip
FIRST_ORDER = [name for name in OPTIMIZERS if name != "lbfgs"]
CHECKED = (
    1,
    10,
    STEPS,
)  # L-BFGS is left out: its iterations amplify the last bit tenfold every few, see test_fused_lbfgs


def recipe_of(loss, optimizer):
    return Recipe(loss=loss, optimizer=optimizer, dtype="float64", focal_gamma=GAMMA, **SETTINGS[optimizer])


def by_pytorch(network, losses, start):
    """Parameters after the steps `CHECKED`, (3, optimisers, losses, p)."""
    x, y = torch.tensor(POINTS.x, dtype=torch.float64), torch.tensor(POINTS.y, dtype=torch.float64)[:, None]
    own = [torch.tensor(np.stack([start] * len(losses)), requires_grad=True) for _ in FIRST_ORDER]
    recipes = [recipe_of(losses[0], name) for name in FIRST_ORDER]
    optimizers = [
        OPTIMIZERS[recipe.optimizer].torch([p], recipe.lr, recipe) for p, recipe in zip(own, recipes, strict=True)
    ]
    name = network.activations[0].module
    activation, seen = (getattr(torch.nn, name, None) or getattr(modules, name))(), []
    for step in range(1, STEPS + 1):
        all_ = torch.cat(own)  # (optimisers · losses, p): all networks of one activation at once
        a = x.expand(len(all_), *x.shape)
        for k, layer in enumerate(network.layout):
            weight = all_[:, layer.weight].view(-1, layer.fan_out, layer.fan_in)
            a = torch.baddbmm(all_[:, None, layer.bias], a, weight.mT)
            a = activation(a) if k < len(network.layout) - 1 else a
        outputs = a.view(len(own), len(losses), len(x), network.n_outputs)
        total = sum(mean_loss(loss, outputs[:, k], y) for k, loss in enumerate(losses))
        for p, slope in zip(own, torch.autograd.grad(total, own), strict=True):
            p.grad = slope
        for optimizer in optimizers:
            optimizer.step()
        if step in CHECKED:
            seen.append([p.detach().numpy().copy() for p in own])
    return np.array(seen)


def mean_loss(loss, outputs, y):
    """The sum over the networks of each one's mean loss, of outputs (networks, n, k)."""
    output = outputs.sigmoid() if LOSSES[loss].takes == "probability" else outputs
    each = LOSSES[loss].torch(output.reshape(-1, output.shape[-1]), y.repeat(len(output), 1), "none", GAMMA)
    return each.sum() / len(y)


def by_engine(network, losses, start):
    """The same by the compiled engine."""
    ends = []
    for name in FIRST_ORDER:
        for loss in losses:
            task = as_task(network, recipe_of(loss, name), POINTS, None, None)
            plan = Epochs(np.full(STEPS, task.recipe.lr), None, np.array(CHECKED) - 1, keep=True)
            ends.append(FusedEngine().start(task, start).advance(plan).parameters)
    return np.stack(ends, axis=1).reshape(len(CHECKED), len(FIRST_ORDER), len(losses), -1)


@pytest.mark.slow
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_a_thousand_steps_of_every_loss_and_optimiser_agree_with_plain_pytorch(activation, outputs, monkeypatch):
    losses = [name for name, entry in LOSSES.items() if entry.outputs == outputs]
    network = Network((2, 4, 3, outputs), activation)
    start = network.initialise(5, "float64")
    theirs = by_pytorch(network, losses, start)
    assert np.abs(theirs[-1] - start).max(axis=-1).min() > 0.01  # something happened to each
    for parameters in (1_000, 0):  # a network up to this size has straight-line code, a larger one the general gradient
        monkeypatch.setattr(_session, "STRAIGHT_PARAMETERS", parameters)
        _session.code_of.cache_clear()
        ours = by_engine(network, losses, start)
        _session.code_of.cache_clear()
        for step, mine, reference in zip(CHECKED, ours, theirs, strict=True):
            np.testing.assert_allclose(
                mine, reference, rtol=1e-12 if step == 1 else 1e-9, atol=1e-12, err_msg=str(step)
            )
