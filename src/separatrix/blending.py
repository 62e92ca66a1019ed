"""How much each family counts: weights of their logits, learnt from rows that the members weren't trained on.

The logit of the whole is Σ w · z + b over the families' mean logits z: a logarithmic opinion pool, whose weights are those
of stacking (Wolpert 1992; not negative, as Breiman 1996 found better) and of temperature scaling (Guo et al. 2017) at
once: a family that is too sure of itself is given a smaller weight, and so are all of them together.

Labels are softened as Platt (1999) softens them, by one row of each class more: where n rows were all on the right side,
the next one is so with a probability of (n + 1) / (n + 2), and no weight may claim more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from separatrix.activations import sigmoid, softplus

HOLD = 3.0  # rows that say "all alike" to each weight: with 200 rows it is felt, with 2,000 no longer
LEAST = 0.01  # a family with less than this share of the weights is left out


@dataclass(frozen=True, eq=False)
class Blend:
    """Weights of the families, (f,) float64 of at least 0, and what is added."""

    weights: np.ndarray
    shift: float


def blend(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Blend:
    """Weights that make the log loss of `logits @ weights + shift` small.

    Args:
        logits: of each row by each family, from members that weren't trained on it, (n, f).
        y: labels 0 and 1, (n,).
        weight: of the rows, (n,), or None.

    Examples:
        >>> draw = np.random.default_rng(0)
        >>> y = draw.integers(0, 2, 500)
        >>> right, noise = (2 * y - 1) + draw.normal(size=500), draw.normal(size=500)
        >>> found = blend(np.stack([right, noise], axis=1), y)
        >>> bool(found.weights[0] > 1.5), bool(found.weights[1] < 0.2)
        (True, True)
    """
    found = _solved(logits, y, weight)
    few = found.weights < LEAST * found.weights.sum()
    if few.any() and not few.all():
        kept = _solved(logits[:, ~few], y, weight)
        weights = np.zeros(len(few))
        weights[~few] = kept.weights
        return Blend(weights, kept.shift)
    return found


def softened(y: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Labels as probabilities, (n,) float64; share: the rows' weights, (n,).

    Examples:
        >>> softened(np.array([0, 1, 1, 1]), np.ones(4)).round(3).tolist()
        [0.333, 0.8, 0.8, 0.8]
    """
    none, all_ = (float(share @ (y == label)) for label in (0, 1))
    return np.where(y == 1, (all_ + 1) / (all_ + 2), 1 / (none + 2))


def _solved(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Blend:
    count = logits.shape[1]
    start = np.append(np.full(count, 1 / count), 0.0)  # all alike, nothing added
    hold = HOLD * np.append(np.full(count, float(count)), 1.0)
    share = np.ones(len(y)) if weight is None else weight
    soft = softened(y, share)

    def objective(at: np.ndarray) -> tuple[float, np.ndarray]:
        z = logits @ at[:-1] + at[-1]  # (n, f) @ (f,) -> (n,)
        loss = share @ (softplus(z) - soft * z) + 0.5 * hold @ (at - start) ** 2
        slope = share * (sigmoid(z) - soft)
        return float(loss), np.append(slope @ logits, slope.sum()) + hold * (at - start)

    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Blend(np.asarray(found.x[:-1]), float(found.x[-1]))
