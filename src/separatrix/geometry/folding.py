"""The fold: the images of the plane layer by layer, until one flat cut separates the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.geometry.boundary import refuse_not_planar
from separatrix.networks.network import Network
from separatrix.support.constraints import Integer, check
from separatrix.training.run import Run

MARGIN = 0.3  # how far the grid lines go beyond the points
SHEET = 61  # nodes along each side of the sheet that is folded


@dataclass(frozen=True, eq=False)
class Stage:
    """The points and the grid lines in one layer's space, in at most three dimensions.

    Attributes:
        name: "input", "fc1", …
        width: number of dimensions of the space.
        points: (n, k), k = 1, 2 or 3.
        lines: grid lines of the plane, (lines, nodes, k).
        sheet: the nodes of a finer grid over the same part of the plane, (SHEET, SHEET, k).
        variance_share: share of the variance of points and lines that the projection keeps; 1 where nothing was projected.
        normal: (k,), direction of the final cut in these coordinates; None if another layer follows, or if all
            weights of the last layer are 0 and nothing is cut.
        offset: the cut is normal · a + offset = 0, and that sum is the logit, in the projection too.
    """

    name: str
    width: int
    points: np.ndarray
    lines: np.ndarray
    sheet: np.ndarray
    variance_share: float
    normal: np.ndarray | None = None
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Folding:
    """All stages, and the numbers that they end in.

    Attributes:
        stages: input, every hidden layer.
        logit: of the points, (n,): where they end up; the cut is at 0.
        line_logit: of the nodes of the grid lines, (lines, nodes).
        sheet_logit: of the nodes of the sheet, (SHEET, SHEET).
    """

    stages: tuple[Stage, ...]
    logit: np.ndarray
    line_logit: np.ndarray
    sheet_logit: np.ndarray


def compute_folding(run: Run, points: Points, lines: int = 13, nodes: int = 121) -> Folding:
    """Follow points and grid lines through the network, in float64.

    A layer of up to three units is shown as it is. A wider one is projected on three orthogonal directions: the main
    ones of its variance (principal components); in the last hidden layer the third direction is the cut's normal, so that
    the cut is seen as the plane it is and no point changes its side. The third coordinate is then the distance from it.

    Args:
        run: a training of a `Network` with two inputs.
        points: x (n, 2).
        lines: number of grid lines in each direction.
        nodes: number of points on each line.

    Raises:
        InvalidData: x doesn't have two columns, a run of a user's module, or numbers too large for float64.
        InvalidParameter: there are fewer than two lines or nodes.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-5-1"), sx.Recipe(epochs=10), points)
        >>> [(stage.name, stage.width, stage.points.shape) for stage in compute_folding(run, points).stages]
        [('input', 2, (100, 2)), ('fc1', 5, (100, 3))]
    """
    check("compute_folding", {"lines": lines, "nodes": nodes}, {"lines": Integer(2), "nodes": Integer(2)})
    refuse_not_planar(points)
    network = run.network
    if not isinstance(network, Network):
        raise InvalidData("the fold needs a Network; the layers of a module of your own are unknown.")
    parameters = run.parameters.astype(np.float64)
    mesh, sheet = _grid_lines(points, lines, nodes), _grid_lines(points, SHEET, SHEET)[:SHEET]
    # points and nodes go through together, so that one projection holds for all
    both = np.concatenate([points.x.astype(np.float64), mesh.reshape(-1, 2), sheet.reshape(-1, 2)])
    ends = np.cumsum([len(points), mesh.size // 2])
    spaces = [both, *(a for _, a in network.trace(parameters, both)[:-1])]
    logit = network.logit(parameters, both)
    if not all(np.isfinite(values).all() for values in (*spaces, logit)):
        raise InvalidData("the fold needs finite activations; with these parameters they exceed the range of float64.")
    weight, bias = network.split(parameters)[-1]
    # with two outputs the logit is their difference, and its cut is that of the differences
    normal, offset = (weight[0], bias[0]) if network.n_outputs == 1 else (weight[1] - weight[0], bias[1] - bias[0])
    names = ["input", *(layer.name for layer in network.layout[:-1])]
    # all but the last hidden layer, which is appended with its cut
    stages = [_stage(name, space, ends, mesh.shape[:2]) for name, space in zip(names[:-1], spaces, strict=False)]
    stages.append(_stage(names[-1], spaces[-1], ends, mesh.shape[:2], normal, float(offset)))
    of_points, of_lines, of_sheet = np.split(logit, ends)
    return Folding(tuple(stages), of_points, of_lines.reshape(mesh.shape[:2]), of_sheet.reshape(SHEET, SHEET))


def _grid_lines(points: Points, lines: int, nodes: int) -> np.ndarray:
    """Lines of constant x1, then of constant x2, over the data's range and a little more: (2 lines, nodes, 2)."""
    low, high = points.x.min(0).astype(np.float64) - MARGIN, points.x.max(0).astype(np.float64) + MARGIN
    across = [np.linspace(a, b, lines) for a, b in zip(low, high, strict=True)]
    along = [np.linspace(a, b, nodes) for a, b in zip(low, high, strict=True)]
    upright = [np.column_stack((np.full(nodes, level_value), along[1])) for level_value in across[0]]
    level = [np.column_stack((along[0], np.full(nodes, level_value))) for level_value in across[1]]
    return np.stack(upright + level)


