"""Permutation importance: scikit-learn's number, with an interval that covers what it says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.inspection import _importance, importance_of
from separatrix.evaluation.inspection._importance import _sizes
from tests.evaluation.inspection.conftest import Known, table

Data = tuple[pl.DataFrame, np.ndarray]


class OnArrays:
    """A scikit-learn classifier of arrays, asked with frames."""

    def __init__(self, inner: LogisticRegression) -> None:
        self.inner = inner

    def predict_proba(self, x: pl.DataFrame) -> np.ndarray:
        return self.inner.predict_proba(x.to_numpy())


@pytest.mark.parametrize("seed", [0, 7])
def test_the_mean_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(150, 4))
    y = (x @ [2.0, 1.0, 0.3, 0.0] + rng.normal(size=150) > 0).astype(int)
    model = LogisticRegression().fit(x, y)
    expected = permutation_importance(model, x, y, scoring="roc_auc", n_repeats=6, random_state=seed)
    found = importance_of(OnArrays(model), pl.DataFrame(x, schema=list("abcd")), y, repeats=6, seed=seed)
    np.testing.assert_allclose(found.mean, expected.importances_mean, atol=1e-12)
    assert found.names == ("a", "b", "c", "d")


def test_what_is_used_counts_and_what_is_not_counts_nothing(known: Known, data: Data) -> None:
    found = dict(zip(*_columns(known, data), strict=True))
    assert found["age"][0] > 0.05
    assert found["job"][0] > 0
    for unused in ("since", "noise"):
        assert found[unused] == (0.0, 0.0)


def _columns(known: Known, data: Data) -> tuple[tuple[str, ...], list[tuple[float, float]]]:
    found = importance_of(known, *data)
    return found.names, list(zip(found.low.tolist(), found.high.tolist(), strict=True))


def test_the_interval_covers_the_importance_in_the_population(known: Known) -> None:
    truth = importance_of(known, *table(2000, seed=10_000), repeats=40).mean[:3]
    hits = np.zeros(3)
    for seed in range(60):
        found = importance_of(known, *table(150, seed=seed), repeats=4, seed=seed)
        hits += (found.low[:3] <= truth) & (truth <= found.high[:3])
    assert (hits / 60 >= 0.85).all()  # of 95%; the truth itself was estimated


def test_the_interval_shrinks_with_more_rows(known: Known) -> None:
    few, many = (importance_of(known, *table(n)) for n in (100, 1600))
    assert many.high[0] - many.low[0] < 0.5 * (few.high[0] - few.low[0])


def test_columns_are_ordered_by_what_they_are_worth(known: Known, data: Data) -> None:
    found = importance_of(known, *data)
    assert found.order()[0] == 0
    assert (np.diff(found.mean[found.order()]) <= 0).all()


def test_the_other_class_as_the_positive_one_gives_the_same(known: Known, data: Data) -> None:
    frame, y = data
    np.testing.assert_allclose(
        importance_of(known, frame, y).mean, importance_of(known, frame, 1 - y, positive=0).mean, atol=1e-12
    )


def test_few_large_batches_are_asked(data: Data) -> None:
    counting = Known()
    importance_of(counting, *data, repeats=5)
    assert counting.rows == 400 * (1 + 5 * 5)
    assert counting.calls == 2  # the rows as they are, and all columns at once


def test_columns_asked_about_one_by_one_give_the_same(
    known: Known, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = importance_of(known, *data)
    monkeypatch.setattr(_importance, "ROWS_AT_ONCE", 1)
    np.testing.assert_array_equal(importance_of(known, *data).mean, together.mean)


@pytest.mark.parametrize(("n", "d"), [(10**6, 30), (10**6, 1000), (500, 30), (500, 200), (50, 2000)])
def test_what_is_asked_stays_bounded_for_large_tables(n: int, d: int) -> None:
    rows, repeats = _sizes(n, d, 10)
    assert min(n, 200) <= rows <= 2000
    assert rows * repeats * d * d <= 4e8 or rows <= 200


def test_a_draw_of_rows_is_repeatable(known: Known) -> None:
    frame, y = table(2500)
    first, second = (importance_of(known, frame, y, repeats=2, seed=4) for _ in range(2))
    assert first.rows == 2000
    np.testing.assert_array_equal(first.mean, second.mean)


def test_what_cannot_be_judged_is_an_error(known: Known, data: Data) -> None:
    frame, y = data
    with pytest.raises(InvalidData, match="both classes"):
        importance_of(known, frame, np.zeros_like(y))
    with pytest.raises(InvalidParameter, match="repeats must be"):
        importance_of(known, frame, y, repeats=0)

    class Broken:
        def predict_proba(self, x: pl.DataFrame) -> np.ndarray:
            return np.full((x.height, 2), np.nan)

    with pytest.raises(InvalidData, match="NaN"):
        importance_of(Broken(), frame, y)
    with pytest.raises(InvalidData, match="two columns"):
        importance_of(type("One", (), {"predict_proba": lambda self, x: np.ones(x.height)})(), frame, y)
