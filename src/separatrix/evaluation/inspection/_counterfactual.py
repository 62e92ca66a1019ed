"""What would have to change: for each row the smallest change of one column, or of two, that turns the decision.

The size of a change is the share of the training rows between the old value and the new one: from the median of a
column to its upper quartile is 0.25, whatever the unit. A change of category, or from missing to a value, has no such share
and counts 1/3, which is the mean distance of two random rows in a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.data.profile import ColumnProfile, TableProfile
from separatrix.evaluation.inspection._explanation import cell_texts

if TYPE_CHECKING:
    import polars

CATEGORY_STEP = 1 / 3  # ∫∫ |u - v| du dv over the unit square
TOLERANCE = 1e-7  # of the crossing, as a share of the column's range in training
FIRST_COLUMNS, FIRST_VALUES = 3, 9  # of two columns: how many are tried as the first, and at how many values


class ChangedRows(Protocol):
    """Rows that can be asked for their logits when a column changes."""

    frame: polars.DataFrame

    def unchanged(self) -> np.ndarray:
        """The logits of the rows as they are, (n,)."""

    def logits(self, rows: np.ndarray, column: str, values: polars.Series) -> np.ndarray:
        """The logits of the rows with these indices, (m,), with other values in one column."""


Asked = Callable[["polars.DataFrame"], ChangedRows]


@dataclass(frozen=True)
class Change:
    """One column's change.

    Attributes:
        column: its name.
        before: the value of the row, in words.
        after: the value that turns the decision, in words.
        size: in shares of the training rows.
    """

    column: str
    before: str
    after: str
    size: float


@dataclass(frozen=True, eq=False)
class Counterfactuals:
    """Rows beside what would turn their decisions.

    Attributes:
        rows: the rows, a polars frame.
        changed: the same rows with the changes; unchanged where none was found.
        changes: for each row its changes, none, one or two.
        labels: the label that each row was given, (n,).
        turned: the label that it has with the changes, (n,); the same as before where none was found.
    """

    rows: polars.DataFrame
    changed: polars.DataFrame
    changes: tuple[tuple[Change, ...], ...]
    labels: np.ndarray
    turned: np.ndarray

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def sizes(self) -> np.ndarray:
        """The sum of the sizes of each row's changes, (n,) float64; NaN where no change was found."""
        return np.array([sum(change.size for change in row) if row else np.nan for row in self.changes])

    def frame(self) -> polars.DataFrame:
        """A row for each change: the row's index, its label, the column, its value before and after, and the size."""
        import polars

        records = [
            {"row": row, "label": str(self.labels[row]), "turned": str(self.turned[row]), **vars(change)}
            for row, changes in enumerate(self.changes)
            for change in changes
        ]
        kinds = dict.fromkeys(("label", "turned", "column", "before", "after"), polars.String)
        return polars.DataFrame(records, schema={"row": polars.Int64, **kinds, "size": polars.Float64})


@dataclass(frozen=True, eq=False)
class _Best:
    """The smallest change of one column for each row: column -1 where there is none; values by row in `after`."""

    size: np.ndarray
    column: np.ndarray
    after: dict[int, polars.Series]  # column -> new values of all rows, of which those that chose it count

    def of_column(self, k: int) -> np.ndarray:
        return np.flatnonzero(self.column == k)


def smallest_changes(
    ask: Asked, frame: polars.DataFrame, profile: TableProfile, border: float, fixed: Sequence[str], most: int
) -> tuple[polars.DataFrame, list[tuple[Change, ...]]]:
    """The smallest change that turns each row's decision.

    Args:
        ask: the classifier: a frame -> its rows, to be asked for changes.
        frame: the rows, (n, d).
        profile: of the training table, whose values are tried.
        border: the logit above which the second class is predicted.
        fixed: names of columns that stay as they are.
        most: number of columns that may change: 1 or 2.

    Returns:
        The changed rows, and the changes of each row.
    """
    free = [k for k, column in enumerate(profile.columns) if column.name not in fixed and len(column.values())]
    rows = ask(frame)
    above = rows.unchanged() > border
    best = _one_column(rows, profile, border, free, above)
    changed, changes = _applied(frame, profile, best)
    left = np.flatnonzero(best.column < 0)
    if most > 1 and len(left) and len(free) > 1:
        pairs = _two_columns(ask, frame[left], profile, border, free, above[left])
        for row, (first, second) in pairs.items():
            changes[left[row]] = _pair(frame[left], row, profile, first, second)
            for k, value in (first, second):
                name = profile.columns[k].name
                column = changed[name].clone()
                changed = changed.with_columns(column.scatter(int(left[row]), value))
    return changed, changes


