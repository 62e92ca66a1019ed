"""Warnings about a table: what in it makes numbers look better than they are, or says nothing.

A concern is said only where something is strange; a table without faults has none. The limits were set so that 50 public
two-class tables, none with a known leak, raise no suspicion of one: the strongest single column among them (of the
mushrooms, their smell) reaches an AUC of 0.983.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from separatrix.evaluation.overview._records import ColumnView, Concern, Overview

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
UNIQUE = 0.95  # share of different values from which on a column of words identifies rows


def concerns_of(found: Overview, frame: polars.DataFrame) -> tuple[Concern, ...]:
    """All warnings about a table, the grave ones first."""
    every = [*_of_classes(found), *_of_repeats(found)]
    for column in found.columns:
        every += _of_column(column, frame[column.name], found)
    every += _twins(frame)
    return tuple(sorted(every, key=lambda each: not each.grave))


def _of_classes(found: Overview) -> Iterator[Concern]:
    rarer = int(np.argmin(found.counts))
    few, name, n = found.counts[rarer], found.classes[rarer], found.n_rows
    wide = "so few rows leave every interval wide"
    if few / n < RARE:
        always = f"always answering {found.classes[1 - rarer]!r} is right in {1 - few / n:.1%} of the rows"
        yield Concern(
            "imbalance",
            (),
            f"Class {name!r} has {few:,} of {n:,} rows: {always}. Look at recall and at the precision-recall curve "
            f"rather than at accuracy{f'; {wide}' if few < SCARCE else ''}.",
            grave=few < FEW,
        )
    elif few < SCARCE:
        yield Concern("scarce", (), f"Class {name!r} has only {_rows(few)}: {wide}.", grave=few < FEW)


def _of_repeats(found: Overview) -> Iterator[Concern]:
    n, repeats = found.n_rows, found.repeats
    if repeats.copies <= 2 * repeats.by_chance + REPEATED * n:
        return
    yield Concern(
        "duplicates",
        (),
        f"{_rows(repeats.copies)} of {n:,} repeat an earlier one in every column ({repeats.by_chance:,} would by chance). "
        "If they are copies, remove them: a row that is trained on and met again in the test makes every estimate too good.",
        grave=repeats.copies > RARE * n,
    )
    if repeats.contradicting > REPEATED * n:
        yield Concern(
            "contradictions",
            (),
            f"{_rows(repeats.contradicting)} have a twin with the other label. No classifier can be right about both: "
            "is a column missing that tells them apart, or are labels wrong?",
        )


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"


def _of_column(column: ColumnView, values: polars.Series, found: Overview) -> Iterator[Concern]:
    name, n = column.name, found.n_rows
    if column.missing == n:
        yield Concern("missing", (name,), "There is not one value: the column says nothing. Leave it out.")
    elif column.distinct <= 1 and not column.missing:
        yield Concern("constant", (name,), "Every row has the same value: the column says nothing. Leave it out.")
    elif why := _identifies(column, values, n):
        yield Concern(
            "identifier",
            (name,),
            f"{why}: it looks like an identifier. A number of a row means nothing for the next one; leave it out.",
        )
    elif column.missing > MOSTLY * n:
        yield Concern("missing", (name,), f"{column.missing / n:.0%} of the rows have no value.")
    yield from _leak(column, found)


def _identifies(column: ColumnView, values: polars.Series, n: int) -> str:
    """Why a column names its rows rather than describing them, or nothing."""
    if n < 2 * FEW:
        return ""
    if column.kind == "category" and column.distinct >= UNIQUE * (n - column.missing) > FEW:
        return f"{column.distinct:,} different values in {n - column.missing:,} rows"
    if column.kind == "number" and column.distinct == n:
        numbers = values.to_numpy()
        if (numbers == np.round(numbers)).all():
            if np.ptp(numbers) == n - 1:
                return "Whole numbers without a gap and without a repetition"
            if (np.diff(numbers) > 0).all():
                return "Whole numbers that rise from row to row"
    return ""


def _leak(column: ColumnView, found: Overview) -> Iterator[Concern]:
    if min(found.counts) < FEW or math.isnan(column.auc):
        return
    ask = "Is it known before the outcome, for every row that will be predicted? If not, leave it out."
    if column.auc >= LEAK:
        yield Concern(
            "leak",
            (column.name,),
            f"Alone, it almost tells the class (cross-validated AUC {column.auc:.3f}): it may hold the answer. {ask}",
            grave=True,
        )
    elif said := _told_by_absence(column, found):
        yield Concern("leak", (column.name,), f"{said} Its being filled in may be a consequence. {ask}", grave=True)


def _told_by_absence(column: ColumnView, found: Overview) -> str:
    """A sentence where having a value, or having none, gives the class away; or nothing."""
    here = column.spread.counts.sum(0)
    absent = np.array(found.counts) - here
    for rows, words in ((here, "there is a value"), (absent, "no value is there")):
        n, label = int(rows.sum()), int(np.argmax(rows))
        if n in (0, found.n_rows) or rows[label] < PURE * n:
            continue
        share = found.counts[label] / found.n_rows
        if share < COMMON and n * math.log(share) < math.log(SURE):
            return f"Where {words}, {rows[label]:,} of {_rows(n)} are of class {found.classes[label]!r}."
    return ""


def _twins(frame: polars.DataFrame) -> Iterator[Concern]:
    """Columns that hold the same values, found by a digest of each and then compared."""
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
                "Both hold the same values. Leave one out: importance is shared between them.",
            )
