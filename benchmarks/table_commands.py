"""`python -m benchmarks.table_commands`: `separatrix fit` and `separatrix predict` as whole processes.

`fit` of 500 rows and 30 columns with held-out rows, cross-validation and report; `predict` of a CSV file of the size that
`--megabytes` says, with the largest memory it took. Wall-clock seconds and, since other work on the machine lengthens
those, the processor's own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

ROWS, COLUMNS = 500, 30
BLOCK = 20_000


@dataclass(frozen=True)
class Spent:
    """What one process took: seconds on the wall and of the processor, and its largest memory in MiB."""

    wall: float
    processor: float
    memory: float


def rows(n: int, seed: int = 0) -> pl.DataFrame:
    """Thirty columns, two of which tell the class by their product, with noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, COLUMNS))
    y = x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * rng.normal(size=n) > 0
    return pl.DataFrame({f"x{k}": x[:, k] for k in range(COLUMNS)} | {"y": np.where(y, "yes", "no")})


def separatrix(*line: str | Path) -> Spent:
    """Carry the command out."""
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "separatrix", *map(str, line)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"separatrix {' '.join(map(str, line))} ended with {child.returncode}")
    return Spent(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def fits(folder: Path, rounds: int) -> list[Spent]:
    """The same `fit`, several times, after one that compiles."""
    table = folder / "table.csv"
    rows(ROWS).write_csv(table)
    line = ("fit", table, "--target", "y", "-o", folder / "m.safetensors", "--report", folder / "r.html", "--force")
    return [separatrix(*line) for _ in range(rounds + 1)][1:]


def prediction(folder: Path, megabytes: int) -> tuple[int, Spent]:
    """Rows and what it took to predict a file of this size with the model that `fits` left."""
    large, block = folder / "large.csv", rows(BLOCK, seed=1).write_csv(include_header=False).encode()
    blocks = max(1, megabytes * 1_000_000 // len(block))
    with large.open("wb") as out:
        out.write(rows(1).head(0).write_csv().encode())
        for _ in range(blocks):
            out.write(block)
    spent = separatrix("predict", folder / "m.safetensors", large, "-o", folder / "out.csv", "--force")
    return blocks * BLOCK, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for each in fits(Path(name), asked.rounds):
            print(f"fit {ROWS} x {COLUMNS} with report: {each.wall:.1f} s, processor {each.processor:.1f} s")
        n, spent = prediction(Path(name), asked.megabytes)
        print(
            f"predict {asked.megabytes} MB, {n:,} rows: {spent.wall:.1f} s, processor {spent.processor:.1f} s, "
            f"{spent.memory:.0f} MiB"
        )


if __name__ == "__main__":
    main()
