"""The exact measures of one run's border at each checkpoint: columns of a study that asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.data.points import Points
from separatrix.geometry.accuracy import exact_accuracies, has_exact_accuracy, population
from separatrix.geometry.exact import Borders, box_window, compute_borders, has_exact_border
from separatrix.geometry.outlines import area_distances, hausdorff_distances
from separatrix.networks.network import Network
from separatrix.studies.sources import Sampled, Source

MARGIN = 1.0  # around the points, as in the lesson's picture
COUNTS = {"regions": "regions", "pieces": "pieces", "components": "components_1", "holes": "holes_1"}
NUMBERS = ("length", "margin", "exact_accuracy", "hausdorff", "area_distance")
COLUMNS = (*COUNTS, "closed", "closed_epoch", *NUMBERS)


def border_rows(
    network: Network, parameters: np.ndarray, checkpoints: tuple[int, ...], points: Points, source: Source
) -> list[dict[str, Any]]:
    """The columns of a run's border, one row for each checkpoint; empty where the network has no exact border.

    Args:
        network: what was trained.
        parameters: at each checkpoint, (c, p).
        checkpoints: their epochs.
        points: what it was trained on.
        source: where those came from.
    """
    # smooth activations have curved borders, which no polygon is
    if not has_exact_border(network):
        return [dict.fromkeys(COLUMNS) for _ in checkpoints]
    borders = compute_borders(network, parameters)
    columns: dict[str, np.ndarray] = {name: getattr(borders, theirs) for name, theirs in COUNTS.items()}
    columns |= {
        # within the window of the lesson's picture: in the whole plane an open border is infinitely long
        "length": compute_borders(network, parameters, _frame(points)).length,
        "margin": borders.margins(points.x, points.y),
        **_against_the_truth(borders, source),
    }
    rows, closed_epoch = [], None
    for k, epoch in enumerate(checkpoints):
        closed = bool(borders.is_closed[k])
        # the first checkpoint at which it was closed, for survival curves
        closed_epoch = epoch if closed and closed_epoch is None else closed_epoch
        cells = {name: _cell(values[k], name in COUNTS) for name, values in columns.items()}
        rows.append(dict.fromkeys(COLUMNS) | cells | {"closed": closed, "closed_epoch": closed_epoch})
    return rows


def _against_the_truth(borders: Borders, source: Source) -> dict[str, np.ndarray]:
    """Exact accuracy where the distribution is known, and the distance from the tutorial's circle where that is the border."""
    # points of one's own have no known distribution
    if not isinstance(source, Sampled):
        return {}
    settings = {"noise": source.noise, "balance": source.balance}
    measures = {}
    if has_exact_accuracy(borders.network, source.sampler):
        measures["exact_accuracy"] = exact_accuracies(borders, population(source.sampler, **settings))
    # the only sampler whose true border is the unit circle
    if source.sampler == "circle":
        measures |= {"hausdorff": hausdorff_distances(borders), "area_distance": area_distances(borders)}
    return measures


def _frame(points: Points) -> np.ndarray:
    """The window of the lesson's picture: the points' range and a margin."""
    low, high = points.x.min(axis=0) - MARGIN, points.x.max(axis=0) + MARGIN
    return box_window(low[0], high[0], low[1], high[1])


def _cell(value: float, whole: bool) -> float | int | None:
    """A number of the table; None for one that doesn't exist, such as the margin without a border."""
    # a missing value rather than NaN, which readers of Parquet treat differently
    if not np.isfinite(value):
        return None
    return int(value) if whole else float(value)
