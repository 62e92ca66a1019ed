"""What lies around the canvas: the hand's tools, the class it draws, and what is laid over the plane."""

from __future__ import annotations

from collections.abc import Callable

from bokeh.models import Checkbox, RadioButtonGroup, Row

from separatrix.playground.canvas import TOOLS, Canvas
from separatrix.playground.editing import deleted, flipped
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button
from separatrix.playground.scene import Scene
from separatrix.playground.sketch import Sketch
from separatrix.playground.words import word


class Hands:
    """Two rows of small controls."""

    def __init__(
        self, canvas: Canvas, go_to: Callable[[Sketch], None], shown: Callable[[], tuple[Scene | None, int]]
    ) -> None:
        self._canvas, self._go_to = canvas, go_to
        self.tool = RadioButtonGroup(name="tool", labels=list(TOOLS), active=0, stylesheets=[SHEET])
        self.tool.on_change("active", lambda attribute, old, new: self._take(TOOLS[new]))
        self.label = RadioButtonGroup(name="label", labels=["0", "1"], active=1, stylesheets=[SHEET])
        self.label.on_change("active", lambda attribute, old, new: setattr(canvas, "label", new))
        self.flip, self.delete = button("flip_chosen", self._flip), button("delete_chosen", self._delete)
        self.flip.visible = self.delete.visible = False
        self.view = RadioButtonGroup(name="view", labels=["", ""], active=0, stylesheets=[SHEET])
        self.view.on_change("active", lambda attribute, old, new: canvas.smooth(new == 1))
        self.held, self.lines = Checkbox(name="show-held"), Checkbox(name="show-lines")
        self.held.on_change("active", lambda attribute, old, new: canvas.show_held(new))
        self.lines.on_change("active", lambda attribute, old, new: canvas.show_lines(new, *shown()))
        wrapped = {"flex-wrap": "wrap", "gap": "8px"}
        self.above = Row(self.tool, self.label, self.flip, self.delete, styles=wrapped, **WIDE)
        self.below = Row(self.view, self.held, self.lines, styles=wrapped, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self.tool.labels = [word(f"tool_{name}", language) for name in TOOLS]
        self.label.labels = [word("class0", language), word("class1", language)]
        self.view.labels = [word("view_lesson", language), word("view_probability", language)]
        self.held.label, self.lines.label = word("show_held", language), word("show_lines", language)
        self.flip.label, self.delete.label = word("flip_chosen", language), word("delete_chosen", language)

    def _take(self, tool: str) -> None:
        self._canvas.take(tool)
        self.flip.visible = self.delete.visible = tool == "lasso"

    def _flip(self) -> None:
        if self._canvas.chosen:
            self._go_to(flipped(self._canvas.sketch, self._canvas.chosen))

    def _delete(self) -> None:
        if self._canvas.chosen:
            chosen = self._canvas.chosen
            self._canvas.dots.selected.indices = []
            self._go_to(deleted(self._canvas.sketch, chosen))
