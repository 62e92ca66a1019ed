"""Columns in the exported Python file: their formulas as lines of Python, and the functions that read their cells."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.data.kinds import ColumnKind, FormulaCode, TextCode
from separatrix.errors import InvalidParameter
from separatrix.estimators.encoding.encoding import Encoding
from separatrix.exports._tensor_formulas import rows_by_code


class PythonLines:
    """`separatrix.data.kinds.Arithmetic` that writes each operation as a line of Python, for one row.

    Attributes:
        lines: the assignments so far.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def assign(self, template: str, *operands: Any) -> PythonValue:
        """Note one operation, element by element where an operand is a list.

        Args:
            template: an expression with {} for each operand.
            operands: values, and floats, which are repeated for every element.
        """
        width = max(operand.width for operand in operands if isinstance(operand, PythonValue))
        wide = [k for k, operand in enumerate(operands) if isinstance(operand, PythonValue) and operand.width > 1]
        # a float in its shortest form that reads back the same
        names = [operand.name if isinstance(operand, PythonValue) else repr(float(operand)) for operand in operands]
        # A list needs a loop variable; a float is repeated in the expression of every element.
        items = [f"i{k}" if k in wide else name for k, name in enumerate(names)]
        expression = template.format(*items)
        if wide:
            variables, lists = ", ".join(items[k] for k in wide), ", ".join(names[k] for k in wide)
            # `zip` of a single list would give tuples of one element, which no expression could use.
            expression = f"[{expression} for {variables} in {f'zip({lists})' if len(wide) > 1 else lists}]"
        return self.named(expression, width)

    def named(self, expression: str, width: int) -> PythonValue:
        """A new variable with the value of an expression."""
        # Numbered by the lines so far, so that no two variables share a name.
        value = PythonValue(f"v{len(self.lines)}", width, self)
        self.lines.append(f"{value.name} = {expression}")
        return value

    def where(self, condition: PythonValue, yes: Any, no: Any) -> PythonValue:
        """`yes` where the condition holds, else `no`."""
        return self.assign("({1} if {0} else {2})", condition, yes, no)

    def call(self, name: str, value: PythonValue) -> PythonValue:
        """A function of the standalone file."""
        return self.assign(f"{name}({{}})", value)

    def number(self, condition: PythonValue) -> PythonValue:
        """1.0 where the condition holds, else 0.0."""
        return self.assign("float({})", condition)

    def constant(self, value: np.ndarray) -> PythonValue:
        """An array (1, k) as a list of floats, or as a float for k = 1."""
        numbers = value.ravel().tolist()
        return self.named(repr(numbers[0] if len(numbers) == 1 else numbers), len(numbers))

    def linear(self, a: PythonValue, weight: np.ndarray, bias: np.ndarray) -> PythonValue:
        """A of width k, weight (1, k), bias (1,) -> one float."""
        # As literals: Python writes a float so that it reads back to the same bits.
        (factors,), (offset,) = weight.tolist(), bias.tolist()
        items = a.name if a.width > 1 else f"[{a.name}]"
        return self.named(f"sum(map(mul, {factors!r}, {items})) + {offset!r}", 1)


@dataclass(frozen=True, eq=False)
class PythonValue:
    """A variable of the exported file: a float, or a list of `width` floats."""

    name: str
    width: int
    home: PythonLines

    def __add__(self, other: Any) -> PythonValue:
        return self.home.assign("({} + {})", self, other)

    def __radd__(self, other: Any) -> PythonValue:
        return self.home.assign("({} + {})", other, self)

    def __sub__(self, other: Any) -> PythonValue:
        return self.home.assign("({} - {})", self, other)

    def __rsub__(self, other: Any) -> PythonValue:
        return self.home.assign("({} - {})", other, self)

    def __mul__(self, other: Any) -> PythonValue:
        return self.home.assign("({} * {})", self, other)

    def __rmul__(self, other: Any) -> PythonValue:
        return self.home.assign("({} * {})", other, self)

    def __truediv__(self, other: Any) -> PythonValue:
        return self.home.assign("({} / {})", self, other)

    def __rtruediv__(self, other: Any) -> PythonValue:
        return self.home.assign("({} / {})", other, self)

    def __lt__(self, other: Any) -> PythonValue:
        return self.home.assign("({} < {})", self, other)

    def __gt__(self, other: Any) -> PythonValue:
        return self.home.assign("({} > {})", self, other)

    def __le__(self, other: Any) -> PythonValue:
        return self.home.assign("({} <= {})", self, other)

    def __ge__(self, other: Any) -> PythonValue:
        return self.home.assign("({} >= {})", self, other)


def formula_functions(codes: list[FormulaCode]) -> str:
    """A function for each code, from a column's number (NaN where missing) to its outputs, and their list FORMULAS."""
    functions = []
    for k, code in enumerate(codes):
        home = PythonLines()
        values = code.outputs(PythonValue("x", 1, home), home)
        # Lists are unpacked, so that a code's outputs lie side by side as they do in the encoded table.
        outputs = ", ".join(value.name if value.width == 1 else f"*{value.name}" for value in values)
        body = "".join(f"    {line}\n" for line in home.lines)
        functions.append(f"def formula{k}(x: float) -> list[float]:\n{body}    return [{outputs}]\n\n\n")
    names = ", ".join(f"formula{k}" for k in range(len(codes)))
    return f"{''.join(functions)}FORMULAS: list[Callable[[float], list[float]]] = [{names}]\n"


def reader_functions(kinds: Mapping[str, ColumnKind]) -> str:
    """The source of each kind's `read_cell`, and their dictionary READERS.

    Raises:
        InvalidParameter: a kind's function has no source, for example as it was typed into a prompt.
    """
    functions = []
    for k, (name, kind) in enumerate(kinds.items()):
        try:
            # The kind's own source: the file reads cells exactly as training did, without separatrix.
            source = textwrap.dedent(inspect.getsource(kind.read_cell))
        except OSError as error:
            raise InvalidParameter(f"the source of read_cell of the column kind {name!r} isn't in a file.") from error
        # What stands before the name goes: a decorator such as `staticmethod` has no use outside a class.
        functions.append(f"def read_kind{k}({source.partition('def read_cell(')[2].rstrip()}\n\n\n")
    entries = ", ".join(f"{json.dumps(name)}: read_kind{k}" for k, name in enumerate(kinds))
    return f"{''.join(functions)}READERS: dict[str, Callable[[Any], Any]] = {{{entries}}}\n"


def plain_encoding(encoding: Encoding | None, formulas: list[FormulaCode]) -> list[dict[str, Any]] | None:
    """An encoding as plain data, or None where the columns are the inputs.

    Args:
        encoding: of a member.
        formulas: to which its codes with a formula are added; the data holds their index.
    """
    if encoding is None:
        return None
    columns: list[dict[str, Any]] = []
    for code in encoding.columns:
        if isinstance(code, TextCode):
            rows = rows_by_code(code, code.categories).tolist()
            # After the rows of an unknown and of a missing cell.
            outputs = dict(zip(code.categories, rows[2:], strict=True))
            columns.append({"name": code.name, "unknown": rows[0], "missing": rows[1], "known": outputs})
        elif isinstance(code, FormulaCode):
            # The index is taken before appending: all members share one list of formulas.
            columns.append({"name": code.name, "formula": len(formulas)})
            formulas.append(code)
    return columns
