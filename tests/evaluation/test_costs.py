"""Costs, net benefit and undecided rows: against the definitions, counted row by row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.costs import (
    cheapest_threshold,
    checked_costs,
    checked_row_costs,
    compute_costs,
    compute_net_benefit,
    unsure_band,
    unweighted_threshold,
    weighted_probability,
)
from separatrix.evaluation.scores import scored


def rows_of(seed, n=200):
    rng = np.random.default_rng(seed)
    y = np.append([0, 1], rng.integers(0, 2, n - 2))
    return y, np.clip(rng.normal(0.3 + 0.3 * y, 0.25), 0.01, 0.99).round(2)


def cost_at(y, p, threshold, false_positive, false_negative, weight=1.0):
    positive = weighted_probability(p, false_positive, false_negative) > threshold
    return np.sum(weight * np.where(y == 1, ~positive * false_negative, positive * false_positive))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 20), st.floats(0.05, 20), st.booleans())
def test_no_threshold_is_cheaper_than_the_cheapest(seed, false_positive, false_negative, by_row):
    y, p = rows_of(seed, 60)
    if by_row:
        false_negative = np.random.default_rng(seed).exponential(false_negative, 60)
    weight = np.random.default_rng(seed).integers(1, 4, 60).astype(float)
    best = cheapest_threshold(p, y, weight, false_positive, false_negative)
    costs = [cost_at(y, p, t, false_positive, false_negative, weight) for t in np.linspace(-0.001, 1.001, 400)]
    assert cost_at(y, p, best, false_positive, false_negative, weight) <= min(costs) + 1e-9


def test_with_right_probabilities_the_cheapest_threshold_is_the_ratio_of_the_costs():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    y = (rng.random(200_000) < p).astype(int)
    threshold = unweighted_threshold(cheapest_threshold(p, y, None, 1, 12), 1, 12)
    assert threshold == pytest.approx(1 / 13, abs=0.02)


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.25, 0.5, 0.9])
def test_the_curve_of_costs_counts_rows(threshold):
    y, p = rows_of(1)
    curve = compute_costs(scored(y, p), 2, 7)
    by_row = np.where(y == 1, (p < threshold) * 7.0, (p >= threshold) * 2.0)
    at = int(np.argmin(np.abs(curve.threshold - threshold)))
    assert curve.cost[at] == pytest.approx(by_row.mean())
    assert curve.high[at] - curve.cost[at] == pytest.approx(1.96 * by_row.std() / np.sqrt(len(y)), rel=1e-3)
    assert (curve.all_positive, curve.all_negative) == pytest.approx((2 * np.mean(y == 0), 7 * np.mean(y == 1)))


@pytest.mark.parametrize("threshold", [0.05, 0.25, 0.5, 0.8])
def test_the_net_benefit_is_that_of_its_definition(threshold):
    y, p = rows_of(2)
    curve = compute_net_benefit(scored(y, p))
    odds, acted = threshold / (1 - threshold), p >= threshold
    expected = np.mean(acted & (y == 1)) - np.mean(acted & (y == 0)) * odds
    at = int(np.argmin(np.abs(curve.threshold - threshold)))
    assert curve.benefit[at] == pytest.approx(expected)
    assert curve.treat_all[at] == pytest.approx(y.mean() - (1 - y.mean()) * odds)


def test_the_useful_range_ends_where_acting_on_all_or_none_is_as_good():
    y = np.repeat([0, 1], 50)
    useful = compute_net_benefit(scored(y, np.where(y == 1, 0.7, 0.2))).useful()
    assert useful == pytest.approx((0.205, 0.7), abs=0.006)
    assert compute_net_benefit(scored(y, np.full(100, 0.5))).useful() is None


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 0.4), st.sampled_from([0.2, 0.5, 0.7]))
def test_outside_of_the_band_few_decisions_are_wrong_on_either_side(seed, error, threshold):
    y, p = rows_of(seed, 80)
    band = unsure_band(p, y, error, threshold=threshold)
    for side, label in ((p < band.low, 0), (p >= band.high, 1)):
        beyond = (p < threshold) == (label == 0)  # a band that ends at the threshold may cut its side off
        assert not (side & ~beyond).any()
    decided = ~band.unsure(p)
    assert band.coverage.successes == decided.sum()
    wrong = decided & ((p >= band.high) != (y == 1))
    assert band.error.successes == wrong.sum()
    assert "decided" in band.sentence()


def test_a_band_leaves_out_the_rows_that_are_often_wrong():
    y, p = np.array([0] * 90 + [1] * 90), np.repeat([0.1, 0.4, 0.9, 0.1, 0.4, 0.9], [60, 28, 2, 2, 28, 60])
    band = unsure_band(p, y, 0.05)
    assert (band.coverage.successes, band.error.successes, band.error_without.successes) == (124, 4, 32)
    doubled = unsure_band(p, y, 0.05, weight=np.full(180, 2.0))
    assert (doubled.low, doubled.high, doubled.coverage) == (band.low, band.high, band.coverage)


def test_where_no_row_can_be_decided_the_band_is_everything():
    band = unsure_band(np.full(20, 0.5), np.repeat([0, 1], 10), 0.1)
    assert (band.low, band.high, band.coverage.successes) == (0.0, float("inf"), 0)
    assert band.sentence() == "No row can be decided with so few errors."


@pytest.mark.parametrize(
    "costs",
    [{}, [1, 2], {"false_positve": 1}, {"false_negative": 0}, {"false_negative": -1}, {"false_positive": float("nan")}],
)
def test_costs_that_are_none_are_refused(costs):
    with pytest.raises(InvalidParameter, match="costs"):
        checked_costs(costs)


@pytest.mark.parametrize("values", [[1, 2], [1.0, -1.0, 2.0], [1.0, np.nan, 2.0], [1.0, np.inf, 2.0], ["a", "b", "c"]])
def test_costs_of_rows_that_are_none_are_refused(values):
    with pytest.raises(InvalidData, match="false negative"):
        checked_row_costs("false_negative", values, 3)
