"""What another program needs to write the exports of this package itself: templates, names, defaults, formulas as graphs.

The playground's page does: it gives away scripts, model files and ONNX files, and is no Python.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Any

from separatrix.exports import script
from separatrix.exports._onnx_graph import IR, OPSET, Graph, Value
from separatrix.exports._tensor_formulas import activated
from separatrix.networks.activations import ACTIVATIONS, Activation
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.machine import versions
from separatrix.training.run import COLUMNS


def export_templates() -> dict[str, Any]:
    """Plain data for JSON.

    >>> export_templates()["activations"]["relu"]["module"]
    'ReLU'
    """
    return {
        "version": versions("")["separatrix"],
        "script": {
            "head": script._HEAD,
            "step": script._STEP,
            "end": script._END,
            "picture": script._PICTURE,
            "width": script.WIDTH,
            "shown": script.SHOWN,
        },
        "losses": {
            name: {"script": entry.script, "target": entry.script_target, "takes": entry.takes}
            for name, entry in LOSSES.items()
        },
        "schedules": {name: entry.script for name, entry in SCHEDULES.items()},
        "activations": {name: {"module": entry.module, "nodes": _nodes(entry)} for name, entry in ACTIVATIONS.items()},
        "optimizers": {
            name: {
                "kind": entry.kind,
                "eps": entry.eps,
                # the page has no weight decay of SGD
                "reads": tuple(setting for setting in entry.reads if (name, setting) != ("sgd", "weight_decay")),
                "always": entry.always,
            }
            for name, entry in OPTIMIZERS.items()
        },
        "recipe": _recipe(),
        "history": COLUMNS,
        "onnx": {"opset": OPSET, "ir": IR},
    }


def _recipe() -> list[dict[str, Any]]:
    """The settings of a recipe in their order, with their defaults, and whether a number is to be read as a float."""
    kinds = typing.get_type_hints(Recipe)
    return [
        {"name": name, "default": default, "float": float in (kinds[name], *typing.get_args(kinds[name]))}
        for name, default in Recipe().settings().items()
    ]


def _nodes(activation: Activation) -> list[list[Any]]:
    """The formula as nodes of an ONNX graph: [operation, inputs, attributes]; an input is a number or a value's name."""
    recorder = _GraphRecorder()
    last = activated(activation, Value("z", recorder), recorder)
    if last.name == "z":
        recorder.node("Identity", last)
    return recorder.recorded


@dataclass(eq=False)
class _GraphRecorder(Graph):
    """A graph that notes its nodes as plain data, without the package onnx: value k is called "#k"."""

    recorded: list[list[Any]] = field(default_factory=list)

    def node(self, op: str, *inputs: Any, name: str = "", domain: str = "", **attributes: Any) -> Value:
        """Note one operation, and give its result."""
        self.recorded.append(
            [op, [value.name if isinstance(value, Value) else float(value) for value in inputs], attributes]
        )
        return Value(f"#{len(self.recorded) - 1}", self)
