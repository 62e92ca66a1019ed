"""A gallery of Matplotlib's common colormaps, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps as registry

from separatrix.pictures.style import SIZES, figure_and_axes, leave_out_of_layout, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from separatrix.pictures.style import Style

__all__ = ["colormaps"]

# The families of Matplotlib's own reference page.
FAMILIES = {
    "perceptually uniform": ("viridis", "plasma", "inferno", "magma", "cividis"),
    "sequential": ("Greys", "Purples", "Blues", "Greens", "Oranges", "Reds", "YlOrBr", "YlGnBu", "BuPu", "bone", "hot"),
    "diverging": ("PiYG", "PRGn", "BrBG", "PuOr", "RdBu", "RdYlBu", "Spectral", "coolwarm", "bwr", "seismic"),
    "cyclic": ("twilight", "twilight_shifted", "hsv"),
    "qualitative": ("Pastel1", "Paired", "Accent", "Dark2", "Set1", "Set2", "Set3", "tab10", "tab20"),
    "miscellaneous": ("terrain", "ocean", "cubehelix", "brg", "rainbow", "jet", "turbo", "gist_ncar"),
}
# Three columns of about equal height, all on one pair of axes: fifty pairs would take a second.
COLUMNS = (("perceptually uniform", "sequential"), ("diverging", "cyclic"), ("qualitative", "miscellaneous"))
NAME, STRIP, GAP = 0.9, 2.2, 0.25  # widths: of a name, of a strip, between columns


def colormaps(*, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light") -> Figure:
    """A gallery of the common colormaps by family. The lesson's colormap, coolwarm, is one of the diverging ones.

    Args:
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe"; the name of its colormap is bold if it is in the gallery.
        theme: "light" or "dark".

    Raises:
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> sum(len(names) for names in FAMILIES.values())
        46
        >>> colormaps().axes[0].get_title()
        'Colormaps'
    """
    style = style_of(palette, theme)
    figure, ax = figure_and_axes(ax, style, (10, 6))
    deepest = max(_draw_column(ax, k, families, style) for k, families in enumerate(COLUMNS))
    ax.set(xlim=(0, len(COLUMNS) * (NAME + STRIP + GAP) - GAP), ylim=(deepest, 0), aspect="auto")
    ax.set_title("Colormaps", color=style.theme.ink, fontsize=SIZES.title)
    ax.set_axis_off()
    leave_out_of_layout(ax)
    return figure


def _draw_column(ax: Axes, k: int, families: tuple[str, ...], style: Style) -> float:
    """Draw the families of one column, one line per colormap, and return the y of its end."""
    left, line = k * (NAME + STRIP + GAP), 0.0
    for family in families:
        names = FAMILIES[family]
        ax.text(
            left + NAME, line + 0.8, family, color=style.theme.ink, fontsize=SIZES.label, weight="bold", va="bottom"
        )
        line += 1
        _draw_strips(ax, names, (left + NAME, left + NAME + STRIP), line)
        for j, name in enumerate(names):
            weight = "bold" if name == style.palette.colormap.name else "normal"
            ax.text(
                left + NAME - 0.06,
                line + j + 0.5,
                name,
                color=style.theme.ink,
                fontsize=SIZES.tiny,
                ha="right",
                va="center",
                weight=weight,
            )
        line += len(names) + 0.5
    return line


def _draw_strips(ax: Axes, names: tuple[str, ...], across: tuple[float, float], top: float) -> None:
    """Draw the strips of a family as one image: ten pixel rows per colormap, the outer two transparent as gaps."""
    shade = np.linspace(0, 1, 256)  # as many as Matplotlib's colormaps have entries
    rows = np.zeros((len(names), 10, 256, 4))
    rows[:, 1:9] = np.stack([registry[name](shade) for name in names])[:, None]
    ax.imshow(rows.reshape(-1, 256, 4), extent=(*across, top + len(names), top), aspect="auto", interpolation="nearest")
