"""The pictures of a lesson, in the order of the tutorial: each with its title and what there is to see."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix import pictures
from separatrix.networks.network import Network
from separatrix.reports.lesson import Lesson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
MOST_FOLDS = 100  # hidden units: about half their square is the number of regions, and of 5,000 nothing is seen
_UNDATED: dict[str, dict[str, str | None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@dataclass(frozen=True)
class Look:
    """How pictures are drawn: see `separatrix.pictures`."""

    palette: str = "coolwarm"
    theme: str = "light"


@dataclass(frozen=True)
class LessonPicture:
    """One picture of the album.

    Attributes:
        name: its file's name, without the ending.
        title: a heading.
        caption: what there is to see.
        draw: lesson, look -> figure.
        fits: whether there is such a picture of this lesson.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[Lesson, Look], Figure]
    fits: Callable[[Lesson], bool]


def _always(found: Lesson) -> bool:
    return True


def _described(found: Lesson) -> bool:
    return isinstance(found.run.network, Network)


def _planar(found: Lesson) -> bool:
    return found.points.n_inputs == 2 and _described(found)


def _mapped(found: Lesson) -> bool:
    network = found.run.network
    if not (_planar(found) and isinstance(network, Network)):
        return False
    return all(a.piecewise_linear for a in network.activations) and sum(network.widths[1:-1]) <= MOST_FOLDS


def _drawing(found: Lesson, look: Look) -> Figure:
    assert isinstance(found.run.network, Network)  # `fits` has asked
    return pictures.network(found.run.network, palette=look.palette, theme=look.theme)


ALBUM = (
    LessonPicture(
        "points",
        "The points",
        "Colour is the label. Where one class surrounds the other, no straight line parts them.",
        lambda found, look: pictures.points(found.points, palette=look.palette, theme=look.theme),
        _planar,
    ),
    LessonPicture(
        "colormaps",
        "Colormaps by family",
        "The lesson's coolwarm is a diverging map: two colours for two classes, and a pale middle where they meet.",
        lambda found, look: pictures.colormaps(theme=look.theme),
        _always,
    ),
    LessonPicture(
        "network",
        "The drawing",
        "The architecture alone: neurons as circles, layers as columns, every connection. It holds no numbers yet.",
        _drawing,
        _described,
    ),
    LessonPicture(
        "network_trained",
        "The machine",
        "The same drawing with the numbers that training found: colour is the sign of a weight, width its size.",
        lambda found, look: pictures.network(found.run, palette=look.palette, theme=look.theme),
        _described,
    ),
    LessonPicture(
        "curves",
        "The training",
        "Loss on a logarithmic scale above, share of points on the right side below. The two are different things: the "
        "loss goes on falling after the last point has changed sides.",
        lambda found, look: pictures.curves(found.run, palette=look.palette, theme=look.theme),
        _always,
    ),
    LessonPicture(
        "boundary",
        "The decision boundary",
        "Every node of a grid over the points is predicted, without gradients, and coloured by the side it falls on.",
        lambda found, look: pictures.boundary(found.run, found.points, palette=look.palette, theme=look.theme),
        _planar,
    ),
    LessonPicture(
        "probability",
        "The same with probabilities",
        "How sure the network is. The line is where both classes are equally probable.",
        lambda found, look: pictures.boundary(
            found.run, found.points, kind="probability", palette=look.palette, theme=look.theme
        ),
        _planar,
    ),
    LessonPicture(
        "neurons",
        "What every neuron does",
        "The response of each neuron over the plane; the line is where its pre-activation is 0. A silent one never "
        "responds.",
        lambda found, look: pictures.neurons(found.run, found.points, palette=look.palette, theme=look.theme),
        _planar,
    ),
    LessonPicture(
        "fold",
        "The fold",
        "The same points and grid lines after every layer: the plane is stretched into more dimensions and folded, "
        "until one flat cut parts the classes.",
        lambda found, look: pictures.fold(found.run, found.points, palette=look.palette, theme=look.theme),
        _planar,
    ),
    LessonPicture(
        "exact_map",
        "The exact map",
        "Computed, not sampled: with straight activations the border is a polygon, and each vertex lies where a neuron "
        "folds.",
        lambda found, look: pictures.exact_map(found.run, found.points, palette=look.palette, theme=look.theme),
        _mapped,
    ),
)


def album(found: Lesson) -> list[LessonPicture]:
    """The pictures that there are of this lesson."""
    return [picture for picture in ALBUM if picture.fits(found)]


def drawn(picture: LessonPicture, found: Lesson, look: Look) -> Figure:
    """The picture of this lesson."""
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged run's last parameters can be huge
        return picture.draw(found, look)


def rendered(figure: Figure, kind: str) -> bytes:
    """The figure as the bytes of a file of that format: "png", "svg" or "pdf"."""
    if kind == "png":
        return _png(figure)
    from matplotlib import rc_context

    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix"}):  # so that the same figure gives the same bytes
        figure.savefig(out, format=kind, metadata=_UNDATED[kind])
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    """`savefig` would find the layout twice, and its compression takes twice the time for files a tenth smaller."""
    from PIL import Image

    canvas: Any = figure.canvas  # Agg's, as `new_figure` makes it
    canvas.draw()
    out = io.BytesIO()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    image.save(out, "PNG", compress_level=3, dpi=(figure.dpi, figure.dpi))
    return out.getvalue()
