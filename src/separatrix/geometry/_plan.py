"""A network's shape for the compiled geometry: widths and the straight pieces of its activations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.activations import Activation
from separatrix.networks.network import Network


class Plan(NamedTuple):
    """A network's shape as arrays.

    Attributes:
        widths: inputs, hidden units …, 1 logit, (layers + 1,) int64.
        kinks: of each hidden layer's activation, ascending, (hidden, most), the first `n_kinks`.
        n_kinks: (hidden,) int64.
        heights: the activation's value at its first kink, or at 0 without one, (hidden,).
        slopes: of its straight pieces, from left to right, (hidden, most + 1).
    """

    widths: np.ndarray
    kinks: np.ndarray
    n_kinks: np.ndarray
    heights: np.ndarray
    slopes: np.ndarray


def plan_of(network: Network) -> Plan:
    """The shape of a network of two inputs.

    Raises:
        InvalidData: a user's module.
        InvalidParameter: not two inputs, or an activation that isn't made of straight pieces.
    """
    if not isinstance(network, Network):
        raise InvalidData("the exact border needs a Network; a module of your own can compute anything.")
    if network.n_inputs != 2:
        raise InvalidParameter(f"the exact border needs 2 inputs, {network} has {network.n_inputs}.")
    pieces = [straight_pieces(activation) for activation in network.activations]
    most_kinks = max((len(kinks) for kinks, _, _ in pieces), default=0)
    kinks, slopes = np.zeros((len(pieces), most_kinks)), np.ones((len(pieces), most_kinks + 1))
    for row, (places, _, rises) in enumerate(pieces):
        kinks[row, : len(places)], slopes[row, : len(rises)] = places, rises
    return Plan(
        np.array((*network.widths[:-1], 1), np.int64),
        kinks,
        np.array([len(places) for places, _, _ in pieces], np.int64),
        np.array([height for _, height, _ in pieces], np.float64),
        slopes,
    )


def with_one_logit(network: Network, parameters: np.ndarray) -> np.ndarray:
    """Parameters (r, p) as those of a network with one output: of two outputs, the difference is the logit.

    Raises:
        InvalidData: another number of parameters.
    """
    weight, bias = network.split(parameters)[-1]
    if network.n_outputs == 1:
        return parameters
    before = parameters[:, : network.layout[-1].weight.start]
    with np.errstate(over="ignore", invalid="ignore"):  # networks that overflow aren't measured
        return np.concatenate([before, weight[:, 1] - weight[:, 0], bias[:, 1:] - bias[:, :1]], axis=1)


def straight_pieces(activation: Activation) -> tuple[np.ndarray, float, np.ndarray]:
    """Kinks (k,), the value at the first of them, and slopes (k + 1,) from left to right.

    Raises:
        InvalidParameter: the activation isn't piecewise linear.

    Examples:
        >>> from separatrix.networks.activations import ACTIVATIONS
        >>> straight_pieces(ACTIVATIONS["leaky_relu"])
        (array([0.]), 0.0, array([0.01, 1.  ]))
    """
    if not activation.piecewise_linear:
        raise InvalidParameter(
            f"the exact border needs piecewise-linear activations, not {activation.name}: only those have flat regions "
            "with straight edges."
        )
    slopes = activation.slope(np.array([-1.0, 1.0]))
    if slopes[0] == slopes[1]:
        return np.empty(0), 0.0, slopes[:1]
    return np.zeros(1), 0.0, slopes
