"""All pictures of a lesson, drawn, written and put into its report."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from separatrix import pictures
from separatrix.atomic import write_atomically
from separatrix.lesson import Lesson
from separatrix.network import Network
from separatrix.report import Shown, report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_all(folder: Path, lesson: Lesson, format_: str, palette: str, theme: str, show: bool) -> list[str]:
    """Write every picture that fits the run, and report.html; the names of the files."""
    written, shown, figures = [], {}, []
    for name, (caption, draw) in _plan(lesson, palette, theme).items():
        figure = draw()
        content = image(figure, format_)
        written.append(f"{name}.{format_}")
        write_atomically(folder / written[-1], content, force=True)
        in_page = (content, format_) if format_ != "pdf" else (image(figure, "png"), "png")
        shown[name] = Shown(caption, *in_page)
        figures.append(figure)
    if lesson.run.snapshots:
        path = pictures.animation(
            lesson.run, lesson.points, folder / "boundary.gif", palette=palette, theme=theme, force=True
        )
        shown["film"] = Shown("The boundary forms, from the first weights to the last.", path.read_bytes(), "gif")
        written.append(path.name)
    write_atomically(folder / "report.html", report(lesson, shown), force=True)
    if show:
        pictures.show(figures)
    return [*written, "report.html"]


def image(figure: Figure, format_: str) -> bytes:
    """The figure's bytes; quick rather than small."""
    out = io.BytesIO()
    settings = {"pil_kwargs": {"compress_level": 2}} if format_ == "png" else {}
    figure.savefig(out, format=format_, **settings)
    return out.getvalue()


def _plan(lesson: Lesson, palette: str, theme: str) -> dict[str, tuple[str, Callable[[], Figure]]]:
    """Name -> caption and how to draw it."""
    run, points = lesson.run, lesson.points
    plan: dict[str, tuple[str, Callable[[], Figure]]] = {
        "points": ("The points.", lambda: pictures.points(points, palette=palette, theme=theme)),
        "boundary": ("The decision boundary, as in the lesson.",
                     lambda: pictures.boundary(run, points, palette=palette, theme=theme)),
        "probability": ("The same with probabilities.",
                        lambda: pictures.boundary(run, points, kind="probability", palette=palette, theme=theme)),
        "curves": ("The course of the training.", lambda: pictures.curves(run, palette=palette, theme=theme)),
    }  # fmt: skip  # one picture a row
    if isinstance(run.network, Network):
        network = run.network
        plan |= {
            "network": ("The network: a machine's drawing.",
                        lambda: pictures.network(network, palette=palette, theme=theme)),
            "network_trained": ("The trained network: the machine.",
                                lambda: pictures.network(run, palette=palette, theme=theme)),
            "neurons": ("What every neuron does.", lambda: pictures.neurons(run, points, palette=palette, theme=theme)),
            "fold": ("The fold: the plane after every layer, and the flat cut.",
                     lambda: pictures.fold(run, points, palette=palette, theme=theme)),
        }  # fmt: skip  # one picture a row
        if all(entry.piecewise_linear for entry in network.activations):
            plan["exact_map"] = (
                "The exact map: the border is a polygon, and these are its vertices.",
                lambda: pictures.exact_map(run, points, palette=palette, theme=theme),
            )
    plan["colormaps"] = ("Colormaps by family; the pictures use one of the diverging ones.",
                         lambda: pictures.colormaps(theme=theme))  # fmt: skip  # one picture a row
    return plan
