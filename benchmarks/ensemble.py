"""`python -m benchmarks.ensemble`: a large table for the ensemble, into benchmarks/ENSEMBLE.md.

100,000 rows of 30 numbers, fitted in a process of its own after a small fit that compiles
and loads: seconds on all cores, and the most memory held above what was held before, against the table's own size in
double precision (targets: 120 s, 6 times). Then 10,000 more rows are predicted.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import separatrix as sx
from benchmarks.results import machine
from benchmarks.tables.measure import apart, fitted
from separatrix.support.machine import usable_cores

HERE = Path(__file__).parent
ROWS, ASKED, COLUMNS = 100_000, 10_000, 30


def table(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) float64 and y (n,): a slope, a wave, a product and noise tell the class."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(rows, COLUMNS))
    signal = x @ stream.normal(size=COLUMNS) / 3 + 2 * np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2]
    return x, (signal + stream.logistic(size=rows) > 0).astype(np.int64)


def measured(rows: int) -> dict[str, float]:
    """Seconds, memory and scores of one fit on so many rows."""
    x, y = table(rows + ASKED)

    def make(seed: int, threads: int) -> sx.SeparatrixClassifier:
        return sx.SeparatrixClassifier(random_state=seed, n_jobs=threads)

    train, test = np.arange(rows), np.arange(rows, rows + ASKED)
    frame = pd.DataFrame(x, columns=[f"c{k}" for k in range(COLUMNS)])
    found = apart(3_600, fitted, make, 0, usable_cores(), frame, y, train, test)
    if found["status"] != "ok":
        raise SystemExit(found["status"])
    return found | {"data": rows * COLUMNS * 8 / 2**20}


def page(found: dict[str, float], rows: int) -> str:
    told = machine()
    lines = [f"| {name} | {value} |" for name, value in told.items()]
    size, memory = found["data"], found["memory"]
    return "\n".join(
        [
            "# The ensemble on a large table",
            "",
            f"Made by `python -m benchmarks.ensemble`: {rows:,} × {COLUMNS} numbers.",
            "",
            "| | |",
            "| --- | --- |",
            *lines,
            "",
            "| what | target | measured |",
            "| --- | ---: | ---: |",
            f"| fit | 120 s | {found['fit_seconds']:.0f} s ({found['fit_processor_seconds']:.0f} s of the processor) |",
            f"| most memory, over the table's {size:.0f} MiB | 6× | {memory:.0f} MiB, {memory / size:.1f}× |",
            f"| predict {ASKED:,} rows | | {found['predict_seconds']:.2f} s |",
            f"| log loss, AUC on these | | {found['log_loss']:.4f}, {found['auc']:.4f} |",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--out", type=Path, default=HERE)
    asked = parser.parse_args()
    text = page(measured(asked.rows), asked.rows)
    (asked.out / "ENSEMBLE.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