def _applied(
    frame: polars.DataFrame, profile: TableProfile, best: _Best
) -> tuple[polars.DataFrame, list[tuple[Change, ...]]]:
    changes: list[tuple[Change, ...]] = [()] * frame.height
    for k, after in best.after.items():
        rows, column = best.of_column(k), profile.columns[k]
        if not len(rows):
            continue
        before = frame[column.name]
        now = cell_texts(after[rows], column.kind)
        for row, old, new in zip(rows, cell_texts(before[rows], column.kind), now, strict=True):
            changes[row] = (Change(column.name, old, new, float(best.size[row])),)
        frame = frame.with_columns(before.clone().scatter(rows, after[rows]))
    return frame, changes


def _one_column(
    rows: ChangedRows, profile: TableProfile, border: float, free: Sequence[int], above: np.ndarray
) -> _Best:
    """The smallest change of one column for each row."""
    n = len(above)
    best = _Best(np.full(n, np.inf), np.full(n, -1), {})
    brackets = []
    for k in free:
        column = profile.columns[k]
        nodes, size, turned = _tried(rows, column, border, above)
        size = np.where(turned, size, np.inf)
        nearest = np.argmin(size, axis=1)
        at_node = size[np.arange(n), nearest]
        if KINDS[column.kind].ordered:
            brackets.append((k, nodes, nearest, at_node))
        elif (better := at_node < best.size).any():
            best.size[better], best.column[better] = at_node[better], k
            best.after[k] = nodes.gather(nearest)
    # the node that turns the decision bounds the size from above; only columns that can still be best are refined
    bound = np.minimum(best.size, np.min([size for *_, size in brackets], axis=0) if brackets else np.inf)
    for k, nodes, nearest, at_node in brackets:
        column = profile.columns[k]
        start = KINDS[column.kind].numbers(rows.frame[column.name])
        least = _size_before(column, KINDS[column.kind].numbers(nodes), start, nearest)
        chosen = np.flatnonzero(np.isfinite(at_node) & (least <= bound) & (least <= best.size))
        if not len(chosen):
            continue
        value = _crossing(rows, column, border, above, chosen, nodes, nearest[chosen], start[chosen])
        size = _sizes(column, start[chosen], value)
        better = size < best.size[chosen]
        best.size[chosen[better]], best.column[chosen[better]] = size[better], k
        numbers = np.full(n, value[0])  # of the other rows it is not used, but dates know no NaN
        numbers[chosen] = value
        best.after[k] = _series(column, numbers, rows.frame)
    return best


def _tried(
    rows: ChangedRows, column: ColumnProfile, border: float, above: np.ndarray
) -> tuple[polars.Series, np.ndarray, np.ndarray]:
    """All values of a column (g,), the size of the change to each (n, g), and whether it turns the decision (n, g)."""
    current = rows.frame[column.name]
    nodes = column.values().cast(current.dtype)
    n, g = len(current), len(nodes)
    place = np.repeat(np.arange(n), g)
    z = rows.logits(place, column.name, nodes.gather(np.tile(np.arange(g), n))).reshape(n, g)
    if KINDS[column.kind].ordered:
        kind = KINDS[column.kind]
        size = _sizes(column, kind.numbers(current)[:, None], kind.numbers(nodes)[None])
    else:
        size = np.full((n, g), CATEGORY_STEP)
        # equal sizes: the most frequent first, by a hair
        size += 1e-9 * np.arange(g)
    return nodes, size, (z > border) != above[:, None]


