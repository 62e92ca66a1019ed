"""The exact map of a piecewise-linear network: its linear regions, the lines it folds along, and its border.

A ReLU network of two inputs is a flat function on each of finitely many convex polygons (Montúfar et al. 2014,
arXiv:1402.1869). They are found by cutting a box: every unit of the first layer cuts it along a line; inside each
piece the second layer is again a set of lines; and so on. Nothing is sampled: the only error is that of float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.network import Network
from separatrix.run import Run

MOST_REGIONS = 100_000
NEAR = 1e-11  # relative: a corner this near to a line is on it


@dataclass(frozen=True, eq=False)
class Region:
    """A convex polygon on which the logit is flat.

    Attributes:
        corners: (k, 2) float64, counter-clockwise.
        pattern: for each hidden layer, which units are on their upper piece, (units,) bool.
        slope: (2,); with `offset`, logit(x) = slope · x + offset for x in the polygon.
        offset: a number.
    """

    corners: np.ndarray
    pattern: tuple[np.ndarray, ...]
    slope: np.ndarray
    offset: float


@dataclass(frozen=True, eq=False)
class Fold:
    """A piece of the line z = 0 of one unit.

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
    """A vertex of the border.

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
        folds: all pieces of the units' lines.
        border: polylines (k, 2) on which the logit is 0; a closed one ends where it begins.
        corners: the vertices at which the border bends, polyline after polyline.
    """

    box: tuple[float, float, float, float]
    regions: tuple[Region, ...]
    folds: tuple[Fold, ...]
    border: tuple[np.ndarray, ...]
    corners: tuple[Corner, ...]


@dataclass(frozen=True, eq=False)
class _Piece:
    """A polygon, and the present layer's activations on it: a = slope · x + offset, slope (units, 2)."""

    corners: np.ndarray
    pattern: tuple[np.ndarray, ...]
    slope: np.ndarray
    offset: np.ndarray


def exact_map(run: Run, box: tuple[float, float, float, float]) -> ExactMap:
    """Compute the map of a run's network inside a box.

    Raises:
        InvalidData: the run isn't of a `Network`, or the box is empty.
        InvalidParameter: not two inputs, or an activation that isn't piecewise linear; or over 100,000 regions.

    Examples:
        >>> import separatrix as sx
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=10), sx.circle(seed=0))
        >>> found = exact_map(run, (-3, 3, -3, 3))
        >>> round(sum(polygon_area(region.corners) for region in found.regions), 9)
        36.0
    """
    network = _checked(run, box)
    layers = [(w.astype(np.float64), b.astype(np.float64)) for w, b in network.split(run.parameters)]
    low1, high1, low2, high2 = box
    corners = np.array([(low1, low2), (high1, low2), (high1, high2), (low1, high2)], float)
    pieces, folds = [_Piece(corners, (), np.eye(2), np.zeros(2))], []
    for k, (weight, bias) in enumerate(layers[:-1]):
        lower = float(network.activations[k].slope(np.array([-1.0]))[0])  # 0 for ReLU, 0.01 leaky, 1 identity
        cut: list[_Piece] = []
        for piece in pieces:
            cut += _through_layer(piece, weight, bias, k, lower, folds)
            if len(cut) > MOST_REGIONS:
                raise InvalidParameter(f"{network} has over {MOST_REGIONS:,} linear regions here; take a smaller box.")
        pieces = cut
    weight, bias = layers[-1]
    if len(bias) == 2:  # softmax: the logit is the difference
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    regions = tuple(
        Region(p.corners, p.pattern, (weight @ p.slope)[0], float((weight @ p.offset + bias)[0])) for p in pieces
    )
    border = _chained([ends for region in regions if (ends := _zero_line(region)) is not None], box)
    return ExactMap(box, regions, tuple(folds), border, _corners(border, folds, network, box))


def polygon_area(corners: np.ndarray) -> float:
    """Area of a polygon by the shoelace formula: corners (k, 2), counter-clockwise."""
    x, y = corners.T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _checked(run: Run, box: tuple[float, float, float, float]) -> Network:
    network = run.network
    if not isinstance(network, Network):
        raise InvalidData("the exact map needs a Network; a module of your own can compute anything.")
    if network.n_inputs != 2:
        raise InvalidParameter(f"the exact map needs 2 inputs, {network} has {network.n_inputs}.")
    smooth = [entry.name for entry in network.activations if not entry.piecewise_linear]
    if smooth:
        raise InvalidParameter(
            f"the exact map needs piecewise-linear activations (relu, leaky_relu, identity), not {smooth[0]}: "
            "a smooth one bends everywhere."
        )
    if not (np.isfinite(box).all() and box[0] < box[1] and box[2] < box[3]):
        raise InvalidData(f"the box must be (x1 low, x1 high, x2 low, x2 high), got {box}.")
    return network


def _through_layer(
    piece: _Piece, weight: np.ndarray, bias: np.ndarray, layer: int, lower: float, folds: list[Fold]
) -> list[_Piece]:
    """Cut a piece along the lines of a layer's units, and move each part one layer on."""
    slope, offset = weight @ piece.slope, weight @ piece.offset + bias  # (units, in) @ (in, 2) -> (units, 2)
    parts = [piece.corners]
    if lower != 1.0:  # identity folds nothing
        for unit in range(len(bias)):
            ends = _segment(piece.corners, slope[unit], offset[unit])
            if ends is None:
                continue
            folds.append(Fold(layer, unit, ends))
            parts = [part for whole in parts for part in _halves(whole, slope[unit], offset[unit])]
    return [_moved_on(part, piece.pattern, slope, offset, lower) for part in parts]


