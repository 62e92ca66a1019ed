"""L-BFGS as in `torch.optim.LBFGS(line_search_fn="strong_wolfe")`: directions from the last hundred changes of the gradient.

With s = a change of the parameters, y = the change of the gradient that came with it and ro = 1 / (y · s), the two
loops of `direction` multiply -g by an approximate inverse of the second derivative (Nocedal 1980). One epoch is up to
20 such steps. Names and conditions are PyTorch's, so that one engine can go on from the other's memory.

With f the loss along a direction, the search lets a step t lower it enough, f(t) <= f(0) + 1e-4 t f'(0), and end where it is
flat enough, |f'(t)| <= 0.9 |f'(0)|: the strong Wolfe conditions. First an interval that holds such a step is bracketed, then it
is narrowed by cubic interpolation (Nocedal & Wright 2006, algorithms 3.5 and 3.6). Bounds and safeguards are PyTorch's too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from separatrix.engines.base import Epochs, Metrics, Progress, Task
from separatrix.engines.fused._calls import flush_denormals, restore_mode
from separatrix.engines.fused._layout import BOTH, LOSS
from separatrix.engines.fused._session import FusedSession, Shared, shared, small_task
from separatrix.support.compilation import announced, kept
from separatrix.support.machine import one_blas_thread

# c1 and c2 of Nocedal & Wright for quasi-Newton directions; `torch.optim.LBFGS` has the same.
ENOUGH_DECREASE, ENOUGH_FLATTER = 1e-4, 0.9
# PyTorch's `tolerance_change`: parameters that move less are not worth another evaluation.
SMALLEST_BRACKET = 1e-9
EDGE = 0.1  # share of the bracket next to its ends in which a second trial in a row is moved inwards


@dataclass(frozen=True, eq=False)
class LinePoint:
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
    evaluate: Callable[[float], LinePoint], start: LinePoint, first_step: float, length: float, most: int
) -> tuple[LinePoint, int]:
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


def _decreases(trial: LinePoint, start: LinePoint) -> bool:
    # Negated, as in PyTorch: a loss that is NaN counts as a decrease, so that both engines take the same branch.
    return not trial.loss > start.loss + ENOUGH_DECREASE * trial.t * start.slope


def _bracket(
    evaluate: Callable[[float], LinePoint], start: LinePoint, first_step: float, most: int
) -> tuple[LinePoint, LinePoint, int, bool]:
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


def _inside(low: LinePoint, high: LinePoint, insufficient: bool) -> tuple[float, bool]:
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


def cubic_minimum(one: LinePoint, other: LinePoint, bounds: tuple[float, float]) -> float:
    """The minimum of the cubic with the losses and slopes of two points, kept within bounds; their middle without one.

    Nocedal & Wright 2006, eq. 3.59.

    Examples:
        >>> nothing = np.zeros(0)
        >>> cubic_minimum(LinePoint(0.0, 1.0, nothing, -2.0), LinePoint(2.0, 1.0, nothing, 2.0), (0.0, 2.0))
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


MAX_ITER, MAX_EVAL, HISTORY = 20, 25, 100  # an epoch's iterations and evaluations, and pairs kept: PyTorch's defaults
TOLERANCE_GRAD, TOLERANCE_CHANGE, LEAST_CURVATURE = 1e-7, 1e-9, 1e-10


@kept
def direction(g, d, old_dirs, old_stps, ro, al, start, pairs, scale):  # type: ignore[no-untyped-def]
    """Set d = -H g, H from the kept pairs: old_dirs (y) and old_stps (s), each (history, p), the oldest at `start`.

    scale (1,): the multiple of the identity that H begins with. May overwrite al (history,).
    """
    mode = flush_denormals()
    history = ro.shape[0]
    for i in range(d.shape[0]):
        d[i] = -g[i]
    # First loop, from the newest pair to the oldest: q = q - (ρ sᵀq) y.
    for back in range(pairs):
        k = (start + pairs - 1 - back) % history
        al[k] = inner(old_stps[k], d) * ro[k]
        for i in range(d.shape[0]):
            d[i] -= al[k] * old_dirs[k, i]
    for i in range(d.shape[0]):
        # The initial inverse Hessian is γ I with γ = sᵀy / yᵀy of the newest pair (Nocedal & Wright 2006, eq. 7.20).
        d[i] *= scale[0]
    # Second loop, from the oldest pair to the newest: r = r + s (α - ρ yᵀr).
    for ahead in range(pairs):
        k = (start + ahead) % history
        change = al[k] - inner(old_dirs[k], d) * ro[k]
        for i in range(d.shape[0]):
            d[i] += change * old_stps[k, i]
    restore_mode(mode)


