"""The compiled way of a subdivision through a network's layers: pre-activations, cuts, activations."""

from __future__ import annotations

import numpy as np

from separatrix.geometry._subdivision import AUXILIARY, CELLS, EDGES, FULL, VERTICES, cut, set_level, sign_of
from separatrix.geometry._zero_lines import zero_segments
from separatrix.support.compilation import kept_exact

DONE, NO_ROOM, NOT_FINITE = 0, 1, 2  # how `subdivide` ends


@kept_exact
def begin(mesh, start):  # type: ignore[no-untyped-def]
    """Copy the first cells; what goes into the first layer is the point itself."""
    for k in range(len(start.counts)):
        mesh.counts[k] = start.counts[k]
    for v in range(start.counts[VERTICES]):
        for k in range(3):
            mesh.position[v, k] = start.position[v, k]
        for k in range(2):
            mesh.value[v, k] = start.position[v, k]
            mesh.bound[v, k] = abs(start.position[v, k])
    for here in range(2 * start.counts[EDGES]):
        mesh.origin[here], mesh.cell[here] = start.origin[here], start.cell[here]
        mesh.after[here], mesh.before[here] = start.after[here], start.before[here]
    for edge in range(start.counts[EDGES]):
        mesh.kind[edge] = start.kind[edge]
    for cell in range(start.counts[CELLS]):
        mesh.first[cell] = start.first[cell]


@kept_exact
def through(mesh, weight, bias, z, size):  # type: ignore[no-untyped-def]
    """Put the next layer's pre-activations z = W a + b w in place of the activations a; say if all are finite.

    Overwrites z and size, (at least outputs,).
    """
    outputs, inputs = weight.shape
    finite = True
    for v in range(mesh.counts[VERTICES]):
        w = mesh.position[v, 2]
        for i in range(outputs):
            # homogeneous coordinates: at infinity (w = 0) a bias counts for nothing
            total, scale = bias[i] * w, abs(bias[i]) * w
            for j in range(inputs):
                total += weight[i, j] * mesh.value[v, j]
                scale += abs(weight[i, j]) * mesh.bound[v, j]
            # put aside until all outputs are known, because they go where the inputs still are
            z[i], size[i] = total, scale
            # the terms' absolute sum bounds the value itself, so it is enough to ask about that
            finite &= np.isfinite(scale)
        for i in range(outputs):
            mesh.value[v, i], mesh.bound[v, i] = z[i], size[i]
    return finite


@kept_exact
def activate(mesh, units, kinks, height, slopes):  # type: ignore[no-untyped-def]
    """Put the activations a = f(z) in place of the pre-activations; at infinity, f's outer slopes alone count."""
    for v in range(mesh.counts[VERTICES]):
        w = mesh.position[v, 2]
        for k in range(units):
            z = mesh.value[v, k]
            start = kinks[0] * w if len(kinks) else 0.0
            a, slope = height * w, slopes[0]
            if z <= start or not len(kinks):
                a += slopes[0] * (z - start)
                if z == start and len(kinks):
                    # on the kink within rounding either slope may be the true one; the larger bounds the error
                    slope = max(abs(slopes[0]), abs(slopes[1]))
            else:
                for piece in range(len(kinks)):
                    low = kinks[piece] * w
                    if z > low:
                        high = kinks[piece + 1] * w if piece + 1 < len(kinks) else np.inf
                        slope = slopes[piece + 1]
                        a += slope * (min(z, high) - low)
            mesh.value[v, k] = a
            mesh.bound[v, k] = max(abs(a), abs(slope) * mesh.bound[v, k])


@kept_exact
def cut_along_layer(mesh, units, kinks, slopes):  # type: ignore[no-untyped-def]
    """Cut along every kink of every unit. The counts of units that are constant, and that are affine but not constant."""
    constant = affine = 0
    for unit in range(units):
        piece, bent, touched = 0, False, False
        for kink in kinks:
            below, above = set_level(mesh, unit, kink)
            if below and above:
                bent = True
                cut(mesh)
                if mesh.counts[FULL]:
                    return constant, affine
            elif above:
                # wholly above this kink: the unit is on a later piece of its activation
                piece += 1
            touched |= below or above
        if not bent and len(kinks):
            if slopes[piece] == 0 or not touched:
                constant += 1
            else:
                affine += 1
    return constant, affine


