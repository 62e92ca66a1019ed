"""The controls: a widget for every setting of a sketch, each with its name and tooltip in the page's language."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bokeh.models import Button, Column, CustomJSTickFormatter, Div, Row, Select, Slider, Spinner, Widget

from separatrix.data.samplers import SAMPLERS
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.initialisation import INITIALISATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.playground.looks import PROSE, SHEET
from separatrix.playground.parts import WIDE, explain
from separatrix.playground.sketch import MOST_EPOCHS, MOST_LAYERS, MOST_UNITS, Sketch
from separatrix.playground.words import word

Change = Callable[..., None]  # change(final, **settings): final is False while a slider still moves

PENALTIES = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3)
EPOCHS = (100, 300, 1_000, 3_000, 5_000, 10_000, 20_000, 50_000, 100_000, MOST_EPOCHS)
SHORT = "return String(Number((10 ** tick).toPrecision(2)))"  # of an exponent, in the browser
BATCHES = (0, 1, 2, 5, 10, 20, 50, 100, 200)
CHOICES = {"l1": PENALTIES, "l2": PENALTIES, "batch_size": BATCHES, "epochs": EPOCHS}
OWN = ""  # the value of the shape of points that were drawn by hand
LAYERS = "hidden"  # what a teacher's link calls layers and units
TALL = {"line-height": "28px", "white-space": "nowrap"}  # words in a row of buttons
COUNT = TALL | {"text-align": "center"}


class Controls:
    """The widgets, what they say, and what they do to the sketch."""

    def __init__(self, sketch: Sketch, change: Change) -> None:
        self._change, self._language, self._showing, self._locked = change, "en", False, False
        self.widgets: dict[str, Any] = {
            "sampler": self._select("sampler", list(SAMPLERS), self._shape),
            "n": self._slider("n", 10, 500, 5, int),
            "noise": self._slider("noise", 0, 1, 0.05, float),
            "seed": self._spinner("seed"),
            "train_share": self._slider("train_share", 0.1, 1, 0.05, float, "0 %"),
            "init": self._select("init", list(INITIALISATIONS)),
            "loss": self._select("loss", list(LOSSES)),
            "optimizer": self._select("optimizer", list(OPTIMIZERS)),
            "lr": self._log_slider("lr", -5, 1),
            "momentum": self._slider("momentum", 0, 0.99, 0.01, float),
        } | {name: self._choices(name) for name in CHOICES}
        self.counts = [Div(name=f"units-{k}", styles=COUNT, width=20, margin=0) for k in range(MOST_LAYERS)]
        self.fewer = [self._button(f"fewer-{k}", "−", self._one_unit(k, -1)) for k in range(MOST_LAYERS)]
        self.more = [self._button(f"more-{k}", "+", self._one_unit(k, 1)) for k in range(MOST_LAYERS)]
        self.kinds = [self._kind(k) for k in range(MOST_LAYERS)]
        self.layer_rows = [
            _counting(Div(text=f"fc{k + 1}", styles=TALL, width=24, margin=0), *row)
            for k, row in enumerate(zip(self.fewer, self.counts, self.more, self.kinds, strict=True))
        ]
        self.layers = Div(name="layers", styles=COUNT, width=20, margin=0)
        self.fewer_layers = self._button("fewer-layers", "−", self._one_layer(-1))
        self.more_layers = self._button("more-layers", "+", self._one_layer(1))
        names = ("points", "network", "training")
        self.titles = {name: Div(stylesheets=[PROSE], **WIDE) for name in names}
        self.layers_title = Div(styles=TALL, margin=0, **WIDE)
        self.show(sketch)

    @property
    def names(self) -> tuple[str, ...]:
        """What a teacher's link may hide or lock."""
        return (*self.widgets, LAYERS)

    def points_panel(self) -> Column:
        """Where the points come from."""
        w = self.widgets
        return self._panel("points", _row(w["sampler"], w["seed"]), _row(w["n"], w["noise"]), w["train_share"])

    def network_panel(self) -> Column:
        """Layers, units, activations."""
        layers = _counting(self.layers_title, self.fewer_layers, self.layers, self.more_layers)
        return self._panel("network", layers, *self.layer_rows, self.widgets["init"])

    def training_panel(self) -> Column:
        """How it is trained."""
        w = self.widgets
        pairs = (("loss", "optimizer"), ("batch_size", "epochs"), ("l1", "l2"))
        rows = [_row(w[a], w[b]) for a, b in pairs]
        return self._panel("training", rows[0], w["lr"], w["momentum"], *rows[1:])

    def show(self, sketch: Sketch) -> None:
        """Set every widget to the sketch's value, without taking that for a touch."""
        self._sketch, self._showing = sketch, True
        try:
            counted = {} if sketch.drawn is None else {"n": len(sketch.drawn)}
            for name, widget in self.widgets.items():
                if name != "sampler":
                    self._set(name, widget, counted.get(name, getattr(sketch, name)))
            self._offer_shapes()
            self._show_layers()
        finally:
            self._showing = False

    def _offer_shapes(self) -> None:
        """The samplers; before them, while there are points of one's own, what those are called."""
        shapes, own = [(name, name) for name in SAMPLERS], self._sketch.drawn is not None
        options = [(OWN, word("drawn", self._language)), *shapes] if own else shapes
        if self.widgets["sampler"].options != options:
            self.widgets["sampler"].options = options
        self.widgets["sampler"].value = OWN if own else self._sketch.sampler

    def _show_layers(self) -> None:
        hidden = self._sketch.hidden
        self.layers.text = str(len(hidden))
        self.fewer_layers.disabled = self._locked or not hidden
        self.more_layers.disabled = self._locked or len(hidden) == MOST_LAYERS
        for k, row in enumerate(self.layer_rows):
            row.visible = k < len(hidden)
            if k < len(hidden):
                self.counts[k].text = str(hidden[k])
                self.kinds[k].value = self._sketch.activations[k]
                self.fewer[k].disabled = self._locked or hidden[k] == 1
                self.more[k].disabled = self._locked or hidden[k] == MOST_UNITS

    def speak(self, language: str) -> None:
        """Name everything in that language."""
        self._language = language
        for name, widget in self.widgets.items():
            widget.title = word(name, language)
            explain(widget, word(name + "?", language))
        self._offer_shapes()
        self.widgets["batch_size"].options = self._options("batch_size", self._sketch.batch_size)
        for name, title in self.titles.items():
            title.text = f"<h2>{word(name, language)}</h2>"
        self.layers_title.text = word("layers", language)
        explain(self.layers_title, word("layers?", language))
        explain(self.more_layers, word("more_layers?", language))
        explain(self.fewer_layers, word("fewer_layers?", language))
        for k, kind in enumerate(self.kinds):
            kind.title = word("activation", language, k=k + 1)
            explain(kind, word("activation?", language))
            explain(self.more[k], word("more_units?", language))
            explain(self.fewer[k], word("fewer_units?", language))

    def withhold(self, hidden: frozenset[str], locked: frozenset[str]) -> None:
        """Hide these controls and lock those, as a lesson or a teacher's link may ask; all others are free."""
        for name, widget in self.widgets.items():
            widget.update(visible=name not in hidden, disabled=name in locked)
        self._locked = LAYERS in locked
        for part in (self.layers_title, self.layers, self.fewer_layers, self.more_layers, *self.fewer, *self.more):
            part.visible = LAYERS not in hidden
        for kind in self.kinds:
            kind.disabled = self._locked or LAYERS in hidden
        self._show_layers()

    def _panel(self, title: str, *parts: Any) -> Column:
        return Column(self.titles[title], *parts, **WIDE)

    def _set_one(self, final: bool, name: str, value: Any) -> None:
        if not self._showing:
            self._change(final, **{name: value})

    def _shape(self, name: str) -> None:
        if name != OWN:
            self._set_one(True, "sampler", name)

    def _select(self, name: str, options: list[str], on_value: Callable[[str], None] | None = None) -> Select:
        widget = Select(name=name, options=options, stylesheets=[SHEET], **WIDE)
        act = on_value or (lambda value: self._set_one(True, name, value))
        widget.on_change("value", lambda attribute, old, new: act(new))
        return widget

    def _slider(
        self, name: str, start: float, end: float, step: float, value_of: Callable[[float], Any], form: Any = "0[.]00"
    ) -> Slider:
        widget = Slider(
            name=name, start=start, end=end, step=step, value=start, format=form, stylesheets=[SHEET], **WIDE
        )
        widget.on_change("value", lambda attribute, old, new: self._set_one(False, name, value_of(new)))
        return widget

    def _log_slider(self, name: str, low: int, high: int) -> Slider:
        """A slider over the exponent: 20 steps a decade."""
        form = CustomJSTickFormatter(code=SHORT)
        return self._slider(name, low, high, 0.05, lambda exponent: float(f"{10.0**exponent:.2g}"), form)

    def _choices(self, name: str) -> Select:
        def chosen(text: str) -> None:
            number = float(text) if name in ("l1", "l2") else int(text)
            self._set_one(True, name, None if name == "batch_size" and number == 0 else number)

        widget = self._select(name, [], chosen)
        widget.options = self._options(name, None)
        return widget

    def _options(self, name: str, value: float | None) -> list[tuple[str, str]]:
        """What can be chosen; a value from a link may lie between two of ours."""
        values = sorted({*CHOICES[name], value or 0})
        if name != "batch_size":
            return [(f"{each:g}" if each < 1 else str(each), f"{each:,g}") for each in values]
        return [(str(each), str(each) if each else word("all_points", self._language)) for each in values]

    def _kind(self, k: int) -> Select:
        widget = self._select(f"activation-{k}", list(ACTIVATIONS), self._activation(k))
        widget.update(css_classes=["unnamed"], margin=0)
        return widget

    def _spinner(self, name: str) -> Spinner:
        widget = Spinner(name=name, low=0, high=2**31 - 1, step=1, value=0, stylesheets=[SHEET], **WIDE)

        def turned(attribute: str, old: Any, new: Any) -> None:
            if new is not None:
                self._set_one(True, name, int(new))

        widget.on_change("value", turned)
        return widget

    def _button(self, name: str, label: str, act: Callable[[], None]) -> Button:
        button = Button(name=name, label=label, width=30, margin=0, stylesheets=[SHEET])
        button.on_click(act)
        return button

    def _set(self, name: str, widget: Widget, value: Any) -> None:
        if name in CHOICES:
            if (value or 0) not in CHOICES[name]:
                widget.options = self._options(name, value)
            widget.value = f"{value or 0:g}" if (value or 0) < 1 else str(value)
        elif isinstance(widget, Slider):
            value = round(math.log10(value), 2) if name == "lr" else value
            widget.update(start=min(widget.start, value), end=max(widget.end, value))  # a link may go beyond our ends
            widget.value = value
        else:
            widget.value = value

    def _one_layer(self, more: int) -> Callable[[], None]:
        def act() -> None:
            hidden, kinds = self._sketch.hidden, self._sketch.activations
            if more > 0:
                hidden, kinds = (*hidden, hidden[-1] if hidden else 4), (*kinds, kinds[-1] if kinds else "relu")
            else:
                hidden, kinds = hidden[:-1], kinds[:-1]
            self._change(True, hidden=hidden, activations=kinds)

        return act

    def _one_unit(self, k: int, more: int) -> Callable[[], None]:
        def act() -> None:
            hidden = list(self._sketch.hidden)
            hidden[k] += more
            self._change(True, hidden=tuple(hidden))

        return act

    def _activation(self, k: int) -> Callable[[str], None]:
        def act(name: str) -> None:
            kinds = list(self._sketch.activations)
            if k < len(kinds):
                kinds[k] = name
                self._set_one(True, "activations", tuple(kinds))

        return act


def _counting(*parts: Any) -> Row:
    """A number between minus and plus."""
    return Row(*parts, styles={"gap": "4px"}, margin=(2, 5), **WIDE)


def _row(*parts: Any) -> Row:
    return Row(*parts, styles={"gap": "8px"}, **WIDE)
