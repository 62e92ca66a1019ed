"""What is wrong with the points: columns that say nothing or the same, a class that is nearly absent."""

from __future__ import annotations

import numpy as np

from separatrix.diagnosis.finding import Finding
from separatrix.points import Points

ALIKE = 1 - 1e-9  # a correlation beyond it means the same column, up to unit and zero
RARE = 0.15  # a class with a smaller share can be left out at little cost
MISSED = 0.5  # of its rows
FAR = 100.0  # a column this far from 0, or this much wider than another, makes steps of one size impossible


def constant_columns(points: Points) -> list[Finding]:
    """Columns with one value in every row."""
    still: np.ndarray = np.flatnonzero((points.x == points.x[0]).all(axis=0))
    return [
        Finding(
            "constant column",
            f"Column {column} is {points.x[0, column]:g} in all {len(points):,} rows, so it can tell nothing apart.",
            "leave the column out.",
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
            f"Columns {moving[one]} and {moving[other]} carry the same numbers, up to unit and zero "
            f"(correlation {likeness[one, other]:.9f}).",
            "leave one of them out.",
        )
        for one, other in pairs
        if len(points) > 2
    ]


def imbalance(points: Points, predicted: np.ndarray) -> list[Finding]:
    """A rare class most of whose rows are missed; predicted: (n,) of 0 and 1."""
    rare = int(points.n_positive * 2 <= len(points))
    own = points.y == rare
    share = float(own.mean())
    missed = float((predicted[own] != rare).mean()) if own.any() else 0.0
    if not 0 < share < RARE or missed < MISSED:
        return []
    evidence = (
        f"Class {rare} is {share:.1%} of the rows ({int(own.sum())} of {len(points):,}) and {missed:.0%} of it is missed; "
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
