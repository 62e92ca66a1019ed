"""Symptoms of the points, and the accuracy that they allow: columns without information, unlike scales, a rare class."""

from __future__ import annotations

import numpy as np

from separatrix.data.points import Points
from separatrix.training.finding import Finding, Remedy, Symptom

ALIKE = 1 - 1e-9  # a correlation above this means the same column, up to unit and zero
RARE = 0.15  # a class with a smaller share can be ignored at little cost in accuracy
MISSED = 0.5  # share of its rows
FAR = 100.0  # a column this far from 0, or this much wider than another, makes steps of one size impossible


def of_columns(points: Points) -> list[Finding]:
    """Columns that carry no information, or the same twice. Nothing is tried: leaving one out changes no other."""
    return constant_columns(points) + duplicated_columns(points)


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


def rare_class_missed(points: Points, predicted: np.ndarray) -> list[Symptom]:
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
    about = f"weigh its rows {(1 - share) / share:.0f} times: train(…, sample_weight=…)"
    return [Symptom("imbalance", evidence, (Remedy(about, points="balance"),), certain=True)]


def columns_of_unlike_size(points: Points) -> list[Symptom]:
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
    about = "standardise the columns: (x - mean) / standard deviation"
    return [Symptom("columns of unlike size", evidence, (Remedy(about, points="standardise"),))]


# The accuracy that a training could have reached, so that noise in the labels is not taken for a failure.


NEIGHBOURS = (1, 3, 7, 15)  # a few follow fine borders, many average out noise
MOST = 5_000  # rows that are compared with their neighbours
NEAR = 0.03  # an accuracy this close to that of the neighbours is no failure
TOO_FEW = 16  # rows up to which nothing can be learnt from neighbours: every row that isn't contradicted can be right
CONTRARY = (
    0.35  # neighbours that are right less often than this are mostly of the other class, as at the corners of XOR
)


def reachable(points: Points) -> float:
    """An estimate of the accuracy that the points allow, in [0, 1], with the noise in their labels.

    It is the best of several rules, each asked only about rows that it has not seen: the majority of the nearest 1, 3, 7 or
    15 neighbours in standardised columns, a logistic regression, and the larger class. Of up to 16 rows, all that are not
    contradicted by an equal row.
    """
    x, y = points.x.astype(np.float64), points.y
    if len(x) > MOST:
        rows = np.random.default_rng(0).permutation(len(x))[:MOST]
        x, y = x[rows], y[rows]
    if len(x) <= TOO_FEW:
        return _uncontradicted(x, y)
    deviation = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    return max(float(y.mean()), 1 - float(y.mean()), _by_neighbours(x, y), _by_a_line(x, y))


def _uncontradicted(x: np.ndarray, y: np.ndarray) -> float:
    """The share of rows that a rule can get right that answers equal rows equally."""
    _, group = np.unique(x, axis=0, return_inverse=True)
    group = group.ravel()
    ones, size = np.bincount(group, y), np.bincount(group)
    return float(np.maximum(ones, size - ones).sum() / len(y))


def _by_neighbours(x: np.ndarray, y: np.ndarray) -> float:
    from scipy.spatial import KDTree

    counts = [count for count in NEIGHBOURS if count < len(x)]
    _, near = KDTree(x).query(x, counts[-1] + 1)
    votes = np.cumsum(y[near[:, 1:]], axis=1)  # the first neighbour is the row itself
    shares = [float(((votes[:, count - 1] * 2 > count) == y).mean()) for count in counts]
    # Neighbours that are nearly always wrong say as much as those that are right: on a chessboard each one is the other.
    return max(*shares, *(1 - share for share in shares if share < CONTRARY))


def _by_a_line(x: np.ndarray, y: np.ndarray) -> float:
    """The accuracy of a logistic regression on rows that it was not fitted on."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if min(int(y.sum()), int(len(y) - y.sum())) < 2:
        return 0.0
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    answers = cross_val_predict(LogisticRegression(max_iter=200), x, y, cv=folds)
    return float((answers == y).mean())
