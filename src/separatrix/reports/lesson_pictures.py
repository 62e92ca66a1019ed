"""The pictures of a lesson in the order of the tutorial, each with a title and a caption."""

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
MOST_FOLDS = 100  # hidden units: the number of regions is about half their square, and 5,000 can't be told apart
# Dates would make the bytes of equal pictures differ.
_UNDATED: dict[str, dict[str, str | None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@dataclass(frozen=True)
class Look:
    """The palette and the theme of the pictures; `separatrix.pictures` describes them."""

    palette: str = "coolwarm"
    theme: str = "light"


@dataclass(frozen=True)
class LessonPicture:
    """One picture of a lesson.

    Attributes:
        name: of its file, without the suffix.
        title: a heading.
        caption: what the picture shows.
        draw: lesson, look -> figure.
        fits: whether this lesson can be drawn so.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[Lesson, Look], Figure]
    fits: Callable[[Lesson], bool]


def _always(result: Lesson) -> bool:
    return True


def _described(result: Lesson) -> bool:
    return isinstance(result.run.network, Network)


def _in_plane(result: Lesson) -> bool:
    return result.plane.n_inputs == 2 and _described(result)


def is_planar(result: Lesson) -> bool:
    """Whether the network's own inputs are x1 and x2: then every layer can be drawn over the plane."""
    return _in_plane(result) and not result.source.features


def _mapped(result: Lesson) -> bool:
    network = result.run.network
    if not (is_planar(result) and isinstance(network, Network)):
        return False
    return all(a.piecewise_linear for a in network.activations) and sum(network.widths[1:-1]) <= MOST_FOLDS


def _drawing(result: Lesson, look: Look) -> Figure:
    assert isinstance(result.run.network, Network)  # `fits` is called first
    return pictures.network(result.run.network, inputs=result.source.features, palette=look.palette, theme=look.theme)


# Most functions draw the run's own network, which a module of the user's doesn't describe: `fits` says so beforehand, so that
# one missing picture doesn't end the report.
LESSON_PICTURES = (
    LessonPicture(
        "points",
        "The points",
        "Colour is the label. Where one class surrounds the other, no straight line separates them.",
        lambda result, look: pictures.points(result.plane, palette=look.palette, theme=look.theme),
        _in_plane,
    ),
    LessonPicture(
        "colormaps",
        "Colormaps by family",
        "The lesson's coolwarm is a diverging map: two colours for two classes, and a pale middle where they meet.",
        lambda result, look: pictures.colormaps(theme=look.theme),
        _always,
    ),
    LessonPicture(
        "network",
        "The architecture",
        "Neurons as circles, layers as columns, and every connection, before the training.",
        _drawing,
        _described,
    ),
    LessonPicture(
        "network_trained",
        "The trained network",
        "The same with the trained parameters: the colour of a line is the sign of its weight, the width its size.",
        lambda result, look: pictures.network(
            result.run, inputs=result.source.features, palette=look.palette, theme=look.theme
        ),
        _described,
    ),
    LessonPicture(
        "curves",
        "The training",
        "Above, the loss on a logarithmic scale; below, the share of points that are classified correctly. The loss keeps "
        "falling after the last point has changed sides.",
        lambda result, look: pictures.curves(result.run, palette=look.palette, theme=look.theme),
        _always,
    ),
    LessonPicture(
        "boundary",
        "The decision boundary",
        "The class that the network predicts at every node of a grid over the points.",
        lambda result, look: pictures.boundary(
            result.source.over_plane(result.run), result.plane, palette=look.palette, theme=look.theme
        ),
        _in_plane,
    ),
    LessonPicture(
        "probability",
        "The predicted probability",
        "How confident the network is. On the line both classes are equally probable.",
        lambda result, look: pictures.boundary(
            result.source.over_plane(result.run),
            result.plane,
            kind="probability",
            palette=look.palette,
            theme=look.theme,
        ),
        _in_plane,
    ),
    LessonPicture(
        "neurons",
        "What every neuron does",
        "The activation of each neuron over the plane; on the line its pre-activation is 0. A hatched neuron "
        "is dead: it is 0 at every point.",
        lambda result, look: pictures.neurons(result.run, result.points, palette=look.palette, theme=look.theme),
        is_planar,
    ),
    LessonPicture(
        "fold",
        "The fold",
        "The same points and grid lines after every layer: the plane is stretched into more dimensions and folded, until "
        "one plane separates the classes.",
        lambda result, look: pictures.fold(result.run, result.points, palette=look.palette, theme=look.theme),
        is_planar,
    ),
    LessonPicture(
        "exact_map",
        "The exact map",
        "Computed, not sampled: with piecewise linear activations the boundary is a polygon, and each of its vertices lies "
        "where the pre-activation of a neuron is 0.",
        lambda result, look: pictures.exact_map(result.run, result.points, palette=look.palette, theme=look.theme),
        _mapped,
    ),
)


def pictures_of(result: Lesson) -> list[LessonPicture]:
    """The pictures that can be drawn of this lesson, in the order of LESSON_PICTURES."""
    return [picture for picture in LESSON_PICTURES if picture.fits(result)]


def draw_picture(picture: LessonPicture, result: Lesson, look: Look) -> Figure:
    """Draw a picture of this lesson.

    Args:
        picture: one of `pictures_of(result)`.
        result: the lesson.
        look: palette and theme.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged run's last parameters can be huge
        return picture.draw(result, look)


def rendered(figure: Figure, kind: str) -> bytes:
    """The figure as the bytes of a file of one of the FORMATS; the same figure gives the same bytes."""
    if kind == "png":
        return _png(figure)
    from matplotlib import rc_context

    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix"}):  # by default Matplotlib names clip paths at random
        figure.savefig(out, format=kind, metadata=_UNDATED[kind])
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    from PIL import Image

    # Not by `savefig`: it computes the layout twice, and its compression takes twice the time for a tenth less.
    canvas: Any = figure.canvas  # Agg's, as `new_figure` creates it
    canvas.draw()
    out = io.BytesIO()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    image.save(out, "PNG", compress_level=3, dpi=(figure.dpi, figure.dpi))
    return out.getvalue()
