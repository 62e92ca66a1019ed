"""`python -m benchmarks.borders`: what the exact measures of borders cost, into BORDERS.md; about a minute.

`python -m benchmarks.borders --points 1e9` compares the exact accuracy with so many sampled points instead, into a section of the
same page; a billion take some minutes.

- one network: all measures of one network in the whole plane and in a window, microseconds (targets: 100 µs for 2-4-4-1,
  5 ms for 2-16-16-1);
- many: 1,000 seeds × 20 checkpoints of the lesson: measures in the plane and in a window, exact accuracy and margins on
  100 points (target: 10 s on one core);
- the map: the same networks in the same window by `compute_map`, which also lists every region and fold for a picture.

Times are CPU seconds of one thread, medians over rounds, so that other work may run; compiling isn't counted.
"""

from __future__ import annotations

import argparse
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
SAMPLED = "## Exact accuracy against sampled points"  # the heading of the section that `--points` writes
AT_ONCE = 4_000_000  # sampled points, so that their memory is bounded


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


def sampled(count: int) -> list[str]:
    """The section on the lesson's exact accuracy and the share of so many sampled points on the right side."""
    network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe()
    run = sx.train(network, recipe, sx.circle(seed=0))
    exact = run.exact_accuracy(sx.circle(seed=0))
    stream, right, begun = np.random.default_rng(0), 0, time.perf_counter()
    for first in range(0, count, AT_ONCE):
        x = stream.standard_normal((min(AT_ONCE, count - first), 2))
        right += int(np.count_nonzero((network.logit(run.parameters, x) > 0) == ((x**2).sum(axis=1) < 1)))
    share, error = right / count, np.sqrt(exact * (1 - exact) / count)
    return [
        SAMPLED, "",
        f"`python -m benchmarks.borders --points {count:.0e}`: what `sx.train` makes of the lesson's points "
        "(seed 0, 50,000 epochs), in the plane's normal distribution.", "",
        "| | |", "| --- | --- |",
        f"| exact accuracy | {exact:.9f} |",
        f"| share of {count:,} sampled points | {share:.9f} |",
        f"| difference | {share - exact:+.2e} |",
        f"| standard error of the share | {error:.2e} |",
        f"| difference in standard errors | {(share - exact) / error:+.2f} |",
        f"| seconds of sampling | {time.perf_counter() - begun:,.0f} |", "",
    ]  # fmt: skip  # a line of the page each


def of_page() -> tuple[str, str]:
    """The page as it is: what stands before the section on sampled points, and that section."""
    text = PLACE.read_text(encoding="utf-8") if PLACE.exists() else ""
    before, heading, section = text.partition(SAMPLED)
    return before, heading + section


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--points", type=float, help="compare the exact accuracy with so many sampled points, such as 1e9"
    )
    arguments = parser.parse_args()
    before, section = of_page()
    if arguments.points is not None:
        section = "\n".join(sampled(int(arguments.points)))
        PLACE.write_text(before.rstrip() + "\n\n" + section, encoding="utf-8")
        print(section)
        return
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
    PLACE.write_text("\n".join(lines) + (f"\n{section}" if section else ""), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
