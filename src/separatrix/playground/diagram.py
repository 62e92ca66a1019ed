"""The network: every unit as a small picture of what it answers over the plane, every weight as a line between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.events import Tap
from bokeh.models import (
    Column,
    ColumnDataSource,
    CustomJS,
    HoverTool,
    Image,
    LinearColorMapper,
    MultiLine,
    Range1d,
    Rect,
    Row,
    Select,
    Text,
)

from separatrix.playground.looks import GREY, LETTERING, MARK, SHEET, bare_plot, two_sided
from separatrix.playground.parts import WIDE, explain, prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

SIDE = 0.74  # of a unit's picture, where the rows are 1 apart
BIAS = 0.2  # of a bias' square
APART = 2.2  # between the layers' columns
EDGE = 0.8  # beside the outer columns

# All pictures come as one array, (units, rows, columns): a message is quicker for every array that isn't in it.
CUT = """
    if (!pixels.data.all.length) return;
    const all = pixels.data.all[0], [count, rows, columns] = all.shape, size = rows * columns;
    const cut = k => new all.constructor(all.slice(k * size, (k + 1) * size), [rows, columns]);
    units.data.image = Array.from({length: count}, (_, k) => cut(k));
    units.change.emit();
"""

Layers = list[tuple[np.ndarray, np.ndarray]]  # weights (out, in) and biases (out,) of each


class NetworkView:
    """The figure, and the sum of the unit that was chosen."""

    def __init__(self) -> None:
        self._language, self._moment = "en", -1
        self._scene: Scene | None = None
        self._apart = APART
        self.x_range, self.y_range = Range1d(-1, 8), Range1d(-3, 3)
        self.figure = bare_plot("diagram", self.x_range, self.y_range, sizing_mode="scale_width", aspect_ratio=1.8)
        self._draw_glyphs()
        self.figure.on_event(Tap, self._tapped)
        self.about, self.sum = prose("network-about"), prose("unit-sum")
        self.unit = Select(name="unit", options=[("", "–")], value="", stylesheets=[SHEET], width=150)
        self.unit.on_change("value", lambda attribute, old, new: self._chosen())
        self.panel = Column(self.about, self.figure, Row(self.unit, self.sum, **WIDE), **WIDE)

    def _draw_glyphs(self) -> None:
        """Lines below pictures below frames."""
        two = LinearColorMapper(palette=two_sided(), low=-1, high=1)
        shade, square = {"field": "colour", "transform": two}, {"x": "x", "y": "y", "width": "d", "height": "d"}
        self.edges = _source("xs", "ys", "colour", "width", "what", "number")
        look = {"xs": "xs", "ys": "ys", "line_color": shade, "line_width": "width", "line_cap": "round"}
        hovered = MultiLine(**look)
        edges = self.figure.add_glyph(self.edges, MultiLine(line_alpha=0.8, **look), hover_glyph=hovered)
        self.units, self.frames = _source("image", "x", "y", "d"), _source("x", "y", "d", "colour", "width")
        self.pixels = _source("all")
        self.cut = CustomJS(args={"pixels": self.pixels, "units": self.units}, code=CUT)
        self.pixels.js_on_change("data", self.cut)
        self.units.tags = [self.pixels]  # part of the page, though nothing shows it
        self.figure.add_glyph(self.units, Image(image="image", x="x", y="y", dw="d", dh="d", color_mapper=two))
        self.figure.add_glyph(self.frames, Rect(fill_alpha=0, line_color="colour", line_width="width", **square))
        self.biases = _source("x", "y", "d", "colour", "what", "number")
        biases = self.figure.add_glyph(self.biases, Rect(fill_color=shade, line_color=GREY, **square))
        self.names = _source("x", "y", "text", "align")
        self.figure.add_glyph(self.names, Text(x="x", y="y", text="text", text_align={"field": "align"}, **LETTERING))
        tips = [("", "@what"), ("", "@number{0.0000}")]
        self.figure.add_tools(HoverTool(renderers=[edges], tooltips=tips, line_policy="interp"))
        self.figure.add_tools(HoverTool(renderers=[biases], tooltips=tips))

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.about.text = word("network_about", language)
        self.unit.title = word("unit", language)
        explain(self.unit, word("unit?", language))
        if self._scene is not None:
            self._show_names(self._scene)
            self.show(self._scene, self._moment)

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The network at a moment."""
        before, self._scene, self._moment = self._scene, scene, moment
        if before is None or before.sketch.network != scene.sketch.network:
            self._set_up(scene)
        weights = scene.weights(moment)
        self.pixels.data = {"all": [np.concatenate(scene.units(moment))]}
        self._show_biases(weights)
        self._show_edges(weights)
        self._tell()

    def _set_up(self, scene: Scene) -> None:
        """What stays as long as the network does."""
        widths = scene.sketch.network.widths
        names = [f"fc{k}[{j}]" for k, width in enumerate(widths) for j in range(width) if k]
        kept = self.unit.value if self.unit.value in names else ""
        self.unit.update(options=[("", "–"), *zip(names, names, strict=True)], value=kept)
        self._frame(widths)
        x, y = np.array([self._place(k, j, width) for k, width in enumerate(widths) for j in range(width)]).T
        d = np.full(len(x), SIDE)
        blank = [np.zeros((1, 1), np.float32)] * len(x)
        self.units.data = {"image": blank, "x": x - SIDE / 2, "y": y - SIDE / 2, "d": d}
        self.frames.data = {"x": x, "y": y, "d": d} | self._marked(len(x))
        self._show_names(scene)

    def _frame(self, widths: tuple[int, ...]) -> None:
        """Squares stay squares: the figure is as tall as its rows ask for, the columns fill its width."""
        tall = max(widths) + 0.3  # a row of names above
        self._apart = max(APART, (1.1 * tall - 2 * EDGE) / (len(widths) - 1))
        wide = self._apart * (len(widths) - 1) + 2 * EDGE
        self.x_range.update(start=-EDGE, end=wide - EDGE)
        self.y_range.update(start=-max(widths) / 2, end=tall - max(widths) / 2)
        self.figure.aspect_ratio = wide / tall

    def _place(self, layer: int, unit: int, units: int) -> tuple[float, float]:
        return self._apart * layer, (units - 1) / 2 - unit

    def _marked(self, count: int) -> dict[str, list[Any]]:
        """Frames of all units; the chosen one's stands out."""
        chosen = self._number_of_chosen()
        colour, width = [GREY] * count, [1.0] * count
        if chosen is not None:
            colour[chosen], width[chosen] = MARK, 3.0
        return {"colour": colour, "width": width}

    def _number_of_chosen(self) -> int | None:
        """Among all units, inputs first."""
        names = [name for name, _ in self.unit.options]
        at = names.index(self.unit.value) if self.unit.value in names else 0
        return 1 + at if at else None  # two inputs before, one entry for none

    def _show_biases(self, weights: Layers) -> None:
        all_of = np.concatenate([bias for _, bias in weights])
        places = [
            self._place(k, j, len(bias)) for k, (_, bias) in enumerate(weights, start=1) for j in range(len(bias))
        ]
        corner = np.array(places) - (SIDE - BIAS) / 2  # below, on the left
        what = [word("bias", self._language, of=name) for name, _ in self.unit.options[1:]]
        self.biases.data = {
            "x": corner[:, 0].tolist(), "y": corner[:, 1].tolist(), "d": [BIAS] * len(places), "what": what,
            "colour": _shade(all_of), "number": np.nan_to_num(all_of).tolist(),
        }  # fmt: skip  # where and of what, then how much

    def _show_edges(self, weights: Layers) -> None:
        xs, ys, values, what = [], [], [], []
        for k, (weight, _) in enumerate(weights):
            out, inputs = weight.shape
            for j, i in np.ndindex(out, inputs):
                (x0, y0), (x1, y1) = self._place(k, i, inputs), self._place(k + 1, j, out)
                xs.append([x0 + SIDE / 2, x1 - SIDE / 2])
                ys.append([y0, y1])
                values.append(float(weight[j, i]))
                what.append(word("weight", self._language, of=f"fc{k + 1}[{j}, {i}]"))
        number = np.nan_to_num(np.array(values, np.float64))
        width = (0.6 + 5.4 * np.abs(number) / _most(number)).tolist()
        self.edges.data = {
            "xs": xs, "ys": ys, "what": what, "width": width, "colour": _shade(number), "number": number.tolist()
        }  # fmt: skip  # where and of what, then how much

    def _show_names(self, scene: Scene) -> None:
        widths, kinds = scene.sketch.network.widths, scene.sketch.activations
        heads = [*(f"fc{k + 1} {kind}" for k, kind in enumerate(kinds)), word("output", self._language)]
        inputs = [(*self._place(0, j, 2), f"x{j + 1}") for j in range(2)]
        told = [(x - SIDE / 2 - 0.08, y, name, "right") for x, y, name in inputs]
        tops = [(*self._place(k, 0, widths[k]), head) for k, head in enumerate(heads, start=1)]
        told += [(x, y + SIDE / 2 + 0.2, head, "center") for x, y, head in tops]
        self.names.data = dict(zip(("x", "y", "text", "align"), map(list, zip(*told, strict=True)), strict=True))

    def _tapped(self, event: Any) -> None:
        if self._scene is None:
            return
        places = self.frames.data
        near = np.maximum(np.abs(np.array(places["x"]) - event.x), np.abs(np.array(places["y"]) - event.y))
        best = int(near.argmin())
        if near[best] <= SIDE / 2 and best >= 2:  # an input has no sum
            self.unit.value = self.unit.options[best - 1][0]

    def _chosen(self) -> None:
        self.frames.data = dict(self.frames.data) | self._marked(len(self.frames.data["x"]))
        self._tell()

    def _tell(self) -> None:
        """The chosen unit's sum, in numbers."""
        if not self.unit.value or self._scene is None:
            self.sum.text = f"<span class='soft'>{word('unit_sum', self._language)}</span>"
            return
        head, unit = self.unit.value.removeprefix("fc").rstrip("]").split("[")
        self.sum.text = f"<div class='sum'>{_sum_of(self._scene, self._moment, int(head), int(unit))}</div>"


