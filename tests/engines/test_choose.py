"""Choosing: the engine asked for, or the first that can; a refusal says why."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from separatrix.data.samplers import circle
from separatrix.engines import choose as choosing
from separatrix.engines.choose import ENGINES, choose
from separatrix.errors import EngineRefusal, InvalidParameter
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.training.loop import train

NETWORK = Network((2, 3, 1))


class Refusing:
    name = "refusing"

    def refuses(self, network, recipe, device):
        return "it never does anything."


@pytest.fixture
def refusing_first(monkeypatch):
    monkeypatch.setattr(choosing, "ENGINES", {"refusing": lambda device: Refusing(), "torch": ENGINES["torch"]})


def test_the_engine_asked_for_is_taken():
    engine, reasons = choose("torch", NETWORK, Recipe())
    assert (engine.name, reasons) == ("torch", {})


def test_auto_takes_the_first_that_can_and_passes_on_why_others_cannot(refusing_first):
    engine, reasons = choose("auto", NETWORK, Recipe())
    assert engine.name == "torch"
    assert reasons == {"refusing": "it never does anything."}


@pytest.mark.parametrize(
    ("network", "recipe", "says"),
    [
        (torch.nn.Linear(2, 1), Recipe(loss="bce_with_logits", epochs=1), "a module of your own is PyTorch code"),
        (NETWORK, Recipe(loss=torch.nn.BCELoss(), epochs=1), "a loss or optimiser of your own is PyTorch code"),
        (NETWORK, Recipe(optimizer=torch.optim.SGD, epochs=1), "a loss or optimiser of your own is PyTorch code"),
    ],
)
def test_auto_says_why_the_fused_engine_cannot(network, recipe, says, caplog):
    with caplog.at_level("INFO", logger="separatrix"):
        run = train(network, recipe, circle())
    assert run.engine == "torch"
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"training with the torch engine, not the fused one: {says}")


def test_an_optimiser_without_a_rule_is_left_to_the_torch_engine(monkeypatch, caplog):
    monkeypatch.setitem(OPTIMIZERS, "slow", replace(OPTIMIZERS["sgd"], name="slow", reads=(), rule={}))
    with caplog.at_level("INFO", logger="separatrix"):
        run = train(NETWORK, Recipe(optimizer="slow", epochs=2), circle())
    assert run.engine == "torch"
    assert "the optimiser 'slow' has no update rule to compile" in caplog.text


def test_auto_says_nothing_when_it_takes_the_fastest(caplog):
    with caplog.at_level("INFO", logger="separatrix"):
        choose("auto", NETWORK, Recipe())
    assert not caplog.records


def test_an_engine_asked_for_that_refuses_is_an_error_with_its_reason(refusing_first):
    with pytest.raises(EngineRefusal, match=r"The refusing engine does not support this: it never does anything."):
        choose("refusing", NETWORK, Recipe())


def test_when_all_refuse_every_reason_is_told(refusing_first):
    with pytest.raises(EngineRefusal, match=r"refusing engine .* torch engine does not support this: device 'nowhere'"):
        choose("auto", NETWORK, Recipe(), device="nowhere")


def test_fault_19_an_unknown_engine_is_refused_with_the_nearest():
    with pytest.raises(
        InvalidParameter, match=r"train: engine must be one of auto, .*got 'torhc'. Did you mean 'torch'"
    ):
        choose("torhc", NETWORK, Recipe())
    with pytest.raises(InvalidParameter, match=r"engine must be one of"):
        train(NETWORK, Recipe(), circle(), engine=None)


@pytest.mark.parametrize("device", ["nowhere", "cuda:99", "meta?", ""])
def test_a_device_that_is_not_there_is_refused(device):
    with pytest.raises(EngineRefusal, match=r"can't be used here"):
        train(NETWORK, Recipe(epochs=1), circle(), engine="torch", device=device)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_cuda_device_is_taken_by_the_torch_engine():
    engine, _ = choose("torch", NETWORK, Recipe(), device="cuda")
    run = train(NETWORK, Recipe(epochs=3), circle(), device="cuda")
    assert engine.device == "cuda"
    assert np.isfinite(run.loss)
