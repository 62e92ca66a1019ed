"""PyTorch's random numbers without PyTorch: every bit is compared with PyTorch's own generator."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from separatrix.support.seeds import AT_ONCE, TorchGenerator

# PyTorch's build for processors without AVX2 rounds some numbers differently, so it can't be compared there.
pytestmark = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"), reason="PyTorch's own bits are others here"
)
SEEDS = st.integers(0, 2**64 - 1)


def generator_of(seed):
    """PyTorch's own generator at a seed."""
    return torch.Generator().manual_seed(seed if seed < 2**63 else seed - 2**64)


def theirs(count, generator):
    return torch.randn(count, generator=generator).numpy()


@given(SEEDS, st.lists(st.integers(0, 70), min_size=1, max_size=5))
def test_normal_numbers_are_pytorchs_in_any_portions(seed, counts):
    ours, generator = TorchGenerator(seed), generator_of(seed)
    for count in counts:
        assert ours.normal(count).tobytes() == theirs(count, generator).tobytes()


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16, 17, 31, 32, 33, 200, 1_000, 1_001, AT_ONCE, 2 * AT_ONCE + 17])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32])
def test_normal_numbers_are_pytorchs_in_any_number(seed, count):
    assert TorchGenerator(seed).normal(count).tobytes() == theirs(count, generator_of(seed)).tobytes()


@given(SEEDS, st.floats(1e-3, 1e3), st.integers(0, 100))
def test_uniform_numbers_follow_normal_ones_as_in_pytorch(seed, bound, count):
    ours, generator = TorchGenerator(seed), generator_of(seed)
    assert ours.normal(200).tobytes() == theirs(200, generator).tobytes()
    uniform = torch.empty(count).uniform_(-bound, bound, generator=generator).numpy()
    assert ours.uniform(bound, count).tobytes() == uniform.tobytes()


def test_a_million_numbers_have_the_moments_of_the_normal_distribution():
    numbers = TorchGenerator(5).normal(1_000_000).astype(np.float64)
    assert abs(numbers.mean()) < 4e-3  # four standard errors
    assert abs(numbers.var() - 1) < 6e-3
    assert numbers.tobytes() != TorchGenerator(6).normal(1_000_000).astype(np.float64).tobytes()
