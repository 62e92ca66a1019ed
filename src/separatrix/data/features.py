"""Features of points in the plane, as in TensorFlow Playground, and noise in labels.

The registry `FEATURES` is the one place to add another; the playground's page knows them by the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.errors import InvalidData
from separatrix.support.constraints import Choice, Each, Real, check
from separatrix.support.seeds import stream_seed

Feature = Callable[[np.ndarray, np.ndarray], np.ndarray]  # x1 (n,), x2 (n,) -> (n,)

FEATURES: dict[str, Feature] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: np.sin(x1),
    "sin(x2)": lambda x1, x2: np.sin(x2),
}
PLAIN = ("x1", "x2")


def with_features(points: Points, names: Sequence[str]) -> Points:
    """The points with these features as columns, in this order.

    Args:
        points: x (n, 2).
        names: names from `FEATURES`, at least one.

    Raises:
        InvalidParameter: an unknown name; the message offers the nearest.
        InvalidData: the points don't lie in a plane.

    Examples:
        >>> import separatrix as sx
        >>> with_features(sx.circle(n=5, seed=0), ("x1^2", "x2^2")).x.shape
        (5, 2)
    """
    check("with_features", {"features": names}, {"features": Each(Choice(FEATURES), least=1)})
    if tuple(names) == PLAIN:
        return points
    if points.n_inputs != 2:
        raise InvalidData(
            f"features are computed from two columns, x1 and x2, but the points have {points.n_inputs}; leave features out."
        )
    # Neither the sampler's name alone nor its settings: where these columns lie isn't what the sampler's distribution says.
    name = f"{points.sampler}, features {'+'.join(names)}"
    return Points(feature_columns(points.x, names), points.y, name, points.seed)


def feature_columns(x: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The features of x (n, 2) as columns in this order, (n, number of names), with the type of x.

    Examples:
        >>> feature_columns(np.array([[2.0, 3.0]]), ("x1*x2", "x1")).tolist()
        [[6.0, 2.0]]
    """
    x1, x2 = x.T
    return np.column_stack([FEATURES[name](x1, x2) for name in names]).astype(x.dtype)


def with_changes(
    points: Points, test: Points | None, label_noise: float, features: Sequence[str], seed: int
) -> tuple[Points, Points | None]:
    """Training points with label noise, test points without it, and both with their features; () leaves the plane.

    Args:
        points: the training points, x (n, 2) where there are features.
        test: the test points, or None.
        label_noise: as `share` of `with_label_noise`.
        features: names from `FEATURES`, or ().
        seed: of the label noise.

    Raises:
        InvalidParameter, InvalidData: as `with_label_noise` and `with_features` do.
    """
    points = with_label_noise(points, label_noise, seed)
    if not features:
        return points, test
    return with_features(points, features), None if test is None else with_features(test, features)


def without_plain(features: Sequence[str]) -> tuple[str, ...]:
    """The features; x1 and x2 alone are none.

    >>> without_plain(["x1", "x2"]), without_plain(["x2"])
    ((), ('x2',))
    """
    return () if tuple(features) == PLAIN else tuple(features)


def changes_data(label_noise: float, features: Sequence[str]) -> dict[str, Any]:
    """Label noise and features as plain data for a record; without them an empty one, as records were before there were any."""
    noise: dict[str, Any] = {"label_noise": float(label_noise)} if label_noise else {}
    return noise | ({"features": list(features)} if features else {})


def with_label_noise(points: Points, share: float, seed: int) -> Points:
    """The points with a share of their labels turned over, drawn by a stream of its own.

    Args:
        points: x (n, d), y (n,).
        share: the probability with which each label is turned over, in [0, 1).
        seed: of the draw.

    Raises:
        InvalidParameter: a share out of range.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(n=1000, seed=0)
        >>> bool(0.08 < (with_label_noise(points, 0.1, seed=1).y != points.y).mean() < 0.12)
        True
    """
    check("with_label_noise", {"label_noise": share}, {"label_noise": Real(0, 1, open_high=True)})
    if not share:
        return points
    turned = np.random.default_rng(stream_seed(seed, "labels")).random(len(points)) < share
    return Points(points.x, points.y ^ turned, points.sampler, points.seed, points.settings)
