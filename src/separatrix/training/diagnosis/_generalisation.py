"""Overfitting without validation rows: the same training on folds of the points, beside rules that know less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import SeparatrixError
from separatrix.networks.network import Network
from separatrix.training.diagnosis._trials import WORK, _plain
from separatrix.training.finding import Remedy, Symptom
from separatrix.training.loop import train
from separatrix.training.run import Run

LEARNT = 0.9  # training accuracy above which it makes sense to ask whether it was learnt by heart
LEAVE_ONE_OUT = 24  # rows up to which each is left out by itself
FOLDS = 5
GAP = 0.1  # accuracy lost on rows left out
FEWEST = 6
NOISY = 0.9  # accuracy of simpler rules up to which labels contradict each other
CONFIDENT = 2.0  # times the log loss of a simpler rule, and of the class shares
PENALTIES = (0.01, 0.1)
SIMPLE_ROWS = 2_000


@dataclass(frozen=True, eq=False)
class LeftOutScores:
    """Predictions of every row by trainings that left it out.

    Attributes:
        right: whether the class was right, (n,) bool.
        log_loss: mean log loss, in nats.
    """

    right: np.ndarray
    log_loss: float

    @property
    def accuracy(self) -> float:
        """The share of rows that were right."""
        return float(self.right.mean())


def overfits(run: Run, points: Points) -> list[Symptom]:
    """Nearly all training rows are right, but left out of the training they are wrong more often than by simpler rules.

    The training is repeated with a fold left out (each row, up to 24 rows; else fifths) and asked about it. It is compared
    with a logistic regression and the nearest neighbours on the same folds.
    """
    network, n = run.network, len(points)
    rare = min(points.n_positive, n - points.n_positive)
    if not isinstance(network, Network) or run.accuracy < LEARNT or not FEWEST <= n <= SIMPLE_ROWS or rare < 3:
        return []
    folds = _folds(points)
    epochs = int(WORK / (n * network.n_parameters * min(len(folds), 8)))
    if run.epochs > 4 * epochs:  # too long to repeat a few times
        return []
    ours = _out_of_fold(run, points, folds)
    if ours is None:
        return []
    simple, name = max((_simple(points, folds, kind), kind) for kind in ("line", "neighbours"))
    if not _clearly_worse(run.accuracy, ours, simple, points):
        return []
    words = {"line": "a logistic regression is", "neighbours": "the nearest neighbours are"}[name]
    left = "each row left out once" if n <= LEAVE_ONE_OUT else f"{FOLDS} folds, each left out once"
    evidence = (
        f"{run.accuracy:.1%} of the training rows are right, but only {ours.accuracy:.1%} of rows that the same training has "
        f"not seen ({left}), with a log loss of {ours.log_loss:.2g}; {words} right for {simple.accuracy:.1%} of them."
    )
    return [Symptom("overfitting", evidence, (_best_penalty(run, points, folds, ours),), certain=True)]


def _clearly_worse(training: float, ours: LeftOutScores, simple: LeftOutScores, points: Points) -> bool:
    """Whether rows left out are wrong, surely so, and a simpler rule does as well or better."""
    share = points.n_positive / len(points)
    chance = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    # A log loss above that of the class shares is worse than no columns at all: wrong answers are given with confidence.
    confident = ours.log_loss > CONFIDENT * max(chance, simple.log_loss)
    contradicted = simple.accuracy <= NOISY  # else the rows that are missed lie near a border, and more points would do
    return bool(training - ours.accuracy >= GAP and simple.accuracy >= ours.accuracy and confident and contradicted)


def _folds(points: Points) -> list[np.ndarray]:
    """The rows of each fold."""
    if len(points) <= LEAVE_ONE_OUT:
        return [np.array([row]) for row in range(len(points))]
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    try:
        return [rows for _, rows in folds.split(points.x, points.y)]
    except ValueError:  # a class with fewer rows than folds
        return list(np.array_split(np.random.default_rng(0).permutation(len(points)), FOLDS))


def _out_of_fold(run: Run, points: Points, folds: list[np.ndarray], **changes: object) -> LeftOutScores | None:
    """The training with each fold left out; None if one can't be trained."""
    logits = np.zeros(len(points))
    recipe = _plain(run.recipe).replace(**({"solved_below": None} | changes), epochs=run.epochs)
    for rows in folds:
        rest = np.setdiff1d(np.arange(len(points)), rows)
        batch = {"batch_size": min(recipe.batch_size, len(rest))} if recipe.batch_size else {}
        try:
            trained = train(run.network, recipe.replace(**batch), points.take(rest))
        except SeparatrixError:  # such as a fold without which one class is left
            return None
        logits[rows] = trained.logit(points.x[rows])
    return _scored(logits, points)


def _scored(logits: np.ndarray, points: Points) -> LeftOutScores:
    with np.errstate(over="ignore"):
        losses = np.logaddexp(0, np.where(points.y == 1, -logits, logits))
    return LeftOutScores((logits > 0) == (points.y == 1), float(losses.mean()))


class _Ranked(LeftOutScores):
    def __lt__(self, other: LeftOutScores) -> bool:
        return self.accuracy < other.accuracy


def _simple(points: Points, folds: list[np.ndarray], kind: str) -> LeftOutScores:
    """A logistic regression, or the majority of the nearest neighbours, with each fold left out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    share = np.zeros(len(points))
    for rows in folds:
        rest = np.setdiff1d(np.arange(len(points)), rows)
        near = min(15, max(1, len(rest) // 4))
        model = LogisticRegression(max_iter=200) if kind == "line" else KNeighborsClassifier(near | 1)
        fitted = make_pipeline(StandardScaler(), model).fit(points.x[rest], points.y[rest])
        share[rows] = fitted.predict_proba(points.x[rows])[:, 1]
    share = np.clip(share, 1e-3, 1 - 1e-3)
    scored = _scored(np.log(share / (1 - share)), points)
    return _Ranked(scored.right, scored.log_loss)


def _best_penalty(run: Run, points: Points, folds: list[np.ndarray], ours: LeftOutScores) -> Remedy:
    """The penalty with the most rows right that were left out, if it is better than none; else more points."""
    best, l2 = ours, None
    for penalty in PENALTIES:
        result = _out_of_fold(run, points, folds, l2=penalty)
        if result is not None and (result.accuracy, -result.log_loss) > (best.accuracy, -best.log_loss):
            best, l2 = result, penalty
    if l2 is None:
        return Remedy("more points, a smaller network, or fewer epochs")
    return Remedy(
        f"l2={l2:g}, or fewer units: with it {best.accuracy:.1%} of rows left out are right, with a log loss of "
        f"{best.log_loss:.2g}",
        recipe={"l2": l2},
    )
