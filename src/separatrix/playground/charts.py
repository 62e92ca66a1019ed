"""Curves: loss and accuracy of both sets over the epochs, with the moment that the timeline stands at."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, Legend, LegendItem, NumeralTickFormatter, Span

from separatrix.playground.looks import GREY, OF_HELD, OF_TRAINING, plain_figure
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

NAMES = ("epoch", "loss", "accuracy", "held_loss", "held_accuracy")


class Curves:
    """Two figures under each other."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({name: [1.0, 1.0] for name in NAMES})  # a logarithmic axis can't be empty
        self.loss = plain_figure("loss-curve", height=240, y_axis_type="log")
        self.accuracy = plain_figure("accuracy-curve", height=190, y_range=(-0.02, 1.04), x_range=self.loss.x_range)
        self.moments, self.legend = (
            [],
            Legend(orientation="horizontal", background_fill_color=None, border_line_color=None),
        )
        self.legend.label_text_color = GREY
        self.loss.add_layout(self.legend, "above")
        for made, train, held in ((self.loss, "loss", "held_loss"), (self.accuracy, "accuracy", "held_accuracy")):
            lines = (
                made.line("epoch", train, source=self.source, color=OF_TRAINING, line_width=2.5),
                made.line("epoch", held, source=self.source, color=OF_HELD, line_width=2.5, line_dash="6 3"),
            )
            if made is self.loss:
                self.legend.items = [LegendItem(renderers=[line]) for line in lines]
            moment = Span(location=0, dimension="height", line_color=GREY, line_width=2)
            made.add_layout(moment)
            self.moments.append(moment)
            made.xaxis.formatter = NumeralTickFormatter(format="0,0")
            made.grid.grid_line_color, made.grid.grid_line_alpha = GREY, 0.25
            made.min_border_left = 60  # both start and end at the same place

    def speak(self, language: str) -> None:
        """In that language."""
        self.loss.yaxis.axis_label = word("loss_value", language)
        self.accuracy.yaxis.axis_label = word("accuracy_axis", language)
        self.accuracy.xaxis.axis_label = word("epoch_axis", language)
        for item, name in zip(self.legend.items, ("of_training", "of_held"), strict=True):
            item.label = {"value": word(name, language)}

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The whole course, and where the timeline stands."""
        found = scene.losses()
        positive = {name: np.maximum(np.nan_to_num(found[name], nan=np.nan), 1e-12) for name in ("loss", "held_loss")}
        self.source.data = found | positive | {"epoch": found["epoch"] + scene.sketch.begun}
        self.stand_at(scene, moment)

    def stand_at(self, scene: Scene, moment: int) -> None:
        """Only move the mark."""
        for each in self.moments:
            each.location = scene.epochs[moment] + scene.sketch.begun
