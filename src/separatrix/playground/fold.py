"""The fold in three dimensions: where the points and the grid go after each layer. Turned in the browser, not here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, LinearColorMapper, Range1d, Select, Slider

from separatrix.errors import InvalidData
from separatrix.folding import Stage, compute_folding
from separatrix.playground.looks import EDGE_COLOUR, GREY, SHEET, plain_figure, two_sided
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

MOST = 400  # points shown: enough to see where they go

# Orthographic: turn about the upright axis by a, then tilt by e. Points and lines are projected in one go.
TURN = """
    const a = azimuth.value * Math.PI / 180, e = elevation.value * Math.PI / 180;
    const [ca, sa, ce, se] = [Math.cos(a), Math.sin(a), Math.cos(e), Math.sin(e)];
    const across = (x, y, z) => ca * x - sa * y;
    const up = (x, y, z) => ce * z + se * (sa * x + ca * y);
    for (const source of [dots, plane]) {
        const d = source.data;
        d.u = Array.from(d.x, (x, k) => across(x, d.y[k], d.z[k]));
        d.v = Array.from(d.x, (x, k) => up(x, d.y[k], d.z[k]));
        source.change.emit();
    }
    const l = lines.data;
    l.us = l.xs.map((xs, k) => Array.from(xs, (x, j) => across(x, l.ys[k][j], l.zs[k][j])));
    l.vs = l.xs.map((xs, k) => Array.from(xs, (x, j) => up(x, l.ys[k][j], l.zs[k][j])));
    lines.change.emit();
"""
DRAG = """
    if (cb_obj.event_name === "pan") {
        azimuth.value = ((azimuth.value + cb_obj.delta_x * 0.25 + 540) % 360) - 180;
        elevation.value = Math.max(-90, Math.min(90, elevation.value - cb_obj.delta_y * 0.25));
    }
"""


class FoldView:
    """The figure, and the sliders that turn it."""

    def __init__(self, language: str) -> None:
        self._language, self._moment = language, -1
        self._scene: Scene | None = None
        self.figure = plain_figure(
            "fold", x_range=Range1d(-1.8, 1.8), y_range=Range1d(-1.5, 1.5), height=330, match_aspect=True
        )
        self.figure.axis.visible = False
        self.lines = ColumnDataSource({name: [] for name in ("xs", "ys", "zs", "us", "vs")})
        self.figure.multi_line("us", "vs", source=self.lines, color=GREY, alpha=0.6)
        self.plane = ColumnDataSource({name: [] for name in ("x", "y", "z", "u", "v")})
        self.figure.patch("u", "v", source=self.plane, fill_color="#f2a900", fill_alpha=0.18, line_color="#f2a900")
        mapper = LinearColorMapper(palette=(two_sided()[0], two_sided()[-1]), low=0, high=1)
        self.dots = ColumnDataSource({name: [] for name in ("x", "y", "z", "u", "v", "label")})
        self.figure.scatter(
            "u",
            "v",
            source=self.dots,
            size=7,
            fill_color={"field": "label", "transform": mapper},
            line_color=EDGE_COLOUR,
        )
        look = {"sizing_mode": "stretch_width", "stylesheets": [SHEET]}
        self.azimuth = Slider(name="azimuth", start=-180, end=180, value=-50, step=1, **look)
        self.elevation = Slider(name="elevation", start=-90, end=90, value=25, step=1, **look)
        self.stage = Select(name="fold-stage", options=["fc1"], value="fc1", **look)
        of = {
            "azimuth": self.azimuth,
            "elevation": self.elevation,
            "dots": self.dots,
            "lines": self.lines,
            "plane": self.plane,
        }
        turn = CustomJS(args=of, code=TURN)
        for source in (self.dots, self.lines, self.plane):
            source.js_on_change("data", turn)
        self.azimuth.js_on_change("value", turn)
        self.elevation.js_on_change("value", turn)
        self.figure.js_on_event("pan", CustomJS(args=of, code=DRAG))
        self.stage.on_change("value", lambda attribute, old, new: self._draw())
        self.speak(language)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        for widget, name in ((self.azimuth, "azimuth"), (self.elevation, "elevation"), (self.stage, "fold_stage")):
            widget.title = word(name, language)

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The fold at a moment."""
        self._scene, self._moment = scene, moment
        names = ["input", *(f"fc{k + 1}" for k in range(len(scene.sketch.hidden)))]
        if self.stage.options != names:
            self.stage.update(options=names, value=names[-1])
        else:
            self._draw()

    def _draw(self) -> None:
        if self._scene is None:
            return
        run = replace(self._scene.run, parameters=self._scene.parameters(self._moment))
        try:
            found = compute_folding(run, self._scene.points, lines=13, nodes=41)
        except InvalidData:  # a diverged run: there is no such place
            return
        stage = next((each for each in found.stages if each.name == self.stage.value), found.stages[-1])
        place = _Box(stage)
        points = place(stage.points[:MOST])
        nodes = [place(line) for line in stage.lines]
        cut = place.cut(stage)
        empty = {"u": [0.0] * len(points), "v": [0.0] * len(points)}
        self.dots.data = {
            "x": points[:, 0], "y": points[:, 1], "z": points[:, 2], "label": self._scene.points.y[:MOST].astype(float)
        } | empty  # fmt: skip  # where, then which
        flat = [[0.0] * len(line) for line in nodes]
        self.lines.data = {name: [line[:, k] for line in nodes] for k, name in enumerate(("xs", "ys", "zs"))} | {
            "us": flat,
            "vs": flat,
        }
        self.plane.data = {name: cut[:, k] for k, name in enumerate("xyz")} | {
            "u": [0.0] * len(cut),
            "v": [0.0] * len(cut),
        }


class _Box:
    """Puts a stage's points into [-1, 1]³, every axis by its own length; missing axes are 0."""

    def __init__(self, stage: Stage) -> None:
        everything = np.concatenate([stage.points, stage.lines.reshape(-1, stage.points.shape[1])])
        self.low, self.high = everything.min(0), everything.max(0)
        self.size = np.where(self.high > self.low, self.high - self.low, 1.0)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        scaled = 2 * (values - self.low) / self.size - 1
        return np.pad(scaled, ((0, 0), (0, 3 - scaled.shape[1])))

    def cut(self, stage: Stage) -> np.ndarray:
        """Where the flat cut meets the box: the corners of a polygon (k, 3), none if it passes by."""
        if stage.normal is None or len(stage.normal) != 3:
            return np.zeros((0, 3))
        from separatrix.pictures.space import cross_section

        return self(cross_section(stage.normal, stage.offset, self.low, self.high))
