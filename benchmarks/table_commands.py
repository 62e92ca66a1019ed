"""Part of `python -m benchmarks.estimator`: `separatrix fit` and `separatrix predict` as whole processes.

`fit` of 500 rows and 30 columns with test rows, cross-validation and report, by the ensemble and by a single network;
`predict` of a CSV file of a gigabyte, with the largest memory it took. Wall-clock seconds and, since other work on the
machine lengthens those, the processor's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

ROWS, COLUMNS = 500, 30
BLOCK = 20_000
MEASURED = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
wall = time.perf_counter() - began
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


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
    """Carry the command out, from a process of its own: a child's largest memory includes its parent's when it was born."""
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "separatrix", *map(str, line)]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    status, *spent = json.loads(told)
    if status:
        raise SystemExit(f"separatrix {' '.join(map(str, line))} ended with {status}")
    return Spent(*spent)


def fits(folder: Path, rounds: int, *more: str) -> list[Spent]:
    """The same `fit`, several times, after one that compiles."""
    table = folder / "table.csv"
    rows(ROWS).write_csv(table)
    files = ("-o", folder / "m.safetensors", "--report", folder / "r.html", "--force")
    return [separatrix("fit", table, "--target", "y", *files, *more) for _ in range(rounds + 1)][1:]


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


def single(quick: bool) -> dict[str, Any]:
    """Both commands by a single network, as plain records."""
    return _both("a single network", 1 if quick else 3, 100 if quick else 1000, "--hidden", "32")


def ensemble(quick: bool) -> dict[str, Any]:
    """The same by the ensemble that is the default."""
    return _both("the ensemble", 1 if quick else 3, 20 if quick else 1000)


def _both(by: str, rounds: int, megabytes: int, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        fitted = fits(Path(folder), rounds, *options)
        n, spent = prediction(Path(folder), megabytes)
    return {
        "by": by,
        "fit": [asdict(each) for each in fitted],
        "megabytes": megabytes,
        "rows": n,
        "predict": asdict(spent),
    }
