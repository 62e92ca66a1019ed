"""Every schedule against `torch.optim.lr_scheduler` with one scheduler step an epoch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES


def pytorch_rates(recipe):
    """What PyTorch's scheduler sets before each epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=recipe.lr)
    size = recipe.step_size or -(-recipe.epochs // 3)
    scheduler = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, factor=1.0),
        "step": lambda: lr_scheduler.StepLR(optimizer, size, recipe.step_gamma),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs),
        "one_cycle": lambda: lr_scheduler.OneCycleLR(optimizer, recipe.lr, recipe.epochs, cycle_momentum=False),
    }[recipe.schedule]()
    rates = []
    for epoch in range(recipe.epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        if epoch + 1 < recipe.epochs:
            optimizer.step()
            scheduler.step()
    return np.array(rates)


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 5, 7, 10, 33, 100, 257])
@pytest.mark.parametrize("name", list(SCHEDULES))
def test_rates_are_pytorchs(name, epochs):
    recipe = Recipe(schedule=name, epochs=epochs, lr=0.3)
    np.testing.assert_allclose(SCHEDULES[name].rates(0, epochs, recipe), pytorch_rates(recipe), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("size", "gamma"), [(1, 0.5), (7, 0.9), (1000, 0.1), (3, 1.5)])
def test_step_reads_its_size_and_its_factor(size, gamma):
    recipe = Recipe(schedule="step", epochs=40, step_size=size, step_gamma=gamma)
    np.testing.assert_allclose(SCHEDULES["step"].rates(0, 40, recipe), pytorch_rates(recipe), rtol=1e-9)


@pytest.mark.parametrize("name", list(SCHEDULES))
@given(epochs=st.integers(1, 400), data=st.data())
@settings(deadline=None, max_examples=40)
def test_the_rates_of_a_chunk_are_the_same_bits_as_those_of_the_whole(name, epochs, data):
    recipe = Recipe(schedule=name, epochs=epochs)
    start = data.draw(st.integers(0, epochs - 1))
    stop = data.draw(st.integers(start + 1, epochs))
    whole = SCHEDULES[name].rates(0, epochs, recipe)
    assert (SCHEDULES[name].rates(start, stop, recipe) == whole[start:stop]).all()
    assert whole.dtype == np.float64


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_growing_step_stays_within_what_the_dtype_holds(dtype):
    recipe = Recipe(schedule="step", step_size=1, step_gamma=1e30, epochs=50, dtype=dtype)
    rates = SCHEDULES["step"].rates(0, 50, recipe)
    assert np.isfinite(rates.astype(dtype)).all()
    assert (np.diff(rates) >= 0).all()
