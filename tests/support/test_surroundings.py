"""Settings of the caller's process change neither the bits nor whether it works (fault 48)."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import pytest
import torch
from torch import nn

import separatrix as sx
from separatrix.support.surroundings import insulated


@contextmanager
def _default_dtype() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def _default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def _low_precision() -> Iterator[None]:
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")


SURROUNDINGS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "np.errstate raise": lambda: np.errstate(all="raise"),
    "default dtype": _default_dtype,
    "default device": _default_device,
    "device as a context": lambda: torch.device("meta"),
    "no_grad": torch.no_grad,
    "inference mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "anomaly": lambda: torch.autograd.set_detect_anomaly(True, check_nan=True),
    "low precision": _low_precision,
}


def _module() -> nn.Module:
    """A module of a user's own, whose parameters don't depend on the surroundings."""
    module = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
    stream = np.random.default_rng(0)
    for tensor in module.parameters():
        tensor.data = torch.tensor(stream.normal(size=tuple(tensor.shape)).astype(np.float32), device="cpu")
        tensor.requires_grad_(True)
    return module


MODULE = _module()


def _bits(engine: str) -> list[bytes]:
    points = sx.circle(n=30, seed=3)
    run = sx.train(sx.Network.parse("2-5-1"), sx.Recipe(lr=1.0, epochs=40), points, engine=engine)
    # far away exp() underflows, and twice the float32 range overflows
    return [points.x.tobytes(), run.parameters.tobytes(), run.predict_proba(points.x * 1e4).tobytes()]


def _module_bits() -> list[bytes]:
    return [sx.train(MODULE, sx.Recipe(epochs=10), sx.moons(n=20), engine="torch").parameters.tobytes()]


def _roundtrip() -> list[bytes]:
    network = sx.Network.parse("2-3-1")
    module = network.to_torch(network.initialise(0))
    back, parameters = sx.Network.from_torch(module, activation="relu")
    return [parameters.tobytes(), repr(back).encode()]


def _estimator_bits() -> list[bytes]:
    points = sx.gaussians(n=60, seed=1)
    model = sx.MLPBinaryClassifier(hidden_layer_sizes=(4,), max_iter=5, random_state=0).fit(points.x * 1e-30, points.y)
    return [model.predict_proba(points.x * 1e-30).tobytes()]


WORK = {
    "fused": lambda: _bits("fused"),
    "torch": lambda: _bits("torch"),
    "module": _module_bits,
    "roundtrip": _roundtrip,
    "estimator": _estimator_bits,
}


@pytest.mark.parametrize("work", WORK)
def test_fault_48_the_bits_are_the_same_under_every_setting_of_the_process(work: str) -> None:
    expected = WORK[work]()
    for name, surroundings in SURROUNDINGS.items():
        with surroundings():
            assert WORK[work]() == expected, name


def test_the_settings_are_as_before_afterwards() -> None:
    for surroundings in SURROUNDINGS.values():
        with surroundings():
            before = _settings()
            sx.circle(n=4)
            assert _settings() == before


def _settings() -> tuple[object, ...]:
    return (
        np.geterr(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.is_anomaly_enabled(),
        torch.get_float32_matmul_precision(),
        torch._C._len_torch_function_stack(),
    )


def test_an_error_inside_puts_the_settings_back() -> None:
    with _default_dtype(), np.errstate(all="raise"):
        before = _settings()
        with pytest.raises(sx.InvalidParameter):
            sx.circle(n=-1)
        assert _settings() == before


def test_an_insulated_function_keeps_its_name_signature_and_pickle() -> None:
    assert str(inspect.signature(sx.circle)).startswith("(n: 'int' = 100, *,")
    assert pickle.loads(pickle.dumps(sx.circle)) is sx.circle
    assert insulated(nullcontext) is nullcontext  # a class stays itself
