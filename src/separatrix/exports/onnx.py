"""Export to ONNX: one graph from the table's columns to labels and probabilities, encoder included.

Inputs: one for each column, under the column's name, each of shape (rows, 1):

    number    double, NaN where missing
    boolean   double, 1 or 0, NaN where missing
    date      double, microseconds since 1970-01-01 00:00, NaN where missing
    duration  double, seconds, NaN where missing
    category  string, "" where missing (the metadata's "missing" says so, should "" be a category)

Outputs: "label" (rows,) and "probabilities" (rows, 2) double, columns in the order of the classes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS, resolved_texts
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.portable import Portable, exportable, missing_words_of
from separatrix.exports import ExportFormat
from separatrix.exports._onnx_graph import IR, ML_OPSET, OPSET, Graph, Value
from separatrix.exports._tensor_formulas import MISSING, UNKNOWN, categories_of, encoded, is_textual, probabilities
from separatrix.support.atomic import write_atomically
from separatrix.support.machine import versions
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import onnx
    import polars

# Stands in the file, where a person who only has the file can read it.
ABOUT = "Made by separatrix. Inputs have the shape (rows, 1): {}."


@insulated
def to_onnx(model: Any, path: str | Path, *, force: bool = False) -> Path:
    """Write a fitted classifier or a `Run` as an ONNX file for any runtime that supports opset 17.

    Probabilities agree with the classifier's within 1e-5. `feeds` turns a frame into the inputs.

    Args:
        model: a fitted classifier, a `Run` or a `Portable`.
        path: the file to write.
        force: replace an existing file.

    Returns:
        The path of the file.

    Raises:
        InvalidData: the model is not fitted, or a column has no name.
        InvalidParameter: the package onnx is not installed.
        OutputError: the file exists and `force` is False, or it can't be written.

    Examples:
        >>> import tempfile, separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     to_onnx(run, Path(folder) / "model.onnx").name
        'model.onnx'
    """
    return write_atomically(path, build(exportable(model)).SerializeToString(), force=force)


FORMAT = ExportFormat("onnx", ".onnx", to_onnx, "an ONNX graph for any runtime", extra="export")


def build(portable: Portable) -> onnx.ModelProto:
    """The ONNX model of a portable, checked by onnx itself.

    Raises:
        InvalidData: a column has no name.
        InvalidParameter: the package onnx is not installed.
    """
    try:
        from onnx import checker, helper
    except ImportError as error:
        raise InvalidParameter(
            f'ONNX export needs the package onnx: pip install "separatrix[{FORMAT.extra}]".'
        ) from error
    if "" in portable.columns:
        raise InvalidData("a column without a name can't be an ONNX input; name the column before fitting.")
    # Inputs carry the columns' own names, so no node may take one of them.
    graph = Graph(taken=set(portable.columns))
    inputs = _inputs(portable)
    values = {name: Value(name, graph) for name in portable.columns}
    codes = _codes(portable, values, graph)
    both = probabilities(portable, lambda member: encoded(portable, member, values, codes, graph), graph)
    # The last node of the sum has a generated name; Identity gives the output the documented one.
    output = graph.node("Identity", both, name="probabilities")
    label = _label(portable, output, graph)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "separatrix", inputs, _outputs(portable, label, output), [*graph.constants.values()]
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR,
        producer_name="separatrix",
        producer_version=versions("")["separatrix"],
        doc_string=ABOUT.format("; ".join(f"{kind.name}: {kind.feed}" for kind in KINDS.values())),
    )
    helper.set_model_props(model, {"separatrix": json.dumps(described(portable))})
    checker.check_model(model, full_check=True)  # infers all shapes too: a wrong graph fails here, not at the user's
    return model


def described(portable: Portable) -> dict[str, Any]:
    """The model's metadata: columns with their kinds, classes, threshold, and the text of a missing category."""
    return {
        "columns": [[name, kind] for name, kind in portable.columns.items()],
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "missing": missing_text(portable),
        "versions": versions(""),
    }


