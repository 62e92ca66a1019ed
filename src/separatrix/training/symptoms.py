"""The findings of a diagnosis, each from one symptom: of the loss, the units, the seed or the points."""

from __future__ import annotations

import numpy as np

from separatrix.data.points import Points
from separatrix.evaluation.statistics.shares import share
from separatrix.networks.network import Network
from separatrix.training.many import train_many
from separatrix.training.run import Finding, Run, Status

FEWEST = 8  # logged epochs below which a history is not judged
JUMPY = 0.05  # mean rise from one logged epoch to the next, relative to the median loss
ELSEWHERE = 1.5  # times the smallest loss: the training was better before
STILL = 0.02  # a relative decrease of the loss over the whole training below this counts as none
SLOPE = 0.5  # share of the first gradient norm that remains at the end
NEARBY = 0.1  # parameters that moved by less than this share of their initial length hardly moved
LEARNING = 0.05  # a relative decrease over the last fifth above this means that the training still learns
FLUNG = 30.0  # times their initial length; parameters of trainings that learn went up to 9 times
SMALL = 0.1  # root mean square below which initial parameters are no measure of length, such as zeros
OVERFITTED = 1.2  # times the smallest validation loss


def diverged(run: Run) -> list[Finding]:
    """The loss, a gradient or a parameter became infinite."""
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
    best_epoch = int(run.log.epoch[run.log.loss.argmin()])
    evidence = (
        f"Over the second half of the training the loss rises by {rise:.0%} from one logged epoch to the next; it ended "
        f"at {run.loss:.3g}, after {best:.3g} in epoch {best_epoch:,}, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too high", evidence, f"lr={run.recipe.lr / 10:g}, a tenth; or schedule='cosine'.")]


def flung(run: Run) -> list[Finding]:
    """One step moved the parameters so far that the loss is flat there."""
    moved = _moved(run)
    if moved < FLUNG:
        return []
    evidence = (
        f"The parameters lie {moved:.2g} times as far from where they began as that is from 0, and the loss there is "
        f"{run.loss:.3g}, with lr={run.recipe.lr:g}."
    )
    return [Finding("rate too high", evidence, f"lr={run.recipe.lr / 100:g}, a hundredth; or standardised columns.")]


def creeping(run: Run) -> list[Finding]:
    """The loss hardly decreased although the gradient is still large."""
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
    """The distance between initial and final parameters, in lengths of the initial ones."""
    length = max(float(np.linalg.norm(run.initial)), SMALL * float(np.sqrt(len(run.initial))))
    return float(np.linalg.norm(run.parameters.astype(np.float64) - run.initial)) / length


