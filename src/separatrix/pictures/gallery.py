"""The usual colormaps of Matplotlib, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps as registry

from separatrix.pictures.style import new_figure, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from separatrix.pictures.style import Style

# The families of Matplotlib's own reference page.
FAMILIES = {
    "perceptually uniform": ("viridis", "plasma", "inferno", "magma", "cividis"),
    "sequential": ("Greys", "Purples", "Blues", "Greens", "Oranges", "Reds", "YlOrBr", "YlGnBu", "BuPu", "bone", "hot"),
    "diverging": ("PiYG", "PRGn", "BrBG", "PuOr", "RdBu", "RdYlBu", "Spectral", "coolwarm", "bwr", "seismic"),
    "cyclic": ("twilight", "twilight_shifted", "hsv"),
    "qualitative": ("Pastel1", "Paired", "Accent", "Dark2", "Set1", "Set2", "Set3", "tab10", "tab20"),
    "miscellaneous": ("terrain", "ocean", "cubehelix", "brg", "rainbow", "jet", "turbo", "gist_ncar"),
}


def colormaps(*, theme: str = "light") -> Figure:
    """A gallery of the usual colormaps, a panel a family. The lesson's own is among the diverging ones: coolwarm.

    Examples:
        >>> len(colormaps().axes)
        6
    """
    style = style_of("coolwarm", theme)
    figure = new_figure(style, (10, 7))
    for ax, (family, names) in zip(figure.subplots(2, 3).ravel(), FAMILIES.items(), strict=True):
        _panel(ax, family, names, style)
    return figure


def _panel(ax: Axes, family: str, names: tuple[str, ...], style: Style) -> None:
    """All strips of a family as one image: a row a colormap, with a gap of paper between."""
    strip = np.linspace(0, 1, 256)
    rows = [np.repeat(registry[name](strip)[None], 4, axis=0) for name in names]
    gaps = [np.concatenate([row, np.zeros((1, 256, 4))]) for row in rows]
    ax.imshow(np.concatenate(gaps), aspect="auto", extent=(0, 1, 5 * len(names), 0), interpolation="nearest")
    ax.set_title(family, color=style.theme.ink, fontsize=11)
    ax.set_yticks([5 * k + 2 for k in range(len(names))], names, color=style.theme.ink, fontsize=8)
    ax.tick_params(length=0)
    ax.set_xticks([])
    ax.set_facecolor(style.theme.paper)
    for spine in ax.spines.values():
        spine.set_visible(False)
