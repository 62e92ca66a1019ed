"""How a layer's weights and biases are drawn, from a random stream with PyTorch's own uniform numbers.

The registry `INITIALISATIONS` is the one place to add another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from separatrix.support.torch_random import TorchGenerator


@dataclass(frozen=True)
class Initialisation:
    """One way to draw a layer.

    Attributes:
        name: the name used everywhere.
        about: what a learner should know, in one sentence.
        bounds: fan-in, fan-out -> half-width of the uniform distribution of the weights, and of the biases.
    """

    name: str
    about: str
    bounds: Callable[[int, int], tuple[float, float]]


def _torch_bounds(fan_in: int, fan_out: int) -> tuple[float, float]:
    # nn.Linear: kaiming_uniform_ with a = sqrt(5); computed in PyTorch's order to get its last bit
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    return math.sqrt(3.0) * (gain / math.sqrt(fan_in)), 1 / math.sqrt(fan_in)


def _xavier_bounds(fan_in: int, fan_out: int) -> tuple[float, float]:
    # A uniform distribution on [-b, b] has variance b² / 3, hence the factor sqrt(3).
    return math.sqrt(3.0) * math.sqrt(2.0 / float(fan_in + fan_out)), 0.0


def _he_bounds(fan_in: int, fan_out: int) -> tuple[float, float]:
    return math.sqrt(3.0) * (math.sqrt(2.0) / math.sqrt(fan_in)), 0.0


INITIALISATIONS: dict[str, Initialisation] = {
    entry.name: entry
    for entry in (
        Initialisation(
            "torch", "PyTorch's default for nn.Linear: weights and biases within 1 / sqrt(fan-in).", _torch_bounds
        ),
        Initialisation(
            "xavier",
            "Keeps the variance through tanh and sigmoid layers (Glorot & Bengio 2010); biases 0.",
            _xavier_bounds,
        ),
        Initialisation("he", "Keeps the variance through ReLU layers (He et al. 2015); biases 0.", _he_bounds),
        Initialisation(
            "zeros",
            "All 0: every unit of a layer gets the same gradient, so they stay one unit for ever.",
            lambda i, o: (0.0, 0.0),
        ),
    )
}


def draw_layer(
    kind: Initialisation, fan_in: int, fan_out: int, stream: TorchGenerator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights (fan_out, fan_in) and biases (fan_out,) of a layer, float32.

    Args:
        kind: the initialisation; a bound of 0 gives zeros and takes nothing from the stream.
        fan_in: number of inputs of the layer.
        fan_out: number of units of the layer.
        stream: the random numbers; the next layer continues where this one ends.
    """
    weight_bound, bias_bound = kind.bounds(fan_in, fan_out)
    # Weights before biases, the order in which nn.Linear draws.
    weight = stream.uniform(weight_bound, fan_out * fan_in) if weight_bound else np.zeros(fan_out * fan_in, np.float32)
    bias = stream.uniform(bias_bound, fan_out) if bias_bound else np.zeros(fan_out, np.float32)
    return weight.reshape(fan_out, fan_in), bias
