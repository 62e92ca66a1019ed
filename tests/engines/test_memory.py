"""Memory: what any PyTorch optimiser remembers survives being kept as arrays, bit for bit."""

import numpy as np
import pytest
import torch
from torch import nn, optim

from separatrix.data.samplers import circle
from separatrix.engines._reference import TorchEngine
from separatrix.engines.base import Epochs
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task

OPTIMIZERS = {
    "SGD": optim.SGD, "momentum": lambda p: optim.SGD(p, momentum=0.9), "Adam": optim.Adam,
    "AMSGrad": lambda p: optim.Adam(p, amsgrad=True), "AdamW": optim.AdamW, "NAdam": optim.NAdam, "RAdam": optim.RAdam,
    "Adamax": optim.Adamax, "Adagrad": optim.Adagrad, "Adadelta": optim.Adadelta,
    "ASGD": optim.ASGD, "Rprop": optim.Rprop,
    "centred RMSprop": lambda p: optim.RMSprop(p, centered=True, momentum=0.5), "Adafactor": optim.Adafactor,
    "LBFGS": lambda p: optim.LBFGS(p, history_size=4, max_iter=3),
    "line search": lambda p: optim.LBFGS(p, line_search_fn="strong_wolfe"),
}  # fmt: skip


class Counting(optim.Optimizer):
    """An optimiser that remembers plain numbers, and not the same of every parameter."""

    def __init__(self, parameters):
        super().__init__(parameters, {"lr": 0.1})

    @torch.no_grad()
    def step(self, closure=None):
        for k, parameter in enumerate(self.param_groups[0]["params"]):
            state = self.state[parameter]
            state["seen"] = state.get("seen", 0) + k + 1
            if k % 2:
                state["scale"] = torch.full((3,), 0.5) + state.get("scale", 0)
            parameter.sub_(0.1 * parameter.grad / state["seen"] * float(state.get("scale", torch.ones(1))[0]))


def module(frozen=False):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = nn.Sequential(
            nn.Linear(2, 5), nn.BatchNorm1d(5, momentum=None), nn.Tanh(), nn.Dropout(0.3), nn.Linear(5, 1)
        )
    made[0].requires_grad_(not frozen)
    return made


def session(optimizer, memory=None, parameters=None, frozen=False):
    network = ModuleNetwork(module(frozen), "logit")
    recipe = Recipe(loss="bce_with_logits", optimizer=optimizer, seed=3)
    task = as_task(network, recipe, circle(n=30, seed=1), None, None)
    return TorchEngine().start(task, network.initialise(0) if parameters is None else parameters, memory)


def advance(running, epochs):
    running.advance(Epochs(np.ones(epochs), None, np.zeros(0, np.int64)))


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("cut", [0, 1, 4])
@pytest.mark.parametrize("name", [*OPTIMIZERS, "Counting"])
def test_fault_25_any_optimiser_goes_on_with_the_same_bits(name, cut, frozen):
    optimizer = OPTIMIZERS.get(name, Counting)
    if name == "Counting" and frozen:
        optimizer = lambda p: Counting([part for part in p if part.requires_grad])  # noqa: E731
    whole = session(optimizer, frozen=frozen)
    advance(whole, 7)
    first = session(optimizer, frozen=frozen)
    advance(first, cut)
    memory = first.memory()
    assert all(isinstance(array, np.ndarray) and array.dtype != object for array in memory.values())
    second = session(optimizer, memory, first.parameters(), frozen=frozen)
    advance(second, 7 - cut)
    assert second.parameters().tobytes() == whole.parameters().tobytes()
    assert second.memory().keys() == whole.memory().keys()


def test_what_is_remembered_alike_of_all_parameters_is_one_vector_each():
    running = session(optim.Adam)
    advance(running, 2)
    memory = running.memory()
    count = sum(part.numel() for part in running.module.parameters())
    assert set(memory) == {"stream", "buffer.1.num_batches_tracked", "step", "exp_avg", "exp_avg_sq"}
    assert memory["exp_avg"].shape == memory["exp_avg_sq"].shape == (count,)
    assert memory["step"] == 2


def test_a_fresh_session_remembers_the_stream_alone():
    assert set(session("sgd").memory()) == {"stream", "buffer.1.num_batches_tracked"}
