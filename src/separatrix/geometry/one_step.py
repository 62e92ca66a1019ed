"""One step of training in numbers: forward, loss, backward and the correction of every weight, as records.

This is backpropagation as one would do it by hand (Rumelhart, Hinton & Williams 1986, Nature 323, 533-536), in float64
and in full. For a layer with weights W, biases b and activation f, which is given the rows a_in:

    forward      z  = a_in Wᵀ + b          what the layer adds up
                 a  = f(z)                 what it hands on
    backward     δ  = d loss / d z         δ = (δ_next W_next) f'(z); of the last layer, the loss's own slope
                 gW = δᵀ a_in              how the loss changes with each weight
                 gb = Σ over the rows of δ    and with each bias
    correction   W ← W - lr gW,  b ← b - lr gb

It serves to be looked at; the engines do the same faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import sigmoid
from separatrix.networks.losses import LOSSES, Loss
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.seeds import stream_seed
from separatrix.support.surroundings import insulated


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
        lr: the learning rate, the schedule's first.
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


@insulated
def one_step(network: Network, recipe: Recipe, points: Points, parameters: np.ndarray | None = None) -> OneStep:
    """Compute one full-batch step of plain gradient descent, with everything in between.

    Args:
        network: the description.
        recipe: its loss, first rate, l1, l2 and focal_gamma are used; the optimiser must be SGD without momentum.
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
    loss = _checked(network, recipe)
    start = _start(network, recipe, parameters)
    if points.n_inputs != network.n_inputs:
        raise InvalidData(f"{network} takes x of shape (n, {network.n_inputs}), got {points.x.shape}.")
    x, y = points.x.astype(np.float64), points.y.astype(np.float64)
    lr = float(SCHEDULES[recipe.schedule].rates(0, 1, recipe)[0])

    values = _forward(network, start, x)
    logit = _logit(values[-1].z)
    row_loss = loss.value(logit, y, recipe.focal_gamma)  # (B,)
    slope = loss.slope(logit, y, recipe.focal_gamma) / len(y)  # (B,); the loss is the mean over B rows
    layers = _backward(network, values, slope, recipe, lr)

    after = _flat([(layer.new_weight, layer.new_bias) for layer in layers])
    loss_after = loss.value(network.logit(after, x), y, recipe.focal_gamma).mean() + _penalty(network, recipe, after)
    return OneStep(
        network=network,
        loss_name=loss.name,
        lr=lr,
        x=x,
        y=y,
        layers=layers,
        row_loss=row_loss,
        loss=float(row_loss.mean()) + _penalty(network, recipe, start),
        loss_after=float(loss_after),
        gradient=_flat([(layer.weight_gradient, layer.bias_gradient) for layer in layers]),
        parameters_after=after,
    )


@dataclass(frozen=True, eq=False)
class _Values:
    """The inputs and outputs of one layer in the forward pass; as in `LayerStep`."""

    inputs: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    z: np.ndarray
    a: np.ndarray


def _forward(network: Network, parameters: np.ndarray, x: np.ndarray) -> list[_Values]:
    """From the rows to the output, layer by layer; the last one hands on probabilities."""
    passed: list[_Values] = []
    functions = [*(activation.value for activation in network.activations), _probability]
    a = x
    for (weight, bias), function in zip(network.split(parameters), functions, strict=True):
        z = a @ weight.T + bias  # (B, in) @ (in, out) -> (B, out)
        passed.append(_Values(a, weight, bias, z, function(z)))
        a = passed[-1].a
    return passed


