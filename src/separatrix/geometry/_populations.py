"""The distributions that the samplers draw from, and how much of each class lies on class 1's side of a border.

Without noise a class is spread over an area or along a curve. With noise an area becomes a smooth density, whose mass is one
integral along the border (`_flux`), and a curve a mixture of round normals around its places, whose mass is an integral of
normal masses, each exact. That integral is taken by Gauss and Legendre's rule with twice as many nodes until two results
agree; the difference bounds the error, since the integrand is analytic and the error of the finer rule is smaller by orders of
magnitude. The nodes are a fraction of the noise apart from the start, so that nothing narrow is missed by both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.geometry._flux import REACH, disc_form, fields_form, flux, graph_form
from separatrix.geometry._mass import disc_mass, mixture_mass, normal_mass
from separatrix.geometry.exact import Borders, box_window, compute_borders

MOST_NODES = 400_000  # of a mixture
GRAPH_NODES = 48  # of the integral across a graph, at first: enough for a sine
MOST_FIELDS = 10_000  # of a checkerboard
MOST_HALVINGS = 60  # of a curve's parameter
PANEL = 16  # nodes of one Gauss-Legendre rule; more cost more to find than to use

Mixture = Callable[[int], tuple[np.ndarray, np.ndarray]]  # nodes along each axis -> centres (c, 2), weights (c,)


class Population(Protocol):
    """Two classes, each with its own distribution.

    Attributes:
        share: of class 1.
    """

    @property
    def share(self) -> float: ...

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        """The shares of class 0 and of class 1 on class 1's side of each border in the whole plane, (r,) each."""
        ...


