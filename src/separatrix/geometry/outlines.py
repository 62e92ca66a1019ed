"""Class 1 as polygons to draw, and how often each place of the plane belongs to it over many networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData
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
