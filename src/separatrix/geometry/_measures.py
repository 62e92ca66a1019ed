"""Compiled measures of a border: lengths, pieces, components, holes and areas from a subdivision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from separatrix.geometry._layers import DONE, NO_ROOM, merge, root, subdivide
from separatrix.geometry._subdivision import (
    CELLS,
    EDGES,
    FULL,
    OUTSIDE,
    VERTICES,
    sign_of,
)
from separatrix.support.compilation import kept_exact

STRAIGHT = 1e-9  # sine of the angle below which a border goes straight on
GRAIN = 1e-13  # of a coordinate: how well an end of a border's edge is known

# Columns of the measures, in their order; `exact.Borders` says what each of them is.
MEASURES = (
    "regions", "constant_units", "affine_units", "pieces", "vertices", "length", "curves", "open_ends",
    "components_1", "holes_1", "components_0", "holes_0", "area_1", "area_0",
)  # fmt: skip


class BorderMeasures(NamedTuple):
    """What `exact.Borders` is made of.

    Attributes:
        measures: (r, 14), NaN where `state` isn't `DONE`.
        state: how each network's subdivision ended, (r,) int64.
        edges: (m, 2, 3).
        edge_start: (r + 1,).
        rim: (m', 2, 3).
        rim_start: (r + 1,).
    """

    measures: np.ndarray
    state: np.ndarray
    edges: np.ndarray
    edge_start: np.ndarray
    rim: np.ndarray
    rim_start: np.ndarray


@kept_exact
def signs(mesh):  # type: ignore[no-untyped-def]
    """Which cells are of class 1, (cells,) bool."""
    positive = np.empty(mesh.counts[CELLS], np.bool_)
    for cell in range(mesh.counts[CELLS]):
        positive[cell] = sign_of(mesh, cell) > 0
    return positive


@kept_exact
def outline(mesh, positive):  # type: ignore[no-untyped-def]
    """The half-edges around class 1, with class 1 on their left: those of the border, then those of the rim."""
    border = np.empty(mesh.counts[EDGES], np.int64)
    rim = np.empty(mesh.counts[EDGES], np.int64)
    n_border = n_rim = 0
    for here in range(2 * mesh.counts[EDGES]):
        # the two half-edges of an edge are neighbours in the arrays, so ^ 1 is the other side
        cell, other = mesh.cell[here], mesh.cell[here ^ 1]
        if cell != OUTSIDE and positive[cell]:
            if other == OUTSIDE:
                rim[n_rim] = here
                n_rim += 1
            elif not positive[other]:
                border[n_border] = here
                n_border += 1
    return border[:n_border], rim[:n_rim]


@kept_exact
def _direction(p, q):  # type: ignore[no-untyped-def]
    """From one end of an edge to the other, as a unit vector, and the edge's length."""
    # an end with third coordinate 0 is a direction, whose first two coordinates point along the edge
    dx = q[0] - p[0] if p[2] == q[2] else q[0] if p[2] else -p[0]
    dy = q[1] - p[1] if p[2] == q[2] else q[1] if p[2] else -p[1]
    length = np.hypot(dx, dy)
    if length == 0:
        return 0.0, 0.0, 0.0
    # an edge with an end at infinity is infinitely long
    return dx / length, dy / length, length if p[2] and q[2] else np.inf


@kept_exact
def _curve_measures(mesh, border, reach, out):  # type: ignore[no-untyped-def]
    """Pieces, vertices, length, curves and open ends, into out[3:8]; `reach` is the window's largest coordinate."""
    n = mesh.counts[VERTICES]
    degree = np.zeros(n, np.int64)
    touching = np.empty((n, 2), np.int64)  # border edges at a vertex, the first two
    parent = np.arange(n)
    curves, length = 0, 0.0
    for here in border:
        a, b = mesh.origin[here], mesh.origin[here ^ 1]
        length += _direction(mesh.position[a], mesh.position[b])[2]
        for v in (a, b):
            if degree[v] < 2:
                touching[v, degree[v]] = here
            # every vertex starts a curve, and every edge that joins two of them takes one away
            curves += degree[v] == 0 and mesh.position[v, 2] > 0
            degree[v] += 1
        if mesh.position[a, 2] > 0 and mesh.position[b, 2] > 0:  # parallel lines don't meet
            curves -= merge(parent, a, b)
    on_rim = np.zeros(n, np.bool_)
    for here in range(2 * mesh.counts[EDGES]):
        if mesh.cell[here] == OUTSIDE:
            on_rim[mesh.origin[here]] = True
    pieces, vertices, ends = len(border), 0, 0
    for v in range(n):
        if degree[v] == 0:
            continue
        # a border that ends at the window's rim is open there, and a rim vertex is no corner of it
        if on_rim[v]:
            ends += degree[v]
        # two edges that go straight on are one piece, cut by a fold that doesn't bend the border
        elif degree[v] == 2 and _straight(mesh, touching[v, 0], touching[v, 1], reach):
            pieces -= 1
        else:
            vertices += 1
    out[3], out[4], out[5], out[6], out[7] = pieces, vertices, length, curves, ends


@kept_exact
def _straight(mesh, one, two, reach):  # type: ignore[no-untyped-def]
    """Whether two edges of a border that share an end go straight on there, within how well their ends are known."""
    if mesh.origin[two ^ 1] == mesh.origin[one]:
        one, two = two, one
    p, q, r = mesh.position[mesh.origin[one]], mesh.position[mesh.origin[two]], mesh.position[mesh.origin[two ^ 1]]
    ax, ay, a = _direction(p, q)
    bx, by, b = _direction(q, r)
    size = max(reach, abs(p[0]) * p[2], abs(p[1]) * p[2], abs(q[0]), abs(q[1]), abs(r[0]) * r[2], abs(r[1]) * r[2])
    # the shorter the edge, the less its ends determine its direction
    doubt = STRAIGHT + GRAIN * size / min(a, b) if min(a, b) > 0 else 2.0
    return abs(ax * by - ay * bx) <= doubt and (ax * bx + ay * by > 0 or doubt >= 1)


@kept_exact
def _side_measures(mesh, positive, out):  # type: ignore[no-untyped-def]
    """Components and holes of class 1 and of class 0, into out[8:12].

    Class 1 is taken as an open set, connected through edges alone; class 0 as a closed one, connected through vertices
    too, but not through those at infinity. A hole of one side is a component of the other that the rim doesn't touch.
    """
    cells, n = mesh.counts[CELLS], mesh.counts[VERTICES]
    parent = np.arange(cells)
    at_vertex = np.full(n, -1)
    infinite = False
    outer_vertex, outer_edge = np.zeros(n, np.bool_), np.zeros(cells, np.bool_)
    for here in range(2 * mesh.counts[EDGES]):
        cell, other, v = mesh.cell[here], mesh.cell[here ^ 1], mesh.origin[here]
        if cell == OUTSIDE:
            outer_vertex[v] = True
            outer_edge[other] = True
            infinite |= mesh.position[v, 2] == 0
        elif positive[cell]:
            if other != OUTSIDE and positive[other]:
                merge(parent, cell, other)
        elif mesh.position[v, 2] > 0:
            if at_vertex[v] >= 0:
                # the closed side is connected through a single point
                merge(parent, cell, at_vertex[v])
            at_vertex[v] = cell
    outer = np.zeros(cells, np.bool_)  # by component: whether it reaches the rim
    for here in range(2 * mesh.counts[EDGES]):
        cell = mesh.cell[here]
        if cell != OUTSIDE and (
            # at infinity all that reaches the rim belongs together, through vertices for either side
            outer_vertex[mesh.origin[here]] if infinite or not positive[cell] else outer_edge[cell]
        ):
            outer[root(parent, cell)] = True
    for k in range(8, 12):
        out[k] = 0.0
    for cell in range(cells):
        # a root of the union-find stands for one component
        if parent[cell] == cell:
            out[8 if positive[cell] else 10] += 1
            if not outer[cell]:
                out[11 if positive[cell] else 9] += 1


@kept_exact
def _areas(mesh, positive, out):  # type: ignore[no-untyped-def]
    """Areas of class 1 and of class 0, into out[12:14]: the shoelace formula, cell by cell from its own first corner."""
    out[12] = out[13] = 0.0
    for cell in range(mesh.counts[CELLS]):
        here = mesh.first[cell]
        corner = mesh.position[mesh.origin[here]]
        area = 0.0 if corner[2] > 0 else np.inf
        here = mesh.after[here]
        while here != mesh.first[cell]:
            p, q = mesh.position[mesh.origin[here]], mesh.position[mesh.origin[here ^ 1]]
            if p[2] == 0 or q[2] == 0:
                area = np.inf
            # relative to a corner of the cell, so that far cells don't lose digits
            area += 0.5 * ((p[0] - corner[0]) * (q[1] - corner[1]) - (p[1] - corner[1]) * (q[0] - corner[0]))
            here = mesh.after[here]
        out[12 if positive[cell] else 13] += area


@kept_exact
def _copy_edges(mesh, halves, rows, start):  # type: ignore[no-untyped-def]
    """Write the ends of half-edges into rows (m, 2, 3) from `start` on; where the next ones go, or -1 without room."""
    # the caller enlarges the room and measures again from this run on
    if start + len(halves) > len(rows):
        return -1
    for k, here in enumerate(halves):
        for end in range(2):
            for axis in range(3):
                rows[start + k, end, axis] = mesh.position[mesh.origin[here ^ end], axis]
    return start + len(halves)


@kept_exact
def measure_some(mesh, start, parameters, plan, most_cells, run, out, folds):  # type: ignore[no-untyped-def]
    """Measure networks of one shape from number `run` on; the number of the first one for which the room is too small.

    Args:
        mesh: room for a subdivision; overwritten.
        start: its first cells.
        parameters: (r, p) float64.
        plan: their shape.
        most_cells: a network with more isn't measured.
        run: the first to measure.
        out: `BorderMeasures`, filled.
        folds: `Segments` without room: the folds aren't listed here.
    """
    reach = 0.0  # of a window: ends of edges are known to a part of the coordinates that they were cut from
    for v in range(start.counts[VERTICES]):
        reach = max(reach, start.position[v, 2] * max(abs(start.position[v, 0]), abs(start.position[v, 1])))
    for k in range(run, len(parameters)):
        out.state[k] = subdivide(mesh, start, parameters[k], plan, most_cells, out.measures[k], folds)
        if out.state[k] == NO_ROOM and mesh.counts[FULL]:
            return k
        out.edge_start[k + 1], out.rim_start[k + 1] = out.edge_start[k], out.rim_start[k]
        if out.state[k] == DONE:
            positive = signs(mesh)
            around, beside = outline(mesh, positive)
            out.edge_start[k + 1] = _copy_edges(mesh, around, out.edges, out.edge_start[k])
            out.rim_start[k + 1] = _copy_edges(mesh, beside, out.rim, out.rim_start[k])
            if out.edge_start[k + 1] < 0 or out.rim_start[k + 1] < 0:
                return k
            _curve_measures(mesh, around, reach, out.measures[k])
            _side_measures(mesh, positive, out.measures[k])
            _areas(mesh, positive, out.measures[k])
    return len(parameters)


@kept_exact
def foot(x1, x2, p, q):  # type: ignore[no-untyped-def]
    """The nearest place to a point on an edge with homogeneous ends, one of which may be a direction."""
    # a ray is measured from its finite end
    if p[2] == 0:
        p, q = q, p
    dx, dy = (q[0] - p[0], q[1] - p[1]) if q[2] else (q[0], q[1])
    square = dx * dx + dy * dy
    # the projection on the edge's line, held between its ends; a ray has no second end
    share = max(((x1 - p[0]) * dx + (x2 - p[1]) * dy) / square, 0.0) if square > 0 else 0.0
    if q[2]:
        share = min(share, 1.0)
    return p[0] + share * dx, p[1] + share * dy


@kept_exact
def nearest(x1, x2, edges):  # type: ignore[no-untyped-def]
    """The nearest place to a point on edges (m, 2, 3), and its distance squared; infinite without an edge."""
    best, at1, at2 = np.inf, 0.0, 0.0
    for edge in range(len(edges)):
        y1, y2 = foot(x1, x2, edges[edge, 0], edges[edge, 1])
        square = (x1 - y1) ** 2 + (x2 - y2) ** 2
        # squares are compared, which saves a root for each edge
        if square < best:
            best, at1, at2 = square, y1, y2
    return at1, at2, best


@kept_exact
def distances(points, edges, start):  # type: ignore[no-untyped-def]
    """From each point (n, 2) to the nearest edge of each border, (r, n); infinite without a border."""
    smallest = np.empty((len(start) - 1, len(points)))
    for run in range(len(start) - 1):
        of_run = edges[start[run] : start[run + 1]]
        for i in range(len(points)):
            smallest[run, i] = np.sqrt(nearest(points[i, 0], points[i, 1], of_run)[2])
    return smallest


@kept_exact
def farthest_on_circle(edges, radius, tolerance):  # type: ignore[no-untyped-def]
    """The largest distance of a circle's points from the nearest edge (m, 2, 3), to within a tolerance.

    No point of an arc is farther from the border than from that one place of it which is nearest to the arc's middle, and
    from a fixed place the ends of a short arc are farthest. Arcs for which this bound is too high are halved.
    """
    # a stack: a halving adds one arc to it, so that 64 and all levels of halving are far from filling it
    middles, halves = np.empty(4096), np.empty(4096)
    waiting, farthest = 64, 0.0
    for k in range(waiting):
        middles[k], halves[k] = np.pi * (2 * k + 1) / 64, np.pi / 64
    while waiting:
        waiting -= 1
        middle, half = middles[waiting], halves[waiting]
        y1, y2, square = nearest(radius * np.cos(middle), radius * np.sin(middle), edges)
        farthest = max(farthest, np.sqrt(square))
        opposite = abs((middle - np.arctan2(y2, y1)) % (2 * np.pi) - np.pi)
        bound = radius + np.hypot(y1, y2)  # on the far side of the place
        # unless the arc holds the point opposite of the place, the farthest is one of its ends
        if opposite > half:
            bound = 0.0
            for side in (-1, 1):
                angle = middle + side * half
                bound = max(bound, np.hypot(radius * np.cos(angle) - y1, radius * np.sin(angle) - y2))
        # branch and bound: an arc that cannot beat the best by the tolerance is dropped
        if bound > farthest + tolerance:
            for side in (-1, 1):
                middles[waiting], halves[waiting] = middle + side * half / 2, half / 2
                waiting += 1
    return farthest
