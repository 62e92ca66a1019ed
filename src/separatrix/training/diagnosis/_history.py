"""Symptoms of the history: a learning rate that is too high or too low, an early end, a loss that no longer moves."""

from __future__ import annotations

import numpy as np

from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.schedules import SCHEDULES
from separatrix.training.finding import Remedy, Symptom
from separatrix.training.run import Run, Status

FEWEST = 8  # logged epochs below which a history is not judged
JUMPY = 0.05  # mean rise from one logged epoch to the next, relative to the median loss
ELSEWHERE = 1.5  # times the smallest loss: the training was better before
SHORT = 100  # epochs of a training so short that more of them are worth a trial, if too few of them were logged
STILL = 0.02  # a relative decrease of the loss over the whole training below this counts as none
SLOPE = 0.5  # share of the first gradient norm that remains at the end
NEARBY = 0.1  # parameters that moved by less than this share of their initial length hardly moved
LEARNING = 0.05  # a relative decrease over the last fifth above this means that the training still learns
FLUNG = 30.0  # times their initial length; parameters of trainings that learn went up to 9 times
SMALL = 0.1  # root mean square below which initial parameters are no measure of length, such as zeros
SLOW = 0.1  # a learning rate below this share of the optimiser's default is worth raising
FADED = 0.02  # the learning rate has faded once it is below this share of its largest value
EARLY = 0.5  # and has faded early with at most this share of the epochs behind it


def of_history(run: Run) -> list[Symptom]:
    """The symptoms that the history shows, in the order of cause: the learning rate first."""
    rate = diverged(run) or flung(run) or jumping(run) or creeping(run)
    return rate + (faded(run) or (unfinished(run) if not rate else []))


def _lower(run: Run, *factors: float) -> tuple[Remedy, ...]:
    words = {10.0: "a tenth", 100.0: "a hundredth", 1000.0: "a thousandth"}
    rates = [(run.recipe.lr / factor, words[factor]) for factor in factors]
    remedies = [Remedy(f"lr={rate:g}, {word}", recipe={"lr": rate}) for rate, word in rates]
    usual = _usual_rate(run)
    if usual < run.recipe.lr / max(factors):
        remedies.append(Remedy(f"lr={usual:g}, the optimiser's default", recipe={"lr": usual}))
    return tuple(remedies)


def _usual_rate(run: Run) -> float:
    """The optimiser's default learning rate; 1 for an optimiser of the user's own, of whose rates `lr` is a factor."""
    return OPTIMIZERS[run.recipe.optimizer].lr if isinstance(run.recipe.optimizer, str) else 1.0


def higher_rates(run: Run) -> tuple[Remedy, ...]:
    """Learning rates ten, a hundred … times as high, up to twenty times the optimiser's default."""
    words = {
        10: "ten times",
        100: "a hundred times",
        1000: "a thousand times",
        10**4: "10,000 times",
        10**6: "a million times",
    }
    first = run.recipe.lr or _usual_rate(run) / 10
    rates = [(first * factor, word) for factor, word in words.items() if first * factor <= 20 * _usual_rate(run)]
    rates = rates or [(first * 10, words[10])]
    return tuple(Remedy(f"lr={rate:g}, {word} as high", recipe={"lr": rate}) for rate, word in rates)


def diverged(run: Run) -> list[Symptom]:
    """The loss, a gradient or a parameter became infinite."""
    if run.status is not Status.DIVERGED:
        return []
    evidence = (
        f"The loss, a gradient or a parameter became infinite in epoch {run.epochs + 1:,}, with lr={run.recipe.lr:g}."
    )
    return [Symptom("rate too high", evidence, _lower(run, 10.0, 100.0, 1000.0), certain=True)]


