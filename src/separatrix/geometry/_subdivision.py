"""The compiled subdivision of the plane on which a piecewise-linear network is affine, cell by cell.

Berzins 2023 (Polyhedral complex extraction from ReLU networks using edge subdivision, ICML; arXiv:2306.07212): a
function that is affine on every cell is known from its values at the vertices. So each unit is evaluated there, every
edge on which it changes its sign gets a vertex where it is 0, and every cell with both signs is split along the chord
between its two zeros. Neighbours share their vertices, so that what touches what never has to be guessed.

Points are homogeneous, (x1, x2, w) with w = 1, or w = 0 for a direction: a point at infinity. A unit's value there is
its slope along the direction, and biases count w times. So the whole plane is a mesh like any window, three triangles
of the origin and two directions each, and nothing is cut off (Stolfi 1991, Oriented Projective Geometry).

The mesh is made of half-edges: 2e and 2e + 1 are the two directions of edge e, each with its own cell on its left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from separatrix.support.compilation import kept_exact

# Relative to the terms that a value is summed from: nearer to 0 than this, it is 0. Rounding leaves about 1e-16 times
# the number of terms, so that this is enough for layers of some hundred units.
NEAR = 1e-12

AUXILIARY, RIM, FOLD = 0, 1, 2  # kinds of edges: of the first three triangles, of the window or infinity, of a unit
VERTICES, EDGES, CELLS, FULL = 0, 1, 2, 3  # places in `Mesh.counts`
OUTSIDE = -1  # the cell beyond the rim


class Mesh(NamedTuple):
    """Room for a subdivision of up to v vertices, 3 v edges and 2 v cells.

    Attributes:
        position: homogeneous coordinates, (v, 3).
        value: the present layer's numbers at each vertex, (v, units).
        bound: what the terms of each of them may come to; rounding grows with it, (v, units).
        level: the present unit's value minus its kink, 0 where it is 0 within rounding, (v,).
        origin: where a half-edge begins, (6 v,).
        after: the next half-edge around the same cell, (6 v,).
        before: the previous one, (6 v,).
        cell: on the left of a half-edge, or `OUTSIDE`, (6 v,).
        kind: of each edge, (3 v,).
        first: a half-edge of each cell, (2 v,).
        counts: vertices, edges and cells in use, and whether the room did not suffice, (4,).
    """

    position: np.ndarray
    value: np.ndarray
    bound: np.ndarray
    level: np.ndarray
    origin: np.ndarray
    after: np.ndarray
    before: np.ndarray
    cell: np.ndarray
    kind: np.ndarray
    first: np.ndarray
    counts: np.ndarray


def new_mesh(room: int, units: int) -> Mesh:
    """Room for so many vertices, with so many numbers each."""
    return Mesh(
        position=np.empty((room, 3)),
        value=np.empty((room, units)),
        bound=np.empty((room, units)),
        level=np.empty(room),
        # Euler: v vertices in the plane have at most 3 v - 6 edges and 2 v - 4 faces; an edge has two halves
        origin=np.empty(6 * room, np.int64),
        after=np.empty(6 * room, np.int64),
        before=np.empty(6 * room, np.int64),
        cell=np.empty(6 * room, np.int64),
        kind=np.empty(3 * room, np.int8),
        first=np.empty(2 * room, np.int64),
        counts=np.zeros(4, np.int64),
    )


@kept_exact
def _chain(mesh, one, following):  # type: ignore[no-untyped-def]
    mesh.after[one] = following
    mesh.before[following] = one


@kept_exact
def split_edge(mesh, edge):  # type: ignore[no-untyped-def]
    """Put a vertex where `level` is 0 on an edge whose ends lie on both sides; all that is known is interpolated."""
    position, value, bound, level = mesh.position, mesh.value, mesh.bound, mesh.level
    here, twin = 2 * edge, 2 * edge + 1
    a, b = mesh.origin[here], mesh.origin[twin]
    new, added = mesh.counts[VERTICES], mesh.counts[EDGES]
    # the level at a over the sum of both, written so that the sum can't overflow
    share_b = 1 / (1 + abs(level[b]) / abs(level[a]))
    share_a = 1 / (1 + abs(level[a]) / abs(level[b]))
    w = share_a * position[a, 2] + share_b * position[b, 2]
    scale = w
    if w == 0:  # on the line at infinity: a direction has no length
        x, y = share_a * position[a, 0] + share_b * position[b, 0], share_a * position[a, 1] + share_b * position[b, 1]
        scale = max(abs(x), abs(y))
    # values are homogeneous of degree 1, so they are scaled as the place is
    share_a, share_b = share_a / scale, share_b / scale
    for k in range(2):
        position[new, k] = share_a * position[a, k] + share_b * position[b, k]
    position[new, 2] = 0.0 if w == 0 else 1.0
    for k in range(value.shape[1]):
        value[new, k] = share_a * value[a, k] + share_b * value[b, k]
        bound[new, k] = share_a * bound[a, k] + share_b * bound[b, k]
    level[new] = 0.0
    next_edge, next_twin = 2 * added, 2 * added + 1  # from the new vertex on to b, and back
    mesh.origin[next_edge], mesh.origin[next_twin], mesh.origin[twin] = new, b, new
    mesh.cell[next_edge], mesh.cell[next_twin] = mesh.cell[here], mesh.cell[twin]
    _chain(mesh, next_edge, mesh.after[here])
    _chain(mesh, here, next_edge)
    _chain(mesh, mesh.before[twin], next_twin)
    _chain(mesh, next_twin, twin)
    mesh.kind[added] = mesh.kind[edge]
    mesh.counts[VERTICES] += 1
    mesh.counts[EDGES] += 1


@kept_exact
def split_cell(mesh, start, end):  # type: ignore[no-untyped-def]
    """Join the origins of two half-edges of a cell by a chord; the part that begins with `start` is a new cell."""
    old, new, added = mesh.cell[start], mesh.counts[CELLS], mesh.counts[EDGES]
    chord, back = 2 * added, 2 * added + 1
    mesh.origin[chord], mesh.origin[back] = mesh.origin[start], mesh.origin[end]
    before_start, before_end = mesh.before[start], mesh.before[end]
    _chain(mesh, before_start, chord)
    _chain(mesh, chord, end)
    _chain(mesh, before_end, back)
    _chain(mesh, back, start)
    mesh.cell[chord], mesh.first[old], mesh.first[new] = old, chord, back
    mesh.kind[added] = FOLD
    # only the new part is walked round and renamed; the other one keeps its number
    here = back
    while True:
        mesh.cell[here] = new
        here = mesh.after[here]
        if here == back:
            break
    mesh.counts[EDGES] += 1
    mesh.counts[CELLS] += 1


@kept_exact
def extremes(mesh, cell):  # type: ignore[no-untyped-def]
    """The half-edges of a cell at whose origins `level` is highest and lowest."""
    here = high = low = mesh.first[cell]
    while True:
        here = mesh.after[here]
        if here == mesh.first[cell]:
            return high, low
        if mesh.level[mesh.origin[here]] > mesh.level[mesh.origin[high]]:
            high = here
        elif mesh.level[mesh.origin[here]] < mesh.level[mesh.origin[low]]:
            low = here


@kept_exact
def sign_of(mesh, cell):  # type: ignore[no-untyped-def]
    """Of `level` inside a cell that it doesn't change its sign in: 1, -1, or 0 where it is 0 all over."""
    high, low = extremes(mesh, cell)
    top, bottom = mesh.level[mesh.origin[high]], mesh.level[mesh.origin[low]]
    # rounding may leave a trace of the other sign at a corner; the larger number tells
    if top > 0 and top >= -bottom:
        return 1
    return -1 if bottom < 0 else 0


