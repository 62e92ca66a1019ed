"""Growth curves: how time grows with epochs, points, width, depth, runs and threads, with the slope written on each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import separatrix as sx
from separatrix.support.machine import usable_cores


@dataclass(frozen=True)
class Curve:
    """Seconds against one quantity.

    Attributes:
        name: the quantity.
        sizes: its values, (k,).
        seconds: the fastest of three at each, (k,).
        slope: of log seconds against log size over the upper half: 1 is proportional growth.
    """

    name: str
    sizes: np.ndarray
    seconds: np.ndarray

    @property
    def slope(self) -> float:
        upper = slice(len(self.sizes) // 2 - 1, None)
        return float(np.polyfit(np.log(self.sizes[upper]), np.log(self.seconds[upper]), 1)[0])


def _fastest(work: Callable[[], object], times: int = 3) -> float:
    work()  # compile
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _train(widths: str, n: int, epochs: int, threads: int = 1) -> Callable[[], object]:
    network, points = sx.Network.parse(widths), sx.circle(n=n, seed=0)
    recipe = sx.Recipe(epochs=epochs, log_every=max(1, epochs // 10), lr=0.01)
    return lambda: sx.train(network, recipe, points, engine="fused", threads=threads)


def _many(runs: int) -> Callable[[], object]:
    network, recipe, points = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=2_000), sx.circle(seed=0)
    return lambda: sx.train_many(network, recipe, points, range(runs))


def curves(quick: bool) -> list[Curve]:
    """All six."""
    top = 0 if quick else 1
    plans: list[tuple[str, list[int], Callable[[int], Callable[[], object]]]] = [
        ("epochs", [100, 1_000, 10_000, 100_000, 1_000_000][: 4 + top], lambda k: _train("2-4-4-1", 100, k)),
        ("points", [10**2, 10**3, 10**4, 10**5, 10**6][: 4 + top], lambda k: _train("2-4-4-1", k, 20)),
        ("width", [2, 4, 8, 16, 32, 64, 128, 256, 512][: 8 + top], lambda k: _train(f"2-{k}-{k}-1", 1000, 20)),
        ("hidden layers", [1, 2, 4, 8, 16], lambda k: _train("-".join(["2", *["16"] * k, "1"]), 1000, 50)),
        ("runs", [1, 10, 100, 1_000, 10_000][: 4 + top], _many),
        ("threads", list(range(1, usable_cores() + 1)), lambda k: _train("2-4-4-1", 10**5 * (1 + 9 * top), 10, k)),
    ]
    return [
        Curve(name, np.array(sizes), np.array([_fastest(work(size)) for size in sizes])) for name, sizes, work in plans
    ]


def draw(found: list[Curve], path: Path) -> None:
    """One panel a curve, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    for axes, curve in zip(figure.subplots(2, 3).ravel(), found, strict=True):
        axes.loglog(curve.sizes, curve.seconds, marker="o")
        axes.set(xlabel=curve.name, ylabel="seconds", title=f"{curve.name}: slope {curve.slope:.2f}")
        axes.grid(True, which="major", alpha=0.3)
        if curve.name == "threads":
            axes.set_xticks(curve.sizes, [str(size) for size in curve.sizes])
            axes.xaxis.minorticks_off()
    figure.savefig(path, dpi=120)
