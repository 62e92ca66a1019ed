"""From scores of splits to ranks over tables, paired tests, and groups of methods that no test tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from separatrix.evaluation.statistics.pairs import holm

METRICS = {"log_loss": "log loss", "auc": "AUC", "brier": "Brier", "accuracy": "accuracy"}
BETTER_IF_LARGE = {"auc", "accuracy"}
LEVEL = 0.05
TIE = 1e-9  # a difference no larger is rounding


def coverages(rows: pd.DataFrame) -> list[tuple[list[str], pd.DataFrame]]:
    """What may be compared: methods and their rows on the splits that each of them has, most splits first.

    One entry for each set of splits that a method has: that method and all that have those splits too. A failure counts as
    a result.
    """
    has = {
        name: set(zip(part["table"], part["split"], strict=True)) for name, part in rows.groupby("method", sort=False)
    }
    place = pd.Series(list(zip(rows["table"], rows["split"], strict=True)), index=rows.index)
    found = []
    for splits in sorted({frozenset(each) for each in has.values()}, key=len, reverse=True):
        methods = [name for name, each in has.items() if splits <= each]
        if len(methods) > 1:
            found.append((methods, rows[rows["method"].isin(methods) & place.isin(splits)]))
    return found


def costs(rows: pd.DataFrame, methods: Sequence[str], metric: str) -> pd.DataFrame:
    """Tables × methods: the mean of a metric over the table's splits, turned so that less is better.

    All methods of `rows` must have the same splits. A failure on one of them makes it infinite.
    """
    sign = -1.0 if metric in BETTER_IF_LARGE else 1.0
    value = (sign * rows[metric]).where(rows["status"] == "ok", np.inf)
    return rows.assign(value=value).pivot_table("value", "table", "method", "mean")[list(methods)]


def mean_ranks(cost: pd.DataFrame) -> pd.Series:
    """Method -> the mean over the tables of its rank, 1 for the best; equal costs share their ranks."""
    return cost.rank(axis=1).mean()


@dataclass(frozen=True)
class Duel:
    """One method against another over tables.

    Attributes:
        wins, ties, losses: tables on which the first is better, equal, worse.
        median: of the first's cost less the second's, over tables on which both ran.
        p: Wilcoxon's signed-rank test, two-sided.
        adjusted: p, adjusted for as many duels as were held together (Holm).
    """

    first: str
    second: str
    wins: int
    ties: int
    losses: int
    median: float
    p: float
    adjusted: float


def duels(cost: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> list[Duel]:
    """These pairs, with p-values adjusted for all of them."""
    tried = [signed_rank(cost[a].to_numpy(), cost[b].to_numpy()) for a, b in pairs]
    done = []
    for (a, b), p, adjusted in zip(pairs, tried, holm(tried), strict=True):
        less = difference(cost[a].to_numpy(), cost[b].to_numpy())
        counts = [int(np.sum(less < -TIE)), int(np.sum(np.abs(less) <= TIE)), int(np.sum(less > TIE))]
        done.append(Duel(a, b, *counts, float(np.median(less)), p, adjusted))
    return done


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a - b (t,), 0 where both failed."""
    both = np.isinf(a) & np.isinf(b)
    return np.subtract(a, b, out=np.zeros_like(a), where=~both)


def signed_rank(a: np.ndarray, b: np.ndarray) -> float:
    """The two-sided p of Wilcoxon's signed-rank test; 1 where nothing differs. A failure is the largest difference."""
    less = difference(a, b)
    less = np.where(np.abs(less) <= TIE, 0.0, less)
    if not less.any():
        return 1.0
    largest = np.abs(less[np.isfinite(less)]).max(initial=0.0)
    return float(wilcoxon(np.clip(less, -largest - 1, largest + 1), zero_method="pratt").pvalue)


def cliques(cost: pd.DataFrame) -> list[tuple[str, ...]]:
    """Groups of methods, neighbours in mean rank, in which no pair differs at the level of 5% after Holm's adjustment."""
    order = list(mean_ranks(cost).sort_values(kind="stable").index)
    pairs = list(combinations(order, 2))
    differs = {(duel.first, duel.second) for duel in duels(cost, pairs) if duel.adjusted < LEVEL}
    runs: list[tuple[int, int]] = []
    for start in range(len(order)):
        end = start
        while end + 1 < len(order) and all((order[k], order[end + 1]) not in differs for k in range(start, end + 1)):
            end += 1
        if end > start and not (runs and end <= runs[-1][1]):
            runs.append((start, end))
    return [tuple(order[start : end + 1]) for start, end in runs]


def worse_than(cost: pd.DataFrame, method: str, other: str) -> list[str]:
    """Tables on which a method costs more than another."""
    return list(cost.index[difference(cost[method].to_numpy(), cost[other].to_numpy()) > TIE])


def calibration_error(rows: pd.DataFrame) -> float:
    """The mean distance of forecasts and what came, over ten bins of equal width, each weighted by its rows."""
    count, forecast, came = (np.sum([*rows[f"bin_{name}"]], axis=0) for name in ("rows", "forecasts", "positives"))
    return float(np.abs(forecast - came).sum() / count.sum())
