"""The common style of all pictures: palettes, themes, sizes, and new figures and axes.

Figures are created without pyplot, whose list of open figures is global state: they are freed with their last reference,
and no setting of the caller's is changed. Only `show`, which needs windows, uses pyplot.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib import colormaps, rcParams
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from separatrix.errors import OutputError, warn
from separatrix.support.constraints import lookup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import FigureBase
    from matplotlib.gridspec import GridSpecBase

__all__ = ["show"]

Colour = tuple[float, float, float]

DPI = 110  # a figure of six inches fills half of a usual screen
DENSE = 5_000  # from this number on, points are drawn without edges and as pixels


@dataclass(frozen=True)
class Sizes:
    """Sizes of the lettering, in points."""

    title: float = 12.5
    label: float = 10.5
    small: float = 9.0
    tiny: float = 7.5


SIZES = Sizes()


@dataclass(frozen=True)
class Theme:
    """The colours of background and text.

    Attributes:
        paper: the background.
        ink: text.
        faint: frames, and lines without a meaning.
        grid: grid lines.
        edge: edges of points on a coloured plane.
        mark: lines on a coloured plane, which is light or saturated in every theme.
        light_mark: the same on a dark plane.
        lift: how far coloured lines and points are lightened, in [0, 1], to contrast with the background.
        weakest: opacity of the thinnest line of a diagram.
    """

    paper: str
    ink: str
    faint: str
    grid: str
    edge: str = "#000000"
    mark: str = "#000000"
    light_mark: str = "#ffffff"
    lift: float = 0.0
    weakest: float = 0.55


@dataclass(frozen=True)
class Palette:
    """Colours with a meaning: classes, and the curves of a training.

    Attributes:
        colormap: from class 0 to class 1, from negative to positive; pale in the middle.
        loss: the curve of the training loss.
        accuracy: the curve of the training accuracy.
        validation: the curves of the validation rows.
        event: marks of what happened.
        layers: lines that belong to the first hidden layer, the second, …; they repeat after the last.
        lift: as in the theme.
    """

    colormap: Colormap
    loss: str | Colour
    accuracy: str | Colour
    validation: str | Colour
    event: str | Colour
    layers: tuple[str | Colour, ...]
    lift: float = 0.0

    def of_class(self, label: int) -> Colour:
        """The colour of class 0 or 1."""
        return lifted(self.colormap(float(label))[:3], self.lift)


def lifted(colour: str | Colour, by: float) -> Colour:
    """A colour lightened by a share in [0, 1].

    >>> lifted((0.0, 0.5, 1.0), 0.5)
    (0.5, 0.75, 1.0)
    """
    red, green, blue = (channel + (1 - channel) * by for channel in to_rgb(colour))
    return red, green, blue


THEMES = {
    "light": Theme(paper="#ffffff", ink="#1d1d1f", faint="#8a8a8e", grid="#d9d9dd"),
    "dark": Theme(
        paper="#16181c", ink="#ececf0", faint="#8e9096", grid="#3a3d44", edge="#ececf0", lift=0.25, weakest=0.22
    ),
}

# Blue and orange of Okabe and Ito (2008), which differ for every common kind of colour vision and in grey.
_BLUE_ORANGE = LinearSegmentedColormap.from_list("blue_orange", ["#0072b2", "#7fb8d8", "#e0e0de", "#f3c06a", "#d55e00"])

# Green, purple, ochre: not the colour of a class in either palette, and of different lightness.
_LAYERS = ("#00663f", "#8a2f9e", "#7d6200")

PALETTES = {
    "coolwarm": Palette(
        colormaps["coolwarm"], loss="#3b4cc0", accuracy="#b40426", validation="#e8853d", event="#6f7785", layers=_LAYERS
    ),
    "safe": Palette(
        _BLUE_ORANGE, loss="#0072b2", accuracy="#d55e00", validation="#009e73", event="#7a7a7a", layers=_LAYERS
    ),
}


@dataclass(frozen=True)
class Style:
    """A palette on a theme."""

    palette: Palette
    theme: Theme


def style_of(palette: str, theme: str) -> Style:
    """The style with these names; its lines and points contrast with the theme's background.

    Raises:
        InvalidParameter: an unknown name; the message has the most similar one.
    """
    colours, ground = lookup("palette", palette, PALETTES), lookup("theme", theme, THEMES)
    # The colormap isn't lightened: it fills areas, whose pale middle means one half or zero in every theme.
    curves = (colours.loss, colours.accuracy, colours.validation, colours.event)
    loss, accuracy, validation, event = (lifted(colour, ground.lift) for colour in curves)
    layers = tuple(lifted(colour, 2 * ground.lift) for colour in colours.layers)  # thin lines need more
    return Style(Palette(colours.colormap, loss, accuracy, validation, event, layers, ground.lift), ground)


class NotebookFigure(Figure):
    """A figure that a notebook shows by itself. Matplotlib's own is only shown where pyplot has been imported."""

    missing_letters = ""  # those that no installed font has

    def draw(self, renderer: RendererBase) -> None:
        """Draw the figure; letters that will be boxes are warned of once, with the font to install.

        Args:
            renderer: as in Matplotlib.
        """
        # In an SVG file with text as text the letters are the reader's browser's.
        if not self.missing_letters or rcParams["svg.fonttype"] == "none":
            super().draw(renderer)
            return
        from separatrix.pictures._fonts import advice

        missing, self.missing_letters = self.missing_letters, ""
        warn(advice(missing))
        with warnings.catch_warnings():
            # Matplotlib's own names each letter by its number.
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        with BytesIO() as file:
            self.savefig(file, format="png")
            return file.getvalue()

    def show(self, warn: bool = True) -> None:
        """Show the figure: in a notebook below the cell, elsewhere in a window.

        Args:
            warn: as in Matplotlib; not used.

        Raises:
            OutputError: neither a notebook nor a display.
        """
        if not in_notebook():
            show([self])
            return
        # By name, as there is a kernel: nobody else needs IPython.
        import_module("IPython.display").display(self)


