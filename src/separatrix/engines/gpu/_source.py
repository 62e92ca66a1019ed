"""The kernel as Python text that Numba compiles for the card: one thread trains one network, every number in a register.

The text is straight-line code, as `fused._straight` writes it in LLVM's words: one statement per unit, weight and
gradient. Formulas come from the registries; only their constants are marked with the kernel's float type, since a plain
`0.5` is a float64 to Numba and would take the whole expression with it, at a thirtieth of a card's speed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

from separatrix.engines.fused._updates import NUMBERS
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OF_STEP, OPTIMIZERS

# What the formulas call, as functions of the card. Arguments of exp are held where its result is finite and no denormal,
# as in the compiled engine; everything else follows from it.
FUNCTIONS = """
@device
def exp(x):
    # NaN passes: it is neither above nor below
    x = LARGE if x > LARGE else x
    return f(math.exp(-LARGE if x < -LARGE else x))

@device
def expm1(x):
    return f(math.expm1(LARGE if x > LARGE else x))

@device
def sigmoid(x):
    e = exp(-abs(x))
    return f(1.0) / (f(1.0) + e) if x >= f(0.0) else e / (f(1.0) + e)

@device
def softplus(x):
    return (x if x > f(0.0) else f(0.0)) + f(math.log1p(exp(-abs(x))))

@device
def tanh(x):
    return f(math.tanh(x))

@device
def erf(x):
    return f(math.erf(x))

@device
def log(x):
    return f(math.log(x))

@device
def log1p(x):
    return f(math.log1p(x))

@device
def sqrt(x):
    # a negative square doesn't occur; NaN must not raise in the simulator
    return f(math.sqrt(x)) if x >= f(0.0) else x * f(0.0)

@device
def power(base, exponent):
    # 0 to any power counts as 0 but for the power 0, so that no slope is infinite
    if base > f(0.0):
        return exp(exponent * f(math.log(base)))
    return f(1.0) if exponent == f(0.0) else f(0.0) * base
