"""Vectors of samples as Python values: write a formula, get LLVM instructions.

`Lanes` holds the builder and the types; `Vec` overloads + - * / and comparisons, so that a kernel's source reads like
the mathematics. A product that is added to something is rounded once, with its sum, where the processor can do that.
Which ones these are, and the order of all sums, is settled here and not left to LLVM: one formula gives the same bits
in whatever kernel it stands. Nothing assumes that NaN or infinity doesn't occur.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

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
        # LLVM recognises this pair (insert into lane 0, shuffle with zeros) as one broadcast instruction.
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return Vec(self, self.builder.shuffle_vector(first, nothing, zeros))

    def load(self, pointer: ir.Value, align: int = 4) -> Vec:
        """`width` numbers from memory."""
        return Vec(self, self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()), align=align))

    def call(self, name: str, *arguments: Vec) -> Vec:
        """An LLVM intrinsic on vectors, such as "rint"."""
        function = self.intrinsic(name, len(arguments))
        return Vec(self, self.builder.call(function, [argument.value for argument in arguments]))

    def intrinsic(self, name: str, arguments: int) -> ir.Function:
        """The declaration of an intrinsic on vectors; llvmlite names only those on scalars."""
        # The suffix tells LLVM the overload: v16f32 is a vector of sixteen float32.
        full = f"llvm.{name}.v{self.width}f{32 if self.dtype == 'float32' else 64}"
        declared = self.builder.module.globals.get(full)
        return declared or ir.Function(
            self.builder.module, ir.FunctionType(self.vector, [self.vector] * arguments), full
        )


@dataclass(frozen=True, eq=False)
class Vec:
    """One vector; `factors` are those of a product."""

    lanes: Lanes
    value: ir.Value
    factors: tuple[Vec, Vec] | None = None

    # A plain number becomes a constant in all lanes, so that formulas may mix both.
    def _other(self, other: Vec | Number) -> Vec:
        return other if isinstance(other, Vec) else self.lanes.constant(other)

    def _with(self, operation: str, other: Vec | Number) -> Vec:
        return Vec(self.lanes, getattr(self.lanes.builder, operation)(self.value, self._other(other).value))

    def __add__(self, other: Vec | Number) -> Vec:
        other = self._other(other)
        if self.factors:
            # `fmuladd`, not `fma`: where the processor has no fused instruction, LLVM falls back to two roundings
            # instead of calling a library function for every lane.
            return self.lanes.call("fmuladd", *self.factors, other)
        return self.lanes.call("fmuladd", *other.factors, self) if other.factors else self._with("fadd", other)

    __radd__ = __add__

    def __sub__(self, other: Vec | Number) -> Vec:
        other = self._other(other)
        # A subtraction is the sum with the negative, so that a product on either side is fused as well.
        return self + -other if self.factors or other.factors else self._with("fsub", other)

    def __rsub__(self, other: Vec | Number) -> Vec:
        return self._other(other) - self

    def __mul__(self, other: Vec | Number) -> Vec:
        other = self._other(other)
        # The product is written out although a later sum may take its factors instead; LLVM removes what nobody
        # reads.
        return Vec(self.lanes, self._with("fmul", other).value, (self, other))

    __rmul__ = __mul__

    def __truediv__(self, other: Vec | Number) -> Vec:
        return self._with("fdiv", other)

    def __rtruediv__(self, other: Vec | Number) -> Vec:
        return self._other(other) / self

    def __neg__(self) -> Vec:
        if self.factors:
            # The negative of a product negates one factor, so that the product can still be fused with a sum.
            return -self.factors[0] * self.factors[1]
        return Vec(self.lanes, self.lanes.builder.fneg(self.value))

    def compare(self, sign: str, other: Vec | Number) -> ir.Value:
        """A mask; false where either is NaN."""
        # Ordered comparisons are false for NaN; the registries' formulas are written so that NaN then passes through.
        return self.lanes.builder.fcmp_ordered(sign, self.value, self._other(other).value)


def where(mask: ir.Value, yes: Vec, no: Vec) -> Vec:
    """Take yes in the lanes where the mask holds, no in the others."""
    # The sign of a zero may be lost: no formula here depends on it, and LLVM can then use a maximum instruction.
    return Vec(yes.lanes, yes.lanes.builder.select(mask, yes.value, no.value, flags=("nsz",)))


def all_numbers(x: Vec) -> ir.Value:
    """One bit: whether no lane is NaN."""
    lanes, builder = x.lanes, x.lanes.builder
    # A number is unordered with itself only if it is NaN; the mask as one integer is tested in one instruction.
    odd = builder.bitcast(builder.fcmp_unordered("uno", x.value, x.value), ir.IntType(lanes.width))
    return builder.icmp_unsigned("==", odd, ir.Constant(ir.IntType(lanes.width), 0))


def _rounded(number: float, dtype: str) -> float:
    """A float32 constant must be one exactly, or LLVM refuses it."""
    return float(np.float32(number)) if dtype == "float32" else number


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def names_in(text: str) -> set[str]:
    """The letters that an expression reads, and the functions that it calls."""
    return {node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name)}


def evaluate(
    text: str, names: dict[str, Vec], functions: dict[str, Callable[..., Vec]], times: Vec | None = None
) -> Vec:
    """A registry's expression of scalars, such as "0.0 if z < 0.0 else z", on vectors.

    Args:
        text: arithmetic, comparisons, conditional expressions and calls; nothing else.
        names: the vectors that the letters stand for.
        functions: the functions that may be called.
        times: multiply by this; where the expression is 1 or 0, that costs nothing.
    """
    some = next(iter(names.values()))

    def scaled(node: ast.expr, factor: Vec) -> Vec:
        match node:
            case ast.IfExp(test=ast.Compare() as test, body=body, orelse=orelse):
                return where(mask(test), scaled(body, factor), scaled(orelse, factor))
            # Multiplying by 1 or 0 is left out: the slope of ReLU then costs a selection and no multiplication.
            case ast.Constant(value=1.0):
                return factor
            case ast.Constant(value=0.0):
                return some.lanes.constant(0.0)
        return vec(node) * factor

    def mask(test: ast.Compare) -> ir.Value:
        return vec(test.left).compare(_SIGNS[type(test.ops[0])], vec(test.comparators[0]))

    def vec(node: ast.expr) -> Vec:
        value = walk(node)
        return value if isinstance(value, Vec) else some.lanes.constant(value)

    # Plain numbers stay Python floats until they meet a vector, so that constant parts are folded in double
    # precision.
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
            case ast.IfExp(test=ast.Compare() as test, body=body, orelse=orelse):
                return where(mask(test), vec(body), vec(orelse))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return functions[name](*(vec(argument) for argument in arguments))
        raise ValueError(f"{ast.unparse(node)!r} in {text!r} can't be compiled")

    return scaled(_parsed(text), times) if times else vec(_parsed(text))


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_SIGNS: dict[type[ast.cmpop], str] = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<="}
