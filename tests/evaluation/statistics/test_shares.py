"""Shares: Wilson's interval as SciPy and statsmodels have it, and words that don't round the truth away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import percent, share, wilson


@given(st.integers(1, 5_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_is_that_of_scipy_and_statsmodels(n, part, level):
    k = round(n * part)
    low, high = wilson(k, n, level)
    theirs = binomtest(k, n).proportion_ci(level, "wilson")
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (float(low), float(high)) == pytest.approx(proportion_confint(k, n, 1 - level, "wilson"), abs=1e-12)


def test_it_works_on_arrays_and_knows_nothing_of_no_runs():
    low, high = wilson([0, 5, 10, 0], [10, 10, 10, 0])
    assert low[0] == 0.0
    assert high[2] == 1.0
    assert (low[3], high[3]) == (0.0, 1.0)
    assert ((low <= [0, 0.5, 1, 0.5]) & (high >= [0, 0.5, 1, 0.5])).all()


@pytest.mark.parametrize("true_share", [0.02, 0.3, 0.87, 0.999])
@pytest.mark.parametrize("n", [20, 100, 1000])
def test_it_holds_about_as_often_as_it_says(true_share, n):
    k = np.arange(n + 1)
    low, high = wilson(k, n)
    covers = binom.pmf(k, n, true_share)[(low <= true_share) & (true_share <= high)].sum()
    assert 0.9 < covers <= 1  # it swings around 0.95, most of all for rare events


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_fault_19_impossible_counts_are_refused(k, n):
    with pytest.raises(InvalidParameter):
        share(k, n)
    with pytest.raises(InvalidParameter):
        wilson(k, n)


@pytest.mark.parametrize("level", [0, 1, 1.5, True, float("nan")])
def test_fault_19_a_level_outside_0_to_1_is_refused(level):
    with pytest.raises(InvalidParameter, match="level"):
        wilson(1, 2, level)


def test_a_share_says_itself():
    assert share(0, 0).sentence() == "No runs: nothing was run."
    assert np.isnan(share(0, 0).value)
    assert share(999, 1000).sentence() == "999 of 1,000 runs: 99.9% (95% interval 99.4 to > 99.9%)."
    assert share(3, 4).half_width == pytest.approx((share(3, 4).high - share(3, 4).low) / 2)


@given(st.floats(0, 1))
def test_only_all_is_a_hundred_per_cent_and_only_nothing_is_none(value):
    said = percent(value)
    assert (said == "100.0%") == (value == 1)
    assert (said == "0.0%") == (value == 0)
