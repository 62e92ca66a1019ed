"""The tabs beside the plane. Each is filled when it is first opened: what is on a page has to be made, sent and laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bokeh.models import Column, TabPanel, Tabs

from separatrix.playground.looks import TABS
from separatrix.playground.parts import WIDE
from separatrix.playground.words import word


class Part(Protocol):
    """What is in a tab; most have a `show` of their own."""

    @property
    def panel(self) -> Column:
        """All of it."""

    def speak(self, language: str) -> None:
        """In that language."""


class Side:
    """The tabs; `opened` is called when another one is."""

    def __init__(self, makers: Mapping[str, Callable[[], Part]], opened: Callable[[], None]) -> None:
        self._waiting, self._language = dict(makers), "en"
        self.parts: dict[str, Any] = {}
        tabs = [TabPanel(child=Column(**WIDE), name=name) for name in makers]
        self.tabs = Tabs(tabs=tabs, stylesheets=[TABS], **WIDE)
        self.tabs.on_change("active", lambda attribute, old, new: opened())

    @property
    def open(self) -> str:
        """The open tab's name."""
        return str(self.tabs.tabs[self.tabs.active].name)

    def fill_open(self) -> Any:
        """What is in the open tab, made if nobody has opened it before."""
        tab = self.tabs.tabs[self.tabs.active]
        if tab.name in self._waiting:
            part = self.parts[tab.name] = self._waiting.pop(tab.name)()
            part.speak(self._language)
            tab.child.children = [part.panel]
        return self.parts[tab.name]

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        for tab in self.tabs.tabs:
            tab.title = word(tab.name, language)
        for part in self.parts.values():
            part.speak(language)
