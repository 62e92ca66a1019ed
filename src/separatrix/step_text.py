"""One step in words and tables: for the terminal, as Markdown, as one HTML page.

All three come from the same list of sections, so that they say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from separatrix.activations import ACTIVATIONS
from separatrix.losses import LOSSES
from separatrix.one_step import LayerStep, OneStep

if TYPE_CHECKING:
    from rich.console import Group

MOST_ROWS = 12  # of a table; longer ones end in a line that says how many are left out


@dataclass(frozen=True)
class Grid:
    """A table: a title, the formula above it, column heads, and rows of text."""

    title: str
    formula: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A heading, a sentence, and tables."""

    heading: str
    text: str
    grids: tuple[Grid, ...]


def sections(step: OneStep) -> list[Section]:
    """The whole step, in the order in which it happens."""
    forward = [_forward(layer, k) for k, layer in enumerate(step.layers)]
    backward = [_backward(step, k) for k in reversed(range(len(step.layers)))]
    return [
        _data(step),
        *forward,
        _loss(step),
        *backward,
        *[_update(step, layer) for layer in step.layers],
        _after(step),
    ]


def _data(step: OneStep) -> Section:
    heads = (*(f"x{k + 1}" for k in range(step.x.shape[1])), "y")
    table = _rows("row", np.column_stack((step.x, step.y)), heads, f"x {step.x.shape}, y {step.y.shape}")
    text = f"{len(step.y)} rows through {step.network}, {step.network.n_parameters} parameters."
    return Section("The data", text, (table,))


def _forward(layer: LayerStep, k: int) -> Section:
    inputs = "x" if k == 0 else f"a{k}"
    a, z = f"a{k + 1}", f"z{k + 1}"
    product = f"{inputs} {layer.inputs.shape} · weightᵀ {layer.weight.T.shape}"
    shape = f"{product} + bias {layer.bias.shape} -> {z} {layer.z.shape}"
    known = ACTIVATIONS.get(layer.activation)
    formula = known.formula if known else "exp(z) / sum of exp(z)"
    units = tuple(f"unit {j}" for j in range(layer.z.shape[1]))
    weights = np.column_stack((layer.weight, layer.bias))
    heads = (*(f"from {j}" for j in range(layer.weight.shape[1])), "bias")
    grids = (
        _rows("unit", weights, heads, f"weights and biases of {layer.name}"),
        _rows("row", layer.z, units, f"{z} = {inputs} · weightᵀ + bias", shape),
        _rows(
            "row",
            layer.a,
            units[: layer.a.shape[1]],
            f"{a} = {layer.activation}({z})",
            f"{layer.activation}(z) = {formula}",
        ),
    )
    return Section(f"Forward: {layer.name}", "Multiply, add the bias, apply the activation.", grids)


def _loss(step: OneStep) -> Section:
    kind = LOSSES[step.loss_name]
    probability = step.layers[-1].a[:, -1]
    table = _rows(
        "row",
        np.column_stack((probability, step.y, step.row_loss)),
        ("p", "y", "loss"),
        f"loss = {kind.formula}",
        kind.about,
    )
    return Section("The loss", f"The mean over the rows (with penalties, if any) is {step.loss:.6f}.", (table,))


def _backward(step: OneStep, k: int) -> Section:
    layer, last = step.layers[k], k == len(step.layers) - 1
    rule = (
        f"delta{k + 1} = d loss / d z{k + 1}, divided by the {len(step.y)} rows"
        if last
        else f"delta{k + 1} = (delta{k + 2} · weight of {step.layers[k + 1].name}) × {layer.activation}'(z{k + 1})"
    )
    units = tuple(f"unit {j}" for j in range(layer.z.shape[1]))
    inputs = "x" if k == 0 else f"a{k}"
    gradients = np.column_stack((layer.weight_gradient, layer.bias_gradient))
    heads = (*(f"from {j}" for j in range(layer.weight.shape[1])), "bias")
    shape = f"delta{k + 1}ᵀ {layer.delta.T.shape} · {inputs} {layer.inputs.shape} -> {layer.weight_gradient.shape}"
    grids = (
        _rows("row", layer.delta, units, rule),
        _rows(
            "unit",
            gradients,
            heads,
            f"gradient of {layer.name} = delta{k + 1}ᵀ · {inputs}; of the bias: sum of delta",
            shape,
        ),
    )
    return Section(f"Backward: {layer.name}", "How much the loss changes with every number of this layer.", grids)


