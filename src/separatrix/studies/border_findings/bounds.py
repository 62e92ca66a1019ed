"""How many linear regions a ReLU network of two inputs can have at most, and how many some network of its shape has."""

from __future__ import annotations

from itertools import product
from math import comb, prod

from separatrix.networks.network import Network


def most_regions(network: Network) -> int:
    """No network of this shape has more linear regions (Serra, Tjandraatmadja & Ramalingam 2018, Theorem 1).

    Σ ∏ C(n_l, j_l) over all j with 0 <= j_l <= min(n_0, n_1 - j_1, …, n_(l-1) - j_(l-1), n_l) (arXiv:1711.02114).

    Examples:
        >>> most_regions(Network.parse("2-4-1")), most_regions(Network.parse("2-4-4-1"))  # 1 + 4 + 6, and its square
        (11, 121)
    """
    inputs, hidden = network.n_inputs, network.widths[1:-1]
    total = 0
    for chosen in product(*(range(min(inputs, width) + 1) for width in hidden)):
        room, allowed = inputs, True
        for width, j in zip(hidden, chosen, strict=True):
            # the dimension that reaches a layer bounds how many of its units can cut independently
            allowed &= j <= min(room, width)
            room = min(room, width - j)
        if allowed:
            total += prod(comb(width, j) for width, j in zip(hidden, chosen, strict=True))
    return total


def some_regions(network: Network) -> int:
    """Some network of this shape has at least so many linear regions (Montúfar et al. 2014, arXiv:1402.1869, Theorem 4).

    ∏ ⌊n_l / n_0⌋^(n_0) over all hidden layers but the last, times Σ C(n_L, j) for j = 0 … n_0; it needs layers that are at
    least as wide as the input.

    Examples:
        >>> some_regions(Network.parse("2-4-1")), some_regions(Network.parse("2-4-4-1"))
        (11, 44)
    """
    inputs, hidden = network.n_inputs, network.widths[1:-1]
    if not hidden:
        return 1
    folded: int = prod(int((width // inputs) ** inputs) for width in hidden[:-1])
    return folded * sum(comb(hidden[-1], j) for j in range(inputs + 1))
