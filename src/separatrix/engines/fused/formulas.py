"""The registries for the engine in the page: every formula as straight-line code, traced from what the compiled engine does.

`engines.fused` turns a registry's expressions into LLVM instructions. Here the same functions run against a builder that
writes down which instructions they ask for; the page's engine turns these into WebAssembly. So a new activation, loss or
optimiser in a registry, and a new function in `mathematics`, needs no line of JavaScript.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from llvmlite import ir

from separatrix.data.samplers import SAMPLERS
from separatrix.engines.fused._mathematics import FUNCTIONS, HIGHEST
from separatrix.engines.fused._updates import NUMBERS, OF_SETTINGS
from separatrix.engines.fused._vectors import Lanes, Vec, evaluate
from separatrix.networks.activations import ACTIVATIONS, Activation
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import INITIALISATIONS
from separatrix.networks.optimizers import OF_STEP, OPTIMIZERS
from separatrix.networks.schedules import SCHEDULES

Instruction = tuple[str | int | float, ...]
Program = dict[str, Any]  # as in types.js: inputs, code, outputs

# Instead of `mathematics.HIGHEST`: 1 / exp(88) is denormal, which takes a hundred times as long where it can't be flushed.
WELL_BELOW = 87.0
# The builder's methods that formulas use; any other name is refused, because the page can't carry it out yet.
_ARITHMETIC = ("fadd", "fsub", "fmul", "fdiv", "add", "sub", "shl", "lshr", "and_", "or_")


class _Recorder:
    """Stands for LLVM's builder: every instruction becomes a line of code, the same one but once."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self._numbers: dict[Instruction, int] = {}

    def record(self, operation: str, *operands: Any) -> int:
        """The number of the value that this instruction gives."""
        line: Instruction = (operation, *operands)
        # Equal instructions on equal operands are one value: LLVM merges them itself, the page's engine doesn't.
        if line not in self._numbers:
            self._numbers[line] = len(self.code)
            self.code.append(line)
        return self._numbers[line]

    def value(self, operand: Any) -> int:
        """The number of a value, also of one of LLVM's constants."""
        if not isinstance(operand, ir.Constant):
            return int(operand)
        # A vector constant repeats one number in all lanes; the first stands for them.
        first = operand.constant[0]
        number = getattr(first, "constant", first)
        return self.record("integer", int(number))

    def __getattr__(self, name: str) -> Any:
        if name not in _ARITHMETIC:
            raise AttributeError(
                f"no formula has needed the instruction {name!r} so far; teach it to the page's emitter"
            )
        # llvmlite writes `and_` and `or_` because the plain words are Python's.
        return lambda a, b: self.record(name.rstrip("_"), self.value(a), self.value(b))

    def fneg(self, a: int) -> int:
        """The sign turned."""
        return self.record("fneg", a)

    def sitofp(self, a: int, kind: ir.Type) -> int:
        """A whole number as a float."""
        return self.record("convert", a)

    def bitcast(self, a: int, kind: ir.Type) -> int:
        """The bits of a float as a whole number, or back."""
        return self.record("to_bits" if isinstance(kind.element, ir.IntType) else "from_bits", a)

    def fcmp_ordered(self, sign: str, a: int, b: int) -> int:
        """A mask; false where either is NaN."""
        return self.record(sign, a, b)

    def select(self, mask: int, yes: int, no: int, flags: tuple[str, ...] = ()) -> int:
        """One or the other, by the mask."""
        return self.record("select", mask, yes, no)


class _Traced(Lanes):
    """Lanes of float32 whose instructions are written down."""

    def __init__(self) -> None:
        super().__init__(_Recorder(), "float32", 4)
        self.recorder: _Recorder = self.builder

    def constant(self, number: float) -> Vec:
        """A number, rounded to float32."""
        number = WELL_BELOW if number == HIGHEST["float32"] else number
        # Rounded here: JSON and JavaScript have float64 only, and the page is to use the compiled engine's bits.
        return Vec(self, self.recorder.record("constant", float(np.float32(number))))

    def call(self, name: str, *arguments: Vec) -> Vec:
        """One of LLVM's intrinsics."""
        return Vec(self, self.recorder.record(name, *(argument.value for argument in arguments)))


