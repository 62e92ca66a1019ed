"""Memory for the compiled measures: as much as the networks at hand turn out to need."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np

from separatrix.geometry._layers import DONE
from separatrix.geometry._measures import MEASURES, BorderMeasures, measure_some
from separatrix.geometry._plan import Plan
from separatrix.geometry._start import plane, polygon
from separatrix.geometry._subdivision import new_mesh
from separatrix.support.compilation import announced

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
            run = measure_some(mesh, start, parameters, plan, most_cells, run, out)
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