def gauss_legendre(nodes: int, low: float = 0.0, high: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of an integral from `low` to `high`: at least so many, in panels of `PANEL` each."""
    x, w = np.polynomial.legendre.leggauss(PANEL)
    panels = -(-nodes // PANEL)
    # (x + 1) / 2 takes the rule from [-1, 1] to [0, 1]; the panels then stand side by side
    nodes_at = (np.arange(panels)[:, None] + (x + 1) / 2).ravel() / panels
    return low + (high - low) * nodes_at, np.tile(w, panels) * (high - low) / (2 * panels)


def converged(borders: Borders, mixture: Mixture, scale: float, extent: float, tolerance: float) -> np.ndarray:
    """The mass of class 1 under a mixture, with ever more nodes until two results agree, (r,).

    Args:
        borders: in the whole plane.
        mixture: nodes along each axis -> centres and weights.
        scale: standard deviation of each normal.
        extent: how far the centres reach along an axis; sets the first number of nodes.
        tolerance: for the error.

    Raises:
        InvalidParameter: not even the most nodes suffice.
    """
    # two nodes per standard deviation: a coarser rule could miss a narrow normal twice and seem to agree
    nodes, before = max(PANEL, int(np.ceil(min(2 * extent / scale, MOST_NODES)))), None
    while nodes < MOST_NODES:
        centres, weights = mixture(nodes)
        if len(centres) > MOST_NODES:
            break
        mass = mixture_mass(borders, centres, weights, scale)
        # asked this way round, NaN (a network that overflows) counts as agreed and isn't refined for ever
        if before is not None and not (np.abs(mass - before) > tolerance).any():
            return mass
        nodes, before = 2 * nodes, mass
    raise InvalidParameter(
        f"exact_accuracy: a noise of {scale:g} is too little to reach the tolerance {tolerance:g} by quadrature; allow "
        "more, or set noise=0."
    )


@dataclass(frozen=True)
class Disc:
    """Standard normal points, class 1 inside the unit circle; then noise."""

    noise: float
    balance: float | None

    @property
    def inner(self) -> float:
        """Mass of the disc."""
        # the squared radius is χ² with 2 degrees of freedom, so it is below 1 with probability 1 - exp(-1/2)
        return float(-np.expm1(-0.5))

    @property
    def share(self) -> float:
        return self.inner if self.balance is None else self.balance

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        # points and noise are independent normals, whose variances add up
        whole = normal_mass(borders, scale=float(np.hypot(1.0, self.noise)))
        if self.noise:
            box = 1 + REACH * self.noise
            inside = flux(borders, disc_form(self.noise), (-box, box, -box, box), self.noise, tolerance)
        else:
            inside = disc_mass(borders)
        return (whole - inside) / (1 - self.inner), inside / self.inner


@dataclass(frozen=True)
class Clouds:
    """Two round normal clouds; without noise, two points."""

    noise: float
    balance: float | None
    distance: float = 2.0

    @property
    def share(self) -> float:
        return 0.5 if self.balance is None else self.balance

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        # (-1, -1) and (1, 1) are √8 apart
        places = np.array([[-1.0, -1.0], [1.0, 1.0]]) * self.distance / np.sqrt(8)
        if not self.noise:
            above = borders.network.logit(borders.parameters, places) > 0
            return above[:, 0].astype(np.float64), above[:, 1].astype(np.float64)
        return normal_mass(borders, tuple(places[0]), self.noise), normal_mass(borders, tuple(places[1]), self.noise)


@dataclass(frozen=True)
class Curves:
    """A curve for each class, run through at a rate that makes its parameter uniform on [0, 1]; then noise.

    Attributes:
        noise: standard deviation.
        balance: share of class 1, or None for one half.
        place: class, parameters (k,) -> points (k, 2).
        speed: the most that a point moves for a change of its parameter.
    """

    noise: float
    balance: float | None
    place: Callable[[int, np.ndarray], np.ndarray]
    speed: float

    @property
    def share(self) -> float:
        return 0.5 if self.balance is None else self.balance

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        zero, one = (self._mass(borders, label, tolerance) for label in (0, 1))
        return zero, one

    def _mass(self, borders: Borders, label: int, tolerance: float) -> np.ndarray:
        if self.noise:
            return converged(borders, partial(self._mixture, label), self.noise, self.speed, tolerance)
        masses = [self._share_of(borders, run, label, tolerance) for run in range(len(borders))]
        return np.where(np.isnan(borders.regions), np.nan, masses)

    def _mixture(self, label: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
        nodes_at, weights = gauss_legendre(nodes)
        return self.place(label, nodes_at), weights  # (c, 2), (c,)

    def _share_of(self, borders: Borders, run: int, label: int, tolerance: float) -> float:
        """The share of a curve on class 1's side: halved until no part can cross the border, to within the tolerance."""
        from separatrix.geometry._measures import distances

        edges = borders.edges[borders.edge_start[run] : borders.edge_start[run + 1]]
        low, width, total = np.zeros(1), 1.0, 0.0
        for _ in range(MOST_HALVINGS):
            middle = np.ascontiguousarray(self.place(label, low + width / 2))
            above = borders.network.logit(borders.parameters[run], middle) > 0
            # a part reaches at most speed · width / 2 from its middle; farther from the border, it is on one side
            far = distances(middle, edges, np.array([0, len(edges)]))[0] > self.speed * width / 2
            # what is still undecided goes by its middles, so the error is at most its total width
            if (~far).sum() * width <= tolerance:
                return total + width * float(above.sum())
            total += width * float((above & far).sum())
            low, width = np.concatenate([low[~far], low[~far] + width / 2]), width / 2
        raise InvalidParameter("exact_accuracy: the border runs along the points' own curve; no share can be given.")


@dataclass(frozen=True)
class Fields:
    """Uniform on [-2, 2]², cut into cells × cells fields of alternating class; then noise."""

    noise: float
    balance: float | None
    cells: int = 4

    @property
    def share(self) -> float:
        if self.balance is not None:
            return self.balance
        # of an odd number of fields class 0 has one more, because it has the corner
        return float(self.cells**2 // 2) / self.cells**2

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        # each field is a window of its own, and all borders are measured anew in it
        if self.cells**2 > MOST_FIELDS:
            raise InvalidParameter(f"exact_accuracy: at most {MOST_FIELDS:,} fields, got {self.cells}².")
        zero, one = (self._mass(borders, label, tolerance) for label in (0, 1))
        return zero, one

    def _fields(self, label: int) -> np.ndarray:
        """The lower corners of a class's fields, (f, 2)."""
        column, row = np.divmod(np.arange(self.cells**2), self.cells)
        mine = (column + row) % 2 == label
        return np.asarray(np.column_stack((column, row))[mine] * (4 / self.cells) - 2)

    def _mass(self, borders: Borders, label: int, tolerance: float) -> np.ndarray:
        side = 4 / self.cells
        fields = self._fields(label)
        if self.noise:
            box = 2 + REACH * self.noise
            form = fields_form(self.cells, self.noise, label)
            return flux(borders, form, (-box, box, -box, box), self.noise, tolerance)
        inside = [
            compute_borders(borders.network, borders.parameters, box_window(x1, x1 + side, x2, x2 + side)).area_1
            for x1, x2 in fields
        ]
        return np.asarray(np.sum(inside, axis=0) / (side**2 * len(fields)))


@dataclass(frozen=True)
class AboveCurve:
    """Uniform on [-π, π] × [-2, 2], class 1 above the graph of f; then noise."""

    noise: float
    balance: float | None
    f: Callable[[np.ndarray], np.ndarray] = np.sin

    def _height(self, x: np.ndarray) -> np.ndarray:
        # a graph that leaves the rectangle runs along its edge: there are no points beyond
        return np.asarray(np.clip(np.broadcast_to(np.asarray(self.f(x), np.float64), x.shape), -2.0, 2.0))

    @property
    def share(self) -> float:
        return self._room_above if self.balance is None else self.balance

    @property
    def _room_above(self) -> float:
        """The share of the rectangle above the graph."""
        from scipy.integrate import quad

        room, _ = quad(lambda x: 2 - float(self._height(np.array([x]))[0]), -np.pi, np.pi, epsabs=1e-12, limit=1000)
        return float(room / (8 * np.pi))

    def class_masses(self, borders: Borders, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        above = self._room_above
        if self.noise:
            zero, one = (
                self._displaced(borders, label, room, tolerance) for label, room in ((0, 1 - above), (1, above))
            )
            return zero, one
        window = box_window(-np.pi, np.pi, -2, 2)
        inside = compute_borders(borders.network, borders.parameters, window)
        both = self._area_above(inside, tolerance) / (8 * np.pi)
        return (inside.area_1 / (8 * np.pi) - both) / (1 - above), both / above

    def _area_above(self, borders: Borders, tolerance: float) -> np.ndarray:
        """The area of class 1 above the graph: -∮ H dx1 around class 1, with H the height above the graph (Green)."""
        from scipy.integrate import quad_vec

        edges = np.concatenate([borders.edges, borders.rim])[:, :, :2]
        owner = np.concatenate(
            [np.repeat(np.arange(len(borders)), np.diff(starts)) for starts in (borders.edge_start, borders.rim_start)]
        )
        along = edges[:, 1] - edges[:, 0]

        def height(share: float) -> np.ndarray:
            x = edges[:, 0] + share * along
            return np.asarray(np.maximum(x[:, 1] - self._height(x[:, 0]), 0.0) * along[:, 0])

        if not len(edges):
            return np.where(np.isnan(borders.regions), np.nan, 0.0)
        areas, error = quad_vec(height, 0.0, 1.0, epsabs=tolerance, epsrel=0.0, norm="max", limit=20_000)
        if error > tolerance:
            raise InvalidParameter(
                f"exact_accuracy: f bends too often to reach the tolerance {tolerance:g}; the error is {error:.2g}."
            )
        return np.where(np.isnan(borders.regions), np.nan, -np.bincount(owner, areas, minlength=len(borders)))

    def _displaced(self, borders: Borders, label: int, room: float, tolerance: float) -> np.ndarray:
        """The mass of a class with noise; room: its share of the rectangle."""
        x1, x2 = np.pi + REACH * self.noise, 2 + REACH * self.noise
        before = None
        for nodes in (GRAPH_NODES, 2 * GRAPH_NODES, 4 * GRAPH_NODES):
            form = graph_form(self._height, self.noise, label, 8 * np.pi * room, nodes)
            mass = flux(borders, form, (-x1, x1, -x2, x2), self.noise, tolerance)
            if before is not None and not (np.abs(mass - before) > tolerance).any():
                return mass
            before = mass
        raise InvalidParameter(
            f"exact_accuracy: f bends too often to reach the tolerance {tolerance:g} by quadrature; allow more."
        )


def _moons(noise: float = 0.1, balance: float | None = None) -> Population:
    def place(label: int, u: np.ndarray) -> np.ndarray:
        t = np.pi * u
        upper, lower = (np.cos(t), np.sin(t)), (1 - np.cos(t), 0.5 - np.sin(t))
        return np.column_stack(lower if label else upper) - (0.5, 0.25)

    return Curves(noise, balance, place, np.pi)


def _rings(noise: float = 0.1, balance: float | None = None) -> Population:
    def place(label: int, u: np.ndarray) -> np.ndarray:
        radius = 1 if label else 2
        return np.column_stack((radius * np.cos(2 * np.pi * u), radius * np.sin(2 * np.pi * u)))

    return Curves(noise, balance, place, 4 * np.pi)


def _spirals(noise: float = 0.05, balance: float | None = None, turns: float = 1.25) -> Population:
    def place(label: int, u: np.ndarray) -> np.ndarray:
        t = np.sqrt(0.01 + 0.99 * u)
        angle = 2 * np.pi * turns * t + np.pi * label
        return np.column_stack((2 * t * np.cos(angle), 2 * t * np.sin(angle)))

    # d(t) = 0.99 du / 2t with t >= 0.1, and a point moves by 2 dt outwards and 2 t · 2π turns dt around
    return Curves(noise, balance, place, 0.99 * float(np.hypot(10.0, 2 * np.pi * turns)))


# For every sampler of `SAMPLERS`, by name: its settings with the same defaults.
POPULATIONS: dict[str, Callable[..., Population]] = {
    "circle": lambda noise=0.0, balance=None: Disc(noise, balance),
    "moons": _moons,
    "rings": _rings,
    "xor": lambda noise=0.0, balance=None: Fields(noise, balance, 2),
    "spirals": _spirals,
    "gaussians": lambda noise=0.8, balance=None, distance=2.0: Clouds(noise, balance, distance),
    "checkerboard": lambda noise=0.0, balance=None, cells=4: Fields(noise, balance, cells),
    "curve": lambda noise=0.0, balance=None, f=np.sin: AboveCurve(noise, balance, f),
}
