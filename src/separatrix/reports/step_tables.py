"""One training step in words and tables, for the terminal, as Markdown and as an HTML page.

All three are written from the same list of sections, so that their numbers can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from separatrix.geometry.one_step import LayerStep, OneStep
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.support.translations import language, translated, width

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

MAX_ROWS = 24  # of a table; a longer one ends with the number of rows left out
MAX_TERMS = 4  # of a sum that is written out
LONGEST_RULE = 90  # characters of a derivative that is written out


@dataclass(frozen=True)
class StepTable:
    """One table of a step.

    Attributes:
        title: what it shows.
        lines: above the table: formulas with shapes, and one of its numbers computed by hand.
        heads: column heads.
        rows: cells as text, one tuple per row.
    """

    title: str
    lines: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class StepSection:
    """One part of a step.

    Attributes:
        heading: its name.
        text: a sentence about it.
        grids: its tables.
    """

    heading: str
    text: str
    grids: tuple[StepTable, ...]


def sections(step: OneStep) -> list[StepSection]:
    """The whole step in the order of its computation: data, forward pass, loss, backward pass, update."""
    # Backward from the last layer to the first, as backpropagation computes it.
    forward = [_forward(layer, k) for k, layer in enumerate(step.layers)]
    backward = [_backward(step, k) for k in reversed(range(len(step.layers)))]
    english = [
        _data(step),
        *forward,
        _loss(step),
        *backward,
        *[_update(step, layer) for layer in step.layers],
        _after(step),
    ]
    # here, where the sections leave for the terminal, a file or a report: tables of Rich don't pass the console's translation
    return [_translated(section) for section in english]


def _translated(section: StepSection) -> StepSection:
    grids = tuple(
        StepTable(
            translated(table.title),
            tuple(map(translated, table.lines)),
            tuple(map(translated, table.heads)),
            tuple(tuple(map(translated, row)) for row in table.rows),
        )
        for table in section.grids
    )
    return StepSection(translated(section.heading), translated(section.text), grids)


def _data(step: OneStep) -> StepSection:
    heads = (*(f"x{k + 1}" for k in range(step.x.shape[1])), "y")
    rows = [(*_numbers(x), f"{y:g}") for x, y in zip(step.x, step.y, strict=True)]
    text = f"{len(step.y)} rows through {step.network}, {step.network.n_parameters} parameters."
    return StepSection("The data", text, (_grid("row", rows, heads, f"x {step.x.shape}, y {step.y.shape}"),))


def _forward(layer: LayerStep, k: int) -> StepSection:
    inputs, z, a = _inputs(k), f"z{k + 1}", f"a{k + 1}"
    product = f"{inputs} {layer.inputs.shape} · weightᵀ {layer.weight.T.shape}"
    activation = ACTIVATIONS.get(layer.activation)
    # Softmax isn't elementwise and has no entry in the registry.
    formula = activation.formula if activation else "exp(z) / sum of exp(z)"
    # The bias as one more column: each row then holds all parameters of a unit.
    weights = np.column_stack((layer.weight, layer.bias))
    sums = _sum(zip(layer.weight[0], layer.inputs[0], strict=True), float(layer.bias[0]))
    grids = (
        _grid("unit", map(_numbers, weights), _from(layer), f"weights and biases of {layer.name}"),
        _grid(
            "row",
            map(_numbers, layer.z),
            _units(layer),
            f"{z} = {inputs} · weightᵀ + bias",
            f"{product} + bias {layer.bias.shape} -> {z} {layer.z.shape}",
            f"by hand, row 0, unit 0: {sums} ≈ {_number(layer.z[0, 0])}",
        ),
        _grid(
            "row",
            map(_numbers, layer.a),
            _units(layer),
            f"{a} = {layer.activation}({z})",
            f"{layer.activation}(z) = {formula}",
        ),
    )
    text = "Multiply by the weights, add the bias, apply the activation."
    return StepSection(f"Forward: {layer.name}", text, grids)


def _loss(step: OneStep) -> StepSection:
    # The probability of class 1 is the last column for one output and for two.
    kind = LOSSES[step.loss_name]
    probability = step.layers[-1].a[:, -1]
    rows = [
        (_number(p, sign=""), f"{y:g}", _number(loss, sign=""))
        for p, y, loss in zip(probability, step.y, step.row_loss, strict=True)
    ]
    table = _grid("row", rows, ("p", "y", "loss"), f"loss = {kind.formula}", kind.about)
    return StepSection("The loss", f"The mean over the rows (with penalties, if any) is {step.loss:.6f}.", (table,))


def _backward(step: OneStep, k: int) -> StepSection:
    layer, inputs, delta = step.layers[k], _inputs(k), f"delta{k + 1}"
    gradients = np.column_stack((layer.weight_gradient, layer.bias_gradient))
    j, i = _largest(layer.weight_gradient)
    sums = _sum(zip(layer.delta[:, j], layer.inputs[:, i], strict=True))
    # The loss alone gives delta · inputs; what the gradient has beyond that comes from the penalties on the weights.
    penalty = layer.weight_gradient[j, i] - layer.delta[:, j] @ layer.inputs[:, i]
    # The bound is above what rounding leaves of a difference that ought to be 0.
    sums += f" + {_number(penalty)} of the penalties" if abs(penalty) > 1e-12 else ""
    gradient = _grid(
        "unit",
        map(_numbers, gradients),
        _from(layer),
        f"gradient of {layer.name} = {delta}ᵀ · {inputs}; of the bias: sum of {delta} over the rows",
        f"{delta}ᵀ {layer.delta.T.shape} · {inputs} {layer.inputs.shape} -> {layer.weight_gradient.shape}",
        f"by hand, unit {j}, from {i}: {sums} ≈ {_number(layer.weight_gradient[j, i])}",
    )
    last = k == len(step.layers) - 1
    grids = (*(_last_delta(step) if last else _delta(step, k)), gradient)
    return StepSection(f"Backward: {layer.name}", "The gradient: how the loss changes with each parameter.", grids)


def _last_delta(step: OneStep) -> tuple[StepTable, ...]:
    """The derivative of the loss in the pre-activation z of the last layer."""
    layer, rule, name = step.layers[-1], LOSSES[step.loss_name].compiled_slope, f"delta{len(step.layers)}"
    # The focal loss's derivative is too long to be read in a line.
    lines = [f"d loss / d z = {rule}"] if len(rule) < LONGEST_RULE else []
    if layer.z.shape[1] == 2:
        lines.append("z is z_1 - z_0, so the derivative in unit 0 has the opposite sign")
    title = f"{name} = d loss / d z{len(step.layers)}, divided by the {len(step.y)} rows"
    return (_grid("row", map(_numbers, layer.delta), _units(layer), title, *lines),)


def _delta(step: OneStep, k: int) -> tuple[StepTable, ...]:
    """The slopes of the activation, and the derivative of the loss in this layer's pre-activation z (chain rule)."""
    layer, above, delta = step.layers[k], step.layers[k + 1], f"delta{k + 1}"
    slope = ACTIVATIONS[layer.activation].slope(layer.z)
    row, j = _largest(layer.delta)
    sums = _sum(zip(above.delta[row], above.weight[:, j], strict=True))
    product = f"delta{k + 2} {above.delta.shape} · weight {above.weight.shape}"
    return (
        _grid(
            "row", map(_numbers, slope), _units(layer), f"{layer.activation}'(z{k + 1}): the slope of the activation"
        ),
        _grid(
            "row",
            map(_numbers, layer.delta),
            _units(layer),
            f"{delta} = (delta{k + 2} · weight of {above.name}) × {layer.activation}'(z{k + 1})",
            f"{product} -> {delta} {layer.delta.shape}",
            f"by hand, row {row}, unit {j}: ({sums}) × {_number(slope[row, j])} ≈ {_number(layer.delta[row, j])}",
        ),
    )


