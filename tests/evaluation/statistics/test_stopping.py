"""Sequential stopping: few looks, an exact account of what looking does, and a simulation that agrees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import wilson
from separatrix.evaluation.statistics.stopping import Until, coverage


@given(st.integers(1, 300), st.integers(1, 5_000), st.integers(1, 64))
def test_looks_grow_are_whole_blocks_and_end_at_the_most(least, most, block):
    looks = Until(0.1, least=least).interim_sizes(most, block)
    assert looks[-1] == most
    assert list(looks) == sorted(set(looks))
    assert all(look % block == 0 for look in looks[:-1])
    assert looks[0] >= min(least, most)


def test_it_is_reached_when_every_interval_is_close_enough():
    until = Until(0.05)
    low, high = wilson(200, 400)
    assert (high - low) / 2 < 0.05
    assert until.reached(np.array([200, 10]), np.array([400, 400]))
    assert not until.reached(np.array([200, 10]), np.array([400, 40]))


@pytest.mark.parametrize("true_share", [0.02, 0.5, 0.9])
def test_the_exact_coverage_is_that_of_a_simulation(true_share):
    until, most, stream = Until(0.06, least=50), 1_000, np.random.default_rng(0)
    covers, seeds = coverage(until, most, true_share)
    looks = until.interim_sizes(most)
    held, used = [], []
    for _ in range(3_000):
        solved = np.cumsum(stream.random(most) < true_share)
        for at in looks:
            low, high = wilson(solved[at - 1], at)
            if (high - low) / 2 <= until.half_width or at == most:
                held.append(low <= true_share <= high)
                used.append(at)
                break
    error = np.sqrt(covers * (1 - covers) / len(held))
    assert np.mean(held) == pytest.approx(covers, abs=4 * error + 1e-3)
    assert np.mean(used) == pytest.approx(seeds, rel=0.05)


def test_looking_costs_little_coverage():
    worst = min(coverage(Until(0.02), 3_000, p)[0] for p in np.linspace(0.01, 0.99, 25))
    assert 0.93 < worst < 0.95


@pytest.mark.parametrize("given_", [{"half_width": 0}, {"half_width": 0.6}, {"level": 1}, {"least": 0}, {"least": 1.5}])
def test_fault_19_settings_out_of_range_are_refused(given_):
    with pytest.raises(InvalidParameter, match=next(iter(given_))):
        Until(**given_)


def test_a_share_outside_0_to_1_is_refused():
    with pytest.raises(InvalidParameter, match="true_share"):
        coverage(Until(), 100, 1.5)
