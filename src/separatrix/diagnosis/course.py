"""What is wrong with the course of the training: its loss, its rate and its held-out rows, from the history alone."""

from __future__ import annotations

import numpy as np

from separatrix.diagnosis.finding import Finding
from separatrix.run import Run, Status

FEWEST = 8  # logged epochs below which a course isn't judged
JUMPY = 0.05  # mean rise from one logged epoch to the next, as a share of the median loss
ELSEWHERE = 1.5  # times the smallest loss: it had been better before
STILL = 0.02  # a relative fall of the loss over the whole training below this is none
SLOPE = 0.5  # of the first gradient is still there at the end
NEARBY = 0.1  # of their first length is no way for parameters to go
LEARNING = 0.05  # a relative fall over the last fifth above this means that it goes on
FLUNG = 30.0  # times their first length is farther than a training goes that learns: those went up to 9 times
SMALL = 0.1  # root mean square below which first parameters are no measure of length: all zeros, say
OVERFITTED = 1.2  # times the smallest held-out loss


def diverged(run: Run) -> list[Finding]:
    """The numbers became infinite."""
    if run.status is not Status.DIVERGED:
        return []
    evidence = (
        f"The loss, a gradient or a parameter became infinite in epoch {run.epochs + 1:,}, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too high", evidence, f"lr={run.recipe.lr / 10:g}, a tenth; or standardised columns.")]


def jumping(run: Run) -> list[Finding]:
    """The loss goes up and down instead of down."""
    loss = run.log.loss[len(run.log) // 2 :]
    if len(run.log) < FEWEST or not np.isfinite(run.log.loss).all():
        return []
    middle = float(np.median(loss))
    rise = float(np.maximum(np.diff(loss), 0).mean()) / middle if middle > 0 else 0.0
    best = float(run.log.loss.min())
    if rise < JUMPY or run.loss < ELSEWHERE * best:
        return []
    at = int(run.log.epoch[run.log.loss.argmin()])
    evidence = (
        f"Over the second half of the training the loss rises by {rise:.0%} from one logged epoch to the next; it ended "
        f"at {run.loss:.3g}, after {best:.3g} in epoch {at:,}, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too high", evidence, f"lr={run.recipe.lr / 10:g}, a tenth; or schedule='cosine'.")]


def flung(run: Run) -> list[Finding]:
    """The parameters were thrown so far that everything is flat there."""
    moved = _moved(run)
    if moved < FLUNG:
        return []
    evidence = (
        f"The parameters lie {moved:.2g} times as far from where they began as that is from 0, and the loss there is "
        f"{run.loss:.3g}, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too high", evidence, f"lr={run.recipe.lr / 100:g}, a hundredth; or standardised columns.")]


def creeping(run: Run) -> list[Finding]:
    """The loss hardly fell although the slope is still there."""
    loss, slope = run.log.loss, run.log.gradient_norm
    if len(loss) < 2 or not np.isfinite(loss).all() or loss[0] <= 0:
        return []
    fall = 1 - run.loss / float(loss[0])
    moved = _moved(run)
    if abs(fall) > STILL or slope[-1] <= SLOPE * slope[0] or moved > NEARBY:
        return []
    evidence = (
        f"In {run.epochs:,} epochs the loss fell by {fall:.2%} and the parameters moved by {moved:.2%} of their length, "
        f"while the gradient is still {slope[-1] / slope[0]:.0%} of the first, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too low", evidence, f"lr={run.recipe.lr * 10:g}, ten times as high.")]


def _moved(run: Run) -> float:
    """How far the parameters went, in lengths of the first ones."""
    length = max(float(np.linalg.norm(run.initial)), SMALL * float(np.sqrt(len(run.initial))))
    return float(np.linalg.norm(run.parameters.astype(np.float64) - run.initial)) / length


def unfinished(run: Run) -> list[Finding]:
    """The epochs were used up while the loss was still falling."""
    loss = run.log.loss
    if run.status is not Status.STOPPED or len(loss) < FEWEST or not np.isfinite(loss).all():
        return []
    before = float(loss[-1 - len(loss) // 5])
    fall = 1 - run.loss / before if before > 0 else 0.0
    if fall < LEARNING:
        return []
    course = f"from {before:.3g} to {run.loss:.3g}"
    evidence = f"The loss still fell by {fall:.0%} over the last fifth of {run.epochs:,} epochs, {course}."
    return [Finding("stopped while learning", evidence, f"epochs={run.epochs * 4}, or a higher lr.")]


def plateau(run: Run) -> list[Finding]:
    """The loss stays where it is with rows still wrong."""
    if run.status is not Status.STUCK or len(run.log) < 2:
        return []
    before = float(run.log.loss[-1 - len(run.log) // 5])
    evidence = (
        f"{1 - run.accuracy:.1%} of the rows are wrong and the loss no longer moves: it was {before:.4g} a fifth of the "
        f"training ago and is {run.loss:.4g} now, after {run.epochs:,} epochs."
    )
    return [Finding("stuck on a plateau", evidence, "another seed, or wider layers, which get stuck less often.")]


def overfitting(run: Run) -> list[Finding]:
    """The held-out loss rose again while the training loss went on falling."""
    held, loss = run.log.held_loss, run.log.loss
    if len(held) < FEWEST or not np.isfinite(held).all() or run.recipe.patience is not None:
        return []
    at = int(held.argmin())
    if held[-1] < OVERFITTED * held[at] or loss[-1] >= loss[at]:
        return []
    evidence = (
        f"The held-out loss was {held[at]:.3g} in epoch {int(run.log.epoch[at]):,} and is {held[-1]:.3g} now, while the "
        f"training loss fell from {loss[at]:.3g} to {loss[-1]:.3g}."
    )
    return [
        Finding("overfitting", evidence, "patience=20, which keeps the best parameters; or l2=0.001; or more points.")
    ]
