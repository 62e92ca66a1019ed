"""Decisions by what errors cost: the cheapest threshold, curves of cost and of net benefit, and rows left undecided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.scores import NORMAL_95, Scored
from separatrix.evaluation.statistics.shares import Share, share
from separatrix.evaluation.thresholds import best_threshold, counts_at_thresholds
from separatrix.support.constraints import Integer, Real, Rule, check, nearest

ERRORS = ("false_positive", "false_negative")
COST: Rule = Real(0, open_low=True)


def checked_costs(costs: Mapping[str, Any]) -> dict[str, Any]:
    """What a false positive and a false negative cost; the one that isn't named costs 1.

    Args:
        costs: by the names in ERRORS: a number above 0, the name of a column, or a function of the table.

    Raises:
        InvalidParameter: another name or value.

    Examples:
        >>> checked_costs({"false_negative": 12})
        {'false_positive': 1.0, 'false_negative': 12}
    """
    example = "costs={'false_positive': 1, 'false_negative': 12}"
    if not isinstance(costs, Mapping) or not costs:
        raise InvalidParameter(f"costs must be a dict such as {example}, got {costs!r}.")
    for name, cost in costs.items():
        if name not in ERRORS:
            raise InvalidParameter(f"costs: {name!r} is no kind of error; write {example}.{nearest(str(name), ERRORS)}")
        if not isinstance(cost, str) and not callable(cost):
            check("costs", {name: cost}, {name: COST})
    return {name: costs.get(name, 1.0) for name in ERRORS}


def checked_row_costs(name: str, values: Any, n: int) -> np.ndarray:
    """The cost of an error in each row, (n,) float64.

    Raises:
        InvalidData: not n finite numbers of at least 0.
    """
    try:
        cost = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidData(f"the costs of a {name.replace('_', ' ')} must be numbers: {error}.") from error
    if cost.shape not in ((), (n,)):
        raise InvalidData(
            f"the costs of a {name.replace('_', ' ')} must be one for each of {n} rows, got {cost.shape}."
        )
    wrong = np.flatnonzero(~(np.isfinite(cost) & (cost >= 0)))
    if len(wrong):
        raise InvalidData(
            f"the costs of a {name.replace('_', ' ')} must be finite and at least 0, but that of row {wrong[0] + 1} is "
            f"{np.atleast_1d(cost)[wrong[0]]}."
        )
    return np.broadcast_to(cost, (n,))


def weighted_probability(probability: np.ndarray, false_positive: Any, false_negative: Any) -> np.ndarray:
    """The share of class 1 in the expected cost of a wrong decision, in [0, 1].

    Above one half class 1 is the cheaper decision (Elkan 2001, "The foundations of cost-sensitive learning").

    Args:
        probability: of class 1, (n,).
        false_positive: the cost of a false positive, a number or (n,).
        false_negative: likewise of a false negative.

    Examples:
        >>> weighted_probability(np.array([0.1, 0.2]), 1, 4).round(3).tolist()
        [0.308, 0.5]
    """
    missed, alarmed = probability * false_negative, (1 - probability) * false_positive
    total = missed + alarmed
    # where no error costs anything the probability decides
    return np.asarray(np.divide(missed, total, out=np.array(probability, np.float64), where=total > 0))


def unweighted_threshold(threshold: float, false_positive: float, false_negative: float) -> float:
    """The threshold on the probability that is this threshold on `weighted_probability`, with the same costs in all rows.

    >>> unweighted_threshold(0.5, 1, 4)
    0.2
    """
    of_class_1 = threshold * false_positive
    return of_class_1 / (of_class_1 + (1 - threshold) * false_negative)


def cheapest_threshold(
    probability: np.ndarray, y: np.ndarray, weight: np.ndarray | None, false_positive: Any, false_negative: Any
) -> float:
    """The threshold on `weighted_probability` at which errors cost least; of equally cheap ones the nearest to 0.5.

    Args:
        probability: of class 1, for rows that weren't trained on, (n,).
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.
        false_positive: the cost of a false positive, a number or (n,).
        false_negative: likewise of a false negative.

    Examples:
        >>> p, y = np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 1, 0, 1])
        >>> t = cheapest_threshold(p, y, None, 1, 5)
        >>> round(unweighted_threshold(t, 1, 5), 3)
        0.144
    """
    cost = np.where(y == 1, false_negative, false_positive) * (1.0 if weight is None else weight)
    # the share of the costs that right decisions avoid is the accuracy with costs as weights
    if not cost.sum() > 0:
        return 0.5
    return best_threshold(weighted_probability(probability, false_positive, false_negative), y, cost, "accuracy")


@dataclass(frozen=True, eq=False)
class CostCurve:
    """The mean cost of a row at every threshold, beside the costs of deciding without a model.

    Attributes:
        threshold: rising, (k,).
        cost: mean cost of a row, (k,).
        low: lower ends of its 95% intervals over rows, (k,).
        high: upper ends, (k,).
        all_positive: mean cost if every row is predicted as class 1.
        all_negative: mean cost if every row is predicted as class 0.
        best: the cheapest threshold, a float.
        false_positive: cost of a false positive.
        false_negative: cost of a false negative.
    """

    threshold: np.ndarray
    cost: np.ndarray
    low: np.ndarray
    high: np.ndarray
    all_positive: float
    all_negative: float
    best: float
    false_positive: float
    false_negative: float

    def at(self, threshold: float) -> float:
        """The mean cost of a row at a threshold."""
        return float(np.interp(threshold, self.threshold, self.cost))


NODES: Rule = Integer(2, 100_000)


def _rates(rows: Scored, threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of all rows that are true positives and false positives at thresholds, each (k,)."""
    counts = counts_at_thresholds(rows.probability, rows.y)
    reached = np.searchsorted(-counts.threshold, -threshold, side="right") - 1
    return counts.true_positive[reached] / len(rows), counts.false_positive[reached] / len(rows)


