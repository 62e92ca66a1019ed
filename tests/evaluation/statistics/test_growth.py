"""Growth: the logistic and the linear regression of statsmodels, and a refusal where no slope can be told."""

import numpy as np
import pytest
import statsmodels.api as sm

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.growth import growth, trend


@pytest.mark.parametrize("seed", range(12))
def test_slope_interval_and_p_value_are_those_of_statsmodels(seed):
    stream = np.random.default_rng(seed)
    x = stream.choice(64, stream.integers(3, 9), replace=False).astype(float)
    solved = stream.integers(1, 100, len(x)).astype(float)
    theirs = sm.GLM(np.column_stack((solved, 100 - solved)), sm.add_constant(x), family=sm.families.Binomial()).fit()
    found = growth(x, solved, np.full(len(x), 100))
    assert (found.constant, found.slope) == pytest.approx(tuple(theirs.params), rel=1e-6, abs=1e-8)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.conf_int()[1]), rel=1e-6, abs=1e-8)
    assert found.p_value == pytest.approx(theirs.pvalues[1], rel=1e-5, abs=1e-12)
    np.testing.assert_allclose(found.share(x), theirs.fittedvalues, rtol=1e-6)
    assert found.dispersion == pytest.approx(theirs.pearson_chi2 / theirs.df_resid, rel=1e-5)


def test_a_poor_fit_says_so():
    assert "fits poorly" in growth([1, 2, 3], [10, 90, 10], [100] * 3).sentence()


@pytest.mark.parametrize(
    ("x", "solved", "says"),
    [
        ([1, 2], [0, 10], "no slope is too steep"),
        ([1, 2], [10, 10], "all are solved at every x"),
        ([1, 2], [0, 0], "none is solved at any x"),
        ([1, 2, 3], [10, 0, 0], "no slope is too steep"),
        ([1, 1], [3, 4], "two or more different x"),
        ([2, 3, 4], [0, 5, 10], "no slope is too steep"),
    ],
)
def test_no_slope_is_told_where_there_is_none(x, solved, says):
    with pytest.raises(InvalidParameter, match=says):
        growth(x, solved, [10] * len(x))


@pytest.mark.parametrize("seed", range(6))
def test_a_trend_is_the_least_squares_line_of_statsmodels(seed):
    stream = np.random.default_rng(seed)
    x = stream.integers(2, 9, 40).astype(float)
    y = 3 * x + stream.normal(size=40) * 5
    y[stream.integers(0, 40, 3)] = np.nan
    present = np.isfinite(y)
    theirs = sm.OLS(y[present], sm.add_constant(x[present])).fit()
    line = trend(x, y)
    assert (line.constant, line.slope) == pytest.approx(tuple(theirs.params), rel=1e-9)
    assert (line.low, line.high) == pytest.approx(tuple(theirs.conf_int()[1]), rel=1e-9)
    assert line.p_value == pytest.approx(theirs.pvalues[1], rel=1e-6, abs=1e-14)
    assert line.determination == pytest.approx(theirs.rsquared, rel=1e-9)
    assert (line.count, line.left_out) == (int(present.sum()), int((~present).sum()))
    assert (f"{line.left_out} runs are left out" in line.sentence("length")) == (line.left_out > 1)


def test_a_share_changes_by_points():
    line = trend([1, 2, 3, 4], [0.5, 0.61, 0.7, 0.79])
    assert "the exact accuracy changes by +9.6 points (95% interval" in line.sentence("exact accuracy", is_share=True)
    assert "the length changes by +0.096 (95% interval" in line.sentence("length")


def test_a_trend_needs_values_at_two_places():
    for x, y in (([1, 1, 1], [1, 2, 3]), ([1, 2], [1, 2]), ([1, 2, 3], [1, np.nan, 2])):
        with pytest.raises(InvalidParameter, match="three or more values"):
            trend(x, y)
    with pytest.raises(InvalidParameter, match="all values are equal"):
        trend([1, 2, 3], [5, 5, 5])