@kept_exact
def cut(mesh):  # type: ignore[no-untyped-def]
    """Split every edge and cell along the line where `level` is 0. Sets `FULL` and stops where the room ends."""
    level, origin, counts = mesh.level, mesh.origin, mesh.counts
    for edge in range(counts[EDGES]):
        a, b = level[origin[2 * edge]], level[origin[2 * edge + 1]]
        if (a < 0 < b) or (b < 0 < a):
            if counts[VERTICES] >= len(level) - 1:
                counts[FULL] = 1
                return
            split_edge(mesh, edge)
    # the range is fixed before the loop: what a cut adds isn't cut again
    for cell in range(counts[CELLS]):
        high, low = extremes(mesh, cell)
        if level[origin[high]] > 0 and level[origin[low]] < 0:
            if counts[EDGES] >= len(mesh.kind) - 1 or counts[CELLS] >= len(mesh.first) - 1:
                counts[FULL] = 1
                return
            # a convex cell is left by the line in two places, one on either way round from its highest corner
            start = end = high
            while level[origin[end]] != 0:
                end = mesh.after[end]
            while level[origin[start]] != 0:
                start = mesh.before[start]
            split_cell(mesh, start, end)
    for edge in range(counts[EDGES]):  # a unit may fold the plane exactly where the first triangles meet
        on_it = level[origin[2 * edge]] == 0 and level[origin[2 * edge + 1]] == 0
        if (
            on_it
            and mesh.kind[edge] == AUXILIARY
            and sign_of(mesh, mesh.cell[2 * edge]) * sign_of(mesh, mesh.cell[2 * edge + 1]) < 0
        ):
            mesh.kind[edge] = FOLD


