"""The path of sparse logistic regressions: scikit-learn's solutions, weights as copies, nothing under a strong penalty."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from separatrix.estimators._elastic_net import L1_SHARE, elastic_net_path

PENALTIES = [60.0, 20.0, 6.0, 2.0]


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    common = draw.normal(size=(300, 1))
    # columns that say nearly the same, a constant one, and one of zeros
    x = np.hstack(
        [common + 0.3 * draw.normal(size=(300, 3)), draw.random((300, 5)), np.ones((300, 1)), np.zeros((300, 1))]
    )
    y = draw.random(300) < 1 / (1 + np.exp(-(1.5 * x[:, 0] - 2 * x[:, 4] + 1)))
    return x.astype(np.float32), y.astype(np.float64)


def objective(parameters: np.ndarray, x: np.ndarray, y: np.ndarray, penalty: float) -> float:
    weights = parameters[:-1].astype(np.float64)
    z = x @ weights + parameters[-1]
    size = L1_SHARE * np.abs(weights).sum() + (1 - L1_SHARE) / 2 * weights @ weights
    return float((np.logaddexp(0, z) - y * z).sum() + penalty * size)


@pytest.mark.parametrize("at", range(len(PENALTIES)))
def test_the_solution_is_as_good_as_scikit_learns(rows: tuple[np.ndarray, np.ndarray], at: int) -> None:
    x, y = rows
    solution = list(elastic_net_path(x, y, None, PENALTIES))[at]
    expected = LogisticRegression(C=1 / PENALTIES[at], l1_ratio=L1_SHARE, solver="saga", tol=1e-6, max_iter=20_000)
    expected.fit(x, y)
    best = objective(np.append(expected.coef_, expected.intercept_), x, y, PENALTIES[at])
    assert objective(solution, x, y, PENALTIES[at]) <= best + 0.05


def test_a_penalty_above_the_largest_slope_leaves_the_share_of_the_classes(rows: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = rows
    (solution,) = elastic_net_path(x, y, None, [10_000.0])
    assert not solution[:-1].any()
    assert 1 / (1 + np.exp(-solution[-1])) == pytest.approx(y.mean(), abs=1e-4)


def test_weaker_penalties_use_more_columns_and_fit_better(rows: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = rows
    path = list(elastic_net_path(x, y, None, PENALTIES))
    used = [np.count_nonzero(solution[:-1]) for solution in path]
    losses = [objective(solution, x, y, 0.0) for solution in path]
    assert used[0] < used[-1]
    assert losses == sorted(losses, reverse=True)
    assert not any(solution[-2] for solution in path)  # the column of zeros


def test_weights_count_as_copies(rows: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = rows
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = list(elastic_net_path(x, y, weight.astype(float), PENALTIES))
    copied = list(elastic_net_path(np.repeat(x, weight, axis=0), np.repeat(y, weight), None, PENALTIES))
    np.testing.assert_allclose(weighted, copied, atol=0.02)


def test_a_single_row_has_a_finite_solution() -> None:
    (solution,) = elastic_net_path(np.ones((1, 2), np.float32), np.ones(1), None, [1.0])
    assert np.isfinite(solution).all()
