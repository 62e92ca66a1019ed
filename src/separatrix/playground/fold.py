"""The fold in three dimensions: where the points and the grid go after each layer. Turned in the browser, not here."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
from bokeh.models import (
    Column,
    ColumnDataSource,
    CustomJS,
    LinearColorMapper,
    MultiLine,
    Patch,
    Range1d,
    Row,
    Scatter,
    Select,
    Slider,
    Text,
)

from separatrix.errors import InvalidData
from separatrix.geometry.folding import Stage, compute_folding
from separatrix.playground.looks import EDGE_COLOUR, GREY, LETTERING, MARK, SHEET, bare_plot, two_sided
from separatrix.playground.parts import WIDE, explain, prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

MOST = 400  # points shown: enough to see where they go

# Orthographic: turn about the upright axis by a, then tilt by e. Points and lines are projected in one go.
TURN = """
    const a = azimuth.value * Math.PI / 180, e = elevation.value * Math.PI / 180;
    const [ca, sa, ce, se] = [Math.cos(a), Math.sin(a), Math.cos(e), Math.sin(e)];
    const across = (x, y, z) => ca * x - sa * y;
    const up = (x, y, z) => ce * z + se * (sa * x + ca * y);
    const all = [dots, plane, axes, lines, box];
    for (const source of all.includes(cb_obj) ? [cb_obj] : all) {
        const d = source.data;
        if ("xs" in d) {
            d.us = d.xs.map((xs, k) => Array.from(xs, (x, j) => across(x, d.ys[k][j], d.zs[k][j])));
            d.vs = d.xs.map((xs, k) => Array.from(xs, (x, j) => up(x, d.ys[k][j], d.zs[k][j])));
        } else {
            d.u = Array.from(d.x, (x, k) => across(x, d.y[k], d.z[k]));
            d.v = Array.from(d.x, (x, k) => up(x, d.y[k], d.z[k]));
        }
        source.change.emit();
    }
"""
DRAG = """
    if (cb_obj.event_name === "pan") {
        azimuth.value = ((azimuth.value + cb_obj.delta_x * 0.25 + 540) % 360) - 180;
        elevation.value = Math.max(-90, Math.min(90, elevation.value - cb_obj.delta_y * 0.25));
    }
