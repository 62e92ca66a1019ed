"""The exact map of a piecewise-linear network: its linear regions, the lines it folds along, and its border.

A ReLU network of two inputs is a flat function on each of finitely many convex polygons (Montúfar et al. 2014,
arXiv:1402.1869). They are found by cutting a box: every unit of the first layer cuts it along a line; inside each
piece the second layer is again a set of lines; and so on. Nothing is sampled: the only error is that of float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry._polylines import bends, is_closed, joined, welded
from separatrix.networks.network import Network

if TYPE_CHECKING:
    from separatrix.networks.module_network import ModuleNetwork

MOST_REGIONS = 100_000
# Relative to the terms a value is summed from: nearer to 0 than this, it is 0. Rounding leaves about 1e-16 times the
# number of terms, so that this is enough for layers of some hundred units.
NEAR = 1e-12
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


@dataclass(frozen=True, eq=False)
class _Piece:
    """A polygon, and the present layer's activations on it: a = slope · x + offset.

    Attributes:
        corners: (k, 2).
        pattern: as in `Region`.
        slope: (units, 2).
        offset: (units,).
        size: (units,): what the terms of each sum may come to in the box; rounding grows with it, not with the sum.
    """

    corners: np.ndarray
    pattern: tuple[np.ndarray, ...]
    slope: np.ndarray
    offset: np.ndarray
    size: np.ndarray

    def through(self, weight: np.ndarray, bias: np.ndarray) -> _Piece:
        """The same polygon with the next layer's pre-activations z = weight · a + bias."""
        return _Piece(
            self.corners,
            self.pattern,
            weight @ self.slope,  # (units, in) @ (in, 2) -> (units, 2)
            weight @ self.offset + bias,
            np.abs(weight) @ self.size + np.abs(bias),
        )

    def values(self, corners: np.ndarray, units: np.ndarray | slice = slice(None)) -> np.ndarray:
        """These units' values at these corners, (k, units): 0 where they are 0 within rounding."""
        values: np.ndarray = corners @ self.slope[units].T + self.offset[units]  # (k, 2) @ (2, units) -> (k, units)
        values[np.abs(values) <= NEAR * self.size[units]] = 0.0
        return values


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
    # cuts come from differences of nearly equal numbers, of which float32 would lose most digits
    layers = [(w.astype(np.float64), b.astype(np.float64)) for w, b in network.split(parameters)]
    folds: list[FoldLine] = []
    pieces = [_whole(box)]
    for k, (weight, bias) in enumerate(layers[:-1]):
        lower = float(network.activations[k].slope(np.array([-1.0]))[0])  # 0 for ReLU, 0.01 leaky, 1 identity
        pieces = _through_layer(pieces, weight, bias, k, lower, folds, box)
        # asked after every layer: the next one can multiply their number again
        if len(pieces) > MOST_REGIONS:
            raise _too_many(network)
    weight, bias = layers[-1]
    if len(bias) == 2:  # softmax: the logit is the difference
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    outputs = [piece.through(weight, bias) for piece in pieces]
    grain = _grain(box)
    border = joined(_as_array([ends for _, ends in _zero_lines(outputs, box)]), grain)
    regions = tuple(_region(piece) for piece in outputs)
    return ExactMap(box, regions, tuple(folds), border, _corners(border, folds, network, grain))


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


def _whole(box: Box) -> _Piece:
    """The whole box; what goes into the first layer is x itself."""
    low1, high1, low2, high2 = (float(edge) for edge in box)
    corners = np.array([(low1, low2), (high1, low2), (high1, high2), (low1, high2)])
    return _Piece(corners, (), np.eye(2), np.zeros(2), np.abs(corners).max(axis=0))


def _through_layer(
    pieces: list[_Piece],
    weight: np.ndarray,
    bias: np.ndarray,
    layer: int,
    lower: float,
    folds: list[FoldLine],
    box: Box,
) -> list[_Piece]:
    """Cut all pieces along the lines of a layer's units, and move each part one layer on."""
    before = [piece.through(weight, bias) for piece in pieces]
    if not all(np.isfinite(piece.size).all() for piece in before):
        raise InvalidData("the exact map needs parameters whose products float64 can hold.")
    if lower == 1.0:  # identity folds nothing
        return [_moved_on(piece, piece.corners, lower) for piece in before]
    # before the cut: units of one layer don't bend one another's lines, and would only chop them up
    folds += [FoldLine(layer, unit, ends) for unit, ends in _zero_lines(before, box)]
    after: list[_Piece] = []
    for piece in before:
        room = MOST_REGIONS + 1 - len(after)  # one too many is enough to know
        after += [_moved_on(piece, part, lower) for part in _cells(piece, room)]
    return after


def _cells(piece: _Piece, room: int) -> list[np.ndarray]:
    """A polygon cut along the lines of all units: convex polygons (k, 2), at most `room`."""
    cells: list[np.ndarray] = []
    # a stack and no recursion: its depth would be the number of units
    waiting = [(piece.corners, np.arange(len(piece.offset)))]
    while waiting and len(cells) < room:
        corners, units = waiting.pop()
        values = piece.values(corners, units)
        # A unit that is 0 on an edge only touches the polygon and does not cut it.
        cutting = (values.min(axis=0) < 0) & (values.max(axis=0) > 0)
        if not cutting.any():
            cells.append(corners)
            continue
        units, values = units[cutting], values[:, cutting]  # what misses the whole misses its parts
        waiting += [(half, units[1:]) for half in _halves(corners, values[:, 0])]
    return cells


