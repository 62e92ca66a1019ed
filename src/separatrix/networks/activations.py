"""Activations: each with its value and its slope side by side, for NumPy, PyTorch and the compiled engine.

The registry `ACTIVATIONS` is the one place to add another: the documentation's table, the command line's
choices and the tests come from it. Definitions and constants are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The fixed point of mean 0 and variance 1 under the layer's map.
SELU_SCALE = 1.0507009873554804934193349852946  # Klambauer et al. 2017, as in PyTorch
SELU_ALPHA = 1.6732632423543772848170429916717

Elementwise = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """One elementwise function a = f(z) and its derivative.

    Attributes:
        name: the name used everywhere.
        formula: f in one line, for people.
        about: what a learner should know, in one sentence.
        value: z (…) -> f(z) (…), same dtype.
        slope: z (…) -> f'(z) (…), same dtype; at a kink, the one that PyTorch uses.
        module: the class of `torch.nn` that computes it, or of `separatrix.networks.modules` for `Step`.
        compiled_value: f as one expression of the scalar z, for the compiled engine.
        compiled_slope: f' as one expression of the scalars z and a = f(z).
        piecewise_linear: whether f is made of straight pieces with one kink at 0.
    """

    name: str
    formula: str
    about: str
    value: Elementwise
    slope: Elementwise
    module: str
    compiled_value: str
    compiled_slope: str
    piecewise_linear: bool = False


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)) without overflow: z (…) -> (…), same dtype.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    # The exponential of a number that is never positive cannot overflow; both branches share it.
    e = np.exp(-np.abs(z))
    return _where(z >= 0, 1 / (1 + e), e / (1 + e), z)


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + exp(z)) without overflow: z (…) -> (…), same dtype."""
    # log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), exact for large |z| on both sides.
    return np.asarray(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))


def _normal_share(z: np.ndarray) -> np.ndarray:
    """The standard normal distribution function, Φ(z)."""
    from scipy.special import ndtr  # 0.3 s to import, and only GELU needs it

    return np.asarray(ndtr(z), dtype=z.dtype)


def _normal_density(z: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi), dtype=z.dtype)


def _exp_below(z: np.ndarray) -> np.ndarray:
    """exp(z) where z is negative, 1 elsewhere: no overflow on the side that is not used."""
    return np.asarray(np.exp(np.minimum(z, 0)))


def _where(condition: np.ndarray, yes: np.ndarray | float, no: np.ndarray | float, z: np.ndarray) -> np.ndarray:
    # `np.where` with Python numbers gives float64.
    return np.asarray(np.where(condition, yes, no), dtype=z.dtype)


def _mish_slope(z: np.ndarray) -> np.ndarray:
    # f = z t with t = tanh(softplus(z)), and t' = (1 - t²) sigmoid(z).
    t = np.tanh(softplus(z))
    return np.asarray(t + z * (1 - t * t) * sigmoid(z))


