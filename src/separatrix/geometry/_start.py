"""The first cells of a subdivision: a convex window, or the whole plane as three triangles that reach to infinity."""

from __future__ import annotations

import numpy as np

from separatrix.geometry._subdivision import AUXILIARY, CELLS, EDGES, OUTSIDE, RIM, VERTICES, Mesh, new_mesh


def polygon(corners: np.ndarray) -> Mesh:
    """One cell: a convex polygon (k, 2), counter-clockwise."""
    n = len(corners)
    mesh = new_mesh(n, 1)
    mesh.position[:n] = np.column_stack((corners, np.ones(n)))
    for i in range(n):
        following = (i + 1) % n
        _lay(mesh, i, (i, following), (0, OUTSIDE), RIM)
        _chain(mesh, 2 * i, 2 * following)
        _chain(mesh, 2 * following + 1, 2 * i + 1)
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
        _chain(mesh, 2 * i, 2 * (3 + i))  # out along one direction, along infinity, and back along the next one
        _chain(mesh, 2 * (3 + i), 2 * following + 1)
        _chain(mesh, 2 * following + 1, 2 * i)
        _chain(mesh, 2 * (3 + following) + 1, 2 * (3 + i) + 1)
    mesh.counts[[VERTICES, EDGES, CELLS]] = 4, 6, 3
    return mesh


def _lay(mesh: Mesh, edge: int, ends: tuple[int, int], cells: tuple[int, int], kind: int) -> None:
    """An edge from a vertex to another, with the cells on its left and on its right."""
    mesh.origin[2 * edge : 2 * edge + 2] = ends
    mesh.cell[2 * edge : 2 * edge + 2] = cells
    mesh.kind[edge] = kind
    mesh.first[cells[0]] = 2 * edge


def _chain(mesh: Mesh, one: int, following: int) -> None:
    mesh.after[one], mesh.before[following] = following, one