@kept
def inner(a, b):  # type: ignore[no-untyped-def]
    """Σ a b, in their own type."""
    total = a.dtype.type(0)
    for i in range(a.shape[0]):
        total += a[i] * b[i]
    return total


class Memory:
    """What the optimiser remembers, by PyTorch's names; the pairs in a ring, so that none is ever moved."""

    def __init__(self, size: int, dtype: np.dtype) -> None:
        self.func_evals = self.n_iter = self.start = self.pairs = 0
        self.d, self.prev_flat_grad = np.zeros(size, dtype), np.zeros(size, dtype)
        self.old_dirs, self.old_stps = np.zeros((HISTORY, size), dtype), np.zeros((HISTORY, size), dtype)
        self.ro, self.al, self.scale = np.zeros(HISTORY, dtype), np.zeros(HISTORY, dtype), np.ones(1, dtype)
        self.t, self.prev_loss = 0.0, 0.0

    def learn(self, g: np.ndarray) -> None:
        """Take in the step that led to gradient g."""
        y, s = g - self.prev_flat_grad, self.d * self.d.dtype.type(self.t)
        curvature = inner(y, s)
        # Without positive curvature the approximation would lose its positive definiteness; `not >` also leaves out
        # NaN.
        if not curvature > LEAST_CURVATURE:
            return
        # A full ring forgets its oldest pair.
        if self.pairs == HISTORY:
            self.start, self.pairs = (self.start + 1) % HISTORY, HISTORY - 1
        k = (self.start + self.pairs) % HISTORY
        self.old_dirs[k], self.old_stps[k], self.ro[k] = y, s, 1 / curvature
        self.pairs += 1
        # γ of the newest pair, see `direction`.
        self.scale[0] = curvature / inner(y, y)

    def direct(self, g: np.ndarray) -> None:
        """Set d for the gradient g."""
        direction(g, self.d, self.old_dirs, self.old_stps, self.ro, self.al, self.start, self.pairs, self.scale)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Copies, the pairs from the oldest on."""
        arrays = {name: np.array(getattr(self, name)) for name in ("func_evals", "n_iter")}
        if self.n_iter == 0:
            return arrays
        order = (self.start + np.arange(self.pairs)) % HISTORY
        arrays |= {name: getattr(self, name)[order] for name in ("old_dirs", "old_stps", "ro")}
        arrays |= {name: np.array(getattr(self, name)) for name in ("d", "t", "prev_flat_grad", "prev_loss")}
        return arrays | {"H_diag": self.scale[0].copy()}

    def take(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `to_arrays` (or PyTorch) kept; an empty one is a fresh start."""
        self.func_evals, self.n_iter = (int(arrays.get(name, 0)) for name in ("func_evals", "n_iter"))
        if "d" not in arrays:
            return
        self.start, self.pairs = 0, len(arrays["ro"])
        for name in ("old_dirs", "old_stps", "ro"):
            if self.pairs:
                getattr(self, name)[: self.pairs] = arrays[name]
        self.d[:], self.prev_flat_grad[:] = arrays["d"], arrays["prev_flat_grad"]
        self.t, self.prev_loss, self.scale[0] = (float(arrays[name]) for name in ("t", "prev_loss", "H_diag"))


@cache
def make_lbfgs_ready(dtype: str) -> None:
    """As `session.make_ready`: compile by training next to nothing."""
    with announced(f"L-BFGS in {dtype}"):
        task = small_task(dtype, optimizer="lbfgs", batch_size=None)
        LBFGSSession(task, np.ones(2, dtype), None).advance_ready(Epochs(np.ones(1), None, np.array([0])))


def _flat(gradient: np.ndarray) -> bool:
    return bool(np.abs(gradient).max() <= TOLERANCE_GRAD)


