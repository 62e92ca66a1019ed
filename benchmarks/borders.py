"""`python -m benchmarks.borders`: what the exact measures of borders cost, into BORDERS.md; about a minute.

- one network: all measures of one network in the whole plane and in a window, microseconds (targets: 100 µs for 2-4-4-1,
  5 ms for 2-16-16-1);
- many: 1,000 seeds × 20 checkpoints of the lesson: measures in the plane and in a window, exact accuracy and margins on
  100 points (target: 10 s on one core);
- the map: the same networks in the same window by `compute_map`, which also lists every region and fold for a picture.

Times are CPU seconds of one thread, medians over rounds, so that other work may run; compiling isn't counted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import separatrix as sx
from benchmarks.results import processor
from separatrix.geometry.accuracy import exact_accuracies, population
from separatrix.geometry.exact import box_window, compile_measures, compute_borders
from separatrix.geometry.regions import compute_map

NETWORKS = ("2-4-1", "2-4-4-1", "2-8-8-1", "2-16-16-1", "2-4-4-4-4-1", "2-64-64-1")
WINDOW = (-3.0, 3.0, -3.0, 3.0)
SEEDS, CHECKPOINTS = 1000, 20
PLACE = Path(__file__).with_name("BORDERS.md")


def cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    """The median over rounds of one thread's CPU time."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return statistics.median(seconds)


def trained(widths: str, seeds: int, epochs: int) -> tuple[sx.Network, np.ndarray]:
    """Parameters (seeds, p) of short trainings: their regions are neither those of a start nor few."""
    network = sx.Network.parse(widths)
    runs = sx.train_many(network, sx.Recipe(epochs=epochs), lambda seed: sx.circle(seed=seed), range(seeds))
    return network, runs.parameters.astype(np.float64)


def one_network(widths: str) -> list[str]:
    """A row: the network, microseconds in plane and window and by the map, mean regions and pieces."""
    count = 5 if widths == "2-64-64-1" else 50
    network, parameters = trained(widths, count, 1_000)
    plane = cpu_seconds(lambda: compute_borders(network, parameters), 7) / count
    window = cpu_seconds(lambda: compute_borders(network, parameters, box_window(*WINDOW)), 7) / count
    by_map = cpu_seconds(lambda: compute_map(network, parameters[0], WINDOW), 3)
    found = compute_borders(network, parameters)
    numbers = (1e6 * plane, 1e6 * window, 1e6 * by_map, found.regions.mean(), found.pieces.mean())
    return [widths, *(f"{number:,.0f}" for number in numbers)]


def many() -> list[tuple[str, float]]:
    """Seconds of each step over all seeds and checkpoints of the lesson."""
    epochs = np.unique(np.geomspace(10, 20_000, CHECKPOINTS).round().astype(int))
    recipe = sx.Recipe(epochs=int(epochs[-1]), snapshots=tuple(epochs.tolist()))
    network, rows = sx.Network.parse("2-4-4-1"), []
    for seed in range(SEEDS):
        run = sx.train(network, recipe.replace(seed=seed), sx.circle(seed=seed))
        rows += [run.snapshots[epoch] for epoch in recipe.snapshots]
    parameters, points = np.array(rows, np.float64), sx.circle(seed=0)
    borders, circle = compute_borders(network, parameters), population("circle")
    steps: dict[str, Callable[[], object]] = {
        "measures in the plane": lambda: compute_borders(network, parameters),
        "measures in a window": lambda: compute_borders(network, parameters, box_window(*WINDOW)),
        "exact accuracy": lambda: exact_accuracies(borders, circle),
        "margins of 100 points": lambda: borders.margins(points.x, points.y),
    }
    return [(f"{name}, {len(parameters):,} networks", cpu_seconds(work, 3)) for name, work in steps.items()]


def main() -> None:
    compile_measures()
    rows, steps = [one_network(widths) for widths in NETWORKS], many()
    lines = [
        "# Exact borders", "", f"`python -m benchmarks.borders` on {processor()}. {__doc__.split(chr(10) * 2)[-1].strip()}", "",
        "| network | plane, µs | window, µs | map, µs | regions | pieces |", "| --- | --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(row)} |" for row in rows), "",
        "| the lesson, 1,000 seeds × 20 checkpoints | CPU seconds |", "| --- | --- |",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in steps),
        f"| together | {sum(seconds for _, seconds in steps):.2f} |", "",
    ]  # fmt: skip  # a line of the page each
    PLACE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