def _update(step: OneStep, layer: LayerStep) -> Section:
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
    grid = Grid(
        f"{layer.name}: before - lr × gradient = after", "", ("", "before", "lr × gradient", "after"), _cut(rows)
    )
    return Section(f"Step: {layer.name}", "Every number goes a little against its gradient.", (grid,))


def _after(step: OneStep) -> Section:
    way = "fell" if step.loss_after < step.loss else "did not fall"
    return Section("After the step", f"The loss {way}: {step.loss:.6f} before, {step.loss_after:.6f} after.", ())


def _number(value: float) -> str:
    return f"{value:+.4f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:+.2e}"


def _rows(label: str, numbers: np.ndarray, heads: tuple[str, ...], title: str, formula: str = "") -> Grid:
    rows = tuple((f"{label} {k}", *(_number(float(value)) for value in row)) for k, row in enumerate(numbers))
    return Grid(title, formula, ("", *heads), _cut(rows))


def _cut(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    if len(rows) <= MOST_ROWS:
        return rows
    more = (f"… and {len(rows) - MOST_ROWS} more", *([""] * (len(rows[0]) - 1)))
    return (*rows[:MOST_ROWS], more)


def to_rich(step: OneStep) -> Group:
    """For `rich.console.Console.print`."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    parts: list[Rule | Text | Padding] = []
    for section in sections(step):
        parts += [Rule(section.heading, align="left"), Text(section.text)]
        for grid in section.grids:
            table = Table()
            for k, head in enumerate(grid.heads):
                table.add_column(head, justify="right" if k else "left", no_wrap=k > 0)
            for row in grid.rows:
                table.add_row(*row)
            parts += [Padding(Text(line), (0, 0, 0, 2)) for line in (f"\n{grid.title}", grid.formula) if line]
            parts.append(Padding(table, (0, 0, 0, 2)))
        parts.append(Text())
    return Group(*parts)


def to_markdown(step: OneStep) -> str:
    """As Markdown.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.one_step import one_step
        >>> text = to_markdown(one_step(sx.Network.parse("2-3-1"), sx.Recipe(), sx.circle(n=3, seed=0)))
        >>> text.splitlines()[0]
        '# One step, in numbers'
    """
    lines = ["# One step, in numbers", ""]
    for section in sections(step):
        lines += [f"## {section.heading}", "", section.text, ""]
        for grid in section.grids:
            lines += [f"**{grid.title}**", ""]
            lines += [grid.formula, ""] if grid.formula else []
            lines += ["| " + " | ".join(grid.heads) + " |", "| --- |" + " ---: |" * (len(grid.heads) - 1)]
            lines += ["| " + " | ".join(row) + " |" for row in grid.rows] + [""]
    return "\n".join(lines)


STYLE = """
:root { color-scheme: light dark; --line: #d0d3da; --soft: #666c78 }
@media (prefers-color-scheme: dark) { :root { --line: #3a3f49; --soft: #a0a6b2 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .3rem 0 1.2rem }
table { display: block; overflow-x: auto }
caption { text-align: left; font-weight: 600 }
th, td { border: 1px solid var(--line); padding: .15rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left } p.formula { color: var(--soft); margin: .2rem 0 }
"""


def to_html(step: OneStep) -> str:
    """As one HTML page without anything from elsewhere, for light and dark."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>One step, in numbers</title><style>{STYLE}</style></head><body><h1>One step, in numbers</h1>"
        f"{html_body(step)}</body></html>\n"
    )


def html_body(step: OneStep) -> str:
    """The sections alone, to be put into a page."""
    body = []
    for section in sections(step):
        body.append(f"<h2>{escape(section.heading)}</h2><p>{escape(section.text)}</p>")
        for grid in section.grids:
            head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.heads)
            rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
            formula = f'<p class="formula">{escape(grid.formula)}</p>' if grid.formula else ""
            body.append(f"<table><caption>{escape(grid.title)}{formula}</caption><tr>{head}</tr>{rows}</table>")
    return "".join(body)
