"""The canvas: the points on the live boundary, and what a hand may do to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.events import DoubleTap, Pan, PanEnd, PanStart, PressUp, Tap
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    Image,
    LassoSelectTool,
    LinearColorMapper,
    MultiLine,
    Range1d,
    Scatter,
)

from separatrix.data.points import Points
from separatrix.errors import InvalidParameter
from separatrix.playground import editing
from separatrix.playground.looks import EDGE_COLOUR, MARK, plot_with_axes, two_sided
from separatrix.playground.scene import Scene, Window
from separatrix.playground.sketch import Sketch

TOOLS = ("move", "add", "delete", "flip", "paint", "lasso")
REACH = 0.06  # of the window's width: how near a touch must be to a point
BRUSH = 0.05  # of the window's width
IN_FLIGHT = 2  # pictures that may be on their way to the browser: one arrives while the next is made
LOST = 2.0  # seconds after which no answer is waited for
REPLY = "answer.data = {number: [plane.data.number[0]]}"

COLUMNS = ("x", "y", "label")
FEW = 8  # points that moved, of which the browser is told alone
FOLLOW_MS = 25  # between two steps of a point under a hand: a browser tells more of them than it can draw

Later = Callable[[Callable[[], None], int], object]  # later(act, milliseconds)
Edit = Callable[[Sketch, bool], None]  # edit(sketch, final): final is False while the hand still moves


class Canvas:
    """The figure and its hand tools."""

    def __init__(self, sketch: Sketch, edit: Edit, later: Later) -> None:
        self._edit, self.sketch, self._later = edit, sketch, later
        self._newest: Any = None  # where a hand has gone since it was last followed
        self._following = False
        self.tool, self.label = "move", 1
        self._held: int | None = None
        self._table = np.empty((0, 3))  # what the browser has of the points
        self._of_held: Points | None = None  # and of those held out
        self._stream = np.random.default_rng(0)
        self.x_range, self.y_range = Range1d(-4, 4), Range1d(-4, 4)
        borders = {"min_border_left": 46, "min_border_bottom": 46, "min_border_top": 6, "min_border_right": 6}
        still = {"touch-action": "none"}  # a finger on the plane draws: it doesn't scroll the page
        self.figure = plot_with_axes(
            "canvas", self.x_range, self.y_range, sizing_mode="scale_width", aspect_ratio=1, styles=still, **borders
        )
        for axis, name in ((*self.figure.below, "x1"), (*self.figure.left, "x2")):
            axis.axis_label = name
        self._smooth = LinearColorMapper(palette=two_sided(), low=0, high=255)
        self._sides = LinearColorMapper(palette=(two_sided()[40], two_sided()[215]), low=0, high=255)
        self.plane = ColumnDataSource(
            {"image": [np.full((2, 2), 127, np.uint8)], "x": [-4], "y": [-4], "d": [8], "number": [0]}
        )
        self._count_what_arrives()
        draw = self.figure.add_glyph
        plane = Image(image="image", x="x", y="y", dw="d", dh="d", color_mapper=self._sides, global_alpha=0.7)
        self._image = draw(self.plane, plane)
        self.lines = ColumnDataSource({"xs": [], "ys": []})
        folds = MultiLine(xs="xs", ys="ys", line_color=EDGE_COLOUR, line_alpha=0.55)
        self._lines = draw(self.lines, folds, visible=False)
        self.corners = ColumnDataSource({"x": [], "y": []})
        diamond = Scatter(marker="diamond", size=11, fill_color=MARK, line_color=EDGE_COLOUR)
        self._corners = draw(self.corners, diamond, visible=False)
        self._draw_points()
        self._lasso = LassoSelectTool(renderers=[self._dots], continuous=False)
        self.figure.add_tools(self._lasso)
        self.figure.toolbar.active_drag = None
        hand = {PanStart: self._began, Pan: self._moving, PanEnd: self._ended, Tap: self._tapped}
        hand |= {
            DoubleTap: self._tapped,
            PressUp: self._tapped,
        }  # Bokeh's names for a second tap soon after, and a long one
        for event, act in hand.items():
            self.figure.on_event(event, act)

    def _draw_points(self) -> None:
        marks = LinearColorMapper(palette=(two_sided()[0], two_sided()[-1]), low=0, high=1)
        colour = {"field": "label", "transform": marks}
        self.held = ColumnDataSource({"x": [], "y": [], "label": []})
        square = Scatter(marker="square", size=5, fill_color=None, line_color=colour)
        self._held_dots = self.figure.add_glyph(self.held, square, visible=False)
        self.dots = ColumnDataSource({"x": [], "y": [], "label": []})
        look = {"size": 9, "fill_color": colour}
        self._dots = self.figure.add_glyph(
            self.dots, Scatter(line_color=EDGE_COLOUR, **look),
            selection_glyph=Scatter(line_color=MARK, line_width=3, **look),
            nonselection_glyph=Scatter(fill_alpha=0.35, line_color=EDGE_COLOUR, line_alpha=0.2, **look),
        )  # fmt: skip  # as they are, then chosen or not

    def _count_what_arrives(self) -> None:
        """The browser says which picture it has: one that is slow is not sent pictures faster than it takes them."""
        self.sent, self.received, self._sent_at = 0, 0, 0.0
        self.arrived: Callable[[], None] = lambda: None
        answer = ColumnDataSource({"number": [0]}, name="received")
        self.plane.tags = [answer]  # part of the page, though nothing shows it
        self.reply = CustomJS(args={"plane": self.plane, "answer": answer}, code=REPLY)
        self.plane.js_on_change("data", self.reply)
        answer.on_change("data", lambda attribute, old, new: self._heard(new))

    def _heard(self, data: Any) -> None:
        self.received = max(self.received, min(self.sent, int(data["number"][0])))
        self.arrived()

    @property
    def behind(self) -> bool:
        """Whether the browser has yet to take the pictures that were sent; an answer may be lost with a connection."""
        return self.sent - self.received >= IN_FLIGHT and time.monotonic() - self._sent_at < LOST

    def take(self, tool: str) -> None:
        """Another hand tool."""
        if tool not in TOOLS:
            raise InvalidParameter(f"tool must be one of {', '.join(TOOLS)}, got {tool!r}.")
        self.tool = tool
        self.figure.toolbar.active_drag = self._lasso if tool == "lasso" else None

    @property
    def chosen(self) -> list[int]:
        """The numbers of the points that the lasso chose."""
        return list(self.dots.selected.indices)

    def show_points(self, sketch: Sketch) -> None:
        """The points where they are now; without waiting for any training."""
        self.sketch = sketch
        before, self._table = self._table, np.array(sketch.all_points(), np.float64)
        if len(before) != len(self._table):
            self.dots.selected.indices = []
        elif (moved := np.flatnonzero((before != self._table).any(axis=1))).size == 0:
            return
        elif moved.size <= FEW:
            steps = {name: [(int(k), self._table[k, j]) for k in moved] for j, name in enumerate(COLUMNS)}
            self.dots.patch(steps)
            return
        self.dots.data = dict(zip(COLUMNS, self._table.T.copy(), strict=True))

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The plane as the network sees it at a moment."""
        window = scene.window
        self._frame(window)
        self.sent, self._sent_at = self.sent + 1, time.monotonic()
        place = {"x": [window.low], "y": [window.low], "d": [window.high - window.low]}
        self.plane.data = place | {"image": [scene.plane(moment)], "number": [self.sent]}
        self._show_held(scene.held)
        if self._lines.visible:
            self._show_lines(scene, moment)

    def _show_held(self, held: Points | None) -> None:
        if held is self._of_held:
            return
        self._of_held = held
        if held is None:
            self.held.data = {name: [] for name in COLUMNS}
        else:
            self.held.data = dict(zip(COLUMNS, (*held.x.T.copy(), held.y.astype(float)), strict=True))

    def smooth(self, on: bool) -> None:
        """Probabilities instead of two sides."""
        self._image.glyph.color_mapper = self._smooth if on else self._sides

    def show_held(self, on: bool) -> None:
        """The held-out points."""
        self._held_dots.visible = on

    def show_lines(self, on: bool, scene: Scene | None, moment: int = -1) -> None:
        """The exact lines of the folds and the border's corners, laid over the plane."""
        self._lines.visible = self._corners.visible = on
        if on and scene is not None:
            self._show_lines(scene, moment)

    def _show_lines(self, scene: Scene, moment: int) -> None:
        from separatrix.geometry.regions import compute_map

        w = scene.window
        try:
            found = compute_map(scene.sketch.network, scene.parameters(moment), (w.low, w.high, w.low, w.high))
        except InvalidParameter:  # curved activations, or too many pieces: there are no exact lines to show
            self.lines.data, self.corners.data = {"xs": [], "ys": []}, {"x": [], "y": []}
            return
        segments = [*(fold.ends for fold in found.folds), *found.border]
        self.lines.data = {"xs": [line[:, 0] for line in segments], "ys": [line[:, 1] for line in segments]}
        self.corners.data = {"x": [each.x1 for each in found.corners], "y": [each.x2 for each in found.corners]}

    def _frame(self, window: Window) -> None:
        if (self.x_range.start, self.x_range.end) != (window.low, window.high) and self._held is None:
            self.x_range.update(start=window.low, end=window.high)
            self.y_range.update(start=window.low, end=window.high)

    @property
    def _width(self) -> float:
        return float(self.x_range.end - self.x_range.start)

    def _began(self, event: Any) -> None:
        if self.tool == "move":
            self._held = editing.nearest(self.sketch, event.x, event.y, REACH * self._width)
        elif self.tool == "paint":
            self._paint(event, final=False)

    def _moving(self, event: Any) -> None:
        self._newest = event
        if not self._following:
            self._follow()

    def _follow(self) -> None:
        """Go where the hand is; then wait a little before the next step."""
        event, self._newest = self._newest, None
        self._following = event is not None
        if event is None:
            return
        self._later(self._follow, FOLLOW_MS)
        if self.tool == "move" and self._held is not None:
            self._edit(editing.moved(self.sketch, self._held, event.x, event.y), False)
        elif self.tool == "paint":
            self._paint(event, final=False)

    def _ended(self, event: Any) -> None:
        self._newest = None
        if self.tool == "move" and self._held is not None:
            changed = editing.moved(self.sketch, self._held, event.x, event.y)
            self._held = None
            self._edit(changed, True)
        elif self.tool == "paint":
            self._paint(event, final=True)

    def _tapped(self, event: Any) -> None:
        found = editing.nearest(self.sketch, event.x, event.y, REACH * self._width)
        if self.tool == "add":
            self._edit(editing.added(self.sketch, event.x, event.y, self.label), True)
        elif self.tool == "paint":
            self._paint(event, final=True)
        elif self.tool == "delete" and found is not None:
            self._edit(editing.deleted(self.sketch, [found]), True)
        elif self.tool == "flip" and found is not None:
            self._edit(editing.flipped(self.sketch, [found]), True)
        elif self.tool == "lasso" and found is not None:
            self.dots.selected.indices = sorted({found} ^ set(self.chosen))

    def _paint(self, event: Any, final: bool) -> None:
        painted = editing.painted(self.sketch, event.x, event.y, BRUSH * self._width, self.label, self._stream)
        self._edit(painted, final)
