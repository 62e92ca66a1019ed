"""A portable as tensor operations of any graph format: from a table's columns to the inputs of its networks, and through them.

Whatever a format calls its operations, the arithmetic is written here once: numbers (n, k) in, probabilities (n, 2) out.
A graph is given the columns of most kinds as numbers (n, 1) double with NaN for missing (see `ColumnKind.feed`), and those
of textual kinds as whole numbers (n,): the index of the text among `categories_of`, or MISSING or UNKNOWN.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.data.kinds import KINDS, FormulaCode, TextCode
from separatrix.estimators.portable import Member, Portable
from separatrix.networks.activations import Activation

if TYPE_CHECKING:
    import polars


class Elementwise(Protocol):
    """Elementwise operations of a graph format; its values implement `+ - * /` and comparisons themselves."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds, else `no`; each a value or a float."""

    def call(self, name: str, value: Any) -> Any:
        """An elementwise function: abs, erf, exp, expm1, log1p, tanh or sigmoid."""


class Tensors(Elementwise, Protocol):
    """All operations of a graph format that networks and encodings need."""

    def constant(self, value: np.ndarray) -> Any:
        """An array as a tensor."""

    def linear(self, a: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""

    def columns(self, values: list[Any]) -> Any:
        """Values (n, k), (n, l), … side by side."""

    def column(self, value: Any, index: int) -> Any:
        """One column of (n, k): (n, 1)."""

    def rounded(self, value: Any, dtype: str) -> Any:
        """Rounded to float32 if that is the dtype, in double precision again."""

    def number(self, condition: Any) -> Any:
        """1.0 where the condition holds, else 0.0."""

    def rows_of(self, table: np.ndarray, index: Any) -> Any:
        """The rows of a table (m, k) at the indices (n,): (n, k)."""


def logit(member: Member, encoded: Any, tensors: Tensors) -> Any:
    """The member's share of the logit of class 1: encoded rows (n, k) -> (n, 1).

    Args:
        member: a network with its scale and shift.
        encoded: the network's inputs, (n, k).
        tensors: the graph format.
    """
    # A network that was trained in float32 saw its inputs in float32; only they are rounded, as the estimator does.
    a = tensors.rounded(encoded, str(member.parameters.dtype))
    layers = member.network.split(member.parameters.astype(np.float64))
    for (weight, bias), activation in zip(layers, (*member.network.activations, None), strict=True):
        a = tensors.linear(a, weight, bias)
        a = activated(activation, a, tensors) if activation else a
    # Softmax over two logits is the sigmoid of their difference.
    z = a if member.network.n_outputs == 1 else tensors.column(a, 1) - tensors.column(a, 0)
    if (member.scale, member.shift) == (1, 0):
        return z
    return member.shift - -member.scale * z  # not scale * z + shift: see `columns._scaled`


def probabilities(portable: Portable, encode: Callable[[Member], Any], tensors: Tensors) -> Any:
    """The probabilities of both classes from the sum of the members' logits, (n, 2).

    Args:
        portable: its members share an encoding where it is the same object.
        encode: a member -> the inputs of its network, (n, k); called once for each encoding.
        tensors: the graph format.
    """
    inputs: dict[int, Any] = {}
    logits = []
    for member in portable.members:
        if id(member.encoding) not in inputs:
            inputs[id(member.encoding)] = encode(member)
        logits.append(logit(member, inputs[id(member.encoding)], tensors))
    z = logits[0]
    for member_logit in logits[1:]:
        z = z + member_logit
    # Both from the logit: 1 - sigmoid(z) would lose the digits of a probability near 0.
    return tensors.columns([tensors.call("sigmoid", -1.0 * z), tensors.call("sigmoid", z)])


# Activations: the registry holds each as one line of Python for the compiled engine. Walking that line's syntax tree
# translates it for every graph format, so that a new activation needs no code here.

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
}


def activated(activation: Activation, z: Any, tensors: Elementwise) -> Any:
    """f(z) for a tensor z (…) of the graph format, as another of its tensors (…)."""
    return _evaluated(ast.parse(activation.compiled_value, mode="eval").body, z, tensors)


def _evaluated(node: ast.expr, z: Any, tensors: Elementwise) -> Any:
    def inner(operand_node: ast.expr) -> Any:
        return _evaluated(operand_node, z, tensors)

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
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            return COMPARISONS[type(op)](inner(left), inner(right))
        case ast.Call(func=ast.Name(id="softplus"), args=[argument]):
            return softplus(inner(argument), tensors)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return tensors.call(name, inner(argument))
    raise NotImplementedError(f"no export can translate {ast.unparse(node)!r} in the formula of an activation.")


def softplus(z: Any, tensors: Elementwise) -> Any:
    """log(1 + exp(z)) without overflow: max(z, 0) + log1p(exp(-|z|))."""
    return tensors.where(z > 0.0, z, 0.0) + tensors.call("log1p", tensors.call("exp", -1.0 * tensors.call("abs", z)))


MISSING, UNKNOWN = -1, -2  # index of a category that is missing, and of one that wasn't in training


def is_textual(kind: str) -> bool:
    """Whether an export takes columns of this kind as texts."""
    return KINDS[kind].textual


def categories_of(portable: Portable) -> dict[str, tuple[str, ...]]:
    """Textual column -> the texts that any member knows, in the table's order of columns."""
    # dicts as sets that remember their order
    texts: dict[str, dict[str, None]] = {name: {} for name, kind in portable.columns.items() if is_textual(kind)}
    for member in portable.members:
        for code in member.encoding.columns if member.encoding else ():
            if isinstance(code, TextCode):
                texts[code.name] |= dict.fromkeys(code.categories)
    return {name: tuple(of_column) for name, of_column in texts.items()}


def as_codes(column: polars.Series, texts: Sequence[str]) -> np.ndarray:
    """A textual column as the index of each text among the known ones: (n,) int64, MISSING or UNKNOWN for the others."""
    index: dict[str | None, int] = {text: k for k, text in enumerate(texts)}
    # Polars gives a missing text as None.
    index[None] = MISSING
    return np.array([index.get(text, UNKNOWN) for text in column.to_list()], np.int64)


def encoded(
    portable: Portable, member: Member, values: Mapping[str, Any], codes: Mapping[str, Any], tensors: Tensors
) -> Any:
    """The inputs of the member's network, (n, k).

    Args:
        portable: to which the member belongs.
        member: whose encoding is applied.
        values: column -> its numbers, (n, 1) double.
        codes: textual column -> its whole numbers, (n,).
        tensors: the graph format.
    """
    if member.encoding is None:
        return tensors.columns([values[name] for name in portable.columns])
    categories, inputs = categories_of(portable), []
    for code in member.encoding.columns:
        if isinstance(code, TextCode):
            table = rows_by_code(code, categories[code.name])
            # UNKNOWN and MISSING are the first two rows of the table
            inputs.append(tensors.rows_of(table, codes[code.name] + -UNKNOWN))
        elif isinstance(code, FormulaCode):
            inputs += code.outputs(values[code.name], tensors)
    return tensors.columns(inputs)


def rows_by_code(code: TextCode, texts: Sequence[str]) -> np.ndarray:
    """The column's outputs for UNKNOWN, for MISSING, then for each of the texts: (2 + texts, outputs)."""
    index = {text: k for k, text in enumerate(code.categories)}
    # The table has the row of unknown texts after the known ones, and that of missing cells last.
    unknown, missing = len(index), len(index) + 1
    # A text that only another member has seen is unknown to this one.
    return np.asarray(code.table[[unknown, missing, *(index.get(text, unknown) for text in texts)]])
