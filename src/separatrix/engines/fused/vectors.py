"""Vectors of samples as Python values: write a formula, get LLVM instructions.

`Lanes` holds the builder and the types; `Vec` overloads + - * / and comparisons, so that a kernel's source reads like
the mathematics. Floating operations may be regrouped, contracted and use reciprocals, but never assume that NaN or
infinity doesn't occur.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir

FAST = ("reassoc", "contract", "arcp", "nsz")
Number = float | int


class Lanes:
    """Where instructions go: a builder, and vectors of `width` samples of one float type."""

    def __init__(self, builder: ir.IRBuilder, dtype: str, width: int) -> None:
        self.builder, self.dtype, self.width = builder, dtype, width
        self.scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
        self.integer = ir.IntType(32 if dtype == "float32" else 64)
        self.vector, self.mask = ir.VectorType(self.scalar, width), ir.VectorType(self.integer, width)

    def constant(self, number: Number) -> Vec:
        """The same number in every lane."""
        return Vec(self, ir.Constant(self.vector, [_rounded(float(number), self.dtype)] * self.width))

    def spread(self, scalar: ir.Value) -> Vec:
        """A scalar value in every lane."""
        first = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return Vec(self, self.builder.shuffle_vector(first, ir.Constant(self.vector, ir.Undefined), zeros))

    def load(self, pointer: ir.Value, align: int = 4) -> Vec:
        """`width` numbers from memory."""
        return Vec(self, self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()), align=align))

    def call(self, name: str, *arguments: Vec) -> Vec:
        """An LLVM intrinsic on vectors, such as "rint"."""
        function = self.intrinsic(name, len(arguments))
        return Vec(self, self.builder.call(function, [argument.value for argument in arguments]))

    def intrinsic(self, name: str, arguments: int) -> ir.Function:
        """The declaration of an intrinsic on vectors; llvmlite names only those on scalars."""
        full = f"llvm.{name}.v{self.width}f{32 if self.dtype == 'float32' else 64}"
        known = self.builder.module.globals.get(full)
        return known or ir.Function(self.builder.module, ir.FunctionType(self.vector, [self.vector] * arguments), full)


@dataclass(frozen=True, eq=False)
class Vec:
    """One vector."""

    lanes: Lanes
    value: ir.Value

    def _other(self, other: Vec | Number) -> Vec:
        return other if isinstance(other, Vec) else self.lanes.constant(other)

    def _with(self, operation: str, other: Vec | Number, swapped: bool = False) -> Vec:
        a, b = (self._other(other), self) if swapped else (self, self._other(other))
        return Vec(self.lanes, getattr(self.lanes.builder, operation)(a.value, b.value, flags=FAST))

    def __add__(self, other: Vec | Number) -> Vec:
        return self._with("fadd", other)

    def __radd__(self, other: Vec | Number) -> Vec:
        return self if isinstance(other, int) and other == 0 else self._with("fadd", other, swapped=True)

    def __sub__(self, other: Vec | Number) -> Vec:
        return self._with("fsub", other)

    def __rsub__(self, other: Vec | Number) -> Vec:
        return self._with("fsub", other, swapped=True)

    def __mul__(self, other: Vec | Number) -> Vec:
        return self._with("fmul", other)

    def __rmul__(self, other: Vec | Number) -> Vec:
        return self._with("fmul", other, swapped=True)

    def __truediv__(self, other: Vec | Number) -> Vec:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: Vec | Number) -> Vec:
        return self._with("fdiv", other, swapped=True)

    def __neg__(self) -> Vec:
        return self * -1.0

    def compare(self, sign: str, other: Vec | Number) -> ir.Value:
        """A mask; false where either is NaN."""
        return self.lanes.builder.fcmp_ordered(sign, self.value, self._other(other).value)

    def times_plus(self, factor: Vec, summand: Vec) -> Vec:
        """self · factor + summand in one rounding, and exactly so: nothing may be regrouped."""
        return self.lanes.call("fma", self, factor, summand)


def where(mask: ir.Value, yes: Vec, no: Vec) -> Vec:
    """yes in the lanes where the mask holds, no in the others."""
    return Vec(yes.lanes, yes.lanes.builder.select(mask, yes.value, no.value))


def _rounded(number: float, dtype: str) -> float:
    """A float32 constant must be one exactly, or LLVM refuses it."""
    import numpy as np

    return float(np.float32(number)) if dtype == "float32" else number


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def evaluate(text: str, names: dict[str, Vec], functions: dict[str, Callable[..., Vec]]) -> Vec:
    """A registry's expression of scalars, such as "0.0 if z <= 0.0 else z", on vectors.

    Args:
        text: arithmetic, comparisons, conditional expressions and calls; nothing else.
        names: the vectors that the letters stand for.
        functions: the functions that may be called.
    """
    some = next(iter(names.values()))

    def vec(node: ast.expr) -> Vec:
        found = walk(node)
        return found if isinstance(found, Vec) else some.lanes.constant(found)

    def walk(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=float() | int() as number):
                return number
            case ast.Name(id=name):
                return names[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = walk(operand)
                return -inner
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _ARITHMETIC[type(op)](walk(left), walk(right))
            case ast.IfExp(test=ast.Compare(left=left, ops=[op], comparators=[right]), body=body, orelse=orelse):
                return where(vec(left).compare(_SIGNS[type(op)], vec(right)), vec(body), vec(orelse))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return functions[name](*(vec(argument) for argument in arguments))
        raise ValueError(f"{ast.unparse(node)!r} in {text!r} can't be compiled")

    return vec(_parsed(text))


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_SIGNS: dict[type[ast.cmpop], str] = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<="}
