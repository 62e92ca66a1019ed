"""Where the decision falls: the probability of class 1 on a grid over the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import Integer, Real, Rule, check

MOST_NODES = 500  # along an axis: over wide ranges the step grows, so that there are hardly more
WIDE, LEAST_MARGIN = (
    50.0,
    0.02,
)  # along a longer range, the least margin as a share of it: beside a million, 1 is nothing


class Predictor(Protocol):
    """Anything that gives probabilities as scikit-learn does: a `Run`, a classifier."""

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of class 0 and class 1: x (n, d) -> (n, 2)."""
        ...


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
    """Refuse points that are not in the plane.

    Raises:
        InvalidData: x does not have two columns.
    """
    if points.n_inputs != 2:
        raise InvalidData(f"a picture of the plane needs points with 2 inputs, got {points.n_inputs}.")


def margins(points: Points, margin: float) -> np.ndarray:
    """The margin along each axis, (2,) float64: at least 2 % of a range above 50, unless it is 0.

    >>> margins(Points(np.array([[0.0, 0.0], [4.0, 1e6]]), np.array([0, 1])), 1.0).tolist()
    [1.0, 20000.0]
    """
    span = np.ptp(points.x.astype(np.float64), axis=0)
    return np.where((span > WIDE) & (margin > 0), np.maximum(margin, LEAST_MARGIN * span), margin)


def grid(points: Points, margin: float = 1.0, step: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """The lesson's grid: the data's range and `margin` on each side, in steps of `step`, the far end left out.

    Two arrays (a, b) of the points' dtype, as `np.meshgrid(…, indexing="ij")` of two `np.arange`. An axis that would
    have more than `MOST_NODES` nodes (with the lesson's step: one over a range of more than 50) gets a longer step.

    Args:
        points: x (n, 2).
        margin: distance of the grid's edge from the data; on an axis whose range is above 50, at least 2 % of the range
            unless it is 0.
        step: distance of neighbouring nodes.

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: a margin below 0, a step not above 0, or one that leaves less than two nodes on an axis.

    Examples:
        >>> points = Points(np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([0, 1]))
        >>> x1, x2 = grid(points)
        >>> x1.shape, x1[:3, 0].round(1).tolist(), x2[0, :3].round(1).tolist()
        ((30, 40), [-1.0, -0.9, -0.8], [-1.0, -0.9, -0.8])
    """
    low, high = _frame("grid", points, margin, {"step": step}, {"step": Real(0, open_low=True)})
    # The lesson's step stays as it is unless the grid would become too large.
    steps = np.maximum(step, (high - low) / MOST_NODES)
    return _mesh("grid", points, [np.arange(a, b, s) for a, b, s in zip(low, high, steps, strict=True)])


def fine_grid(points: Points, margin: float = 0.5, nodes: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """A grid over the data's range and `margin` on each side, ends included: two arrays (nodes, nodes).

    Args:
        points: x (n, 2).
        margin: distance of the grid's edge from the data, as in `grid`.
        nodes: number of nodes along each axis.

    Raises:
        InvalidData: x doesn't have two columns.
        InvalidParameter: a margin below 0, nodes out of range, or a range of 0 on an axis.
    """
    low, high = _frame("fine_grid", points, margin, {"nodes": nodes}, {"nodes": Integer(2, 1000)})
    return _mesh("fine_grid", points, [np.linspace(a, b, nodes) for a, b in zip(low, high, strict=True)])


def _frame(
    owner: str, points: Points, margin: float, settings: dict[str, float], rules: dict[str, Rule]
) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper corner of the picture, each (2,) float64; rounded as the points are, as in the lesson."""
    refuse_not_planar(points)
    check(owner, {"margin": margin} | settings, {"margin": Real(0)} | rules)
    widths = margins(points, margin).astype(points.x.dtype)
    low, high = points.x.min(0) - widths, points.x.max(0) + widths
    return low.astype(np.float64), high.astype(np.float64)


def _mesh(owner: str, points: Points, axes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    # `ij` indexing, as in the lesson: the first axis of the arrays is the first coordinate.
    x1, x2 = np.meshgrid(*(axis.astype(points.x.dtype) for axis in axes), indexing="ij")
    if min(x1.shape) < 2 or x1[0, 0] == x1[-1, 0] or x2[0, 0] == x2[0, -1]:
        raise InvalidParameter(
            f"{owner}: expected at least two different nodes on each axis, got {x1.shape[0]} × {x1.shape[1]} over the "
            "data's range; take a smaller step or a larger margin."
        )
    return x1, x2


def on_grid(predictor: Predictor, nodes: tuple[np.ndarray, np.ndarray]) -> Boundary:
    """The probability of class 1 at every node of a grid; NaN where the predictor gives NaN, as a diverged run may.

    Raises:
        InvalidData: `predict_proba` doesn't give two columns.

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
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverged
        probability = np.asarray(predictor.predict_proba(flat))  # (n, 2) -> (n, 2)
    if probability.shape != (len(flat), 2):
        raise InvalidData(f"predict_proba must give two columns, shape {(len(flat), 2)}, got {probability.shape}.")
    return Boundary(x1, x2, probability[:, 1].reshape(x1.shape))


def compute_boundary(predictor: Predictor, points: Points, *, margin: float = 1.0, step: float = 0.1) -> Boundary:
    """Compute the probabilities on the lesson's grid: `on_grid` on `grid`.

    Args:
        predictor: gives probabilities as scikit-learn does.
        points: x (n, 2), for the range of the grid.
        margin: as in `grid`.
        step: as in `grid`.

    Raises:
        InvalidData: x doesn't have two columns, or `predict_proba` doesn't give two.
        InvalidParameter: a margin or a step out of range.
    """
    return on_grid(predictor, grid(points, margin, step))
