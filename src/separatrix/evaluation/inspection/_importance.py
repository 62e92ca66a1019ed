"""Permutation importance: the AUC that is lost when the values of one column are permuted (Breiman 2001)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.frames import as_frame
from separatrix.evaluation.inspection._asking import TablePredictor, draw_rows, positive_probability
from separatrix.evaluation.scores import NORMAL_95, placements, scored, variance_of_auc
from separatrix.support.constraints import SEED, Integer, Rule, check
from separatrix.support.surroundings import insulated

if TYPE_CHECKING:
    import polars

MOST_ROWS = 2_000
FEWEST_ROWS = 200
ROWS_AT_ONCE, CELLS_AT_ONCE = 16_384, 2_000_000  # a call costs what some hundred rows do, more where columns are many
MOST_CELLS = 200_000_000  # of all predicted tables together; a cell takes some nanoseconds
_RULES: dict[str, Rule] = {"repeats": Integer(1, 1000), "positive": Integer(0, 1), "seed": SEED}


@dataclass(frozen=True, eq=False)
class Importance:
    """The loss of AUC per column.

    Attributes:
        names: of the columns, in the table's order.
        mean: AUC lost, averaged over the permutations, (d,) float64; about 0 for a column that isn't used.
        low: lower ends of 95% intervals, (d,).
        high: upper ends, (d,).
        auc: of the unchanged rows.
        rows: number of rows.
        repeats: number of permutations of each column.
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


@insulated
def importance_of(
    predictor: TablePredictor,
    frame: Any,
    y: np.ndarray,
    *,
    repeats: int = 10,
    positive: int = 1,
    seed: int = 0,
) -> Importance:
    """Permutation importance of every column, measured by the AUC.

    The interval is of the loss on rows like these: DeLong, DeLong & Clarke-Pearson's (1988) for the paired difference of
    two AUCs, widened by the variance over permutations. With the same seed, rows and permutations the mean is that of
    scikit-learn's `permutation_importance(…, scoring="roc_auc")`. At most 2,000 rows are used, and
    fewer where there are more than 80 columns.

    Args:
        predictor: a fitted classifier of such frames.
        frame: rows that it wasn't trained on, (n, d), in a frame of any library; the predictor is given them in one of
            polars.
        y: their labels as 0 and 1, (n,).
        repeats: number of permutations of each column; fewer where there are more than 80 columns.
        positive: which column of `predict_proba` belongs to label 1.
        seed: of the permutations, and of the draw of rows.

    Raises:
        InvalidData: rows of one class only, labels other than 0 and 1, or `predict_proba` returns unusable values.
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
    frame = as_frame(frame)
    check("importance_of", {"repeats": repeats, "positive": positive, "seed": seed}, _RULES)
    rows, repeats = _sizes(frame.height, frame.width, repeats)
    sample = draw_rows(frame.height, rows, seed)
    # drawn before the first prediction, so that the lost AUC is that of the very rows that are permuted
    frame, y = frame[sample], np.asarray(y)[sample]
    before = positive_probability(predictor, frame, positive)
    y = scored(y, before).y  # checked
    permutations = _permutations(len(y), repeats, seed)
    at_first, auc = placements(before[None], y)
    mean, error = np.zeros(frame.width), np.zeros(frame.width)
    for k, permuted in enumerate(_permuted_predictions(predictor, frame, permutations, positive)):
        now, lower = placements(permuted, y)
        mean[k] = round(float(auc[0] - lower.mean()), 12)  # sums of equal numbers in another order differ by 1e-17
        error[k] = round(_error(at_first[0] - now.mean(0), y, lower), 12)
    low, high = mean - NORMAL_95 * error, mean + NORMAL_95 * error
    return Importance(tuple(frame.columns), mean, low, high, float(auc[0]), len(y), repeats)


def _permuted_predictions(
    predictor: TablePredictor, frame: polars.DataFrame, permutations: np.ndarray, positive: int
) -> Iterator[np.ndarray]:
    """Probabilities with one column permuted, (repeats, n), column by column; several columns share one call."""
    import polars

    # all permutations of a column go into one frame, for a call costs what hundreds of rows do
    copies = polars.concat([frame] * len(permutations), rechunk=True)
    some = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // frame.width) // copies.height)
    for first in range(0, frame.width, some):
        names = frame.columns[first : first + some]
        changed = polars.concat(
            [copies.with_columns(frame[name].gather(permutations.ravel())) for name in names], rechunk=True
        )
        yield from positive_probability(predictor, changed, positive).reshape(len(names), *permutations.shape)


def _sizes(n: int, d: int, repeats: int) -> tuple[int, int]:
    """Numbers of rows and permutations for which the cells of all predicted tables stay bounded."""
    if d > 80:
        repeats = min(repeats, 5 if d <= 250 else 2)
    # d columns are permuted in tables of d columns each, so the cells grow with d²
    return min(n, MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // (repeats * max(d, 1) ** 2))), repeats


def _permutations(n: int, repeats: int, seed: int) -> np.ndarray:
    """The row whose value each row gets, (repeats, n). Each permutation acts on the one before, as in scikit-learn."""
    # scikit-learn draws a seed from its generator first; without that draw the permutations are others
    first = np.random.RandomState(seed % 2**32).randint(np.iinfo(np.int32).max + 1)
    stream, index = np.random.RandomState(first), np.arange(n)
    permutations, last = np.empty((repeats, n), np.int64), np.arange(n)
    for k in range(repeats):
        stream.shuffle(index)
        permutations[k] = last = last[index]
    return permutations


def _error(difference: np.ndarray, y: np.ndarray, permutations: np.ndarray) -> float:
    """Standard error of a loss of AUC: from the rows' placements, and from the mean over the permutations."""
    # the mean over permutations is itself a draw, and its variance falls with their number
    chance = permutations.var(ddof=1) / len(permutations) if len(permutations) > 1 else 0.0
    return float(np.sqrt(variance_of_auc(difference, y) + chance))
