"""The blend of base models: the weights of their logits, fitted on rows that a network wasn't trained on.

The out-of-fold logits of all base models are the inputs of a small logistic regression whose weights are at least 0
(stacking, Wolpert 1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from separatrix.estimators.base_models import BaseModel
from separatrix.networks.activations import sigmoid, softplus

EQUALITY = 3.0  # rows that a deviation from equal weights has against it: felt with 200 rows, no longer with 2,000
LEAST_SHARE = 0.01  # a base model with less than this share of the weights is left out


@dataclass(frozen=True, eq=False)
class Blend:
    """Weights of the base models' logits, (b,) float64 of at least 0, and the shift that is added to their sum."""

    weights: np.ndarray
    shift: float


def blend(
    logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, centre: np.ndarray | None = None
) -> Blend:
    """Fit the weights and the shift that minimise the log loss of `logits @ weights + shift`.

    The weights are shrunk towards equality, or another centre, with a penalty worth EQUALITY rows, and a base model with
    less than LEAST_SHARE of them is left out.

    Args:
        logits: out-of-fold logits of each row by each base model, (n, b).
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.
        centre: positive weights that add up to 1, (b,), towards which the weights are shrunk; None for equal ones.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> y = rng.integers(0, 2, 500)
        >>> useful, noise = (2 * y - 1) + rng.normal(size=500), rng.normal(size=500)
        >>> blended = blend(np.stack([useful, noise], axis=1), y)
        >>> bool(blended.weights[0] > 1.5), bool(blended.weights[1] < 0.2)
        (True, True)
    """
    n_models = logits.shape[1]
    centre = np.full(n_models, 1 / n_models) if centre is None else centre
    first = _minimise(logits, y, weight, centre)
    if (
        not first.weights.any()
    ):  # all are worse than the share of the classes, but there must be something to predict with
        return Blend(np.full(len(first.weights), LEAST_SHARE / len(first.weights)), first.shift)
    # a member that adds next to nothing still costs its prediction time and its place in every file
    negligible = first.weights < LEAST_SHARE * first.weights.sum()
    # all weights are negligible only if all are 0, where every share is
    if not negligible.any() or negligible.all():
        return first
    second = _minimise(logits[:, ~negligible], y, weight, centre[~negligible] / centre[~negligible].sum())
    weights = np.zeros(len(negligible))
    weights[~negligible] = second.weights
    return Blend(weights, second.shift)


def softened(y: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Labels as probabilities by Laplace's rule of succession, as in Platt scaling (Platt 1999).

    Without it, rows that are all on the right side would be given any confidence, however few they are.

    Args:
        y: labels 0 and 1, (n,).
        share: weights of the rows, (n,).

    Returns:
        (n,) float64.

    Examples:
        >>> softened(np.array([0, 1, 1, 1]), np.ones(4)).round(3).tolist()
        [0.333, 0.8, 0.8, 0.8]
    """
    negative, positive = (float(share @ (y == label)) for label in (0, 1))
    return np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))


def centre_of(base_models: Sequence[BaseModel], total: float, n_columns: int) -> np.ndarray:
    """The weights towards which a blend is shrunk: equal ones, but for more columns than rows.

    A table of many more columns than rows leaves the networks too little to be told from one another, and the rows
    that are held back are too few to say so. Then the logistic regression has the share 1 - 2 rows / columns.

    Args:
        base_models: those that are blended.
        total: number of rows.
        n_columns: of the table.

    Examples:
        >>> from separatrix.estimators.base_models import BASE_MODELS
        >>> centre_of(list(BASE_MODELS.values()), 30, 200).round(3).tolist()
        [0.06, 0.06, 0.06, 0.06, 0.7, 0.06]
        >>> centre_of(list(BASE_MODELS.values()), 300, 200).round(3).tolist()
        [0.167, 0.167, 0.167, 0.167, 0.167, 0.167]
    """
    # not the sparse one, whose choice of columns is chance where the columns are many and alike
    straight = np.array([not base_model.hidden and not base_model.sparse for base_model in base_models])
    share = max(straight.mean(), 1 - 2 * total / n_columns)
    if straight.all() or not straight.any():
        return np.full(len(straight), 1 / len(straight))
    return np.asarray(np.where(straight, share / straight.sum(), (1 - share) / (~straight).sum()))


def _minimise(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None, centre: np.ndarray) -> Blend:
    """Minimise Σ weight · log loss + EQUALITY / 2 · (b Σ (weights - centre)² + shift²), which is convex."""
    n_models = logits.shape[1]
    equal = np.append(centre, 0.0)
    # as a prior worth EQUALITY rows on each weight and on the shift
    stiffness = EQUALITY * np.append(np.full(n_models, float(n_models)), 1.0)
    share = np.ones(len(y)) if weight is None else weight
    target = softened(y, share)

    def objective(solution: np.ndarray) -> tuple[float, np.ndarray]:
        z = logits @ solution[:-1] + solution[-1]  # (n, b) @ (b,) -> (n,)
        # cross-entropy with soft targets, from logits, so that no probability is rounded to 0
        loss = share @ (softplus(z) - target * z) + 0.5 * stiffness @ (solution - equal) ** 2
        slope = share * (sigmoid(z) - target)
        return float(loss), np.append(slope @ logits, slope.sum()) + stiffness * (solution - equal)

    bounds = [(0.0, None)] * n_models + [(None, None)]  # a negative weight would fit noise
    # L-BFGS-B because the weights have a bound; the problem is convex and tiny
    optimum = minimize(objective, equal, jac=True, method="L-BFGS-B", bounds=bounds)
    return Blend(np.asarray(optimum.x[:-1]), float(optimum.x[-1]))
