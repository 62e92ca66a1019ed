"""The numbers of one training that the page draws: plane, units, curves, weights, at every moment of its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from separatrix.data.points import Points
from separatrix.playground.sketch import Sketch
from separatrix.training.loop import train
from separatrix.training.run import OnProgress, Run, Status

NODES = 180  # of the plane, along an axis
UNIT_NODES = 28  # of a unit's small picture
MARGIN = 0.5
CURVE = 300  # points of a curve, at most


@dataclass(frozen=True)
class Window:
    """The part of the plane that is shown: the square around all points, x and y in [low, high]."""

    low: float
    high: float

    def nodes(self, count: int) -> np.ndarray:
        """The middles of count × count cells, row by row from below: (count², 2) float32."""
        step = (self.high - self.low) / count
        axis = self.low + step * (np.arange(count) + 0.5)
        x1, x2 = np.meshgrid(axis, axis)  # rows are x2, as a picture's are
        return np.column_stack((x1.ravel(), x2.ravel())).astype(np.float32)


def window_of(sketch: Sketch) -> Window:
    """A square that holds all points; in steps of a half, so that a dragged point seldom moves the frame."""
    there = np.array(sketch.all_points(), np.float64)[:, :2]
    reach = float(np.abs(there).max()) + MARGIN
    half = np.ceil(2 * reach) / 2
    return Window(-half, half)


@dataclass(frozen=True, eq=False)
class Scene:
    """One training and what is drawn of it.

    Attributes:
        sketch: what was asked for.
        run: what came out.
        window: the part of the plane that is shown.
        points: those trained on.
        held: those held out, or None.
    """

    sketch: Sketch
    run: Run
    window: Window
    points: Points
    held: Points | None

    @cached_property
    def epochs(self) -> tuple[int, ...]:
        """The moments of the timeline: those whose parameters were kept, and the end."""
        return tuple(sorted({*self.run.snapshots, self.run.epochs}))

    def parameters(self, moment: int) -> np.ndarray:
        """The parameters at a moment of the timeline, (p,); -1 is the last."""
        epoch = self.epochs[moment]
        return self.run.parameters if epoch == self.run.epochs else self.run.snapshots[epoch]

    def plane(self, moment: int = -1) -> np.ndarray:
        """The probability of class 1 over the window in 255ths, (NODES, NODES) uint8, rows from below."""
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverged may be near the dtype's end
            z = self.run.network.logit(self.parameters(moment), self.window.nodes(NODES))
        p = 255 * _sigmoid(z)
        rounded: np.ndarray = np.where(z > 0, np.ceil(p), np.floor(p)).astype(np.uint8)  # never onto the other side
        return rounded.reshape(NODES, NODES)

    def units(self, moment: int = -1) -> list[np.ndarray]:
        """What every unit answers over the window: for each layer (units, UNIT_NODES, UNIT_NODES) in [-1, 1].

        Layer 0 is the inputs; the last is the output. Each picture is divided by its own largest value, so that 0, where
        a ReLU folds, keeps its colour.
        """
        nodes = self.window.nodes(UNIT_NODES)
        layers = [nodes, *self._passed(self.parameters(moment), nodes)]
        return [_scaled(a).reshape(-1, UNIT_NODES, UNIT_NODES) for a in layers]

    def weights(self, moment: int = -1) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each layer its weights (out, in) and biases (out,)."""
        return list(self.sketch.network.split(self.parameters(moment)))

    def losses(self) -> dict[str, np.ndarray]:
        """The logged course, thinned to `CURVE` rows: epoch, loss, accuracy, validation_loss, validation_accuracy."""
        log = self.run.log
        rows = np.unique(np.linspace(0, len(log) - 1, min(CURVE, len(log))).round().astype(int))
        names = ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy")
        return {name: getattr(log, name)[rows] for name in names}

    def numbers(self, moment: int = -1) -> tuple[float, float, float | None]:
        """Training accuracy, held-out accuracy (None without held-out points) and loss at a moment."""
        from separatrix.engines.base import data_loss, penalty

        recipe, p = self.run.recipe, self.parameters(moment)
        of = lambda points: data_loss(  # noqa: E731
            self.sketch.network, str(recipe.loss), recipe.focal_gamma, p, points.x, points.y.astype(np.float32), None
        )
        loss, accuracy = of(self.points)
        loss += penalty(self.sketch.network, p, recipe.l1, recipe.l2)
        return accuracy, loss, None if self.held is None else of(self.held)[1]

    def branched(self, moment: int) -> Sketch:
        """The sketch that goes on from a moment of this one's timeline, with the same weights."""
        start = tuple(float(value) for value in self.parameters(moment))
        return self.sketch.replace(start=start, begun=self.sketch.begun + self.epochs[moment])

    @property
    def diverged(self) -> bool:
        """Whether a number became NaN or infinite; the last finite picture is then shown."""
        return self.run.status is Status.DIVERGED

    def _passed(self, parameters: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
        """Each layer's activations, (units, n), the output as a probability."""
        network, found, a = self.sketch.network, [], x
        layers = list(network.split(parameters))
        for k, (weight, bias) in enumerate(layers):
            with np.errstate(over="ignore", invalid="ignore"):
                z = a @ weight.T + bias  # (n, in) @ (in, out) -> (n, out)
                a = network.activations[k].value(z) if k < len(network.activations) else _sigmoid(z) * 2 - 1
            found.append(a)
        return found


def compute_scene(sketch: Sketch, on_progress: OnProgress | None = None) -> Scene:
    """Train what the sketch describes.

    Raises:
        InvalidData: points of one class alone.
    """
    points, held = sketch.points()
    run = train(sketch.network, sketch.recipe, points, validation=held, initial=sketch.initial, on_progress=on_progress)
    return Scene(sketch, run, window_of(sketch), points, held)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    from separatrix.networks.activations import sigmoid

    return sigmoid(np.nan_to_num(z)).astype(np.float32)


def _scaled(a: np.ndarray) -> np.ndarray:
    """(n, units) -> (units, n) float32, each unit divided by its largest absolute value."""
    a = np.nan_to_num(a.T.astype(np.float32))
    most = np.abs(a).max(axis=1, keepdims=True)
    return a / np.where(most > 0, most, 1)