def _backward(
    network: Network, values: list[_Values], slope: np.ndarray, recipe: Recipe, lr: float
) -> tuple[LayerStep, ...]:
    """From the loss back to the first layer: pass the deltas down, compute the gradients, correct the weights."""
    delta = slope[:, None] if network.n_outputs == 1 else np.column_stack((-slope, slope))  # (B, out); logit = z1 - z0
    layers: list[LayerStep] = []
    for k in range(len(values) - 1, -1, -1):
        layer_values = values[k]
        weight_gradient = delta.T @ layer_values.inputs  # (out, B) @ (B, in) -> (out, in)
        # penalties are on weights alone, not on biases; (l2 / 2) w² has the slope l2 w, and |w| that of 0 at 0
        weight_gradient += (
            recipe.l1 * np.sign(layer_values.weight) + recipe.l2 * layer_values.weight
        )  # of the penalties
        bias_gradient = delta.sum(axis=0)  # (B, out) -> (out,)
        layers.insert(
            0,
            LayerStep(
                name=network.layout[k].name,
                activation=_activation_name(network, k),
                inputs=layer_values.inputs,
                weight=layer_values.weight,
                bias=layer_values.bias,
                z=layer_values.z,
                a=layer_values.a,
                delta=delta,
                weight_gradient=weight_gradient,
                bias_gradient=bias_gradient,
                new_weight=layer_values.weight - lr * weight_gradient,
                new_bias=layer_values.bias - lr * bias_gradient,
            ),
        )
        if k > 0:
            # The chain rule through z = a Wᵀ + b, then through a = f(z); with the weights from before the correction,
            # because all gradients are taken at the same parameters.
            back = delta @ layer_values.weight  # (B, out) @ (out, in) -> (B, in)
            delta = back * network.activations[k - 1].slope(values[k - 1].z)  # (B, in), the layer below's (B, out)
    return tuple(layers)


def _checked(network: Network, recipe: Recipe) -> Loss:
    """The recipe's loss, if this kind of step is what the recipe asks for."""
    if recipe.optimizer != "sgd" or recipe.momentum:
        raise InvalidParameter(
            "one_step: optimizer must be 'sgd' without momentum: weight - lr · gradient is its whole rule."
        )
    if not isinstance(recipe.loss, str):
        raise InvalidParameter("one_step: loss must be one of the named ones, whose slope is known; got your own.")
    loss = LOSSES[recipe.loss]
    if loss.outputs != network.n_outputs:
        raise InvalidParameter(
            f"one_step: loss {loss.name!r} needs {loss.outputs} output(s), {network} has {network.n_outputs}."
        )
    return loss


def _start(network: Network, recipe: Recipe, parameters: np.ndarray | None) -> np.ndarray:
    """The parameters before the step, (p,) float64."""
    if parameters is None:
        parameters = network.initialise(stream_seed(recipe.seed, "initial"), recipe.dtype)
    start = np.asarray(parameters, np.float64)
    if start.ndim != 1:
        raise InvalidData(f"expected the parameters of one run, (p,), got shape {start.shape}.")
    return start


def _activation_name(network: Network, k: int) -> str:
    if k < len(network.activations):
        return network.activations[k].name
    return "sigmoid" if network.n_outputs == 1 else "softmax"


def _logit(z: np.ndarray) -> np.ndarray:
    """Of class 1, (B,), from the last layer's z (B, 1) or (B, 2)."""
    return np.asarray(z[:, 0] if z.shape[1] == 1 else z[:, 1] - z[:, 0])


def _probability(z: np.ndarray) -> np.ndarray:
    """Sigmoid of one output, softmax of two: the same shape."""
    if z.shape[1] == 1:
        return sigmoid(z)
    # softmax of two numbers is the sigmoid of their difference
    return np.column_stack((sigmoid(z[:, 0] - z[:, 1]), sigmoid(z[:, 1] - z[:, 0])))


def _flat(parts: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Weights and biases of all layers as one vector (p,), in the order of `Network.layout`."""
    return np.concatenate([part.ravel() for pair in parts for part in pair])


def _penalty(network: Network, recipe: Recipe, parameters: np.ndarray) -> float:
    weights = parameters[network.is_weight]
    return float(recipe.l1 * np.abs(weights).sum() + recipe.l2 / 2 * (weights**2).sum())
