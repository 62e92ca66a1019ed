"""Curves: loss and accuracy of both sets over the epochs, with the moment that the timeline stands at."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, Span

from separatrix.playground.looks import GREY, MARK, plain_figure, two_sided
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

NAMES = ("epoch", "loss", "accuracy", "held_loss", "held_accuracy")


class Curves:
    """Two figures under each other."""

    def __init__(self, language: str) -> None:
        self.source = ColumnDataSource({name: [1.0, 1.0] for name in NAMES})  # a logarithmic axis can't be empty
        self.loss = plain_figure("loss-curve", height=190, y_axis_type="log")
        self.accuracy = plain_figure("accuracy-curve", height=150, y_range=(-0.02, 1.04), x_range=self.loss.x_range)
        self.moments = []
        for made, train, held in ((self.loss, "loss", "held_loss"), (self.accuracy, "accuracy", "held_accuracy")):
            made.line("epoch", train, source=self.source, color=two_sided()[20], line_width=2.5)
            made.line("epoch", held, source=self.source, color=two_sided()[235], line_width=2, line_dash="6 3")
            moment = Span(location=0, dimension="height", line_color=MARK, line_width=2)
            made.add_layout(moment)
            self.moments.append(moment)
            made.xaxis.formatter.use_scientific = False
            made.grid.grid_line_color, made.grid.grid_line_alpha = GREY, 0.25
        self.speak(language)

    def speak(self, language: str) -> None:
        """In that language."""
        self.loss.yaxis.axis_label = word("loss_value", language)
        self.accuracy.yaxis.axis_label = word("accuracy", language)
        self.accuracy.xaxis.axis_label = word("epoch_axis", language)

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
