"""A heat map of shares over two axes of a study's grid, each cell with its number and interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.pictures.share_lines import WORDS, shown
from separatrix.pictures.style import SIZES, Theme, dress, figure_and_axes, style_of
from separatrix.statistics.shares import percent

if TYPE_CHECKING:
    import polars
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 30  # along an axis
BEYOND = 0.2  # how far the colours go beyond 0 and 1, where they would be too deep for black numbers
WITH_NUMBERS = 12  # cells along an axis up to which each is written


@dataclass(frozen=True, eq=False)
class ShareGrid:
    """Shares over two columns.

    Attributes:
        columns: what stands along x, in words.
        rows: what stands along y.
        share: (rows, columns), NaN where there were no runs.
        low: lower ends of the intervals, likewise.
        high: upper ends.
    """

    columns: list[str]
    rows: list[str]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def compute_grid(table: polars.DataFrame, x: str, y: str) -> ShareGrid:
    """The cells of a table of shares.

    Raises:
        InvalidParameter: no such column, several rows for one cell, or too many cells.
    """
    for name in (x, y, "share", "low", "high"):
        if name not in table.columns:
            raise InvalidParameter(f"share_map: the table has no column {name!r}; it has {', '.join(table.columns)}.")
    if table.select(x, y).is_duplicated().any():
        raise InvalidParameter(
            f"share_map: several rows for one cell; ask for results.shares([{x!r}, {y!r}], epoch=...), one checkpoint."
        )
    across, down = (_places(table[name]) for name in (x, y))
    if max(len(across), len(down)) > MOST_CELLS:
        raise InvalidParameter(
            f"share_map: {len(across)} × {len(down)} cells, expected at most {MOST_CELLS} along an axis."
        )
    cells = np.full((3, len(down), len(across)), np.nan)
    for row in table.iter_rows(named=True):
        cells[:, down.index(row[y]), across.index(row[x])] = row["share"], row["low"], row["high"]
    return ShareGrid([shown(each) for each in across], [shown(each) for each in down], *cells)


def _places(column: polars.Series) -> list[Any]:
    values = column.unique(maintain_order=True).to_list()
    return sorted(values) if column.dtype.is_numeric() and None not in values else values


def share_map(
    table: polars.DataFrame,
    x: str,
    y: str,
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    r"""The share of solved runs over two columns of the grid.

    Args:
        table: of shares at one checkpoint, such as `results.shares(["width", "lr"], epoch=50_000)`.
        x: the column along the horizontal axis.
        y: the column along the vertical one.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: no such column, several rows for one cell, too many cells, an unknown palette or theme.

    Examples:
        >>> import polars
        >>> columns = {"width": [2, 4], "depth": [1, 1], "share": [0.1, 0.9], "low": [0.05, 0.8], "high": [0.2, 0.95]}
        >>> [text.get_text() for text in share_map(polars.DataFrame(columns), "width", "depth").axes[0].texts][1]
        '90 %\n80–95'
    """
    style, found = style_of(palette, theme), compute_grid(table, x, y)
    rows, columns = found.share.shape
    figure, ax = figure_and_axes(ax, style, (2.2 + 0.75 * columns, 1.8 + 0.6 * rows))
    image = ax.imshow(
        found.share, cmap=style.palette.colormap, vmin=-BEYOND, vmax=1 + BEYOND, aspect="auto", origin="lower"
    )
    if max(rows, columns) <= WITH_NUMBERS:
        _write_numbers(ax, found, style.theme)
    ax.set_xticks(range(columns), found.columns)
    ax.set_yticks(range(rows), found.rows)
    ax.set(xlabel=WORDS.get(x, x), ylabel=WORDS.get(y, y))
    ax.set_title("Share of seeds solved", fontsize=SIZES.title)
    bar = figure.colorbar(image, ax=ax)
    bar.ax.set_ylim(0, 1)
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)
    dress(ax, style)
    return figure


def _write_numbers(ax: Axes, found: ShareGrid, theme: Theme) -> None:
    for (row, column), value in np.ndenumerate(found.share):
        if np.isfinite(value):
            low, high = found.low[row, column], found.high[row, column]
            text = f"{percent(float(value), 0)}\n{100 * low:.0f}–{100 * high:.0f}"
            ax.text(column, row, text, ha="center", va="center", fontsize=SIZES.tiny, color=theme.mark)
