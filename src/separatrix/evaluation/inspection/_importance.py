"""Permutation importance: how much of the AUC is lost when one column's values are dealt out anew (Breiman 2001)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.evaluation.inspection._asking import TablePredictor, asked, drawn
from separatrix.evaluation.scores import NORMAL_95, placements, scored, variance_of_auc
from separatrix.support.constraints import SEED, Integer, Rule, check

if TYPE_CHECKING:
    import polars

MOST_ROWS = 2_000
FEWEST_ROWS = 200
ROWS_AT_ONCE, CELLS_AT_ONCE = 16_384, 2_000_000  # a call costs what some hundred rows do, more where columns are many
MOST_CELLS = 200_000_000  # of all tables asked about together; a cell takes some nanoseconds
_RULES: dict[str, Rule] = {"repeats": Integer(1, 1000), "positive": Integer(0, 1), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Importance:
    """The loss of AUC per column.

    Attributes:
        names: of the columns, in the table's order.
        mean: AUC lost, averaged over the repetitions, (d,) float64; about 0 for a column that isn't used.
        low: lower ends of 95 % intervals, (d,).
        high: upper ends, (d,).
        auc: of the untouched rows.
        rows: how many were asked about.
        repeats: how often each column was dealt out.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    auc: float
    rows: int
    repeats: int

    def order(self) -> list[int]:
        """Numbers of the columns, the most important first."""
        return [int(k) for k in np.argsort(-self.mean, kind="stable")]


def importance_of(
    predictor: TablePredictor,
    frame: polars.DataFrame,
    y: np.ndarray,
    *,
    repeats: int = 10,
    positive: int = 1,
    seed: int = 0,
) -> Importance:
    """How much AUC the classifier loses without what a column says.

    The interval is of the loss on rows like these: DeLong, DeLong & Clarke-Pearson's (1988) for the paired difference of
    two AUCs, widened by the chance in the dealing. With the same seed, rows and repetitions the mean is that of
    scikit-learn's `permutation_importance(…, scoring="roc_auc")`. Large tables: at most 2,000 rows are asked about, of
    more than 80 columns fewer.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows that it wasn't trained on, (n, d).
        y: their labels as 0 and 1, (n,).
        repeats: how often each column is dealt out; less often where there are more than 80 columns.
        positive: which column of `predict_proba` belongs to label 1.
        seed: of the dealing, and of the draw of rows.

    Raises:
        InvalidData: rows of one class only, labels other than 0 and 1, or what `predict_proba` gives is unusable.
        InvalidParameter: a setting out of range.

    Examples:
        >>> import polars
        >>> class First:
        ...     def predict_proba(self, x):
        ...         p = x["a"].to_numpy()
        ...         return np.column_stack([1 - p, p])
        >>> y = np.array([0, 1] * 50)
        >>> found = importance_of(First(), polars.DataFrame({"a": y * 1.0, "b": np.arange(100.0)}), y)
        >>> found.auc, bool(found.low[0] > 0.3), found.mean[1]
        (1.0, True, np.float64(0.0))
    """
    check("importance_of", {"repeats": repeats, "positive": positive, "seed": seed}, _RULES)
    rows, repeats = _sizes(frame.height, frame.width, repeats)
    few = drawn(frame.height, rows, seed)
    frame, y = frame[few], np.asarray(y)[few]
    before = asked(predictor, frame, positive)
    y = scored(y, before).y  # checked
    dealt = _dealt(len(y), repeats, seed)
    at_first, auc = placements(before[None], y)
    mean, error = np.zeros(frame.width), np.zeros(frame.width)
    for k, found in enumerate(_asked_about_each(predictor, frame, dealt, positive)):
        now, lower = placements(found, y)
        mean[k] = round(float(auc[0] - lower.mean()), 12)  # sums of equal numbers in another order differ by 1e-17
        error[k] = round(_error(at_first[0] - now.mean(0), y, lower), 12)
    low, high = mean - NORMAL_95 * error, mean + NORMAL_95 * error
    return Importance(tuple(frame.columns), mean, low, high, float(auc[0]), len(y), repeats)


def _asked_about_each(
    predictor: TablePredictor, frame: polars.DataFrame, dealt: np.ndarray, positive: int
) -> Iterator[np.ndarray]:
    """Probabilities with one column dealt out, (repeats, n), column by column; several of them are asked about at once."""
    import polars

    copies = polars.concat([frame] * len(dealt), rechunk=True)
    some = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // frame.width) // copies.height)
    for first in range(0, frame.width, some):
        names = frame.columns[first : first + some]
        changed = polars.concat(
            [copies.with_columns(frame[name].gather(dealt.ravel())) for name in names], rechunk=True
        )
        yield from asked(predictor, changed, positive).reshape(len(names), *dealt.shape)


def _sizes(n: int, d: int, repeats: int) -> tuple[int, int]:
    """Rows and repetitions so that the cells asked about stay bounded."""
    if d > 80:
        repeats = min(repeats, 5 if d <= 250 else 2)
    return min(n, MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // (repeats * max(d, 1) ** 2))), repeats


def _dealt(n: int, repeats: int, seed: int) -> np.ndarray:
    """Which row's value each row gets, (repeats, n): what was dealt is dealt on, as scikit-learn does it."""
    first = np.random.RandomState(seed % 2**32).randint(np.iinfo(np.int32).max + 1)
    stream, index = np.random.RandomState(first), np.arange(n)
    dealt, last = np.empty((repeats, n), np.int64), np.arange(n)
    for k in range(repeats):
        stream.shuffle(index)
        dealt[k] = last = last[index]
    return dealt


def _error(difference: np.ndarray, y: np.ndarray, dealt: np.ndarray) -> float:
    """Standard error of a loss of AUC: of the rows' placements, and of the mean over the dealings."""
    chance = dealt.var(ddof=1) / len(dealt) if len(dealt) > 1 else 0.0
    return float(np.sqrt(variance_of_auc(difference, y) + chance))
