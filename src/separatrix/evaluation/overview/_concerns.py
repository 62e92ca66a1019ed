"""Warnings about a table: what makes results look better than they are, or carries no information.

A concern is sentence only where something is strange; a table without faults has none. The limits were set so that 50 public
two-class tables, none with a known leak, raise no suspicion of one: the strongest single column among them (of the
mushrooms, their smell) reaches an AUC of 0.983.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from separatrix.evaluation.overview._records import ColumnView, Concern, Overview
from separatrix.evaluation.overview.likely_roles import OF_FREE_TEXT, identifies, is_free_text

if TYPE_CHECKING:
    import polars

LEAK = 0.985  # AUC of one column alone from which on it is suspected
FEW = 10  # rows of the rarer class below which no column is judged
RARE = 0.1  # share of the rarer class below which accuracy misleads
SCARCE = 50  # rows of the rarer class below which intervals stay wide
REPEATED = 0.01  # share of repeated rows from which on they are worth a word
SURE = 1e-6  # chance below which a coincidence isn't believed
PURE = 0.99
COMMON = 0.9  # share of a class from which on meeting it alone surprises nobody
MOSTLY = 0.5  # share of missing values from which on a column is worth a word


def concerns_of(overview: Overview, frame: polars.DataFrame) -> tuple[Concern, ...]:
    """All warnings about a table, the grave ones first."""
    every = [*_of_classes(overview), *_of_repeats(overview)]
    for column in overview.columns:
        every += _of_column(column, frame[column.name], overview)
    every += _twins(frame)
    return tuple(sorted(every, key=lambda concern: not concern.grave))


def _of_classes(overview: Overview) -> Iterator[Concern]:
    rarer = int(np.argmin(overview.counts))
    count, name, n = overview.counts[rarer], overview.classes[rarer], overview.n_rows
    wide = "with so few rows every interval is wide"
    if count / n < RARE:
        always = f"always answering {overview.classes[1 - rarer]!r} is right in {1 - count / n:.1%} of the rows"
        yield Concern(
            "imbalance",
            (),
            f"Class {name!r} has {count:,} of {n:,} rows: {always}. Look at recall and at the precision-recall curve "
            f"rather than at accuracy{f'; {wide}' if count < SCARCE else ''}.",
            grave=count < FEW,
        )
    elif count < SCARCE:
        yield Concern("scarce", (), f"Class {name!r} has only {_rows(count)}: {wide}.", grave=count < FEW)


def _of_repeats(overview: Overview) -> Iterator[Concern]:
    n, repeats = overview.n_rows, overview.repeats
    if repeats.copies <= 2 * repeats.by_chance + REPEATED * n:
        return
    yield Concern(
        "duplicates",
        (),
        f"{_rows(repeats.copies)} of {n:,} repeat an earlier one in every column ({repeats.by_chance:,} would by chance). "
        "If they are copies, remove them: a row that occurs in training and in the test makes every estimate too good.",
        grave=repeats.copies > RARE * n,
    )
    if repeats.contradicting > REPEATED * n:
        yield Concern(
            "contradictions",
            (),
            f"{_rows(repeats.contradicting)} equal another row that has the other label. No classifier can be right about both. "
            "Check whether a column that distinguishes them is missing, and whether labels are wrong.",
        )


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"


def _of_column(column: ColumnView, values: polars.Series, overview: Overview) -> Iterator[Concern]:
    name, n = column.name, overview.n_rows
    if column.missing == n:
        yield Concern(
            "missing", (name,), "The column has no value in any row and carries no information. Leave it out."
        )
    elif column.distinct <= 1 and not column.missing:
        yield Concern(
            "constant", (name,), "Every row has the same value, so the column carries no information. Leave it out."
        )
    elif why := identifies(values):
        yield Concern(
            "identifier",
            (name,),
            f"{why}{OF_FREE_TEXT}"
            if is_free_text(values)
            else f"{why}: it looks like an identifier. Such a column cannot help to predict new rows; leave it out.",
        )
    elif column.missing > MOSTLY * n:
        yield Concern("missing", (name,), f"{column.missing / n:.0%} of the rows have no value.")
    yield from _leak(column, overview)


def _leak(column: ColumnView, overview: Overview) -> Iterator[Concern]:
    if min(overview.counts) < FEW or math.isnan(column.auc):
        return
    ask = "Is it known before the outcome, for every row that will be predicted? If not, leave it out."
    if column.auc >= LEAK:
        yield Concern(
            "leak",
            (column.name,),
            f"This column alone almost predicts the class (cross-validated AUC {column.auc:.3f}), so it may contain the "
            f"answer. {ask}",
            grave=True,
        )
    elif sentence := _absence_predicts(column, overview):
        yield Concern(
            "leak",
            (column.name,),
            f"{sentence} Whether there is a value may be a consequence of the outcome. {ask}",
            grave=True,
        )


def _absence_predicts(column: ColumnView, overview: Overview) -> str:
    """A sentence where having a value, or having none, gives the class away; or nothing."""
    here = column.spread.counts.sum(0)
    absent = np.array(overview.counts) - here
    for rows, words in ((here, "there is a value"), (absent, "no value is there")):
        n, label = int(rows.sum()), int(np.argmax(rows))
        if n in (0, overview.n_rows) or rows[label] < PURE * n:
            continue
        share = overview.counts[label] / overview.n_rows
        if share < COMMON and n * math.log(share) < math.log(SURE):
            return f"Where {words}, {rows[label]:,} of {_rows(n)} are of class {overview.classes[label]!r}."
    return ""


def _twins(frame: polars.DataFrame) -> Iterator[Concern]:
    """Columns that hold the same values, overview by a digest of each and then compared."""
    seen: dict[tuple[object, int], str] = {}
    for column in frame:
        if column.n_unique() <= 1:
            continue
        key = (column.dtype, int(column.hash(seed=0).to_numpy().sum(dtype=np.uint64)))
        first = seen.setdefault(key, column.name)
        if first != column.name and column.equals(frame[first], check_names=False):
            yield Concern(
                "twins",
                (first, column.name),
                "Both columns hold the same values. Leave one out, for they share their importance.",
            )
