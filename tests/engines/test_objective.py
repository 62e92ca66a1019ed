"""The function that training minimises, in plain NumPy, against PyTorch's own."""

import numpy as np
import pytest
import torch
from torch import nn

from separatrix.data.samplers import circle, moons
from separatrix.engines.base import data_loss, measure, penalty
from separatrix.networks.losses import LOSSES
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task


def test_the_penalty_is_over_the_weights_alone():
    network = Network((2, 3, 1))
    parameters = network.initialise(4, "float64")
    module = network.to_torch(parameters)
    weights = [part for part in module.parameters() if part.ndim == 2]
    expected = sum(0.3 * w.abs().sum() + 0.7 / 2 * (w**2).sum() for w in weights).item()
    assert penalty(network, parameters, 0.3, 0.7) == pytest.approx(expected, rel=1e-12)
    assert penalty(network, np.where(network.is_weight, 0, parameters), 0.3, 0.7) == 0
    assert penalty(network, parameters, 0, 0) == 0


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_measure_is_the_reference_engines(loss, weighted):
    from separatrix.engines._reference import TorchEngine

    recipe = Recipe(loss=loss, l1=0.01, l2=0.1, dtype="float64")
    network = Network((2, 5, LOSSES[loss].outputs), "tanh")
    weight = np.random.default_rng(0).uniform(0, 3, 100) if weighted else None
    task = as_task(network, recipe, circle(seed=0), moons(n=30, seed=1), weight)
    parameters = network.initialise(3, "float64")
    ours, theirs = measure(task, parameters), TorchEngine().start(task, parameters).measure()
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-10)
    assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-10)
    assert (ours.accuracy, ours.validation_accuracy) == (theirs.accuracy, theirs.validation_accuracy)


def test_without_held_out_rows_their_measure_is_nan():
    network = Network((2, 1))
    found = measure(as_task(network, Recipe(), circle(), None, None), network.initialise(0))
    assert np.isnan(found.validation_loss)
    assert np.isnan(found.validation_accuracy)


def test_fault_21_an_overflow_is_a_number_and_no_warning():
    network = Network((2, 2, 1))
    parameters = np.full(network.n_parameters, 3e38, np.float32)
    task = as_task(network, Recipe(), circle(), None, None)
    loss, _ = data_loss(network, "bce", 2.0, parameters, task.x, task.y, None)
    assert not np.isfinite(loss)


def test_only_a_network_with_a_loss_by_name_has_one():
    module = ModuleNetwork(nn.Linear(2, 1), "logit")
    task = as_task(module, Recipe(loss="hinge"), circle(), None, None)
    with pytest.raises(TypeError, match=r"loss by name"):
        measure(task, module.initialise(0))
    assert torch.is_tensor(module.module.weight)
