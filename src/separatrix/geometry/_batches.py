"""Memory for the compiled measures: as much as the networks at hand turn out to need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from separatrix.geometry._layers import DONE, Plan
from separatrix.geometry._measures import MEASURES, measure_some
from separatrix.geometry._subdivision import new_mesh

ROOM = 256  # vertices at first
EDGES_EACH = 32  # of a border, at first


class Measured(NamedTuple):
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


def measure_many(parameters: np.ndarray, plan: Plan, corners: np.ndarray, most_cells: int) -> Measured:
    """Measure networks of one shape, parameters (r, p), in a window (k, 2) or, with k = 0, in the plane."""
    runs, units = len(parameters), int(plan.widths.max())
    measures, state = np.zeros((runs, len(MEASURES))), np.zeros(runs, np.int64)
    starts = np.zeros(runs + 1, np.int64), np.zeros(runs + 1, np.int64)
    room = max(ROOM, 2 * len(corners))
    rows = [np.empty((max(1024, EDGES_EACH * runs), 2, 3)) for _ in range(2)]
    mesh, run = new_mesh(room, units), 0
    while run < runs:
        run = measure_some(
            mesh, parameters, plan, corners, most_cells, run, measures, state, rows[0], starts[0], rows[1], starts[1]
        )
        if run < runs:  # the mesh or the rows are full: double both, and go on with this network
            room *= 2
            mesh = new_mesh(room, units)
            rows = [np.concatenate([each, np.empty_like(each)]) for each in rows]
    measures[state != DONE] = np.nan
    edges, rim = (each[: start[-1]].copy() for each, start in zip(rows, starts, strict=True))
    return Measured(measures, state, edges, starts[0], rim, starts[1])
