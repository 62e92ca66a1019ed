"""Where the decision falls: the probability of class 1 on a grid over the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from separatrix.constraints import Integer, Real, check
from separatrix.errors import InvalidData
from separatrix.points import Points

MOST_NODES = 1_000_000  # the grid's step grows so that there are no more


class Predictor(Protocol):
    """Anything that gives probabilities as scikit-learn does: a `Run`, a classifier."""

    def predict_proba(self, x: Any) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class Boundary:
    """Probabilities on a grid.

    Attributes:
        x1: first coordinate of the nodes, (a, b): constant along the second axis (`indexing="ij"`).
        x2: second coordinate, (a, b).
        probability: of class 1, (a, b).
    """

    x1: np.ndarray
    x2: np.ndarray
    probability: np.ndarray


def refuse_not_planar(points: Points) -> None:
    """Raise `InvalidData` unless x has two columns."""
    if points.n_inputs != 2:
        raise InvalidData(f"a picture of the plane needs points with 2 inputs, got {points.n_inputs}.")


def grid(points: Points, margin: float = 1.0, step: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """The lesson's grid: the data's range and `margin` on each side, in steps of `step`, without the last end.

    Two arrays (a, b), float32, as `np.meshgrid(…, indexing="ij")` of two `np.arange`. Over wide ranges the step grows, so
    that there are at most `MOST_NODES` nodes.

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: a margin below 0, a step not above 0.
    """
    refuse_not_planar(points)
    check("grid", {"margin": margin, "step": step}, {"margin": Real(0), "step": Real(0, open_low=True)})
    low, high = (edge.astype(np.float64) for edge in (points.x.min(0) - margin, points.x.max(0) + margin))
    nodes = np.prod((high - low) / step + 1)
    if nodes > MOST_NODES:
        step *= float(np.sqrt(nodes / MOST_NODES))
        step = max(step, float((high - low).max()) / MOST_NODES * 2)
    axes = [np.arange(a, b, step).astype(np.float32) for a, b in zip(low, high, strict=True)]
    x1, x2 = np.meshgrid(*axes, indexing="ij")
    return x1, x2


def fine_grid(points: Points, margin: float = 0.5, nodes: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """A grid of nodes × nodes over the data's range and `margin` on each side, ends included: two arrays (nodes, nodes).

    Raises:
        InvalidData: x doesn't have two columns.
    """
    refuse_not_planar(points)
    check("fine_grid", {"margin": margin, "nodes": nodes}, {"margin": Real(0), "nodes": Integer(2, 1000)})
    low, high = points.x.min(0) - margin, points.x.max(0) + margin
    axes = [np.linspace(a, b, nodes, dtype=np.float32) for a, b in zip(low, high, strict=True)]
    x1, x2 = np.meshgrid(*axes, indexing="ij")
    return x1, x2


def on_grid(predictor: Predictor, nodes: tuple[np.ndarray, np.ndarray]) -> Boundary:
    """The probability of class 1 at every node of a grid.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=10), points)
        >>> found = on_grid(run, grid(points))
        >>> found.probability.shape == found.x1.shape
        True
    """
    x1, x2 = nodes
    flat = np.column_stack((x1.ravel(), x2.ravel()))
    return Boundary(x1, x2, predictor.predict_proba(flat)[:, 1].reshape(x1.shape))
