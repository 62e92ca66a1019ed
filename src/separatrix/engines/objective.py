"""The function that training minimises, in plain NumPy: what an engine's own arithmetic is measured by."""

from __future__ import annotations

import numpy as np

from separatrix.engines.base import Measure, Task
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network

BLOCK = 4_096  # rows measured in one go: a million rows need no more memory than these


def penalty(network: Network, parameters: np.ndarray, l1: float, l2: float) -> float:
    """l1 · Σ|w| + l2 / 2 · Σ w² over the weights (not the biases) of parameters (p,)."""
    if l1 == l2 == 0:
        return 0.0
    weights = parameters[network.is_weight].astype(np.float64)
    return float(l1 * np.abs(weights).sum() + l2 / 2 * (weights * weights).sum())


def data_loss(
    network: Network,
    loss: str,
    gamma: float,
    parameters: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
) -> tuple[float, float]:
    """Mean loss without penalties, and share of rows on the right side, of rows x (n, d), y (n,), weight (n,)."""
    total, right = 0.0, 0
    for first in range(0, len(x), BLOCK):
        rows = slice(first, first + BLOCK)
        with np.errstate(over="ignore", invalid="ignore"):  # the loop looks for NaN and inf
            z = network.logit(parameters, x[rows])
            each = LOSSES[loss].value(z, y[rows], gamma)
        total += float(np.sum(each if weight is None else each * weight[rows], dtype=np.float64))
        right += int(np.count_nonzero((z > 0) == (y[rows] > 0.5)))
    return total / len(x), right / len(x)


def measure(task: Task, parameters: np.ndarray) -> Measure:
    """Losses and accuracies of a `Network` with a named loss at parameters (p,)."""
    network, recipe = task.network, task.recipe
    if not isinstance(network, Network) or not isinstance(recipe.loss, str):
        raise TypeError("measure() takes a Network and a loss by name")
    loss, accuracy = data_loss(network, recipe.loss, recipe.focal_gamma, parameters, task.x, task.y, task.weight)
    loss += penalty(network, parameters, recipe.l1, recipe.l2)
    if task.validation_x is None or task.validation_y is None:
        return Measure(loss, accuracy)
    validation = data_loss(
        network,
        recipe.loss,
        recipe.focal_gamma,
        parameters,
        task.validation_x,
        task.validation_y,
        task.validation_weight,
    )
    return Measure(loss, accuracy, *validation)
