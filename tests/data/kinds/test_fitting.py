import datetime as dt

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.kinds import KINDS, EncodingSettings
from separatrix.data.kinds._quantiles import knots_between, moments, quantiles
from separatrix.data.kinds.number import number_codes

LEVELS = np.array([0.0, 0.25, 0.5, 0.9, 1.0])
ROBUST = EncodingSettings("robust", 4, 10.0, "auto")


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30), st.data())
def test_weighted_quantiles_are_those_of_copies(values, data):
    weight = data.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    table = np.array([values])
    copies = np.repeat(table, weight, axis=1)
    assert np.array_equal(quantiles(table, np.array(weight, float), LEVELS), quantiles(copies, None, LEVELS))


def test_quantiles_are_numbys_inverted_distribution_function():
    x = np.random.default_rng(0).normal(size=(3, 101))
    expected = np.quantile(x, LEVELS, axis=1, method="inverted_cdf").T
    assert np.array_equal(quantiles(x, None, LEVELS), expected)


def test_many_rows_give_the_same_by_another_way(monkeypatch):
    from separatrix.data.kinds import _quantiles

    x = np.random.default_rng(0).normal(size=(3, 101)).round(1)
    expected = quantiles(x, None, LEVELS)
    monkeypatch.setattr(_quantiles, "MANY", 10)
    assert np.array_equal(quantiles(x, None, LEVELS), expected)
    x[0, 0] = np.nan
    assert np.array_equal(quantiles(x, None, LEVELS)[1:], expected[1:])


def test_missing_numbers_are_left_out():
    x = np.array([[3.0, np.nan, 1, 2], [np.nan] * 4])
    assert quantiles(x, None, np.array([0.5]))[0] == 2
    assert np.isnan(quantiles(x, None, np.array([0.5]))[1])


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_moments_do_not_overflow(scale):
    mean, deviation = moments(np.array([1.0, 2, 3, np.nan]) * scale, None)
    assert mean == pytest.approx(2 * scale)
    assert deviation == pytest.approx(np.sqrt(2 / 3) * scale)


def test_quantile_codes_rise_from_end_to_end():
    (code,) = number_codes(["a"], np.arange(100.0)[None], None, EncodingSettings("quantile", 10, 10.0, False))
    made = code.encode_numbers(np.array([-5.0, 0, 50, 99, 500]))[:, 0]
    assert made[[0, 1]].tolist() == pytest.approx([-np.sqrt(3)] * 2)
    assert made[[3, 4]].tolist() == pytest.approx([np.sqrt(3)] * 2)
    assert abs(made[2]) < 0.1


def test_equal_knots_are_one():
    x = np.r_[np.zeros(90), np.arange(1.0, 11)][None]
    (code,) = number_codes(["a"], x, None, EncodingSettings("piecewise", 8, 10.0, False))
    assert np.all(np.diff(code.knots) > 0)


def test_a_date_has_the_periods_that_it_spans():
    def periods(*moments):
        return KINDS["date"].fitted(polars.Series("d", moments, dtype=polars.Datetime("us")), ROBUST).periods

    day = dt.datetime(2024, 5, 1)
    assert periods(day, day + dt.timedelta(days=1)) == ()
    assert periods(day, day + dt.timedelta(days=5)) == ("week",)
    assert periods(day, day + dt.timedelta(days=300)) == ("week", "year")
    assert periods(day, day + dt.timedelta(hours=7)) == ("day",)
    assert periods(None, None) == ()


COUNTS = st.lists(st.one_of(st.sampled_from([0.0, 1.0, 2.0]), st.floats(-1e6, 1e6)), min_size=1, max_size=60)


@given(COUNTS, st.integers(1, 8), st.data())
def test_knots_are_distinct_values_from_the_smallest_to_the_largest(values, pieces, data):
    weight = data.draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    row = np.array(values)
    knots = knots_between(row, None, pieces)
    assert len(knots) <= pieces + 1
    assert set(knots) <= set(values)
    assert (np.diff(knots) > 0).all()
    assert (knots[0], knots[-1]) == (row.min(), row.max())
    copies = knots_between(np.repeat(row, weight), None, pieces)
    assert np.array_equal(knots_between(row, np.array(weight, float), pieces), copies)


def test_a_count_that_is_mostly_nought_is_cut_above_nought():
    row = np.r_[np.zeros(900), np.arange(1, 101)]
    assert knots_between(row, None, 4).tolist() == [0, 1, 34, 67, 100]
    code = number_codes(["visits"], row[None], None, EncodingSettings("both", 8, 10.0, "auto"))[0]
    assert code.knots.tolist() == [0, 1, 34, 67, 100]
    # none against one: the first piece is a step
    assert code.encode_numbers(np.array([0.0, 1.0]))[:, 1].tolist() == [0, 1]


def test_a_column_without_values_has_no_knots():
    assert len(knots_between(np.array([np.nan, np.nan]), None, 4)) == 0