def _sizes(column: ColumnProfile, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    size: np.ndarray = np.abs(column.level(after) - column.level(before))
    # from missing to a value; the values near the median first, by a hair
    return np.where(np.isnan(size), CATEGORY_STEP + 1e-9 * np.abs(column.level(after) - 0.5), size)


def _size_before(column: ColumnProfile, nodes: np.ndarray, start: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """The size of the change up to the node before the one that turns the decision: a lower bound, (n,)."""
    with np.errstate(invalid="ignore"):
        step = np.where(nodes[nearest] > start, -1, 1)
    inner = np.clip(nearest + step, 0, len(nodes) - 1)
    between = (nodes[inner] - start) * (nodes[nearest] - start) > 0  # else the row's own value comes before it
    size = _sizes(column, start, nodes[inner])
    return np.where(np.isnan(start), CATEGORY_STEP, np.where(between, size, 0.0))


def _crossing(
    rows: ChangedRows,
    column: ColumnProfile,
    border: float,
    above: np.ndarray,
    chosen: np.ndarray,
    nodes: polars.Series,
    nearest: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """The first value beyond the crossing for some rows, (m,), between the node that turns the decision and the one before.

    Bisection of all rows at once: the value given is the end of the bracket that has turned, so that it does turn the
    decision. Whole numbers stay whole.
    """
    kind = KINDS[column.kind]
    numbers = kind.numbers(nodes)
    outer: np.ndarray = numbers[nearest]
    inner = numbers[np.clip(nearest + np.where(outer > start, -1, 1), 0, len(numbers) - 1)]
    # the row's own value, where no node lies between it and the one that turns
    inner = np.where((inner - start) * (outer - start) > 0, inner, start)
    missing = np.isnan(start)
    inner = np.where(missing, outer, inner)
    span = float(numbers[-1] - numbers[0])
    least = max(1.0 if column.whole else 0.0, TOLERANCE * span)
    for _ in range(60):
        wide = np.flatnonzero(np.abs(outer - inner) > least)
        if not len(wide):
            break
        middle = inner[wide] + (outer[wide] - inner[wide]) / 2
        if column.whole:  # towards the row, so that the bracket shrinks in either direction
            middle = np.where(outer[wide] > inner[wide], np.floor(middle), np.ceil(middle))
        z = rows.logits(chosen[wide], column.name, _series(column, middle, rows.frame))
        turned = (z > border) != above[chosen[wide]]
        outer[wide[turned]], inner[wide[~turned]] = middle[turned], middle[~turned]
    return outer


def _series(column: ColumnProfile, numbers: np.ndarray, frame: polars.DataFrame) -> polars.Series:
    return KINDS[column.kind].of_numbers(column.name, numbers).cast(frame[column.name].dtype)


# Two columns: one is set to a few of its values, and the other is changed as little as then needed.


def _two_columns(
    ask: Asked,
    frame: polars.DataFrame,
    profile: TableProfile,
    border: float,
    free: Sequence[int],
    above: np.ndarray,
) -> dict[int, tuple[tuple[int, Any], tuple[int, Any]]]:
    """For rows that no single column turns: the two columns with their new values, by row."""
    rows = ask(frame)
    gains = np.array([_gain(rows, profile.columns[k], above) for k in free])  # (free, n)
    ranked = np.argsort(-gains, axis=0, kind="stable")[:FIRST_COLUMNS]
    smallest = np.full(frame.height, np.inf)
    found: dict[int, tuple[tuple[int, Any], tuple[int, Any]]] = {}
    for place, k in enumerate(free):
        users = np.flatnonzero((ranked == place).any(axis=0))
        column = profile.columns[k]
        values = column.values()
        some = values.gather(np.unique(np.linspace(0, len(values) - 1, FIRST_VALUES).round().astype(np.int64)))
        if not len(users):
            continue
        current = frame[column.name]
        tried = frame[np.repeat(users, len(some))].with_columns(
            some.cast(current.dtype).gather(np.tile(np.arange(len(some)), len(users))).alias(column.name)
        )
        others = [other for other in free if other != k]
        best = _one_column(ask(tried), profile, border, others, np.repeat(above[users], len(some)))
        first = _sizes_of(column, frame[column.name][np.repeat(users, len(some))], tried[column.name])
        total = np.where(best.column >= 0, best.size + first, np.inf).reshape(len(users), len(some))
        choice = np.argmin(total, axis=1)
        for index, row in enumerate(users.tolist()):
            if (size := total[index, choice[index]]) < smallest[row]:
                smallest[row] = size
                trial = index * len(some) + int(choice[index])
                second = int(best.column[trial])
                found[row] = (k, tried[column.name][trial]), (second, best.after[second][trial])
    return found


def _gain(rows: ChangedRows, column: ColumnProfile, above: np.ndarray) -> np.ndarray:
    """How far a column alone can move each row's logit towards the other side, (n,)."""
    current = rows.frame[column.name]
    nodes = column.values().cast(current.dtype)
    n, g = len(current), len(nodes)
    z = rows.logits(np.repeat(np.arange(n), g), column.name, nodes.gather(np.tile(np.arange(g), n))).reshape(n, g)
    gain: np.ndarray = np.where(above[:, None], -z, z).max(axis=1)
    return gain


def _sizes_of(column: ColumnProfile, before: polars.Series, after: polars.Series) -> np.ndarray:
    if KINDS[column.kind].ordered:
        kind = KINDS[column.kind]
        return _sizes(column, kind.numbers(before), kind.numbers(after))
    return np.where(before.eq_missing(after).to_numpy(), 0.0, CATEGORY_STEP)


def _pair(
    frame: polars.DataFrame,
    row: int,
    profile: TableProfile,
    first: tuple[int, Any],
    second: tuple[int, Any],
) -> tuple[Change, ...]:
    changes = []
    for k, value in (first, second):
        column = profile.columns[k]
        before = frame[column.name][row : row + 1]
        after = before.clone().scatter(0, value)
        size = float(_sizes_of(column, before, after)[0])
        if size > 0:
            old, new = (cell_texts(series, column.kind)[0] for series in (before, after))
            changes.append(Change(column.name, old, new, size))
    return tuple(changes)
