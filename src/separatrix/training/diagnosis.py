"""Diagnosis: what is wrong with a training, each finding with its evidence and one thing to try.

Columns and the validation loss are always checked. The other findings explain a failure, so a training that is as good as
the points allow has none of them, whatever its units or its learning rate look like.
"""

from __future__ import annotations

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.networks.network import Network
from separatrix.support.constraints import Integer, check
from separatrix.support.surroundings import insulated
from separatrix.training import symptoms
from separatrix.training.run import Finding, Run, Status

__all__ = ["Finding", "diagnose"]

SEEDS = 20
GOOD = 0.9  # without points, the accuracy from which a training counts as good


@insulated
def diagnose(run: Run, points: Points | None = None, *, seeds: int = SEEDS) -> tuple[Finding, ...]:
    """Find out what is wrong with a training; nothing is changed.

    Args:
        run: the result of the training.
        points: the training points, for findings that the history cannot give: units, columns, imbalance, luck.
        seeds: number of other seeds to train, to see whether this one was unlucky; only if a row is wrong. Each takes as
            long as the run did. 0 trains none.

    Returns:
        The findings, the most important first; none for a healthy training.

    Raises:
        InvalidData: the points have another number of columns than the network has inputs.
        InvalidParameter: the number of seeds is negative.

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
    findings: list[Finding] = []
    if not is_good(run, points):
        findings += _failures(run, points)
    if points is not None and run.accuracy < 1 and not any(finding.name.startswith("rate") for finding in findings):
        findings += symptoms.bad_luck(run, points, seeds)  # with such a learning rate no seed can do well
    findings += symptoms.overfitting(run)
    if points is not None:
        findings += symptoms.constant_columns(points) + symptoms.duplicated_columns(points)
        findings += symptoms.imbalance(points, run.predict(points.x))
    return tuple(findings)


def is_good(run: Run, points: Points | None) -> bool:
    """Whether the training is as good as the points allow."""
    if run.status is Status.DIVERGED:
        return False
    # Nothing better is possible, whatever the loss.
    if run.accuracy == 1:
        return True
    if points is None:
        return run.accuracy >= GOOD
    return run.accuracy >= symptoms.reachable(points) - symptoms.NEAR


def _failures(run: Run, points: Points | None) -> list[Finding]:
    """What explains a failure: the learning rate first, because it causes the other findings."""
    findings = symptoms.diverged(run) or symptoms.flung(run) or symptoms.jumping(run) or symptoms.creeping(run)
    if points is not None:
        findings += symptoms.unscaled(points)
        if isinstance(run.network, Network):
            findings += symptoms.silent_units(run.network, run.parameters, points)
    if not findings:
        findings += symptoms.unfinished(run) or symptoms.plateau(run)
    return findings or symptoms.short_of(run, points)
