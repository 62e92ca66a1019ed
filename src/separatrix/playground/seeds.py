"""The seed panel: the same settings for many seeds, a bar that fills, and a wall of small borders to click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.events import Tap
from bokeh.models import Button, Column, ColumnDataSource, HoverTool, Image, LinearColorMapper, Quad, Range1d, Rect

from separatrix.evaluation.statistics.shares import wilson
from separatrix.playground.looks import EDGE_COLOUR, GREY, MARK, OF_HELD, OF_TRAINING, SHEET, bare_plot, two_sided
from separatrix.playground.parts import WIDE, complaint, explain, prose
from separatrix.playground.scene import Window
from separatrix.playground.sketch import Sketch
from separatrix.playground.words import word
from separatrix.playground.work import Desk, Ticket
from separatrix.training.loop import train
from separatrix.training.run import Status

SEEDS = 200
COLUMNS = 20
NODES = 16  # of a small border
BATCH = 4  # seeds a job: so that ten visitors' panels take turns


@dataclass(frozen=True, eq=False)
class Tried:
    """One seed's outcome: the share of training points on their side, whether it got stuck, and its border."""

    seed: int
    accuracy: float
    stuck: bool
    plane: np.ndarray

    @property
    def solved(self) -> bool:
        """Whether every training point is on its side."""
        return self.accuracy == 1.0 and not self.stuck


