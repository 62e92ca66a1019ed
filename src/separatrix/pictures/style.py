"""The one style of all pictures: palettes, themes, sizes, and how a figure is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from separatrix.constraints import lookup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 110
DENSE = 5_000  # from so many points on, they are drawn small, faint and as pixels


@dataclass(frozen=True)
class Theme:
    """Colours of the paper and the ink."""

    paper: str
    ink: str
    faint: str
    grid: str


@dataclass(frozen=True)
class Palette:
    """Colours with a meaning: classes, and the curves of a training."""

    colormap: Colormap
    loss: str
    accuracy: str
    held: str
    event: str

    def of_class(self, label: int) -> tuple[float, float, float, float]:
        """The colour of class 0 or 1."""
        return self.colormap(float(label))


THEMES = {
    "light": Theme(paper="#ffffff", ink="#1d1d1f", faint="#8a8a8e", grid="#d9d9dd"),
    "dark": Theme(paper="#16181c", ink="#ececf0", faint="#8e9096", grid="#3a3d44"),
}

# Okabe & Ito's blue and orange (2008) keep apart for every common kind of colour vision and in grey.
_BLUE_ORANGE = LinearSegmentedColormap.from_list("blue_orange", ["#0072b2", "#7fb8d8", "#f2f2f2", "#f3c06a", "#d55e00"])

PALETTES = {
    "coolwarm": Palette(colormaps["coolwarm"], loss="#3b4cc0", accuracy="#b40426", held="#e8853d", event="#6f7785"),
    "safe": Palette(_BLUE_ORANGE, loss="#0072b2", accuracy="#d55e00", held="#009e73", event="#7a7a7a"),
}


@dataclass(frozen=True)
class Style:
    """A palette on a theme."""

    palette: Palette
    theme: Theme


def style_of(palette: str, theme: str) -> Style:
    """The style of these names.

    Raises:
        InvalidParameter: an unknown name, with the nearest known one.
    """
    return Style(lookup("palette", palette, PALETTES), lookup("theme", theme, THEMES))


def new_figure(style: Style, size: tuple[float, float]) -> Figure:
    """An empty figure on the theme's paper, with a canvas of its own: pyplot isn't involved."""
    figure = Figure(figsize=size, dpi=DPI, layout="constrained", facecolor=style.theme.paper)
    FigureCanvasAgg(figure)
    return figure


def figure_and_axes(ax: Axes | None, style: Style, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The axes given and their figure, or new ones in this style."""
    if ax is None:
        figure = new_figure(style, size)
        ax = figure.add_subplot()
        dress(ax, style)
        return figure, ax
    whole = ax.get_figure(root=True)
    if not isinstance(whole, Figure):
        raise TypeError("the axes given belong to no figure")
    return whole, ax


def dress(ax: Axes, style: Style) -> None:
    """Colours of the theme on axes."""
    theme = style.theme
    ax.set_facecolor(theme.paper)
    ax.tick_params(colors=theme.ink, which="both")
    for spine in ax.spines.values():
        spine.set_color(theme.faint)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_color(theme.ink)


def show(figures: Iterable[Figure]) -> None:
    """Open a window for each figure and wait until they are closed. Needs a display."""
    from matplotlib import pyplot

    for figure in figures:
        manager = pyplot.figure().canvas.manager
        if manager is None:
            raise RuntimeError("Matplotlib's backend opens no windows here")
        manager.canvas.figure = figure
        figure.set_canvas(manager.canvas)
    pyplot.show()
