"""The exact map of a piecewise-linear network: its linear regions, the lines it folds along, and its border.

A ReLU network of two inputs is a flat function on each of finitely many convex polygons (Montúfar et al. 2014,
arXiv:1402.1869). They are found by cutting a box: every unit of the first layer cuts it along a line; inside each
piece the second layer is again a set of lines; and so on. It is the compiled subdivision that `exact` measures, with
every region and fold listed. Nothing is sampled: the only error is that of float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry._layers import DONE, NOT_FINITE, into_regions, sides_of_kinks
from separatrix.geometry._plan import Plan, plan_of, with_one_logit
from separatrix.geometry._polylines import bends, is_closed, joined
from separatrix.geometry._subdivision import CELLS, VERTICES, Mesh, new_mesh, polygon
from separatrix.geometry._zero_lines import (
    Outlines,
    Segments,
    new_outlines,
    new_segments,
    write_outlines,
    zero_segments,
)
from separatrix.geometry.exact import box_window
from separatrix.networks.network import Network
from separatrix.support.compilation import announced

if TYPE_CHECKING:
    from separatrix.networks.module_network import ModuleNetwork

MOST_REGIONS = 100_000
GRAIN = 1e-8  # relative to the box: ends of segments this near are one point

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Region:
    """A convex polygon on which the logit is flat.

    Attributes:
        corners: (k, 2) float64, counter-clockwise.
        pattern: for each hidden layer, which units are above their kink, (units,) bool.
        slope: (2,); with `offset`, logit(x) = slope · x + offset for x in the polygon.
        offset: a number.
        sides: the part where the logit is 0 or less and the part where it is more: (k, 2) each, (0, 2) for none.
    """

    corners: np.ndarray
    pattern: tuple[np.ndarray, ...]
    slope: np.ndarray
    offset: float
    sides: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class FoldLine:
    """A piece of the line along which one unit's pre-activation changes its sign.

    Attributes:
        layer: 0 for the first hidden layer.
        unit: its number in the layer.
        ends: (2, 2): the two end points.
    """

    layer: int
    unit: int
    ends: np.ndarray


@dataclass(frozen=True)
class Corner:
    """A vertex of the border: where it bends, or where it leaves the box.

    Attributes:
        x1: first coordinate.
        x2: second coordinate.
        units: the units whose folds meet the border here, such as ("fc1[2]",); empty at the box's edge.
    """

    x1: float
    x2: float
    units: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ExactMap:
    """The exact map inside a box.

    Attributes:
        box: (x1 low, x1 high, x2 low, x2 high).
        regions: all linear regions; they tile the box.
        folds: all pieces of the units' lines; those of a deeper layer bend where they meet those of an earlier one.
        border: polylines (k, 2) that divide logit > 0 from the rest; a closed one ends where it begins.
        corners: the vertices at which the border bends or leaves the box, polyline after polyline.
    """

    box: Box
    regions: tuple[Region, ...]
    folds: tuple[FoldLine, ...]
    border: tuple[np.ndarray, ...]
    corners: tuple[Corner, ...]


def compute_map(network: Network | ModuleNetwork, parameters: np.ndarray, box: Box) -> ExactMap:
    """Compute the exact map of a network inside a box.

    Args:
        network: two inputs, and relu, leaky_relu or identity in every hidden layer.
        parameters: (p,).
        box: (x1 low, x1 high, x2 low, x2 high).

    Raises:
        InvalidData: a user's module, an empty box, or numbers too large for float64.
        InvalidParameter: not two inputs, an activation that isn't piecewise linear, or over 100,000 regions.

    Examples:
        >>> network = Network.parse("2-4-4-1")
        >>> found = compute_map(network, network.initialise(seed=0), (-3, 3, -3, 3))
        >>> round(sum(polygon_area(region.corners) for region in found.regions), 9)
        36.0
    """
    network = _checked(network, box)
    plan = plan_of(network)
    flat = with_one_logit(network, np.atleast_2d(np.asarray(parameters, np.float64)))[0]
    with announced("the exact map") if not getattr(into_regions, "signatures", True) else nullcontext():
        mesh, segments = _subdivided(network, flat, plan, box)
        above = np.empty((int(mesh.counts[CELLS]), int(plan.widths[1:-1].sum())), np.bool_)
        sides_of_kinks(mesh, flat, plan, above)
        listed, border = new_outlines(mesh), new_segments(len(mesh.kind))
        write_outlines(mesh, listed)
        zero_segments(mesh, np.int64(-1), np.int64(0), border)
    count, grain = int(segments.counts[0]), _grain(box)
    owners = segments.owner[:count].tolist()
    folds = [FoldLine(layer, unit, ends) for (layer, unit), ends in zip(owners, segments.ends[:count], strict=True)]
    lines = joined(border.ends[: border.counts[0]], grain)
    regions = tuple(_regions(listed, above, *_affine(network, flat, plan, above), plan))
    return ExactMap(box, regions, tuple(folds), lines, _corners(lines, folds, network, grain))


def polygon_area(corners: np.ndarray) -> float:
    """Area of a polygon by the shoelace formula: corners (k, 2), counter-clockwise.

    >>> polygon_area(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 3.0], [0.0, 3.0]]))
    6.0
    """
    x, y = corners.T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _checked(network: Network | ModuleNetwork, box: Box) -> Network:
    if not isinstance(network, Network):
        raise InvalidData("the exact map needs a Network; a module of your own can compute anything.")
    if network.n_inputs != 2:
        raise InvalidParameter(f"the exact map needs 2 inputs, {network} has {network.n_inputs}.")
    smooth = [entry.name for entry in network.activations if not entry.piecewise_linear]
    if smooth:
        raise InvalidParameter(
            f"the exact map needs piecewise-linear activations (relu, leaky_relu, identity), not {smooth[0]}: "
            "only those have flat regions with straight edges."
        )
    if not (np.isfinite(box).all() and box[0] < box[1] and box[2] < box[3]):
        raise InvalidData(f"the box must be (x1 low, x1 high, x2 low, x2 high), got {box}.")
    return network


def _too_many(network: Network) -> InvalidParameter:
    return InvalidParameter(f"{network} has over {MOST_REGIONS:,} linear regions here; take a smaller box.")


def _grain(box: Box) -> float:
    return GRAIN * max(box[1] - box[0], box[3] - box[2])


ROOM = 1024  # vertices, and segments of folds, at first


def _subdivided(network: Network, parameters: np.ndarray, plan: Plan, box: Box) -> tuple[Mesh, Segments]:
    """The mesh of the box's linear regions, and the folds of all units."""
    start, room, counts = polygon(box_window(*box)), ROOM, np.empty(3)
    while True:
        mesh, segments = new_mesh(room, int(plan.widths.max())), new_segments(room)
        state = into_regions(mesh, start, parameters, plan, MOST_REGIONS, counts, segments)
        if state == DONE:
            # Rounding may leave an end on the rim a little beyond it.
            low, high = np.array(box[::2]), np.array(box[1::2])
            for places in (mesh.position[: mesh.counts[VERTICES], :2], segments.ends[: segments.counts[0]]):
                np.clip(places, low, high, out=places)
            return mesh, segments
        if state == NOT_FINITE:
            raise InvalidData("the exact map needs parameters whose products float64 can hold.")
        if mesh.counts[CELLS] > MOST_REGIONS:
            raise _too_many(network)
        room *= 4