def _moved_on(piece: _Piece, corners: np.ndarray, lower: float) -> _Piece:
    """Apply the activation to a part of a piece on which every unit is on one side of its kink."""
    # every corner is on the same side or on the kink itself (0), so the sum has the sign of that side
    above = piece.values(corners).sum(axis=0) > 0
    # On one side of its kink every unit is a linear function, so the layer stays linear on the piece.
    factor = np.where(above, 1.0, lower)
    slope, offset, size = piece.slope * factor[:, None], piece.offset * factor, piece.size * factor
    return _Piece(corners, (*piece.pattern, above), slope, offset, size)


def _halves(corners: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The parts of a convex polygon (k, 2) with values <= 0 and with values >= 0 (Sutherland & Hodgman 1974)."""
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for k, value in enumerate(values):
        if value <= 0:
            sides[0].append(corners[k])
        if value >= 0:
            sides[1].append(corners[k])
        # a change of sign along the side: the logit is linear there, so it has exactly one zero
        if value * values[(k + 1) % len(values)] < 0:
            crossing = _crossing(corners, values, k)
            sides[0].append(crossing)
            sides[1].append(crossing)
    return np.array(sides[0]), np.array(sides[1])


def _crossing(corners: np.ndarray, values: np.ndarray, k: int) -> np.ndarray:
    """Where the value is 0 between corner k and the next."""
    after = (k + 1) % len(values)
    first, last = (k, after) if tuple(corners[k]) < tuple(corners[after]) else (after, k)  # neighbours agree to the bit
    share = values[first] / (values[first] - values[last])
    crossing: np.ndarray = corners[first] + share * (corners[last] - corners[first])
    return crossing


def _zero_lines(pieces: list[_Piece], box: Box) -> list[tuple[int, np.ndarray]]:
    """The segments between the places where a unit is positive and those where it isn't: (unit, ends (2, 2)).

    Most lie inside a piece. Some lie on an edge: of a piece that is positive and falls to 0 there. They count once, and
    not at all where the neighbour is positive too or there is none because the box ends.
    """
    inside, flush = [], []
    for piece in pieces:
        values = piece.values(piece.corners)
        low, high = values.min(axis=0), values.max(axis=0)
        cut = np.flatnonzero((low < 0) & (high > 0))
        inside += [(int(unit), _chord(piece.corners, values[:, unit])) for unit in cut]
        falling = (values == 0) & (np.roll(values, -1, axis=0) == 0) & (low == 0) & (high > 0)
        after = np.roll(piece.corners, -1, axis=0)
        flush += [(int(unit), np.array([piece.corners[k], after[k]])) for k, unit in np.argwhere(falling)]
    return inside + (_single(flush, box) if flush else [])


def _chord(corners: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The part of the line value = 0 inside a convex polygon that it cuts in two, (2, 2)."""
    ends = list(corners[values == 0])
    ends += [_crossing(corners, values, int(k)) for k in np.flatnonzero(values * np.roll(values, -1) < 0)]
    # several neighbouring corners can be 0 within rounding; the two farthest apart are the chord
    return max((np.array([a, b]) for i, a in enumerate(ends) for b in ends[i + 1 :]), key=_length)


def _length(ends: np.ndarray) -> float:
    return float(np.abs(ends[1] - ends[0]).max())


def _single(edges: list[tuple[int, np.ndarray]], box: Box) -> list[tuple[int, np.ndarray]]:
    """The edges that occur once for their unit and don't lie on the box's own edges."""
    grain = _grain(box)
    ends = _as_array([edge for _, edge in edges])
    # sorted, because the two neighbours run along their common edge in opposite directions
    number = np.sort(welded(ends.reshape(-1, 2), grain).reshape(-1, 2), axis=1)
    keys = np.column_stack([number, [unit for unit, _ in edges]])
    _, which, times = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    sides = np.array(box, float).reshape(2, 2)  # axis by (low, high)
    on_side = (np.abs(ends[..., None] - sides) <= grain).all(axis=1).any(axis=(1, 2))  # (m, ends, axis, low or high)
    return [edge for edge, n, beside in zip(edges, times[which.ravel()], on_side, strict=True) if n == 1 and not beside]


def _as_array(segments: list[np.ndarray]) -> np.ndarray:
    return np.array(segments).reshape(-1, 2, 2)


def _region(piece: _Piece) -> Region:
    """The region of a piece that has come through the last layer."""
    values = piece.values(piece.corners)[:, 0]
    none = np.zeros((0, 2))
    if values.min() < 0 < values.max():
        sides = _halves(piece.corners, values)
    else:
        # a logit of 0 all over belongs to class 0: class 1 is where it is above 0
        sides = (none, piece.corners) if values.max() > 0 else (piece.corners, none)
    return Region(piece.corners, piece.pattern, piece.slope[0], float(piece.offset[0]), sides)


def _corners(
    border: tuple[np.ndarray, ...], folds: list[FoldLine], network: Network, grain: float
) -> tuple[Corner, ...]:
    """The vertices where a polyline bends, with the units on whose folds they lie, and its open ends."""
    corners, ends = [], _as_array([fold.ends for fold in folds])
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
