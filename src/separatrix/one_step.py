"""One step of training in numbers: forward, loss, backward and the correction of every weight, as records.

This is backpropagation as one would do it by hand (Rumelhart, Hinton & Williams 1986), in float64 and in full. It serves
to be looked at; the engines do the same faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.activations import sigmoid
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.losses import LOSSES
from separatrix.network import Network
from separatrix.points import Points
from separatrix.recipe import Recipe
from separatrix.streams import stream_seed


@dataclass(frozen=True, eq=False)
class LayerStep:
    """One layer, forward and backward. B rows, `fan_in` inputs, `fan_out` units.

    Attributes:
        name: "fc1", …
        activation: its name; for the last layer "sigmoid" or "softmax".
        inputs: what comes in, (B, fan_in).
        weight: before the step, (fan_out, fan_in).
        bias: before the step, (fan_out,).
        z: inputs · weightᵀ + bias, (B, fan_out).
        a: activation of z, (B, fan_out); for the last layer the probability of class 1, or of both classes.
        delta: d loss / d z, (B, fan_out).
        weight_gradient: deltaᵀ · inputs, plus the penalties' part, (fan_out, fan_in).
        bias_gradient: the sum of delta over the rows, (fan_out,).
        new_weight: weight - lr · weight_gradient.
        new_bias: bias - lr · bias_gradient.
    """

    name: str
    activation: str
    inputs: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    z: np.ndarray
    a: np.ndarray
    delta: np.ndarray
    weight_gradient: np.ndarray
    bias_gradient: np.ndarray
    new_weight: np.ndarray
    new_bias: np.ndarray


@dataclass(frozen=True, eq=False)
class OneStep:
    """One step of gradient descent on a few rows.

    Attributes:
        network: the description.
        loss_name: the loss.
        lr: the learning rate.
        x: inputs, (B, d).
        y: labels, (B,).
        layers: every layer, first to last.
        row_loss: loss of each row, (B,).
        loss: their mean, penalties included.
        loss_after: the same with the new weights.
        gradient: of all parameters, (p,), in the order of `Network.layout`.
        parameters_after: (p,).
    """

    network: Network
    loss_name: str
    lr: float
    x: np.ndarray
    y: np.ndarray
    layers: tuple[LayerStep, ...]
    row_loss: np.ndarray
    loss: float
    loss_after: float
    gradient: np.ndarray
    parameters_after: np.ndarray


def one_step(network: Network, recipe: Recipe, points: Points, parameters: np.ndarray | None = None) -> OneStep:
    """Compute one full-batch step of plain gradient descent, with everything in between.

    Args:
        network: the description.
        recipe: its loss, lr, l1, l2 and focal_gamma are used; the optimiser must be SGD without momentum.
        points: the rows of the step, x (B, d).
        parameters: (p,); by default drawn from the recipe's seed, as `train` does.

    Raises:
        InvalidParameter: another optimiser, or a loss that doesn't fit the outputs.
        InvalidData: points or parameters that don't fit the network.

    Examples:
        >>> import separatrix as sx
        >>> step = one_step(sx.Network.parse("2-4-4-1"), sx.Recipe(), sx.circle(n=4, seed=0))
        >>> step.layers[1].weight_gradient.shape, step.loss_after < step.loss
        ((4, 4), True)
    """
    if recipe.optimizer != "sgd" or recipe.momentum:
        raise InvalidParameter("one_step: optimizer must be 'sgd' without momentum: weight - lr · gradient is its whole rule.")
    if not isinstance(recipe.loss, str) or LOSSES[recipe.loss].outputs != network.n_outputs:
        raise InvalidParameter(f"one_step: loss {recipe.loss!r} doesn't fit the {network.n_outputs} output(s) of {network}.")
    if parameters is None:
        parameters = network.initialise(stream_seed(recipe.seed, "initial"))
    start = np.asarray(parameters, np.float64)
    if start.ndim != 1:
        raise InvalidData(f"expected the parameters of one run, (p,), got shape {start.shape}.")
    x, y = points.x.astype(np.float64), points.y.astype(np.float64)
    row_loss, layers = _layers(network, recipe, start, x, y)
    gradient = np.concatenate(
        [part.ravel() for layer in layers for part in (layer.weight_gradient, layer.bias_gradient)]
    )
    after = start - recipe.lr * gradient
    return OneStep(
        network, recipe.loss, recipe.lr, x, y, layers, row_loss, float(row_loss.mean()) + _penalty(network, recipe, start),
        float(_layers(network, recipe, after, x, y)[0].mean()) + _penalty(network, recipe, after), gradient, after,
    )  # fmt: skip  # in the order of the class


def _layers(
    network: Network, recipe: Recipe, parameters: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, tuple[LayerStep, ...]]:
    """The loss of each row, and every layer forward and backward."""
    loss = LOSSES[str(recipe.loss)]
    passed = network.trace(parameters, x)
    inputs = [x, *(a for _, a in passed[:-1])]
    split = network.split(parameters)

    # Backward: from d loss / d z of the last layer to that of the first. The mean over B rows puts 1 / B into each.
    logit = network.logit(parameters, x)
    slope = loss.slope(logit, y, recipe.focal_gamma) / len(y)
    delta = slope[:, None] if network.n_outputs == 1 else np.column_stack((-slope, slope))  # (B, outputs)
    deltas = [delta]
    for k in range(len(split) - 1, 0, -1):
        z = passed[k - 1][0]
        delta = (delta @ split[k][0]) * network.activations[k - 1].slope(z)  # (B, out) @ (out, in) -> (B, in)
        deltas.insert(0, delta)

    layers = []
    for k, (layer, (weight, bias), delta) in enumerate(zip(network.layout, split, deltas, strict=True)):
        last = k == len(split) - 1
        z, a = passed[k]
        weight_gradient = delta.T @ inputs[k]  # (out, B) @ (B, in) -> (out, in)
        weight_gradient += recipe.l1 * np.sign(weight) + recipe.l2 * weight
        bias_gradient = delta.sum(axis=0)
        layers.append(
            LayerStep(
                layer.name, _activation_name(network, k), inputs[k], weight, bias, z,
                _probability(network, z) if last else a, delta, weight_gradient, bias_gradient,
                weight - recipe.lr * weight_gradient, bias - recipe.lr * bias_gradient,
            )  # fmt: skip  # in the order of the class
        )
    return loss.value(logit, y, recipe.focal_gamma), tuple(layers)


def _activation_name(network: Network, k: int) -> str:
    if k < len(network.activations):
        return network.activations[k].name
    return "sigmoid" if network.n_outputs == 1 else "softmax"


def _probability(network: Network, z: np.ndarray) -> np.ndarray:
    if network.n_outputs == 1:
        return sigmoid(z)
    return np.column_stack((sigmoid(z[:, 0] - z[:, 1]), sigmoid(z[:, 1] - z[:, 0])))


def _penalty(network: Network, recipe: Recipe, parameters: np.ndarray) -> float:
    weights = parameters[network.is_weight]
    return float(recipe.l1 * np.abs(weights).sum() + recipe.l2 / 2 * (weights**2).sum())
