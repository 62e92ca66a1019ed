"""Activations for graphs: the one-line formula that the compiled engine uses, evaluated on tensors of any kind.

So an activation that is added to the registry is exported without another line.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Protocol

from separatrix.activations import Activation


class Tensors(Protocol):
    """What a graph format offers beside `+ - * /` and comparisons, which its values understand themselves."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds, else `no`; each a value or a float."""

    def call(self, name: str, value: Any) -> Any:
        """An elementwise function: abs, erf, exp, expm1, log1p, tanh or sigmoid."""


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


def apply(activation: Activation, z: Any, tensors: Tensors) -> Any:
    """f(z) for a tensor z (…) of the graph format, as another of its tensors (…)."""
    return _value(ast.parse(activation.compiled_value, mode="eval").body, z, tensors)


def _value(node: ast.expr, z: Any, tensors: Tensors) -> Any:
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


def softplus(z: Any, tensors: Tensors) -> Any:
    """log(1 + exp(z)) without overflow."""
    return tensors.where(z > 0.0, z, 0.0) + tensors.call("log1p", tensors.call("exp", -1.0 * tensors.call("abs", z)))