def _program(inputs: tuple[str, ...], formulas: dict[str, str], times: str | None = None) -> Program:
    """The code of formulas, each of which may read the inputs and the results of those before it, by their names."""
    lanes = _Traced()
    names = {name: Vec(lanes, lanes.recorder.record("input", k)) for k, name in enumerate(inputs)}
    factor, outputs = None if times is None else names[times], []
    for name, text in formulas.items():
        names[name] = evaluate(text, names, FUNCTIONS, factor)
        outputs.append(names[name].value)
    return _pruned(list(inputs), lanes.recorder.code, outputs)


def _pruned(inputs: list[str], code: list[Instruction], outputs: list[int]) -> Program:
    """Without what no output needs; the inputs stay the first values, in their order."""
    needed = set(outputs)
    # Backwards: operands come before the instruction that uses them, so one pass is enough.
    for number in range(len(code) - 1, -1, -1):
        if number in needed and code[number][0] not in ("input", "constant", "integer"):
            needed.update(int(operand) for operand in code[number][1:])
    numbers = [*range(len(inputs)), *sorted(number for number in needed if number >= len(inputs))]
    renamed = {number: place for place, number in enumerate(numbers)}
    return {
        "inputs": inputs,
        "code": [_renamed(code[number], renamed) for number in numbers],
        "outputs": [renamed[number] for number in outputs],
    }


def _renamed(line: Instruction, renamed: dict[int, int]) -> list[Any]:
    operation, *operands = line
    # Their operands are numbers as such, not the places of other values, and must not be renumbered.
    if operation in ("input", "constant", "integer"):
        return list(line)
    return [operation, *(renamed[int(operand)] for operand in operands)]


def _activation(entry: Activation) -> dict[str, Any]:
    return {
        "formula": entry.formula,
        "about": entry.about,
        "piecewise_linear": entry.piecewise_linear,
        "value": _program(("z",), {"a": entry.compiled_value}),
        "slope": _program(("z", "a", "d"), {"slope": entry.compiled_slope}, times="d"),
    }


def _rule(rule: dict[str, str]) -> Program | None:
    # A rule is empty where engines have code of their own, as for L-BFGS: there is no formula to trace.
    memory = tuple(name for name in rule if name != "p")
    return _program(("p", "g", *memory, *NUMBERS), rule) if rule else None


def registry_formulas() -> dict[str, Any]:
    """All registries as data that JSON can hold; its form is `Formulas` in the page's `engine/types.js`.

    >>> registry_formulas()["activations"]["relu"]["value"]["code"]
    [['input', 0], ['constant', 0.0], ['<', 0, 1], ['select', 2, 1, 0]]
    """
    of_row = ("z", "y", "gamma")
    return {
        "activations": {name: _activation(entry) for name, entry in ACTIVATIONS.items()},
        "losses": {
            name: {
                "formula": entry.formula,
                "about": entry.about,
                "outputs": entry.outputs,
                "value": _program(of_row, {"loss": entry.compiled_value}),
                "slope": _program(of_row, {"slope": entry.compiled_slope}),
            }
            for name, entry in LOSSES.items()
        },
        "optimizers": {
            name: {
                "about": entry.about,
                "lr": entry.lr,
                "eps": entry.eps,
                # The page has no decay of SGD: its one slider is that of AdamW, whose default it keeps for all.
                "reads": [setting for setting in entry.reads if (name, setting) != ("sgd", "weight_decay")],
                "memory": list(entry.memory),
                "rule": _rule(entry.rule),
            }
            for name, entry in OPTIMIZERS.items()
        },
        "of_step": list(OF_STEP),
        "of_recipe": list(OF_SETTINGS),
        "schedules": {name: {"about": entry.about} for name, entry in SCHEDULES.items()},
        "initialisations": {name: {"about": entry.about} for name, entry in INITIALISATIONS.items()},
        "samplers": {name: {"about": entry.about, "noise": _default_noise(name)} for name, entry in SAMPLERS.items()},
    }


def _default_noise(sampler: str) -> float:
    # From the signature, so that the page's default can't come to differ from Python's.
    return float(signature(SAMPLERS[sampler].draw).parameters["noise"].default)
