"""The roles of a frame's columns: label, weights, groups and times by name, and the columns that are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.frames import collected, is_frame
from separatrix.errors import InvalidData, InvalidParameter, warn
from separatrix.support.constraints import nearest

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.encoding._reading import Columns

PURPOSES = {  # of columns that are named and are no features: why they are left out
    "sample_weight": "It holds the weights of the rows.",
    "groups": "It names the groups of rows that stay whole.",
    "time": "It holds the times by which rows are held out.",
}
BY_REQUEST = "It was left out by request."
ALL = "all"


@dataclass(frozen=True, eq=False)
class Roles:
    """The features, and what stands beside them.

    Attributes:
        x: the table without the columns that have another role.
        y: the labels.
        target: name of the labels' column, or None.
        weight: weights of the rows, or None.
        groups: groups of the rows, or None.
        time: times of the rows, or None.
        named: names of the columns of weights, groups and times, by the argument of `fit` that named them.
        left_out: name of each column that is no feature, and the reason.
        keep: columns that are never left out by themselves, or "all".
    """

    x: Any
    y: Any
    target: str | None
    weight: Any = None
    groups: Any = None
    time: Any = None
    named: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] | str = ()

    @property
    def metadata(self) -> dict[str, Any] | None:
        """Weights, groups and times as callbacks of scikit-learn take them."""
        values = {"sample_weight": self.weight, "groups": self.groups, "time": self.time}
        return {name: value for name, value in values.items() if value is not None} or None


def split_target(x: Any, y: Any) -> tuple[Any, Any, str | None]:
    """Take the target out of the frame where `y` is the name of a column, as in `fit(frame, "target")`.

    Args:
        x: a table.
        y: a column's name, or labels.

    Returns:
        The frame without that column, the column and its name; otherwise x, y and None.

    Raises:
        InvalidData: x is no data frame, or has no column of that name.
    """
    if not isinstance(y, str):
        return x, y, None
    if not is_frame(x):
        raise InvalidData(f"y={y!r} names a column, so X must be a data frame, got {type(x).__name__}.")
    import narwhals.stable.v2 as nw  # only now: arrays do without it

    frame: Any = nw.from_native(collected(x))
    if y not in frame.columns:
        raise InvalidData(f"the frame has no column {y!r}.{nearest(y, frame.columns)}")
    return frame.drop(y).to_native(), frame[y].to_native(), y


def read_roles(
    x: Any, y: Any, sample_weight: Any = None, groups: Any = None, time: Any = None, drop: Any = None, keep: Any = None
) -> Roles:
    """Take the columns that are named out of a frame.

    Args:
        x: a table.
        y: labels, or the name of their column.
        sample_weight: weights, the name of their column, or None.
        groups: groups, the name of their column, or None.
        time: times, the name of their column, or None.
        drop: names of columns to leave out; a mapping also has the reason of each.
        keep: names of columns to use as features although they have a role or look useless; "all" keeps every column.

    Raises:
        InvalidData: a name without a frame, or without such a column.
        InvalidParameter: a column is both to be left out and to be kept, or is named twice.
    """
    x, y, target = split_target(x, y)
    values = {"sample_weight": sample_weight, "groups": groups, "time": time}
    named = {argument: name for argument, name in values.items() if isinstance(name, str)}
    reasons = _reasons(drop)
    keep = keep if keep == ALL else _names(keep, "keep")
    if not (named or reasons or keep):
        return Roles(x, y, target, sample_weight, groups, time)
    if not is_frame(x):
        raise InvalidData(
            f"{', '.join([*named, *(['drop'] if reasons else []), *(['keep'] if keep else [])])} names columns, so X must be "
            f"a data frame, got {type(x).__name__}."
        )
    import narwhals.stable.v2 as nw  # only now: arrays do without it

    frame: Any = nw.from_native(collected(x))
    _refuse_contradictions(frame.columns, named, reasons, keep, target)
    values |= {argument: frame[name].to_native() for argument, name in named.items()}
    left_out = {name: PURPOSES[argument] for argument, name in named.items() if keep == ALL or name not in keep}
    left_out |= {name: reason for name, reason in reasons.items() if name not in left_out}
    if len(left_out) == len(frame.columns):
        raise InvalidData("no column is left to predict from; leave out fewer.")
    return Roles(
        frame.drop(list(left_out)).to_native() if left_out else x,
        y,
        target,
        weight=values["sample_weight"],
        groups=values["groups"],
        time=values["time"],
        named=named,
        left_out=left_out,
        keep=keep,
    )


def _reasons(drop: Any) -> dict[str, str]:
    if isinstance(drop, Mapping):
        return {str(name): str(reason) for name, reason in drop.items()}
    return dict.fromkeys(_names(drop, "drop"), BY_REQUEST)


def _names(names: Any, argument: str) -> tuple[str, ...]:
    if names is None:
        return ()
    listed = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else None
    if listed is None or not all(isinstance(name, str) for name in listed):
        raise InvalidParameter(f"{argument} must be names of columns, such as ['id'], got {names!r}.")
    return listed


def _refuse_contradictions(
    columns: list[str], named: dict[str, str], reasons: dict[str, str], keep: tuple[str, ...] | str, target: str | None
) -> None:
    listed = () if keep == ALL else keep
    for name in (*named.values(), *reasons, *listed):
        if name == target:
            raise InvalidParameter(f"column {name!r} is the target, and can have no other role.")
        if name not in columns:
            raise InvalidData(f"there is no column {name!r} among the features.{nearest(name, columns)}")
    both = [name for name in reasons if name in listed]
    if both:
        raise InvalidParameter(f"column {both[0]!r} can't be both left out and kept.")


def leave_out_useless(estimator: Any, columns: Columns, y: np.ndarray, roles: Roles) -> tuple[Columns, dict[str, str]]:
    """Leave out columns that cannot help to predict a new row, and warn of them and of rows that may belong together.

    Args:
        estimator: whose columns have been set to these.
        columns: as they were read, n rows.
        y: labels 0 and 1, (n,).
        roles: of the columns.

    Returns:
        The other columns, and every column that was left out with its reason.
    """
    if roles.keep == ALL or not hasattr(columns, "columns"):  # arrays have no names to keep or to leave out
        return columns, dict(roles.left_out)
    from separatrix.evaluation.overview.likely_roles import columns_without_use

    frame: polars.DataFrame = columns  # type: ignore[assignment]  # a table of cells is never trained on
    reasons = {name: reason for name, reason in columns_without_use(frame).items() if name not in roles.keep}
    for sentence in _hints(frame.drop(list(reasons)), y, roles):
        warn(sentence)
    if reasons:
        columns = frame.drop(list(reasons))
        estimator.feature_names_in_ = np.array(columns.columns, dtype=object)
        estimator.n_features_in_ = len(columns.columns)
    for name, reason in reasons.items():
        warn(f"column {name!r} is left out. {reason} Pass keep=[{name!r}] to use it, or drop=[{name!r}] to agree.")
    return columns, dict(roles.left_out) | reasons


def _hints(frame: polars.DataFrame, y: np.ndarray, roles: Roles) -> list[str]:
    """Warnings of a key of groups or of a time that wasn't named."""
    from separatrix.evaluation.overview.likely_roles import likely_group, likely_time

    hints = []
    frame = frame.drop([name for name in roles.keep if name in frame.columns])
    if roles.groups is None and (group := likely_group(frame, y)):
        hints.append(
            f"column {group[0]!r} may name groups of rows that belong together: {group[1]}. If it does, pass "
            f"groups={group[0]!r}, or every figure is too good; pass keep=[{group[0]!r}] if it doesn't."
        )
    if roles.time is None and (time := likely_time(frame)):
        hints.append(
            f"column {time[0]!r} may be the time of the rows: {time[1]}. If later rows are to be predicted from earlier "
            f"ones, pass time={time[0]!r}, or every figure is too good; pass keep=[{time[0]!r}] if not."
        )
    return hints


def without_columns(x: Any, target: str | None, left_out: Iterable[str]) -> Any:
    """The frame without its target and the columns that were left out, so that one may predict on the frame that was fitted."""
    names = [name for name in (target, *left_out) if name is not None]
    if not names or not is_frame(x):
        return x
    import narwhals.stable.v2 as nw  # only now: arrays do without it

    frame: Any = nw.from_native(collected(x))
    present = [name for name in names if name in frame.columns]
    return frame.drop(present).to_native() if present else x
