"""The network: every unit as a small picture of what it answers over the plane, every weight as a line between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, Div, HoverTool, LinearColorMapper, Range1d

from separatrix.playground.looks import GREY, plain_figure, two_sided
from separatrix.playground.scene import Scene
from separatrix.playground.sketch import MOST_UNITS
from separatrix.playground.words import word

SIDE = 0.74  # of a unit's picture, where the rows are 1 apart
APART = 2.2  # between the layers' columns


class NetworkView:
    """The figure, and the sum of the unit that was clicked."""

    def __init__(self, language: str) -> None:
        self._language, self._moment = language, -1
        self._scene: Scene | None = None
        self._unit: tuple[int, int] | None = None
        self.x_range, self.y_range = Range1d(-1, 8), Range1d(-3, 3)
        self.figure = plain_figure("diagram", x_range=self.x_range, y_range=self.y_range, height=330)
        self.figure.axis.visible = False
        mapper = LinearColorMapper(palette=two_sided(), low=-1, high=1)
        self.edges = ColumnDataSource({name: [] for name in ("xs", "ys", "colour", "width", "what", "number")})
        edges = self.figure.multi_line(
            "xs", "ys", source=self.edges, line_color={"field": "colour", "transform": mapper}, line_width="width",
            line_cap="round", hover_line_alpha=1.0, line_alpha=0.8,
        )  # fmt: skip  # where, then how
        self.units = ColumnDataSource({name: [] for name in ("image", "x", "y", "d")})
        self.figure.image("image", x="x", y="y", dw="d", dh="d", source=self.units, color_mapper=mapper)
        self.frames = ColumnDataSource({name: [] for name in ("x", "y", "d", "what", "number")})
        frames = self.figure.rect(
            "x",
            "y",
            "d",
            "d",
            source=self.frames,
            fill_alpha=0,
            line_color=GREY,
            hover_line_color="#f2a900",
            hover_line_width=3,
        )
        tips = [("", "@what"), ("", "@number{0.0000}")]
        self.figure.add_tools(HoverTool(renderers=[edges], tooltips=tips, line_policy="interp"))
        self.figure.add_tools(HoverTool(renderers=[frames], tooltips=tips))
        self.figure.on_event(Tap, self._tapped)
        self.sum = Div(
            name="unit-sum", text=word("unit_sum", language), styles={"font-variant-numeric": "tabular-nums"}
        )

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self._tell()

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The network at a moment."""
        if self._scene is None or scene.sketch.network != self._scene.sketch.network:
            self._unit = None
        self._scene, self._moment = scene, moment
        widths = scene.sketch.network.widths
        tall = max(widths)
        self.x_range.update(start=-0.8, end=APART * (len(widths) - 1) + 0.8)
        self.y_range.update(start=-tall / 2 - 0.1, end=tall / 2 + 0.1)
        self.figure.height = min(620, 110 + 52 * max(4, min(tall, MOST_UNITS)))
        self._show_units(scene.units(moment), scene.weights(moment))
        self._show_edges(scene.weights(moment))
        self._tell()

    def _show_units(self, pictures: list[np.ndarray], weights: list[tuple[np.ndarray, np.ndarray]]) -> None:
        images, x, y, what, number = [], [], [], [], []
        for k, layer in enumerate(pictures):
            for j, picture in enumerate(layer):
                images.append(picture)
                column, row = _place(k, j, len(layer))
                x.append(column)
                y.append(row)
                what.append(f"x{j + 1}" if k == 0 else f"fc{k}[{j}] bias")
                number.append(0.0 if k == 0 else float(weights[k - 1][1][j]))
        d = [SIDE] * len(x)
        corners = (np.array(x) - SIDE / 2, np.array(y) - SIDE / 2)
        self.units.data = {"image": images, "x": corners[0], "y": corners[1], "d": d}
        self.frames.data = {"x": x, "y": y, "d": d, "what": what, "number": number}

    def _show_edges(self, weights: list[tuple[np.ndarray, np.ndarray]]) -> None:
        xs, ys, colour, what = [], [], [], []
        for k, (weight, _) in enumerate(weights):
            out, inputs = weight.shape
            for j in range(out):
                for i in range(inputs):
                    (x0, y0), (x1, y1) = _place(k, i, inputs), _place(k + 1, j, out)
                    xs.append([x0 + SIDE / 2, x1 - SIDE / 2])
                    ys.append([y0, y1])
                    colour.append(float(weight[j, i]))
                    what.append(f"fc{k + 1}[{j}, {i}] weight")
        number = np.nan_to_num(np.array(colour, np.float64))
        most = max(float(np.abs(number).max(initial=0)), 1e-9)
        shade = np.clip(2.0 * number / most, -1, 1)
        width = 0.6 + 5.4 * np.abs(number) / most
        self.edges.data = {"xs": xs, "ys": ys, "colour": shade, "width": width, "what": what, "number": number}

    def _tapped(self, event: Any) -> None:
        if self._scene is None:
            return
        places = self.frames.data
        near = np.maximum(np.abs(np.array(places["x"]) - event.x), np.abs(np.array(places["y"]) - event.y))
        best = int(near.argmin())
        widths = self._scene.sketch.network.widths
        if near[best] > SIDE / 2 or best < widths[0]:
            return
        layer, unit = 0, best
        while unit >= widths[layer]:
            unit, layer = unit - widths[layer], layer + 1
        self._unit = (layer, unit)
        self._tell()

    def _tell(self) -> None:
        """The clicked unit's sum, in numbers."""
        if self._unit is None or self._scene is None:
            self.sum.text = word("unit_sum", self._language)
            return
        layer, unit = self._unit
        weight, bias = self._scene.weights(self._moment)[layer - 1]
        of = "x{}" if layer == 1 else f"fc{layer - 1}[{{}}]"
        terms = [f"{w:+.3f} · {of.format(i + 1 if layer == 1 else i)}" for i, w in enumerate(weight[unit])]
        names = self._scene.sketch.activations
        last = layer == len(names) + 1
        kind = ("sigmoid" if len(self._scene.weights()[-1][1]) == 1 else "softmax") if last else names[layer - 1]
        self.sum.text = f"<b>fc{layer}[{unit}]</b> = {kind}({' '.join(terms)} {bias[unit]:+.3f})"


def _place(layer: int, unit: int, units: int) -> tuple[float, float]:
    return APART * layer, (units - 1) / 2 - unit
