"""The arithmetic in which formulas of columns are written once for the encoder and for every export."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Arithmetic(Protocol):
    """What a column's formula is written in, beside `+ - * /` and comparisons, which the values understand themselves.

    Each export and the encoder have one: NumPy, PyTorch, a graph of ONNX, lines of Python.
    """

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """`yes` where the condition holds, else `no`; each a value or a float."""

    def call(self, name: str, value: Any) -> Any:
        """An elementwise function: abs, cos, exp, floor, isnan, log1p, sin, sqrt, tanh."""

    def number(self, condition: Any) -> Any:
        """1.0 where the condition holds, else 0.0."""

    def constant(self, value: np.ndarray) -> Any:
        """An array (1, k) as a value."""

    def linear(self, a: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""


class NumpyArithmetic:
    """`Arithmetic` on arrays (n, k) float64: what an encoder computes with."""

    def where(self, condition: np.ndarray, yes: Any, no: Any) -> np.ndarray:
        """`yes` where the condition holds, else `no`."""
        chosen: np.ndarray = np.where(condition, yes, no)
        return chosen

    def call(self, name: str, value: np.ndarray) -> np.ndarray:
        """An elementwise function by its name in NumPy."""
        return np.asarray(getattr(np, name)(value))

    def number(self, condition: np.ndarray) -> np.ndarray:
        """1.0 where the condition holds, else 0.0."""
        numbers: np.ndarray = condition.astype(np.float64)
        return numbers

    def constant(self, value: np.ndarray) -> np.ndarray:
        """The array itself."""
        return value

    def linear(self, a: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""
        product: np.ndarray = a @ weight.T + bias
        return product


def clipped(x: Any, low: float, high: float, arithmetic: Arithmetic) -> Any:
    """The value within [low, high]; NaN stays NaN."""
    # two selections: comparisons with NaN are false in every format, so that it passes through both
    return arithmetic.where(x < low, low, arithmetic.where(x > high, high, x))


def scaled(code: Any, x: Any, arithmetic: Arithmetic) -> Any:
    """(x - centre) / scale within ±clip, 0 for a scale of 0, in any arithmetic."""
    if code.scale == 0:
        # from x and not a constant: in the graph of an export only x knows the number of rows
        return x * 0.0
    # (x - centre) / scale, turned round: onnxruntime leaves out a subtraction of less than 1e-8 and a division by less
    # than 1.00001, which would be all that there is in a column of tiny numbers
    return clipped((code.centre - x) / -code.scale, -code.clip, code.clip, arithmetic)
