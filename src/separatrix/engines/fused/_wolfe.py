"""The line search of L-BFGS: a step that satisfies the strong Wolfe conditions.

With f the loss along a direction, a step t must lower it enough, f(t) <= f(0) + 1e-4 t f'(0), and end where it is flat enough,
|f'(t)| <= 0.9 |f'(0)|. First an interval that holds such a step is bracketed, then it is narrowed by cubic interpolation
(Nocedal & Wright 2006, algorithms 3.5 and 3.6). Bounds and safeguards are those of `torch.optim.LBFGS`, so that both engines
take the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# c1 and c2 of Nocedal & Wright for quasi-Newton directions; `torch.optim.LBFGS` has the same.
ENOUGH_DECREASE, ENOUGH_FLATTER = 1e-4, 0.9
# PyTorch's `tolerance_change`: parameters that move less are not worth another evaluation.
SMALLEST_BRACKET = 1e-9
EDGE = 0.1  # share of the bracket next to its ends in which a second trial in a row is moved inwards


@dataclass(frozen=True, eq=False)
class Trial:
    """One point on the line.

    Attributes:
        t: the step from the start.
        loss: the loss there.
        gradient: the gradient there, (p,).
        slope: its product with the direction.
    """

    t: float
    loss: float
    gradient: np.ndarray
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Trial], start: Trial, first_step: float, length: float, most: int
) -> tuple[Trial, int]:
    """Search along a line for a step that satisfies the strong Wolfe conditions.

    Args:
        evaluate: a step -> the point there.
        start: the point at step 0, whose slope is negative.
        first_step: the step to try first.
        length: the largest component of the direction, by which a bracket counts as small.
        most: number of trials after the first, at most.

    Returns:
        The point with the lowest loss of those that end the search, never above the start, and the number of evaluations.
    """
    low, high, trials, done = _bracket(evaluate, start, first_step, most)
    insufficient = False
    # The bracket is measured by how far a parameter moves across it, whatever the length of the direction.
    while not done and trials < most and abs(high.t - low.t) * length >= SMALLEST_BRACKET:
        t, insufficient = _inside(low, high, insufficient)
        trial = evaluate(t)
        trials += 1
        if not _decreases(trial, start) or trial.loss >= low.loss:
            # Too high: the minimum lies between `low` and this trial, which becomes the far end.
            high = trial
            if high.loss < low.loss:
                low, high = high, low
        else:
            done = abs(trial.slope) <= -ENOUGH_FLATTER * start.slope
            if not done and trial.slope * (high.t - low.t) >= 0:
                # The loss rises from here towards `high`, so the minimum lies on the side of the former `low`.
                high = low
            low = trial
    return low, trials + 1


def _decreases(trial: Trial, start: Trial) -> bool:
    # Negated, as in PyTorch: a loss that is NaN counts as a decrease, so that both engines take the same branch.
    return not trial.loss > start.loss + ENOUGH_DECREASE * trial.t * start.slope


def _bracket(
    evaluate: Callable[[float], Trial], start: Trial, first_step: float, most: int
) -> tuple[Trial, Trial, int, bool]:
    """Two points with a step of the wanted kind between them, the lower first; trials after the first; whether done."""
    previous, trial, trials = start, evaluate(first_step), 0
    while trials < most:
        # `trials > 1` is PyTorch's condition; the book compares with the previous trial one trial earlier.
        if not _decreases(trial, start) or (trials > 1 and trial.loss >= previous.loss):
            break
        if abs(trial.slope) <= -ENOUGH_FLATTER * start.slope:
            return trial, trial, trials, True
        if trial.slope >= 0:
            break
        # PyTorch's bounds: onwards by a hundredth of the last stretch at least, and tenfold at most.
        bounds = (trial.t + 0.01 * (trial.t - previous.t), trial.t * 10)
        previous, trial, trials = trial, evaluate(cubic_minimum(previous, trial, bounds)), trials + 1
    else:
        # Out of trials: PyTorch then brackets with the start instead of the last trial but one.
        previous = start
    ordered = (previous, trial) if previous.loss <= trial.loss else (trial, previous)
    return *ordered, trials, False


def _inside(low: Trial, high: Trial, insufficient: bool) -> tuple[float, bool]:
    """The next step inside the bracket, and whether it is close to an end, where progress is insufficient."""
    left, right = min(low.t, high.t), max(low.t, high.t)
    ends = (low, high) if low.t <= high.t else (high, low)
    t = cubic_minimum(*ends, (left, right))
    edge = EDGE * (right - left)
    if not min(right - t, t - left) < edge:
        return t, False
    if not (insufficient or t >= right or t <= left):
        return t, True
    # Twice in a row next to an end, or on it: a tenth of the bracket inwards, so that the bracket must shrink.
    return (right - edge if abs(t - right) < abs(t - left) else left + edge), False


def cubic_minimum(one: Trial, other: Trial, bounds: tuple[float, float]) -> float:
    """The minimum of the cubic with the losses and slopes of two points, kept within bounds; their middle without one.

    Nocedal & Wright 2006, eq. 3.59.

    Examples:
        >>> nothing = np.zeros(0)
        >>> cubic_minimum(Trial(0.0, 1.0, nothing, -2.0), Trial(2.0, 1.0, nothing, 2.0), (0.0, 2.0))
        1.0
    """
    left, right = (one, other) if one.t <= other.t else (other, one)
    # NumPy's floats: two equal steps then give inf or NaN, where Python's would raise ZeroDivisionError.
    x1, f1, g1, x2, f2, g2 = map(np.float64, (left.t, left.loss, left.slope, right.t, right.loss, right.slope))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1 * d1 - g1 * g2
    # Negated, so that NaN from infinite losses leads to the middle as well.
    if not square >= 0:
        return float(sum(bounds) / 2)
    d2 = np.sqrt(square)
    t = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    return float(min(max(t, bounds[0]), bounds[1]))
