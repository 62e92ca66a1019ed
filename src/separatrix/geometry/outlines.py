"""Class 1 as polygons to draw, how often each place of the plane belongs to it over many networks, and how near its
border comes to a circle: the tutorial's true border, which no polygon is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData
from separatrix.geometry._mass import disc_area
from separatrix.geometry.exact import Borders
from separatrix.networks.network import Network
from separatrix.support.constraints import Integer, check


@dataclass(frozen=True, eq=False)
class InsideShares:
    """How often each place belongs to class 1.

    Attributes:
        x1: first coordinates, (a,).
        x2: second coordinates, (b,).
        share: of the networks, (a, b).
        networks: how many there are.
    """

    x1: np.ndarray
    x2: np.ndarray
    share: np.ndarray
    networks: int


def outlines(borders: Borders, index: int = 0) -> tuple[np.ndarray, ...]:
    """The closed outlines of one network's class 1 in the window: (k, 2) each, counter-clockwise, holes clockwise.

    Raises:
        InvalidData: borders in the whole plane, where outlines need not close.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.exact import box_window, compute_borders
        >>> half = compute_borders(sx.Network.parse("2-1"), np.array([1.0, 0.0, 0.0]), box_window(-1, 1, -1, 1))
        >>> sorted(map(tuple, outlines(half)[0].tolist()))
        [(0.0, -1.0), (0.0, 1.0), (1.0, -1.0), (1.0, 1.0)]
    """
    if borders.window is None:
        raise InvalidData("outlines need borders in a window; compute them with one.")
    edges = np.concatenate(
        [
            borders.edges[borders.edge_start[index] : borders.edge_start[index + 1], :, :2],
            borders.rim[borders.rim_start[index] : borders.rim_start[index + 1], :, :2],
        ]
    )
    # ends that meet are one vertex of the subdivision, equal to the bit
    leaving: dict[tuple[float, float], list[int]] = {}
    for k, (start, _) in enumerate(edges):
        leaving.setdefault((start[0], start[1]), []).append(k)
    loops = []
    while leaving:
        start = next(iter(leaving))
        loops.append(_loop(edges, leaving, start))
    return tuple(loops)


def _loop(edges: np.ndarray, leaving: dict[tuple[float, float], list[int]], start: tuple[float, float]) -> np.ndarray:
    """Follow edges, using them up, until the way comes back to where it started."""
    corners: list[tuple[float, float]] = []
    vertex = start
    while not corners or vertex != start:
        corners.append(vertex)
        # any of them: as many edges arrive at a vertex as leave it, so every way leads back to its start
        edge = leaving[vertex].pop()
        if not leaving[vertex]:
            del leaving[vertex]
        vertex = (float(edges[edge, 1, 0]), float(edges[edge, 1, 1]))
    return np.array(corners)


def inside_shares(
    network: Network, parameters: np.ndarray, box: tuple[float, float, float, float], nodes: int = 201
) -> InsideShares:
    """The share of networks for which each node of a grid belongs to class 1.

    Args:
        network: their shape.
        parameters: (r, p).
        box: (x1 low, x1 high, x2 low, x2 high).
        nodes: along each axis.

    Raises:
        InvalidData: parameters of another shape.
        InvalidParameter: fewer than two nodes.

    Examples:
        >>> import separatrix as sx
        >>> network = sx.Network.parse("2-4-4-1")
        >>> parameters = np.stack([network.initialise(seed) for seed in range(10)])
        >>> inside_shares(network, parameters, (-3, 3, -3, 3), nodes=5).share.shape
        (5, 5)
    """
    check("inside_shares", {"nodes": nodes}, {"nodes": Integer(2, 2_000)})
    x1, x2 = np.linspace(box[0], box[1], nodes), np.linspace(box[2], box[3], nodes)
    x = np.stack(np.meshgrid(x1, x2, indexing="ij"), axis=-1).reshape(-1, 2)
    count = np.zeros(len(x), np.int64)
    parameters = np.atleast_2d(parameters)
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverged: NaN isn't above 0
        # one network at a time, for the hidden layers of all of them on all nodes would fill the memory
        for row in parameters:
            count += network.logit(row, x) > 0
    return InsideShares(x1, x2, (count / len(parameters)).reshape(nodes, nodes), len(parameters))


GRAIN = 1e-6  # of a radius: how well the point of the circle is found that lies farthest from the border


def hausdorff_distances(borders: Borders, radius: float = 1.0) -> np.ndarray:
    """The Hausdorff distance between each border and a circle around 0, (r,).

    It is the largest distance of a point of one from the other; infinite where there is no border or it runs to
    infinity. On a straight piece the farthest point from the circle is an end or the foot of the perpendicular from 0;
    the farthest point of the circle is found to 1e-6 of the radius.

    Raises:
        InvalidData: borders in a window.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.exact import compute_borders
        >>> square = np.array([1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0, -1, -1, -1, -1, 1.0])  # |x1| + |x2| < 1
        >>> borders = compute_borders(sx.Network.parse("2-4-1"), square)
        >>> hausdorff_distances(borders).round(4).tolist()  # 1 - 1 / √2
        [0.2929]
    """
    from separatrix.geometry._measures import farthest_on_circle

    _refuse_window(borders)
    distances = np.full(len(borders), np.inf)
    for run in range(len(borders)):
        edges = borders.edges[borders.edge_start[run] : borders.edge_start[run + 1]]
        if len(edges) and (edges[:, :, 2] > 0).all():
            from_border = _farthest_from_circle(edges[:, :, :2], radius)
            distances[run] = max(from_border, farthest_on_circle(edges, radius, GRAIN * radius))
    return np.where(np.isnan(borders.regions), np.nan, distances)


def area_distances(borders: Borders, radius: float = 1.0) -> np.ndarray:
    """The area that belongs to class 1 or to a disc around 0, but not to both, (r,); maybe infinite.

    Raises:
        InvalidData: borders in a window.

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.exact import compute_borders
        >>> square = np.array([1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0, -1, -1, -1, -1, 1.0])  # |x1| + |x2| < 1
        >>> area_distances(compute_borders(sx.Network.parse("2-4-1"), square)).round(4).tolist()  # π - 2
        [1.1416]
    """
    _refuse_window(borders)
    # both areas, less the part that belongs to both and is counted twice
    return np.asarray(borders.area_1 + np.pi * radius**2 - 2 * disc_area(borders, radius))


def _farthest_from_circle(ends: np.ndarray, radius: float) -> float:
    """The largest distance of points on edges (m, 2, 2) from the circle."""
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    # an edge without length must not divide by 0
    square = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(-(start * along).sum(axis=1) / square, 0, 1)
    nearest = np.linalg.norm(start + share[:, None] * along, axis=1)
    return float(np.abs(np.concatenate([np.linalg.norm(ends, axis=2).ravel(), nearest]) - radius).max())


def _refuse_window(borders: Borders) -> None:
    if borders.window is not None:
        raise InvalidData("the distance to a circle needs borders in the whole plane; compute them without a window.")
