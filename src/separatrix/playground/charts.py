"""Curves: loss and accuracy of both sets over the epochs, with the moment that the timeline stands at."""

from __future__ import annotations

import numpy as np
from bokeh.models import (
    Column,
    ColumnDataSource,
    DataRange1d,
    GlyphRenderer,
    Grid,
    Legend,
    LegendItem,
    Line,
    LogScale,
    NumeralTickFormatter,
    Plot,
    Range1d,
    Span,
)

from separatrix.playground.looks import GREY, OF_HELD, OF_TRAINING, plot_with_axes
from separatrix.playground.parts import WIDE
from separatrix.playground.scene import Scene
from separatrix.playground.words import word

NAMES = ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy")
DASHES = (6, 3)
BORDER = {"min_border_left": 60}  # both start and end at the same place


class Curves:
    """Two figures under each other."""

    def __init__(self) -> None:
        self.source = ColumnDataSource({name: [1.0, 1.0] for name in NAMES})  # a logarithmic axis can't be empty
        epochs = DataRange1d()
        self.loss = plot_with_axes("loss-curve", epochs, DataRange1d(), height=240, y_scale=LogScale(), **BORDER)
        self.accuracy = plot_with_axes("accuracy-curve", epochs, Range1d(-0.02, 1.04), height=190, **BORDER)
        self.legend = Legend(
            orientation="horizontal", background_fill_color=None, border_line_color=None, label_text_color=GREY
        )
        self.loss.add_layout(self.legend, "above")
        self.legend.items = [
            LegendItem(renderers=[line]) for line in self._draw(self.loss, {"loss": (), "validation_loss": DASHES})
        ]
        self._draw(self.accuracy, {"accuracy": (), "validation_accuracy": DASHES})
        self.moments = [Span(location=0, dimension="height", line_color=GREY, line_width=2) for _ in range(2)]
        for made, moment in zip((self.loss, self.accuracy), self.moments, strict=True):
            made.add_layout(moment)
        self.panel = Column(self.loss, self.accuracy, **WIDE)

    def _draw(self, plot: Plot, lines: dict[str, tuple[int, ...]]) -> list[GlyphRenderer]:
        """Lines over a grid."""
        (across,), (upright,) = plot.below, plot.left
        across.formatter = NumeralTickFormatter(format="0,0")
        for dimension, axis in enumerate((across, upright)):
            plot.add_layout(Grid(axis=axis, dimension=dimension, grid_line_color=GREY, grid_line_alpha=0.25))
        return [
            plot.add_glyph(
                self.source, Line(x="epoch", y=name, line_color=colour, line_width=2.5, line_dash=list(dashes))
            )
            for (name, dashes), colour in zip(lines.items(), (OF_TRAINING, OF_HELD), strict=True)
        ]

    def speak(self, language: str) -> None:
        """In that language."""
        self.loss.left[0].axis_label = word("loss_value", language)
        self.accuracy.left[0].axis_label = word("accuracy_axis", language)
        self.accuracy.below[0].axis_label = word("epoch_axis", language)
        for item, name in zip(self.legend.items, ("of_training", "of_held"), strict=True):
            item.label = {"value": word(name, language)}

    def show(self, scene: Scene, moment: int = -1) -> None:
        """The whole course, and where the timeline stands."""
        found = scene.losses()
        positive = {
            name: np.maximum(np.nan_to_num(found[name], nan=np.nan), 1e-12) for name in ("loss", "validation_loss")
        }
        self.source.data = found | positive | {"epoch": found["epoch"] + scene.sketch.begun}
        self.stand_at(scene, moment)

    def stand_at(self, scene: Scene, moment: int) -> None:
        """Only move the mark."""
        for each in self.moments:
            each.location = scene.epochs[moment] + scene.sketch.begun
