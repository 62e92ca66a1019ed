"""The network of a portable's members in a graph format: numbers (n, k) in, the two classes' probabilities out."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from separatrix.estimators.portable import Member, Portable
from separatrix.networks.activations import Activation


class Elementwise(Protocol):
    """What a graph format offers beside `+ - * /` and comparisons, which its values understand themselves."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds, else `no`; each a value or a float."""

    def call(self, name: str, value: Any) -> Any:
        """An elementwise function: abs, erf, exp, expm1, log1p, tanh or sigmoid."""


class Tensors(Elementwise, Protocol):
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
        a = apply(activation, a, tensors) if activation else a
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


# Activations for graphs: the one-line formula that the compiled engine uses, evaluated on tensors of any kind.


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
}


def apply(activation: Activation, z: Any, tensors: Elementwise) -> Any:
    """f(z) for a tensor z (…) of the graph format, as another of its tensors (…)."""
    return _value(ast.parse(activation.compiled_value, mode="eval").body, z, tensors)


def _value(node: ast.expr, z: Any, tensors: Elementwise) -> Any:
    def inner(part: ast.expr) -> Any:
        return _value(part, z, tensors)

    match node:
        case ast.Name(id="z"):
            return z
        case ast.Constant(value=float() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -1.0 * inner(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return BINARY[type(op)](inner(left), inner(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return tensors.where(inner(test), inner(body), inner(orelse))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARED:
            return COMPARED[type(op)](inner(left), inner(right))
        case ast.Call(func=ast.Name(id="softplus"), args=[argument]):
            return softplus(inner(argument), tensors)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return tensors.call(name, inner(argument))
    raise NotImplementedError(f"an activation's formula holds {ast.unparse(node)!r}, which no export knows yet.")


def softplus(z: Any, tensors: Elementwise) -> Any:
    """log(1 + exp(z)) without overflow."""
    return tensors.where(z > 0.0, z, 0.0) + tensors.call("log1p", tensors.call("exp", -1.0 * tensors.call("abs", z)))
