"""Where a function that is affine on every cell of a subdivision changes its sign: compiled, as segments and half cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from separatrix.geometry._subdivision import CELLS, EDGES, OUTSIDE, extremes, sign_of
from separatrix.support.compilation import kept_exact

MOST_ZEROS = 8  # places at which one cell's outline is 0: two, and more only where corners coincide within rounding


class Segments(NamedTuple):
    """Room for m segments, each with what it belongs to.

    Attributes:
        ends: (m, 2, 2).
        owner: layer and unit, (m, 2) int64.
        counts: segments in use, and whether the room did not suffice, (2,) int64.
    """

    ends: np.ndarray
    owner: np.ndarray
    counts: np.ndarray


def new_segments(room: int) -> Segments:
    """Room for so many segments."""
    return Segments(np.empty((room, 2, 2)), np.empty((room, 2), np.int64), np.zeros(2, np.int64))


@kept_exact
def crossing(mesh, here, place):  # type: ignore[no-untyped-def]
    """Write into place (2,) where `level` is 0 between the ends of a half-edge; equal to the bit from either side."""
    a, b = mesh.origin[here & ~1], mesh.origin[here | 1]
    share = mesh.level[a] / (mesh.level[a] - mesh.level[b])
    for k in range(2):
        place[k] = mesh.position[a, k] + share * (mesh.position[b, k] - mesh.position[a, k])


@kept_exact
def _chord(mesh, cell, zeros, ends):  # type: ignore[no-untyped-def]
    """Write into ends (2, 2) the part of the line `level` = 0 inside a cell with both signs; `zeros` (m, 2) is room."""
    n, here = 0, mesh.first[cell]
    while True:
        level, following = mesh.level[mesh.origin[here]], mesh.level[mesh.origin[mesh.after[here]]]
        if n < len(zeros) and (level == 0 or (level < 0 < following) or (following < 0 < level)):
            if level == 0:
                zeros[n, 0], zeros[n, 1] = mesh.position[mesh.origin[here], 0], mesh.position[mesh.origin[here], 1]
            else:
                crossing(mesh, here, zeros[n])
            n += 1
        here = mesh.after[here]
        if here == mesh.first[cell]:
            break
    # several neighbouring corners can be 0 within rounding; the two farthest apart are the chord
    longest = -1.0
    for i in range(n):
        for j in range(i + 1, n):
            length = max(abs(zeros[i, 0] - zeros[j, 0]), abs(zeros[i, 1] - zeros[j, 1]))
            if length > longest:
                longest = length
                for k in range(2):
                    ends[0, k], ends[1, k] = zeros[i, k], zeros[j, k]


@kept_exact
def zero_segments(mesh, layer, unit, segments):  # type: ignore[no-untyped-def]
    """Append the segments between the places where `level` is positive and those where it isn't.

    Most lie inside a cell. Some lie on an edge: of a cell that is positive and falls to 0 there. They don't count where
    the cell on the other side is positive too, or where there is none because the window ends.
    """
    used, zeros = segments.counts[0], np.empty((MOST_ZEROS, 2))
    for cell in range(mesh.counts[CELLS]):
        high, low = extremes(mesh, cell)
        if mesh.level[mesh.origin[low]] < 0 < mesh.level[mesh.origin[high]]:
            if used >= len(segments.ends):
                segments.counts[1] = 1
                return
            _chord(mesh, cell, zeros, segments.ends[used])
            segments.owner[used, 0], segments.owner[used, 1] = layer, unit
            used += 1
    for edge in range(mesh.counts[EDGES]):
        a, b, left, right = (
            mesh.origin[2 * edge],
            mesh.origin[2 * edge + 1],
            mesh.cell[2 * edge],
            mesh.cell[2 * edge + 1],
        )
        if mesh.level[a] != 0 or mesh.level[b] != 0 or left == OUTSIDE or right == OUTSIDE:
            continue
        if (sign_of(mesh, left) > 0) != (sign_of(mesh, right) > 0):
            if used >= len(segments.ends):
                segments.counts[1] = 1
                return
            for k in range(2):
                segments.ends[used, 0, k], segments.ends[used, 1, k] = mesh.position[a, k], mesh.position[b, k]
            segments.owner[used, 0], segments.owner[used, 1] = layer, unit
            used += 1
    segments.counts[0] = used


class Outlines(NamedTuple):
    """Corners of all cells, one cell after the other, and of the two parts of those in which `level` changes its sign.

    Attributes:
        corners: (n, 2).
        start: cell k has the corners start[k] : start[k + 1], (cells + 1,) int64.
        parts: corners of the parts, (m, 2).
        part_start: part with level <= 0 of cell k is part_start[k, 0] : part_start[k, 1], and that with more the rest up
            to part_start[k + 1, 0], (cells + 1, 2) int64.
        sign: of `level` inside each cell, 1, 0, -1, or 2 for both, (cells,) int64.
    """

    corners: np.ndarray
    start: np.ndarray
    parts: np.ndarray
    part_start: np.ndarray
    sign: np.ndarray


@kept_exact
def _part(mesh, cell, side, parts, n):  # type: ignore[no-untyped-def]
    """Write the part of a cell with side * level >= 0 (Sutherland & Hodgman 1974); the number of rows then in use."""
    here = mesh.first[cell]
    while True:
        v, following = mesh.origin[here], mesh.origin[mesh.after[here]]
        level, ahead = side * mesh.level[v], side * mesh.level[following]
        if level >= 0:
            parts[n, 0], parts[n, 1] = mesh.position[v, 0], mesh.position[v, 1]
            n += 1
        # the function is affine along an edge, so it has one zero between two signs
        if (level < 0 < ahead) or (ahead < 0 < level):
            crossing(mesh, here, parts[n])
            n += 1
        here = mesh.after[here]
        if here == mesh.first[cell]:
            return n


@kept_exact
def write_outlines(mesh, out):  # type: ignore[no-untyped-def]
    """Fill `Outlines`: corners counter-clockwise, as the half-edges of a cell run around it."""
    n = m = 0
    for cell in range(mesh.counts[CELLS]):
        out.start[cell], out.part_start[cell, 0] = n, m
        here = mesh.first[cell]
        while True:
            out.corners[n, 0], out.corners[n, 1] = (
                mesh.position[mesh.origin[here], 0],
                mesh.position[mesh.origin[here], 1],
            )
            n += 1
            here = mesh.after[here]
            if here == mesh.first[cell]:
                break
        high, low = extremes(mesh, cell)
        both = mesh.level[mesh.origin[low]] < 0 < mesh.level[mesh.origin[high]]
        out.sign[cell] = 2 if both else sign_of(mesh, cell)
        if both:
            m = _part(mesh, cell, -1.0, out.parts, m)
        out.part_start[cell, 1] = m
        if both:
            m = _part(mesh, cell, 1.0, out.parts, m)
    cells = mesh.counts[CELLS]
    out.start[cells], out.part_start[cells, 0], out.part_start[cells, 1] = n, m, m


def new_outlines(mesh) -> Outlines:  # type: ignore[no-untyped-def]
    """Room for the outlines of a mesh's cells."""
    cells, halves = int(mesh.counts[CELLS]), 2 * int(mesh.counts[EDGES])
    return Outlines(
        corners=np.empty((halves, 2)),
        start=np.empty(cells + 1, np.int64),
        parts=np.empty((2 * halves + 4 * cells, 2)),  # corners on the line belong to both parts, and crossings are new
        part_start=np.empty((cells + 1, 2), np.int64),
        sign=np.empty(cells, np.int64),
    )
