"""What a column tells by itself: seen in any shape, cross-validated, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from separatrix.evaluation.overview.views import alone, bins_of, folds_of


def auc_of(values: object, y: np.ndarray, kind: str) -> float:
    return alone(*bins_of(pl.Series("x", values), kind), y, folds_of(y))


def test_each_fold_gets_its_share_of_each_class() -> None:
    y = np.array([0] * 103 + [1] * 17)
    for label in (0, 1):
        counts = np.bincount(folds_of(y)[y == label], minlength=5)
        assert np.ptp(counts) <= 1


def test_a_class_of_one_row_leaves_one_fold_and_no_answer() -> None:
    y = np.array([0] * 30 + [1])
    assert folds_of(y).max() == 0
    assert np.isnan(auc_of(y * 1.0, y, "number"))


def test_it_is_the_auc_of_each_row_scored_by_the_rows_of_other_folds(rng: np.random.Generator) -> None:
    y, words = rng.integers(0, 2, 90), rng.choice(list("abcde"), 90)
    folds = folds_of(y)
    scores = []
    for k in range(90):
        others = (folds != folds[k]) & (words == words[k])
        scores.append((y[others].sum() + y.mean()) / (others.sum() + 1))
    assert auc_of(words, y, "category") == pytest.approx(roc_auc_score(y, scores))


def test_a_shape_that_no_line_follows_is_seen(rng: np.random.Generator) -> None:
    x = rng.normal(size=600)
    y = (np.abs(x) > 0.7).astype(int)
    assert roc_auc_score(y, x) < 0.6
    assert auc_of(x, y, "number") > 0.97


def test_noise_and_identifiers_say_nothing(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 500)
    assert 0.4 < auc_of(rng.normal(size=500), y, "number") < 0.6
    assert auc_of([f"row {k}" for k in range(500)], y, "category") == pytest.approx(0.5)


def test_a_missing_value_is_a_value(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 300)
    values = pl.Series(np.where(y == 1, np.nan, rng.normal(size=300))).fill_nan(None)
    assert auc_of(values, y, "number") == 1.0
    assert auc_of(pl.Series(["there" if each == 0 else None for each in y]), y, "category") == 1.0


@pytest.mark.parametrize("kind", ["number", "category", "boolean", "date"])
def test_a_column_without_any_value_says_nothing(kind: str) -> None:
    kinds = {"number": pl.Float64, "category": pl.String, "boolean": pl.Boolean, "date": pl.Datetime("us")}
    y = np.array([0, 1] * 20)
    assert auc_of(pl.Series([None] * 40, dtype=kinds[kind]), y, kind) == pytest.approx(0.5)
