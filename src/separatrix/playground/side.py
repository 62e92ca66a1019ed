"""The tabs beside the plane. Only the open one is filled at first: a page is shown sooner for what it doesn't yet hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bokeh.models import Column, TabPanel, Tabs

from separatrix.playground.looks import TABS
from separatrix.playground.parts import WIDE
from separatrix.playground.words import word


class Part(Protocol):
    """What is in a tab."""

    @property
    def panel(self) -> Column:
        """All of it."""

    def speak(self, language: str) -> None:
        """In that language."""


class Side:
    """The tabs; `opened` is called when another one is."""

    def __init__(self, makers: Mapping[str, Callable[[], Part]], opened: Callable[[], None]) -> None:
        self._waiting, self._language = dict(makers), "en"
        self.parts: dict[str, Part] = {}
        tabs = [TabPanel(child=Column(**WIDE), name=name) for name in makers]
        self.tabs = Tabs(tabs=tabs, stylesheets=[TABS], **WIDE)
        self.tabs.on_change("active", lambda attribute, old, new: opened())

    @property
    def open(self) -> str:
        """The open tab's name."""
        return str(self.tabs.tabs[self.tabs.active].name)

    def fill_open(self) -> Part:
        """Make what is in the open tab, unless it is there."""
        return self._fill(self.open)

    def fill_next(self) -> bool:
        """Make what is in one more tab; whether there was one."""
        name = next(iter(self._waiting), None)
        if name is not None:
            self._fill(name)
        return name is not None

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        for tab in self.tabs.tabs:
            tab.title = word(tab.name, language)
        for part in self.parts.values():
            part.speak(language)

    def _fill(self, name: str) -> Part:
        if name in self._waiting:
            part = self.parts[name] = self._waiting.pop(name)()
            part.speak(self._language)
            place = next(tab.child for tab in self.tabs.tabs if tab.name == name)
            place.children = [part.panel]
        return self.parts[name]
