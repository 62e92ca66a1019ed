"""The fold: where the plane goes, layer after layer, until one flat cut separates the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.boundary import refuse_not_planar
from separatrix.errors import InvalidData
from separatrix.network import Network
from separatrix.points import Points
from separatrix.run import Run


@dataclass(frozen=True, eq=False)
class Stage:
    """The points and the grid lines in one layer's space, in at most three dimensions.

    Attributes:
        name: "input", "fc1", …
        width: how many dimensions the space has.
        points: (n, k), k = 1, 2 or 3.
        lines: grid lines of the plane, (lines, nodes, k).
        kept: share of the variance of points and lines that the projection keeps; 1 where nothing was projected.
        normal: (k,), direction of the final cut in these coordinates, or None if another layer follows.
        offset: the cut is normal · a + offset = 0.
    """

    name: str
    width: int
    points: np.ndarray
    lines: np.ndarray
    kept: float
    normal: np.ndarray | None = None
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Folding:
    """All stages, the last one being the line of logits.

    Attributes:
        stages: input, every hidden layer.
        logit: of the points, (n,): where they end up; the cut is at 0.
    """

    stages: tuple[Stage, ...]
    logit: np.ndarray


def compute_folding(run: Run, points: Points, lines: int = 13, nodes: int = 121) -> Folding:
    """Follow points and grid lines through the network.

    A layer of up to three units is shown as it is. A wider one is projected on three orthogonal directions: the main
    ones of its variance (principal components); in the last hidden layer the first direction is the cut's normal, so that
    the cut is seen edge-on and no point changes its side.

    Args:
        run: a training of a `Network` with two inputs.
        points: x (n, 2).
        lines: grid lines each way.
        nodes: points of a line.

    Raises:
        InvalidData: x doesn't have two columns, or a run of a user's module.
    """
    refuse_not_planar(points)
    network = run.network
    if not isinstance(network, Network):
        raise InvalidData("the fold needs a Network; a module of your own can be of any shape.")
    mesh = _grid_lines(points, lines, nodes)
    both = np.concatenate([points.x.astype(np.float64), mesh.reshape(-1, 2)])
    spaces = [both, *(a for _, a in network.trace(run.parameters.astype(np.float64), both)[:-1])]
    weight, bias = network.split(run.parameters.astype(np.float64))[-1]
    normal, offset = (weight[0], bias[0]) if network.n_outputs == 1 else (weight[1] - weight[0], bias[1] - bias[0])
    names = ["input", *(layer.name for layer in network.layout[:-1])]
    stages = [
        _stage(name, space, len(points), mesh.shape[:2], normal if k == len(spaces) - 1 else None, float(offset))
        for k, (name, space) in enumerate(zip(names, spaces, strict=True))
    ]
    return Folding(tuple(stages), network.logit(run.parameters, points.x))


def _grid_lines(points: Points, lines: int, nodes: int) -> np.ndarray:
    """Lines of constant x1, then of constant x2, over the data's range and a little more: (2 lines, nodes, 2)."""
    low, high = points.x.min(0).astype(np.float64) - 0.3, points.x.max(0).astype(np.float64) + 0.3
    across = [np.linspace(a, b, lines) for a, b in zip(low, high, strict=True)]
    along = [np.linspace(a, b, nodes) for a, b in zip(low, high, strict=True)]
    upright = [np.column_stack((np.full(nodes, at), along[1])) for at in across[0]]
    level = [np.column_stack((along[0], np.full(nodes, at))) for at in across[1]]
    return np.stack(upright + level)


def _stage(
    name: str, space: np.ndarray, rows: int, mesh: tuple[int, ...], normal: np.ndarray | None, offset: float
) -> Stage:
    """One space, projected if it has more than three dimensions."""
    width, kept = space.shape[1], 1.0
    if width > 3:
        basis, kept = _directions(space, normal)
        centre = space.mean(axis=0)
        space = (space - centre) @ basis  # (m, width) @ (width, 3) -> (m, 3)
        if normal is not None:
            offset, normal = float(normal @ centre + offset), normal @ basis
    lines = space[rows:].reshape(*mesh, -1)
    return Stage(name, width, space[:rows], lines, kept, normal, offset)


def _directions(space: np.ndarray, normal: np.ndarray | None) -> tuple[np.ndarray, float]:
    """Three orthonormal directions (width, 3) and the share of variance that they keep."""
    centred = space - space.mean(axis=0)
    total = float((centred**2).sum())
    chosen = np.zeros((space.shape[1], 0))
    if normal is not None and np.linalg.norm(normal) > 0:
        chosen = (normal / np.linalg.norm(normal))[:, None]
    rest = centred - centred @ chosen @ chosen.T
    main = np.linalg.svd(rest, full_matrices=False)[2][: 3 - chosen.shape[1]].T
    basis = np.column_stack((main, chosen))  # the cut's normal last: upright in the picture
    return basis, float(((centred @ basis) ** 2).sum() / total) if total > 0 else 1.0