"""


@cache
def trainings(network: Network, loss: str, optimizer: str, dtype: str) -> Any:
    """The compiled kernel for a network, a loss and an optimiser; `source` says what its arguments are."""
    import math

    import numba
    from numba import cuda

    number = numba.float32 if dtype == "float32" else numba.float64
    names = {"math": math, "cuda": cuda, "device": cuda.jit(device=True), "f": number}
    names["LARGE"] = number(87.0 if dtype == "float32" else 708.0)
    # the text is our own: names of units and the registries' formulas, nothing that a user writes
    exec(FUNCTIONS + source(network, loss, optimizer), names)
    return cuda.jit(names["trainings"])


def source(network: Network, loss: str, optimizer: str) -> str:
    """The kernel's text.

    trainings(parameters, memory, numbers, coefficients, x, y, w, vx, vy, vw, gamma, l1, l2, logged, rows, ends, done, final),
    the last axis of an array being the run: parameters (p, runs), memory (slots, p, runs) and done (runs,), the completed
    epochs, are overwritten. coefficients (epochs, 3) are the numbers `OF_STEP`, numbers those of `NUMBERS`. x (n, d, runs or
    1), y, w (n, runs or 1), w adding up to 1; vx, vy, vw likewise for validation. rows (k, 5, runs): of each epoch in logged
    (k,) the loss, the rows on the right side, the gradient's norm, validation loss and rows; ends (k or 0, p, runs): its
    parameters. final (4, runs): loss, rows, validation loss and rows at the last parameters.
    """
    count, rule = network.n_parameters, OPTIMIZERS[optimizer].rule
    slots = [name for name in rule if name != "p"]
    parameter_numbers = range(count)
    lines = [
        "def trainings(parameters, memory, numbers, coefficients, x, y, w, vx, vy, vw, gamma, l1, l2, logged, rows, ends,"
        " done, final):",
        " run = cuda.grid(1)",
        " if run >= parameters.shape[1]:",
        "  return",
        " column = run if x.shape[2] > 1 else 0",
        *(f" p{k} = parameters[{k}, run]" for k in parameter_numbers),
        *(f" {name}_{k} = memory[{slot}, {k}, run]" for slot, name in enumerate(slots) for k in parameter_numbers),
        *(f" {name} = numbers[{k}]" for k, name in enumerate(NUMBERS) if name not in OF_STEP),
        " row = 0",
        " completed = 0",
        " for epoch in range(coefficients.shape[0]):",
        "  is_measured = row < logged.shape[0] and logged[row] == epoch",
        *(f"  {name} = f(coefficients[epoch, {k}])" for k, name in enumerate(OF_STEP)),
        *(f"  g{k} = f(0.0)" for k in parameter_numbers),
        "  loss = 0.0",
        "  right = 0",
        "  for i in range(x.shape[0]):",
        *_indented(3, _row(network, loss)),
        *_indented(2, _penalties(network)),
        *_indented(2, _step(rule, count)),
        # a number that is infinite or NaN gives NaN times 0; such a step is not taken
        "  odd = " + " + ".join(f"q{k} * f(0.0)" for k in parameter_numbers),
        "  if not (odd == odd and loss - loss == 0.0):",
        "   break",
        *(f"  p{k} = q{k}" for k in parameter_numbers),
        "  completed = epoch + 1",
        "  if is_measured:",
        "   rows[row, 0, run] = loss",
        "   rows[row, 1, run] = right",
        "   rows[row, 2, run] = math.sqrt(" + " + ".join(f"float(g{k}) * float(g{k})" for k in parameter_numbers) + ")",
        *_indented(3, _measure(network, loss, "v", "rows[row, 3, run]", "rows[row, 4, run]")),
        "   if ends.shape[0] > 0:",
        *(f"    ends[row, {k}, run] = p{k}" for k in parameter_numbers),
        "   row += 1",
        " done[run] = completed",
        *(f" parameters[{k}, run] = p{k}" for k in parameter_numbers),
        *(f" memory[{slot}, {k}, run] = {name}_{k}" for slot, name in enumerate(slots) for k in parameter_numbers),
        *_indented(1, _measure(network, loss, "", "final[0, run]", "final[1, run]")),
        *_indented(1, _measure(network, loss, "v", "final[2, run]", "final[3, run]")),
    ]
    return "\n".join(lines) + "\n"


def _indented(depth: int, lines: Iterator[str]) -> list[str]:
    return [" " * depth + line for line in lines]


def formula(text: str, names: dict[str, str]) -> str:
    """A registry's expression with its letters renamed and its constants of the kernel's float type.

    >>> formula("0.0 if z < 0.0 else z", {"z": "z1_0"})
    '(f(0.0) if z1_0 < f(0.0) else z1_0)'
    """

    class Renamed(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return ast.Name(names.get(node.id, node.id), node.ctx)

        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            number = ast.Constant(float(ast.literal_eval(node)))
            return ast.Call(ast.Name("f", ast.Load()), [number], [])

    return f"({ast.unparse(Renamed().visit(ast.parse(text, mode='eval').body))})"


def _forward(network: Network, data: str) -> Iterator[str]:
    """Every unit's z and a for row i of the arrays named by `data`, then the logit `z`, label `t` and weight `s`."""
    yield f"t = {data}y[i, column]"
    yield f"s = {data}w[i, column]"
    for k in range(network.n_inputs):
        yield f"a0_{k} = {data}x[i, {k}, column]"
    for depth, layer in enumerate(network.layout, start=1):
        for j in range(layer.fan_out):
            # the sum begins with the bias and takes the weights in the order of the inputs, as in the compiled engine
            terms = (f"p{layer.weight.start + j * layer.fan_in + i} * a{depth - 1}_{i}" for i in range(layer.fan_in))
            yield f"z{depth}_{j} = p{layer.bias.start + j} + " + " + ".join(terms)
            if depth < len(network.layout):
                value = ACTIVATIONS[network.activations[depth - 1].name].compiled_value
                yield f"a{depth}_{j} = {formula(value, {'z': f'z{depth}_{j}'})}"
    last = len(network.layout)
    yield f"z = z{last}_0" if network.n_outputs == 1 else f"z = z{last}_1 - z{last}_0"


