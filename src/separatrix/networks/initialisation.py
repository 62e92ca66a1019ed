"""How a layer's weights and biases are drawn, from a random stream with PyTorch's own uniform numbers.

The registry `INITIALISATIONS` is the one place to add another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from separatrix.support.constraints import SEED, check


class TorchUniform:
    """The uniform float32 numbers of PyTorch's CPU generator after `torch.manual_seed(seed)`.

    PyTorch and NumPy share the generator (Mersenne Twister, Matsumoto & Nishimura 1998) and its seeding by one
    32-bit integer, so a network can be initialised with PyTorch's numbers without importing PyTorch. Only the
    lowest 32 bits of the seed count, as in PyTorch.
    """

    def __init__(self, seed: int) -> None:
        check("TorchUniform", {"seed": seed}, {"seed": SEED})
        self._bits = np.random.RandomState(int(seed) & 0xFFFFFFFF)

    def draw(self, bound: float, count: int) -> np.ndarray:
        """Numbers in [-bound, bound): (count,) float32."""
        words = self._bits.randint(0, 2**32, count, dtype=np.uint32)
        # PyTorch uses the lowest 24 bits of a word, as many as a float32 has digits.
        unit = (words & 0xFFFFFF).astype(np.float64) * 2.0**-24
        low, high = np.float32(-bound), np.float32(bound)
        # one rounding at the end, as the fused multiply-add of PyTorch's build does
        return (unit * np.float64(high - low) + np.float64(low)).astype(np.float32)


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


def draw_layer(kind: Initialisation, fan_in: int, fan_out: int, stream: TorchUniform) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights (fan_out, fan_in) and biases (fan_out,) of a layer, float32.

    Args:
        kind: the initialisation; a bound of 0 gives zeros and takes nothing from the stream.
        fan_in: number of inputs of the layer.
        fan_out: number of units of the layer.
        stream: the random numbers; the next layer continues where this one ends.
    """
    weight_bound, bias_bound = kind.bounds(fan_in, fan_out)
    # Weights before biases, the order in which nn.Linear draws.
    weight = stream.draw(weight_bound, fan_out * fan_in) if weight_bound else np.zeros(fan_out * fan_in, np.float32)
    bias = stream.draw(bias_bound, fan_out) if bias_bound else np.zeros(fan_out, np.float32)
    return weight.reshape(fan_out, fan_in), bias