def _affine(network: Network, parameters: np.ndarray, plan: Plan, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The logit on every cell as slope · x + offset, by the sides of its units: (cells, 2) and (cells,)."""
    cells = len(above)
    # All cells at once: one matrix product a layer. The last column is the offset.
    affine = np.repeat(np.eye(2, 3)[:, None], cells, axis=1)
    begin = column = 0
    for layer, (inputs, outputs) in enumerate(pairwise(plan.widths.tolist())):
        weight = parameters[begin : begin + inputs * outputs].reshape(outputs, inputs)
        bias = parameters[begin + inputs * outputs : begin + (inputs + 1) * outputs]
        begin += (inputs + 1) * outputs
        affine = (weight @ affine.reshape(inputs, -1)).reshape(outputs, cells, 3)
        affine[..., 2] += bias[:, None]
        if layer < len(plan.widths) - 2:
            # On one side of its kink at 0 a unit is a multiple of its pre-activation.
            low, high = plan.slopes[layer, 0], plan.slopes[layer, plan.n_kinks[layer]]
            affine *= np.where(above[:, column : column + outputs].T, high, low)[..., None]
            column += outputs
    return np.ascontiguousarray(affine[0, :, :2]), np.ascontiguousarray(affine[0, :, 2])


def _regions(
    listed: Outlines, above: np.ndarray, slope: np.ndarray, offset: np.ndarray, plan: Plan
) -> Iterator[Region]:
    """The regions of the listed cells."""
    none, layers = np.zeros((0, 2)), np.cumsum(plan.widths[1:-2]).tolist()
    starts, part_starts, offsets = listed.start.tolist(), listed.part_start.tolist(), offset.tolist()
    patterns = np.split(above, layers, axis=1) if above.shape[1] else []
    for k, sign in enumerate(listed.sign.tolist()):
        corners = listed.corners[starts[k] : starts[k + 1]]
        if sign == 2:
            (first, middle), last = part_starts[k], part_starts[k + 1][0]
            sides = listed.parts[first:middle], listed.parts[middle:last]
        else:
            # a logit of 0 all over belongs to class 0: class 1 is where it is above 0
            sides = (none, corners) if sign > 0 else (corners, none)
        yield Region(corners, tuple(layer[k] for layer in patterns), slope[k], offsets[k], sides)


def _corners(
    border: tuple[np.ndarray, ...], folds: list[FoldLine], network: Network, grain: float
) -> tuple[Corner, ...]:
    """The vertices where a polyline bends, with the units on whose folds they lie, and its open ends."""
    corners, ends = [], np.array([fold.ends for fold in folds]).reshape(-1, 2, 2)
    for line in border:
        listed = bends(line, grain)
        if not is_closed(line, grain):
            # an open line leaves the box there, and doesn't bend
            listed[[0, -1]] = True
        for x in line[listed]:
            on = np.flatnonzero(_distance(x, ends) <= grain)
            names = [f"{network.layout[folds[k].layer].name}[{folds[k].unit}]" for k in on]
            # a unit's fold comes in pieces, two of which may end in this vertex; its name is listed once
            corners.append(Corner(float(x[0]), float(x[1]), tuple(dict.fromkeys(names))))
    return tuple(corners)


def _distance(x: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """From a point (2,) to each segment (m, 2, 2): (m,)."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    # a segment without length must not divide by 0; its start is then the nearest point
    square = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(((x - start) * along).sum(axis=1) / square, 0, 1)
    return np.asarray(np.linalg.norm(start + share[:, None] * along - x, axis=1))
