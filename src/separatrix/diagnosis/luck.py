"""Whether a seed was bad luck: the same training with other seeds."""

from __future__ import annotations

from separatrix.diagnosis.finding import Finding
from separatrix.fleet import train_many
from separatrix.network import Network
from separatrix.points import Points
from separatrix.run import Run
from separatrix.statistics.shares import share

BETTER = 0.02  # an accuracy this much higher is better
MOSTLY = 0.5  # of the seeds do better


def bad_luck(run: Run, points: Points, seeds: int) -> list[Finding]:
    """Train again with other seeds on the same points, and count those that do better."""
    if seeds == 0 or not isinstance(run.network, Network):
        return []
    others = [seed for seed in range(seeds + 1) if seed != run.recipe.seed][:seeds]
    recipe = run.recipe.replace(snapshots=(), validation_share=None, patience=None)
    runs = train_many(run.network, recipe, points, others, engine=run.engine)
    better = int((runs.accuracy > run.accuracy + BETTER).sum())
    if better < MOSTLY * len(runs):
        return []
    counted = share(better, len(runs))
    middle = sorted(runs.accuracy.tolist())[len(runs) // 2]
    evidence = (
        f"{better} of {len(runs)} other seeds do better ({counted.low:.0%} to {counted.high:.0%} of all seeds, with 95 % "
        f"confidence): seed {run.recipe.seed} gets {run.accuracy:.1%} of the rows right, the middle one {middle:.1%}."
    )
    best = int(runs.seeds[runs.accuracy.argmax()])
    return [Finding("bad luck with the seed", evidence, f"seed={best}, which reached {runs.accuracy.max():.1%}.")]
