"""Every loss against PyTorch's own, its slope against finite differences, its compiled form against both."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from separatrix.networks.activations import sigmoid, softplus
from separatrix.networks.losses import LOSSES

NAMES = list(LOSSES)
DTYPES = [np.float32, np.float64]
GAMMAS = [0.0, 0.5, 1.0, 2.0, 3.7]
WIDE = np.concatenate([np.linspace(-9, 9, 181), [1e-9, -1e-9, 17, -17]])
FAR = np.array([-1e4, -88.0, 88.0, 1e4])


def pairs(z, dtype):
    """Every logit with both labels: z (k,), y (k,)."""
    return np.tile(z, 2).astype(dtype), np.repeat([0, 1], len(z)).astype(dtype)


def in_torch(name, z, y, gamma, reduction="none"):
    """The PyTorch form of the loss at logits z: (value of each row, d sum / d z)."""
    leaf = torch.tensor(z, requires_grad=True)
    output = leaf[:, None]
    if LOSSES[name].takes == "probability":
        output = torch.sigmoid(output)
    if LOSSES[name].outputs == 2:
        output = torch.cat([torch.zeros_like(output), output], dim=1)
    loss = LOSSES[name].torch(output, torch.tensor(y)[:, None], reduction, gamma)
    loss.sum().backward()
    return loss.detach().numpy().ravel(), leaf.grad.numpy()


def close(dtype):
    return {"rtol": 2e-5, "atol": 2e-6} if dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-13}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_are_pytorchs(name, dtype):
    # BCELoss after a sigmoid keeps no more digits of 1 - p than the dtype has, so near logits only
    near = WIDE[np.abs(WIDE) < (4 if dtype == np.float32 else 10)] if name == "bce" else WIDE
    z, y = pairs(near, dtype)
    for gamma in GAMMAS if name == "focal" else [2.0]:
        value, slope = in_torch(name, z, y, gamma)
        ours, our_slope = LOSSES[name].value(z, y, gamma), LOSSES[name].slope(z, y, gamma)
        assert ours.dtype == our_slope.dtype == dtype
        np.testing.assert_allclose(ours, value, **close(dtype))
        np.testing.assert_allclose(our_slope, slope, **close(dtype))


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_is_the_limit_of_difference_quotients(name):
    z, y = pairs(np.linspace(-6, 6, 121) + 0.0123, np.float64)
    h = 1e-6
    for gamma in GAMMAS if name == "focal" else [2.0]:
        quotient = (LOSSES[name].value(z + h, y, gamma) - LOSSES[name].value(z - h, y, gamma)) / (2 * h)
        np.testing.assert_allclose(LOSSES[name].slope(z, y, gamma), quotient, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_of_each_loss_is_the_function_that_users_know(name):
    z, y = pairs(WIDE, np.float64)
    t, target = torch.tensor(z), torch.tensor(y)
    p_right = torch.where(target == 1, t.sigmoid(), (-t).sigmoid())
    known = {
        "bce": lambda: functional.binary_cross_entropy(t.sigmoid(), target, reduction="none"),
        "bce_with_logits": lambda: functional.binary_cross_entropy_with_logits(t, target, reduction="none"),
        "mse": lambda: functional.mse_loss(t.sigmoid(), target, reduction="none"),
        "cross_entropy": lambda: functional.cross_entropy(
            torch.stack([0 * t, t], dim=1), target.long(), reduction="none"
        ),
        "hinge": lambda: torch.clamp(1 - (2 * target - 1) * t, min=0),
        "focal": lambda: -((1 - p_right) ** 2) * p_right.log(),
    }
    np.testing.assert_allclose(LOSSES[name].value(z, y, 2.0), known[name]().numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_is_the_mean_of_the_rows(name):
    z, y = pairs(WIDE, np.float64)
    each, _ = in_torch(name, z, y, 2.0)
    mean, _ = in_torch(name, z, y, 2.0, "mean")
    assert mean.item() == pytest.approx(each.mean())


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_expressions_say_the_same_as_value_and_slope(name, gamma):
    entry = LOSSES[name]
    known = {
        "sigmoid": lambda z: float(sigmoid(np.array(z))),
        "softplus": lambda z: float(softplus(np.array(z))),
        "power": lambda base, exponent: max(base, 2.3e-308) ** exponent,
    }
    for z, y in zip(*pairs(WIDE, np.float64), strict=True):
        local = {"z": float(z), "y": float(y), "gamma": gamma}
        one = np.array([z]), np.array([y])
        assert eval(entry.compiled_value, known, local) == pytest.approx(
            entry.value(*one, gamma)[0], rel=1e-12, abs=1e-14
        )
        assert eval(entry.compiled_slope, known, local) == pytest.approx(
            entry.slope(*one, gamma)[0], rel=1e-12, abs=1e-14
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_fault_22_saturated_logits_have_a_finite_loss_and_slope(name, dtype):
    z, y = pairs(np.concatenate([FAR, [0.0]]), dtype)
    for gamma in GAMMAS:
        assert np.isfinite(LOSSES[name].value(z, y, gamma)).all()
        assert np.isfinite(LOSSES[name].slope(z, y, gamma)).all()
        value, slope = in_torch(name, z, y, gamma)
        assert np.isfinite(value).all()
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", ["bce", "bce_with_logits", "cross_entropy", "focal"])
def test_fault_22_a_confidently_wrong_row_keeps_its_loss_and_its_gradient(name):
    z, y = np.array([1e4, -1e4], np.float32), np.array([0, 1], np.float32)
    np.testing.assert_allclose(LOSSES[name].value(z, y, 2.0), 1e4)
    np.testing.assert_allclose(LOSSES[name].slope(z, y, 2.0), [1, -1])


def test_a_row_already_right_keeps_the_digits_of_its_small_loss_in_float32():
    z, y = np.array([20.0, -20.0], np.float32), np.array([1, 0], np.float32)
    for name in ("bce", "bce_with_logits", "cross_entropy"):
        np.testing.assert_allclose(LOSSES[name].value(z, y, 2.0), math.exp(-20), rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_fault_21_nan_stays_nan(name):
    for y in (0.0, 1.0):
        assert np.isnan(LOSSES[name].value(np.array([np.nan]), np.array([y]), 2.0)).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_described_under_its_own_name(name):
    entry = LOSSES[name]
    assert entry.name == name
    assert entry.formula
    assert entry.about.endswith(".")
    assert entry.outputs in (1, 2)
    assert entry.takes in ("probability", "logit")
