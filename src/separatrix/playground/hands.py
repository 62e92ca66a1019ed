"""What lies around the canvas: the hand's tools, the class it draws, and what is laid over the plane."""

from __future__ import annotations

from collections.abc import Callable

from bokeh.models import CheckboxButtonGroup, RadioButtonGroup, Row

from separatrix.playground.canvas import TOOLS, Canvas
from separatrix.playground.editing import deleted, flipped
from separatrix.playground.looks import CLASSES, SHEET
from separatrix.playground.parts import WIDE, button, explain
from separatrix.playground.scene import Scene
from separatrix.playground.sketch import Sketch
from separatrix.playground.words import word

WORDS = {
    "tool": tuple(f"tool_{name}" for name in TOOLS),
    "label": ("class0", "class1"),
    "view": ("view_lesson", "view_probability"),
    "over": ("show_held", "show_lines"),
}


class Hands:
    """Two rows of small controls."""

    def __init__(
        self, canvas: Canvas, go_to: Callable[[Sketch], None], shown: Callable[[], tuple[Scene | None, int]]
    ) -> None:
        self._canvas, self._go_to = canvas, go_to
        self.tool = RadioButtonGroup(name="tool", tags=list(TOOLS), active=0, stylesheets=[SHEET])
        self.tool.on_change("active", lambda attribute, old, new: self._take(TOOLS[new]))
        self.label = RadioButtonGroup(name="label", active=1, stylesheets=[SHEET, CLASSES])
        self.label.on_change("active", lambda attribute, old, new: setattr(canvas, "label", new))
        self.flip, self.delete = button("flip_chosen", self._flip), button("delete_chosen", self._delete)
        self.flip.visible = self.delete.visible = False
        self.view = RadioButtonGroup(name="view", active=0, stylesheets=[SHEET])
        self.view.on_change("active", lambda attribute, old, new: canvas.smooth(new == 1))
        self._shown = shown
        self.over = CheckboxButtonGroup(name="over", active=[], stylesheets=[SHEET])
        self.over.on_change("active", lambda attribute, old, new: self._lay_over(new))
        wrapped = {"flex-wrap": "wrap", "gap": "2px 6px"}
        self.above = Row(self.tool, self.label, self.flip, self.delete, styles=wrapped, **WIDE)
        self.below = Row(self.view, self.over, styles=wrapped, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        for group in (self.tool, self.label, self.view, self.over):
            names = WORDS[group.name]
            group.labels = [word(name, language) for name in names]
            explain(group, *(word(f"{name}?", language) for name in names))
        for each in (self.flip, self.delete):
            each.label = word(each.name, language)
            explain(each, word(f"{each.name}?", language))
        self._canvas.figure.html_attributes = {"aria-label": word("plane", language)}

    def _take(self, tool: str) -> None:
        self._canvas.take(tool)
        self.flip.visible = self.delete.visible = tool == "lasso"

    def _lay_over(self, active: list[int]) -> None:
        self._canvas.show_held(0 in active)
        self._canvas.show_lines(1 in active, *self._shown())

    def _flip(self) -> None:
        if self._canvas.chosen:
            self._go_to(flipped(self._canvas.sketch, self._canvas.chosen))

    def _delete(self) -> None:
        if self._canvas.chosen:
            chosen = self._canvas.chosen
            self._canvas.dots.selected.indices = []
            self._go_to(deleted(self._canvas.sketch, chosen))
