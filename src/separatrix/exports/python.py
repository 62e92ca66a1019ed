"""Export to Python: one file that predicts with the standard library alone, from Python or from the shell.

The file is `_standalone.py` with four lines filled in: the model as JSON; the activations, the columns' formulas and the
readers of cells as functions, made from the registries. Names and labels occur only in the JSON, so that none of them can
become code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.data.kinds import KINDS, ColumnKind, FormulaCode
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.estimators.portable import Member, Portable, exportable, missing_words_of
from separatrix.exports import ExportFormat
from separatrix.exports._python_formulas import formula_functions, plain_encoding, reader_functions
from separatrix.support.atomic import write_atomically
from separatrix.support.machine import versions
from separatrix.support.surroundings import insulated

TEMPLATE = Path(__file__).with_name("_standalone.py")
MODEL_LINE = 'MODEL: dict[str, Any] = json.loads("{}")  # filled in\n'
READERS_LINE = "READERS: dict[str, Callable[[Any], Any]] = {}  # filled in\n"
FORMULAS_LINE = "FORMULAS: list[Callable[[float], list[float]]] = []  # filled in\n"
ACTIVATIONS_LINE = "ACTIVATIONS: dict[str, Callable[[float], float]] = {}  # filled in\n"


@insulated
def to_python(model: Any, path: str | Path, *, force: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as one Python file that needs no library, for Python 3.11 or later.

    Probabilities agree with the classifier's within 1e-5. Run as a script, the file reads a CSV file and writes another.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        path: the file to write.
        force: replace an existing file.

    Returns:
        The path of the file.

    Raises:
        InvalidData: the model is not fitted.
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
    return write_atomically(path, source(exportable(model)), force=force)


FORMAT = ExportFormat("python", ".py", to_python, "one Python file that needs no library")


def source(portable: Portable) -> str:
    """The text of the file."""
    text = TEMPLATE.read_text(encoding="utf-8")
    # Members of an ensemble share encodings, the largest part of a model; each encoding is written once.
    first = list({id(member.encoding): member for member in portable.members}.values())
    position = {id(member.encoding): k for k, member in enumerate(first)}
    kinds = {kind: KINDS[kind] for kind in dict.fromkeys(portable.columns.values())}
    formulas: list[FormulaCode] = []
    # Lists keep the order of the columns; JSON objects would too, but a reader of the file need not rely on it.
    data = {
        "made_with": versions(""),
        "columns": [[name, kind] for name, kind in portable.columns.items()],
        "kinds": {name: _kind(kind) for name, kind in kinds.items()},
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "missing_words": missing_words_of(portable) or MISSING_WORDS,
        "missing_categories": missing_words_of(portable),
        "encodings": [plain_encoding(member.encoding, formulas) for member in first],
        "members": [_member(member, position[id(member.encoding)]) for member in portable.members],
    }
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


def _kind(kind: ColumnKind) -> dict[str, Any]:
    return {"expected": kind.expected, "textual": kind.textual}


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


def _member(member: Member, encoding: int) -> dict[str, Any]:
    # The digits of a float32 weight as a float64 are exact, so the file loses nothing.
    layers = member.network.split(member.parameters.astype(np.float64))
    names = [*(entry.name for entry in member.network.activations), None]
    return {
        "dtype": str(member.parameters.dtype),
        "encoding": encoding,
        "layers": [
            {"weights": weight.tolist(), "biases": bias.tolist(), "activation": name}
            for (weight, bias), name in zip(layers, names, strict=True)
        ],
        "scale": member.scale,
        "shift": member.shift,
    }
