"""L-BFGS as in `torch.optim.LBFGS(line_search_fn="strong_wolfe")`: directions from the last hundred changes of the gradient.

With s = a change of the parameters, y = the change of the gradient that came with it and ro = 1 / (y · s), the two
loops of `direction` multiply -g by an approximate inverse of the second derivative (Nocedal 1980). One epoch is up to
20 such steps. Names and conditions are PyTorch's, so that one engine can go on from the other's memory.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from separatrix.engines.base import Epochs, Metrics, Progress, Task
from separatrix.engines.fused._calls import flush_denormals, restore_mode
from separatrix.engines.fused._layout import BOTH, LOSS
from separatrix.engines.fused._session import FusedSession, Shared, shared, small_task
from separatrix.engines.fused._wolfe import Trial, strong_wolfe
from separatrix.support.compilation import announced, kept
from separatrix.support.machine import one_blas_thread

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
            accepted, used = self._searched(parts, Trial(0.0, loss, gradient, slope), MAX_EVAL - evaluations)
            memory.t, loss, gradient = accepted.t, accepted.loss, accepted.gradient
            evaluations += used
            if self._still(loss):
                break
        return before

    def _searched(self, parts: Shared, start: Trial, most: int) -> tuple[Trial, int]:
        """Move along the direction to a point of the line search; the point, and the number of evaluations."""
        as_dtype, d, origin = self.p.dtype.type, self.remembered.d, self.p.copy()

        def evaluate(t: float) -> Trial:
            self.p[:] = origin + as_dtype(t) * d
            loss = float(as_dtype(self.closure(parts)[0]))
            return Trial(t, loss, self.g.copy(), float(inner(self.g, d)))

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
