"""The registries as the page gets them: traced code that computes what the package computes, and needs no JavaScript."""

import json
from dataclasses import replace

import numpy as np
import pytest

import separatrix as sx
from separatrix.engines.base import Epochs
from separatrix.engines.fused import _mathematics as mathematics
from separatrix.engines.fused._updates import NUMBERS
from separatrix.engines.fused.formulas import registry_formulas
from separatrix.networks.activations import ACTIVATIONS, Activation
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS, Optimizer
from separatrix.training.preparation import as_task
from separatrix.web import _build
from tests.by_hand import Walker, loss_and_gradient
from tests.engines.browser_engine import BrowserEngine, open_engine

FORMULAS = registry_formulas()
Z = np.concatenate([np.linspace(-12, 12, 401), [-200, -88.5, -87, -1e-7, 0, 1e-7, 87, 88.5, 200]]).astype(np.float32)


def run(program, **inputs):
    """What a program computes, instruction by instruction, in float32."""
    values = []
    for operation, *operands in program["code"]:
        if operation in ("input", "constant", "integer"):
            kind = np.int32 if operation == "integer" else np.float32
            value = inputs[program["inputs"][operands[0]]] if operation == "input" else kind(operands[0])
        else:
            value = OPERATIONS[operation](*(values[operand] for operand in operands))
        values.append(value)
    return [values[output] for output in program["outputs"]]


def _fused(a, b, c):
    return (np.float64(a) * b + c).astype(np.float32)


OPERATIONS = {
    "fadd": np.add, "fsub": np.subtract, "fmul": np.multiply, "fdiv": np.divide, "fneg": np.negative, "fabs": np.abs,
    "sqrt": np.sqrt, "fmuladd": _fused, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
    "select": np.where, "add": np.add, "sub": np.subtract, "and": np.bitwise_and, "or": np.bitwise_or, "shl": np.left_shift,
    "lshr": lambda a, b: np.right_shift(np.asarray(a).view(np.uint32), np.uint32(b)).view(np.int32),
    "convert": lambda a: np.asarray(a).astype(np.float32),
    "to_bits": lambda a: np.asarray(a, np.float32).view(np.int32),
    "from_bits": lambda a: np.asarray(a, np.int32).view(np.float32),
}  # fmt: skip  # a table


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_an_activation_s_code_computes_its_value_and_its_slope(name):
    entry, code = ACTIVATIONS[name], FORMULAS["activations"][name]
    exact = Z.astype(np.float64)
    with np.errstate(over="ignore"):
        (a,) = run(code["value"], z=Z)
        (slope,) = run(code["slope"], z=Z, a=a, d=np.full_like(Z, 0.5))
        np.testing.assert_allclose(a, entry.value(exact), rtol=3e-6, atol=2e-6)
        np.testing.assert_allclose(slope, 0.5 * entry.slope(exact), rtol=3e-6, atol=2e-6)


@pytest.mark.parametrize("name", list(LOSSES))
@pytest.mark.parametrize("label", [0, 1])
def test_a_loss_s_code_computes_its_value_and_its_slope(name, label):
    entry, code = LOSSES[name], FORMULAS["losses"][name]
    z, y = Z[np.abs(Z) <= 12], np.float32(label)
    for part in ("value", "slope"):
        (result,) = run(code[part], z=z, y=y, gamma=np.float32(1.5))
        exact = getattr(entry, part)(z.astype(np.float64), np.float64(label), 1.5)
        np.testing.assert_allclose(result, exact, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", [name for name, entry in OPTIMIZERS.items() if entry.rule])
def test_an_optimiser_s_code_reads_what_it_remembers_and_the_numbers_and_gives_back_what_it_remembers_and_p(name):
    program, memory = FORMULAS["optimizers"][name]["rule"], OPTIMIZERS[name].memory
    assert program["inputs"] == ["p", "g", *memory, *NUMBERS]
    assert len(program["outputs"]) == len(memory) + 1


def test_what_has_code_of_its_own_hands_over_no_rule():
    assert FORMULAS["optimizers"]["lbfgs"]["rule"] is None


def test_the_code_is_plain_json_without_a_line_twice_or_in_vain():
    assert json.loads(json.dumps(FORMULAS)) == FORMULAS
    programs = [
        entry[part]
        for group in ("activations", "losses")
        for entry in FORMULAS[group].values()
        for part in ("value", "slope")
    ]
    for program in programs:
        lines = [json.dumps(line) for line in program["code"]]
        assert len(set(lines)) == len(lines)
        used = {
            operand
            for operation, *rest in program["code"]
            if operation not in ("input", "constant", "integer")
            for operand in rest
        }
        assert set(range(len(program["inputs"]), len(lines))) <= used | set(program["outputs"])


def test_a_new_function_is_traced_into_the_formulas_that_call_it(monkeypatch):
    monkeypatch.setitem(mathematics.FUNCTIONS, "halved", lambda x: x * 0.5 + mathematics.absolute(x))
    monkeypatch.setitem(ACTIVATIONS, "relu", replace(ACTIVATIONS["relu"], compiled_value="halved(z)"))
    (result,) = run(registry_formulas()["activations"]["relu"]["value"], z=Z)
    np.testing.assert_allclose(result, Z / 2 + np.abs(Z), rtol=1e-6)


@pytest.fixture
def added(monkeypatch):
    """An activation, a loss and an optimiser that the registries didn't have."""
    value, slope = (lambda z: z / (1 + np.abs(z))), (lambda z: 1 / (1 + np.abs(z)) ** 2)
    code = ("z / (1.0 + abs(z))", "1.0 / ((1.0 + abs(z)) * (1.0 + abs(z)))")
    monkeypatch.setitem(ACTIVATIONS, "softsign", Activation("softsign", "", "", value, slope, "Softsign", *code))
    square = {"value": lambda z, y, gamma: (z - y) ** 2, "slope": lambda z, y, gamma: 2 * (z - y)}
    code = {"compiled_value": "(z - y) * (z - y)", "compiled_slope": "2.0 * (z - y)"}
    monkeypatch.setitem(LOSSES, "square", replace(LOSSES["mse"], name="square", **square, **code))
    rule = {"p": "p - 2.0 * rate * g"}
    monkeypatch.setitem(OPTIMIZERS, "double", Optimizer("double", "", "SGD", 0.05, 0.0, (), rule))
    _build.page_files.cache_clear()
    yield
    _build.page_files.cache_clear()


def test_a_new_activation_loss_and_optimiser_train_in_the_page_without_a_line_of_javascript(browser, added):
    tab = open_engine(browser)
    network = sx.Network((2, 4, 3, 1), ("softsign", "tanh"))
    recipe = sx.Recipe(loss="square", optimizer="double", lr=0.1)
    task = as_task(network, recipe, sx.circle(n=40, seed=3), None, None)
    session = BrowserEngine(tab).start(task, network.initialise(0))
    exact = as_task(network, recipe.replace(dtype="float64"), sx.circle(n=40, seed=3), None, None)
    by_hand = Walker(sx.Recipe(), network.initialise(0, "float64"))
    for _ in range(5):
        loss, gradient = loss_and_gradient(exact, by_hand.w)
        progress = session.advance(Epochs(np.array([0.1]), None, np.array([0])))
        by_hand.step(gradient, 0.2)
        assert progress.loss[0] == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(session.parameters(), by_hand.w, rtol=1e-4, atol=1e-6)
    tab.close()