def _stage(
    name: str,
    space: np.ndarray,
    ends: np.ndarray,
    mesh: tuple[int, ...],
    normal: np.ndarray | None = None,
    offset: float = 0.0,
) -> Stage:
    """One space (points, nodes of grid lines, nodes of the sheet; `ends` lie between them), projected if it has more than
    three dimensions.
    """
    width, variance_share = space.shape[1], 1.0
    # a last layer of zeros cuts nothing, and its normal has no length to divide by
    if normal is not None and not normal.any():
        normal = None
    if width > 3:
        # of points and lines alone: how fine the sheet is must not turn the picture
        shown = space[: ends[1]]
        basis, variance_share = _directions(shown, normal)
        centre = shown.mean(axis=0)
        space = (space - centre) @ basis  # (m, width) @ (width, 3) -> (m, 3)
        if normal is not None:  # the third coordinate is the distance from the cut
            space[:, 2] += float(normal @ centre + offset) / np.linalg.norm(normal)
            offset, normal = 0.0, normal @ basis
    points, lines, sheet = np.split(space, ends)
    return Stage(
        name,
        width,
        points,
        lines.reshape(*mesh, -1),
        sheet.reshape(SHEET, SHEET, -1),
        variance_share,
        normal,
        offset,
    )


def _directions(space: np.ndarray, normal: np.ndarray | None) -> tuple[np.ndarray, float]:
    """Three orthonormal directions (width, 3) and the share of variance that they keep.

    With a normal it comes last, upright in the picture, after the two main directions at right angles to it: the logit
    is then a sum of the third coordinate alone.
    """
    centred = space - space.mean(axis=0)
    centred /= np.abs(centred).max() or 1.0  # squares must not overflow
    scatter = centred.T @ centred  # (width, m) @ (m, width): its eigenvectors are the principal components
    chosen = np.zeros((space.shape[1], 0))
    if normal is not None:
        chosen = (normal / np.linalg.norm(normal))[:, None]
    beside = np.eye(space.shape[1]) - chosen @ chosen.T  # takes the chosen direction out
    # minus its projector the chosen direction has a negative eigenvalue, and all others 0 or more
    _, main = np.linalg.eigh(beside @ scatter @ beside - chosen @ chosen.T)  # ascending, the chosen direction first
    basis = np.column_stack((main[:, ::-1][:, : 3 - chosen.shape[1]], chosen))
    total = float(np.trace(scatter))
    return basis, float(np.trace(basis.T @ scatter @ basis)) / total if total > 0 else 1.0
