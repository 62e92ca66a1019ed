"""Whether a seed was bad luck: the same training with other seeds."""

from __future__ import annotations

from separatrix.diagnosis.finding import Finding
from separatrix.fleet import train_many
from separatrix.network import Network
from separatrix.points import Points
from separatrix.run import Run
from separatrix.statistics.shares import share

HALF = 0.5  # of the mistakes or fewer is better: among many mistakes a row more or less is chance
BETTER = 0.02  # and an accuracy this much higher: among few mistakes too
MOSTLY = 0.5  # of the seeds do better


def bad_luck(run: Run, points: Points, seeds: int) -> list[Finding]:
    """Train again with other seeds on the same points, and count those that make at most half the mistakes."""
    if seeds == 0 or not isinstance(run.network, Network):
        return []
    others = [seed for seed in range(seeds + 1) if seed != run.recipe.seed][:seeds]
    recipe = run.recipe.replace(snapshots=(), validation_share=None, patience=None)
    runs = train_many(run.network, recipe, points, others, engine=run.engine)
    halved, higher = 1 - runs.accuracy <= HALF * (1 - run.accuracy), runs.accuracy > run.accuracy + BETTER
    better = int((halved & higher).sum())
    if better < MOSTLY * len(runs):
        return []
    counted = share(better, len(runs))
    middle = sorted(runs.accuracy.tolist())[len(runs) // 2]
    evidence = (
        f"{better} of {len(runs)} other seeds make at most half the mistakes ({counted.low:.0%} to {counted.high:.0%} of "
        f"all seeds, with 95 % confidence): seed {run.recipe.seed} gets {run.accuracy:.1%} of the rows right, the middle "
        f"one {middle:.1%}."
    )
    best = int(runs.seeds[runs.accuracy.argmax()])
    return [Finding("bad luck with the seed", evidence, f"seed={best}, which reached {runs.accuracy.max():.1%}.")]
