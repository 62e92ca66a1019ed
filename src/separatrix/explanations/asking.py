"""Asking a classifier: which of its columns is class 1, and rows drawn where there are too many to ask about all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.constraints import nearest
from separatrix.errors import InvalidData, InvalidParameter

if TYPE_CHECKING:
    import polars


class TablePredictor(Protocol):
    """Anything that gives probabilities for the rows of a frame, as scikit-learn does."""

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of both classes: a frame of n rows -> (n, 2)."""
        ...


def asked(predictor: TablePredictor, frame: polars.DataFrame, positive: int) -> np.ndarray:
    """The probability of the positive class for each row, (n,) float64.

    Raises:
        InvalidData: `predict_proba` doesn't give two columns, or gives something else than probabilities.
    """
    found = np.asarray(predictor.predict_proba(frame), np.float64)
    if found.shape != (frame.height, 2):
        raise InvalidData(f"predict_proba must give two columns, shape {(frame.height, 2)}, got {found.shape}.")
    _refuse_infinite(found)
    return found[:, positive]


def asked_all(
    predictor: TablePredictor, members: Sequence[TablePredictor], frame: polars.DataFrame, positive: int
) -> np.ndarray:
    """The probability of the positive class for each row, by the predictor and then by its members: (1 + m, n) float64.

    A predictor with a method `predict_all`, frame of n rows -> (1 + m, n, 2), answers for its members itself.

    Raises:
        InvalidData: as `asked`.
    """
    together = getattr(predictor, "predict_all", None)
    if together is None:
        return np.array([asked(each, frame, positive) for each in (predictor, *members)])
    found = np.asarray(together(frame), np.float64)
    _refuse_infinite(found)
    return np.asarray(found[:, :, positive])


def _refuse_infinite(found: np.ndarray) -> None:
    if not np.isfinite(found).all():
        raise InvalidData("predict_proba gave NaN or an infinity; nothing can be explained from that.")


def drawn(n: int, most: int, seed: int) -> np.ndarray:
    """Numbers of at most `most` of n rows, drawn without repetition and in order, (m,) int64.

    >>> drawn(3, 5, seed=0)
    array([0, 1, 2])
    """
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def refuse_unknown(names: tuple[str, ...], frame: polars.DataFrame) -> None:
    """Raise `InvalidParameter` for a name that is no column, with the nearest that is."""
    for name in names:
        if name not in frame.columns:
            raise InvalidParameter(f"there is no column {name!r}.{nearest(name, frame.columns)}")
