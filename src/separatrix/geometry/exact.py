"""The border of piecewise-linear networks as numbers, for one network or thousands at once.

A network of two inputs whose activations are made of straight pieces is affine on each of finitely many convex
polygons (Montúfar et al. 2014, arXiv:1402.1869), so its border is made of straight pieces too. All that is measured
here comes from their corners: nothing is sampled, and the only error is that of float64.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry._layers import DONE
from separatrix.geometry._measures import MEASURES, BorderMeasures, measure_some
from separatrix.geometry._plan import Plan
from separatrix.geometry._subdivision import new_mesh, plane, polygon
from separatrix.geometry._zero_lines import new_segments
from separatrix.networks.network import Network
from separatrix.support.compilation import announced

MOST_REGIONS = 100_000


@dataclass(frozen=True, eq=False)
class Borders:
    """The borders of r networks of one shape, in a window or in the whole plane. NaN where parameters overflow.

    Class 1 is where the logit is above 0. All counts are float64, so that a network that can't be measured is NaN.

    Attributes:
        network: their description.
        parameters: (r, p) float64.
        window: a convex polygon (k, 2), counter-clockwise, or None for the whole plane.
        regions: linear regions: the cells into which the hidden units' kinks cut the window, (r,).
        constant_units: hidden units that give one value everywhere: "dead" ones, with ReLU, (r,).
        affine_units: hidden units that nowhere bend: "always on" with ReLU, (r,).
        pieces: straight pieces of the border, (r,).
        vertices: where the border bends or meets itself, (r,).
        length: of the border, infinite if it runs to infinity, (r,).
        curves: connected parts of the border, (r,).
        open_ends: ends of the border on the window's edge or at infinity; 0 where it is closed, (r,).
        components_1: connected parts of class 1 (its Betti number b0), (r,).
        holes_1: holes of class 1 (b1): parts of class 0 that it encloses, (r,).
        components_0: connected parts of class 0, (r,).
        holes_0: holes of class 0, (r,).
        area_1: area of class 1, maybe infinite, (r,).
        area_0: area of class 0, (r,).
        edges: of all borders, class 1 on the left, (m, 2, 3): homogeneous ends (x1, x2, 1), or (u1, u2, 0) for a
            direction in which an edge runs to infinity.
        edge_start: network k has the edges edge_start[k] : edge_start[k + 1], (r + 1,).
        rim: edges of the window, or at infinity, beside class 1, (m', 2, 3).
        rim_start: likewise, (r + 1,).
    """

    network: Network
    parameters: np.ndarray
    window: np.ndarray | None
    regions: np.ndarray
    constant_units: np.ndarray
    affine_units: np.ndarray
    pieces: np.ndarray
    vertices: np.ndarray
    length: np.ndarray
    curves: np.ndarray
    open_ends: np.ndarray
    components_1: np.ndarray
    holes_1: np.ndarray
    components_0: np.ndarray
    holes_0: np.ndarray
    area_1: np.ndarray
    area_0: np.ndarray
    edges: np.ndarray
    edge_start: np.ndarray
    rim: np.ndarray
    rim_start: np.ndarray

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def is_closed(self) -> np.ndarray:
        """Whether there is a border and all of it closes inside the window or plane, (r,) bool."""
        return np.asarray((self.curves > 0) & (self.open_ends == 0))

    def distances(self, x: np.ndarray) -> np.ndarray:
        """From each point x (n, 2) to each border: (r, n), infinite where there is no border.

        Exact for borders in the whole plane; in a window, the nearest place inside it counts.
        """
        from separatrix.geometry._measures import distances

        return np.asarray(distances(_plane_points(x), self.edges, self.edge_start))

    def margins(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The smallest signed distance of points x (n, 2) with labels y (n,) from each border, (r,).

        Positive: every point is on the right side and at least so far from the border. Negative: some aren't, and the
        worst of them is so far on the wrong side. Without a border it is plus or minus infinity.
        """
        x = _plane_points(x)
        with np.errstate(over="ignore", invalid="ignore"):  # networks that overflow have no margin anyway
            right = (self.network.logit(self.parameters, x) > 0) == (np.asarray(y) > 0)  # (r, n)
        margin = np.where(right, 1, -1) * self.distances(x)
        # without edges every distance is infinite, which mustn't pass for a margin where nothing was measured
        return np.where(np.isnan(self.regions), np.nan, margin.min(axis=1))


def compute_borders(
    network: Network, parameters: np.ndarray, window: np.ndarray | None = None, *, most_regions: int = MOST_REGIONS
) -> Borders:
    """Measure the borders of networks of one shape.

    Values nearer to 0 than 1e-12 of the terms that they are summed from count as 0, so lines that meet in one point or
    coincide are found as such. A border bends where it turns by more than 1e-9.

    Args:
        network: two inputs, and activations made of straight pieces.
        parameters: (p,) or (r, p).
        window: the corners of a convex polygon (k, 2); by default the whole plane. `box_window` and `hull_window`
            make one.
        most_regions: networks with more aren't measured.

    Raises:
        InvalidData: parameters of another shape, or a window that is no convex polygon.
        InvalidParameter: not two inputs, an activation that isn't piecewise linear, or more than `most_regions` regions.

    Examples:
        >>> network = Network.parse("2-4-4-1")
        >>> borders = compute_borders(network, network.initialise(seed=0))
        >>> int(borders.regions[0]), int(borders.components_1[0])
        (31, 0)
    """
    from separatrix.geometry._layers import NO_ROOM
    from separatrix.geometry._measures import MEASURES
    from separatrix.geometry._plan import plan_of, with_one_logit
    from separatrix.geometry.exact import measure_many

    plan = plan_of(network)
    parameters = np.ascontiguousarray(np.atleast_2d(np.asarray(parameters, np.float64)))
    corners = np.empty((0, 2)) if window is None else checked_window(window)
    measured = measure_many(with_one_logit(network, parameters), plan, corners, most_regions)
    if (measured.state == NO_ROOM).any():
        row = int(np.flatnonzero(measured.state == NO_ROOM)[0])
        raise InvalidParameter(
            f"compute_borders: {network} number {row} has over {most_regions:,} linear regions here; take a smaller "
            "window, or raise most_regions."
        )
    columns = dict(zip(MEASURES, np.ascontiguousarray(measured.measures.T), strict=True))
    arrays = {name: getattr(measured, name) for name in ("edges", "edge_start", "rim", "rim_start")}
    return Borders(network, parameters, None if window is None else corners, **columns, **arrays)


def has_exact_border(network: object) -> bool:
    """Whether this is a network of two inputs whose activations are made of straight pieces.

    >>> has_exact_border(Network.parse("2-4-1")), has_exact_border(Network.parse("2-4-1", "tanh"))
    (True, False)
    """
    straight = isinstance(network, Network) and all(entry.piecewise_linear for entry in network.activations)
    return straight and network.n_inputs == 2  # type: ignore[attr-defined]  # it is one


def compile_measures() -> float:
    """Compile what `compute_borders` and `Borders.distances` run, and keep it on disk; the seconds that it took."""
    start = time.perf_counter()
    # the smallest network there is: code is compiled for types, not for sizes
    compute_borders(Network((2, 1)), np.array([1.0, 0.0, 0.0])).distances(np.zeros((1, 2)))
    return time.perf_counter() - start


def box_window(low1: float, high1: float, low2: float, high2: float) -> np.ndarray:
    """The corners of a rectangle, (4, 2).

    >>> box_window(0, 2, 0, 1).tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]
    """
    return np.array([(low1, low2), (high1, low2), (high1, high2), (low1, high2)], np.float64)


def hull_window(x: np.ndarray) -> np.ndarray:
    """The convex hull of points x (n, 2), counter-clockwise (Andrew's monotone chain, 1979): (k, 2).

    Raises:
        InvalidData: all points lie on one line.

    Examples:
        >>> hull_window(np.array([[0, 0], [2, 0], [1, 0.5], [0, 2], [1, 1]])).tolist()
        [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]
    """
    # sorted by x1, then x2, as the chains need it, and without repeated points, which make no turn
    points = np.unique(_plane_points(x), axis=0)
    halves = [_lower_chain(points), _lower_chain(points[::-1])]
    # each chain ends where the other begins
    corners = np.array(halves[0][:-1] + halves[1][:-1])
    if len(corners) < 3:
        raise InvalidData("the convex hull of these points has no area: all of them lie on one line.")
    return corners


def _lower_chain(points: np.ndarray) -> list[np.ndarray]:
    chain: list[np.ndarray] = []
    for point in points:
        # also at 0: a point on a straight side is no corner
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def checked_window(window: np.ndarray) -> np.ndarray:
    """The corners of a convex polygon, (k, 2) float64, counter-clockwise.

    Raises:
        InvalidData: anything else.
    """
    corners = _plane_points(window)
    if len(corners) >= 3:
        legs = np.roll(corners, -1, axis=0) - corners
        turns = legs[:, 0] * np.roll(legs[:, 1], -1) - legs[:, 1] * np.roll(legs[:, 0], -1)
        angles = np.arctan2(turns, (legs * np.roll(legs, -1, axis=0)).sum(axis=1))
        # turning left everywhere isn't enough: a pentagram does so too, but goes round twice
        if (turns > 0).all() and abs(angles.sum() - 2 * np.pi) < 1e-6:
            return np.ascontiguousarray(corners)
        if (turns < 0).all() and abs(angles.sum() + 2 * np.pi) < 1e-6:
            return np.ascontiguousarray(corners[::-1])
    raise InvalidData("a window must be the corners of a convex polygon in their order, (k, 2) with k at least 3.")


def _plane_points(x: np.ndarray) -> np.ndarray:
    points = np.ascontiguousarray(x, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise InvalidData(f"expected finite points of the plane, (n, 2), got shape {points.shape}.")
    return points


ROOM = 256  # vertices at first
EDGES_EACH = 32  # of a border, at first
LEAST_EDGES = 1024


def measure_many(parameters: np.ndarray, plan: Plan, corners: np.ndarray, most_cells: int) -> BorderMeasures:
    """Measure networks of one shape, parameters (r, p), in a window (k, 2) or, with k = 0, in the plane."""
    runs, units = len(parameters), int(plan.widths.max())
    start = polygon(corners) if len(corners) else plane()
    room = max(ROOM, 2 * len(corners))
    out = BorderMeasures(
        measures=np.zeros((runs, len(MEASURES))),
        state=np.zeros(runs, np.int64),
        edges=np.empty((max(LEAST_EDGES, EDGES_EACH * runs), 2, 3)),
        edge_start=np.zeros(runs + 1, np.int64),
        rim=np.empty((max(LEAST_EDGES, EDGES_EACH * runs), 2, 3)),
        rim_start=np.zeros(runs + 1, np.int64),
    )
    mesh, run = new_mesh(room, units), 0
    while run < runs:
        with announced("the measures of borders") if not getattr(measure_some, "signatures", True) else nullcontext():
            run = measure_some(mesh, start, parameters, plan, most_cells, run, out, new_segments(0))
        if run < runs:  # the mesh or the rows are full: double them, and go on with this network
            room *= 2
            # a fresh one and no copy: this network is subdivided anew from the first cells
            mesh = new_mesh(room, units)
            out = out._replace(edges=_doubled(out.edges), rim=_doubled(out.rim))
    out.measures[out.state != DONE] = np.nan
    # copies, so that the memory of the unused rows behind them is freed
    return out._replace(edges=out.edges[: out.edge_start[-1]].copy(), rim=out.rim[: out.rim_start[-1]].copy())


def _doubled(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows, np.empty_like(rows)])
