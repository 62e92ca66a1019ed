"""A column in numbers: nothing lost, nothing invented."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from separatrix.evaluation.overview._records import ColumnView
from separatrix.evaluation.overview.views import as_text, folds_of, view


def seen(values: object, kind: str, y: np.ndarray, dtype: object = None) -> ColumnView:
    return view(pl.Series("x", values, dtype=dtype), kind, y, folds_of(y))


def test_every_value_is_in_one_bar_of_its_class(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 1000)
    for values in (rng.normal(size=1000), rng.standard_cauchy(1000), rng.poisson(2, 1000) * 1.0, np.ones(1000)):
        spread = seen(values, "number", y).spread
        np.testing.assert_array_equal(spread.counts.sum(0), [1000 - y.sum(), y.sum()])
        assert len(spread.labels) == len(spread.counts) <= 20


def test_bars_are_those_of_numpy_within_the_percentiles(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=500), rng.integers(0, 2, 500)
    edges = np.linspace(*np.quantile(x, (0.01, 0.99)), 21)
    expected = np.histogram(np.clip(x[y == 1], edges[0], edges[-1]), edges)[0]
    np.testing.assert_array_equal(seen(x, "number", y).spread.counts[:, 1], expected)


def test_an_outlier_does_not_flatten_the_histogram(rng: np.random.Generator) -> None:
    x = np.append(rng.normal(size=499), 1e12)
    found = seen(x, "number", np.arange(500) % 2)
    assert (found.spread.counts.sum(1) > 0).sum() == 20
    assert found.high == "1000000000000"


def test_missing_and_different_values_are_counted() -> None:
    found = seen([1.0, None, 2.0, 2.0, None], "number", np.array([0, 1, 0, 1, 1]))
    assert (found.missing, found.distinct, found.low, found.middle, found.high) == (2, 2, "1", "2", "2")
    np.testing.assert_array_equal(found.spread.counts, [[1, 0], [1, 1]])


def test_the_most_frequent_categories_stand_first_and_the_rest_share_a_bar() -> None:
    words = [f"w{k:02d}" for k in range(15) for _ in range(20 - k)]
    y = np.arange(len(words)) % 2
    found = seen(words, "category", y).spread
    assert found.shared
    assert found.labels[:2] == ("w00", "w01")
    assert found.labels[-1] == "5 others"
    assert found.counts.sum() == len(words)
    assert found.counts[-1].sum() == sum(20 - k for k in range(10, 15))


def test_dates_are_written_as_dates() -> None:
    days = [datetime(2020, 1, 1), datetime(2021, 6, 1, 12, 30), None]
    found = seen(days, "date", np.array([0, 1, 0]))
    assert (found.low, found.high) == ("2020-01-01", "2021-06-01 12:30:00")
    assert found.spread.labels == ("2020-01-01", "2021-06-01")


def test_flags_are_counted_like_categories() -> None:
    found = seen([True, True, False, None], "boolean", np.array([0, 1, 0, 1]))
    assert dict(zip(found.spread.labels, found.spread.counts.tolist(), strict=True)) == {
        "true": [1, 1],
        "false": [1, 0],
    }


@pytest.mark.parametrize(
    ("kind", "dtype"), [("number", pl.Float64), ("category", pl.String), ("date", pl.Datetime("us"))]
)
def test_a_column_without_values_has_an_empty_histogram(kind: str, dtype: object) -> None:
    found = seen([None, None], kind, np.array([0, 1]), dtype)
    assert (found.missing, found.distinct, found.low, found.spread.labels) == (2, 0, "", ())


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-2.0, "-2"), (1e-7, "1e-07"), (12345.678, "12346"), (1e20, "1e+20"), (0.5, "0.5"), ("a", "a")],
)
def test_values_are_written_as_people_do(value: object, text: str) -> None:
    assert as_text(value) == text
