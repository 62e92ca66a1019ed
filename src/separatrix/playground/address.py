"""The browser's address bar: it always holds what is on the page, so that a copy of it restores everything."""

from __future__ import annotations

from bokeh.document import Document
from bokeh.events import DocumentReady
from bokeh.models import ColumnDataSource, CustomJS

from separatrix.playground.link import to_link
from separatrix.playground.sketch import Sketch

WRITE = """
    const address = new URL(window.location);
    for (const [name, value] of Object.entries({s: source.data.s[0], lang: source.data.lang[0]}))
        address.searchParams.set(name, value);
    window.history.replaceState(null, "", address);
    document.documentElement.lang = source.data.lang[0];
"""


class AddressBar:
    """What the browser writes there; the source has to be part of the page, though nothing shows it."""

    def __init__(self, document: Document) -> None:
        self.source = ColumnDataSource(name="address", data={"s": [""], "lang": ["en"]})
        write = CustomJS(args={"source": self.source}, code=WRITE)
        self.source.js_on_change("data", write)
        document.js_on_event(DocumentReady, write)  # a plain or a damaged link becomes that of what is shown

    def show(self, sketch: Sketch, language: str) -> None:
        """This sketch, in that language."""
        self.source.data = {"s": [to_link(sketch)], "lang": [language]}
