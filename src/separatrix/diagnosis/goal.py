"""What accuracy a training could have reached: so that noise in the labels isn't taken for a failure."""

from __future__ import annotations

import numpy as np

from separatrix.diagnosis.finding import Finding
from separatrix.points import Points
from separatrix.run import Run

NEIGHBOURS = (1, 3, 7, 15)  # few see fine borders, many see through noise
MOST = 5_000  # rows that are compared with their neighbours
NEAR = 0.03  # an accuracy so close to what the neighbours reach is no failure


def reachable(points: Points) -> float:
    """The share of rows whose nearest neighbours, by majority and without the row itself, tell its class; in [0, 1].

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
    """A training that reached less than it could have, for a reason that nothing else tells."""
    against = "" if points is None else f", while the nearest neighbours of a row tell it in {reachable(points):.1%}"
    evidence = (
        f"{run.accuracy:.1%} of the rows are right after {run.epochs:,} epochs, with a loss of {run.loss:.3g}{against}."
    )
    return [Finding("not learnt", evidence, f"wider layers than {run.network}, or more epochs.")]
