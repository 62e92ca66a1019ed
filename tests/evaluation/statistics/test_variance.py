"""The variance split: mean squares as statsmodels' analysis of variance, and parts that were planted."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.variance import components, variance_split


def planted(data, initial, rest, shape=(40, 30), seed=0):
    stream = np.random.default_rng(seed)
    rows, columns = stream.normal(0, data, (shape[0], 1)), stream.normal(0, initial, (1, shape[1]))
    return rows + columns + stream.normal(0, rest, shape)


def test_components_are_those_of_the_analysis_of_variance():
    table = planted(1.0, 0.5, 0.7, (6, 5))
    frame = pd.DataFrame([(i, j, table[i, j]) for i in range(6) for j in range(5)], columns=["a", "b", "y"])
    squares = anova_lm(ols("y ~ C(a) + C(b)", frame).fit())
    mean = squares["sum_sq"] / squares["df"]
    expected = ((mean["C(a)"] - mean["Residual"]) / 5, (mean["C(b)"] - mean["Residual"]) / 6, mean["Residual"])
    assert components(table) == pytest.approx(expected)


def test_planted_parts_are_found_within_their_intervals():
    found = variance_split(planted(1.0, 0.5, 0.5, seed=1), resamples=400)
    for share, ends, true in (
        (found.data_share, found.data_interval, 2 / 3),
        (found.initial_share, found.initial_interval, 1 / 6),
        (found.rest_share, found.rest_interval, 1 / 6),
    ):
        assert ends[0] <= true <= ends[1]
        assert ends[0] <= share <= ends[1]
    assert found.data_share + found.initial_share + found.rest_share == pytest.approx(1)
    assert "40 × 30 seeds" in found.sentence()


def test_the_same_seed_gives_the_same_intervals():
    table = planted(1, 1, 1, (8, 8))
    assert variance_split(table, resamples=99) == variance_split(table, resamples=99)


def test_nothing_that_varies_is_said():
    assert "nothing varies" in variance_split(np.ones((4, 4), bool)).sentence()


@pytest.mark.parametrize("table", [np.ones((1, 5)), np.ones(5), np.full((3, 3), np.nan)])
def test_what_is_no_table_of_pairs_is_refused(table):
    with pytest.raises(InvalidParameter, match="pair of two or more seeds"):
        variance_split(table)
