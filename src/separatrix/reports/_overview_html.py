"""The part of the report that shows the table: its warnings, and a line a column with a small histogram by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.estimators.portable import Portable, as_portable, logits_of
from separatrix.evaluation.inspection import Dependence, Importance, Section, dependence_of, importance_of, section_of
from separatrix.evaluation.overview import ColumnView, Concern, Overview, Spread
from separatrix.networks.activations import sigmoid

if TYPE_CHECKING:
    import polars

WIDTH, HEIGHT = 150, 34  # of a histogram
MOST_LINES = 300  # columns with a line of their own
MOST_NAMED = 8  # columns named in a warning that many share
LONGEST = 60  # letters of a value

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
    "leak": "May hold the answer",
    "imbalance": "Unequal classes",
    "scarce": "Few rows",
    "duplicates": "Repeated rows",
    "contradictions": "Contradictions",
    "identifier": "Identifier",
    "constant": "Constant",
    "missing": "Missing values",
    "twins": "Twins",
}


def warnings_html(found: Overview) -> str:
    """The concerns as a list, those that say the same of several columns as one; a sentence where there are none."""
    if not found.concerns:
        return (
            "<p class='good'>Nothing strange was found: no column that alone gives the class away, none that names its "
            "rows, none that says nothing, no more repeated rows than chance would give, and enough rows of both classes.</p>"
        )
    alike: dict[tuple[str, str, bool], list[Concern]] = {}
    for each in found.concerns:
        alike.setdefault((each.kind, each.sentence, each.grave), []).append(each)
    return f"<ul class='concerns'>{''.join(_item(group) for group in alike.values())}</ul>"


def _item(group: list[Concern]) -> str:
    first = group[0]
    names = [" = ".join(f"<code>{escape(name)}</code>" for name in each.columns) for each in group if each.columns]
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    about = f"{', '.join(names[:MOST_NAMED])}{rest}: " if names else ""
    grave = " class='grave'" if first.grave else ""
    return f"<li{grave}><b>{escape(_TITLES[first.kind])}</b>{about}{escape(first.sentence)}</li>"


def columns_html(found: Overview) -> str:
    """A table with a line for each column: kind, missing, different values, range or most frequent, what it tells alone."""
    heads = ("column", "kind", "missing", "different", "range or most frequent", "AUC alone", "by class")
    head = "".join(f"<th>{each}</th>" for each in heads)
    lines = "".join(_line(each, found) for each in found.columns[:MOST_LINES])
    rest = len(found.columns) - MOST_LINES
    more = f"<p class='soft'>{rest:,} more columns are not listed.</p>" if rest > 0 else ""
    return f"{_key(found)}<table class='columns'><tr>{head}</tr>{lines}</table>{more}"


def _key(found: Overview) -> str:
    keys = "".join(
        f"<span class='key' style='background: var(--{which})'></span>{escape(_short(name))} ({count:,})"
        for which, name, count in zip(("zero", "one"), found.classes, found.counts, strict=True)
    )
    return f"<p class='soft'>Class{keys}</p>"


def _line(column: ColumnView, found: Overview) -> str:
    share = f"{column.missing / found.n_rows:.1%}" if column.missing else "0"
    alone = "" if np.isnan(column.auc) else f"{column.auc:.3f}"
    return (
        f"<tr><td>{escape(column.name)}</td><td class='kind'>{escape(column.kind)}</td><td class='n'>{share}</td>"
        f"<td class='n'>{column.distinct:,}</td><td>{escape(_range(column))}</td><td class='n'>{alone}</td>"
        f"<td>{histogram_svg(column.spread)}</td></tr>"
    )


def _range(column: ColumnView) -> str:
    if column.low:
        return f"{column.low} to {column.high}, median {column.middle}"
    totals = column.spread.counts.sum(1)
    shown = [f"{_short(name)} ({n:,})" for name, n in zip(column.spread.labels, totals, strict=True)]
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def histogram_svg(spread: Spread, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Stacked bars, class 0 below: one path for each class, so that many columns stay a small page.

    >>> histogram_svg(Spread(("a",), np.array([[1, 3]])), 12, 9).count("<path class")  # the ground, and both classes
    3
    """
    bars = len(spread.labels)
    if not bars:
        return ""
    step = width / max(bars, 6)  # a few bars don't become blocks
    top = max(int(spread.counts.sum(1).max()), 1)
    below = np.zeros(bars)
    paths = ""
    for which, counts in zip(("zero", "one"), spread.counts.T, strict=True):
        tall = counts / top * (height - 1)
        steps = "".join(
            f"M{k * step:.1f} {height - base - tall_:.1f}h{step * 0.86:.1f}v{tall_:.1f}h-{step * 0.86:.1f}z"
            for k, (base, tall_) in enumerate(zip(below, tall, strict=True))
            if tall_ > 0
        )
        paths += f'<path class="{which}" d="{steps}"/>'
        below = below + tall
    label = escape(f"histogram of {bars} bars")
    return (
        f'<svg role="img" aria-label="{label}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<path class="base" d="M0 {height - 0.5}H{width}"/>{paths}</svg>'
    )