def try_seed(sketch: Sketch, seed: int, window: Window, ticket: Ticket) -> Tried | None:
    """Train the sketch with another seed; None if it was told to stop. The user's own points stay as they are."""
    other = sketch.replace(seed=seed)
    points, _ = other.points()
    recipe = other.recipe.replace(snapshots=(), log_every=max(1, other.epochs // 20))
    run = train(other.network, recipe, points, initial=other.initial, on_progress=ticket.go_on)
    if ticket.stale:
        return None
    z = other.network.logit(run.parameters, window.nodes(NODES))
    plane = (np.nan_to_num(z) > 0).astype(np.uint8).reshape(NODES, NODES)
    return Tried(seed, run.accuracy, run.status in (Status.STUCK, Status.DIVERGED), plane)


def _middle_of(sketch: Sketch) -> Window:
    """The square that holds nearly all points: in a small picture the border is to be seen, not the surroundings."""
    there = np.array(sketch.all_points(), np.float64)[:, :2]
    reach = float(np.quantile(np.abs(there), 0.97)) + 0.2
    return Window(-reach, reach)


class SeedPanel:
    """The button, the bar, the wall."""

    def __init__(self, sketch: Sketch, desk: Desk, go_to: Callable[[int], None]) -> None:
        self._desk, self._language, self._go_to = desk, "en", go_to
        self._sketch = sketch
        self._tried: list[Tried] = []
        self._running = False
        self.button = Button(name="run-seeds", button_type="primary", stylesheets=[SHEET])
        self.button.on_click(self._clicked)
        self.said = prose("seeds-said")
        self.bar = bare_plot("seed-bar", Range1d(0, SEEDS), Range1d(0, 1), height=34)
        self.parts = ColumnDataSource({"left": [0, 0], "right": [0, 0], "colour": [OF_TRAINING, OF_HELD]})
        part = Quad(left="left", right="right", top=1, bottom=0, fill_color="colour", line_color="colour")
        self.bar.add_glyph(self.parts, part)
        self.bar.outline_line_color = GREY
        rows = SEEDS // COLUMNS
        across, up = Range1d(0, COLUMNS), Range1d(-rows, 0)
        self.wall = bare_plot("seed-wall", across, up, sizing_mode="scale_width", aspect_ratio=COLUMNS / rows)
        self.pictures = ColumnDataSource({"image": [], "x": [], "y": []})
        sides = LinearColorMapper(palette=(two_sided()[40], two_sided()[215]), low=0, high=1)
        self.wall.add_glyph(self.pictures, Image(image="image", x="x", y="y", dw=0.9, dh=0.9, color_mapper=sides))
        self.marks = ColumnDataSource({name: [] for name in ("x", "y", "colour", "width", "seed", "share")})
        frame = Rect(x="x", y="y", width=0.92, height=0.92, fill_alpha=0, line_color="colour", line_width="width")
        frames = self.wall.add_glyph(self.marks, frame)
        self.hover = HoverTool(renderers=[frames])
        self.wall.add_tools(self.hover)
        self.wall.on_event(Tap, self._tapped)
        self.panel = Column(self.button, self.bar, self.said, self.wall, **WIDE)

    def speak(self, language: str) -> None:
        """In that language."""
        self._language = language
        self.button.label = word("stop_seeds" if self._running else "run_seeds", language)
        explain(self.button, word("run_seeds?", language))
        self.hover.tooltips = [(word("seed", language), "@seed"), (word("accuracy", language), "@share{0.0%}")]
        self._tell()

    def show(self, sketch: Sketch) -> None:
        """Another sketch: what was found for the one before says nothing about it."""
        before, self._sketch = self._sketch, sketch
        if sketch.differs_from(before) <= {"seed", "start", "begun"}:  # another seed begins anew in any case
            return
        if self._running:
            self.stop()
        if self._tried:
            self._tried = []
            self._draw()
        self._tell()

    def stop(self) -> None:
        """Give up what isn't done."""
        self._running = False
        self._desk.ask(lambda ticket: None, lambda result: None)
        self.button.label = word("run_seeds", self._language)

    def _clicked(self) -> None:
        if self._running:
            self.stop()
            return
        self._running, self._tried = True, []
        self.button.label = word("stop_seeds", self._language)
        self._next()

    def _next(self) -> None:
        """The next few seeds."""
        if not self._running or len(self._tried) >= SEEDS:
            self._running = False
            self.button.label = word("run_seeds", self._language)
            return
        sketch, first, window = self._sketch, len(self._tried), _middle_of(self._sketch)
        seeds = range(first, min(SEEDS, first + BATCH))
        self._desk.ask(lambda ticket: [try_seed(sketch, seed, window, ticket) for seed in seeds], self._took)

    def _took(self, result: Any) -> None:
        if isinstance(result, Exception):
            self._running = False
            self.said.text = complaint(str(result))
            return
        self._tried += [each for each in result if each is not None]
        self._draw()
        self._next()

    def _draw(self) -> None:
        solved = sum(each.solved for each in self._tried)
        self.parts.data = {
            "left": [0, solved],
            "right": [solved, len(self._tried)],
            "colour": self.parts.data["colour"],
        }
        places = [(k % COLUMNS, -1 - k // COLUMNS) for k in range(len(self._tried))]
        self.pictures.data = {
            "image": [each.plane for each in self._tried],
            "x": [x + 0.05 for x, _ in places],
            "y": [y + 0.05 for _, y in places],
        }
        self.marks.data = {
            "x": [x + 0.5 for x, _ in places],
            "y": [y + 0.5 for _, y in places],
            "colour": [MARK if each.stuck else EDGE_COLOUR if each.solved else GREY for each in self._tried],
            "width": [3.0 if each.stuck else 1.0 for each in self._tried],
            "seed": [each.seed for each in self._tried],
            "share": [each.accuracy for each in self._tried],
        }
        self._tell()

    def _tell(self) -> None:
        done = len(self._tried)
        if not done:
            own = self._sketch.drawn is not None
            self.said.text = word("seeds_none_own" if own else "seeds_none", self._language)
            return
        solved = sum(each.solved for each in self._tried)
        low, high = wilson(solved, done)
        self.said.text = word(
            "seeds_said", self._language, done=done, all=SEEDS, share=solved / done, low=low, high=high
        )

    def _tapped(self, event: Any) -> None:
        number = int(-event.y) * COLUMNS + int(event.x)
        if 0 <= event.x < COLUMNS and event.y < 0 and number < len(self._tried):
            self._go_to(self._tried[number].seed)
