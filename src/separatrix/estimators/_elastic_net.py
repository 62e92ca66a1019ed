"""Logistic regressions with an L1 penalty, along a path of penalties: most of their weights are exactly 0.

The penalty is the elastic net's (Zou & Hastie 2005), lasso with a little of a ridge, and the path is followed as in glmnet
(Friedman, Hastie & Tibshirani 2010): a quadratic that touches the log loss is minimised one weight at a time, and each
penalty starts from the solution of the one before. The second derivatives of the quadratic are those of the squared loss,
X'X, times one factor for all rows, so that they are computed once for the whole path; a step that would raise the loss is
repeated with a larger factor, and p (1 - p) is never above a quarter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from separatrix.networks.activations import sigmoid, softplus
from separatrix.support.compilation import announced, kept_exact

L1_SHARE = 0.9  # of the penalty; the rest is L2, by which columns that say the same share a weight
STEPS, SWEEPS = 8, 10  # at most, of the quadratic from one penalty to the next, and over all weights in each
ENOUGH = 1e-3  # nats of all rows together: a step that gains less is the last
STILL = 0.01  # a sweep that moves no weight by more than this, in standard errors, is the last
ROWS_AT_ONCE = 8_192  # of second derivatives: 10 MB for 320 columns


def elastic_net_path(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, penalties: Sequence[float]
) -> Iterator[np.ndarray]:
    """The weights and the bias that minimise the log loss, summed over the rows, plus each penalty.

    With w the weights and λ the penalty this is Σ weight · log loss + λ (0.9 Σ|w| + 0.05 Σw²); the bias is free.

    Args:
        x: inputs, (n, k) float32.
        y: labels 0 and 1, or probabilities, (n,).
        weight: weights of the rows, (n,), or None.
        penalties: from strong to weak.

    Yields:
        For each penalty the weights and then the bias, (k + 1,) float32.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(400, 20)).astype(np.float32)
        >>> [np.flatnonzero(solution[:-1]).tolist() for solution in elastic_net_path(x, x[:, 3] > 0, None, [60, 30])]
        [[3], [3]]
    """
    target, share = np.asarray(y, np.float64), np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    mean = np.clip(share @ target / share.sum(), 1e-9, 1 - 1e-9)
    solution, curvature = np.append(np.zeros(x.shape[1]), np.log(mean / (1 - mean))), _curvature(x, share)
    for penalty in penalties:
        with announced("the sparse logistic regression"):
            solution = _minimise(x, target, share, curvature, solution, float(penalty))
        yield solution.astype(np.float32)


def _minimise(
    x: np.ndarray, y: np.ndarray, share: np.ndarray, curvature: np.ndarray, start: np.ndarray, penalty: float
) -> np.ndarray:
    """The solution for one penalty, (k + 1,) float64."""
    l1, l2 = L1_SHARE * penalty, (1 - L1_SHARE) * penalty

    def loss_of(solution: np.ndarray) -> tuple[float, np.ndarray]:
        z = (x @ solution[:-1].astype(np.float32)).astype(np.float64) + solution[-1]
        size = l1 * np.abs(solution[:-1]).sum() + 0.5 * l2 * solution[:-1] @ solution[:-1]
        return float(share @ (softplus(z) - y * z) + size), z

    solution, (loss, z) = start, loss_of(start)
    for _ in range(STEPS):
        chance = sigmoid(z)
        residual = share * (chance - y)
        slope = np.append(residual.astype(np.float32) @ x, residual.sum()).astype(np.float64)
        mean_variance = max(float(share @ (chance * (1 - chance)) / share.sum()), ENOUGH)
        for factor in _factors(mean_variance):
            candidate = solution + _descend(curvature, slope, solution, l1, l2, factor)
            candidate_loss, candidate_z = loss_of(candidate)
            if candidate_loss <= loss:
                break
        else:  # nothing is lower in float32
            return solution
        gain, solution, loss, z = loss - candidate_loss, candidate, candidate_loss, candidate_z
        if gain < ENOUGH:
            break
    return solution


def _factors(mean_variance: float) -> Iterator[float]:
    """Of the second derivatives: the rows' mean variance, then more, up to the largest that a row can have."""
    while mean_variance < 0.25:
        yield mean_variance
        mean_variance *= 2
    yield 0.25


def _curvature(x: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The products of all columns and of a column of ones, X'X with weights: (k + 1, k + 1) float64."""
    width = x.shape[1]
    products = np.zeros((width + 1, width + 1))
    # float32 products of some thousand rows, added up in float64
    for first in range(0, len(x), ROWS_AT_ONCE):
        rows, part = x[first : first + ROWS_AT_ONCE], share[first : first + ROWS_AT_ONCE].astype(np.float32)
        weighted = rows if (part == 1).all() else rows * part[:, None]
        products[:width, :width] += rows.T @ weighted
        products[width, :width] += part @ rows
    products[:width, width] = products[width, :width]
    products[width, width] = share.sum()
    return products


@kept_exact
def _descend(
    curvature: np.ndarray, slope: np.ndarray, start: np.ndarray, l1: float, l2: float, factor: float
) -> np.ndarray:
    """The step that minimises slope · step + factor / 2 · step' curvature step + the penalty, one weight at a time."""
    size = len(start)
    step, change = np.zeros(size), np.zeros(size)  # change: the slope's, factor · curvature @ step
    for _ in range(SWEEPS):
        largest = 0.0
        for j in range(size):
            bend = factor * curvature[j, j]
            if bend <= 0.0:  # a column of zeros
                continue
            before = start[j] + step[j]
            pull = bend * before - slope[j] - change[j]
            if j == size - 1:
                after = pull / bend
            elif pull > l1:
                after = (pull - l1) / (bend + l2)
            elif pull < -l1:
                after = (pull + l1) / (bend + l2)
            else:
                after = 0.0
            move = after - before
            if move != 0.0:
                step[j] += move
                for i in range(size):
                    change[i] += factor * move * curvature[j, i]
                largest = max(largest, abs(move) * np.sqrt(bend))
        if largest < STILL:
            break
    return step