# What the report explains: which columns matter, and for the foremost of them how.


REPEATS = 5  # dealings of a column; more would only narrow what chance in the dealing adds to an interval
CURVES = 6  # columns with a curve of dependence
CROSSED = 3  # columns of which every pair gets a section


@dataclass(frozen=True, eq=False)
class Explained:
    """Records of explanations, see `separatrix.evaluation.inspection`."""

    importance: Importance
    dependences: tuple[Dependence, ...]
    sections: tuple[Section, ...]


class Together:
    """A classifier and others of the same columns, asked at once: what they share is computed once, in single precision."""

    def __init__(self, predictor: Any, members: Sequence[Any]) -> None:
        self.every = [as_portable(each) for each in (predictor, *members)]

    def predict_proba(self, frame: polars.DataFrame) -> np.ndarray:
        """By the first alone: (n, 2)."""
        return np.asarray(_probabilities(self.every[:1], frame)[0])

    def predict_all(self, frame: polars.DataFrame) -> np.ndarray:
        """By each of them: (1 + m, n, 2)."""
        return _probabilities(self.every, frame)


def _probabilities(portables: Sequence[Portable], frame: polars.DataFrame) -> np.ndarray:
    z = logits_of(portables, frame).T
    return np.stack([sigmoid(-z), sigmoid(z)], axis=2)


def explained(
    predictor: Any,
    frame: polars.DataFrame,
    kinds: Mapping[str, str],
    y: np.ndarray,
    *,
    members: Sequence[Any] = (),
    pairs: Sequence[tuple[str, str]] | None = None,
    base: polars.DataFrame | None = None,
    positive: int = 1,
    seed: int = 0,
) -> Explained:
    """Importance of all columns, the dependence on the foremost six, and sections over pairs of them.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows that it wasn't trained on, (n, d).
        kinds: of the columns, name -> "number", "boolean", "category" or "date".
        y: labels as 0 and 1, (n,).
        members: further models, such as those of a cross-validation; the pictures show where they disagree.
        pairs: columns to cross; by default every two of the three most important.
        base: one row at whose values the other columns of a section are held; by default typical ones.
        positive: which column of `predict_proba` belongs to label 1.
        seed: of all draws.

    Raises:
        InvalidData: rows of one class only, or what `predict_proba` gives is unusable.
        InvalidParameter: a pair that names no column, or a setting out of range.
    """
    if all(callable(getattr(each, "_portable", None)) or isinstance(each, Portable) for each in (predictor, *members)):
        predictor, members = Together(predictor, members), ()
    chosen = {"positive": positive, "seed": seed}
    found = importance_of(predictor, frame, y, repeats=REPEATS, **chosen)
    usable = [name for name in (found.names[k] for k in found.order()) if frame[name].null_count() < frame.height]
    if pairs is None:
        pairs = list(combinations(usable[:CROSSED], 2))
    curves = [dependence_of(predictor, frame, name, kinds[name], members=members, **chosen) for name in usable[:CURVES]]
    sections = [section_of(predictor, frame, kinds, pair, y, base=base, members=members, **chosen) for pair in pairs]
    return Explained(found, tuple(curves), tuple(sections))
