"""The page of one visitor: it joins controls, canvas and views to the present sketch and its training."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bokeh.document import Document
from bokeh.events import DocumentReady
from bokeh.models import Column, RadioButtonGroup, Row

from separatrix.errors import SeparatrixError
from separatrix.playground.address import AddressBar
from separatrix.playground.canvas import Canvas
from separatrix.playground.controls import Controls
from separatrix.playground.figures import Figures
from separatrix.playground.guide_panel import GuidePanel
from separatrix.playground.hands import Hands
from separatrix.playground.lessons import GUIDES, Guide
from separatrix.playground.link import from_link
from separatrix.playground.looks import SHEET
from separatrix.playground.parts import WIDE, button, complaint, explain, prose
from separatrix.playground.past import Past
from separatrix.playground.scene import Scene, compute_scene
from separatrix.playground.side import Part, Side
from separatrix.playground.sketch import Sketch
from separatrix.playground.timeline import Timeline
from separatrix.playground.words import LANGUAGES, word
from separatrix.playground.work import Ticket, Workshop

VIEWS = ("tab_network", "tab_curves", "tab_fold")  # tabs that show a scene
QUICK = 0.15  # seconds for a picture, up to which a point under a hand may be drawn with it instead of before
SETTLED = 0.25  # seconds without a touch after which a slider's movement is over


class Page:
    """One visitor's page.

    Args:
        document: Bokeh's, to be filled.
        workshop: where it is trained.
        known: the scene of the sketch that most pages begin with, if it has been trained before.
    """

    def __init__(self, document: Document, workshop: Workshop, known: Scene | None = None) -> None:
        self.document, self.workshop = document, workshop
        asked = _asked(document)
        self.language = asked["lang"] if asked.get("lang") in LANGUAGES else "en"
        guide = GUIDES.get(asked.get("lesson", ""))
        sketch, self.remark = _first(asked, guide)
        self.past = Past((sketch,))
        self.gesture: Sketch | None = None  # what the present gesture began with
        self.touched, self.settling = 0.0, None  # when a slider last moved, and who will see that it has stopped
        self.scene: Scene | None = None
        self.moment, self.late = -1, False
        self.waited = 1.0  # seconds for the last picture
        deliver = document.add_next_tick_callback
        self.desk, self.seed_desk = workshop.desk(deliver), workshop.desk(deliver)
        self.parcel_desk = workshop.desk(deliver, aside=True)
        self._make(guide)
        self._withhold_for(guide, asked)
        self._lay_out()
        if known is not None and known.sketch == sketch:
            self._trained(known)
        document.js_on_event(DocumentReady, self.canvas.reply, self.figures.write)  # what came at once
        document.on_session_destroyed(self._gone)

    def begin(self) -> None:
        """The visitor is there: train what isn't known yet."""
        if self.scene is None:
            self._train()

    def _make(self, guide: Guide | None) -> None:
        sketch, say = self.past.now, self.language
        self.controls = Controls(sketch, self.change)
        self.canvas = Canvas(sketch, self.edit, self.document.add_timeout_callback)
        self.canvas.arrived = self._arrived
        self.hands = Hands(self.canvas, self._go_to, lambda: (self.scene, self.moment))
        self.timeline = Timeline(self.document, self._scrub, self._branch, self._restart)
        self.guides = GuidePanel(guide, self.controls.names, self._start_guide)
        self.address, self.figures = AddressBar(self.document), Figures()
        self.about, self.status = prose("about"), prose("status")
        self.status.tags = [self.address.source]
        self.side = Side(self._tabs(), self._show_views)
        self.undo, self.redo = button("undo", self._undo), button("redo", self._redo)
        self.reset = button("reset", self._reset)
        self.reseed = button("reseed", lambda: self.change(True, seed=self.past.now.seed + 1))
        at = LANGUAGES.index(say)
        self.tongue = RadioButtonGroup(name="language", labels=["English", "中文"], active=at, stylesheets=[SHEET])
        self.tongue.on_change("active", lambda attribute, old, new: self.speak(LANGUAGES[new]))

    def _tabs(self) -> dict[str, Callable[[], Part]]:
        """How what is in each of them is made, when its time has come."""
        return {
            "tab_network": self._make_network,
            "tab_curves": self._make_curves,
            "tab_fold": self._make_fold,
            "tab_seeds": self._make_seeds,
            "tab_lessons": lambda: self.guides,
            "tab_own": self._make_own,
            "tab_take": self._make_take,
        }

    # Imported here, for the first picture doesn't need them.

    def _make_network(self) -> Part:
        from separatrix.playground.diagram import NetworkView

        made = NetworkView()
        self.document.js_on_event(DocumentReady, made.cut)  # where the page is taken anew, after a lost connection
        return made

    def _make_curves(self) -> Part:
        from separatrix.playground.charts import Curves

        return Curves()

    def _make_fold(self) -> Part:
        from separatrix.playground.fold import FoldView

        return FoldView()

    def _make_seeds(self) -> Part:
        from separatrix.playground.seeds import SeedPanel

        return SeedPanel(self.past.now, self.seed_desk, lambda seed: self.change(True, seed=seed))

    def _make_own(self) -> Part:
        from separatrix.playground.own_panel import OwnPanel

        return OwnPanel(lambda drawn: self._go_to(self.past.now.replace(drawn=drawn)))

    def _make_take(self) -> Part:
        from separatrix.playground.take_panel import TakePanel

        return TakePanel(self.parcel_desk, lambda: self.scene)

    def _lay_out(self) -> None:
        above = (self.undo, self.redo, self.reset, self.reseed, self.tongue)
        left = (self.controls.points_panel(), self.controls.network_panel(), self.controls.training_panel())
        plane = (self.hands.above, self.canvas.figure, self.hands.below)
        roots = {
            "about": self.about,
            "top": Row(*above, styles={"flex-wrap": "wrap", "gap": "0"}),
            "task": self.guides.task,
            "left": Column(*left, **WIDE),
            "middle": Column(*plane, self.timeline.panel, self.figures.place, self.status, **WIDE),
            "right": self.side.tabs,
        }
        self.speak(self.language)
        self._show_settings()
        with self.document.models.freeze():  # else Bokeh walks through all models for every one that is added
            for name, root in roots.items():
                root.name = root._id = name  # Bokeh numbers them; the page's HTML is there before any number
                self.document.add_root(root)

    def _withhold_for(self, guide: Guide | None, asked: dict[str, str]) -> None:
        """What the address hides and locks, beside what the lesson hides."""
        self.hidden, self.locked = (
            frozenset(filter(None, asked.get(name, "").split(","))) for name in ("hide", "lock")
        )
        unknown = sorted((self.hidden | self.locked) - set(self.controls.names))
        if unknown:
            names, known = ", ".join(unknown), ", ".join(self.controls.names)
            self.remark = self.remark or word("class_unknown", self.language, names=names, known=known)
        self.controls.withhold(self.hidden | (guide.hides if guide else frozenset()), self.locked)

    # What a visitor does.

    def change(self, final: bool, **settings: Any) -> None:
        """A setting was touched; while a slider moves, `final` is False."""
        try:
            sketch = self.past.now.replace(**settings)
        except SeparatrixError as error:
            self.status.text = complaint(str(error))
            return
        self.edit(sketch, final)
        if not final:
            self.touched = time.monotonic()
            if self.settling is None:
                self.settling = self.document.add_timeout_callback(self._settle, round(1000 * SETTLED))

    def _settle(self) -> None:
        """A slider that nobody has moved for a while has been let go: its movement is one step to undo."""
        self.settling, left = None, SETTLED - (time.monotonic() - self.touched)
        if left > 0:
            self.settling = self.document.add_timeout_callback(self._settle, max(1, round(1000 * left)))
        elif self.gesture is not None:
            self.gesture = None
            self.address.show(self.past.now, self.language)
            self._show_views()

    def edit(self, sketch: Sketch, final: bool) -> None:
        """Another sketch; all steps of one gesture are one step to undo."""
        if self.gesture is None:
            self.gesture = self.past.now
            self.past = self.past.after(sketch)
        elif sketch != self.past.now:
            self.past = self.past.instead(sketch)
        if final:
            self.gesture = None
        if final or self.waited > QUICK:
            self._show_sketch()
        else:  # the point goes with its picture, and is drawn once instead of twice
            self._show_settings()
        self._train(patient=not final)

    def _go_to(self, sketch: Sketch) -> None:
        self.edit(sketch, True)

    def _undo(self) -> None:
        self._back_to(self.past.undone())

    def _redo(self) -> None:
        self._back_to(self.past.redone())

    def _back_to(self, past: Past) -> None:
        self.past, self.gesture = past, None
        self._show_sketch()
        self._train()

    def _scrub(self, moment: int) -> None:
        if self.scene is None:
            return
        at = min(moment, len(self.scene.epochs) - 1)
        if at != self.moment % len(self.scene.epochs):
            self.moment = at
            self._show_moment()

    def _branch(self) -> None:
        if self.scene is not None:
            self._go_to(self.scene.branched(self.moment))

    def _restart(self) -> None:
        self._go_to(self.past.now.replace(start=None, begun=0))

    def _reset(self) -> None:
        self.guides.guide = None
        self._start_guide(None)
        self._go_to(Sketch())

    def _start_guide(self, guide: Guide | None) -> None:
        self.controls.withhold(self.hidden | (guide.hides if guide else frozenset()), self.locked)
        if guide is not None:
            self._go_to(guide.start)
        self.guides.show(self.scene if guide is None else None)

    def _gone(self, context: Any) -> None:
        for desk in (self.desk, self.seed_desk, self.parcel_desk):
            desk.close()

    # Training, and what is shown of it.

    def _train(self, patient: bool = False) -> None:
        sketch, asked = self.past.now, time.monotonic()
        self.canvas.sketch = sketch
        if not patient:
            self.status.text = word("working", self.language)

        def job(ticket: Ticket) -> Scene:
            return compute_scene(sketch, ticket.go_on)

        def took(result: Any) -> None:
            self.waited = time.monotonic() - asked
            self._trained(result)

        self.desk.ask(job, took, patient=patient)

    def _trained(self, result: Any) -> None:
        self.canvas.show_points(self.past.now)
        if isinstance(result, Exception):
            self.status.text = complaint(str(result))
            return
        self.scene, self.moment = result, -1
        self.timeline.take(result)
        self._show_moment()
        self._say()
        self.guides.show(result)

    def _show_sketch(self) -> None:
        """Controls, points and address, at once."""
        self._show_settings()
        self.canvas.show_points(self.past.now)

    def _show_settings(self) -> None:
        """All but the points: drawing those imports PyTorch, for which a first page doesn't wait."""
        sketch = self.past.now
        self.controls.show(sketch)
        if (seeds := self.side.parts.get("tab_seeds")) is not None:
            seeds.show(sketch)
        self.undo.disabled, self.redo.disabled = self.past.at == 0, self.past.at == len(self.past.sketches) - 1
        if self.gesture is None:
            self.address.show(sketch, self.language)

    def _show_moment(self) -> None:
        """The newest picture; a browser that hasn't taken those before it is shown it as soon as it has."""
        self.late = self.canvas.behind
        if self.scene is not None and not self.late:
            self.canvas.show(self.scene, self.moment)
            self.figures.show(self.scene, self.moment)
            if self.gesture is None or self.canvas.sent % 3 == 0:  # a hand that moves wants the border first
                self._show_views()

    def _arrived(self) -> None:
        self.workshop.begin()
        if self.late:
            self._show_moment()
        if not self.side.parts:
            self._show_views()

    def _show_views(self) -> None:
        """Only the view that is open, and none before the first picture is there: it would come later for them."""
        if not self.canvas.received:
            return
        part = self.side.fill_open()
        if self.scene is not None and self.side.open in VIEWS:
            part.show(self.scene, self.moment)

    def _say(self) -> None:
        """How the training ended; once, what was wrong with the link."""
        if self.scene is None:
            return
        if self.remark:
            self.status.text, self.remark = complaint(self.remark), ""
            return
        status, begun = self.scene.run.status.value, self.scene.sketch.begun
        text = f"<span class='{status}'>{word(status, self.language)}</span>"
        self.status.text = text + (f" · {word('branched', self.language, epoch=f'{begun:,}')}" if begun else "")

    def speak(self, language: str) -> None:
        """Say everything in that language."""
        self.language = language
        for part in (self.controls, self.hands, self.timeline, self.figures, self.guides, self.side):
            part.speak(language)
        for each in (self.undo, self.redo, self.reset, self.reseed):
            each.label = word(each.name, language)
            explain(each, word(f"{each.name}?", language))
        self.about.text = f"<span class='soft'>{word('subtitle', language)}</span>"
        self.document.title = word("title", language)
        self.address.show(self.past.now, self.language)
        self._say()
        self.guides.show(self.scene)


def _asked(document: Document) -> dict[str, str]:
    """What the address asks for."""
    context = document.session_context
    arguments = context.request.arguments if context is not None and context.request is not None else {}
    return {name: values[-1].decode("utf-8", "replace") for name, values in arguments.items()}


def _first(asked: dict[str, str], guide: Guide | None) -> tuple[Sketch, str]:
    """The sketch that the address asks for, and what is wrong with it."""
    if "s" not in asked:
        return (guide.start if guide else Sketch()), ""
    try:
        return from_link(asked["s"]), ""
    except SeparatrixError as error:
        return Sketch(), str(error)
