"""`python -m benchmarks.estimator`: what the estimator adds to the engine's time, and how fast it predicts.

Sides run in turn, in one process: the whole `fit`, checks, encoding and callbacks' hooks included, against `sx.train`
with the very recipe and network on arrays that are ready.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

import separatrix as sx

COLUMNS = 30


@dataclass(frozen=True)
class Added:
    """One table: seconds of `fit` and of the engine alone, and the median over the rounds of their ratio."""

    rows: int
    settings: str
    fit: float
    engine: float
    ratio: float


def table(rows: int, columns: int = COLUMNS) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) float64 and y (n,): the first column tells the class, with noise."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(rows, columns))
    return x, (x[:, 0] + 0.5 * stream.normal(size=rows) > 0).astype(int)


def added(rows: int, rounds: int, **settings: Any) -> Added:
    """`fit` and the engine in turn, after one of each; the stopping rule off, so that both do the same epochs."""
    x, y = table(rows)
    clf = sx.MLPBinaryClassifier(random_state=0, **{"n_iter_no_change": None} | settings).fit(x, y)
    run, ready = clf.run_, sx.Points(x.astype(np.float32), y)
    ratios, fits, engines = [], [], []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        clf.fit(x, y)
        middle = time.perf_counter()
        sx.train(run.network, run.recipe, ready)
        end = time.perf_counter()
        fits.append(middle - start)
        engines.append(end - middle)
        ratios.append(fits[-1] / engines[-1])
    told = ", ".join(f"{name}={value}" for name, value in settings.items()) or "defaults"
    return Added(rows, told, *(statistics.median(each[1:]) for each in (fits, engines, ratios)))


def predictions(rows: int, rounds: int, **settings: Any) -> tuple[list[float], dict[str, float]]:
    """Seconds to predict so many rows, a number a round; microseconds of one row by method, the median."""
    clf = sx.MLPBinaryClassifier(random_state=0, max_iter=3, **settings).fit(*table(2_000))
    many, _ = table(rows)
    seconds = [_seconds(lambda: clf.predict_proba(many)) for _ in range(rounds)]
    one = many[:1]
    methods = {name: getattr(clf, name) for name in ("predict", "predict_proba", "decision_function")}
    return seconds, {
        name: 1e6 * statistics.median(_seconds(lambda call=call: call(one)) for _ in range(2_000))
        for name, call in methods.items()
    }


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 7
    cases: list[tuple[int, dict[str, Any]]] = [
        (1_000, {}),
        (1_000, {"hidden_layer_sizes": (4, 4)}),
        (10_000, {"max_iter": 20}),
    ]
    if not quick:
        cases += [(1_000, {"n_iter_no_change": 1_000}), (100_000, {"max_iter": 10}), (1_000, {"encoder": None})]
    print("| rows × 30 | settings | fit, s | engine alone, s | ratio |\n| --- | --- | --- | --- | --- |")
    for rows, settings in cases:
        found = added(rows, rounds, **settings)
        print(f"| {rows:,} | {found.settings} | {found.fit:.4f} | {found.engine:.4f} | {found.ratio:.3f} |", flush=True)
    count = 100_000 if quick else 1_000_000
    for settings in ({}, {"encoder": None}):
        seconds, one = predictions(count, 3 if quick else 5, **settings)
        said = ", ".join(f"{name} {value:.0f} µs" for name, value in one.items())
        print(f"{count:,} × 30 rows {settings or ''}: median {statistics.median(seconds):.2f} s; one row: {said}")


if __name__ == "__main__":
    main()
