"""How near a border comes to a circle: the tutorial's true border, which no polygon is."""

from __future__ import annotations

import numpy as np

from separatrix.errors import InvalidData
from separatrix.geometry._mass import disc_area
from separatrix.geometry.exact import Borders

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
