"""Weights of base models: the minimum is one, sure n_models are damped, useless ones left out, few rows stay near equal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.estimators._blending import EQUALITY, LEAST_SHARE, blend, centre_of
from separatrix.estimators.base_models import BASE_MODELS
from separatrix.estimators.ensemble import SeparatrixClassifier

DRAW = np.random.default_rng(0)


def drawn(rows: int, n_models: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and logits that say something of them."""
    draw = np.random.default_rng(seed)
    y = draw.integers(0, 2, rows)
    return draw.normal(size=(rows, n_models)) + (2 * y - 1)[:, None], y


def objective(logits: np.ndarray, y: np.ndarray, weights: np.ndarray, shift: float) -> float:
    """What is minimised, written out anew."""
    n_models = logits.shape[1]
    z = logits @ weights + shift
    ones, zeros = y.sum(), (1 - y).sum()
    soft = np.where(y == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))  # Platt 1999
    loss = (soft * np.logaddexp(0, -z) + (1 - soft) * np.logaddexp(0, z)).sum()
    return float(loss + EQUALITY / 2 * (n_models * ((weights - 1 / n_models) ** 2).sum() + shift**2))


@given(st.integers(0, 1_000), st.integers(1, 4))
def test_no_weights_nearby_are_better(seed: int, n_models: int) -> None:
    logits, y = drawn(80, n_models, seed)
    found = blend(logits, y)
    if (found.weights == 0).any():
        return  # left out, and solved without them
    best = objective(logits, y, found.weights, found.shift)
    draw = np.random.default_rng(seed)
    for _ in range(20):
        weights = np.maximum(found.weights + 0.05 * draw.normal(size=n_models), 0)
        assert objective(logits, y, weights, found.shift + 0.05 * draw.normal()) >= best - 1e-6


def test_a_base_model_that_is_too_sure_of_itself_gets_a_smaller_weight() -> None:
    logits, y = drawn(2_000, 1)
    (plain,), (loud,) = blend(logits, y).weights, blend(10 * logits, y).weights
    assert loud == pytest.approx(plain / 10, rel=0.05)


def test_a_shift_puts_the_mean_probability_right() -> None:
    logits, y = drawn(2_000, 2)
    found = blend(logits + 1.5, y)
    probability = 1 / (1 + np.exp(-((logits + 1.5) @ found.weights + found.shift)))
    assert probability.mean() == pytest.approx(y.mean(), abs=0.01)


def test_a_base_model_that_says_nothing_is_left_out_and_the_others_are_weighed_without_it() -> None:
    logits, y = drawn(3_000, 2)
    wrong = np.column_stack([logits, -logits[:, 0]])
    found = blend(wrong, y)
    assert found.weights[2] == 0
    assert found.weights[:2].min() > LEAST_SHARE
    np.testing.assert_allclose(found.weights[:2], blend(logits, y).weights, rtol=1e-6)


def test_few_rows_leave_all_weights_near_alike() -> None:
    logits, y = drawn(4, 4)
    assert np.abs(blend(logits, y).weights - 0.25).max() < 0.15


def test_a_weight_of_k_counts_as_k_rows() -> None:
    logits, y = drawn(60, 3)
    weight = np.random.default_rng(1).integers(0, 4, 60).astype(float)
    copied = np.repeat(np.arange(60), weight.astype(int))
    once, often = blend(logits, y, weight), blend(logits[copied], y[copied])
    np.testing.assert_allclose(once.weights, often.weights, atol=1e-4)
    assert once.shift == pytest.approx(often.shift, abs=1e-4)


def test_no_more_is_claimed_than_the_rows_can_show() -> None:
    """Twenty rows of each class on the right side, with every confidence: the next may be the one in twenty-two."""
    y = np.array([0, 1] * 20)
    found = blend(9.0 * (2.0 * y - 1)[:, None], y)
    assert 9 * found.weights[0] + abs(found.shift) < np.log(21) + 0.5


def test_huge_logits_stay_finite() -> None:
    y = np.array([0, 1] * 20)
    found = blend(1e4 * (2.0 * y - 1)[:, None], y)
    assert np.isfinite([*found.weights, found.shift]).all()


def test_models_that_are_all_worse_than_the_classes_share_still_predict():
    y = np.arange(40) % 2
    logits = np.stack([4.0 - 8.0 * y, 3.0 - 6.0 * y], axis=1)  # sure of the wrong class
    blended = blend(logits, y)
    assert (blended.weights > 0).all()
    assert np.abs(logits @ blended.weights + blended.shift).max() < 0.1


def test_noise_can_be_fitted():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(24, 3)), np.arange(24) % 2
    model = SeparatrixClassifier(n_members=1, random_state=0).fit(x, y)
    assert np.isfinite(model.predict_proba(x)).all()


def test_few_rows_of_many_columns_are_left_to_the_logistic_regression() -> None:
    """What the few held-back rows can't say is said by the shape of the table; enough rows overrule it."""
    draw = np.random.default_rng(11)
    centre, linear = centre_of(list(BASE_MODELS.values()), 30, 200), list(BASE_MODELS).index("linear")
    y = draw.integers(0, 2, 6_000)
    logits = (2 * y - 1)[:, None] + draw.normal(size=(6_000, len(centre)))
    few, plain = (blend(logits[:30], y[:30], centre=each).weights for each in (centre, None))
    assert few[linear] / few.sum() > plain[linear] / plain.sum() + 0.1
    many, plain = (blend(logits, y, centre=each).weights for each in (centre, None))
    np.testing.assert_allclose(many, plain, rtol=0.1)
