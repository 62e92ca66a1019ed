"""The network of a portable's members in a graph format: numbers (n, k) in, the two classes' probabilities out."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from separatrix.exports import formulas
from separatrix.portable import Member


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
    """The calibrated logit of the second class: (n, k) -> (n, 1)."""
    a = tensors.rounded(encoded, str(member.parameters.dtype))
    layers = member.network.split(member.parameters.astype(np.float64))
    for (weight, bias), activation in zip(layers, (*member.network.activations, None), strict=True):
        a = tensors.linear(a, weight, bias)
        a = formulas.apply(activation, a, tensors) if activation else a
    z = a if member.network.n_outputs == 1 else tensors.column(a, 1) - tensors.column(a, 0)
    if (member.scale, member.shift) == (1, 0):
        return z
    return member.shift - -member.scale * z  # not scale * z + shift: see `columns._scaled`


def mean_probabilities(logits: list[Any], tensors: Tensors) -> Any:
    """Each member's logit (n, 1) -> the mean probabilities of both classes, (n, 2)."""
    pairs = [
        tensors.columns([tensors.call("sigmoid", -1.0 * z), tensors.call("sigmoid", z)]) for z in logits
    ]  # both from the logit, so that a small one keeps its digits
    total = pairs[0]
    for pair in pairs[1:]:
        total = total + pair
    return total if len(pairs) == 1 else total / float(len(pairs))
