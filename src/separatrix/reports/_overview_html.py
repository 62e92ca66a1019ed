"""The part of the report that shows the table: warnings, and one row per column with a small histogram by class."""

from __future__ import annotations

from html import escape

import numpy as np

from separatrix.evaluation.overview import ColumnView, Concern, Overview, Spread

WIDTH, HEIGHT = 150, 34  # of a histogram, in CSS pixels
# Limits for tables of thousands of columns, whose page would be too large to open.
MAX_COLUMNS = 300  # listed
MAX_NAMES = 8  # in a warning that many columns share
MAX_LETTERS = 60  # of a value

STYLE = """
.concerns { padding: 0; list-style: none } .concerns li { background: var(--card); border: 1px solid var(--line);
  border-left: .3rem solid var(--soft); border-radius: .4rem; padding: .5rem .9rem; margin: .5rem 0 }
.concerns li.grave { border-left-color: var(--bad) } .concerns b { margin-right: .4rem }
.concerns li.grave b { color: var(--bad) } .concerns code { font-size: .95em; overflow-wrap: anywhere }
.columns td { vertical-align: middle; min-width: 10rem; max-width: 17rem; overflow-wrap: anywhere }
.columns td:first-child { min-width: 11rem; max-width: 16rem; font-weight: 600 }
.columns .n, .columns .kind { min-width: 0 }
.columns th, .columns .n, .columns .kind { white-space: nowrap } .columns .n { text-align: right }
.columns svg { display: block } .zero { fill: var(--zero) } .one { fill: var(--one) } svg .base { stroke: var(--line) }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin: 0 .35em 0 .8em }
"""

_TITLES = {
    "leak": "Possible leak",
    "imbalance": "Imbalanced classes",
    "scarce": "Few rows",
    "duplicates": "Repeated rows",
    "contradictions": "Contradicting rows",
    "identifier": "Identifier",
    "constant": "Constant column",
    "missing": "Missing values",
    "twins": "Duplicate columns",
}


def warnings_html(overview: Overview) -> str:
    """The warnings as a list, equal ones about several columns as one item; a sentence if there are none."""
    if not overview.concerns:
        return (
            "<p class='good'>No warnings: no column predicts the class almost by itself, identifies single rows or is "
            "constant, there are no more repeated rows than expected by chance, and both classes have enough rows.</p>"
        )
    alike: dict[tuple[str, str, bool], list[Concern]] = {}
    for item in overview.concerns:
        alike.setdefault((item.kind, item.sentence, item.grave), []).append(item)
    return f"<ul class='concerns'>{''.join(_item(group) for group in alike.values())}</ul>"


def _item(group: list[Concern]) -> str:
    first = group[0]
    names = [" = ".join(f"<code>{escape(name)}</code>" for name in item.columns) for item in group if item.columns]
    rest = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    about = f"{', '.join(names[:MAX_NAMES])}{rest}: " if names else ""
    grave = " class='grave'" if first.grave else ""
    return f"<li{grave}><b>{escape(_TITLES[first.kind])}</b>{about}{escape(first.sentence)}</li>"


def columns_html(overview: Overview) -> str:
    """A table with one row per column: kind, missing and distinct values, range or most frequent values, its own AUC."""
    heads = ("column", "kind", "missing", "distinct", "range or most frequent", "AUC by itself", "by class")
    head = "".join(f"<th>{item}</th>" for item in heads)
    lines = "".join(_line(item, overview) for item in overview.columns[:MAX_COLUMNS])
    rest = len(overview.columns) - MAX_COLUMNS
    more = f"<p class='soft'>{rest:,} more columns are not listed.</p>" if rest > 0 else ""
    return f"{_key(overview)}<table class='columns'><tr>{head}</tr>{lines}</table>{more}"


def _key(overview: Overview) -> str:
    keys = "".join(
        f"<span class='key' style='background: var(--{which})'></span>{escape(_short(name))} ({count:,})"
        for which, name, count in zip(("zero", "one"), overview.classes, overview.counts, strict=True)
    )
    return f"<p class='soft'>Class{keys}</p>"


def _line(column: ColumnView, overview: Overview) -> str:
    share = f"{column.missing / overview.n_rows:.1%}" if column.missing else "0"
    alone = "" if np.isnan(column.auc) else f"{column.auc:.3f}"
    return (
        f"<tr><td>{escape(column.name)}</td><td class='kind'>{escape(column.kind)}</td><td class='n'>{share}</td>"
        f"<td class='n'>{column.distinct:,}</td><td>{escape(_range(column))}</td><td class='n'>{alone}</td>"
        f"<td>{histogram_svg(column.spread)}</td></tr>"
    )


def _range(column: ColumnView) -> str:
    if column.low:
        return f"{column.low} to {column.high}, median {column.middle}"
    # Categories come with the most frequent first; three of them say what kind of column it is.
    totals = column.spread.counts.sum(1)
    shown = [f"{_short(name)} ({n:,})" for name, n in zip(column.spread.labels, totals, strict=True)]
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def _short(value: str) -> str:
    return value if len(value) <= MAX_LETTERS else value[: MAX_LETTERS - 1] + "…"


def histogram_svg(spread: Spread, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Stacked bars, class 0 below.

    Args:
        spread: counts by bar and class.
        width: of the picture, in CSS pixels.
        height: of the picture, in CSS pixels.

    Returns:
        An SVG element with one path for each class, which keeps a page with hundreds of columns small.

    >>> histogram_svg(Spread(("a",), np.array([[1, 3]])), 12, 9).count("<path class")  # the ground, and both classes
    3
    """
    bars = len(spread.labels)
    if not bars:
        return ""
    step = width / max(bars, 6)  # two or three bars would look like blocks
    # At least 1: a column without values has bars of height 0 instead of a division by zero.
    top = max(int(spread.counts.sum(1).max()), 1)
    # Bars of class 1 stand on those of class 0, whose heights are added up here.
    below = np.zeros(bars)
    paths = ""
    for which, counts in zip(("zero", "one"), spread.counts.T, strict=True):
        bar_heights = counts / top * (height - 1)
        steps = "".join(
            f"M{k * step:.1f} {height - base - height_of_bar:.1f}h{step * 0.86:.1f}v{height_of_bar:.1f}h-{step * 0.86:.1f}z"
            for k, (base, height_of_bar) in enumerate(zip(below, bar_heights, strict=True))
            if height_of_bar > 0
        )
        paths += f'<path class="{which}" d="{steps}"/>'
        below = below + bar_heights
    label = escape(f"histogram of {bars} bars")
    return (
        f'<svg role="img" aria-label="{label}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<path class="base" d="M0 {height - 0.5}H{width}"/>{paths}</svg>'
    )
