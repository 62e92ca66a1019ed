"""The share of solved runs of a study: as lines with bands over one column, or as a heat map over two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import ShareLine, percent
from separatrix.pictures.style import SIZES, Colour, Style, Theme, dress, figure_and_axes, style_of

if TYPE_CHECKING:
    import polars
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["share_map", "shares"]

MOST_LINES = 8
DASHES = ("-", "--", ":")
WORDS = {"loss_name": "loss", "batch_size": "batch size", "lr": "learning rate", "n": "points", "epoch": "epochs"}


def compute_lines(table: polars.DataFrame, x: str, by: str) -> tuple[list[ShareLine], list[str]]:
    """The lines of a table of shares, and the words along x, an empty list if x holds numbers.

    Args:
        table: with the columns x, by, share, low and high.
        x: the column along the horizontal axis.
        by: the column with one line per value.

    Raises:
        InvalidParameter: a column is missing, several rows have the same x and line, or there are too many lines.
    """
    for name in (x, by, "share", "low", "high"):
        if name not in table.columns:
            raise InvalidParameter(f"shares: the table has no column {name!r}; it has {', '.join(table.columns)}.")
    if table.select(x, by).is_duplicated().any():
        raise InvalidParameter(f"shares: several rows for one {x} and {by}; ask for results.shares([{x!r}, {by!r}]).")
    values = table[by].unique(maintain_order=True).to_list()
    if not 1 <= len(values) <= MOST_LINES:
        raise InvalidParameter(f"shares: {len(values)} values of {by}, expected 1 to {MOST_LINES} lines.")
    # A null among numbers stands for "all"; then the column is drawn as words, because it has no place on the axis.
    numeric = table[x].dtype.is_numeric() and table[x].null_count() == 0
    places = table[x].unique().sort().to_list() if numeric else table[x].unique(maintain_order=True).to_list()
    lines = []
    for value in values:
        rows = table.filter(table[by].eq_missing(value) if value is not None else table[by].is_null())
        position = np.array([place if numeric else places.index(place) for place in rows[x].to_list()], np.float64)
        # A study's rows come in the order of its grid; a line needs them from left to right.
        order = np.argsort(position)
        columns = (rows[name].to_numpy()[order] for name in ("share", "low", "high"))
        lines.append(
            ShareLine(
                f"{shown(value)} {WORDS.get(by, by)}" if by == "epoch" else f"{shown(value)}", position[order], *columns
            )
        )
    return lines, [] if numeric else [shown(place) for place in places]


def shown(value: Any) -> str:
    """A value of a column as text; a missing value stands for all values."""
    return "all" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def shares(
    table: polars.DataFrame,
    x: str = "width",
    by: str = "epoch",
    *,
    ax: Axes | None = None,
    palette: str = "coolwarm",
    theme: str = "light",
) -> Figure:
    """The share of solved runs over a column, with 95% bands.

    Args:
        table: of shares, such as `results.shares(["width"])`, with the columns x, by, share, low and high.
        x: the column along the horizontal axis, of numbers or words.
        by: the column with one line per value.
        ax: axes to draw on; by default those of a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidParameter: a column is missing, several rows have the same x and line, there are too many lines, an unknown
            palette or theme.

    Examples:
        >>> import polars
        >>> columns = {"width": [2, 4], "epoch": [50, 50], "share": [0.1, 0.9], "low": [0.05, 0.8], "high": [0.2, 0.95]}
        >>> shares(polars.DataFrame(columns)).axes[0].get_xlabel()
        'width'
    """
    style = style_of(palette, theme)
    lines, words = compute_lines(table, x, by)
    figure, ax = figure_and_axes(ax, style, (7, 4.4))
    for k, line in enumerate(lines):
        colour = colour_of_line(style, k)
        # Nothing lies between two words: points with bars, side by side, instead of a line with a band.
        if words:
            position = line.x + (k - (len(lines) - 1) / 2) * 0.12
            ends = np.abs(np.stack([line.share - line.low, line.high - line.share]))
            ax.errorbar(position, line.share, ends, fmt="o", color=colour, markersize=4.5, capsize=3, label=line.label)
            continue
        ax.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(line.x, line.share, DASHES[k // 7 % 3], color=colour, marker="o", markersize=4.5, label=line.label)
    # Ticks at the values of the study, as long as there is room for them.
    places = np.unique(np.concatenate([line.x for line in lines]))
    if words:
        ax.set_xlim(-0.6, len(words) - 0.4)
    if len(places) <= 12:
        ax.set_xticks(places, words or [f"{place:g}" for place in places])
    ax.set(ylim=(-0.02, 1.02), xlabel=WORDS.get(x, x), ylabel="share of seeds solved")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    finish(ax, style, "Share of seeds that reach 100% training accuracy", legend=len(lines) > 1 or by != "epoch")
    if len(lines) == 1 and by == "epoch":
        ax.set_title(
            f"Share of seeds at 100% training accuracy after {lines[0].label}",
            color=style.theme.ink,
            fontsize=SIZES.title,
        )
    return figure


def colour_of_line(style: Style, k: int) -> str | Colour:
    """The colour of line k; after seven lines the colours repeat, with dashes."""
    palette = style.palette
    colours = (palette.loss, palette.accuracy, palette.validation, *palette.layers, palette.event)
    return colours[k % len(colours)]


def finish(ax: Axes, style: Style, title: str, *, legend: bool) -> None:
    """Draw the grid, the title and the legend in the style.

    Args:
        ax: the axes.
        style: of the picture.
        title: of the axes.
        legend: whether there is a legend; a single line needs none.
    """
    ax.grid(visible=True, color=style.theme.grid, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_title(title, color=style.theme.ink, fontsize=SIZES.title)
    if legend:
        drawn = ax.legend(fontsize=SIZES.small, frameon=False)
        for text in drawn.get_texts():
            text.set_color(style.theme.ink)
    dress(ax, style)


# The heat map over two columns of a study's grid, each cell with its share and interval.


MOST_CELLS = 30  # along an axis
BEYOND = 0.2  # the scale goes this far beyond 0 and 1, because its ends are too dark for black numbers
WITH_NUMBERS = 12  # up to this number of cells along an axis, each has its number


@dataclass(frozen=True, eq=False)
class ShareGrid:
    """Shares over two columns.

    Attributes:
        columns: labels along x.
        rows: labels along y.
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

    Args:
        table: with the columns x, y, share, low and high.
        x: the column along the horizontal axis.
        y: the column along the vertical axis.

    Raises:
        InvalidParameter: a column is missing, several rows have the same cell, or there are too many cells.
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
    # A cell without runs stays NaN and is drawn in the background's colour.
    cells = np.full((3, len(down), len(across)), np.nan)
    for row in table.iter_rows(named=True):
        cells[:, down.index(row[y]), across.index(row[x])] = row["share"], row["low"], row["high"]
    return ShareGrid([shown(value) for value in across], [shown(value) for value in down], *cells)


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
        InvalidParameter: a column is missing, several rows have the same cell, there are too many cells, an unknown
            palette or theme.

    Examples:
        >>> import polars
        >>> columns = {"width": [2, 4], "depth": [1, 1], "share": [0.1, 0.9], "low": [0.05, 0.8], "high": [0.2, 0.95]}
        >>> [text.get_text() for text in share_map(polars.DataFrame(columns), "width", "depth").axes[0].texts][1]
        '90%\n80–95'
    """
    style, grid = style_of(palette, theme), compute_grid(table, x, y)
    rows, columns = grid.share.shape
    figure, ax = figure_and_axes(ax, style, (2.2 + 0.75 * columns, 1.8 + 0.6 * rows))
    # The first row at the bottom, as on any axis of numbers.
    image = ax.imshow(
        grid.share, cmap=style.palette.colormap, vmin=-BEYOND, vmax=1 + BEYOND, aspect="auto", origin="lower"
    )
    if max(rows, columns) <= WITH_NUMBERS:
        _write_numbers(ax, grid, style.theme)
    ax.set_xticks(range(columns), grid.columns)
    ax.set_yticks(range(rows), grid.rows)
    ax.set(xlabel=WORDS.get(x, x), ylabel=WORDS.get(y, y))
    ax.set_title("Share of seeds solved", fontsize=SIZES.title)
    bar = figure.colorbar(image, ax=ax)
    bar.ax.set_ylim(0, 1)  # without the ends of the scale that no share reaches
    bar.ax.tick_params(colors=style.theme.ink, labelsize=SIZES.small)
    bar.outline.set_edgecolor(style.theme.faint)
    dress(ax, style)
    return figure


def _write_numbers(ax: Axes, grid: ShareGrid, theme: Theme) -> None:
    for (row, column), value in np.ndenumerate(grid.share):
        if np.isfinite(value):
            low, high = grid.low[row, column], grid.high[row, column]
            text = f"{percent(float(value), 0)}\n{100 * low:.0f}–{100 * high:.0f}"
            ax.text(column, row, text, ha="center", va="center", fontsize=SIZES.tiny, color=theme.mark)
