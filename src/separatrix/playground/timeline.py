"""The timeline: a slider over the moments of a training, played, rewound, and branched from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS, CustomJSTickFormatter, Row, Slider

from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button, explain
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

FRAME_MS = 60  # between two moments that are played
EPOCH = "const all = source.data.epoch; return Number(all[Math.min(tick, all.length - 1)]).toLocaleString()"
AGAIN = "slider.properties.title.change.emit()"  # its text depends on the source, which it doesn't know


class Timeline:
    """The slider and its buttons; `show(moment)` is called when another moment is chosen."""

    def __init__(
        self, document: Document, show: Callable[[int], None], branch: Callable[[], None], restart: Callable[[], None]
    ) -> None:
        self._document, self._show, self._language = document, show, "en"
        self._playing: Any = None
        # A source, since another formatter would be another model: Bokeh then walks through the whole page, 80 ms.
        self.epochs = ColumnDataSource({"epoch": [0, 1]})
        epoch = CustomJSTickFormatter(args={"source": self.epochs}, code=EPOCH)
        self.slider = Slider(
            name="timeline", start=0, end=1, value=1, step=1, format=epoch, stylesheets=[SHEET], **WIDE
        )
        self.epochs.js_on_change("data", CustomJS(args={"slider": self.slider}, code=AGAIN))
        self.slider.on_change("value", lambda attribute, old, new: self._show(int(new)))
        self.play, self.branch = button("play", self._play), button("branch", branch)
        self.scratch = button("from_scratch", restart)
        for each in (self.play, self.branch, self.scratch):
            each.align = "end"
        self.panel = Row(self.play, self.slider, self.branch, self.scratch, styles={"gap": "6px"}, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.slider.title = word("timeline", language)
        self.play.label = word("play" if self._playing is None else "pause", language)
        self.branch.label, self.scratch.label = word("branch", language), word("from_scratch", language)
        for each in (self.slider, self.play, self.branch, self.scratch):
            explain(each, word(f"{each.name}?", language))

    def take(self, scene: Scene) -> None:
        """Another training, shown at its end."""
        told = [epoch + scene.sketch.begun for epoch in scene.epochs]
        if told != self.epochs.data["epoch"]:
            self.epochs.data = {"epoch": told}
        last = max(1, len(scene.epochs) - 1)
        self.slider.update(end=last, value=last)
        self.scratch.visible = scene.sketch.start is not None

    def _play(self) -> None:
        if self._playing is not None:
            self._pause()
            return
        if self.slider.value >= self.slider.end:
            self.slider.value = 0
        self._playing = self._document.add_periodic_callback(self._forward, FRAME_MS)
        self.play.label = word("pause", self._language)

    def _pause(self) -> None:
        if self._playing is not None:
            self._document.remove_periodic_callback(self._playing)
            self._playing = None
        self.play.label = word("play", self._language)

    def _forward(self) -> None:
        if self.slider.value >= self.slider.end:
            self._pause()
        else:
            self.slider.value = self.slider.value + 1
