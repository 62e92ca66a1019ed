"""Export to Python: one file that predicts with the standard library alone, from Python or from the shell.

The file is `_standalone.py` with four lines filled in: the model as JSON; the activations, the columns' formulas and the
readers of cells as functions, made from the registries. Names and labels occur only in the JSON, so that none of them can
become code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from separatrix.data.kinds import KINDS, FormulaCode
from separatrix.estimators.portable import exportable
from separatrix.exports import ExportFormat
from separatrix.exports._plain_model import plain_model, plain_reasons
from separatrix.exports._python_formulas import formula_functions, reader_functions
from separatrix.support.atomic import write_atomically
from separatrix.support.surroundings import insulated

TEMPLATE = Path(__file__).with_name("_standalone.py")
MODEL_LINE = 'MODEL: dict[str, Any] = json.loads("{}")  # filled in\n'
READERS_LINE = "READERS: dict[str, Callable[[Any], Any]] = {}  # filled in\n"
FORMULAS_LINE = "FORMULAS: list[Callable[[float], list[float]]] = []  # filled in\n"
ACTIVATIONS_LINE = "ACTIVATIONS: dict[str, Callable[[float], float]] = {}  # filled in\n"


@insulated
def to_python(model: Any, path: str | Path, *, force: bool = False, reasons: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as one Python file that needs no library, for Python 3.11 or later.

    Probabilities agree with the classifier's within 1e-5. Run as a script, the file reads a CSV file and writes another.

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
        OutputError: the file exists and `force` is False, or it can't be written.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     program = {"__name__": "program"}
        ...     exec(to_python(run, Path(folder) / "model.py").read_text(), program)
        >>> import numpy as np
        >>> bool(np.allclose(program["predict_proba"]({"x0": 1, "x1": 2}), run.predict_proba([[1.0, 2.0]])[0]))
        True
    """
    return write_atomically(path, source(model, reasons=reasons), force=force)


FORMAT = ExportFormat("python", ".py", to_python, "one Python file that needs no library", reasons=True)


def source(model: Any, *, reasons: bool = False) -> str:
    """The text of the file.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        reasons: whether it can explain a row.
    """
    portable = exportable(model)
    text = TEMPLATE.read_text(encoding="utf-8")
    kinds = {kind: KINDS[kind] for kind in dict.fromkeys(portable.columns.values())}
    formulas: list[FormulaCode] = []
    data = plain_model(portable, formulas)
    data["reasons"] = plain_reasons(model, portable) if reasons else None
    activations = {entry.name: entry for member in portable.members for entry in member.network.activations}
    functions = "\n".join(f'    "{name}": lambda z: {entry.compiled_value},' for name, entry in activations.items())
    for line, filled in (
        (READERS_LINE, reader_functions(kinds)),
        (FORMULAS_LINE, formula_functions(formulas)),
        (ACTIVATIONS_LINE, ACTIVATIONS_LINE.split(" = ")[0] + f" = {{\n{functions}\n}}\n"),
        # last: no name or label in it can then be taken for a line to fill in
        (MODEL_LINE, f"MODEL: dict[str, Any] = json.loads(r'''{_json(data)}''')\n"),
    ):
        text = text.replace(line, filled, 1)
    return text


def _json(data: Any) -> str:
    """JSON for between r''' and ''': ASCII without single quotes, one list of numbers per line."""
    # Line breaks only between nested values: a weight matrix has one row per line, and a diff of two models is readable.
    if isinstance(data, dict):
        text = "{" + ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in data.items()) + "}"
    elif isinstance(data, list) and any(isinstance(value, list | dict) for value in data):
        text = "[" + ",\n".join(_json(value) for value in data) + "]"
    else:
        text = json.dumps(data, allow_nan=False)
    return text.replace("'", "\\u0027")
