"""The panel of what can be taken away. The browser does the taking."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from bokeh.models import Column, ColumnDataSource, CustomJS, Row

from separatrix.playground import takeaway
from separatrix.playground.parts import COPY, WIDE, button, complaint, explain, prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import word
from separatrix.playground.work import Desk

DOWNLOAD = """
    const [name, kind, text] = [source.data.name[0], source.data.kind[0], source.data.content[0]];
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], {type: kind}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
"""


class TakePanel:
    """Buttons for the link and for every parcel; the scene is asked for when one is pressed."""

    def __init__(self, desk: Desk, scene: Callable[[], Scene | None]) -> None:
        self._desk, self._scene, self._language = desk, scene, "en"
        self.parcel = ColumnDataSource({"name": [""], "kind": [""], "content": [""]})
        self.parcel.js_on_change("data", CustomJS(args={"source": self.parcel}, code=DOWNLOAD))
        self.takers = {name: button(name, partial(self._take, name)) for name in takeaway.MAKERS}
        self.copy = button("copy_link")
        self.copy.js_on_click(CustomJS(args={"button": self.copy}, code="const text = window.location.href;" + COPY))
        self.about, self.said = prose("take-about"), prose("take-said")
        self.said.tags = [self.parcel]  # part of the page, though nothing shows it
        self.told = {name: prose(f"about-{name}") for name in (self.copy.name, *self.takers)}
        rows = [Row(each, self.told[each.name], **WIDE) for each in (self.copy, *self.takers.values())]
        self.panel = Column(self.about, *rows, self.said, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        for each in (self.copy, *self.takers.values()):
            each.label = word(each.name, language)
            each.update(width=140, align="center")
            explain(each, word(f"{each.name}?", language))
            self.told[each.name].update(text=word(f"{each.name}?", language), align="center")
        self.about.text = f"<span class='soft'>{word('take_about', language)}</span>"

    def _take(self, name: str) -> None:
        scene = self._scene()
        if scene is None:
            return
        self.takers[name].label, self.said.text = word("preparing", self._language), ""

        def took(result: Any) -> None:
            self.takers[name].label = word(name, self._language)
            if isinstance(result, Exception):
                self.said.text = complaint(str(result))
                return
            content = base64.b64encode(result.content).decode()
            self.parcel.data = {"name": [result.name], "kind": [result.kind], "content": [content]}

        self._desk.ask(lambda ticket: takeaway.MAKERS[name](scene), took)
