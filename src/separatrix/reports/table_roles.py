"""The roles of a table's columns in a job: weights, groups, times, features, and what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.dependence import RowDependence
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.roles import read_roles
from separatrix.evaluation.overview.likely_roles import columns_without_use, likely_group, likely_time
from separatrix.training.preparation import checked_weight

if TYPE_CHECKING:
    from separatrix.data.table import Table


@dataclass(frozen=True, eq=False)
class TableRoles:
    """What the columns of a table are to a job.

    Attributes:
        arguments: of every `fit` of the job, which name the columns.
        left_out: name of each column that is no feature, and the reason, a whole sentence.
        useless: names of those that were found to be useless rather than named by anyone.
        hints: columns that look like a group or a time and were not named: argument -> name of the column and what shows it.
        weight: of the rows, (n,), or None.
        dependence: groups and times of the rows, or None.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    useless: tuple[str, ...] = ()
    hints: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    weight: np.ndarray | None = None
    dependence: RowDependence | None = None

    def features_of(self, table: Table) -> Table:
        """The table without the columns that are no features."""
        kinds = {name: kind for name, kind in table.kinds.items() if name not in self.left_out}
        return (
            table
            if len(kinds) == len(table.kinds)
            else replace(table, frame=table.frame.select(list(kinds)), kinds=kinds)
        )

    @property
    def structure(self) -> str:
        """What keeps rows from being drawn one by one: "groups", "time" (with groups or without), or nothing."""
        if self.dependence is None:
            return ""
        return "groups" if self.dependence.time is None else "time"

    def test_rows_in_words(self, n_rows: int) -> str:
        """So many test rows in words."""
        forms = {"": "{:,} test rows", "groups": "{:,} test rows of other groups", "time": "{:,} later test rows"}
        return forms[self.structure].format(n_rows)

    def folds_in_words(self, n_rows: int, n_folds: int) -> str:
        """The rows of a cross-validation in words."""
        kinds = {"": "folds", "groups": "folds of whole groups", "time": "folds in time"}
        return f"{n_rows:,} rows, cross-validated in {n_folds} {kinds[self.structure]}"


def roles_of(
    table: Table,
    y: np.ndarray,
    *,
    weight: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    drop: Any = None,
    keep: Any = None,
) -> TableRoles:
    """Find the role of every column.

    Args:
        table: with a target.
        y: its labels as 0 and 1, (n,).
        weight: column of the rows' weights, or None.
        groups: column of their groups, or None.
        time: column of their times, or None.
        drop: names of columns to leave out.
        keep: names of columns to use as features, whatever they look like.

    Raises:
        InvalidData: there is no such column, or it holds no weights, groups or times.
        InvalidParameter: a column is both to be left out and to be kept.
    """
    if table.target is not None and table.target in (weight, groups, time):
        raise InvalidParameter(f"column {table.target!r} is the target, and can have no other role.")
    roles = read_roles(table.frame, y, weight, groups, time, drop, keep)
    features = table.frame.drop(list(roles.left_out))
    wanted = [name for name in roles.keep if name in features.columns]
    useless = {name: reason for name, reason in columns_without_use(features).items() if name not in wanted}
    others = features.drop([*useless, *wanted])
    hints = {}
    if groups is None and (hint := likely_group(others, y)):
        hints["groups"] = hint
    if time is None and (hint := likely_time(others)):
        hints["time"] = hint
    named = {"sample_weight": weight, "groups": groups, "time": time}
    left_out = dict(roles.left_out) | useless
    columns = [name for name in named.values() if name is not None]
    arguments: dict[str, Any] = {name: column for name, column in named.items() if column is not None}
    dropped = {name: reason for name, reason in left_out.items() if name not in columns}
    if dropped:
        arguments["drop"] = dropped
    # the roles of all columns are settled here, once for all folds
    arguments["keep"] = (
        "all" if not set(columns) & set(wanted) else [n for n in table.frame.columns if n not in left_out]
    )
    group_values, times = (None if name is None else table.frame[name] for name in (groups, time))
    names = (f"column {groups!r}", f"column {time!r}")
    dependence = RowDependence.of(group_values, times, table.n_rows, names)
    weights = None if weight is None else _weights(table, weight)
    return TableRoles(arguments, left_out, tuple(useless), hints, weights, dependence)


def _weights(table: Table, name: str) -> np.ndarray:
    if table.kinds[name] != "number":
        raise InvalidData(f"column {name!r} holds a {table.kinds[name]}, but weights of rows are numbers.")
    weights = table.frame[name].to_numpy()
    checked_weight(weights, table.n_rows, f"column {name!r}")
    return np.asarray(weights, dtype=np.float64)
