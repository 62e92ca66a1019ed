"""The page of one visitor: it joins controls, canvas and views to the present sketch and its training."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Any

from bokeh.document import Document
from bokeh.models import (
    Button, Checkbox, Column, ColumnDataSource, CustomJS, CustomJSTickFormatter, Div, FileInput, RadioButtonGroup, Row, Select, Slider, Tabs,
    TabPanel, TextAreaInput,
)  # fmt: skip  # the parts of a page
from jinja2 import Template

from separatrix.errors import SeparatrixError
from separatrix.playground import own, takeaway
from separatrix.playground.canvas import TOOLS, Canvas
from separatrix.playground.charts import Curves
from separatrix.playground.controls import Controls, explain
from separatrix.playground.diagram import NetworkView
from separatrix.playground.fold import FoldView
from separatrix.playground.lessons import GUIDES, Guide
from separatrix.playground.link import from_link, to_link
from separatrix.playground.looks import PROSE, SHEET, TABS
from separatrix.playground.past import Past
from separatrix.playground.scene import Scene, compute_scene
from separatrix.playground.seeds import SeedPanel
from separatrix.playground.sketch import Sketch
from separatrix.playground.words import LANGUAGES, word
from separatrix.playground.work import Ticket, Workshop

FRAME_MS = 60  # between two moments of a played timeline

# The browser's part: take down a file that was sent, keep the address of the sketch in the address bar, copy it.
DOWNLOAD = """
    const [name, kind, text] = [source.data.name[0], source.data.kind[0], source.data.content[0]];
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], {type: kind}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
"""
ADDRESS = """
    const address = new URL(window.location);
    for (const [name, value] of Object.entries({s: source.data.s[0], lang: source.data.lang[0]}))
        address.searchParams.set(name, value);
    window.history.replaceState(null, "", address);
    document.documentElement.lang = source.data.lang[0];
"""
COPY = """
    const text = window.location.href;
    const done = () => { const old = button.label; button.label = "✓"; setTimeout(() => { button.label = old }, 1200) };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => window.prompt("", text));
    else window.prompt("", text);
