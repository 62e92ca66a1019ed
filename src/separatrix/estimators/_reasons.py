"""Methods of the estimators that question single predictions: which columns made it, and what would turn it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from separatrix.data.profile import TableProfile
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import SEED, AnyOf, Choice, Having, Integer, Optional, Rule, check, nearest

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.portable import Portable
    from separatrix.evaluation.inspection import Counterfactuals, Explanation

BACKGROUND = 16  # rows, each column of which takes evenly spaced levels of its distribution
EXACT_COLUMNS, MOST_EXACT_COLUMNS = 6, 16  # up to which all sets are evaluated by default, and at most
CELLS_AT_ONCE = 10_000  # of explained rows, whose first layers are kept: some 100 MB for an ensemble
METHODS = ("auto", "exact", "sampled")
_RULES: dict[str, Rule] = {
    "background": Optional(AnyOf((Integer(1, 10_000), Having("__len__", "a table of background rows")))),
    "method": Choice(METHODS),
    "repeats": Integer(1, 1000),
    "random_state": SEED,
}


class RowReasons:
    """`explain` and `counterfactual`, for estimators that can be described as a `Portable`.

    Attributes:
        profile_: quantiles and counts of the training columns, or None in models of earlier versions.
        target_name_: name of the target's column, or None.
        left_out_: columns of the frame that are no features, each with the reason.
    """

    profile_: TableProfile | None = None
    target_name_: str | None
    left_out_: dict[str, str]

    def explain(
        self,
        X: Any,
        *,
        background: Any = None,
        method: str = "auto",
        repeats: int = 1,
        positive: Any = None,
        random_state: int = 0,
    ) -> Explanation:
        """The contribution of each column to the logit of each row, as Shapley values.

        A column's contribution is what it adds to the logit when it changes from a background row's value to the
        row's own, on average over all orders in which the columns may change and over the background rows. For each row the base
        value, which is the mean logit of the background, and the contributions add up to the logit.

        Up to six columns all sets of columns are evaluated. For more, random orders are drawn, each with its reverse; their
        standard errors are given, and interactions of two columns are exact all the same.

        Args:
            X: a table with the columns of `fit`, n rows.
            background: rows to compare with, in a table, or their number. By default 16 rows that are made of the training
                columns' quantiles and counts, each column drawn by itself: a model keeps no training row. Rows of your own keep
                the columns' dependence.
            method: "exact" for all sets of columns (at most 16 columns), "sampled" for random orders, or "auto".
            repeats: for random orders, pairs of them for each background row. Four times as many halve the errors.
            positive: the label whose logit is explained; by default the second of `classes_`.
            random_state: the seed of the orders and of the made background.

        Returns:
            The contributions, their errors and the base value; see `separatrix.Explanation`.

        Raises:
            ValueError: columns other than those of `fit`, a setting out of range, or no background.
        """
        from separatrix.estimators._columnwise import ColumnwiseLogits
        from separatrix.evaluation.inspection import Explanation, exact_values, sampled_values

        settings = {"background": background, "method": method, "repeats": repeats, "random_state": random_state}
        check("explain", settings, _RULES)
        portable, frame = self._asked(X)
        sign = self._sign_of(positive, portable.classes)
        reference = self._background(portable, background, random_state)
        is_exact = method == "exact" or (method == "auto" and len(portable.columns) <= EXACT_COLUMNS)
        if is_exact and len(portable.columns) > MOST_EXACT_COLUMNS:
            raise InvalidParameter(
                f"explain: method='exact' evaluates 2 to the power of the number of columns, which must be at most "
                f"{MOST_EXACT_COLUMNS}, got {len(portable.columns)}; choose method='sampled'."
            )
        columnwise = ColumnwiseLogits(portable, "float64" if is_exact else "float32")
        values, errors = np.zeros((frame.height, frame.width)), np.zeros((frame.height, frame.width))
        step = max(1, CELLS_AT_ONCE // frame.width)
        for first in range(0, frame.height, step):
            rows = slice(first, first + step)
            summands = columnwise.summands(frame[rows], reference)
            if is_exact:
                values[rows] = exact_values(summands).T
            else:
                of_rows, their_errors = sampled_values(summands, repeats, random_state)
                values[rows], errors[rows] = of_rows.T, their_errors.T
        base = float(_logit_of(portable, reference).mean())
        _add_up(values, _logit_of(portable, frame) - base)
        label = portable.classes[1 if sign > 0 else 0]
        kinds = dict(portable.columns)
        return Explanation(frame, kinds, sign * base, sign * values, errors, label, reference.height, is_exact)

    def counterfactual(self, X: Any, *, fixed: Collection[str] = (), max_columns: int = 2) -> Counterfactuals:
        """For each row the smallest change of one column, or else of two, that turns its decision.

        The size of a change is the share of the training rows that lies between the two values of a number, a date or a
        duration; a change of category, or from missing to a value, counts 1/3, the mean distance of two random rows. Values are
        those between the least and the largest of training, and the categories seen in it. Along a number the crossing
        is looked for between 33 quantiles of training and located to 1e-7 of the column's range; two crossings between
        neighbouring quantiles are missed. For two columns, the three that move the logit furthest are tried as the first.

        Args:
            X: a table with the columns of `fit`, n rows.
            fixed: names of columns that can't change.
            max_columns: 1, or 2 to try two columns where one isn't enough.

        Returns:
            The changes of each row, and the changed rows; see `separatrix.Counterfactuals`.

        Raises:
            ValueError: columns other than those of `fit`, no such column in `fixed`, or a model of an earlier version,
                which knows nothing of its training values.
        """
        from separatrix.estimators._columnwise import ColumnwiseLogits, RowsWithChanges
        from separatrix.evaluation.inspection import Counterfactuals, smallest_changes

        check("counterfactual", {"max_columns": max_columns}, {"max_columns": Integer(1, 2)})
        portable, frame = self._asked(X)
        fixed = [fixed] if isinstance(fixed, str) else list(fixed)
        for name in fixed:
            if name not in portable.columns:
                raise InvalidParameter(f"fixed: there is no column {name!r}.{nearest(str(name), portable.columns)}")
        if self.profile_ is None:
            raise InvalidData("this model doesn't know the values of its training columns; fit it again.")
        columnwise = ColumnwiseLogits(portable)
        with np.errstate(divide="ignore"):  # a threshold of 0 or 1 has an infinite logit
            border = float(np.log(portable.threshold) - np.log1p(-portable.threshold))
        changed, changes = smallest_changes(
            lambda rows: RowsWithChanges(columnwise, rows), frame, self.profile_, border, fixed, max_columns
        )
        return Counterfactuals(frame, changed, tuple(changes), portable.predict(frame), portable.predict(changed))

    def _asked(self, x: Any) -> tuple[Portable, polars.DataFrame]:
        """The classifier as plain records, and rows of a table as a frame of its columns."""
        from separatrix.estimators.portable import as_portable

        check_is_fitted(self)
        portable = as_portable(self)
        return portable, self._frame(portable, x)

    def _frame(self, portable: Portable, x: Any) -> polars.DataFrame:
        from scipy.sparse import issparse

        from separatrix.data import table
        from separatrix.data.frames import as_frame
        from separatrix.estimators.encoding._reading import read_columns
        from separatrix.estimators.roles import without_columns

        x = x.toarray() if issparse(x) else without_columns(x, self.target_name_, self.left_out_)
        encoded = portable.members[0].encoding is not None
        # as for a prediction: names are compared with those of `fit`, and then columns go by their places
        columns = read_columns(self, x, encoded=encoded, reset=False)
        names = list(portable.columns)
        frame = as_frame(columns, names=names) if isinstance(columns, np.ndarray) else as_frame(columns)
        frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
        return table.matched(frame, dict(portable.columns))

    def _sign_of(self, positive: Any, classes: tuple[Any, ...]) -> int:
        if positive is None:
            return 1
        if positive not in classes:
            raise InvalidParameter(f"positive must be one of the labels {classes[0]!r} and {classes[1]!r}.")
        return 1 if classes.index(positive) == 1 else -1

    def _background(self, portable: Portable, background: Any, seed: int) -> polars.DataFrame:
        if background is not None and not isinstance(background, int | np.integer):
            frame = self._frame(portable, background)
            if not frame.height:
                raise InvalidData("explain: the background has no rows.")
            return frame
        if self.profile_ is None:
            raise InvalidData(
                "this model doesn't know the values of its training columns, as it was made by an earlier version; pass rows "
                "of the training table as the background, or fit it again."
            )
        return self.profile_.draw(BACKGROUND if background is None else int(background), seed)


def _logit_of(portable: Portable, frame: polars.DataFrame) -> np.ndarray:
    from separatrix.estimators.portable import encoded, summed_logits

    return summed_logits(portable.members, frame, encoded)


def _add_up(values: np.ndarray, total: np.ndarray) -> None:
    """Spread what rounding left open over the contributions (n, d), in proportion to their size, so that they add up."""
    for _ in range(2):  # the second time for what the first addition rounds
        size = np.abs(values) + np.finfo(np.float64).tiny
        values += size / size.sum(axis=1, keepdims=True) * (total - values.sum(axis=1))[:, None]


def restored_profile(data: Any, columns: Collection[str]) -> TableProfile | None:
    """The profile of a model file, or None where it holds none.

    Raises:
        ValueError: it is of other columns.
    """
    if data is None:
        return None
    profile = TableProfile.from_data(data)
    if [column.name for column in profile.columns] != list(columns):
        raise ValueError("its profile is of other columns than its networks.")
    return profile
