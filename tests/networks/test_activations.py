"""Every activation against PyTorch's own, and its slope against finite differences."""

import math

import numpy as np
import pytest
import torch

from separatrix.networks.activations import ACTIVATIONS, sigmoid, softplus
from separatrix.networks.modules import activation_module

NAMES = list(ACTIVATIONS)
DTYPES = [np.float32, np.float64]
MANY = np.concatenate([np.linspace(-12, 12, 481), [0.0, -0.0, 1e-9, -1e-9, 30, -30, 88, -88, 1e4, -1e4]])
SCALARS = {
    "exp": math.exp,
    "expm1": math.expm1,
    "erf": math.erf,
    "tanh": math.tanh,
    "sigmoid": lambda z: float(sigmoid(np.array(z))),
    "softplus": lambda z: float(softplus(np.array(z))),
    "abs": abs,
}


def tolerance(dtype):
    return {"rtol": 2e-6, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-15}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_are_pytorchs(name, dtype):
    z = MANY.astype(dtype)
    leaf = torch.tensor(z, requires_grad=True)
    out = activation_module(name)(leaf)
    out.sum().backward()
    value, slope = ACTIVATIONS[name].value(z), ACTIVATIONS[name].slope(z)
    assert value.dtype == slope.dtype == dtype
    np.testing.assert_allclose(value, out.detach().numpy(), **tolerance(dtype))
    np.testing.assert_allclose(slope, leaf.grad.numpy(), **tolerance(dtype))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "step"])
def test_the_slope_is_the_limit_of_difference_quotients(name):
    z = np.linspace(-6, 6, 120) + 0.0123  # no point within h of the kink at 0
    h = 1e-6
    value = ACTIVATIONS[name].value
    np.testing.assert_allclose(ACTIVATIONS[name].slope(z), (value(z + h) - value(z - h)) / (2 * h), atol=1e-8)


def test_the_slope_of_step_is_the_clipped_straight_through():
    z = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
    assert ACTIVATIONS["step"].value(z).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert ACTIVATIONS["step"].slope(z).tolist() == [0, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_expressions_say_the_same_as_value_and_slope(name):
    entry = ACTIVATIONS[name]
    for z in MANY[np.abs(MANY) < 500]:
        a = eval(entry.compiled_value, SCALARS, {"z": float(z)})
        slope = eval(entry.compiled_slope, SCALARS, {"z": float(z), "a": a})
        assert a == pytest.approx(entry.value(np.array([z]))[0], rel=1e-12, abs=1e-15)
        assert slope == pytest.approx(entry.slope(np.array([z]))[0], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_fault_21_nan_stays_nan(name, dtype):
    assert np.isnan(ACTIVATIONS[name].value(np.array([np.nan], dtype))).all()
    assert math.isnan(eval(ACTIVATIONS[name].compiled_value, SCALARS, {"z": math.nan}))


@pytest.mark.parametrize("name", NAMES)
def test_piecewise_linear_means_straight_on_both_sides_of_0(name):
    value = ACTIVATIONS[name].value
    straight = all(np.allclose(np.diff(value(side), 2), 0) for side in (np.linspace(-5, 0, 50), np.linspace(0, 5, 50)))
    assert straight == ACTIVATIONS[name].piecewise_linear or name == "step"


@pytest.mark.parametrize("dtype", DTYPES)
def test_fault_22_sigmoid_and_softplus_never_overflow(dtype):
    z = np.array([-1e4, -88, -17, 0, 17, 88, 1e4], dtype)
    leaf = torch.tensor(z)
    np.testing.assert_allclose(sigmoid(z), torch.sigmoid(leaf).numpy(), rtol=1e-6, atol=1e-38)
    np.testing.assert_allclose(softplus(z), torch.logaddexp(torch.zeros_like(leaf), leaf).numpy(), rtol=1e-6)
    assert sigmoid(z).dtype == softplus(z).dtype == dtype


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_described_under_its_own_name(name):
    entry = ACTIVATIONS[name]
    assert entry.name == name
    assert entry.formula
    assert entry.about.endswith(".")
