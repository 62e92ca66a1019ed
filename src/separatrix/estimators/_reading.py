"""What an estimator is given, read and checked: columns against those of fit, labels, weights, a validation set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import fitting
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._rows import Rows, coded, labels, mass_of, split_target, two_classes, weighted
from separatrix.estimators.encoding._reading import read_columns
from separatrix.estimators.encoding.encoding import encode

if TYPE_CHECKING:
    from separatrix.estimators.encoding.encoding import Encoding

REMEMBERED = ("n_features_in_", "feature_names_in_")


@contextmanager
def columns_kept(estimator: Any) -> Iterator[None]:
    """After an error the estimator remembers the columns that it did before."""
    before = {name: value for name, value in vars(estimator).items() if name in REMEMBERED}
    try:
        yield
    except BaseException:
        for name in REMEMBERED:
            vars(estimator).pop(name, None)
        vars(estimator).update(before)
        raise


def read_rows(
    estimator: Any, x: Any, y: Any, sample_weight: Any, *, fresh: bool, classes: np.ndarray | None = None
) -> tuple[Rows, np.ndarray]:
    """Rows with labels and weights, and the classes; those given, or the two that y holds.

    Raises:
        ValueError, TypeError: as `read_columns`; labels or weights that can't be used.
    """
    if y is None:
        raise InvalidData(f"{type(estimator).__name__} requires y to be passed, but the target y is None.")
    columns = read_columns(estimator, x, encoded=estimator.encoder is not None, fresh=fresh)
    found = labels(y, len(columns))
    kept = two_classes(found) if classes is None else classes
    rows = weighted(Rows(columns, coded(found, kept)), sample_weight)
    if classes is None and not mass_of(rows).all():
        raise InvalidData("a classifier can't be trained on one class: all rows of the other class have weight 0.")
    return rows, kept


def read_validation(
    estimator: Any, x: Any, y: Any, sample_weight: Any, target: str | None, classes: np.ndarray
) -> Rows | None:
    """The caller's own validation set, or None; target: the column to take its labels from where y is None.

    Raises:
        InvalidParameter: half of one.
        ValueError, TypeError: as `read_rows`.
    """
    if x is None:
        if y is not None or sample_weight is not None:
            raise InvalidParameter("y_val and sample_weight_val need X_val.")
        return None
    x, y, _ = split_target(x, target if y is None else y)
    if y is None:
        raise InvalidParameter("X_val needs y_val, its labels.")
    columns = read_columns(estimator, x, encoded=estimator.encoder is not None, fresh=False)
    return weighted(Rows(columns, coded(labels(y, len(columns)), classes)), sample_weight, "sample_weight_val")


# The estimator's way from a table to numbers: an encoder fitted to training rows, its codes applied to all others.


def fit_encoding(encoder: Any, rows: Rows, dtype: str, seed: int) -> tuple[Encoding | None, Rows]:
    """The encoding fitted to these rows, and the rows encoded.

    Statistics of the target are cross-fitted for these rows: a row's own label isn't in its numbers.

    Args:
        encoder: "auto", an unfitted encoder, or None for numbers as they are.
        rows: training rows.
        dtype: of the numbers that come out.
        seed: from which an automatic encoder draws.
    """
    if encoder is None:
        return None, Rows(encode(None, rows.x, dtype), rows.y, rows.weight)
    from sklearn.base import clone

    from separatrix.estimators.encoding.encoder import TableEncoder

    fresh = TableEncoder(random_state=seed) if isinstance(encoder, str) else clone(encoder)
    if isinstance(fresh, TableEncoder):  # the columns are checked already
        made = fresh._fit_encode(rows.x, rows.y, rows.weight)
    else:
        made = fresh.fit_transform(rows.x, rows.y, sample_weight=rows.weight)
    return fresh.encoding_, Rows(fitting(np.asarray(made), dtype), rows.y, rows.weight)


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """The rows as the network takes them."""
    return Rows(encode(encoding, rows.x, dtype), rows.y, rows.weight)
