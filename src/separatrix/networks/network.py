"""Network: an immutable description of a feed-forward network, how its weights are drawn, and what can be computed from it.

The registry `INITIALISATIONS` is the one place to add another way to draw a layer's weights and biases, from a random stream
with PyTorch's own uniform numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import ACTIVATIONS, Activation, sigmoid
from separatrix.support import hooks
from separatrix.support.constraints import Choice, Each, Integer, Rule, check, lookup, shown
from separatrix.support.seeds import TorchGenerator
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    from torch import nn


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


def initialisation_of(init: str) -> Initialisation:
    """The entry of `INITIALISATIONS` with this name, or with a factor on its bounds, such as "he*0.5".

    Raises:
        InvalidParameter: an unknown name, or a factor that is no positive number.

    Examples:
        >>> [round(bound, 3) for bound in initialisation_of("torch*10").bounds(4, 8)]
        [5.0, 5.0]
    """
    name, star, factor = init.partition("*") if isinstance(init, str) else (init, "", "")
    check("Network", {"init": name}, {"init": Choice(INITIALISATIONS)})
    entry = INITIALISATIONS[name]
    if not star:
        return entry
    try:
        scale = float(factor)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise InvalidParameter(f"Network: init's factor must be a positive number, such as he*0.5, got {init!r}.")

    def bounds(fan_in: int, fan_out: int) -> tuple[float, float]:
        weight, bias = entry.bounds(fan_in, fan_out)
        return scale * weight, scale * bias

    return Initialisation(init, f"{entry.about} Times {scale:g}.", bounds)


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


ROWS_AT_ONCE = 2_048  # rows evaluated together: bounds the memory of a prediction, whatever its size


@dataclass(frozen=True)
class Layer:
    """Where one layer's numbers lie in the flat parameter vector.

    Attributes:
        name: "fc1", "fc2", …, as in the tutorial.
        fan_in: inputs of the layer.
        fan_out: units of the layer.
        weight: slice of its weights, (fan_out, fan_in) row by row.
        bias: slice of its biases, (fan_out,).
    """

    name: str
    fan_in: int
    fan_out: int
    weight: slice
    bias: slice


@insulated
@dataclass(frozen=True)
class Network:
    """An immutable description: widths, activations, initialisation. It holds no parameters.

    Parameters live outside, as one flat vector (p,): for each layer its weights (out, in) row by row, then its
    biases, which is the order of `module.parameters()`. A leading axis of runs, (r, p), is understood everywhere.

    Attributes:
        widths: inputs, hidden units …, outputs; one output is a logit (sigmoid), two are a softmax.
        activation: a name from `ACTIVATIONS` for all hidden layers, or one for each.
        init: a name from `INITIALISATIONS`, or one with a factor on what is drawn, such as "he*0.5".

    Raises:
        InvalidParameter: a width below 1, an output that is neither 1 nor 2, an unknown name.

    Examples:
        >>> network = Network.parse("2-4-4-1")
        >>> network, network.n_parameters
        (Network(widths=(2, 4, 4, 1), activation='relu', init='torch'), 37)
        >>> parameters = network.initialise(seed=0)
        >>> network.predict_proba(parameters, np.zeros((3, 2), np.float32)).shape
        (3, 2)
    """

    widths: tuple[int, ...]
    activation: str | tuple[str, ...] = "relu"
    init: str = "torch"

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {"widths": Each(Integer(1), least=2)}
        check("Network", {"widths": self.widths}, rules)
        initialisation_of(self.init)  # raises for an unknown name or factor
        object.__setattr__(self, "widths", tuple(int(width) for width in self.widths))
        if self.n_outputs not in (1, 2):
            raise InvalidParameter(
                f"Network: widths must end in 1 (sigmoid) or 2 (softmax) outputs, got {self.n_outputs}."
            )
        self._check_activation()

    def _check_activation(self) -> None:
        if isinstance(self.activation, str):
            lookup("activation", self.activation, ACTIVATIONS)
            return
        if not isinstance(self.activation, tuple | list):
            raise InvalidParameter(
                f"Network: activation must be a name or one for each layer, got {shown(self.activation)}."
            )
        object.__setattr__(self, "activation", tuple(self.activation))
        # The output layer has no activation of its own; it belongs to the loss.
        hidden = len(self.widths) - 2
        if len(self.activation) != hidden:
            raise InvalidParameter(
                f"Network: activation must name one for each of the {hidden} hidden layers, got {len(self.activation)}."
            )
        for name in self.activation:
            lookup("activation", name, ACTIVATIONS)

    @classmethod
    def parse(cls, text: str, activation: str | tuple[str, ...] = "relu", init: str = "torch") -> Network:
        """The network that a text such as "2-4-4-1" describes.

        Args:
            text: widths from inputs to outputs, joined by "-".
            activation: as in `Network`.
            init: as in `Network`.

        Raises:
            InvalidParameter: the text is not made of whole numbers joined by "-".
        """
        if not isinstance(text, str) or not re.fullmatch(r"\s*\d{1,9}(\s*-\s*\d{1,9})+\s*", text):
            raise InvalidParameter(f"Network: expected widths joined by '-', such as '2-4-4-1', got {shown(text)}.")
        return cls(tuple(int(width) for width in text.split("-")), activation, init)

    def to_data(self) -> dict[str, Any]:
        """The description as plain data: what files and manifests hold of a network.

        Examples:
            >>> Network.parse("2-3-1").to_data()
            {'widths': [2, 3, 1], 'activation': 'relu', 'init': 'torch'}
        """
        activation = self.activation if isinstance(self.activation, str) else list(self.activation)
        return {"widths": list(self.widths), "activation": activation, "init": self.init}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Network:
        """The network that `to_data` described; sequences may be lists, as JSON has them.

        Raises:
            InvalidParameter: a value is out of range.
            TypeError: a name is missing or unknown.
        """
        # JSON has no tuples; a list would make the frozen description unhashable.
        arguments: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**arguments)

    def __str__(self) -> str:
        return "-".join(str(width) for width in self.widths)

    @property
    def n_inputs(self) -> int:
        """Columns of x."""
        return self.widths[0]

    @property
    def n_outputs(self) -> int:
        """1 (a logit, for the sigmoid) or 2 (for the softmax)."""
        return self.widths[-1]

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of each hidden layer."""
        names = self.activation
        if isinstance(names, str):
            names = (names,) * (len(self.widths) - 2)
        return tuple(ACTIVATIONS[name] for name in names)

    @cached_property
    def layout(self) -> tuple[Layer, ...]:
        """Where each layer's weights and biases lie in the flat vector."""
        # The order of `module.parameters()`, so that a flat vector means the same to PyTorch and to the kernels.
        layers, start = [], 0
        for k, (fan_in, fan_out) in enumerate(zip(self.widths, self.widths[1:], strict=False), start=1):
            middle, end = start + fan_in * fan_out, start + fan_in * fan_out + fan_out
            layers.append(Layer(f"fc{k}", fan_in, fan_out, slice(start, middle), slice(middle, end)))
            start = end
        return tuple(layers)

    @property
    def n_parameters(self) -> int:
        """Weights and biases together."""
        return int(self.layout[-1].bias.stop)

    @cached_property
    def is_weight(self) -> np.ndarray:
        """Whether each parameter is a weight (True) or a bias (False): (p,) bool."""
        mask = np.zeros(self.n_parameters, bool)
        for layer in self.layout:
            mask[layer.weight] = True
        return mask

    def split(self, parameters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Views of each layer's weights (…, out, in) and biases (…, out) in parameters (…, p).

        Raises:
            InvalidData: the last axis isn't `n_parameters` long.
        """
        parameters = np.asarray(parameters)
        if parameters.ndim == 0 or parameters.shape[-1] != self.n_parameters:
            raise InvalidData(f"{self} has {self.n_parameters} parameters, got an array of shape {parameters.shape}.")
        lead = parameters.shape[:-1]
        return [
            (parameters[..., layer.weight].reshape(*lead, layer.fan_out, layer.fan_in), parameters[..., layer.bias])
            for layer in self.layout
        ]

    def initialise(self, seed: int, dtype: str = "float32") -> np.ndarray:
        """Draw initial parameters, (p,).

        With `init="torch"` these are the numbers of `torch.manual_seed(seed)` followed by an `nn.Linear` for each layer
        in order; float64 holds the same numbers.

        Raises:
            InvalidParameter: a seed below 0 or above 2^64 - 1.
        """
        return self.initial_from(TorchGenerator(seed)).astype(dtype)

    def initial_from(self, generator: TorchGenerator) -> np.ndarray:
        """Draw initial parameters from a generator that may have drawn other numbers before, (p,) float32."""
        kind = initialisation_of(self.init)
        drawn = [draw_layer(kind, layer.fan_in, layer.fan_out, generator) for layer in self.layout]
        return np.concatenate([part.ravel() for weight, bias in drawn for part in (weight, bias)])

    def trace(self, parameters: np.ndarray, x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Every layer's pre-activations z and activations a, each (…, n, units), for x (n, d).

        The last layer's a is its z: the sigmoid or softmax belongs to the loss.

        Raises:
            InvalidData: x doesn't have `n_inputs` columns.
        """
        return list(self._layers(parameters, x))

    def _layers(self, parameters: np.ndarray, x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The entries of `trace`, one layer at a time."""
        parameters, x = np.asarray(parameters), np.asarray(x)
        if x.ndim != 2 or x.shape[1] != self.n_inputs:
            raise InvalidData(f"{self} takes x of shape (n, {self.n_inputs}), got {x.shape}.")
        # In the type of the parameters, and never in a narrower one than float32.
        a: np.ndarray = x.astype(np.result_type(parameters.dtype, np.float32), copy=False)
        for (weight, bias), activation in zip(self.split(parameters), (*self.activations, None), strict=True):
            # The transpose is of the last two axes only: a leading axis of runs may come before them.
            z = a @ np.swapaxes(weight, -1, -2) + bias[..., None, :]  # (n, in) @ (in, out) -> (n, out)
            a = activation.value(z) if activation else z
            yield z, a

    def outputs(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The last layer's numbers, before any sigmoid or softmax: (…, n, outputs) for x (n, d)."""
        # Blocks of fixed size: the same rows give the same bits, however many are asked for together.
        if len(x) > ROWS_AT_ONCE:
            blocks = [x[first : first + ROWS_AT_ONCE] for first in range(0, len(x), ROWS_AT_ONCE)]
            return np.concatenate([self.outputs(parameters, block) for block in blocks], axis=-2)
        for _, a in self._layers(parameters, x):  # only the last layer is kept in memory
            last = a
        return last

    def logit(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The logit of class 1, (…, n) for x (n, d): the output, or the difference z1 - z0 of two outputs."""
        z = self.outputs(parameters, x)
        # A softmax over two outputs is the sigmoid of their difference.
        return z[..., 0] if self.n_outputs == 1 else z[..., 1] - z[..., 0]

    def predict_proba(self, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Probabilities of class 0 and class 1, (…, n, 2) for x (n, d), as in scikit-learn."""
        z = self.logit(parameters, x)
        # sigmoid(-z), not 1 - sigmoid(z): small probabilities keep all their digits.
        return np.stack([sigmoid(-z), sigmoid(z)], axis=-1)

    def to_torch(self, parameters: np.ndarray) -> nn.Module:
        """A plain `nn.Module` with layers fc1, fc2, …; see `separatrix.networks.modules.MLP`."""
        # Through a hook: `modules` imports this file and PyTorch, which a description must not need.
        module: nn.Module = hooks.call("Network.to_torch", self, parameters)
        return module

    @staticmethod
    def from_torch(module: nn.Module, activation: str | tuple[str, ...] | None = None) -> tuple[Network, np.ndarray]:
        """Read a module back: its description and its parameters; see `separatrix.networks.modules.read_module`."""
        description: tuple[Network, np.ndarray] = hooks.call("Network.from_torch", module, activation)
        return description
