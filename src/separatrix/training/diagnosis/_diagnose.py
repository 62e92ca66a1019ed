"""Diagnosis: symptoms are collected, what might help is tried, and what did help becomes a finding.

Columns and overfitting are always examined. The other findings explain a failure, so a training that is as good as the
points allow has none of them, whatever its units or its learning rate look like.
"""

from __future__ import annotations

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.evaluation.statistics.shares import share
from separatrix.networks.network import Network
from separatrix.support.constraints import Integer, check
from separatrix.support.surroundings import insulated
from separatrix.training.diagnosis import _generalisation, _history, _layers, _outputs, _points
from separatrix.training.diagnosis._trials import SEEDS as TRIAL_SEEDS
from separatrix.training.diagnosis._trials import Trial, balanced_accuracy, first_that_helps, tried
from separatrix.training.finding import Finding, Remedy, Symptom
from separatrix.training.run import Run, Status

SEEDS = 20
GOOD = 0.9  # without points, the accuracy from which a training counts as good
HALF = 0.5  # a training is better with at most this share of the mistakes: a row more or less may be chance
BETTER = 0.02  # and with an accuracy that is this much higher
OF_THE_SEED = {"dead units", "saturated units"}  # causes that other seeds may not have


@insulated
def diagnose(run: Run, points: Points | None = None, *, seeds: int = SEEDS) -> tuple[Finding, ...]:
    """Find out what is wrong with a training; nothing is changed.

    Args:
        run: the result of the training.
        points: the training points. Without them only the history can be examined, and nothing can be tried.
        seeds: number of other seeds to train: all of them to see whether this seed was unlucky, at most eight for each
            change that may help. Only if a row is wrong. 0 trains none; advice is then given untried.

    Returns:
        The findings, in the order of cause and effect; none for a healthy training. Where changes were tried, only findings
        whose change helped are returned; if none did, the last finding says what was tried.

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
    if points is None:
        failed = run.status is Status.DIVERGED or run.accuracy < GOOD
        symptoms = (_history.of_history(run) or _unexplained(run)) if failed else []
        return tuple(symptom.untried() for symptom in symptoms + _history.validation_rises(run))
    return (
        *_failure(run, points, seeds),
        *_overfitting(run, points, seeds),
        *_points.of_columns(points),
        *_imbalance(run, points, seeds),
    )


def _failure(run: Run, points: Points, seeds: int) -> list[Finding]:
    """What explains that rows are wrong which could be right."""
    misfits = [symptom for symptom in _outputs.of_outputs(run, points) if symptom.certain]
    if run.accuracy == 1 and run.status is not Status.DIVERGED:  # nothing better is possible, whatever the loss
        return [symptom.untried() for symptom in misfits]
    reachable = _points.reachable(points)
    aim = reachable if reachable == 1 else reachable - _points.NEAR
    if run.status is not Status.DIVERGED and run.accuracy >= aim:
        return [symptom.untried() for symptom in misfits] or _worse_than_others(run, points, seeds)
    symptoms = [
        *_outputs.of_outputs(run, points),
        *_points.columns_of_unlike_size(points),
        *_history.of_history(run),
        *_layers.of_layers(run, points),
    ]
    if not seeds:
        return [symptom.untried() for symptom in symptoms or _unexplained(run, reachable)]
    found = _confirmed(run, points, symptoms, aim, min(seeds, TRIAL_SEEDS))
    if found and {finding.name for finding in found} <= OF_THE_SEED:
        same = tried(run, points, Remedy("another seed"), aim, seeds)
        return [*found, *([_luck(run, same)] if same is not None and same.helps else [])]
    return found or _other_causes(run, points, symptoms, aim, seeds, reachable)


def _confirmed(run: Run, points: Points, symptoms: list[Symptom], aim: float, seeds: int) -> list[Finding]:
    """The symptoms with a change that lets half of the other seeds reach the aim."""
    findings = []
    for symptom in symptoms:
        trial = first_that_helps(run, points, symptom.remedies, aim, seeds)
        if trial is not None and trial.helps:
            findings.append(_finding(symptom, trial))
        elif symptom.certain:
            findings.append(_finding(symptom, trial) if trial is not None and trial.eases else symptom.untried())
    return findings


def _finding(symptom: Symptom, trial: Trial) -> Finding:
    return Finding(symptom.name, symptom.evidence, f"{trial}.", trial.remedy)


def _other_causes(
    run: Run, points: Points, symptoms: list[Symptom], aim: float, seeds: int, reachable: float
) -> list[Finding]:
    """No symptom of its own explains the failure: the seed, the number of units, or whatever helps."""
    same = tried(run, points, Remedy("another seed"), aim, seeds)
    if same is not None and same.helps:
        return [_luck(run, same)]
    few = min(seeds, TRIAL_SEEDS)
    if isinstance(run.network, Network):
        size, wider = _layers.too_few_units(run.network)
        trial = first_that_helps(run, points, wider, aim, few) if wider else None
        if trial is not None and trial.helps:
            evidence = f"{size}, and {_history.plateau(run)} Of {_counted(same)}."
            return [Finding("too few units", evidence, f"{trial}.", trial.remedy)]
    trial = first_that_helps(run, points, _anything(run), aim, few)
    best = max((t for t in (trial, same) if t is not None), key=lambda t: (t.solved, t.middle), default=None)
    stuck = run.status is Status.STUCK
    name = "stuck on a plateau" if stuck else "not learnt"
    evidence = f"{_history.plateau(run)} The points allow about {reachable:.1%}."
    findings = [symptom.untried() for symptom in symptoms if symptom.certain]
    if best is not None and (best.solved or best.eases):
        return [*findings, Finding(name, evidence, f"{best}.", best.remedy)]
    tried_words = "another seed, wider layers, Adam, tanh and four times the epochs were tried, and none of them helped"
    return [*findings, Finding(name, evidence, f"the cause is not known: {tried_words}.")]


def _counted(same: Trial | None) -> str:
    if same is None:
        return "other seeds none could be trained"
    return f"{len(same.scores)} other seeds with it {same.solved} reach {same.aim:.1%}"


def _anything(run: Run) -> tuple[Remedy, ...]:
    """Changes that help against many faults, for a failure of unknown cause."""
    adam, more = {"optimizer": "adam", "lr": 0.02}, {"epochs": run.epochs * 4}
    remedies = [
        Remedy("optimizer='adam', lr=0.02", recipe=adam),
        Remedy(f"epochs={run.epochs * 4}", recipe=more),
        *_history.higher_rates(run)[:1],
    ]
    if isinstance(run.network, Network):
        widths = (run.network.n_inputs, 32, 32, run.network.n_outputs)
        tanh = {"widths": widths, "activation": "tanh"}
        name = "-".join(map(str, widths))
        remedies += [
            Remedy("activation='tanh'", network={"activation": "tanh"}),
            Remedy(f"{name} with tanh, optimizer='adam', lr=0.02", network=tanh, recipe=adam),
        ]
    return tuple(remedies)


def _unexplained(run: Run, reachable: float | None = None) -> list[Symptom]:
    """A failure without a symptom, where nothing may be tried."""
    name = "stuck on a plateau" if run.status is Status.STUCK else "not learnt"
    evidence = _history.plateau(run) + (f" The points allow about {reachable:.1%}." if reachable is not None else "")
    about = "the points and other seeds show more: diagnose(points, seeds=20)"
    return [Symptom(name, evidence, (Remedy(about),))]


def _worse_than_others(run: Run, points: Points, seeds: int) -> list[Finding]:
    """As good as the points seem to allow, but clearly worse than the same training with other seeds, or units that live."""
    if not seeds:
        return []
    aim = max(1 - HALF * (1 - run.accuracy), run.accuracy + BETTER)
    if aim > 1:
        return []
    same = tried(run, points, Remedy("another seed"), aim, seeds)
    if same is None:
        return []
    findings = []
    if run.recipe.patience is not None:
        # The other seeds are trained without early stopping; where all its haste explains, no seed is to blame.
        findings = _confirmed(run, points, _history.unfinished(run), aim, min(seeds, TRIAL_SEEDS))
        if findings:
            return findings
    dead = [symptom for symptom in _layers.of_layers(run, points) if symptom.name == "dead units"]
    for symptom in dead:
        # Only changes that leave the number of units as it is: more of them would learn noise in the labels by heart.
        remedies = tuple(remedy for remedy in symptom.remedies if "widths" not in remedy.network)
        trial = first_that_helps(run, points, remedies, aim, min(seeds, TRIAL_SEEDS))
        if trial is not None and trial.helps and (same.helps or trial.middle >= same.middle + BETTER):
            findings.append(_finding(symptom, trial))
    return findings + ([_luck(run, same)] if same.helps else [])


def _luck(run: Run, same: Trial) -> Finding:
    counted = share(same.solved, len(same.scores))
    best = int(same.seeds[same.scores.argmax()])
    evidence = (
        f"{same.solved} of {len(same.scores)} other seeds get at least {same.aim:.1%} of the rows right ({counted.low:.0%} to "
        f"{counted.high:.0%} of all seeds, with 95% confidence): seed {run.recipe.seed} gets {run.accuracy:.1%}, the middle "
        f"one {same.middle:.1%}."
    )
    advice = f"seed={best}, which reached {same.scores.max():.1%}."
    return Finding("bad luck with the seed", evidence, advice, Remedy(f"seed={best}", recipe={"seed": best}))


def _overfitting(run: Run, points: Points, seeds: int) -> list[Finding]:
    symptoms = _history.validation_rises(run)
    if not symptoms and seeds and run.recipe.patience is None:
        symptoms = _generalisation.overfits(run, points)
    return [symptom.untried() for symptom in symptoms]


def _imbalance(run: Run, points: Points, seeds: int) -> list[Finding]:
    """A rare class that is missed, unless equal weights of both classes don't find it either."""
    findings = []
    predicted = run.predict(points.x)
    for symptom in _points.rare_class_missed(points, predicted):
        remedy = symptom.remedies[0]
        before = balanced_accuracy(points, predicted)
        trial = tried(run, points, remedy, before, min(seeds, TRIAL_SEEDS), balanced_accuracy) if seeds else None
        if trial is None:
            findings.append(symptom.untried())
            continue
        found = (
            f"with it the middle of {len(trial.scores)} other seeds reaches a balanced accuracy of {trial.middle:.1%}"
        )
        if trial.middle > before + BETTER:
            findings.append(
                Finding(symptom.name, symptom.evidence, f"{remedy.about}: {found} instead of {before:.1%}.", remedy)
            )
        elif np.isfinite(before):
            advice = f"more rows of the rare class; {remedy.about} was tried: {found}, {before:.1%} without."
            findings.append(Finding(symptom.name, symptom.evidence, advice))
    return findings