def _row(network: Network, loss: str) -> Iterator[str]:
    """One row's part of the loss and of the gradient."""
    letters = {"y": "t"}
    yield from _forward(network, "")
    yield "if is_measured:"
    yield f" loss += float(s * {formula(LOSSES[loss].compiled_value, letters)})"
    yield " right += 1 if (z > f(0.0)) == (t > f(0.5)) else 0"
    last = len(network.layout)
    slope = f"{formula(LOSSES[loss].compiled_slope, letters)} * s"
    yield f"d{last}_{network.n_outputs - 1} = {slope}"
    if network.n_outputs == 2:  # softmax: the logit is z1 - z0
        yield f"d{last}_0 = -d{last}_1"
    for depth in range(last, 0, -1):
        layer = network.layout[depth - 1]
        for j in range(layer.fan_out):
            for i in range(layer.fan_in):
                yield f"g{layer.weight.start + j * layer.fan_in + i} += d{depth}_{j} * a{depth - 1}_{i}"
            yield f"g{layer.bias.start + j} += d{depth}_{j}"
        if depth > 1:
            bend = ACTIVATIONS[network.activations[depth - 2].name].compiled_slope
            for i in range(layer.fan_in):
                terms = [f"p{layer.weight.start + j * layer.fan_in + i} * d{depth}_{j}" for j in range(layer.fan_out)]
                names = {"z": f"z{depth - 1}_{i}", "a": f"a{depth - 1}_{i}"}
                yield f"d{depth - 1}_{i} = ({' + '.join(terms)}) * {formula(bend, names)}"


def _penalties(network: Network) -> Iterator[str]:
    """To the gradient l1 · sign(p) + l2 · p for the weights; to the loss the penalties themselves."""
    yield "if l1 != f(0.0) or l2 != f(0.0):"
    for k, is_weight in enumerate(network.is_weight):
        if is_weight:
            sign = f"(f(1.0) if p{k} > f(0.0) else f(-1.0) if p{k} < f(0.0) else f(0.0))"
            yield f" g{k} += l1 * {sign} + l2 * p{k}"
            yield f" loss += float(l1 * abs(p{k}) + f(0.5) * l2 * p{k} * p{k}) if is_measured else 0.0"


def _step(rule: dict[str, str], count: int) -> Iterator[str]:
    """The optimiser's rule for every parameter: what it remembers, then the new parameter q."""
    for k in range(count):
        names = {name: f"{name}_{k}" for name in rule} | {"p": f"p{k}", "g": f"g{k}"}
        for name, text in rule.items():
            yield f"{f'q{k}' if name == 'p' else names[name]} = {formula(text, names)}"


def _measure(network: Network, loss: str, data: str, loss_place: str, right_place: str) -> Iterator[str]:
    """Loss and rows on the right side of the training (data "") or validation rows (data "v"), at the present parameters."""
    yield "total = 0.0"
    yield "hits = 0"
    yield f"for i in range({data}x.shape[0]):"
    yield from (f" {line}" for line in _forward(network, data))
    yield f" total += float(s * {formula(LOSSES[loss].compiled_value, {'y': 't'})})"
    yield " hits += 1 if (z > f(0.0)) == (t > f(0.5)) else 0"
    if not data:  # a validation loss has no penalties, so that trainings with different ones can be compared
        for k, is_weight in enumerate(network.is_weight):
            if is_weight:
                yield f"total += float(l1 * abs(p{k}) + f(0.5) * l2 * p{k} * p{k})"
    yield f"{loss_place} = total"
    yield f"{right_place} = hits"