@kept_exact
def into_regions(mesh, start, parameters, plan, most_cells, counts, folds):  # type: ignore[no-untyped-def]
    """Cut a mesh into the network's linear regions; `mesh.value[:, 0]` is then the logit.

    Args:
        mesh: overwritten.
        start: its first cells.
        parameters: (p,) float64.
        plan: the network's shape.
        most_cells: give up beyond.
        counts: filled with linear regions, constant units and affine units, (3,).
        folds: `Segments`, filled with the lines along which units change their sign; without room for any they aren't
            listed.
    """
    begin(mesh, start)
    offset, layers = 0, len(plan.widths) - 1
    counts[0] = counts[1] = counts[2] = 0.0
    z, size = np.empty(mesh.value.shape[1]), np.empty(mesh.value.shape[1])
    for layer in range(layers):
        inputs, outputs = plan.widths[layer], plan.widths[layer + 1]
        weight = parameters[offset : offset + inputs * outputs].reshape(outputs, inputs)
        bias = parameters[offset + inputs * outputs : offset + inputs * outputs + outputs]
        offset += inputs * outputs + outputs
        if not through(mesh, weight, bias, z, size):
            return NOT_FINITE
        if layer < layers - 1:
            kinks, slopes = plan.kinks[layer, : plan.n_kinks[layer]], plan.slopes[layer]
            if len(folds.ends):
                # before the cut: units of one layer don't bend one another's lines, and would only chop them up
                for unit in range(outputs):
                    for kink in kinks:
                        set_level(mesh, unit, kink)
                        zero_segments(mesh, layer, unit, folds)
                if folds.counts[1]:
                    return NO_ROOM
            constant, affine = cut_along_layer(mesh, outputs, kinks, slopes)
            counts[1] += constant
            counts[2] += affine
            activate(mesh, outputs, kinks, plan.heights[layer], slopes)
        if mesh.counts[FULL] or mesh.counts[CELLS] > most_cells:
            return NO_ROOM
    # before the border is cut in, which is no unit's fold
    counts[0] = _regions(mesh)
    return DONE


@kept_exact
def subdivide(mesh, start, parameters, plan, most_cells, counts, folds):  # type: ignore[no-untyped-def]
    """Cut a mesh into linear regions and then along the border; `level` is then the logit. Arguments as `into_regions`."""
    state = into_regions(mesh, start, parameters, plan, most_cells, counts, folds)
    if state != DONE:
        return state
    set_level(mesh, np.int64(0), 0.0)
    cut(mesh)
    return NO_ROOM if mesh.counts[FULL] else DONE


@kept_exact
def sides_of_kinks(mesh, parameters, plan, above):  # type: ignore[no-untyped-def]
    """On which side of its kink each hidden unit is in each cell; `level` is then the logit.

    Args:
        mesh: as `into_regions` leaves it; its values are computed anew, layer by layer.
        parameters: (p,) float64.
        plan: the network's shape.
        above: filled, (cells, hidden units) bool; True for a unit without a kink.
    """
    for k in range(2):
        # A vertex is cut from edges that may be as long as the window is large, and is as uncertain.
        reach = np.max(np.abs(mesh.position[: mesh.counts[VERTICES], k]))
        for v in range(mesh.counts[VERTICES]):
            mesh.value[v, k], mesh.bound[v, k] = mesh.position[v, k], reach
    offset, first, layers = 0, 0, len(plan.widths) - 1
    z, size = np.empty(mesh.value.shape[1]), np.empty(mesh.value.shape[1])
    for layer in range(layers):
        inputs, outputs = plan.widths[layer], plan.widths[layer + 1]
        weight = parameters[offset : offset + inputs * outputs].reshape(outputs, inputs)
        bias = parameters[offset + inputs * outputs : offset + inputs * outputs + outputs]
        offset += inputs * outputs + outputs
        through(mesh, weight, bias, z, size)
        if layer == layers - 1:
            break
        kinks = plan.kinks[layer, : plan.n_kinks[layer]]
        for unit in range(outputs):
            if len(kinks):
                set_level(mesh, unit, kinks[0])
            for cell in range(mesh.counts[CELLS]):
                above[cell, first + unit] = not len(kinks) or sign_of(mesh, cell) > 0
        activate(mesh, outputs, kinks, plan.heights[layer], plan.slopes[layer])
        first += outputs
    set_level(mesh, np.int64(0), 0.0)


@kept_exact
def root(parent, k):  # type: ignore[no-untyped-def]
    """The representative of a set in a forest of sets (union-find with path halving; Tarjan & van Leeuwen 1984)."""
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@kept_exact
def merge(parent, a, b):  # type: ignore[no-untyped-def]
    """Unite two sets; 1 if they were two."""
    a, b = root(parent, a), root(parent, b)
    parent[a] = b
    return 1 if a != b else 0


@kept_exact
def _regions(mesh):  # type: ignore[no-untyped-def]
    """The number of cells, those counted once that only the first triangles' edges divide."""
    total = mesh.counts[CELLS]
    parent = np.arange(total)
    for edge in range(mesh.counts[EDGES]):
        if mesh.kind[edge] == AUXILIARY:
            total -= merge(parent, mesh.cell[2 * edge], mesh.cell[2 * edge + 1])
    return total