@kept_exact
def set_level(mesh, unit, kink):  # type: ignore[no-untyped-def]
    """Put the unit's value minus its kink into `level`, 0 within rounding; say whether any is below and any above."""
    below = above = False
    for v in range(mesh.counts[VERTICES]):
        shift = kink * mesh.position[v, 2]
        z = mesh.value[v, unit] - shift
        if abs(z) <= NEAR * (mesh.bound[v, unit] + abs(shift)):
            z = 0.0
            # the value too, so that the activation sees the same 0
            mesh.value[v, unit] = shift
        mesh.level[v] = z
        below |= z < 0
        above |= z > 0
    return below, above


def polygon(corners: np.ndarray) -> Mesh:
    """One cell: a convex polygon (k, 2), counter-clockwise."""
    n = len(corners)
    mesh = new_mesh(n, 1)
    mesh.position[:n] = np.column_stack((corners, np.ones(n)))
    for i in range(n):
        following = (i + 1) % n
        _lay(mesh, i, (i, following), (0, OUTSIDE), RIM)
        _follow(mesh, 2 * i, 2 * following)
        _follow(mesh, 2 * following + 1, 2 * i + 1)
    mesh.counts[[VERTICES, EDGES, CELLS]] = n, n, 1
    return mesh


def plane() -> Mesh:
    """Three cells: the origin with two of three directions each. No two ends of an edge are opposite directions."""
    mesh = new_mesh(4, 1)
    mesh.position[0] = 0.0, 0.0, 1.0
    for i in range(3):
        following = (i + 1) % 3
        angle = 0.1 + 2 * np.pi * i / 3  # at no angle that a round weight would give
        mesh.position[1 + i] = np.cos(angle), np.sin(angle), 0.0
        _lay(mesh, i, (0, 1 + i), (i, (i + 2) % 3), AUXILIARY)
        _lay(mesh, 3 + i, (1 + i, 1 + following), (i, OUTSIDE), RIM)
        _follow(mesh, 2 * i, 2 * (3 + i))  # out along one direction, along infinity, and back along the next one
        _follow(mesh, 2 * (3 + i), 2 * following + 1)
        _follow(mesh, 2 * following + 1, 2 * i)
        _follow(mesh, 2 * (3 + following) + 1, 2 * (3 + i) + 1)
    mesh.counts[[VERTICES, EDGES, CELLS]] = 4, 6, 3
    return mesh


def _lay(mesh: Mesh, edge: int, ends: tuple[int, int], cells: tuple[int, int], kind: int) -> None:
    """An edge from a vertex to another, with the cells on its left and on its right."""
    mesh.origin[2 * edge : 2 * edge + 2] = ends
    mesh.cell[2 * edge : 2 * edge + 2] = cells
    mesh.kind[edge] = kind
    mesh.first[cells[0]] = 2 * edge


def _follow(mesh: Mesh, one: int, following: int) -> None:
    mesh.after[one], mesh.before[following] = following, one
