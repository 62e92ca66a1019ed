"""The controls: a widget for every setting of a sketch, each with its name and tooltip in the page's language."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from bokeh.models import Button, Column, CustomJSTickFormatter, Div, InputWidget, Row, Select, Slider, Spinner, Widget

from separatrix.activations import ACTIVATIONS
from separatrix.initialisation import INITIALISATIONS
from separatrix.losses import LOSSES
from separatrix.optimizers import OPTIMIZERS
from separatrix.playground.looks import SHEET
from separatrix.playground.sketch import MOST_EPOCHS, MOST_LAYERS, MOST_UNITS, Sketch
from separatrix.playground.words import word
from separatrix.shapes import SAMPLERS

Change = Callable[..., None]  # change(final, **settings): final is False while a slider still moves

PENALTIES = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3)
EPOCHS = (100, 300, 1_000, 3_000, 5_000, 10_000, 20_000, 50_000, 100_000, MOST_EPOCHS)
SHORT = "return String(Number((10 ** tick).toPrecision(2)))"  # of an exponent, in the browser
BATCHES = (0, 1, 2, 5, 10, 20, 50, 100, 200)


class Controls:
    """The widgets, what they say, and what they do to the sketch."""

    def __init__(self, sketch: Sketch, language: str, change: Change) -> None:
        self._change, self._language, self._showing = change, language, False
        self.widgets: dict[str, Any] = {
            "sampler": self._select("sampler", list(SAMPLERS)),
            "n": self._slider("n", 10, 500, 5, int),
            "noise": self._slider("noise", 0, 1, 0.05, float),
            "seed": self._spinner("seed"),
            "train_share": self._slider("train_share", 0.1, 1, 0.05, float, "0 %"),
            "init": self._select("init", list(INITIALISATIONS)),
            "loss": self._select("loss", list(LOSSES)),
            "optimizer": self._select("optimizer", list(OPTIMIZERS)),
            "lr": self._log_slider("lr", -5, 1),
            "momentum": self._slider("momentum", 0, 0.99, 0.01, float),
            "l1": self._choices("l1", PENALTIES),
            "l2": self._choices("l2", PENALTIES),
            "batch_size": self._choices("batch_size", BATCHES),
            "epochs": self._choices("epochs", EPOCHS),
        }
        self.counts = [
            Div(name=f"units-{k}", styles={"min-width": "2ch", "text-align": "center"}) for k in range(MOST_LAYERS)
        ]
        self.fewer = [self._button(f"fewer-{k}", "−", self._one_unit(k, -1)) for k in range(MOST_LAYERS)]
        self.more = [self._button(f"more-{k}", "+", self._one_unit(k, 1)) for k in range(MOST_LAYERS)]
        self.kinds = [
            self._select(f"activation-{k}", list(ACTIVATIONS), self._activation(k)) for k in range(MOST_LAYERS)
        ]
        self.layer_rows = [
            Row(self.fewer[k], self.counts[k], self.more[k], self.kinds[k], sizing_mode="stretch_width")
            for k in range(MOST_LAYERS)
        ]
        self.layers = Div(name="layers", styles={"min-width": "2ch", "text-align": "center"})
        self.fewer_layers = self._button("fewer-layers", "−", self._one_layer(-1))
        self.more_layers = self._button("more-layers", "+", self._one_layer(1))
        self.titles = {name: Div(styles={"font-weight": "600"}) for name in ("points", "network", "training", "layers")}
        self.show(sketch)
        self.speak(language)

    def points_panel(self) -> Column:
        """Where the points come from."""
        w = self.widgets
        return self._panel("points", _beside(w["sampler"], w["seed"]), _beside(w["n"], w["noise"]), w["train_share"])

    def network_panel(self) -> Column:
        """Layers, units, activations."""
        layers = Row(
            self.titles["layers"], self.fewer_layers, self.layers, self.more_layers, sizing_mode="stretch_width"
        )
        return self._panel("network", layers, *self.layer_rows, self.widgets["init"])

    def training_panel(self) -> Column:
        """How it is trained."""
        w = self.widgets
        pairs = (("loss", "optimizer"), ("lr", "momentum"), ("batch_size", "epochs"), ("l1", "l2"))
        return self._panel("training", *(_beside(w[a], w[b]) for a, b in pairs))

    def show(self, sketch: Sketch) -> None:
        """Set every widget to the sketch's value, without taking that for a touch."""
        self._sketch, self._showing = sketch, True
        try:
            for name, widget in self.widgets.items():
                self._set(name, widget, getattr(sketch, name))
            depth = len(sketch.hidden)
            self.layers.text = str(depth)
            self.fewer_layers.disabled, self.more_layers.disabled = depth == 0, depth == MOST_LAYERS
            for k, row in enumerate(self.layer_rows):
                row.visible = k < depth
                if k < depth:
                    self.counts[k].text = str(sketch.hidden[k])
                    self.kinds[k].value = sketch.activations[k]
                    self.fewer[k].disabled, self.more[k].disabled = (
                        sketch.hidden[k] == 1,
                        sketch.hidden[k] == MOST_UNITS,
                    )
        finally:
            self._showing = False

    def speak(self, language: str) -> None:
        """Name everything in that language."""
        self._language = language
        for name, widget in self.widgets.items():
            widget.title = word(name, language)
            explain(widget, word(name + "?", language))
        for name, title in self.titles.items():
            title.text = word(name, language)
        for k in range(MOST_LAYERS):
            self.kinds[k].title = word("activation", language, k=k + 1)
            explain(self.kinds[k], word("activation?", language))
            for button, sign in ((self.fewer[k], "−"), (self.more[k], "+")):
                button.label = sign

    def lock(self, names: frozenset[str]) -> None:
        """Hide these controls, as a teacher's link may ask."""
        for name, widget in self.widgets.items():
            widget.visible = name not in names
        for row in self.layer_rows:
            row.disabled = "hidden" in names
        for button in (self.fewer_layers, self.more_layers, *self.fewer, *self.more):
            button.visible = "hidden" not in names

    def _panel(self, title: str, *parts: Any) -> Column:
        return Column(
            self.titles[title], *parts, sizing_mode="stretch_width", css_classes=["panel"], stylesheets=[SHEET]
        )

    def _set_one(self, final: bool, name: str, value: Any) -> None:
        if not self._showing:
            self._change(final, **{name: value})

    def _select(self, name: str, options: list[str], on_value: Callable[[str], None] | None = None) -> Select:
        widget = Select(name=name, options=options, sizing_mode="stretch_width", stylesheets=[SHEET])
        act = on_value or (lambda value: self._set_one(True, name, value))
        widget.on_change("value", lambda attribute, old, new: act(new))
        return widget

    def _slider(self, name: str, start: float, end: float, step: float, kind: type, form: str = "0[.]00") -> Slider:
        widget = Slider(
            name=name,
            start=start,
            end=end,
            step=step,
            value=start,
            format=form,
            sizing_mode="stretch_width",
            stylesheets=[SHEET],
        )
        widget.on_change("value", lambda attribute, old, new: self._set_one(False, name, kind(new)))
        widget.on_change("value_throttled", lambda attribute, old, new: self._set_one(True, name, kind(new)))
        return widget

    def _log_slider(self, name: str, low: int, high: int) -> Slider:
        """A slider over the exponent: 20 steps a decade."""
        widget = Slider(
            name=name,
            start=low,
            end=high,
            step=0.05,
            value=low,
            format=CustomJSTickFormatter(code=SHORT),
            sizing_mode="stretch_width",
            stylesheets=[SHEET],
        )

        def value(exponent: float) -> float:
            return float(f"{10**exponent:.2g}")

        def moved(attribute: str, old: float, new: float) -> None:
            self._set_one(False, name, value(new))

        widget.on_change("value", moved)
        widget.on_change("value_throttled", lambda attribute, old, new: self._set_one(True, name, value(new)))
        return widget

    def _choices(self, name: str, values: tuple[float, ...]) -> Select:
        def chosen(text: str) -> None:
            number = float(text) if name in ("l1", "l2") else int(text)
            self._set_one(True, name, None if name == "batch_size" and number == 0 else number)

        return self._select(name, [f"{value:g}" if value < 1 else str(value) for value in values], chosen)

    def _spinner(self, name: str) -> Spinner:
        widget = Spinner(
            name=name, low=0, high=2**31 - 1, step=1, value=0, sizing_mode="stretch_width", stylesheets=[SHEET]
        )

        def turned(attribute: str, old: Any, new: Any) -> None:
            if new is not None:
                self._set_one(True, name, int(new))

        widget.on_change("value", turned)
        return widget

    def _button(self, name: str, label: str, act: Callable[[], None]) -> Button:
        button = Button(name=name, label=label, width=34, stylesheets=[SHEET])
        button.on_click(act)
        return button

    def _set(self, name: str, widget: Widget, value: Any) -> None:
        if name == "lr":
            widget.value = round(math.log10(value), 2)
        elif isinstance(widget, Select) and not isinstance(value, str):
            text = f"{value or 0:g}" if (value or 0) < 1 else str(value)
            if text not in widget.options:  # a value from a link, between two of ours
                widget.options = [*widget.options, text]
            widget.value = text
        elif name == "n":
            widget.end = max(500, value)
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


def _beside(*widgets: Widget) -> Row:
    return Row(*widgets, sizing_mode="stretch_width", styles={"gap": "8px"})


def explain(widget: Widget, text: str) -> None:
    """One sentence about a control: a sign to open it where Bokeh has one, and always under the pointer."""
    widget.html_attributes = {"title": text}
    if isinstance(widget, InputWidget):
        widget.description = text