"""


class Page:
    """One visitor's page."""

    def __init__(self, document: Document, workshop: Workshop) -> None:
        self.document = document
        asked = {name: values[-1].decode("utf-8", "replace") for name, values in _arguments(document).items()}
        self.language = asked.get("lang", "en") if asked.get("lang") in LANGUAGES else "en"
        self.guide: Guide | None = GUIDES.get(asked.get("lesson", ""))
        sketch, self.remark = _first(asked, self.guide)
        self.past, self.scene, self.moment = Past((sketch,)), None, -1
        self.gesture: Sketch | None = None  # what the present gesture began with
        self.scene: Scene | None
        deliver = document.add_next_tick_callback
        self.desk, self.seed_desk, self.parcel_desk = (workshop.desk(deliver) for _ in range(3))
        self._make()
        hidden = self.guide.hides if self.guide else frozenset()
        self.controls.lock(hidden | frozenset(filter(None, asked.get("hide", "").split(","))))
        self._lay_out()
        self.speak(self.language)
        self._show_sketch()
        self._train()
        document.on_session_destroyed(self._gone)

    # What the page is made of.

    def _make(self) -> None:
        sketch, say = self.past.now, self.language
        self.controls = Controls(sketch, say, self.change)
        self.canvas = Canvas(sketch, self.edit)
        self.network, self.curves, self.fold = NetworkView(say), Curves(say), FoldView(say)
        self.seeds = SeedPanel(self.seed_desk, say, lambda seed: self.change(True, seed=seed))
        self.numbers = Div(name="numbers", sizing_mode="stretch_width", stylesheets=[PROSE])
        self.status = Div(name="status", sizing_mode="stretch_width", stylesheets=[PROSE])
        self.undo, self.redo = self._button("undo", self._undo), self._button("redo", self._redo)
        self.reset = self._button("reset", lambda: self._go_to(Sketch()))
        self.reseed = self._button("reseed", lambda: self.change(True, seed=self.past.now.seed + 1))
        self.tool = RadioButtonGroup(name="tool", labels=list(TOOLS), active=0, stylesheets=[SHEET])
        self.tool.on_change("active", lambda attribute, old, new: self.canvas.take(TOOLS[new]))
        self.label = RadioButtonGroup(name="label", labels=["0", "1"], active=1, stylesheets=[SHEET])
        self.label.on_change("active", lambda attribute, old, new: setattr(self.canvas, "label", new))
        self.flip_chosen, self.delete_chosen = self._button("flip_chosen", self._flip), self._button("delete_chosen", self._delete)
        self.view = RadioButtonGroup(name="view", labels=["", ""], active=0, stylesheets=[SHEET])
        self.view.on_change("active", lambda attribute, old, new: self.canvas.smooth(new == 1))
        self.held, self.lines = Checkbox(name="show-held"), Checkbox(name="show-lines")
        self.held.on_change("active", lambda attribute, old, new: self.canvas.show_held(new))
        self.lines.on_change("active", lambda attribute, old, new: self.canvas.show_lines(new, self.scene, self.moment))
        self.tongue = RadioButtonGroup(name="language", labels=["English", "中文"], active=LANGUAGES.index(self.language), stylesheets=[SHEET])
        self.tongue.on_change("active", lambda attribute, old, new: self.speak(LANGUAGES[new]))
        self.timeline = Slider(name="timeline", start=0, end=1, value=1, step=1, format=CustomJSTickFormatter(code="return String(tick)"), sizing_mode="stretch_width", stylesheets=[SHEET])
        self.timeline.on_change("value", lambda attribute, old, new: self._scrub(int(new)))
        self.play, self.branch = self._button("play", self._play), self._button("branch", self._branch)
        self.scratch = self._button("from_scratch", lambda: self._go_to(self.past.now.replace(start=None, begun=0)))
        self._playing: Any = None
        self._make_parcels()
        self._make_own()
        self._make_lessons()

    def _make_parcels(self) -> None:
        self.parcel = ColumnDataSource({"name": [""], "kind": [""], "content": [""]})
        self.parcel.js_on_change("data", CustomJS(args={"source": self.parcel}, code=DOWNLOAD))
        self.address = ColumnDataSource(name="address", data={"s": [""], "lang": [self.language]})
        self.address.js_on_change("data", CustomJS(args={"source": self.address}, code=ADDRESS))
        self.takers = {name: self._button(name, partial(self._take, name)) for name in takeaway.MAKERS}
        self.copy = Button(name="copy_link", stylesheets=[SHEET])
        self.copy.js_on_click(CustomJS(args={"button": self.copy}, code=COPY))
        self.take_about = Div(name="take-about", sizing_mode="stretch_width")

    def _make_own(self) -> None:
        look = {"sizing_mode": "stretch_width", "stylesheets": [SHEET]}
        self.upload = FileInput(name="upload", accept=".csv,.tsv,.txt", **look)
        self.upload.on_change("value", lambda attribute, old, new: self._uploaded(new))
        self.paste = TextAreaInput(name="paste", rows=4, max_length=own.LARGEST, **look)
        self.paste.on_change("value", lambda attribute, old, new: self._pasted(new))
        self.columns = {name: Select(name=name, visible=False, **look) for name in ("column_x1", "column_x2", "column_y")}
        self.use_own = self._button("use_own", self._use_own)
        self.use_own.visible = False
        self.own_said = Div(name="own-said", sizing_mode="stretch_width", stylesheets=[PROSE])
        self.sheet: own.Sheet | None = None

    def _make_lessons(self) -> None:
        self.guide_pick = Select(name="lesson-pick", options=[(name, name) for name in GUIDES], value=next(iter(GUIDES)), sizing_mode="stretch_width", stylesheets=[SHEET])
        self.guide_start = self._button("lesson_start", self._start_guide)
        self.guide_said = Div(name="lesson-said", sizing_mode="stretch_width", stylesheets=[PROSE])
        if self.guide:
            self.guide_pick.value = self.guide.name

    def _button(self, name: str, act: Callable[[], None]) -> Button:
        button = Button(name=name, stylesheets=[SHEET])
        button.on_click(act)
        return button

    def _lay_out(self) -> None:
        wide = {"sizing_mode": "stretch_width"}
        tools = Row(self.tool, self.label, self.flip_chosen, self.delete_chosen, styles={"flex-wrap": "wrap", "gap": "6px"}, **wide)
        looks = Row(self.view, self.held, self.lines, styles={"flex-wrap": "wrap", "gap": "10px"}, **wide)
        moments = Row(self.play, self.timeline, self.branch, self.scratch, styles={"gap": "6px"}, **wide)
        self.tabs = Tabs(
            tabs=[
                TabPanel(child=Column(*parts, **wide), name=name)
                for name, parts in {
                    "tab_network": (self.network.figure, self.network.sum),
                    "tab_curves": (self.curves.loss, self.curves.accuracy),
                    "tab_fold": (self.fold.figure, self.fold.stage, self.fold.azimuth, self.fold.elevation),
                    "tab_seeds": (self.seeds.button, self.seeds.bar, self.seeds.said, self.seeds.wall),
                    "tab_lessons": (self.guide_pick, self.guide_start, self.guide_said),
                    "tab_own": (self.upload, self.paste, *self.columns.values(), self.use_own, self.own_said),
                    "tab_take": (self.copy, *self.takers.values(), self.take_about),
                }.items()
            ],
            name="tabs", stylesheets=[TABS], **wide,
        )  # fmt: skip  # a tab a line
        self.tabs.on_change("active", lambda attribute, old, new: self._show_views())
        parts = {
            "top": Row(self.undo, self.redo, self.reset, self.reseed, self.tongue, styles={"flex-wrap": "wrap", "gap": "6px"}),
            "left": Column(self.controls.points_panel(), self.controls.network_panel(), self.controls.training_panel(), **wide),
            "middle": Column(tools, self.canvas.figure, looks, moments, self.numbers, self.status, **wide),
            "right": self.tabs,
        }  # fmt: skip  # a region a line
        for name, part in parts.items():
            part.name = name
            self.document.add_root(part)
        self.status.tags = [self.parcel, self.address]  # part of the page, though nothing shows them
        self.document.template = Template(files("separatrix.playground").joinpath("page.html").read_text("utf-8"))
        self.document.title = word("title", self.language)

    # What a visitor does.

    def change(self, final: bool, **settings: Any) -> None:
        """A setting was touched; while a slider moves, `final` is False."""
        try:
            sketch = self.past.now.replace(**settings)
        except SeparatrixError as error:
            self._complain(str(error))
            return
        self.edit(sketch, final)

    def edit(self, sketch: Sketch, final: bool) -> None:
        """Another sketch; all steps of one gesture are one step to undo."""
        if self.gesture is None:
            self.gesture = self.past.now
            self.past = self.past.after(sketch)
        elif sketch != self.past.now:
            self.past = self.past.instead(sketch)
        if final:
            self.gesture = None
        self.moment = -1
        self._show_sketch()
        self._train(patient=not final)

    def _go_to(self, sketch: Sketch) -> None:
        self.edit(sketch, True)

    def _undo(self) -> None:
        self.past, self.gesture = self.past.undone(), None
        self._show_sketch()
        self._train()

    def _redo(self) -> None:
        self.past, self.gesture = self.past.redone(), None
        self._show_sketch()
        self._train()

    def _flip(self) -> None:
        from separatrix.playground.editing import flipped

        if self.canvas.chosen:
            self._go_to(flipped(self.past.now, self.canvas.chosen))

    def _delete(self) -> None:
        from separatrix.playground.editing import deleted

        if self.canvas.chosen:
            chosen = self.canvas.chosen
            self.canvas.dots.selected.indices = []
            self._go_to(deleted(self.past.now, chosen))

    # Training, and what is shown of it.

    def _train(self, patient: bool = False) -> None:
        sketch = self.past.now
        if not patient:
            self.status.text = word("working", self.language)

        def job(ticket: Ticket) -> Scene:
            return compute_scene(sketch, ticket.go_on)

        self.desk.ask(job, self._trained, patient=patient)

    def _trained(self, result: Any) -> None:
        if isinstance(result, Exception):
            self._complain(str(result))
            return
        self.scene, self.moment = result, -1
        last = len(result.epochs) - 1
        told = [epoch + result.sketch.begun for epoch in result.epochs]
        self.timeline.format = CustomJSTickFormatter(
            args={"epochs": told}, code="return epochs[Math.min(tick, epochs.length - 1)].toLocaleString()"
        )
        self.timeline.update(end=max(1, last), value=max(1, last))
        self._show_moment()
        self._say()
        self._check_guide()

    def _show_sketch(self) -> None:
        """Controls, points and address, at once."""
        sketch = self.past.now
        self.controls.show(sketch)
        self.canvas.show_points(sketch)
        self.seeds.show(sketch)
        self.undo.disabled, self.redo.disabled = self.past.at == 0, self.past.at == len(self.past.sketches) - 1
        self.scratch.visible = sketch.start is not None
        if self.gesture is None:
            self.address.data = {"s": [to_link(sketch)], "lang": [self.language]}

    def _show_moment(self) -> None:
        if self.scene is not None:
            self.canvas.show(self.scene, self.moment)
            self._show_views()
            self._show_numbers()

    def _show_views(self) -> None:
        """Only the view that is open: the others wait until they are."""
        if self.scene is None:
            return
        name = self.tabs.tabs[self.tabs.active].name
        views = {"tab_network": self.network, "tab_curves": self.curves, "tab_fold": self.fold}
        if name in views:
            views[name].show(self.scene, self.moment)

    def _show_numbers(self) -> None:
        if self.scene is None:
            return
        accuracy, loss, held = self.scene.numbers(self.moment)
        told = {"accuracy": f"{accuracy:.1%}", "held_accuracy": "–" if held is None else f"{held:.1%}", "loss_value": f"{loss:.4g}"}
        self.numbers.text = "<div class='numbers'>" + "".join(
            f"<div><span>{word(name, self.language)}</span><b>{value}</b></div>" for name, value in told.items()
        ) + "</div>"  # fmt: skip  # HTML

    def _say(self) -> None:
        if self.scene is None:
            return
        status = self.scene.run.status.value
        text = f"<span class='{status}'>{word(status, self.language)}</span>"
        if self.scene.sketch.begun:
            text += " · " + word("branched", self.language, epoch=f"{self.scene.sketch.begun:,}")
        if self.remark:
            text, self.remark = f"<span class='diverged'>{_inert(self.remark)}</span>", ""
        self.status.text = text

    def _complain(self, message: str) -> None:
        self.status.text = f"<span class='diverged'>{_inert(message)}</span>"

    # The timeline.

    def _scrub(self, moment: int) -> None:
        if self.scene is None:
            return
        at = min(moment, len(self.scene.epochs) - 1)
        if at == (self.moment if self.moment >= 0 else len(self.scene.epochs) - 1):
            return
        self.moment = at
        self._show_moment()

    def _play(self) -> None:
        if self._playing is not None:
            self._pause()
            return
        if self.timeline.value >= self.timeline.end:
            self.timeline.value = 0
        self._playing = self.document.add_periodic_callback(self._forward, FRAME_MS)
        self.play.label = word("pause", self.language)

    def _pause(self) -> None:
        if self._playing is not None:
            self.document.remove_periodic_callback(self._playing)
            self._playing = None
        self.play.label = word("play", self.language)

    def _forward(self) -> None:
        if self.timeline.value >= self.timeline.end:
            self._pause()
        else:
            self.timeline.value = self.timeline.value + 1

    def _branch(self) -> None:
        if self.scene is not None:
            self._go_to(self.scene.branched(self.moment))

    # Own points, lessons, parcels.

    def _uploaded(self, value: Any) -> None:
        try:
            self._take_text(base64.b64decode(value or "").decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            self.own_said.text = f"<span class='diverged'>{_inert(f'The file is no UTF-8 text: {error}.')}</span>"

    def _pasted(self, text: str) -> None:
        if text.strip():
            self._take_text(text)

    def _take_text(self, text: str) -> None:
        try:
            self.sheet = own.read_sheet(text)
            likely = own.likely_columns(self.sheet)
        except SeparatrixError as error:
            self.own_said.text = f"<span class='diverged'>{_inert(str(error))}</span>"
            return
        for widget, name in zip(self.columns.values(), likely, strict=True):
            widget.update(options=list(self.sheet.columns), value=name, visible=True)
        self.use_own.visible = True
        names = ", ".join(_inert(name) for name in self.sheet.columns)
        self.own_said.text = word("own_said", self.language, n=len(self.sheet.rows), columns=names)

    def _use_own(self) -> None:
        if self.sheet is None:
            return
        x1, x2, label = (widget.value for widget in self.columns.values())
        try:
            self._go_to(self.past.now.replace(drawn=own.as_drawn(self.sheet, x1, x2, label)))
        except SeparatrixError as error:
            self.own_said.text = f"<span class='diverged'>{_inert(str(error))}</span>"

    def _start_guide(self) -> None:
        self.guide = GUIDES[self.guide_pick.value]
        self.controls.lock(self.guide.hides)
        self._go_to(self.guide.start)

    def _check_guide(self) -> None:
        if self.guide is None:
            return
        at = LANGUAGES.index(self.language)
        done = self.scene is not None and self.guide.done(self.scene)
        verdict = word("lesson_done", self.language, praise=self.guide.praise[at]) if done else word("lesson_todo", self.language)
        kind = "converged" if done else "soft"
        self.guide_said.text = f"<p>{self.guide.task[at]}</p><p class='{kind}'>{verdict}</p>"

    def _take(self, name: str) -> None:
        if self.scene is None:
            return
        scene, button = self.scene, self.takers[name]
        button.label = word("preparing", self.language)

        def took(result: Any) -> None:
            button.label = word(name, self.language)
            if isinstance(result, Exception):
                self._complain(str(result))
                return
            content = base64.b64encode(result.content).decode()
            self.parcel.data = {"name": [result.name], "kind": [result.kind], "content": [content]}

        self.parcel_desk.ask(lambda ticket: takeaway.MAKERS[name](scene), took)

    # Words.

    def speak(self, language: str) -> None:
        """Say everything in that language."""
        self.language = language
        for part in (self.controls, self.network, self.curves, self.fold, self.seeds):
            part.speak(language)
        for button in (self.undo, self.redo, self.reset, self.reseed, self.flip_chosen, self.delete_chosen, self.branch,
                       self.scratch, self.copy, self.use_own, self.guide_start, self.play, *self.takers.values()):  # fmt: skip
            button.label = word(str(button.name), language)
        self.tool.labels = [word(f"tool_{name}", language) for name in TOOLS]
        self.label.labels = [word("class0", language), word("class1", language)]
        self.view.labels = [word("view_lesson", language), word("view_probability", language)]
        self.timeline.title = word("timeline", language)
        self.held.label, self.lines.label = word("show_held", language), word("show_lines", language)
        for tab in self.tabs.tabs:
            tab.title = word(tab.name, language)
        self.upload.title, self.paste.title = word("upload", language), word("paste", language)
        explain(self.upload, word("upload?", language))
        for name, widget in self.columns.items():
            widget.title = word(name, language)
        self.take_about.text = word("take_about", language)
        at = LANGUAGES.index(language)
        self.guide_pick.update(title=word("lesson_pick", language), options=[(name, guide.title[at]) for name, guide in GUIDES.items()])
        self.address.data = {"s": [to_link(self.past.now)], "lang": [language]}
        self._show_numbers()
        self._say()
        self._check_guide()

    def _gone(self, context: Any) -> None:
        for desk in (self.desk, self.seed_desk, self.parcel_desk):
            desk.close()


def _arguments(document: Document) -> dict[str, list[bytes]]:
    context = document.session_context
    return dict(context.request.arguments) if context is not None and context.request is not None else {}


def _first(asked: dict[str, str], guide: Guide | None) -> tuple[Sketch, str]:
    """The sketch that the address asks for, and what is wrong with it."""
    if "s" in asked:
        try:
            return from_link(asked["s"]), ""
        except SeparatrixError as error:
            return Sketch(), str(error)
    return (guide.start if guide else Sketch()), ""


def _inert(text: str) -> str:
    from html import escape

    return escape(text[:500])