def in_notebook() -> bool:
    """Whether a notebook's kernel is running this process, so that what a cell ends in is displayed."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it; nobody else needs it
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


class DrawnFigure:
    """The caller's own figure, after a picture was drawn on its axes in a notebook.

    pyplot shows that figure at the end of the cell; as a cell's last value it would be shown a second time. So this stands
    for it: it has all its attributes, and no picture of its own.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure

    def __getattr__(self, name: str) -> Any:
        # Only what a cell's last value is displayed by is left out.
        if name.startswith("_repr_") or name == "_ipython_display_":
            raise AttributeError(name)
        return getattr(self.figure, name)

    def __repr__(self) -> str:
        return f"<a picture on {self.figure!r}>"


def new_figure(style: Style, size: tuple[float, float]) -> Figure:
    """An empty figure with the theme's background and a canvas of its own, without pyplot."""
    figure = NotebookFigure(figsize=size, dpi=DPI, layout="constrained", facecolor=style.theme.paper)
    # It attaches itself to the figure, in place of a base canvas that can't draw.
    FigureCanvasAgg(figure)
    return figure


def figure_and_axes(ax: Axes | None, style: Style, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The caller's axes and their figure, or new ones in this style.

    Args:
        ax: the caller's axes, or None.
        style: of new axes.
        size: of a new figure, in inches.

    Raises:
        TypeError: the axes don't belong to a figure.
    """
    if ax is None:
        figure = new_figure(style, size)
        ax = figure.add_subplot()
        dress(ax, style)
        return figure, ax
    # The root, because axes may lie in a subfigure, which can't be saved on its own.
    whole = ax.get_figure(root=True)
    if not isinstance(whole, Figure):
        raise TypeError("ax: expected axes of a figure, got axes that were removed from theirs")
    return whole, ax


def stacked_axes(
    ax: Axes | None, style: Style, size: tuple[float, float], heights: Sequence[float]
) -> tuple[Figure, list[Axes]]:
    """Axes above one another with a common x axis, in a new figure or in place of the caller's axes.

    Args:
        ax: the caller's axes, or None.
        style: of new axes.
        size: of a new figure, in inches.
        heights: ratios of the heights, from top to bottom.
    """
    figure, cell, cells = figure_and_cells(ax, style, size, (len(heights), 1), height_ratios=heights)
    panels: list[Axes] = []
    for k in range(len(heights)):
        panels.append(cell.add_subplot(cells[k], sharex=panels[0] if panels else None))
        # A common axis needs its numbers only once.
        panels[-1].tick_params(labelbottom=k == len(heights) - 1)
    return figure, panels


def figure_and_cells(
    ax: Axes | None, style: Style, size: tuple[float, float], shape: tuple[int, int], **ratios: Sequence[float]
) -> tuple[Figure, FigureBase, GridSpecBase]:
    """A grid of cells for several panels, in a new figure or in place of the caller's axes.

    Args:
        ax: the caller's axes, or None.
        style: of a new figure.
        size: of a new figure, in inches.
        shape: number of rows and of columns.
        ratios: `height_ratios`, `width_ratios`.

    Returns:
        The figure; the figure or subfigure that has `add_subplot`; and the cells to call it with.
    """
    shares: dict[str, Any] = {name: list(share) for name, share in ratios.items()}
    if ax is None:
        figure = new_figure(style, size)
        return figure, figure, figure.add_gridspec(*shape, **shares)
    figure, ax = figure_and_axes(ax, style, size)
    # Hidden and not removed, so that the caller's reference stays valid.
    ax.set_axis_off()
    cell = ax.get_subplotspec()
    if cell is not None:
        return figure, ax.figure, cell.subgridspec(*shape, **shares)
    # Axes that were placed by hand have no cell to divide; the new grid has their corners.
    box = ax.get_position()
    shares |= {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
    return figure, ax.figure, figure.add_gridspec(*shape, **shares)


def dress(ax: Axes, style: Style) -> None:
    """Apply the theme's colours and the common sizes of text to axes."""
    # Set on the axes and not by rcParams, which are the caller's.
    theme = style.theme
    ax.set_facecolor(theme.paper)
    ax.tick_params(colors=theme.ink, which="both", labelsize=SIZES.small)
    for spine in ax.spines.values():
        spine.set_color(theme.faint)
    ax.title.set_color(theme.ink)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(color=theme.ink, fontsize=SIZES.label)


def leave_out_of_layout(ax: Axes) -> None:
    """Exclude texts inside the axes from the layout: measuring them would take as long as drawing them."""
    for text in ax.texts:
        text.set_in_layout(False)


def show(figures: Iterable[Figure]) -> None:
    """Open a window for each figure and wait until all are closed.

    Raises:
        OutputError: Matplotlib has no display, or is set to a backend that only writes files.
    """
    from matplotlib import pyplot

    # A figure of pyplot's tells which backend it would use; Matplotlib has no other public way to ask without a window.
    example = pyplot.figure()
    canvas = type(example.canvas)
    pyplot.close(example)
    if canvas.manager_class is FigureManagerBase:  # the manager of backends without windows
        backend = pyplot.get_backend()
        raise OutputError(
            f"no window can be opened here: Matplotlib's backend is {backend}. Save the pictures instead."
        )
    managers = [canvas.new_manager(figure, number) for number, figure in enumerate(figures, start=1)]
    for manager in managers:
        manager.show()
    if managers:
        type(managers[0]).start_main_loop()


# Names from a table as texts of a picture: of bounded length, on one line, and never read as a formula.


def lettering(name: str, max_length: int = 28) -> str:
    r"""A name as text for Matplotlib.

    The middle of a long name is left out, line breaks become spaces, and dollar signs don't begin a formula.

    >>> lettering("the_number_of_days_since_the_last_payment_was_due", 20)
    'the_number…t_was_due'
    >>> print(lettering("price in $\n(net)"))
    price in \$ (net)

    Matplotlib's legends skip labels that begin with an underscore, so such a name gets a space in front.
    """
    # Beside line breaks this catches tabs and control characters, for which fonts have no glyph.
    line = "".join(letter if letter.isprintable() else " " for letter in name)
    if len(line) > max_length:
        # One place is the ellipsis's.
        end = (max_length - 1) // 2
        line = f"{line[: max_length - 1 - end]}…{line[-end:]}"
    if not line or line.startswith("_"):
        line = f" {line}"
    return line.replace("$", r"\$")
