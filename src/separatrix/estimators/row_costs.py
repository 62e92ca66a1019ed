"""Costs of errors that differ by row: columns and functions as numbers, and the decisions that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from separatrix.data.frames import collected, is_frame
from separatrix.errors import InvalidData
from separatrix.evaluation.costs import checked_row_costs, weighted_probability
from separatrix.support.constraints import nearest


def costs_of_rows(costs: Mapping[str, Any], X: Any) -> dict[str, Any]:
    """The costs of both errors for the rows of a table: a number, or (n,) float64.

    Args:
        costs: checked.
        X: the table as the user passed it.

    Raises:
        InvalidData: a column is missing, or the costs aren't finite numbers of at least 0, one for each row.
    """
    values: dict[str, Any] = {}
    for name, cost in costs.items():
        if isinstance(cost, str):
            values[name] = checked_row_costs(name, _column(X, cost), _num_samples(X))
        else:
            values[name] = checked_row_costs(name, cost(X), _num_samples(X)) if callable(cost) else float(cost)
    return values


def _column(X: Any, name: str) -> Any:
    if not is_frame(X):
        raise InvalidData(
            f"the costs are in column {name!r}, so X must be a data frame with it, got {type(X).__name__}."
        )
    import narwhals.stable.v2 as nw  # only now: arrays do without it

    frame: Any = nw.from_native(collected(X))
    if name not in frame.columns:
        raise InvalidData(f"the costs are in column {name!r}, which X lacks.{nearest(name, frame.columns)}")
    return frame[name].cast(nw.Float64).fill_null(float("nan")).to_numpy()


def positive_rows(classifier: Any, X: Any, column: int) -> np.ndarray:
    """Whether a fitted classifier predicts each row as the class of one column of `predict_proba`, (n,) bool.

    Args:
        classifier: with its threshold and costs settled.
        X: a table with the columns of `fit`, and those of the costs.
        column: 0 or 1.
    """
    return np.asarray(classifier._is_second(X) == bool(column))


def cheaper_as_positive(probability: np.ndarray, costs: Mapping[str, Any], X: Any, column: int) -> np.ndarray:
    """Whether each row is the cheaper one to predict as the class of one column, if the probabilities are right, (n,) bool.

    Args:
        probability: of that class, (n,).
        costs: checked; a false positive is a row of the first class that is predicted as the second.
        X: a table with the columns of the costs.
        column: 0 or 1.
    """
    of_second = probability if column else 1 - probability
    return np.asarray((weighted_probability(of_second, **costs_of_rows(costs, X)) > 0.5) == bool(column))
