"""The three numbers that are often taken for one another: training accuracy, held-out accuracy, loss."""

from __future__ import annotations

from math import isfinite

from bokeh.models import ColumnDataSource, CustomJS

from separatrix.playground.parts import prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

NAMES = ("accuracy", "validation_accuracy", "loss_value")

# Into the page at once: a Div that gets another text makes Bokeh lay out the whole page, for every picture.
WRITE = """
    const places = Bokeh.index.find_one(div)?.el.shadowRoot.querySelectorAll("b") ?? [];
    source.data.told.forEach((text, k) => { if (places[k]) places[k].textContent = text });
"""


class Figures:
    """The place for the numbers, and the source that the browser reads them from."""

    def __init__(self) -> None:
        self.source = ColumnDataSource(name="figures", data={"told": ["", "", ""]})
        self.place = prose("numbers")
        self.place.tags = [self.source]  # part of the page, though nothing shows it
        self.write = CustomJS(args={"source": self.source, "div": self.place}, code=WRITE)
        self.source.js_on_change("data", self.write)

    def speak(self, language: str) -> None:
        """In that language."""
        named = zip(NAMES, self.source.data["told"], strict=True)
        each = (
            f"<div data-tip='{word(f'{name}?', language)}'><span>{word(name, language)}</span><b>{told or '–'}</b></div>"
            for name, told in named
        )
        self.place.text = f"<div class='numbers'>{''.join(each)}</div>"

    def show(self, scene: Scene, moment: int) -> None:
        """Those of a moment."""
        accuracy, loss, held = scene.numbers(moment)
        shares = ("–" if share is None else f"{share:.1%}" for share in (accuracy, held))
        self.source.data = {"told": [*shares, f"{loss:.4g}" if isfinite(loss) else "∞"]}