def _update(step: OneStep, layer: LayerStep) -> StepSection:
    # Parameter by parameter, in PyTorch's order: the weights of a unit, then its bias.
    numbers = []
    names = []
    for j in range(layer.weight.shape[0]):
        for i in range(layer.weight.shape[1]):
            names.append(f"weight[{j}, {i}]")
            numbers.append((layer.weight[j, i], layer.weight_gradient[j, i], layer.new_weight[j, i]))
        names.append(f"bias[{j}]")
        numbers.append((layer.bias[j], layer.bias_gradient[j], layer.new_bias[j]))
    rows = tuple(
        (name, _number(before), f"{step.lr:g} × {_number(gradient)}", _number(after))
        for name, (before, gradient, after) in zip(names, numbers, strict=True)
    )
    title = f"{layer.name}: before - lr × gradient = after"
    grid = StepTable(title, (), ("", "before", "lr × gradient", "after"), _cut(rows))
    return StepSection(f"Step: {layer.name}", "Every parameter moves against its gradient.", (grid,))


def _after(step: OneStep) -> StepSection:
    way = "fell" if step.loss_after < step.loss else "did not fall"
    return StepSection("After the step", f"The loss {way}: {step.loss:.6f} before, {step.loss_after:.6f} after.", ())


def _inputs(k: int) -> str:
    return "x" if k == 0 else f"a{k}"


