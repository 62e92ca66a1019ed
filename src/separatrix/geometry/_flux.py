"""How much of a smooth density lies on class 1's side of polygonal borders, by one integral along each of their edges.

Points that are spread over an area and then displaced by normal noise have a density h without edges. By Green's theorem
its integral over class 1 is one around class 1, ∫∫ h dx1 dx2 = ∮ P dx1 + Q dx2 for any P and Q with ∂Q/∂x1 - ∂P/∂x2 = h. Along
an edge it is taken by Gauss and Legendre's rule, once on the whole and once on both halves, and halved further where the
two differ by more than the edge's part of the tolerance. The integrand is analytic, so the error of the finer result is
smaller than that difference by orders of magnitude, and the sum of all differences bounds the error of a mass.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.geometry.exact import Borders, box_window, compute_borders

REACH = 8.5  # standard deviations beyond which a normal has less than 1e-16 of its mass
ORDER = 10  # nodes of the rule on one interval
MOST_HALVINGS = 30
STEPS = 200  # of the disc's table within one standard deviation: an error of 1e-12
LEAST_NOISE = 1e-4  # below it the table would take millions of numbers
ROUNDING = 1e-15

Form = Callable[
    [np.ndarray, np.ndarray], np.ndarray
]  # places (m, 2) and steps along (m, 2) -> P · step1 + Q · step2, (m,)


def flux(
    borders: Borders, form: Form, box: tuple[float, float, float, float], noise: float, tolerance: float
) -> np.ndarray:
    """The integral of a form around class 1 inside a box that holds all of the density, (r,).

    Args:
        borders: whose networks and parameters are asked; they are measured anew inside the box.
        form: P and Q as one function.
        box: (x1 low, x1 high, x2 low, x2 high).
        noise: standard deviation, of which no interval is longer than two at first: nothing narrow is missed.
        tolerance: for the error of each.

    Raises:
        InvalidParameter: the intervals become too short, which analytic integrands don't lead to.
    """
    inside = compute_borders(borders.network, borders.parameters, box_window(*box))
    edges = np.concatenate([inside.edges, inside.rim])[:, :, :2]
    runs = np.arange(len(inside))
    owner = np.concatenate([np.repeat(runs, np.diff(starts)) for starts in (inside.edge_start, inside.rim_start)])
    along = edges[:, 1] - edges[:, 0]
    length = np.linalg.norm(along, axis=1)
    perimeter = np.bincount(owner, length, minlength=len(inside))
    count = np.maximum(1, np.ceil(length / (2 * noise))).astype(np.int64)
    edge = np.repeat(np.arange(len(edges)), count)
    width = 1.0 / count[edge]
    low = (np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)) * width
    nodes, weights = _rule()

    def integral(edge: np.ndarray, low: np.ndarray, width: np.ndarray) -> np.ndarray:
        share = low[:, None] + width[:, None] * nodes  # (intervals, nodes)
        step = np.broadcast_to(along[edge][:, None], (*share.shape, 2)).reshape(-1, 2)
        place = np.repeat(edges[edge, 0], ORDER, axis=0) + share.reshape(-1, 1) * step
        return np.asarray(form(place, step).reshape(share.shape) @ weights * width)

    total, whole = np.zeros(len(inside)), integral(edge, low, width)
    for _ in range(MOST_HALVINGS):
        width = width / 2
        halves = integral(edge, low, width), integral(edge, low + width, width)
        fine = halves[0] + halves[1]
        allowed = tolerance * 2 * width * length[edge] / np.maximum(perimeter[owner[edge]], ROUNDING)
        # asked this way round, NaN (a network that overflows) counts as agreed and isn't halved for ever
        rough = np.abs(fine - whole) > np.maximum(allowed, ROUNDING)
        total += np.bincount(owner[edge[~rough]], fine[~rough], minlength=len(inside))
        if not rough.any():
            return np.where(np.isnan(inside.regions), np.nan, total)
        edge = np.concatenate([edge[rough], edge[rough]])
        low, width = np.concatenate([low[rough], low[rough] + width[rough]]), np.tile(width[rough], 2)
        whole = np.concatenate([halves[0][rough], halves[1][rough]])
    raise InvalidParameter(f"exact_accuracy: the tolerance {tolerance:g} is out of reach by quadrature; allow more.")


def disc_form(noise: float) -> Form:
    """The form of standard normal points inside the unit circle, displaced by noise; their mass is 1 - exp(-1/2).

    With r the distance from 0 after the displacement and G(r) the mass within it, G dφ / 2π is such a form: a density that
    depends on r alone counts by the angle under which an edge is seen.

    Raises:
        InvalidParameter: noise that is too little.
    """
    if noise < LEAST_NOISE:
        raise InvalidParameter(
            f"exact_accuracy: a noise of {noise:g} is too little for quadrature; set noise=0, or {LEAST_NOISE:g} at least."
        )
    mass, last = _mass_within(noise)

    def form(place: np.ndarray, step: np.ndarray) -> np.ndarray:
        square = (place**2).sum(axis=1)
        turn = place[:, 0] * step[:, 1] - place[:, 1] * step[:, 0]  # r² dφ
        # towards 0 both mass and r² vanish; at 0 itself nothing turns
        return np.asarray(mass(np.minimum(np.sqrt(square), last)) * turn / (2 * np.pi * np.maximum(square, 1e-300)))

    return form


@cache
def _mass_within(noise: float) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """The mass within each distance from 0 as cubic pieces through exact values and slopes, and the last distance."""
    from scipy.interpolate import CubicHermiteSpline
    from scipy.stats import ncx2

    spread = 1 + noise**2  # variance of a point and its noise together
    left = noise**2 / spread  # variance of a point, given where its noise has taken it
    last = 1 + REACH * noise
    r = np.linspace(0.0, last, int(np.ceil(last * STEPS / noise)) + 1)

    def slope(r: np.ndarray) -> np.ndarray:
        # Rayleigh's density, times the probability that the undisplaced point was inside (a noncentral χ²)
        inside = ncx2.cdf(1 / left, 2, (r / spread) ** 2 / left)
        return np.asarray(r / spread * np.exp(-(r**2) / (2 * spread)) * inside)

    nodes, weights = _rule(4)
    steps = slope(r[:-1, None] + np.diff(r)[:, None] * nodes) @ weights * np.diff(r)
    return CubicHermiteSpline(r, np.concatenate([[0.0], np.cumsum(steps)]), slope(r)), float(last)


def fields_form(cells: int, noise: float, label: int) -> Form:
    """The form of points spread evenly over a class's fields of a checkerboard on [-2, 2]², displaced by noise; mass 1.

    The density is a sum of products of one factor for each axis, of even and of odd columns. Q is the first factor's
    integral times the second.
    """
    edges = np.linspace(-2.0, 2.0, cells + 1)
    # a column from l to u has the smoothed height F((x - l) / noise) - F((x - u) / noise), F the normal distribution
    sign = np.zeros((2, cells + 1))
    for column in range(cells):
        sign[column % 2, column] += 1
        sign[column % 2, column + 1] -= 1
    fields = cells**2 // 2 if label else -(-(cells**2) // 2)
    scale = 1 / ((4 / cells) ** 2 * fields)

    def form(place: np.ndarray, step: np.ndarray) -> np.ndarray:
        first = noise * _integral_of_normal((place[:, :1] - edges) / noise) @ sign.T  # (m, parity): integrals
        second = _normal((place[:, 1:] - edges) / noise) @ sign.T
        # class 1 where the parities of column and row differ, class 0 where they agree
        pairs = first * (second[:, ::-1] if label else second)
        return np.asarray(pairs.sum(axis=1) * step[:, 1] * scale)

    return form


def graph_form(height: Callable[[np.ndarray], np.ndarray], noise: float, label: int, area: float, nodes: int) -> Form:
    """The form of points spread evenly between a graph and an edge of [-π, π] × [-2, 2], displaced by noise; mass 1.

    Args:
        height: the graph, within [-2, 2].
        noise: standard deviation.
        label: 1 for the points above the graph.
        area: of their part of the rectangle.
        nodes: of the integral over the first coordinate before the displacement.
    """
    at, weights = _rule(nodes)

    def form(place: np.ndarray, step: np.ndarray) -> np.ndarray:
        # only from within the noise's reach can a point have come
        low = np.clip(place[:, :1] - REACH * noise, -np.pi, np.pi)
        room = np.clip(place[:, :1] + REACH * noise, -np.pi, np.pi) - low
        x = low + room * at  # (m, nodes)
        f, y = height(x.ravel()).reshape(x.shape), place[:, 1:]
        bottom, top = (f, np.full_like(f, 2.0)) if label else (np.full_like(f, -2.0), f)
        inner = noise * (_integral_of_normal((y - bottom) / noise) - _integral_of_normal((y - top) / noise))
        density = np.exp(-(((place[:, :1] - x) / noise) ** 2) / 2) / (noise * np.sqrt(2 * np.pi))
        return np.asarray(-((density * inner) @ weights) * room[:, 0] * step[:, 0] / area)

    return form


@cache
def _rule(nodes: int = ORDER) -> tuple[np.ndarray, np.ndarray]:
    """Gauss and Legendre's nodes and weights on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2


def _normal(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _integral_of_normal(z: np.ndarray) -> np.ndarray:
    """The integral of the normal distribution function from -∞ to z: z F(z) + F'(z)."""
    return np.asarray(z * _normal(z) + np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
