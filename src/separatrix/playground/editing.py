"""What a hand does to the points: move, add, delete, flip, paint. Each takes a sketch and gives another."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from separatrix.playground.sketch import DECIMALS, EDGE, MOST_POINTS, Drawn, Sketch


def nearest(sketch: Sketch, x1: float, x2: float, within: float) -> int | None:
    """The number of the point nearest to a place, if it is no further than `within`."""
    there = np.array(sketch.all_points(), np.float64)[:, :2]
    distance = np.hypot(*(there - (x1, x2)).T)
    best = int(distance.argmin())
    return best if distance[best] <= within else None


def moved(sketch: Sketch, number: int, x1: float, x2: float) -> Sketch:
    """The point of that number at another place.

    >>> moved(Sketch(), 0, 1.0, -2.0).drawn[0][:2]
    (1.0, -2.0)
    """
    points = list(sketch.all_points())
    points[number] = (*_place(x1, x2), points[number][2])
    return sketch.replace(drawn=tuple(points))


def added(sketch: Sketch, x1: float, x2: float, label: int) -> Sketch:
    """One point more; nothing if there are `MOST_POINTS`."""
    points = sketch.all_points()
    if len(points) >= MOST_POINTS:
        return sketch
    return sketch.replace(drawn=(*points, (*_place(x1, x2), label)))


def deleted(sketch: Sketch, numbers: Iterable[int]) -> Sketch:
    """Without these points; two are always kept."""
    gone = set(numbers)
    left = tuple(point for k, point in enumerate(sketch.all_points()) if k not in gone)
    return sketch.replace(drawn=left) if len(left) >= 2 else sketch


def flipped(sketch: Sketch, numbers: Iterable[int]) -> Sketch:
    """These points in the other class."""
    turned = set(numbers)
    return sketch.replace(
        drawn=tuple((a, b, 1 - label if k in turned else label) for k, (a, b, label) in enumerate(sketch.all_points()))
    )


def painted(sketch: Sketch, x1: float, x2: float, radius: float, label: int, stream: np.random.Generator) -> Sketch:
    """A few points of a class around a place, as a brush leaves them."""
    points: Drawn = sketch.all_points()
    room = min(3, MOST_POINTS - len(points))
    angle, distance = stream.uniform(0, 2 * np.pi, room), radius * np.sqrt(stream.uniform(0, 1, room))
    new = tuple((*_place(x1 + r * np.cos(a), x2 + r * np.sin(a)), label) for a, r in zip(angle, distance, strict=True))
    return sketch.replace(drawn=points + new)


def _place(x1: float, x2: float) -> tuple[float, float]:
    a, b = (round(float(np.clip(x, -EDGE, EDGE)), DECIMALS) for x in (x1, x2))
    return a, b
