"""TableEncoder: a scikit-learn transformer from any table to numbers, everything fitted being plain records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from separatrix.data.dependence import RowDependence
from separatrix.data.kinds import ColumnCode, EncodingSettings, FittedRows, Targets, kind_of
from separatrix.data.kinds.number import number_codes
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.data.points import Points
from separatrix.data.splits import draw_folds
from separatrix.data.table import Table
from separatrix.errors import InvalidData, warn
from separatrix.estimators.encoding._reading import read_columns
from separatrix.estimators.encoding.encoding import Encoding, distinct, encode
from separatrix.evaluation.overview import classes_of
from separatrix.support.constraints import SEED, AnyOf, Choice, Flag, Having, Integer, Optional, Real, Rule, check
from separatrix.support.seeds import seed_of
from separatrix.support.surroundings import insulated
from separatrix.training.preparation import checked_weight

PERIODS = 12  # folds in time: every category's statistic is renewed so often
_RULES: dict[str, Rule] = {
    "numbers": Choice(("robust", "standard", "quantile", "piecewise", "both")),
    "pieces": Integer(2),
    "max_one_hot": Integer(1),
    "smoothing": Real(0),
    "clip": Real(0, open_low=True),
    "missing_indicator": AnyOf((Choice(("auto",)), Flag())),
    "folds": Integer(2),
    "missing_words": Optional(Having("__iter__", "a list of texts")),
    "random_state": Optional(AnyOf((SEED, Having("bit_generator", "a Generator"), Having("randint", "a RandomState")))),
}


@insulated
class TableEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """Encode a table of numbers, booleans, text, dates and durations, with missing values anywhere, as numbers.

    Everything is fitted on the training rows alone. A missing number is replaced by the median and marked by an indicator; an
    unknown category becomes zeros, or the overall mean; a constant column becomes zeros.

    Args:
        numbers: "robust" scales by median and quartiles; "standard" by mean and standard deviation; "quantile" gives the
            share of rows below; "piecewise" the share of each piece between two quantiles that lies below; "both" the
            outputs of "robust" and "piecewise".
        pieces: number of pieces between quantiles, for the last three.
        max_one_hot: number of categories up to which a column is one-hot encoded. A column with more becomes a smoothed
            statistic of the target, or without a target its most frequent categories are one-hot encoded.
        smoothing: number of rows with the overall mean that are added to every category for that statistic.
        clip: bound on the absolute value of scaled numbers and dates. With 3, as in RealMLP (Holzmüller et al. 2024),
            networks on tables with long tails were right more often than with 5 or 10.
        missing_indicator: whether columns get an indicator of missing values: True, False, or "auto" for those in which
            values are missing in training.
        missing_words: texts that stand for a missing value. None takes what pandas, R, SQL and spreadsheets write, such as
            NA, NULL and #N/A; the white space around a text never counts.
        folds: number of folds of the cross-fitting in `fit_transform`.
        random_state: determines the folds.

    Attributes:
        encoding_: the codes of all columns.
        n_features_in_: number of columns of X.
        feature_names_in_: names of the columns, if X had names.

    Examples:
        >>> import polars
        >>> table = polars.DataFrame({"age": [20.0, 40.0, None], "city": ["Oslo", "Rome", "Rome"]})
        >>> encoder = TableEncoder().fit(table)
        >>> encoder.get_feature_names_out().tolist()
        ['age', 'age_missing', 'city_Oslo', 'city_Rome']
        >>> encoder.transform(table)[2].tolist()
        [0.0, 1.0, 0.0, 1.0]
    """

    def __init__(
        self,
        numbers: str = "robust",
        *,
        pieces: int = 16,
        max_one_hot: int = 12,
        smoothing: float = 10.0,
        clip: float = 3.0,
        missing_indicator: bool | str = "auto",
        missing_words: Collection[str] | None = None,
        folds: int = 5,
        random_state: Any = None,
    ) -> None:
        self.numbers = numbers
        self.pieces = pieces
        self.max_one_hot = max_one_hot
        self.smoothing = smoothing
        self.clip = clip
        self.missing_indicator = missing_indicator
        self.missing_words = missing_words
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> TableEncoder:
        """Fit the codes of all columns.

        Args:
            X: any array (n, d) or data frame.
            y: numbers or two classes, (n,), for columns of many categories.
            sample_weight: (n,); a weight of k counts as k copies of the row.

        Raises:
            ValueError, TypeError: settings, columns, labels or weights that can't be used.
        """
        self._learn(self._read(X), y, sample_weight)
        return self

    def fit_transform(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, groups: Any = None, time: Any = None
    ) -> np.ndarray:
        """Fit the codes and encode the training rows, with target statistics from the other folds.

        Args:
            X: any array (n, d) or data frame.
            y: numbers or two classes, (n,), for columns of many categories.
            sample_weight: (n,); a weight of k counts as k copies of the row.
            groups: the group of each row, (n,): a row's statistics come from rows of other groups.
            time: the time of each row, (n,): a row's statistics come from earlier rows.

        Returns:
            (n, k) float64.

        Raises:
            ValueError, TypeError: as `fit`.
        """
        x = self._read(X)
        return self._fit_encode(x, y, sample_weight, dependence=RowDependence.of(groups, time, len(x)))

    def _fit_encode(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        dtype: str = "float64",
        dependence: RowDependence | None = None,
        narrowed: Callable[[Encoding], Encoding] | None = None,
    ) -> np.ndarray:
        """`fit_transform` of columns that are read already.

        Args:
            x: checked columns.
            y: as in `fit`.
            sample_weight: as in `fit`.
            dtype: of the result.
            dependence: groups and times of the rows, or None.
            narrowed: changes the codes before they are applied.
        """
        targets = self._learn(x, y, sample_weight, narrowed)
        # A frame that was just read has the columns and kinds that were learnt from it: nothing to match them with.
        encoded = encode(self.encoding_, x, dtype) if isinstance(x, np.ndarray) else self.encoding_.encode(x, dtype)
        columns = zip(self.encoding_.columns, self.encoding_.starts[:-1], strict=True)
        # a row's own label must not be part of its input
        by_labels = [(code, first) for code, first in columns if code.cross_fitting]
        if by_labels and targets is not None:
            fold, in_time = self._target_folds(targets.y, dependence)
            for code, first in by_labels:
                encoded[:, first] = code.cross_fitted(x[code.name], targets, fold, in_time=in_time)
        return encoded

    def _target_folds(self, y: np.ndarray, dependence: RowDependence | None) -> tuple[np.ndarray, bool]:
        """The fold of each row for statistics of the target, (n,) int64, and whether only earlier folds may be used."""
        seed = seed_of(self.random_state)
        if dependence is None:
            return draw_folds(y, self.folds, np.random.default_rng(seed)), False
        in_time = dependence.time is not None
        # in time the first fold knows nothing of any category, so it is to be short
        count = max(self.folds, PERIODS) if in_time else self.folds
        return dependence.fold_numbers(y.astype(np.int64), count, seed), in_time

    def transform(self, X: Any) -> np.ndarray:
        """Encode rows: (n, k) float64."""
        check_is_fitted(self)
        return encode(self.encoding_, read_columns(self, X, encoded=True, reset=False), "float64")

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the output features, (k,) object; input_features: names of the columns, if they had none in `fit`."""
        from sklearn.utils.validation import _check_feature_names_in

        check_is_fitted(self)
        column_names = _check_feature_names_in(self, input_features)
        names = [
            str(column_name) + name.removeprefix(code.name)
            for column_name, code in zip(column_names, self.encoding_.columns, strict=True)
            for name in code.names
        ]
        return np.array(distinct(names), dtype=object)

    def _read(self, X: Any) -> Any:
        return read_columns(self, X, encoded=True, reset=True)

    def _learn(
        self, x: Any, y: Any, sample_weight: Any, narrowed: Callable[[Encoding], Encoding] | None = None
    ) -> Targets | None:
        """Set the codes; the targets of the rows."""
        check("TableEncoder", {name: getattr(self, name) for name in _RULES}, _RULES)
        weight = None if checked_weight(sample_weight, len(x)) is None else np.array(sample_weight, dtype=np.float64)
        targets = _targets(y, weight, len(x), self.smoothing)
        weighted = slice(None) if weight is None else np.flatnonzero(weight)  # a weight of 0 removes the row
        row_weight = None if weight is None else weight[weighted]
        row_targets = targets if targets is None or weight is None else targets.take(np.flatnonzero(weight))
        settings = EncodingSettings(
            self.numbers,
            self.pieces,
            self.clip,
            self.missing_indicator,
            max_one_hot=self.max_one_hot,
            missing_words=MISSING_WORDS if self.missing_words is None else tuple(self.missing_words),
        )
        codes: Sequence[ColumnCode]
        if isinstance(x, np.ndarray):
            names = [f"x{k}" for k in range(x.shape[1])]
            table = np.ascontiguousarray(x[weighted].T, dtype=np.float64)
            # all columns at once: their quantiles come from one sort
            codes = number_codes(names, table, row_weight, settings)
        else:
            rows = FittedRows(row_weight, row_targets)
            codes = [kind_of(column).fitted(column, settings, rows) for column in x[weighted]]
        _warn_of_empty(x)
        encoding = Encoding(tuple(codes))
        self.encoding_ = encoding if narrowed is None else narrowed(encoding)
        return targets

    def __sklearn_tags__(self) -> Any:
        """The tags by which scikit-learn's tools and checks decide what X may hold."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _targets(y: Any, weight: np.ndarray | None, rows: int, smoothing: float) -> Targets | None:
    """Labels as numbers: two classes as 0 and 1; None where there are none, or too many to mean anything."""
    if y is None:
        return None
    labels = np.asarray(y)
    if labels.shape[:1] != (rows,):
        raise InvalidData(f"X has {rows} rows and y has shape {labels.shape}; there must be one label a row.")
    if labels.ndim != 1:
        return None
    if labels.dtype.kind not in "biuf":
        classes, labels = np.unique(labels.astype(str), return_inverse=True)
        if len(classes) > 2:
            return None
    return Targets(labels.astype(np.float64), np.ones(rows) if weight is None else weight, smoothing)


def _warn_of_empty(x: Any) -> None:
    """Warn of columns without a value, which become constant outputs."""
    if isinstance(x, np.ndarray):
        empty = [f"x{k}" for k in np.flatnonzero(np.isnan(x).all(axis=0))]
    else:
        empty = [column.name for column in x if column.null_count() == len(column)]
    if empty:
        shown = ", ".join(map(repr, empty[:10]))
        warn(f"no row has a value in column {shown}; it is kept and carries no information.")


# Points of a table: its columns as numbers, for what trains on points, such as a study.


@insulated
def points_of_table(table: Table, *, positive: Any = None, encoder: TableEncoder | None = None) -> Points:
    """A table's columns as numbers (n, k) float64, and its labels as 0 and 1.

    The columns are encoded once, from all rows and without their labels. So a study that holds other rows out for every
    seed has the same columns each time; it knows medians and categories of held-out rows, but nothing of their classes.

    Args:
        table: with a target.
        positive: the label of class 1; by default the last in sorted order.
        encoder: how columns become numbers; by default `TableEncoder()`. It is fitted here.

    Raises:
        InvalidData: no target, other than two classes, or no such label.

    Examples:
        >>> import polars
        >>> frame = polars.DataFrame({"age": [20, 40, None], "city": ["Oslo", "Rome", "Rome"], "paid": ["no", "yes", "no"]})
        >>> points = points_of_table(Table.from_frame(frame, "paid"))
        >>> points.x.round(2).tolist(), points.y.tolist()
        ([[0.0, 0.0, 1.0, 0.0], [1.35, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]], [0, 1, 0])
    """
    if table.labels is None:
        raise InvalidData(f"{table.source} was read without a target; name its label column.")
    _, y = classes_of(table, positive)
    x = (encoder or TableEncoder()).fit(table.frame).transform(table.frame)
    return Points(x, y, PurePath(table.source).name)
