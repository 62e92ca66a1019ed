"""Samplers: two classes of points in the plane, each drawn from a seed.

The registry `SAMPLERS` is the one place to add another: it gives the command line's and the playground's choices.
Every sampler takes n (points), noise (standard deviation of a normal shift of each point, after its label is
fixed), seed, and balance (the share of class 1, or None for what the shape gives), and returns x (n, 2) float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.support.constraints import SEED, Callback, Integer, Optional, Real, Rule, check
from separatrix.support.seeds import TorchGenerator, stream_seed
from separatrix.support.surroundings import insulated

Draw = Callable[[int], np.ndarray]  # count -> points (count, 2)
Side = Callable[[np.ndarray], np.ndarray]  # points (k, 2) -> class (k,) bool
Shape = Mapping[str, Any] | None  # what a sampler of its own was given, or None if that can't be kept
ByClass = Callable[[int, int, np.random.Generator], np.ndarray]  # class, count, stream -> points (count, 2)

_RULES: dict[str, Rule] = {
    "n": Integer(2, 100_000_000),
    "noise": Real(0, 1e30),
    "seed": SEED,
    "balance": Optional(Real(0, 1, open_low=True, open_high=True)),
}
_PLAIN: Shape = {}
MOST_TRIES = 1000  # draws of n points before a shape is said not to give a class at all


@insulated
def circle(n: int = 100, *, noise: float = 0.0, seed: int = 0, balance: float | None = None) -> Points:
    """The tutorial's points: standard normal, class 1 strictly inside the unit circle (a share of 1 - exp(-1/2), 39%).

    Without noise and balance, x is `torch.randn(n, 2)` after `torch.manual_seed(seed)`, bit for bit.

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.

    Raises:
        InvalidParameter: a setting out of range.

    Examples:
        >>> circle(n=100, seed=0)
        Points(circle, seed=0: x (100, 2) float32, 48 of class 1)
    """
    _check("circle", n, noise, seed, balance)
    generator = TorchGenerator(seed)
    inside: Side = lambda x: x[:, 0] ** 2 + x[:, 1] ** 2 < 1  # noqa: E731  # one formula, used once
    return _by_rule("circle", n, noise, seed, balance, lambda k: generator.normal(2 * int(k)).reshape(-1, 2), inside)


@insulated
def moons(n: int = 100, *, noise: float = 0.1, seed: int = 0, balance: float | None = None) -> Points:
    """Two half circles of radius 1 that reach into each other, as scikit-learn's `make_moons`.

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.

    Examples:
        >>> moons(n=10, seed=0).n_positive
        5
    """

    def half(label: int, count: int, stream: np.random.Generator) -> np.ndarray:
        t = stream.uniform(0, np.pi, count)
        # scikit-learn's make_moons: the lower moon is the upper one turned and shifted
        upper, lower = (np.cos(t), np.sin(t)), (1 - np.cos(t), 0.5 - np.sin(t))
        return np.column_stack(lower if label else upper) - (0.5, 0.25)

    return _by_class("moons", n, noise, seed, balance, half)


@insulated
def rings(n: int = 100, *, noise: float = 0.1, seed: int = 0, balance: float | None = None) -> Points:
    """A ring of radius 2 (class 0) around a ring of radius 1 (class 1).

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.

    Examples:
        >>> rings(n=10, seed=0, balance=0.2).n_positive
        2
    """

    def ring(label: int, count: int, stream: np.random.Generator) -> np.ndarray:
        t = stream.uniform(0, 2 * np.pi, count)
        radius = 1 if label else 2
        return np.column_stack((radius * np.cos(t), radius * np.sin(t)))

    return _by_class("rings", n, noise, seed, balance, ring)


@insulated
def xor(n: int = 100, *, noise: float = 0.0, seed: int = 0, balance: float | None = None) -> Points:
    """Uniform on the square [-2, 2]²; class 1 where the two coordinates differ in sign.

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.

    Examples:
        >>> xor(n=10, seed=0).x.shape
        (10, 2)
    """
    return _by_rule("xor", n, noise, seed, balance, _square(seed, 2, 2), lambda x: x[:, 0] * x[:, 1] < 0)


@insulated
def spirals(
    n: int = 100, *, noise: float = 0.05, seed: int = 0, balance: float | None = None, turns: float = 1.25
) -> Points:
    """Two arms of a spiral, out to radius 2 in so many turns.

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.
        turns: number of turns of each arm.

    Examples:
        >>> spirals(n=10, seed=0).n_positive
        5
    """
    check("spirals", {"turns": turns}, {"turns": Real(0, 1e6, open_low=True)})

    def arm(label: int, count: int, stream: np.random.Generator) -> np.ndarray:
        # from 0.01 and not from 0, where both arms meet
        t = np.sqrt(stream.uniform(0.01, 1, count))  # the square root: even along the arm
        # the second arm is the first one turned by half a turn
        angle = 2 * np.pi * turns * t + np.pi * label
        return np.column_stack((2 * t * np.cos(angle), 2 * t * np.sin(angle)))

    return _by_class("spirals", n, noise, seed, balance, arm, {"turns": turns})


@insulated
def gaussians(
    n: int = 100, *, noise: float = 0.8, seed: int = 0, balance: float | None = None, distance: float = 2.0
) -> Points:
    """Two round normal clouds of standard deviation `noise`, their centres `distance` apart on the diagonal.

    Args:
        n: number of points.
        noise: standard deviation of each cloud.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.
        distance: between the centres of the clouds.

    Examples:
        >>> bool(np.allclose(np.abs(gaussians(n=10, seed=0, noise=0.0).x), 0.5**0.5))
        True
    """
    check("gaussians", {"distance": distance}, {"distance": Real(0, 1e30)})

    def cloud(label: int, count: int, stream: np.random.Generator) -> np.ndarray:
        # on the diagonal: √8 because the distance of (a, a) from (-a, -a) is a √8
        return np.full((count, 2), (1 if label else -1) * distance / np.sqrt(8))

    return _by_class("gaussians", n, noise, seed, balance, cloud, {"distance": distance})


@insulated
def checkerboard(
    n: int = 400, *, noise: float = 0.0, seed: int = 0, balance: float | None = None, cells: int = 4
) -> Points:
    """Uniform on the square [-2, 2]², cut into cells × cells fields of alternating class.

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.
        cells: number of fields along each side.

    Examples:
        >>> checkerboard(n=10, seed=0, cells=2).x.shape
        (10, 2)
    """
    check("checkerboard", {"cells": cells}, {"cells": Integer(2, 1_000_000)})

    def field(x: np.ndarray) -> np.ndarray:
        # fields with sides of 4 / cells, counted from the corner (-2, -2)
        column, row = (np.floor((x + 2) * (cells / 4))).T
        return np.asarray((column + row) % 2 == 1)

    return _by_rule("checkerboard", n, noise, seed, balance, _square(seed, 2, 2), field, {"cells": cells})


@insulated
def curve(
    n: int = 100,
    *,
    noise: float = 0.0,
    seed: int = 0,
    balance: float | None = None,
    f: Callable[[np.ndarray], np.ndarray] = np.sin,
) -> Points:
    """Uniform on [-π, π] × [-2, 2]; class 1 above the curve x2 = f(x1), with f a function of arrays (k,).

    Args:
        n: number of points.
        noise: standard deviation of the normal shift of each point, after its label is fixed.
        seed: of the draw.
        balance: share of class 1; by default what the shape gives.
        f: heights of the curve, an array (k,) -> (k,).

    Examples:
        >>> points = curve(n=10, seed=0, f=lambda x: 0 * x)
        >>> bool(((points.x[:, 1] > 0) == points.y).all())
        True
    """
    check("curve", {"f": f}, {"f": Callback("a function of an array (k,) to heights (k,)")})

    def above(x: np.ndarray) -> np.ndarray:
        height = np.asarray(f(x[:, 0]))
        # a constant function may return a single height
        if height.shape not in ((), (len(x),)) or np.isnan(height).any():
            raise InvalidParameter(
                f"curve: f must give a height for each of {len(x)} values, got shape {height.shape}."
            )
        return np.asarray(x[:, 1] > height)

    shape: Shape = {} if f is np.sin else None  # points are pickled, which a function of the user's need not survive
    return _by_rule("curve", n, noise, seed, balance, _square(seed, np.pi, 2), above, shape)


def _check(name: str, n: int, noise: float, seed: int, balance: float | None) -> None:
    check(name, {"n": n, "noise": noise, "seed": seed, "balance": balance}, _RULES)


def _square(seed: int, half_width: float, half_height: float) -> Draw:
    """Uniform points on a rectangle around 0, from a stream of their own."""
    streams: list[np.random.Generator] = []  # the one that is drawn from, once there is one

    def draw(count: int) -> np.ndarray:
        if not streams:  # only now, when the seed has been checked
            streams.append(np.random.default_rng((stream_seed(seed, "points"), 0)))
        half = np.array([half_width, half_height])
        # rounded before a rule labels them: the label must be that of the numbers that are kept
        return streams[0].uniform(-half, half, (count, 2)).astype(np.float32)

    return draw


def _counts(n: int, balance: float) -> tuple[int, int]:
    """How many of class 0 and of class 1; at least one of each."""
    # a class without a point could not be learnt, whatever the balance asked for
    ones = min(n - 1, max(1, round(n * balance)))
    return n - ones, ones


def _by_rule(
    name: str, n: int, noise: float, seed: int, balance: float | None, draw: Draw, rule: Side, shape: Shape = _PLAIN
) -> Points:
    """Points first, labels by a rule; with a balance, draw on until each class has its count."""
    _check(name, n, noise, seed, balance)
    x = draw(n)
    y = rule(x)
    if balance is not None:
        wanted = _counts(n, balance)
        for _ in range(MOST_TRIES):
            if (y.sum() >= wanted[1]) and ((~y).sum() >= wanted[0]):
                break
            # rejection sampling: the points that are kept have the distribution of the shape within each class
            more = draw(n)
            x, y = np.concatenate([x, more]), np.concatenate([y, rule(more)])
        else:
            raise InvalidData(f"{name}: no balance of {balance:g}: one class hardly occurs in {len(x):,} points.")
        # in the order of the draw, and the same number of each class whenever it stopped
        keep = np.sort(np.concatenate([np.flatnonzero(y == label)[: wanted[label]] for label in (0, 1)]))
        x, y = x[keep], y[keep]
    return _noisy(name, x, y, noise, seed, balance, shape)


def _by_class(
    name: str, n: int, noise: float, seed: int, balance: float | None, of_class: ByClass, shape: Shape = _PLAIN
) -> Points:
    """Labels first, by their counts, then the points of each class; rows in random order."""
    _check(name, n, noise, seed, balance)
    stream = np.random.default_rng((stream_seed(seed, "points"), 0))
    counts = _counts(n, 0.5 if balance is None else balance)
    # class 0 first: both draw from one stream, so the order is part of what a seed means
    x = np.concatenate([of_class(label, counts[label], stream) for label in (0, 1)])
    y = np.repeat([0, 1], counts)
    # shuffled, so that batches mix the classes
    order = stream.permutation(n)
    return _noisy(name, x[order], y[order], noise, seed, balance, shape)


def _noisy(
    name: str, x: np.ndarray, y: np.ndarray, noise: float, seed: int, balance: float | None, shape: Shape
) -> Points:
    if noise:
        # a stream of its own: noise must not change the points underneath it
        x = x + np.random.default_rng((stream_seed(seed, "points"), 1)).normal(0, noise, x.shape)
    settings = None if shape is None else {"noise": float(noise), "balance": balance, **shape}
    # single precision, as the tutorial's tensors
    return Points(x.astype(np.float32), y, name, int(seed), settings)


@dataclass(frozen=True)
class Sampler:
    """One sampler: its name, its function and what it shows, in one sentence."""

    name: str
    draw: Callable[..., Points]
    about: str


SAMPLERS: dict[str, Sampler] = {
    entry.name: entry
    for entry in (
        Sampler("circle", circle, "A disc and its surroundings: the tutorial's points."),
        Sampler("moons", moons, "Two half moons that reach into each other."),
        Sampler("rings", rings, "A ring inside a ring."),
        Sampler("xor", xor, "Opposite quadrants belong together: no single line will do."),
        Sampler("spirals", spirals, "Two arms wound into each other: hard for a small network."),
        Sampler("gaussians", gaussians, "Two clouds that overlap: a line is as good as it gets."),
        Sampler("checkerboard", checkerboard, "Fields of a board: many borders at once."),
        Sampler("curve", curve, "Above or below a curve: the border is known."),
    )
}
