"""Export to JavaScript: one ES module without dependencies, for browsers and for Node.js.

The file is `_standalone.js` with three lines filled in: the model as JSON, and the formulas of columns and activations as
functions, made from the registries. Names and labels occur only in the JSON, so that none of them can become code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.data.kinds import FormulaCode
from separatrix.errors import InvalidParameter
from separatrix.estimators.portable import exportable
from separatrix.exports import ExportFormat
from separatrix.exports._plain_model import plain_folds, plain_interval, plain_model, plain_reasons
from separatrix.exports._python_formulas import PythonLines, PythonValue
from separatrix.exports._tensor_formulas import activated
from separatrix.networks.activations import Activation
from separatrix.support.atomic import write_atomically
from separatrix.support.surroundings import insulated

TEMPLATE = Path(__file__).with_name("_standalone.js")
MODEL_LINE = 'export const MODEL = JSON.parse("{}"); // filled in\n'
FORMULAS_LINE = "const FORMULAS = []; // filled in\n"
ACTIVATIONS_LINE = "const ACTIVATIONS = {}; // filled in\n"
READABLE = ("number", "boolean", "category", "date", "duration")  # kinds for which the file has a reader of cells


@insulated
def to_javascript(model: Any, path: str | Path, *, force: bool = False, reasons: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as one ES module that needs nothing else.

    Probabilities agree with the classifier's within 1e-12, but for numbers that lie on the edge between two float32 numbers.
    The file's `predict_interval` gives the interval of the classifier's method, or null where the classifier has none.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        path: the file to write.
        force: replace an existing file.
        reasons: whether the file can `explain` a row, by a background that is made of the training columns' quantiles and
            counts and by fixed orders of the columns.

    Returns:
        The path of the file.

    Raises:
        InvalidData: the model is not fitted, or reasons are wanted of a model that doesn't know its training columns.
        InvalidParameter: a column of a kind of your own.
        OutputError: the file exists and `force` is False, or it can't be written.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     "export function predict_proba" in to_javascript(run, Path(folder) / "model.mjs").read_text()
        True
    """
    return write_atomically(path, source(model, reasons=reasons), force=force)


FORMAT = ExportFormat("javascript", ".mjs", to_javascript, "one ES module without dependencies", reasons=True)


def source(model: Any, *, reasons: bool) -> str:
    """The text of the module.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        reasons: whether it can explain a row.
    """
    portable = exportable(model)
    foreign = [kind for kind in portable.columns.values() if kind not in READABLE]
    if foreign:
        raise InvalidParameter(
            f"JavaScript has no reader for columns of the kind {foreign[0]!r}; export to Python instead."
        )
    formulas: list[FormulaCode] = []
    data = plain_model(portable, formulas)
    for codes in filter(None, data["encodings"]):
        for code in codes:
            if "known" in code:  # pairs: an object of JavaScript would have names such as __proto__ of its own
                code["known"] = [[text, outputs] for text, outputs in code["known"].items()]
    fold_models = model.fold_models() if hasattr(model, "fold_models") else ()
    data["folds"] = plain_folds(portable, fold_models)
    data["interval"] = plain_interval(model)
    data["reasons"] = plain_reasons(model, portable) if reasons else None
    activations = {entry.name: entry for member in portable.members for entry in member.network.activations}
    text = TEMPLATE.read_text(encoding="utf-8")
    for line, filled in (
        (FORMULAS_LINE, _formulas(formulas)),
        (ACTIVATIONS_LINE, _activations(list(activations.values()))),
        # last: no name or label in it can then be taken for a line to fill in
        (MODEL_LINE, f"export const MODEL = JSON.parse({literal(json.dumps(data, allow_nan=False))});\n"),
    ):
        text = text.replace(line, filled, 1)
    return text


def literal(text: str) -> str:
    """A text as a literal that is inert inside of a script element, too."""
    return json.dumps(text).replace("<", "\\u003c")


class JavaScriptLines(PythonLines):
    """`separatrix.data.kinds.Arithmetic` that writes each operation as a line of JavaScript, for one row."""

    def assign(self, template: str, *operands: Any) -> PythonValue:
        """Note one operation, element by element where an operand is an array."""
        width = max(operand.width for operand in operands if isinstance(operand, PythonValue))
        wide = [k for k, operand in enumerate(operands) if isinstance(operand, PythonValue) and operand.width > 1]
        names = [operand.name if isinstance(operand, PythonValue) else repr(float(operand)) for operand in operands]
        items = [f"{name}[i]" if k in wide else name for k, name in enumerate(names)]
        # in brackets: a negative number behind a minus would be a decrement
        expression = template.format(*(f"({item})" if item.startswith("-") else item for item in items))
        return self.named(f"{names[wide[0]]}.map((_, i) => {expression})" if wide else expression, width)

    def named(self, expression: str, width: int) -> PythonValue:
        """A new variable with the value of an expression."""
        value = PythonValue(f"v{len(self.lines)}", width, self)
        self.lines.append(f"const {value.name} = {expression};")
        return value

    def where(self, condition: Any, yes: Any, no: Any) -> PythonValue:
        """`yes` where the condition holds, else `no`."""
        return self.assign("({0} ? {1} : {2})", condition, yes, no)

    def number(self, condition: PythonValue) -> PythonValue:
        """1 where the condition holds, else 0."""
        return self.assign("Number({})", condition)

    def linear(self, a: PythonValue, weight: np.ndarray, bias: np.ndarray) -> PythonValue:
        """A of width k, weight (1, k), bias (1,) -> one number."""
        (factors,), (offset,) = weight.tolist(), bias.tolist()
        items = a.name if a.width > 1 else f"[{a.name}]"
        return self.named(f"dot({factors!r}, {items}) + {offset!r}", 1)


def _formulas(codes: list[FormulaCode]) -> str:
    functions = []
    for code in codes:
        home = JavaScriptLines()
        values = code.outputs(PythonValue("x", 1, home), home)
        outputs = ", ".join(value.name if value.width == 1 else f"...{value.name}" for value in values)
        functions.append(f"  (x) => {{ {' '.join(home.lines)} return [{outputs}]; }},\n")
    return f"const FORMULAS = [\n{''.join(functions)}];\n"


def _activations(entries: list[Activation]) -> str:
    functions = []
    for entry in entries:
        home = JavaScriptLines()
        last = activated(entry, PythonValue("z", 1, home), home)
        functions.append(f"  {entry.name}: (z) => {{ {' '.join(home.lines)} return {last.name}; }},\n")
    return f"const ACTIVATIONS = {{\n{''.join(functions)}}};\n"