def missing_text(portable: Portable) -> str:
    """The text that stands for a missing category: "", or "<missing>" in as many brackets as make it no category."""
    categories = {text for texts in categories_of(portable).values() for text in texts}
    # ONNX strings have no missing value, so one text stands for it, which must not be a category. Usually "" is free.
    text = ""
    while text in categories:
        text = "<missing>" if not text else f"<{text}>"
    return text


def feeds(portable: Portable, x: Any) -> dict[str, np.ndarray]:
    """The ONNX inputs for a frame or array of n rows, column -> (n, 1) float64 or object.

    Raises:
        InvalidData: a column is missing, or holds values of another kind.

    Examples:
        >>> import separatrix as sx
        >>> network = sx.Network.parse("2-3-1")
        >>> feeds(Portable.of_network(network, network.initialise(0)), np.zeros((4, 2)))["x1"].shape
        (4, 1)
    """
    # The same conversion as in `predict_proba`, so that both see equal values.
    frame = portable.matched(x)
    missing = missing_text(portable)
    words, categories = missing_words_of(portable), categories_of(portable)
    columns = {
        name: resolved_texts(frame[name], categories[name], words) if is_textual(kind) else frame[name]
        for name, kind in portable.columns.items()
    }
    return {name: _feed(column, portable.columns[name], missing) for name, column in columns.items()}


def _feed(column: polars.Series, kind: str, missing: str) -> np.ndarray:
    if is_textual(kind):
        return np.array(column.fill_null(missing).to_list(), object).reshape(-1, 1)
    return KINDS[kind].numbers(column).reshape(-1, 1)


def _inputs(portable: Portable) -> list[onnx.ValueInfoProto]:
    from onnx import TensorProto, helper

    types = {
        name: TensorProto.STRING if is_textual(kind) else TensorProto.DOUBLE for name, kind in portable.columns.items()
    }
    return [helper.make_tensor_value_info(name, kind, ["rows", 1]) for name, kind in types.items()]


def _outputs(portable: Portable, label: Value, probabilities: Value) -> list[onnx.ValueInfoProto]:
    from onnx import TensorProto, helper

    return [
        helper.make_tensor_value_info(label.name, _label_type(portable), ["rows"]),
        helper.make_tensor_value_info(probabilities.name, TensorProto.DOUBLE, ["rows", 2]),
    ]


def _label_type(portable: Portable) -> int:
    from onnx import TensorProto

    # `type` and not isinstance: True is an int, but has a tensor type of its own.
    kinds = {str: TensorProto.STRING, bool: TensorProto.BOOL, int: TensorProto.INT64, float: TensorProto.DOUBLE}
    return int(kinds[type(portable.classes[1])])


def _label(portable: Portable, probabilities: Value, graph: Graph) -> Value:
    """The label of each row, (n,)."""
    from onnx import TensorProto

    is_second = graph.column(probabilities, 1) > portable.threshold
    index = graph.node("Reshape", graph.cast(is_second, TensorProto.INT64), np.array([-1], np.int64))
    kind = object if isinstance(portable.classes[1], str) else None
    return graph.node("Gather", np.array(portable.classes, kind), index, axis=0, name="label")


def _codes(portable: Portable, values: dict[str, Value], graph: Graph) -> dict[str, Value]:
    """Each category column's text as its index among the fitted categories: (n,) int64, -1 missing, -2 unknown."""
    missing = missing_text(portable)
    codes = {}
    for name, texts in categories_of(portable).items():
        # LabelEncoder keeps its input's shape; Gather, which reads the codes, wants one dimension.
        texts_flat = graph.node("Reshape", values[name], np.array([-1], np.int64))
        keys = {missing: MISSING} | {text: k for k, text in enumerate(texts)}
        for word in missing_words_of(portable) or ():
            keys.setdefault(word, MISSING)  # unless it is a category
        codes[name] = graph.node(
            "LabelEncoder",
            texts_flat,
            domain="ai.onnx.ml",
            keys_strings=list(keys),
            values_int64s=list(keys.values()),
            default_int64=UNKNOWN,
        )
    return codes
