"""The network of a portable's members in a graph format: numbers (n, k) in, the two classes' probabilities out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from separatrix.exports import formulas
from separatrix.portable import Member, Portable


class Tensors(formulas.Tensors, Protocol):
    """What a graph format offers beside `+ - * /` and comparisons, which its values understand themselves."""

    def constant(self, value: np.ndarray) -> Any:
        """An array as a tensor."""

    def linear(self, a: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""

    def columns(self, values: list[Any]) -> Any:
        """Values (n, k), (n, l), … side by side."""

    def column(self, value: Any, at: int) -> Any:
        """One column of (n, k): (n, 1)."""

    def rounded(self, value: Any, dtype: str) -> Any:
        """Rounded to float32 if that is the dtype, and double again."""

    def number(self, condition: Any) -> Any:
        """1.0 where the condition holds, else 0.0."""

    def rows_of(self, table: np.ndarray, at: Any) -> Any:
        """Rows of a table (m, k) by whole numbers (n,): (n, k)."""


def logit(member: Member, encoded: Any, tensors: Tensors) -> Any:
    """What the member adds to the logit of the second class: (n, k) -> (n, 1)."""
    a = tensors.rounded(encoded, str(member.parameters.dtype))
    layers = member.network.split(member.parameters.astype(np.float64))
    for (weight, bias), activation in zip(layers, (*member.network.activations, None), strict=True):
        a = tensors.linear(a, weight, bias)
        a = formulas.apply(activation, a, tensors) if activation else a
    z = a if member.network.n_outputs == 1 else tensors.column(a, 1) - tensors.column(a, 0)
    if (member.scale, member.shift) == (1, 0):
        return z
    return member.shift - -member.scale * z  # not scale * z + shift: see `columns._scaled`


def probabilities(portable: Portable, encode: Callable[[Member], Any], tensors: Tensors) -> Any:
    """Both classes' probabilities of the members' added logits, (n, 2).

    Args:
        portable: whose members share an encoding where it is the same object.
        encode: a member -> what its network is given, (n, k); asked once for each encoding.
        tensors: the graph format.
    """
    made: dict[int, Any] = {}
    parts = []
    for member in portable.members:
        if id(member.encoding) not in made:
            made[id(member.encoding)] = encode(member)
        parts.append(logit(member, made[id(member.encoding)], tensors))
    z = parts[0]
    for part in parts[1:]:
        z = z + part
    return tensors.columns(  # both from the logit, so that a small one keeps its digits
        [tensors.call("sigmoid", -1.0 * z), tensors.call("sigmoid", z)]
    )