def unfinished(run: Run) -> list[Finding]:
    """The training ended while the loss was still decreasing."""
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
    """The loss no longer changes while some rows are still wrong."""
    if run.status is not Status.STUCK or len(run.log) < 2:
        return []
    before = float(run.log.loss[-1 - len(run.log) // 5])
    evidence = (
        f"{1 - run.accuracy:.1%} of the rows are wrong and the loss no longer moves: it was {before:.4g} a fifth of the "
        f"training ago and is {run.loss:.4g} now, after {run.epochs:,} epochs."
    )
    return [Finding("stuck on a plateau", evidence, "another seed, or wider layers, which get stuck less often.")]


def overfitting(run: Run) -> list[Finding]:
    """The validation loss rose again while the training loss went on falling."""
    validation, loss = run.log.validation_loss, run.log.loss
    if len(validation) < FEWEST or not np.isfinite(validation).all() or run.recipe.patience is not None:
        return []
    lowest = int(validation.argmin())
    if validation[-1] < OVERFITTED * validation[lowest] or loss[-1] >= loss[lowest]:
        return []
    evidence = (
        f"The validation loss was {validation[lowest]:.3g} in epoch {int(run.log.epoch[lowest]):,} and is "
        f"{validation[-1]:.3g} now, while the training loss fell from {loss[lowest]:.3g} to {loss[-1]:.3g}."
    )
    return [
        Finding("overfitting", evidence, "patience=20, which keeps the best parameters; or l2=0.001; or more points.")
    ]


# Units that give the same number for every row.


FLAT = 1e-3  # a slope below this share of the activation's steepest counts as 0
ROWS = 0.99  # share of the rows on which a unit must be flat
MANY = 0.5  # share of a layer's units


def silent_units(network: Network, parameters: np.ndarray, points: Points) -> list[Finding]:
    """Layers at least half of whose units learn from no row: dead (always 0) or saturated (always flat).

    Args:
        network: the description.
        parameters: (p,).
        points: the training points.
    """
    steps = network.trace(parameters, points.x)[:-1]
    findings = []
    for layer, activation, (z, a) in zip(network.layout, network.activations, steps, strict=False):
        steepest = float(np.abs(activation.slope(np.linspace(-5, 5, 1001))).max())
        flat = (np.abs(activation.slope(z)) < FLAT * steepest).mean(axis=0) >= ROWS
        if flat.mean() < MANY:
            continue
        dead = flat & (np.abs(a).max(axis=0) == 0)
        kind = "dead" if dead.sum() * 2 > flat.sum() else "saturated"
        which = dead if kind == "dead" else flat
        units = ", ".join(str(unit + 1) for unit in np.flatnonzero(which)[:10]) + (", …" if which.sum() > 10 else "")
        what = "give 0" if kind == "dead" else f"lie where {activation.name} is flat (|z| up to {np.abs(z).max():.3g})"
        evidence = (
            f"In layer {layer.name}, {int(which.sum())} of {layer.fan_out} units ({units}) {what} for nearly all "
            f"{len(points):,} rows, so no gradient reaches their weights."
        )
        advice = (
            "activation='leaky_relu', which has a slope on both sides, or a lower lr."
            if kind == "dead"
            else "standardised columns, a lower lr, or activation='relu'."
        )
        findings.append(Finding(f"{kind} units", evidence, advice))
    return findings


# The accuracy that a training could have reached, so that noise in the labels is not taken for a failure.


NEIGHBOURS = (1, 3, 7, 15)  # a few follow fine borders, many average out noise
MOST = 5_000  # rows that are compared with their neighbours
NEAR = 0.03  # an accuracy this close to that of the neighbours is no failure


def reachable(points: Points) -> float:
    """The share of rows whose class is that of most of their nearest neighbours, in [0, 1].

    Columns are standardised first, and the best of several numbers of neighbours counts.
    """
    from scipy.spatial import KDTree

    x, y = points.x.astype(np.float64), points.y
    if len(x) > MOST:
        rows = np.random.default_rng(0).permutation(len(x))[:MOST]
        x, y = x[rows], y[rows]
    deviation = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    counts = [count for count in NEIGHBOURS if count < len(x)]
    best = max(float(y.mean()), 1 - float(y.mean()))
    if counts:
        _, near = KDTree(x).query(x, counts[-1] + 1)
        votes = np.cumsum(y[near[:, 1:]], axis=1)  # the first neighbour is the row itself
        best = max(best, *(float(((votes[:, count - 1] * 2 > count) == y).mean()) for count in counts))
    return best


def short_of(run: Run, points: Points | None) -> list[Finding]:
    """A training that reached less than it could have, for a reason that no other finding gives."""
    against = (
        "" if points is None else f", while the majority of nearest neighbours is right for {reachable(points):.1%}"
    )
    evidence = (
        f"{run.accuracy:.1%} of the rows are right after {run.epochs:,} epochs, with a loss of {run.loss:.3g}{against}."
    )
    return [Finding("not learnt", evidence, f"wider layers than {run.network}, or more epochs.")]


# Bad luck with the seed: the same training with other seeds.


HALF = 0.5  # a run is better with at most this share of the errors: a row more or less may be chance
BETTER = 0.02  # and with an accuracy that is this much higher
MOSTLY = 0.5  # share of the seeds that must be better


def bad_luck(run: Run, points: Points, seeds: int) -> list[Finding]:
    """Train with other seeds on the same points, and count the runs that make at most half the errors.

    Args:
        run: the training.
        points: the training points.
        seeds: number of other seeds; 0 trains none.
    """
    if seeds == 0 or not isinstance(run.network, Network):
        return []
    other_seeds = [seed for seed in range(seeds + 1) if seed != run.recipe.seed][:seeds]
    recipe = run.recipe.replace(snapshots=(), validation_fraction=None, patience=None)
    runs = train_many(run.network, recipe, points, other_seeds, engine=run.engine)
    halved, higher = 1 - runs.accuracy <= HALF * (1 - run.accuracy), runs.accuracy > run.accuracy + BETTER
    better = int((halved & higher).sum())
    if better < MOSTLY * len(runs):
        return []
    counted = share(better, len(runs))
    middle = sorted(runs.accuracy.tolist())[len(runs) // 2]
    evidence = (
        f"{better} of {len(runs)} other seeds make at most half the mistakes ({counted.low:.0%} to {counted.high:.0%} of "
        f"all seeds, with 95% confidence): seed {run.recipe.seed} gets {run.accuracy:.1%} of the rows right, the middle "
        f"one {middle:.1%}."
    )
    best = int(runs.seeds[runs.accuracy.argmax()])
    return [Finding("bad luck with the seed", evidence, f"seed={best}, which reached {runs.accuracy.max():.1%}.")]


# The points: columns without information, a rare class, unlike scales.


ALIKE = 1 - 1e-9  # a correlation above this means the same column, up to unit and zero
RARE = 0.15  # a class with a smaller share can be ignored at little cost in accuracy
MISSED = 0.5  # share of its rows
FAR = 100.0  # a column this far from 0, or this much wider than another, makes steps of one size impossible


def constant_columns(points: Points) -> list[Finding]:
    """Columns with one value in every row."""
    still: np.ndarray = np.flatnonzero((points.x == points.x[0]).all(axis=0))
    return [
        Finding(
            "constant column",
            f"Column {column} is {points.x[0, column]:g} in all {len(points):,} rows, so it carries no information.",
            "remove the column.",
        )
        for column in still
        if len(points) > 1
    ]


def duplicated_columns(points: Points) -> list[Finding]:
    """Pairs of columns that are the same but for their unit and zero."""
    x = points.x.astype(np.float64)
    x = x - x.mean(axis=0)
    length = np.sqrt((x**2).sum(axis=0))
    moving = np.flatnonzero(length > 0)
    unit = x[:, moving] / length[moving]
    likeness = np.abs(unit.T @ unit)  # (d, n) @ (n, d) -> (d, d)
    pairs: np.ndarray = np.argwhere(np.triu(likeness > ALIKE, 1))
    return [
        Finding(
            "duplicated columns",
            f"Columns {moving[one]} and {moving[other]} hold the same numbers, up to unit and zero "
            f"(correlation {likeness[one, other]:.9f}).",
            "remove one of them.",
        )
        for one, other in pairs
        if len(points) > 2
    ]


def imbalance(points: Points, predicted: np.ndarray) -> list[Finding]:
    """A rare class most of whose rows are missed; predicted: (n,) of 0 and 1."""
    rare = int(points.n_positive * 2 <= len(points))
    is_rare = points.y == rare
    share = float(is_rare.mean())
    missed = float((predicted[is_rare] != rare).mean()) if is_rare.any() else 0.0
    if not 0 < share < RARE or missed < MISSED:
        return []
    evidence = (
        f"Class {rare} is {share:.1%} of the rows ({int(is_rare.sum())} of {len(points):,}) and {missed:.0%} of it is missed; "
        f"always answering {1 - rare} would be right in {1 - share:.1%}."
    )
    return [
        Finding("imbalance", evidence, f"weigh its rows {(1 - share) / share:.0f} times: train(…, sample_weight=…).")
    ]


def unscaled(points: Points) -> list[Finding]:
    """Columns far from 0, or much wider than others."""
    far = np.abs(points.x.astype(np.float64)).max(axis=0)
    wide = points.x.astype(np.float64).std(axis=0)
    narrow = wide[wide > 0].min(initial=np.inf)
    odd = np.flatnonzero((far > FAR) | (wide > FAR * narrow))
    if not len(odd):
        return []
    evidence = (
        f"Column {odd[0]} reaches {far[odd[0]]:.3g} with a standard deviation of {wide[odd[0]]:.3g}; "
        f"the narrowest column has {narrow:.3g}."
    )
    return [Finding("columns of unlike size", evidence, "standardise the columns: (x - mean) / standard deviation.")]