ACTIVATIONS: dict[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            "step",
            "1 if z > 0 else 0",
            "All or nothing; its slope is 0 almost everywhere, so training uses the straight-through "
            "slope 1 for |z| <= 1 (Bengio et al. 2013, arXiv:1308.3432; clipped as in arXiv:1602.02830).",
            lambda z: (z > 0).astype(z.dtype) + z * 0,  # + z * 0: NaN stays NaN
            lambda z: (np.abs(z) <= 1).astype(z.dtype),
            "Step",
            "(1.0 if z > 0.0 else 0.0) + z * 0.0",
            "1.0 if abs(z) <= 1.0 else 0.0",
        ),
        Activation(
            "relu",
            "max(z, 0)",
            "Folds the plane along a line; cheap, but a unit that is negative everywhere no longer learns.",
            lambda z: np.maximum(z, 0),
            lambda z: _where(z > 0, 1.0, 0.0, z),
            "ReLU",
            # Written with `<`, so that NaN takes the branch that returns z and is not hidden.
            "0.0 if z < 0.0 else z",
            "1.0 if a > 0.0 else 0.0",
            piecewise_linear=True,
        ),
        Activation(
            "leaky_relu",
            "z if z > 0 else 0.01 z",
            "ReLU that keeps a little slope below 0, so that no unit dies.",
            lambda z: _where(z > 0, z, 0.01 * z, z),
            lambda z: _where(z > 0, 1.0, 0.01, z),
            "LeakyReLU",
            "z if z > 0.0 else 0.01 * z",
            "1.0 if a > 0.0 else 0.01",
            piecewise_linear=True,
        ),
        Activation(
            "elu",
            "z if z > 0 else exp(z) - 1",
            "A smooth leaky ReLU that levels off at -1.",
            lambda z: _where(z > 0, z, np.expm1(np.minimum(z, 0)), z),
            lambda z: _where(z > 0, 1.0, _exp_below(z), z),
            "ELU",
            "z if z > 0.0 else expm1(z)",
            # Where z <= 0, f' = exp(z) = f + 1: no second exponential.
            "1.0 if a > 0.0 else a + 1.0",
        ),
        Activation(
            "selu",
            "1.0507 (z if z > 0 else 1.6733 (exp(z) - 1))",
            "ELU scaled so that deep layers keep mean 0 and variance 1.",
            lambda z: _where(z > 0, SELU_SCALE * z, SELU_SCALE * SELU_ALPHA * np.expm1(np.minimum(z, 0)), z),
            lambda z: _where(z > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * _exp_below(z), z),
            "SELU",
            f"{SELU_SCALE!r} * z if z > 0.0 else {SELU_SCALE * SELU_ALPHA!r} * expm1(z)",
            # Where z <= 0, f' = scale · alpha · exp(z) = f + scale · alpha.
            f"{SELU_SCALE!r} if a > 0.0 else a + {SELU_SCALE * SELU_ALPHA!r}",
        ),
        Activation(
            "gelu",
            "z Φ(z), Φ the normal distribution function",
            "A smooth ReLU with a small dip below 0, the usual choice in language models.",
            lambda z: z * _normal_share(z),
            lambda z: _normal_share(z) + z * _normal_density(z),
            "GELU",
            "z * 0.5 * (1.0 + erf(z * 0.7071067811865476))",
            "0.5 * (1.0 + erf(z * 0.7071067811865476)) + z * 0.3989422804014327 * exp(-0.5 * z * z)",
        ),
        Activation(
            "silu",
            "z sigmoid(z)",
            "A smooth ReLU with a small dip below 0; also called swish.",
            lambda z: z * sigmoid(z),
            # Product rule with s' = s (1 - s).
            lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z))),
            "SiLU",
            "z * sigmoid(z)",
            "sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z)))",
        ),
        Activation(
            "mish",
            "z tanh(log(1 + exp(z)))",
            "Like SiLU, a little deeper in its dip.",
            lambda z: z * np.tanh(softplus(z)),
            _mish_slope,
            "Mish",
            "z * tanh(softplus(z))",
            "tanh(softplus(z)) + z * (1.0 - tanh(softplus(z)) * tanh(softplus(z))) * sigmoid(z)",
        ),
        Activation(
            "sigmoid",
            "1 / (1 + exp(-z))",
            "A soft step from 0 to 1; flat at both ends, where it learns slowly.",
            sigmoid,
            lambda z: sigmoid(z) * (1 - sigmoid(z)),
            "Sigmoid",
            "sigmoid(z)",
            "a * (1.0 - a)",
        ),
        Activation(
            "tanh",
            "tanh(z)",
            "A soft step from -1 to 1, centred on 0.",
            np.tanh,
            lambda z: 1 - np.tanh(z) ** 2,
            "Tanh",
            "tanh(z)",
            "1.0 - a * a",
        ),
        Activation(
            "identity",
            "z",
            "No fold at all: layers of it collapse into one straight cut.",
            lambda z: z,
            np.ones_like,
            "Identity",
            "z",
            "1.0",
            piecewise_linear=True,
        ),
    )
}
