"""The panel of guided lessons: which one, its task, and whether it is done."""

from __future__ import annotations

from collections.abc import Callable

from bokeh.models import Column, Select

from separatrix.playground.lessons import GUIDES, Guide
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button, prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import LANGUAGES, word


class GuidePanel:
    """Pick, start, task, verdict."""

    def __init__(self, guide: Guide | None, start: Callable[[Guide], None]) -> None:
        self._start, self._language = start, "en"
        self.guide = guide
        named = guide.name if guide else next(iter(GUIDES))
        self.pick = Select(name="lesson-pick", options=list(GUIDES), value=named, stylesheets=[SHEET], **WIDE)
        self.begin = button("lesson_start", self._clicked)
        self.said = prose("lesson-said")
        self.panel = Column(self.pick, self.begin, self.said, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language, at = language, LANGUAGES.index(language)
        titles = [(name, guide.title[at]) for name, guide in GUIDES.items()]
        self.pick.update(title=word("lesson_pick", language), options=titles)
        self.begin.label = word("lesson_start", language)

    def show(self, scene: Scene | None) -> None:
        """The task, and whether this training fulfils it."""
        if self.guide is None:
            return
        at, done = LANGUAGES.index(self._language), scene is not None and self.guide.done(scene)
        verdict = word("lesson_todo", self._language)
        if done:
            verdict = word("lesson_done", self._language, praise=self.guide.praise[at])
        self.said.text = f"<p>{self.guide.task[at]}</p><p class='{'converged' if done else 'soft'}'>{verdict}</p>"

    def _clicked(self) -> None:
        self.guide = GUIDES[self.pick.value]
        self._start(self.guide)
