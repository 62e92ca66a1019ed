"""How much of a normal distribution lies on one side of polygonal borders, without sampling.

In polar coordinates around its centre a standard normal has the mass ∫ (1 - exp(-r(φ)² / 2)) dφ / 2π inside a closed
curve r(φ) (Green's theorem). Along a straight edge at distance h, the part of exp is Owen's T: T(h, a) =
1/2π ∫ exp(-h² (1 + t²) / 2) / (1 + t²) dt from 0 to a, with t = tan φ (Owen 1956, Ann. Math. Statist. 27, 1075). So an
edge from s1 to s2 along its line counts (φ2 - φ1) / 2π - T(h, s2/h) + T(h, s1/h), with the sign of its turn around the
centre, and edges at infinity count their angle alone. Inside a disc, the radius is cut off: outside, only angles count.
"""

from __future__ import annotations

import numpy as np

from separatrix.geometry.exact import Borders

AT_ONCE = 2_000_000  # edges times centres in one go: bounds the memory
TURN = 2 * np.pi


def normal_mass(borders: Borders, centre: tuple[float, float] = (0.0, 0.0), scale: float = 1.0) -> np.ndarray:
    """Mass of class 1 under a round normal of this centre and standard deviation, (r,).

    Examples:
        >>> import separatrix as sx
        >>> from separatrix.geometry.exact import compute_borders
        >>> half_plane = compute_borders(sx.Network.parse("2-1"), np.array([1.0, 0.0, 1.0]))  # x1 > -1
        >>> normal_mass(half_plane).round(10).tolist()
        [0.8413447461]
    """
    return mixture_mass(borders, np.array([centre], np.float64), np.ones(1), scale)


def mixture_mass(borders: Borders, centres: np.ndarray, weights: np.ndarray, scale: float) -> np.ndarray:
    """Mass of class 1 under a mixture of round normals with centres (c, 2) and weights (c,), (r,)."""
    far = _angles_at_infinity(borders)
    size = max(1, AT_ONCE // max(1, len(centres)))
    owner = _owners(borders.edge_start)
    total = np.zeros(len(borders))
    for first in range(0, len(owner), size):
        part = borders.edges[first : first + size]
        # the triangle between a centre and an edge: its angle's share less the mass beyond the edge (Owen 1956)
        near, start, stop, turn = _lines(part, centres, scale)
        turned_mass = turn * (_angle(stop, near) - _angle(start, near) - _owen(near, stop) + _owen(near, start))
        total += np.bincount(owner[first : first + size], turned_mass @ weights, minlength=len(borders))
    return _masked(borders, total + far * weights.sum())


def disc_mass(borders: Borders, radius: float = 1.0) -> np.ndarray:
    """Mass of class 1 inside a disc around the centre of a standard normal, (r,)."""
    full = -np.expm1(-(radius**2) / 2)
    near, low, high, turn, outside = _cut_by_disc(borders, radius)
    inside = _angle(high, near) - _angle(low, near)
    turned_mass = turn * (inside - _owen(near, high) + _owen(near, low) + full * outside)
    total = np.bincount(_owners(borders.edge_start), turned_mass, minlength=len(borders))
    return _masked(borders, total + full * _angles_at_infinity(borders))


def disc_area(borders: Borders, radius: float = 1.0) -> np.ndarray:
    """Area of class 1 inside a disc around 0, (r,): of triangles inside the disc, and of sectors behind edges outside."""
    full = np.pi * radius**2
    near, low, high, turn, outside = _cut_by_disc(borders, radius)
    turned_area = turn * (near * (high - low) / 2 + full * outside)
    total = np.bincount(_owners(borders.edge_start), turned_area, minlength=len(borders))
    # rounding may leave it a little outside of what is possible
    area = np.clip(total + full * _angles_at_infinity(borders), 0.0, full)
    return np.where(np.isnan(borders.regions), np.nan, area)


def _cut_by_disc(borders: Borders, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each edge, (m,): distance of its line from 0, both ends of its part inside, sense of turning, angle outside."""
    near, start, stop, turn = (part[:, 0] for part in _lines(borders.edges, np.zeros((1, 2)), 1.0))
    half = np.sqrt(np.maximum(radius**2 - near**2, 0.0))  # of the chord that the disc leaves of the line
    low, high = np.clip(start, -half, half), np.clip(stop, -half, half)
    outside = _angle(stop, near) - _angle(start, near) - (_angle(high, near) - _angle(low, near))
    return near, low, high, turn, outside


def _lines(
    edges: np.ndarray, centres: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each edge (m, 2, 3) seen from each centre, (m, c): distance of its line, both ends along it, sense of turning."""
    infinite = edges[:, :, 2] == 0  # (m, ends)
    first, last = edges[:, 0, :2], edges[:, 1, :2]
    along = np.where(infinite[:, 1:], last, np.where(infinite[:, :1], -first, last - first))
    length = np.linalg.norm(along, axis=1, keepdims=True)
    along = along / np.where(length > 0, length, 1.0)
    place = np.where(infinite[:, :1], last, first)  # a finite point of the line
    offset = (place[:, None] - centres) / scale  # (m, c, 2)
    turn = offset[..., 0] * along[:, None, 1] - offset[..., 1] * along[:, None, 0]
    foot = (offset * along[:, None]).sum(axis=-1)
    start = np.where(infinite[:, :1], -np.inf, foot)
    stop = np.where(infinite[:, 1:], np.inf, np.where(infinite[:, :1], foot, foot + length / scale))
    return np.abs(turn), start, stop, np.where(turn < 0, -1.0, 1.0)


def _angle(along: np.ndarray, near: np.ndarray) -> np.ndarray:
    """From the perpendicular to a place on the line, in turns."""
    return np.asarray(np.arctan2(along, near) / TURN)


def _owen(near: np.ndarray, along: np.ndarray) -> np.ndarray:
    """T(h, s / h); with h = 0 the angle of the perpendicular to s, in turns."""
    from scipy.special import owens_t

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # h = 0
        ratio = along / near
    # 0 / 0 is the foot of the perpendicular itself, from which there is no angle
    return np.asarray(owens_t(near, np.where(np.isnan(ratio), 0.0, ratio)))


def _owners(start: np.ndarray) -> np.ndarray:
    """The number of the network that each edge belongs to."""
    return np.repeat(np.arange(len(start) - 1), np.diff(start))


def _angles_at_infinity(borders: Borders) -> np.ndarray:
    """The share of all directions in which class 1 reaches to infinity, (r,)."""
    p, q = borders.rim[:, 0], borders.rim[:, 1]
    # of cross and scalar product: the signed angle between two directions, whatever their lengths
    angle = np.arctan2(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0], p[:, 0] * q[:, 0] + p[:, 1] * q[:, 1])
    return np.bincount(_owners(borders.rim_start), angle / TURN, minlength=len(borders))


def _masked(borders: Borders, mass: np.ndarray) -> np.ndarray:
    """A mass within [0, 1], NaN for a network that could not be measured."""
    return np.where(np.isnan(borders.regions), np.nan, np.clip(mass, 0.0, 1.0))
