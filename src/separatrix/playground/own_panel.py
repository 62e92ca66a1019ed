"""The panel for the visitor's own points: a file or a pasted piece of a spreadsheet, and which columns are meant."""

from __future__ import annotations

import base64
from collections.abc import Callable

from bokeh.models import Column, FileInput, Select, TextAreaInput

from separatrix.errors import SeparatrixError
from separatrix.playground import own
from separatrix.playground.controls import explain
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button, complaint, inert, prose
from separatrix.playground.sketch import Drawn
from separatrix.playground.words import word


class OwnPanel:
    """File, text, columns."""

    def __init__(self, use: Callable[[Drawn], None]) -> None:
        self._use, self._language = use, "en"
        self._sheet: own.Sheet | None = None
        self.upload = FileInput(name="upload", accept=".csv,.tsv,.txt", stylesheets=[SHEET], **WIDE)
        self.upload.on_change("value", lambda attribute, old, new: self._uploaded(str(new or "")))
        self.paste = TextAreaInput(name="paste", rows=4, max_length=own.LARGEST, stylesheets=[SHEET], **WIDE)
        self.paste.on_change("value", lambda attribute, old, new: self._take(new) if new.strip() else None)
        names = ("column_x1", "column_x2", "column_y")
        self.columns = {name: Select(name=name, visible=False, stylesheets=[SHEET], **WIDE) for name in names}
        self.use = button("use_own", self._chosen)
        self.use.visible = False
        self.said = prose("own-said")
        self.panel = Column(self.upload, self.paste, *self.columns.values(), self.use, self.said, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.upload.title, self.paste.title = word("upload", language), word("paste", language)
        explain(self.upload, word("upload?", language))
        for name, widget in self.columns.items():
            widget.title = word(name, language)
        self.use.label = word("use_own", language)

    def _uploaded(self, value: str) -> None:
        try:
            self._take(base64.b64decode(value).decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            self.said.text = complaint(f"The file is no UTF-8 text: {error}.")

    def _take(self, text: str) -> None:
        try:
            self._sheet = own.read_sheet(text)
            likely = own.likely_columns(self._sheet)
        except SeparatrixError as error:
            self.said.text = complaint(str(error))
            return
        for widget, name in zip(self.columns.values(), likely, strict=True):
            widget.update(options=list(self._sheet.columns), value=name, visible=True)
        self.use.visible = True
        names = ", ".join(inert(name) for name in self._sheet.columns)
        self.said.text = word("own_said", self._language, n=len(self._sheet.rows), columns=names)

    def _chosen(self) -> None:
        if self._sheet is None:
            return
        x1, x2, label = (widget.value for widget in self.columns.values())
        try:
            self._use(own.as_drawn(self._sheet, x1, x2, label))
        except SeparatrixError as error:
            self.said.text = complaint(str(error))