def _moved_on(
    corners: np.ndarray, pattern: tuple[np.ndarray, ...], slope: np.ndarray, offset: np.ndarray, lower: float
) -> _Piece:
    """Apply the activation: on this polygon every unit is on one side of its kink, the side of the polygon's middle."""
    above = slope @ corners.mean(axis=0) + offset > 0
    factor = np.where(above, 1.0, lower)
    return _Piece(corners, (*pattern, above), slope * factor[:, None], offset * factor)


def _values(corners: np.ndarray, slope: np.ndarray, offset: float) -> np.ndarray:
    """slope · x + offset at the corners; 0 where it is 0 within rounding."""
    values = corners @ slope + offset
    size = (np.abs(corners) @ np.abs(slope)).max() + abs(offset)
    return np.where(np.abs(values) <= NEAR * size, 0.0, values)


def _segment(corners: np.ndarray, slope: np.ndarray, offset: float) -> np.ndarray | None:
    """The part of the line slope · x + offset = 0 inside a convex polygon, (2, 2); None if it doesn't cut it in two."""
    values = _values(corners, slope, offset)
    if not (values.min() < 0 < values.max()):
        return None
    ends = [corner for corner, value in zip(corners, values, strict=True) if value == 0]
    for k, value in enumerate(values):
        after = values[(k + 1) % len(values)]
        if value * after < 0:
            ends.append(corners[k] + value / (value - after) * (corners[(k + 1) % len(values)] - corners[k]))
    return np.array(ends[:2])


def _halves(corners: np.ndarray, slope: np.ndarray, offset: float) -> list[np.ndarray]:
    """A convex polygon cut along a line: two polygons, or the one if the line misses it (Sutherland & Hodgman 1974)."""
    values = _values(corners, slope, offset)
    if not (values.min() < 0 < values.max()):
        return [corners]
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for k, value in enumerate(values):
        after = values[(k + 1) % len(values)]
        for side, sign in zip(sides, (1.0, -1.0), strict=True):
            if value * sign >= 0:
                side.append(corners[k])
        if value * after < 0:
            crossing = corners[k] + value / (value - after) * (corners[(k + 1) % len(values)] - corners[k])
            for side in sides:
                side.append(crossing)
    return [np.array(side) for side in sides]


def _zero_line(region: Region) -> np.ndarray | None:
    """Where the logit is 0 inside a region, (2, 2), or None."""
    return _segment(region.corners, region.slope, region.offset)


def _chained(segments: list[np.ndarray], box: tuple[float, float, float, float]) -> tuple[np.ndarray, ...]:
    """Join segments that share an end into polylines."""
    grain = 1e-7 * max(box[1] - box[0], box[3] - box[2])
    at: dict[tuple[int, int], list[int]] = {}
    keys = [[tuple(np.round(end / grain).astype(int)) for end in ends] for ends in segments]
    for k, pair in enumerate(keys):
        for key in pair:
            at.setdefault(key, []).append(k)
    unused, lines = set(range(len(segments))), []
    ends_first = sorted(unused, key=lambda k: min(len(at[key]) for key in keys[k]))  # open ends before closed rings
    for start in ends_first:
        if start in unused:
            lines.append(_walk(start, segments, keys, at, unused))
    return tuple(lines)


def _walk(
    start: int,
    segments: list[np.ndarray],
    keys: list[list[tuple[int, ...]]],
    at: dict[tuple[int, int], list[int]],
    unused: set[int],
) -> np.ndarray:
    """Follow segments from an end (an open one if there is one) until there is no next."""
    tail = 0 if len(at[keys[start][0]]) == 1 else 1 if len(at[keys[start][1]]) == 1 else 0  # type: ignore[index]
    line, here, side = [segments[start][tail]], start, 1 - tail
    unused.discard(here)
    while True:
        line.append(segments[here][side])
        key = keys[here][side]
        following = next((k for k in at[key] if k in unused), None)  # type: ignore[index]
        if following is None:
            return np.array(line)
        unused.discard(following)
        here, side = following, 1 - keys[following].index(key)


def _corners(
    border: tuple[np.ndarray, ...], folds: list[Fold], network: Network, box: tuple[float, float, float, float]
) -> tuple[Corner, ...]:
    """The vertices where a polyline bends, with the units on whose folds they lie, and its open ends."""
    found, grain = [], 1e-7 * max(box[1] - box[0], box[3] - box[2])
    for line in border:
        closed = len(line) > 2 and np.allclose(line[0], line[-1], atol=grain)
        for k, corner in enumerate(line[:-1] if closed else line):
            before = line[k - 1] if k else line[-2] if closed else None
            after = line[k + 1] if k + 1 < len(line) else None
            if before is None or after is None or _bends(before, corner, after):
                found.append(Corner(float(corner[0]), float(corner[1]), _units_at(corner, folds, network, grain)))
    return tuple(found)


def _bends(before: np.ndarray, corner: np.ndarray, after: np.ndarray) -> bool:
    a, b = corner - before, after - corner
    return bool(abs(a[0] * b[1] - a[1] * b[0]) > 1e-9 * np.linalg.norm(a) * np.linalg.norm(b))


def _units_at(corner: np.ndarray, folds: list[Fold], network: Network, grain: float) -> tuple[str, ...]:
    names = []
    for fold in folds:
        start, end = fold.ends
        along = end - start
        share = np.clip((corner - start) @ along / max(along @ along, 1e-300), 0, 1)
        if np.linalg.norm(start + share * along - corner) <= grain:
            names.append(f"{network.layout[fold.layer].name}[{fold.unit}]")
    return tuple(dict.fromkeys(names))
