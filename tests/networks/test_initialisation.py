"""Initialisation: the bits of PyTorch's own, from NumPy's generator."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from separatrix.errors import InvalidParameter
from separatrix.networks.network import INITIALISATIONS, Network, draw_layer
from separatrix.support.seeds import TorchGenerator

SEEDS = [0, 1, 2, 42, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 7, 2**63, 2**64 - 1]
WIDTHS = [
    (2, 1),
    (1, 1),
    (2, 4, 4, 1),
    (2, 3, 2),
    (7, 5, 3, 2),
    (2, 16, 16, 1),
    (30, 64, 64, 1),
    (1, 1, 1, 1),
    (11, 313, 1),
]


def plain_torch(widths, seed):
    """What a learner's script draws: the seed, then nn.Linear after nn.Linear."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [nn.Linear(i, o) for i, o in pairwise(widths)]
    return np.concatenate([p.detach().numpy().ravel() for layer in layers for p in layer.parameters()])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("widths", WIDTHS)
def test_the_default_is_pytorchs_to_the_bit(widths, seed):
    ours = Network(widths).initialise(seed)
    assert ours.dtype == np.float32
    assert ours.tobytes() == plain_torch(widths, seed).tobytes()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 2**64 - 1), st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=60)
def test_any_widths_and_any_seed_give_pytorchs_bits(widths, seed, outputs):
    widths = (*widths, outputs)
    assert Network(widths).initialise(seed).tobytes() == plain_torch(widths, seed).tobytes()


@pytest.mark.parametrize("seed", SEEDS[:4])
@pytest.mark.parametrize(("init", "fill"), [("xavier", nn.init.xavier_uniform_), ("he", "he")])
@pytest.mark.parametrize("shape", [(1, 2), (4, 2), (4, 4), (64, 30), (1, 313)])
def test_a_layer_of_xavier_or_he_is_pytorchs_to_the_bit(init, fill, shape, seed):
    if fill == "he":
        fill = lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu")  # noqa: E731
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        theirs = fill(torch.empty(shape)).numpy()
    weight, bias = draw_layer(INITIALISATIONS[init], shape[1], shape[0], TorchGenerator(seed))
    assert weight.tobytes() == theirs.tobytes()
    assert not bias.any()


@pytest.mark.parametrize("init", ["torch", "xavier", "he"])
def test_the_draws_fill_their_bounds_and_stay_within(init):
    weight_bound, bias_bound = INITIALISATIONS[init].bounds(50, 40)
    weight, bias = draw_layer(INITIALISATIONS[init], 50, 40, TorchGenerator(3))
    assert 0.99 * weight_bound < np.abs(weight).max() <= np.float32(weight_bound)
    assert abs(weight.mean()) < 0.05 * weight_bound
    assert weight.std() == pytest.approx(weight_bound / np.sqrt(3), rel=0.05)
    assert np.abs(bias).max() <= bias_bound


def test_zeros_are_zeros():
    assert not Network((2, 4, 1), init="zeros").initialise(5).any()


def test_float64_holds_the_same_numbers():
    network = Network((2, 4, 1))
    assert network.initialise(5, "float64").dtype == np.float64
    assert (network.initialise(5, "float64") == network.initialise(5)).all()


def test_only_the_lowest_32_bits_of_a_seed_count_as_in_pytorch():
    network = Network((2, 4, 1))
    assert (network.initialise(2**32 + 3) == network.initialise(3)).all()


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True, None])
def test_fault_20_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(InvalidParameter, match=r"seed"):
        Network((2, 1)).initialise(seed)


def test_drawing_leaves_the_global_generators_as_they_were():
    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
    Network((2, 4, 1)).initialise(0)
    assert (np.random.get_state()[1] == before).all()
    assert torch.equal(torch.get_rng_state(), torch_before)