def _units(layer: LayerStep) -> tuple[str, ...]:
    return tuple(f"unit {j}" for j in range(layer.z.shape[1]))


def _from(layer: LayerStep) -> tuple[str, ...]:
    return (*(f"from {j}" for j in range(layer.weight.shape[1])), "bias")


def _largest(table: np.ndarray) -> tuple[int, int]:
    """Row and column of the largest absolute value, the one to compute by hand: a zero would explain nothing."""
    # Without `nan_to_num`, `argmax` would choose the NaN of a step that diverged.
    row, column = np.unravel_index(np.abs(np.nan_to_num(table)).argmax(), table.shape)
    return int(row), int(column)


def _number(value: float, sign: str = "+") -> str:
    """A number with four significant decimals; an exact 0, such as behind an inactive ReLU, is written as "0".

    >>> _number(0.25), _number(-12.3456789), _number(1.5e-7), _number(0.0)
    ('+0.2500', '-12.3457', '+1.50e-07', '0')
    """
    if value == 0:
        return "0"
    # Scientific notation where four decimals would leave less than one digit, or where the number would be too wide.
    return f"{value:{sign}.4f}" if 1e-3 <= abs(value) < 1e4 else f"{value:{sign}.2e}"


def _numbers(values: np.ndarray) -> tuple[str, ...]:
    return tuple(_number(float(value)) for value in values)


def _sum(pairs: Iterable[tuple[float, float]], bias: float | None = None) -> str:
    """A sum of products written out, with the bias as its last term.

    >>> _sum([(0.5, 2.0), (-0.5, 4.0)], 1.0)
    '(+0.5000)(+2.0000) + (-0.5000)(+4.0000) + (+1.0000)'
    """
    terms = [f"({_number(a)})({_number(b)})" for a, b in pairs]
    terms = terms if len(terms) <= MAX_TERMS else [*terms[: MAX_TERMS - 1], "…"]
    return " + ".join(terms if bias is None else [*terms, f"({_number(bias)})"])


def _grid(label: str, rows: Iterable[tuple[str, ...]], heads: tuple[str, ...], title: str, *lines: str) -> StepTable:
    return StepTable(title, lines, ("", *heads), _cut(tuple((f"{label} {k}", *row) for k, row in enumerate(rows))))


