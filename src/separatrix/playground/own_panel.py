"""The panel for the visitor's own points: a file or a pasted piece of a spreadsheet, and which columns are meant."""

from __future__ import annotations

import base64
from collections.abc import Callable

from bokeh.models import Column, FileInput, Row, Select, TextAreaInput

from separatrix.errors import SeparatrixError
from separatrix.playground import own
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button, complaint, explain, inert, prose
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
        self.about = prose("own-about")
        chosen = Row(*self.columns.values(), styles={"gap": "8px"}, **WIDE)
        self.panel = Column(self.about, self.upload, self.paste, chosen, self.use, self.said, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.about.text = f"<span class='soft'>{word('own_about', language)}</span>"
        for widget in (self.upload, self.paste, *self.columns.values()):
            widget.title = word(widget.name, language)
        self.use.label = word("use_own", language)
        for widget in (self.upload, self.paste, *self.columns.values(), self.use):
            explain(widget, word(f"{widget.name}?", language))
        too_large = complaint(word("too_large", language, most=own.LARGEST))  # said in the browser, which sends nothing
        self.upload.html_attributes |= {"data-most": str(own.LARGEST), "data-too-large": too_large}

    def _uploaded(self, value: str) -> None:
        try:
            self._take(base64.b64decode(value).decode("utf-8-sig"))
        except ValueError as error:
            self.said.text = complaint(f"The file is no UTF-8 text: {error}.")

    def _take(self, text: str) -> None:
        self._offer(False)
        try:
            sheet = own.read_sheet(text)
            likely = own.likely_columns(sheet)
        except SeparatrixError as error:
            self.said.text = complaint(str(error))
            return
        self._sheet = sheet
        for widget, name in zip(self.columns.values(), likely, strict=True):
            widget.update(options=list(sheet.columns), value=name)
        self._offer(True)
        names = ", ".join(inert(name) for name in sheet.columns)
        self.said.text = word("own_said", self._language, n=len(sheet.rows), columns=names)

    def _offer(self, there: bool) -> None:
        for part in (*self.columns.values(), self.use):
            part.visible = there

    def _chosen(self) -> None:
        if self._sheet is None:
            return
        x1, x2, label = (widget.value for widget in self.columns.values())
        try:
            drawn = own.as_drawn(self._sheet, x1, x2, label)
            self._use(drawn)
        except SeparatrixError as error:
            self.said.text = complaint(str(error))
            return
        zero, one = (inert(name) for name in own.classes(self._sheet, label))
        said = word("own_used", self._language, n=len(drawn), zero=zero, one=one)
        scaled = own.is_scaled(self._sheet, x1, x2)
        self.said.text = said + (" " + word("own_scaled", self._language) if scaled else "")