def jumping(run: Run) -> list[Symptom]:
    """The loss goes up and down instead of down."""
    loss = run.log.loss[len(run.log) // 2 :]
    if len(run.log) < FEWEST or not np.isfinite(run.log.loss).all():
        return []
    middle = float(np.median(loss))
    rise = float(np.maximum(np.diff(loss), 0).mean()) / middle if middle > 0 else 0.0
    best = float(run.log.loss.min())
    if rise < JUMPY or run.loss < ELSEWHERE * best:
        return []
    best_epoch = int(run.log.epoch[run.log.loss.argmin()])
    evidence = (
        f"Over the second half of the training the loss rises by {rise:.0%} from one logged epoch to the next; it ended "
        f"at {run.loss:.3g}, after {best:.3g} in epoch {best_epoch:,}, with lr={run.recipe.lr:g}."
    )
    return [Symptom("rate too high", evidence, _lower(run, 10.0, 100.0))]


def flung(run: Run) -> list[Symptom]:
    """One step moved the parameters so far that the loss is flat there."""
    distance = moved(run)
    if distance < FLUNG:
        return []
    evidence = (
        f"The parameters lie {distance:.2g} times as far from where they began as that is from 0, and the loss there is "
        f"{run.loss:.3g}, with lr={run.recipe.lr:g}."
    )
    return [Symptom("rate too high", evidence, _lower(run, 100.0, 1000.0))]


def creeping(run: Run) -> list[Symptom]:
    """The loss hardly decreased although the gradient is still large, or a rate far below the default moved little."""
    loss, slope = run.log.loss, run.log.gradient_norm
    if len(loss) < 2 or not np.isfinite(loss).all() or loss[0] <= 0:
        return []
    fall, distance = 1 - run.loss / float(loss[0]), moved(run)
    crept = abs(fall) <= STILL and slope[-1] > SLOPE * slope[0] and distance <= NEARBY
    slow = run.recipe.lr < SLOW * _usual_rate(run) and slope[-1] > 0
    if not crept and not slow:
        return []
    evidence = (
        f"In {run.epochs:,} epochs the loss fell by {fall:.2%} and the parameters moved by {distance:.2%} of their length, "
        f"while the gradient is still {slope[-1] / max(slope[0], 1e-300):.0%} of the first, with lr={run.recipe.lr:g}."
    )
    return [Symptom("rate too low", evidence, higher_rates(run), certain=crept)]


def moved(run: Run) -> float:
    """The distance between initial and final parameters, in lengths of the initial ones."""
    length = max(float(np.linalg.norm(run.initial)), SMALL * float(np.sqrt(len(run.initial))))
    return float(np.linalg.norm(run.parameters.astype(np.float64) - run.initial)) / length


def faded(run: Run) -> list[Symptom]:
    """The schedule brought the learning rate down to almost nothing while most of the epochs were still to come."""
    if run.recipe.schedule == "constant" or run.epochs < 2:
        return []
    rates = SCHEDULES[run.recipe.schedule].rates(0, run.epochs, run.recipe)
    low: np.ndarray = np.flatnonzero(rates < FADED * rates.max())
    if not len(low) or low[0] > EARLY * run.epochs:
        return []
    evidence = (
        f"The schedule '{run.recipe.schedule}' had brought the learning rate below {FADED:.0%} of its largest value by "
        f"epoch {int(low[0]) + 1:,} of {run.epochs:,}; after that the training hardly moved."
    )
    return [
        Symptom(
            "rate fades too early",
            evidence,
            (
                Remedy("schedule='cosine', which fades over all epochs", recipe={"schedule": "cosine"}),
                Remedy("schedule='constant'", recipe={"schedule": "constant"}),
            ),
        )
    ]


def unfinished(run: Run) -> list[Symptom]:
    """The training ended while the loss was still decreasing."""
    loss = run.log.loss
    more = run.epochs * 4
    remedies = (
        Remedy(f"epochs={more}, or a higher lr", recipe={"epochs": more}),
        Remedy(f"epochs={more * 4}", recipe={"epochs": more * 4}),
        *higher_rates(run)[:1],
    )
    if run.recipe.patience is not None and run.status is Status.CONVERGED and run.epochs < run.recipe.epochs:
        return _impatient(run)
    if (run.epochs < FEWEST or (len(loss) < FEWEST and run.epochs < SHORT)) and run.status is Status.STOPPED:
        evidence = f"The training ended after {run.epochs:,} epochs, with a loss of {run.loss:.3g}."
        return [Symptom("stopped while learning", evidence, remedies)]
    if run.status is not Status.STOPPED or len(loss) < FEWEST or not np.isfinite(loss).all():
        return []
    before = float(loss[-1 - len(loss) // 5])
    fall = 1 - run.loss / before if before > 0 else 0.0
    if fall < LEARNING:
        return []
    course = f"from {before:.3g} to {run.loss:.3g}"
    evidence = f"The loss still fell by {fall:.0%} over the last fifth of {run.epochs:,} epochs, {course}."
    return [Symptom("stopped while learning", evidence, remedies)]


def _impatient(run: Run) -> list[Symptom]:
    """Early stopping ended the training while it had hardly begun."""
    patience = run.recipe.patience or 1
    evidence = (
        f"Early stopping ended the training after {run.epochs:,} of {run.recipe.epochs:,} epochs, because the validation "
        f"loss had not improved at {patience:,} logged epochs in a row."
    )
    off = {"patience": None, "validation_fraction": None}
    return [
        Symptom(
            "stopped too soon",
            evidence,
            (Remedy("a larger patience, or none: then all epochs are trained", recipe=off),),
        )
    ]


def plateau(run: Run) -> str:
    """The evidence of a loss that no longer moves, or of rows that are still wrong."""
    wrong = f"{1 - run.accuracy:.1%} of the rows are wrong"
    if run.status is not Status.STUCK or len(run.log) < 2:
        return f"{wrong} after {run.epochs:,} epochs, with a loss of {run.loss:.3g}."
    before = float(run.log.loss[-1 - len(run.log) // 5])
    return (
        f"{wrong} and the loss no longer moves: it was {before:.4g} a fifth of the training ago and is {run.loss:.4g} "
        f"now, after {run.epochs:,} epochs."
    )


OVERFITTED = 1.2  # times the smallest validation loss


def validation_rises(run: Run) -> list[Symptom]:
    """The validation loss rose again while the training loss went on falling."""
    validation, loss = run.log.validation_loss, run.log.loss
    if len(validation) < FEWEST or not np.isfinite(validation).all() or run.recipe.patience is not None:
        return []
    lowest = int(validation.argmin())
    if validation[-1] < OVERFITTED * validation[lowest] or loss[-1] >= loss[lowest]:
        return []
    epoch = int(run.log.epoch[lowest])
    evidence = (
        f"The validation loss was {validation[lowest]:.3g} in epoch {epoch:,} and is {validation[-1]:.3g} now, while the "
        f"training loss fell from {loss[lowest]:.3g} to {loss[-1]:.3g}."
    )
    about = (
        f"patience=20, which keeps the best parameters: at epoch {epoch:,} the validation loss was "
        f"{validation[lowest] / validation[-1]:.0%} of the last one; or l2=0.001; or more points"
    )
    return [Symptom("overfitting", evidence, (Remedy(about, recipe={"patience": 20}),), certain=True)]
