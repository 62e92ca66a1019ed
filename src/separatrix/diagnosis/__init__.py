"""Diagnosis: what is wrong with a training, in plain words, each with its evidence and one thing to try.

Columns and the held-out loss are always looked at. The other findings explain a failure, so a training that is as
good as the points allow has none of them, whatever a unit or a rate may look like.
"""

from __future__ import annotations

from separatrix.constraints import Integer, check
from separatrix.diagnosis import course, data, goal, luck, units
from separatrix.diagnosis.finding import Finding
from separatrix.errors import InvalidData
from separatrix.network import Network
from separatrix.points import Points
from separatrix.run import Run, Status

__all__ = ["Finding", "diagnose"]

SEEDS = 20
GOOD = 0.9  # without points, an accuracy from which on a training counts as good


def diagnose(run: Run, points: Points | None = None, *, seeds: int = SEEDS) -> tuple[Finding, ...]:
    """Find out what is wrong with a training; nothing is changed.

    Args:
        run: what came out of it.
        points: what it was trained on, for what the history can't tell: units, columns, imbalance, luck.
        seeds: how many other seeds are trained to tell bad luck, if a row is wrong; 0 for none. Each takes as long as
            the run took.

    Returns:
        the findings, the most telling first; none for a healthy training.

    Raises:
        InvalidData: points of another width than the network's.
        InvalidParameter: a negative number of seeds.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(lr=1e-7, epochs=100), points)
        >>> [finding.name for finding in diagnose(run, points, seeds=0)]
        ['rate too low']
    """
    check("diagnose", {"seeds": seeds}, {"seeds": Integer(0)})
    network = run.network
    if points is not None and isinstance(network, Network) and points.n_inputs != network.n_inputs:
        raise InvalidData(f"{network} takes {network.n_inputs} columns, but the points have {points.n_inputs}.")
    found: list[Finding] = []
    if not is_good(run, points):
        found += _failures(run, points)
    if points is not None and run.accuracy < 1 and not any(each.name.startswith("rate") for each in found):
        found += luck.bad_luck(run, points, seeds)  # with such a rate no seed can do well
    found += course.overfitting(run)
    if points is not None:
        found += data.constant_columns(points) + data.duplicated_columns(points)
        found += data.imbalance(points, run.predict(points.x))
    return tuple(found)


def is_good(run: Run, points: Points | None) -> bool:
    """Whether the training is as good as the points allow."""
    if run.status is Status.DIVERGED:
        return False
    if run.accuracy == 1:
        return True
    if points is None:
        return run.accuracy >= GOOD
    return run.accuracy >= goal.reachable(points) - goal.NEAR


def _failures(run: Run, points: Points | None) -> list[Finding]:
    """What explains a failure: the rate first, for it makes all else."""
    found = course.diverged(run) or course.flung(run) or course.jumping(run) or course.creeping(run)
    if points is not None:
        found += data.unscaled(points)
        if isinstance(run.network, Network):
            found += units.silent_units(run.network, run.parameters, points)
    if not found:
        found += course.unfinished(run) or course.plateau(run)
    return found or goal.short_of(run, points)