def _sum_of(scene: Scene, moment: int, layer: int, unit: int) -> str:
    """A unit's activation of its weighted sum and bias, in numbers."""
    weights = scene.weights(moment)
    weight, bias = weights[layer - 1]
    of = "x{}" if layer == 1 else f"fc{layer - 1}[{{}}]"
    terms = [f"{w:+.3f}·{of.format(i + 1 if layer == 1 else i)}" for i, w in enumerate(weight[unit])]
    names = scene.sketch.activations
    kind = names[layer - 1] if layer <= len(names) else "sigmoid" if len(weights[-1][1]) == 1 else "softmax"
    told = " ".join(f"<span>{term}</span>" for term in [*terms, f"{bias[unit]:+.3f}"])
    return f"<b>fc{layer}[{unit}]</b> = {kind}({told})"


def _source(*names: str) -> ColumnDataSource:
    return ColumnDataSource({name: [] for name in names})


def _most(values: np.ndarray) -> float:
    return max(float(np.abs(values).max(initial=0)), 1e-9)


def _shade(values: np.ndarray) -> list[float]:
    """Values in [-1, 1] for the colours: half of the largest is already the full colour."""
    values = np.nan_to_num(values)
    found: list[float] = np.clip(2.0 * values / _most(values), -1, 1).tolist()
    return found
