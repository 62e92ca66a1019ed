"""The diagnosis of a classifier of tables: of a single network its training, of an ensemble its members and its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.estimators.encoding.encoding import encode
from separatrix.estimators.portable import Member, as_portable
from separatrix.evaluation.overview import overview_of
from separatrix.support.surroundings import insulated
from separatrix.training.finding import Finding

if TYPE_CHECKING:
    from separatrix.data.table import Table

ROWS = 5_000  # rows on which members are examined
MANY = 0.5  # share of a layer's units, all of a member's output, that must be silent
AS_GOOD = 0.99  # share of the log loss of the class shares from which on nothing was learnt
CHOSEN = 10  # numbers that a blend chooses on rows left out: five weights, five checkpoints
WORSE, BY = 1.25, 0.02  # times the log loss of the linear base model, and so much more
CONSTANT = 1e-6  # probabilities that differ by no more are one answer for every row
NAMES = {
    "leak": "column may hold the answer",
    "constant": "constant column",
    "identifier": "column identifies rows",
    "twins": "duplicated columns",
    "missing": "column of missing values",
    "duplicates": "repeated rows",
    "scarce": "few rows of a class",
}
ADVICE = {
    "leak": "leave the column out unless it is known before the outcome, and train again.",
    "constant": "leave the column out.",
    "identifier": "leave the column out.",
    "twins": "leave one of them out.",
    "missing": "leave the column out if it is missing for no reason that matters.",
    "duplicates": "remove the copies, or keep them together by --group.",
    "contradictions": "check the labels, and add a column that distinguishes these rows.",
    "imbalance": "choose the threshold by --metric balanced_accuracy or f1, and judge by recall and precision.",
    "scarce": "gather more rows of this class before differences between models are believed.",
}


@insulated
def diagnose_model(classifier: Any, table: Table | None = None, *, seeds: int = 20) -> tuple[Finding, ...]:
    """Find out what is wrong with a fitted classifier of tables; nothing is changed.

    Args:
        classifier: a fitted `MLPBinaryClassifier` or `SeparatrixClassifier`.
        table: the rows that it was trained on, with its target. Without them only what the model itself records can be
            examined.
        seeds: number of other seeds to train, as for `Run.diagnose`; an ensemble, which has many seeds of its own, trains
            none.

    Returns:
        The findings; none for a healthy model.

    Raises:
        InvalidData: the table has no target of the model's two classes.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.moons(200, seed=0)
        >>> fitted = sx.MLPBinaryClassifier((8,), learning_rate_init=0.02, random_state=0).fit(points.x, points.y)
        >>> [finding.name for finding in diagnose_model(fitted)]
        []
    """
    labels = None if table is None else _classes(classifier, table)
    if hasattr(classifier, "run_"):
        return _of_training(classifier, table, labels, seeds)
    findings = list(_of_blend(classifier, labels))
    if table is not None and labels is not None:
        findings += [*_of_members(classifier, table, labels), *_of_answers(classifier, table)]
        findings += _of_data(table, classifier.classes_[1].item())
    return tuple(findings)


def _classes(classifier: Any, table: Table) -> np.ndarray:
    """The labels of the table as classes 0 and 1, (n,) int8."""
    if table.labels is None:
        raise InvalidData("the table has no labels; read it with the model's target.")
    known = classifier.classes_.tolist()
    odd = sorted({str(label) for label in table.labels.unique().to_list()} - {str(label) for label in known})
    if odd and not set(table.labels.unique().to_list()) <= set(known):
        raise InvalidData(f"the model tells {known[0]!r} from {known[1]!r}, but the table has the label {odd[0]!r}.")
    labels: np.ndarray = (table.labels == known[1]).to_numpy().astype(np.int8)
    return labels


def _of_training(classifier: Any, table: Table | None, labels: np.ndarray | None, seeds: int) -> tuple[Finding, ...]:
    """A single network is diagnosed as any run, on the encoded rows if there are some."""
    run = classifier.run_
    if table is None or labels is None:
        findings: tuple[Finding, ...] = run.diagnose(seeds=seeds)
        return findings
    points = Points(encode(classifier.encoding_, table.frame, str(run.parameters.dtype)), labels)
    # Encoded columns of one category, or of a gap, may well repeat each other; the table's own are looked at instead.
    found = [f for f in run.diagnose(points, seeds=seeds) if f.name not in ("constant column", "duplicated columns")]
    return (*found, *_of_data(table, classifier.classes_[1].item()))


def _of_blend(classifier: Any, labels: np.ndarray | None) -> Iterator[Finding]:
    """What the out-of-fold rows said when the ensemble was fitted."""
    models, loss = classifier.base_models_, float(classifier.log_loss_)
    if not np.isfinite(loss):
        return
    share = float(labels.mean()) if labels is not None else 0.5
    chance = -(share * np.log(share) + (1 - share) * np.log(1 - share)) if 0 < share < 1 else 0.0
    # Checkpoints and weights were chosen on the same rows: a handful of numbers, each worth half a row's log loss.
    optimism = CHOSEN / 2 / len(labels) if labels is not None else 0.0
    if loss >= AS_GOOD * chance - optimism:
        evidence = (
            f"On rows that were left out the log loss is {loss:.3f}; answering every row by the share of the classes gives "
            f"{chance:.3f}. By base model it is {_listed(models)}."
        )
        yield Finding(
            "nothing learnt",
            evidence,
            "columns that have to do with the target, or more rows; other settings will not help.",
        )
        return
    linear = models.filter(models["base_model"] == "linear")
    if linear.height and loss > WORSE * float(linear["log_loss"][0]) + BY:
        evidence = (
            f"On rows that were left out the blend has a log loss of {loss:.3f}, its logistic regression alone "
            f"{float(linear['log_loss'][0]):.3f}."
        )
        yield Finding(
            "blend worse than its linear member", evidence, "a logistic regression, or more rows than a few dozen."
        )


def _listed(models: Any) -> str:
    return ", ".join(f"{name} {loss:.3f}" for name, loss in zip(models["base_model"], models["log_loss"], strict=True))


def _of_members(classifier: Any, table: Table, labels: np.ndarray) -> Iterator[Finding]:
    """Members that give one answer for every row, or most of whose units do."""
    silent: list[str] = []
    rows = table.frame.head(ROWS)
    encodings: dict[int, np.ndarray] = {}
    members: tuple[Member, ...] = as_portable(classifier).members
    for number, member in enumerate(members, start=1):
        x = encodings.setdefault(id(member.encoding), encode(member.encoding, rows, str(member.parameters.dtype)))
        logit, share = _silence(member, x)
        if np.ptp(logit) <= CONSTANT and member.scale != 0:
            silent.append(f"member {number} ({member.network}) gives {logit[0]:.3g} for every row")
        elif share >= MANY:
            silent.append(f"{share:.0%} of the units of member {number} ({member.network}) give 0 for every row")
    if silent:
        more = f", and {len(silent) - 3} more" if len(silent) > 3 else ""
        yield Finding(
            "silent members",
            f"Of {len(members)} members {len(silent)} do nothing on the rows: {'; '.join(silent[:3])}{more}.",
            "train again with another random_state; if it stays so, look for columns of one value or extreme numbers.",
        )


def _silence(member: Member, x: np.ndarray) -> tuple[np.ndarray, float]:
    """The member's logits (n,), and the largest share of a layer's units that give 0 for every row."""
    steps = member.network.trace(member.parameters, x)
    shares = [float((np.abs(a).max(axis=0) == 0).mean()) for _, a in steps[:-1]]
    return member.network.logit(member.parameters, x), max(shares, default=0.0)


def _of_answers(classifier: Any, table: Table) -> Iterator[Finding]:
    """The same answer for every row."""
    probabilities = classifier.predict_proba(table.frame.head(ROWS))[:, 1]
    if len(probabilities) > 1 and np.ptp(probabilities) <= CONSTANT:
        yield Finding(
            "constant output",
            f"The probability of {classifier.classes_[1]!s} is {probabilities[0]:.3f} for every row.",
            "columns that have to do with the target.",
        )


def _of_data(table: Table, positive: Any) -> list[Finding]:
    """What the overview warns of, as findings."""
    findings = []
    for concern in overview_of(table, positive).concerns:
        columns = f"Column{'s' * (len(concern.columns) > 1)} {' and '.join(map(repr, concern.columns))}: "
        evidence = (columns if concern.columns else "") + concern.sentence
        findings.append(
            Finding(
                NAMES.get(concern.kind, concern.kind), evidence, ADVICE.get(concern.kind, "look at the rows concerned.")
            )
        )
    return findings
