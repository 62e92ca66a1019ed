"""The panel of guided lessons, the task while one is on, and the link that a teacher gives to a class."""

from __future__ import annotations

from collections.abc import Callable

from bokeh.models import Column, CustomJS, MultiSelect, Row, Select

from separatrix.playground.lessons import GUIDES, Guide
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import COPY, WIDE, button, explain, prose
from separatrix.playground.scene import Scene
from separatrix.playground.words import LANGUAGES, word

CLASS_LINK = """
    const address = new URL(window.location);
    for (const [name, value] of [["lesson", pick.tags.join()], ["hide", hide.value.join()], ["lock", lock.value.join()]])
        if (value) address.searchParams.set(name, value); else address.searchParams.delete(name);
    const text = address.href;
"""


class GuidePanel:
    """Pick, start, end, and the task; `start` is called with a lesson, or with None when it ends."""

    def __init__(self, guide: Guide | None, controls: tuple[str, ...], start: Callable[[Guide | None], None]) -> None:
        self._start, self._language = start, "en"
        self.guide = guide
        named = guide.name if guide else next(iter(GUIDES))
        look = {"stylesheets": [SHEET]} | WIDE
        self.pick = Select(name="lesson_pick", options=list(GUIDES), value=named, **look)
        self.begin, self.end = button("lesson_start", self._clicked), button("lesson_end", self._ended)
        self.hide, self.lock = (MultiSelect(name=name, size=8, **look) for name in ("class_hide", "class_lock"))
        self.link = button("class_link")
        of = {"pick": self.pick, "hide": self.hide, "lock": self.lock, "button": self.link}
        self.link.js_on_click(CustomJS(args=of, code=CLASS_LINK + COPY))
        self.about, self.of_class, self.task = prose("lessons-about"), prose("class-about"), prose("task")
        self._controls = controls
        lists = Row(self.hide, self.lock, styles={"gap": "8px"}, **WIDE)
        self.panel = Column(self.about, self.pick, Row(self.begin, self.end), self.of_class, lists, self.link, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language, at = language, LANGUAGES.index(language)
        self.pick.options = [(name, guide.title[at]) for name, guide in GUIDES.items()]
        for each in (self.pick, self.hide, self.lock):
            each.title = word(each.name, language)
        for each in (self.begin, self.end, self.link):
            each.label = word(each.name, language)
        for each in (self.pick, self.hide, self.lock, self.begin, self.end, self.link):
            explain(each, word(f"{each.name}?", language))
        names = {name: word("hidden_layers" if name == "hidden" else name, language) for name in self._controls}
        self.hide.options = self.lock.options = list(names.items())
        self.about.text = f"<span class='soft'>{word('lessons_about', language)}</span>"
        self.of_class.text = f"<hr><span class='soft'>{word('class_about', language)}</span>"

    def show(self, scene: Scene | None) -> None:
        """The task, and whether this training fulfils it."""
        self.end.visible = self.guide is not None
        self.pick.tags = [self.guide.name] if self.guide else []  # for the class link
        self.task.css_classes = [] if self.guide else ["empty"]
        if self.guide is None:
            self.task.text = ""
            return
        at, done = LANGUAGES.index(self._language), scene is not None and self.guide.done(scene)
        verdict = word("lesson_todo", self._language)
        if done:
            verdict = word("lesson_done", self._language, praise=self.guide.praise[at])
        task = f"<b>{self.guide.title[at]}.</b> {self.guide.task[at]}"
        self.task.text = f"<p>{task}</p><p class='{'converged' if done else 'soft'}'>{verdict}</p>"

    def _clicked(self) -> None:
        self.guide = GUIDES[self.pick.value]
        self._start(self.guide)

    def _ended(self) -> None:
        self.guide = None
        self.show(None)
        self._start(None)