def _cut(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    # A step of a wide layer has thousands of numbers; the first rows show the pattern.
    if len(rows) <= MAX_ROWS:
        return rows
    more = (f"… and {len(rows) - MAX_ROWS} more", *([""] * (len(rows[0]) - 1)))
    return (*rows[:MAX_ROWS], more)


def to_rich(step: OneStep, columns: int = 80) -> Group:
    """For `rich.console.Console.print`.

    Args:
        step: the training step.
        columns: width of the tables in columns of the terminal; those in the middle of a wider one are left out.
    """
    from rich.console import Group
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    parts: list[Rule | Text | Padding] = []
    for section in sections(step):
        parts += [Rule(section.heading, align="left"), _wrapped(section.text)]
        for grid in section.grids:
            # The first column is the row's name; numbers are aligned to the right, at their decimal point.
            table = Table()
            shown = _columns(grid, columns)
            for k, column in enumerate(shown):
                table.add_column(column[0], justify="right" if k else "left", no_wrap=k > 0)
            for row in zip(*(column[1:] for column in shown), strict=True):
                table.add_row(*row)
            parts.append(Padding(_wrapped(grid.title, "bold"), (1, 0, 0, 2)))
            parts += [Padding(_wrapped(line), (0, 0, 0, 2)) for line in grid.lines]
            parts.append(Padding(table, (0, 0, 0, 2)))
        parts.append(Text())
    return Group(*parts)


def _wrapped(line: str, style: str = "") -> Text:
    """A line that wraps at the end of the screen, even on a console that leaves wrapping to the terminal."""
    from rich.text import Text

    return Text(line, style=style, no_wrap=False, overflow="fold")


def _columns(grid: StepTable, width_of_table: int) -> list[tuple[str, ...]]:
    """Heads and cells, column by column, as many as fit; the first and the last are always shown."""
    columns = list(zip(grid.heads, *grid.rows, strict=True))
    widths = [max(map(width, column)) + 3 for column in columns]  # a frame and two spaces
    room, n_shown = width_of_table - 4 - widths[0] - widths[-1], 1
    if sum(widths[1:-1]) <= room:
        return columns
    # Some room stays free for the column of dots.
    while widths[n_shown] <= room - 6:
        room, n_shown = room - widths[n_shown], n_shown + 1
    left_out = ("…", *["…"] * len(grid.rows))
    return [*columns[:n_shown], left_out, columns[-1]]


def to_markdown(step: OneStep) -> str:
    """As Markdown.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.one_step import one_step
        >>> text = to_markdown(one_step(sx.Network.parse("2-3-1"), sx.Recipe(), sx.circle(n=3, seed=0)))
        >>> text.splitlines()[0]
        '# One step, in numbers'
    """
    lines = [f"# {translated('One step, in numbers')}", ""]
    for section in sections(step):
        lines += [f"## {section.heading}", "", section.text, ""]
        for grid in section.grids:
            lines += [f"**{grid.title}**", ""]
            for line in grid.lines:
                lines += [line.replace("*", r"\*"), ""]  # Markdown would read a product as emphasis
            lines += ["| " + " | ".join(grid.heads) + " |", "| --- |" + " ---: |" * (len(grid.heads) - 1)]
            lines += ["| " + " | ".join(row) + " |" for row in grid.rows] + [""]
    return "\n".join(lines)


STYLE = """
:root { color-scheme: light dark; --line: #d0d3da; --soft: #666c78 }
@media (prefers-color-scheme: dark) { :root { --line: #3a3f49; --soft: #a0a6b2 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .3rem 0 1.2rem }
table { display: block; overflow-x: auto }
h2 { border-bottom: 1px solid var(--line); margin-top: 2.4rem } p.title { margin: 1.2rem 0 .2rem }
th, td { border: 1px solid var(--line); padding: .15rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left } p.formula { color: var(--soft); margin: .2rem 0 }
"""


def to_html(step: OneStep) -> str:
    """As one self-contained HTML page, for light and dark screens."""
    title = translated("One step, in numbers")
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"{html_body(step)}</body></html>\n"
    )


def html_body(step: OneStep) -> str:
    """The sections as HTML without a page around them."""
    body = []
    for section in sections(step):
        body.append(f"<h2>{escape(section.heading)}</h2><p>{escape(section.text)}</p>")
        for grid in section.grids:
            head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.heads)
            rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
            above = "".join(f'<p class="formula">{escape(line)}</p>' for line in grid.lines)
            body.append(f'<p class="title"><b>{escape(grid.title)}</b></p>{above}<table><tr>{head}</tr>{rows}</table>')
    return "".join(body)