def compute_costs(
    rows: Scored, false_positive: float = 1.0, false_negative: float = 1.0, nodes: int = 401
) -> CostCurve:
    """The mean cost of a row at `nodes` even thresholds from 0 to 1; the best is searched over every threshold.

    Raises:
        InvalidParameter: a cost that isn't above 0, or `nodes` isn't a whole number of at least 2.

    Examples:
        >>> from separatrix.evaluation.scores import scored
        >>> curve = compute_costs(scored([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), false_negative=10)
        >>> round(curve.best, 3), curve.at(0.25), curve.all_positive, curve.all_negative
        (0.179, 0.25, 0.5, 5.0)
    """
    values = {"false_positive": false_positive, "false_negative": false_negative, "nodes": nodes}
    check("compute_costs", values, {"false_positive": COST, "false_negative": COST, "nodes": NODES})
    threshold = np.linspace(0, 1, nodes)
    true_positive, alarms = _rates(rows, threshold)
    prevalence = float(rows.y.mean())
    missed = prevalence - true_positive
    cost = missed * false_negative + alarms * false_positive
    # a row costs one of three sums; their variance is the mean square less the square of the mean
    variance = missed * false_negative**2 + alarms * false_positive**2 - cost**2
    half = NORMAL_95 * np.sqrt(np.maximum(variance, 0) / len(rows))
    weighted = cheapest_threshold(rows.probability, rows.y, None, false_positive, false_negative)
    return CostCurve(
        threshold,
        cost,
        np.maximum(cost - half, 0),
        cost + half,
        all_positive=(1 - prevalence) * false_positive,
        all_negative=prevalence * false_negative,
        best=unweighted_threshold(weighted, false_positive, false_negative),
        false_positive=float(false_positive),
        false_negative=float(false_negative),
    )


@dataclass(frozen=True, eq=False)
class NetBenefit:
    """Decision curve: the net benefit of acting on a prediction, by the probability from which on one would act.

    Attributes:
        threshold: probability from which on one acts, rising, (k,); at a threshold t, one action for nothing weighs as much
            as (1 - t) / t missed cases.
        benefit: true positives less weighted false positives, in shares of all rows, (k,).
        low: lower ends of its 95% intervals over rows, (k,).
        high: upper ends, (k,).
        treat_all: net benefit if one acts on every row, (k,); that of acting on none is 0.
    """

    threshold: np.ndarray
    benefit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    treat_all: np.ndarray

    def useful(self) -> tuple[float, float] | None:
        """The widest range of thresholds in which the model beats acting on all rows and on none; None without one."""
        better = self.benefit > np.maximum(self.treat_all, 0) + 1e-12
        edges = np.flatnonzero(np.diff(np.concatenate([[False], better, [False]]).astype(int)))
        if not len(edges):
            return None
        first, last = max(zip(edges[::2], edges[1::2] - 1, strict=True), key=lambda ends: ends[1] - ends[0])
        return float(self.threshold[first]), float(self.threshold[last])