class LBFGSSession:
    """One training in progress. Data, parameters and gradients are `FusedSession`'s; the steps are taken here."""

    def __init__(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None) -> None:
        self.task, self.recipe = task, task.recipe
        self.fused = FusedSession(task, parameters, None)
        self.p, self.g = self.fused.pair[self.fused.now, : self.fused.size], self.fused.g[0, : self.fused.size]
        self.remembered = Memory(self.fused.size, self.p.dtype)
        self.remembered.take(memory or {})

    def advance(self, epochs: Epochs) -> Progress:
        """Do these epochs."""
        make_lbfgs_ready(self.recipe.dtype)
        return self.advance_ready(epochs)

    def advance_ready(self, epochs: Epochs) -> Progress:
        """Do these epochs, everything being compiled."""
        logged, rows, ends = set(epochs.logged.tolist()), [], []
        done = 0
        with one_blas_thread(), shared(self.fused) as parts, np.errstate(all="ignore"):
            for rate in epochs.rates.tolist():
                # The epoch is taken back as a whole if any of its steps broke a number.
                before = self.p.copy()
                loss, right = self.step(parts, rate)
                if not (math.isfinite(loss) and np.isfinite(self.p).all() and np.isfinite(self.g).all()):
                    self.p[:] = before
                    break
                if done in logged:
                    norm = float(np.linalg.norm(self.g.astype(np.float64)))
                    rows.append((loss, right / self.fused.data.rows, norm, *self.validation(parts)))
                    ends += [self.parameters()] if epochs.keep else []
                done += 1
        return Progress.of_rows(done, np.array(rows, float), np.array(ends) if epochs.keep else None)

    def validation(self, parts: Shared) -> tuple[float, float]:
        """Loss and accuracy of the validation rows, NaN without them."""
        validation = self.fused.validation
        if not validation.rows:
            return math.nan, math.nan
        loss, right = parts.sums(validation, validation.rows, LOSS)
        return loss, right / validation.rows

    def closure(self, parts: Shared) -> tuple[float, float]:
        """Loss with penalties and rows on the right side at the present parameters, and their gradient into g."""
        data = self.fused.data
        loss, right = parts.sums(data, data.rows, BOTH)
        self.remembered.func_evals += 1
        return loss + parts.penalise(), right

    def step(self, parts: Shared, rate: float) -> tuple[float, float]:
        """One epoch's iterations, as in `torch.optim.LBFGS.step`; loss and rows on the right side before them."""
        memory, as_dtype = self.remembered, self.p.dtype.type
        before = first, _ = self.closure(parts)
        loss, gradient = float(as_dtype(first)), self.g.copy()  # PyTorch compares losses of the parameters' type
        evaluations, iteration = 1, 0
        while not _flat(gradient) and iteration < MAX_ITER and evaluations < MAX_EVAL:
            iteration += 1
            memory.n_iter += 1
            if memory.n_iter > 1:
                memory.learn(gradient)
            memory.direct(gradient)
            memory.prev_flat_grad[:], memory.prev_loss = gradient, loss
            memory.t = float(as_dtype(min(1.0, 1 / np.abs(gradient).sum()) * rate)) if memory.n_iter == 1 else rate
            slope = float(inner(gradient, memory.d))
            # The directional derivative must be negative, or the step would not descend.
            if slope > -TOLERANCE_CHANGE:
                break
            accepted, used = self._searched(parts, LinePoint(0.0, loss, gradient, slope), MAX_EVAL - evaluations)
            memory.t, loss, gradient = accepted.t, accepted.loss, accepted.gradient
            evaluations += used
            if self._still(loss):
                break
        return before

    def _searched(self, parts: Shared, start: LinePoint, most: int) -> tuple[LinePoint, int]:
        """Move along the direction to a point of the line search; the point, and the number of evaluations."""
        as_dtype, d, origin = self.p.dtype.type, self.remembered.d, self.p.copy()

        def evaluate(t: float) -> LinePoint:
            self.p[:] = origin + as_dtype(t) * d
            loss = float(as_dtype(self.closure(parts)[0]))
            return LinePoint(t, loss, self.g.copy(), float(inner(self.g, d)))

        accepted, used = strong_wolfe(evaluate, start, self.remembered.t, float(np.abs(d).max()), most)
        self.p[:] = origin + as_dtype(accepted.t) * d
        return accepted, used

    def _still(self, loss: float) -> bool:
        """Whether the last step changed next to nothing."""
        memory = self.remembered
        # Both conditions are PyTorch's: a step that hardly moves, or a loss that hardly changes.
        small = np.abs(memory.d * self.p.dtype.type(memory.t)).max() <= TOLERANCE_CHANGE
        return bool(small or abs(loss - memory.prev_loss) < TOLERANCE_CHANGE)

    def measure(self) -> Metrics:
        """Losses and accuracies at the present parameters."""
        return self.fused.measure()

    def parameters(self) -> np.ndarray:
        """A copy of the parameters, (p,)."""
        return self.fused.parameters()

    def place(self, parameters: np.ndarray) -> None:
        """Go to these parameters, (p,)."""
        self.fused.place(parameters)

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of the optimiser's memory, by PyTorch's names."""
        return self.remembered.to_arrays()