"""


class FoldView:
    """The figure, and the sliders that turn it."""

    def __init__(self) -> None:
        self._language, self._moment = "en", -1
        self._scene: Scene | None = None
        still = {"touch-action": "none"}  # a finger turns the fold: it doesn't scroll the page
        self.figure = bare_plot(
            "fold", Range1d(-2.2, 2.2), Range1d(-1.76, 1.76), sizing_mode="scale_width", aspect_ratio=1.25, styles=still
        )
        self.lines, self.box = (_source("xs", "ys", "zs", "us", "vs") for _ in range(2))
        self.plane, self.axes = _source("x", "y", "z", "u", "v"), _source("x", "y", "z", "u", "v", "text")
        self.dots = _source("x", "y", "z", "u", "v", "label")
        self._draw_glyphs()
        look = {"stylesheets": [SHEET]} | WIDE
        self.azimuth = Slider(name="azimuth", start=-180, end=180, value=-50, step=1, **look)
        self.elevation = Slider(name="elevation", start=-90, end=90, value=25, step=1, **look)
        self.stage = Select(name="fold_stage", options=["fc1"], value="fc1", **look)
        self.about, self.kept = prose("fold-about"), prose("fold-kept")
        below = Row(self.stage, self.azimuth, self.elevation, styles={"gap": "12px"}, **WIDE)
        self.panel = Column(self.about, self.figure, self.kept, below, **WIDE)
        self._turn_in_the_browser()
        self.stage.on_change("value", lambda attribute, old, new: self._draw())

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.about.text = f"<span class='soft'>{word('fold_about', language)}</span>"
        for widget in (self.azimuth, self.elevation, self.stage):
            widget.title = word(widget.name, language)
            explain(widget, word(f"{widget.name}?", language))
        self._draw()

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The fold at a moment."""
        self._scene, self._moment = scene, moment
        names = ["input", *(f"fc{k + 1}" for k in range(len(scene.sketch.hidden)))]
        if self.stage.options != names:
            self.stage.update(options=names, value=names[-1])
        self._draw()

    def _draw_glyphs(self) -> None:
        sides = LinearColorMapper(palette=(two_sided()[0], two_sided()[-1]), low=0, high=1)
        of_class = {"field": "label", "transform": sides}
        glyphs = (
            (self.box, MultiLine(xs="us", ys="vs", line_color=GREY, line_alpha=0.35, line_dash="4 3")),
            (self.lines, MultiLine(xs="us", ys="vs", line_color=GREY, line_alpha=0.7)),
            (self.plane, Patch(x="u", y="v", fill_color=MARK, fill_alpha=0.18, line_color=MARK)),
            (self.dots, Scatter(x="u", y="v", size=8, fill_color=of_class, line_color=EDGE_COLOUR)),
            (self.axes, Text(x="u", y="v", text="text", text_align="center", **LETTERING)),
        )
        for source, glyph in glyphs:
            self.figure.add_glyph(source, glyph)

    def _turn_in_the_browser(self) -> None:
        sources = {"dots": self.dots, "lines": self.lines, "plane": self.plane, "box": self.box, "axes": self.axes}
        of = {"azimuth": self.azimuth, "elevation": self.elevation} | sources
        turn = CustomJS(args=of, code=TURN)
        for source in sources.values():
            source.js_on_change("data", turn)
        self.azimuth.js_on_change("value", turn)
        self.elevation.js_on_change("value", turn)
        self.figure.js_on_event("pan", CustomJS(args=of, code=DRAG))

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
        points, cut = place(stage.points[:MOST]), place.cut(stage)
        label = self._scene.points.y[:MOST].astype(float)
        self.dots.data = _columns(points, "xyz") | _flat(len(points)) | {"label": label}
        self.lines.data = _lines([place(line) for line in stage.lines])
        self.plane.data = _columns(cut, "xyz") | _flat(len(cut))
        self._draw_box(stage)

    def _draw_box(self, stage: Stage) -> None:
        """The box that the stage lies in, and its axes' names."""
        k = stage.points.shape[1]
        corners = [np.pad(np.array(corner, float), (0, 3 - k)) for corner in product((-1, 1), repeat=k)]
        self.box.data = _lines([np.array(pair) for pair in combinations(corners, 2) if np.ptp(pair, axis=0).sum() == 2])
        at = np.array([[0, -1.25, -1], [-1.25, 0, -1], [-1.15, -1.15, 0]])[:k] * [1, k > 1, k > 2]
        self.axes.data = _columns(at, "xyz") | _flat(k) | {"text": self._axes_of(stage, k)}
        told = {"width": stage.width, "kept": stage.kept}
        self.kept.text = word("fold_kept", self._language, **told) if stage.width > 3 else ""

    def _axes_of(self, stage: Stage, k: int) -> list[str]:
        if stage.name == "input":
            return ["x1", "x2"]
        if stage.width <= 3:
            return [f"{stage.name}[{j}]" for j in range(k)]
        names = [word("fold_axis", self._language, k=j + 1) for j in range(k)]
        return names if stage.normal is None else [*names[:-1], word("fold_cut_axis", self._language)]


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
        from separatrix.pictures._space import cross_section

        return self(cross_section(stage.normal, stage.offset, self.low, self.high))


def _source(*names: str) -> ColumnDataSource:
    return ColumnDataSource({name: [] for name in names})


def _columns(values: np.ndarray, names: str) -> dict[str, np.ndarray]:
    return {name: values[:, k].astype(float) for k, name in enumerate(names)}


def _flat(count: int) -> dict[str, list[float]]:
    """Projected in the browser; until then, of the right length."""
    return {"u": [0.0] * count, "v": [0.0] * count}


def _lines(nodes: list[np.ndarray]) -> dict[str, list[np.ndarray] | list[list[float]]]:
    flat = [[0.0] * len(line) for line in nodes]
    return {name: [line[:, k] for line in nodes] for k, name in enumerate(("xs", "ys", "zs"))} | {
        "us": flat,
        "vs": flat,
    }
