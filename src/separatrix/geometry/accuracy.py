"""Exact accuracy: the probability that a new point is on the right side of the border, from no sample at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.geometry._populations import POPULATIONS, Population
from separatrix.geometry.exact import Borders, compute_borders, has_exact_border
from separatrix.support.constraints import Real, check, lookup
from separatrix.support.surroundings import insulated
from separatrix.training.run import Run

TOLERANCE = 1e-9


@insulated
def exact_accuracy(
    run: Run, points: Points | Population, *, tolerance: float = TOLERANCE, parameters: np.ndarray | None = None
) -> float:
    """The probability that a new point from the points' sampler is on the right side of a run's border.

    For the tutorial's circle and for normal clouds this is a sum of Owen's T function (Owen 1956) over the border's
    pieces, exact to rounding. With noise on other shapes it is an integral along
    the border or of such sums, by quadrature whose error is bounded.

    Args:
        run: a training of a `Network` with two inputs and activations made of straight pieces.
        points: drawn by a sampler; or what `population` gives.
        tolerance: for the error of the quadrature, where there is one.
        parameters: others than the run's final ones, such as a snapshot, (p,).

    Raises:
        InvalidData: points whose distribution isn't known, a module of your own, or parameters that overflow.
        InvalidParameter: a network without an exact border, or noise so small that the quadrature doesn't converge.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=5_000), points)
        >>> round(exact_accuracy(run, points), 3)
        0.939
    """
    check("exact_accuracy", {"tolerance": tolerance}, {"tolerance": Real(0, 1, open_low=True)})
    drawn_from = population_of(points) if isinstance(points, Points) else points
    borders = compute_borders(run.network, run.parameters if parameters is None else parameters)  # type: ignore[arg-type]
    accuracy = float(exact_accuracies(borders, drawn_from, tolerance)[0])
    if np.isnan(accuracy):
        raise InvalidData("exact_accuracy: these parameters lead beyond what float64 holds.")
    return accuracy


def exact_accuracies(borders: Borders, drawn_from: Population, tolerance: float = TOLERANCE) -> np.ndarray:
    """The same for the borders of many networks in the whole plane, (r,); NaN where parameters overflow.

    Raises:
        InvalidData: borders in a window, beyond which nothing is known.
        InvalidParameter: as `exact_accuracy`.
    """
    if borders.window is not None:
        raise InvalidData("exact_accuracies needs borders in the whole plane; compute them without a window.")
    with np.errstate(over="ignore", invalid="ignore"):  # networks that overflow are NaN in the end
        zero, one = drawn_from.class_masses(borders, tolerance)
    accuracy = drawn_from.share * one + (1 - drawn_from.share) * (1 - zero)
    return np.where(np.isnan(borders.regions), np.nan, np.clip(accuracy, 0.0, 1.0))


def population(sampler: str, **settings: Any) -> Population:
    """The distribution that a sampler draws from.

    Args:
        sampler: its name.
        settings: noise, balance and those of its own; what is left out is the sampler's default.

    Raises:
        InvalidParameter: an unknown sampler, or one whose distribution isn't known.

    Examples:
        >>> round(population("circle").share, 4)
        0.3935
    """
    lookup("sampler", sampler, SAMPLERS)
    if sampler not in POPULATIONS:
        raise InvalidParameter(
            f"the distribution of {sampler!r} isn't known; measure the accuracy on points drawn from it."
        )
    return POPULATIONS[sampler](**settings)


def population_of(points: Points) -> Population:
    """The distribution that points were drawn from.

    Raises:
        InvalidData: points that no sampler drew, or one whose settings aren't known.
    """
    if points.seed is None or points.settings is None or points.sampler not in POPULATIONS:
        raise InvalidData(
            f"the distribution of these points ({points.sampler}) isn't known, so no accuracy can be exact; give "
            "population('circle'), or another sampler and its settings, in their place."
        )
    return population(points.sampler, **points.settings)


def has_exact_accuracy(network: Any, sampler: str) -> bool:
    """Whether a network's accuracy on a sampler's points is known without a sample.

    >>> import separatrix as sx
    >>> has_exact_accuracy(sx.Network.parse("2-4-4-1"), "circle")
    True
    """
    return has_exact_border(network) and sampler in POPULATIONS