def compute_net_benefit(rows: Scored, nodes: int = 199) -> NetBenefit:
    """Decision curve analysis (Vickers & Elkin 2006) at `nodes` even thresholds between 0 and 1, the ends left out.

    Raises:
        InvalidParameter: `nodes` isn't a whole number of at least 2.

    Examples:
        >>> from separatrix.evaluation.scores import scored
        >>> curve = compute_net_benefit(scored([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), nodes=3)
        >>> curve.threshold.tolist(), curve.benefit.round(3).tolist(), curve.treat_all.round(3).tolist()
        ([0.25, 0.5, 0.75], [0.417, 0.25, 0.25], [0.333, 0.0, -1.0])
    """
    check("compute_net_benefit", {"nodes": nodes}, {"nodes": NODES})
    threshold = np.linspace(0, 1, nodes + 2)[1:-1]
    odds = threshold / (1 - threshold)
    true_positive, false_positive = _rates(rows, threshold)
    benefit = true_positive - false_positive * odds
    variance = true_positive + false_positive * odds**2 - benefit**2  # of a row: 1, -odds or 0
    half = NORMAL_95 * np.sqrt(np.maximum(variance, 0) / len(rows))
    prevalence = float(rows.y.mean())
    return NetBenefit(threshold, benefit, benefit - half, benefit + half, prevalence - (1 - prevalence) * odds)


@dataclass(frozen=True)
class UnsureBand:
    """Probabilities between which a row is left undecided, so that the decided ones are rarely wrong.

    Attributes:
        low: rows with a lower probability of class 1 are decided as class 0.
        high: rows with at least this probability are decided as class 1; infinite if no row can be.
        coverage: the share of rows that are decided, with its interval.
        error: the share of the decided rows that are decided wrongly, with its interval.
        error_without: the share of wrong decisions without a band.
    """

    low: float
    high: float
    coverage: Share
    error: Share
    error_without: Share

    def unsure(self, probability: np.ndarray) -> np.ndarray:
        """Which rows are left undecided, (n,) bool."""
        return np.asarray((probability >= self.low) & (probability < self.high))

    def sentence(self) -> str:
        """In words.

        >>> y, p = np.array([0] * 90 + [1] * 90), np.repeat([0.1, 0.4, 0.9, 0.1, 0.4, 0.9], [60, 28, 2, 2, 28, 60])
        >>> print(unsure_band(p, y, 0.04).sentence())
        Between 0.250 and 0.650 a row is left undecided: 124 of 180 rows are decided, 4 of them wrongly (3.2%).
        """
        if not self.error.runs:
            return "No row can be decided with so few errors."
        ends = f"Between {self.low:.3f} and {min(self.high, 1.0):.3f} a row is left undecided"
        return (
            f"{ends}: {self.coverage.successes:,} of {self.coverage.runs:,} rows are decided, {self.error.successes:,} of "
            f"them wrongly ({self.error.value:.1%})."
        )


def unsure_band(
    probability: np.ndarray, y: np.ndarray, error: float, *, threshold: float = 0.5, weight: np.ndarray | None = None
) -> UnsureBand:
    """The narrowest band around a threshold outside of which, on either side, at most this share of decisions is wrong.

    Args:
        probability: of class 1, for rows that weren't trained on, (n,).
        y: labels 0 and 1, (n,).
        error: the largest share of wrong ones among the rows decided as class 0, and among those decided as class 1.
        threshold: of the decision without a band.
        weight: weights of the rows, (n,), or None; with weights the numbers of rows in the result are rounded shares.

    Raises:
        InvalidParameter: an error outside (0, 1).
    """
    check("unsure_band", {"error": error}, {"error": Real(0, 1, open_low=True, open_high=True)})
    weight = np.ones(len(y)) if weight is None else weight / weight.mean()
    low = max(0.0, min(threshold, 1 - _end(1 - probability, 1 - y, weight, error)))
    high = max(threshold, _end(probability, y, weight, error))
    decided, positive = (probability < low) | (probability >= high), probability >= high
    wrong = decided & (positive != (y == 1))
    without = (probability >= threshold) != (y == 1)
    n_decided = round(float(weight[decided].sum()))
    return UnsureBand(
        low,
        high,
        share(n_decided, len(y)),
        share(min(round(float(weight[wrong].sum())), n_decided), n_decided),
        share(round(float(weight[without].sum())), len(y)),
    )


def _end(probability: np.ndarray, y: np.ndarray, weight: np.ndarray, error: float) -> float:
    """The lowest threshold from which on at most this share of rows is of class 0; infinite without one."""
    counts = counts_at_thresholds(probability, y, weight)
    predicted = counts.true_positive + counts.false_positive
    good = np.flatnonzero(counts.false_positive[1:] <= error * predicted[1:]) + 1
    if not len(good):
        return float("inf")
    last = int(good[-1])
    below = counts.threshold[last + 1] if last + 1 < len(counts.threshold) else 0.0
    return float((counts.threshold[last] + below) / 2)
