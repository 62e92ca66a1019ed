"""Writes an ONNX graph as arithmetic on values whose operators each append a node.

Every number is double, the type in which an estimator predicts. Operators are those of opset 17, which onnxruntime 1.12
and later run; its Erf supports float alone, so GELU passes through float (an error of 1e-7 of its value).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx

# Old versions on purpose: a runtime reads all opsets up to its own, and opset 17 has every operator that is needed here.
OPSET, ML_OPSET, IR = 17, 3, 8
FLOAT, DOUBLE = (
    1,
    11,
)  # as onnx.TensorProto numbers them; written here, since the page notes graphs without that package
FUNCTIONS = {
    "abs": "Abs",
    "cos": "Cos",
    "exp": "Exp",
    "floor": "Floor",
    "isnan": "IsNaN",
    "log": "Log",
    "sigmoid": "Sigmoid",
    "sin": "Sin",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
}


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the graph, by its name; `+ - * /`, comparisons, `&` and `|` add a node to the graph."""

    name: str
    graph: Graph

    def __add__(self, other: Any) -> Value:
        return self.graph.node("Add", self, other)

    # The reflected operators are called for a float or an array on the left, as in 1.0 - z.
    def __radd__(self, other: Any) -> Value:
        return self.graph.node("Add", other, self)

    def __sub__(self, other: Any) -> Value:
        return self.graph.node("Sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.graph.node("Sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.graph.node("Mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return self.graph.node("Mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return self.graph.node("Div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return self.graph.node("Div", other, self)

    def __gt__(self, other: Any) -> Value:
        return self.graph.node("Greater", self, other)

    def __lt__(self, other: Any) -> Value:
        return self.graph.node("Less", self, other)

    def __ge__(self, other: Any) -> Value:
        return self.graph.node("GreaterOrEqual", self, other)

    def __le__(self, other: Any) -> Value:
        return self.graph.node("LessOrEqual", self, other)

    def __and__(self, other: Value) -> Value:
        return self.graph.node("And", self, other)

    def __or__(self, other: Value) -> Value:
        return self.graph.node("Or", self, other)


@dataclass(eq=False)
class Graph:
    """The nodes and constants so far, and the operations without an operator: see `_tensor_formulas.Tensors`."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def free(self, name: str) -> str:
        """The name itself if no value has it yet, else with underscores appended."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def node(self, op: str, *inputs: Any, name: str = "", domain: str = "", **attributes: Any) -> Value:
        """Append one operation on values, arrays and floats, and return its result."""
        from onnx import helper

        # Generated names begin with a slash, which columns may have too: hence the check against taken names.
        output = self.free(name or f"/{op}{len(self.nodes)}")
        names = [self.constant(value).name for value in inputs]
        self.nodes.append(helper.make_node(op, names, [output], domain=domain, **attributes))
        return Value(output, self)

    def constant(self, value: Any) -> Value:
        """An array (or a float, as double) as a value; equal constants are stored once. A value is returned as it is."""
        if isinstance(value, Value):
            return value
        from onnx import numpy_helper

        # A Python float is a double, like every number of the graph; an array keeps its own type.
        array = np.asarray(value, np.float64 if isinstance(value, float) else None)
        # An array of texts holds pointers, which say nothing about equality: its repr stands in for the bytes.
        key = (
            array.dtype.str,
            array.shape,
            array.tobytes() if array.dtype != object else repr(array.tolist()).encode(),
        )
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, self.free(f"/constant{len(self.constants)}"))
        return Value(self.constants[key].name, self)

    def call(self, name: str, value: Value) -> Value:
        """An elementwise function of FUNCTIONS, or erf, expm1, log1p."""
        # onnxruntime implements Erf for float only.
        if name == "erf":
            return self.cast(self.node("Erf", self.cast(value, FLOAT)), DOUBLE)
        # ONNX has neither expm1 nor log1p. Near 0 the plain forms lose digits relative to the result, but not in absolute
        # terms, which is what an activation's error in a sum of products amounts to.
        if name == "expm1":
            return self.call("exp", value) - 1.0
        if name == "log1p":
            return self.call("log", value + 1.0)
        return self.node(FUNCTIONS[name], value)

    def where(self, condition: Value, yes: Any, no: Any) -> Value:
        """`yes` where the condition holds, else `no`."""
        return self.node("Where", condition, yes, no)

    def cast(self, value: Value, kind: int) -> Value:
        """The value as another element type of TensorProto."""
        return self.node("Cast", value, to=kind)

    def number(self, condition: Value) -> Value:
        """1.0 where the condition holds, else 0.0."""
        return self.cast(condition, DOUBLE)

    def rounded(self, value: Value, dtype: str) -> Value:
        """Rounded to float32 if that is the dtype, in double precision again."""
        # A cast to float and back rounds as NumPy's astype does.
        if dtype == "float64":
            return value
        return self.cast(self.cast(value, FLOAT), DOUBLE)

    def linear(self, a: Value, weight: np.ndarray, bias: np.ndarray) -> Value:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""
        return self.node("MatMul", a, np.ascontiguousarray(weight.T)) + bias

    def columns(self, values: list[Value]) -> Value:
        """Values (n, k), (n, l), … side by side: (n, k + l + …)."""
        # Concat of a single value would be one more node for every table with one column.
        return values[0] if len(values) == 1 else self.node("Concat", *values, axis=1)

    def column(self, value: Value, index: int) -> Value:
        """One column of (n, k): (n, 1)."""
        return self.node("Gather", value, np.array([index], np.int64), axis=1)

    def rows_of(self, table: np.ndarray, index: Value) -> Value:
        """The rows of a table (m, k) at the indices (n,): (n, k)."""
        return self.node("Gather", table, index, axis=0)
