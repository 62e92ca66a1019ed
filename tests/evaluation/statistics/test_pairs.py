"""Paired comparisons: as statsmodels and SciPy have them, and honest where seeds repeat or nothing differs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.pairs import bootstrap_difference, holm, mcnemar

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80)


@given(PAIRS)
def test_the_p_value_is_that_of_statsmodels(pairs):
    first, second = zip(*pairs, strict=True)
    found = mcnemar(first, second)
    table = [[found.both, found.first_only], [found.second_only, found.neither]]
    assert found.pairs == found.seeds == len(pairs)
    assert found.p_value == pytest.approx(their_mcnemar(table, exact=True).pvalue, abs=1e-12)
    assert found.difference == pytest.approx(np.mean(second) - np.mean(first))


@given(PAIRS)
def test_sides_can_be_swapped(pairs):
    first, second = zip(*pairs, strict=True)
    one, other = mcnemar(first, second), mcnemar(second, first)
    assert one.p_value == other.p_value
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_the_interval_is_bonett_and_prices():
    a = np.repeat([True, True, False, False], [40, 5, 15, 40])
    b = np.repeat([True, False, True, False], [40, 5, 15, 40])
    up, down = 16 / 102, 6 / 102
    half = 1.959963984540054 * np.sqrt((up + down - (up - down) ** 2) / 102)
    found = mcnemar(a, b)
    assert (found.low, found.high) == pytest.approx((up - down - half, up - down + half))


def test_no_difference_at_all_still_has_an_interval():
    found = mcnemar([True] * 10, [True] * 10)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.low < 0 < found.high
    said = (
        "none of the same 10 seeds tells bce and mse apart: both solve 10 of 10 (95% interval of the difference -23.1"
    )
    assert found.sentence("bce", "mse").startswith(said)


@pytest.mark.parametrize("n", [30, 300])
def test_the_interval_holds_about_as_often_as_it_says(n):
    stream, held = np.random.default_rng(1), []
    for _ in range(1_000):
        hard = stream.random(n)
        a, b = stream.random(n) < 0.8 * hard + 0.1, stream.random(n) < 0.9 * hard + 0.1
        found = mcnemar(a, b)
        held.append(found.low <= 0.05 <= found.high)
    assert np.mean(held) > 0.93


def test_pairs_of_one_seed_count_as_one():
    a, b = [False, False] * 20, [True, True] * 20
    alone, twice = mcnemar(a[::2], b[::2]), mcnemar(a, b, np.repeat(np.arange(20), 2))
    assert (twice.seeds, twice.pairs, twice.second_only) == (20, 40, 40)
    assert (twice.p_value, twice.low, twice.high) == (alone.p_value, alone.low, alone.high)
    assert "in 40 pairs" in twice.sentence("a", "b")


def test_mean_differences_are_scipys_bootstrap():
    stream = np.random.default_rng(0)
    a, b = stream.normal(0, 1, 60), stream.normal(0.5, 1, 60)
    found = bootstrap_difference(a, b, resamples=2_000)
    theirs = bootstrap((b - a,), np.mean, n_resamples=2_000, rng=np.random.default_rng(0)).confidence_interval
    assert found.value == pytest.approx((b - a).mean())
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_many_seeds_take_the_normal_interval_which_is_the_same():
    stream = np.random.default_rng(0)
    each = stream.exponential(1, 5_000)
    many, few = bootstrap_difference(0 * each, each), bootstrap_difference(0 * each[:4_999], each[:4_999])
    assert (many.low, many.high) == pytest.approx((few.low, few.high), abs=0.003)


def test_fault_43_seeds_without_a_number_are_told():
    found = bootstrap_difference([1.0, np.nan, 2.0, 3.0], [1.5, 1.0, np.nan, 3.0])
    assert (found.runs, found.left_out) == (2, 2)
    assert "2 seeds without a number are left out" in found.sentence("a", "b", "loss")
    assert bootstrap_difference([1.0, 1.0], [2.0, 2.0]).low == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_that_of_statsmodels(seed):
    stream = np.random.default_rng(seed)
    p_values = stream.random(stream.integers(1, 20)) ** 3
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


@pytest.mark.parametrize(("a", "b"), [([], []), ([True], [True, False]), ([2], [1]), ([[True]], [[True]])])
def test_what_is_no_pair_is_refused(a, b):
    with pytest.raises(InvalidParameter):
        mcnemar(a, b)


def test_too_few_numbers_are_refused():
    with pytest.raises(InvalidParameter, match="two seeds"):
        bootstrap_difference([1.0], [2.0])
    with pytest.raises(InvalidParameter, match="one number per seed"):
        bootstrap_difference([1.0, 2.0], [2.0])
