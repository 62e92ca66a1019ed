"""The threshold for a metric: nothing tried by hand is better, by scikit-learn's own metrics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from separatrix.evaluation.thresholds import METRICS, best_threshold


def value(metric: str, y: np.ndarray, called: np.ndarray, weight: np.ndarray | None) -> float:
    if metric == "f1":
        return metrics.f1_score(y, called, sample_weight=weight, zero_division=0.0)
    return getattr(metrics, f"{metric}_score" if "accuracy" in metric else metric)(y, called, sample_weight=weight)


def drawn(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with ties, and labels of both classes."""
    draw = np.random.default_rng(seed)
    y = np.append([0, 1], draw.integers(0, 2, rows))
    return np.round(np.clip(0.5 * y + draw.random(len(y)) * 0.6, 0, 1), 1), y


@pytest.mark.parametrize("metric", METRICS)
@given(seed=st.integers(0, 10_000), weighted=st.booleans())
def test_no_threshold_is_better(metric: str, seed: int, weighted: bool) -> None:
    probability, y = drawn(seed, 12)
    weight = np.random.default_rng(seed).integers(1, 5, len(y)).astype(float) if weighted else None
    chosen = best_threshold(probability, y, weight, metric)
    assert 0 <= chosen <= 1
    best = value(metric, y, probability > chosen, weight)
    for other in np.arange(-0.05, 1.1, 0.1):
        assert value(metric, y, probability > other, weight) <= best + 1e-9


def test_of_equal_ones_it_is_the_nearest_to_a_half() -> None:
    assert best_threshold(np.array([0.2, 0.9]), np.array([0, 1]), None, "accuracy") == pytest.approx(0.55)
    assert best_threshold(np.array([0.6, 0.62, 0.9]), np.array([0, 1, 1]), None, "f1") == pytest.approx(0.61)


def test_calling_no_row_positive_may_be_the_best() -> None:
    """A rare class that nothing tells: accuracy then is that of the majority."""
    chosen = best_threshold(np.array([0.4] * 10), np.array([1] + [0] * 9), None, "accuracy")
    assert chosen > 0.4


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_says_what_it_is(metric: str) -> None:
    assert METRICS[metric].name == metric
    assert METRICS[metric].about.endswith(".")
