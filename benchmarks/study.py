"""`python -m benchmarks.study [--quick] [--million]`: what a study costs over the bare trainings, and the tutorial's grid.

Three things, each beside what it is measured against:

- a study of the lesson's seeds against `train_many` of the same trainings, in turn (target: 85 % of its throughput);
- 1,000 seeds × widths 2 to 8 × 50,000 epochs with table and summary (target: 5 minutes on 2 cores);
- with --million, 10⁶ runs of 50 epochs in a fresh process, and its peak memory (target: 1 GiB).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import separatrix as sx
from benchmarks.timing import Side, compare

WIDTHS = range(2, 9)
CHECKPOINTS = (5_000, 10_000, 50_000)

MILLION = """
import json, re, resource, sys, time
from pathlib import Path
import separatrix as sx

if __name__ == "__main__":
    study = sx.Study(checkpoints=50, seeds=int(sys.argv[2]), held=100)
    start = time.perf_counter()
    results = sx.run_study(study, sys.argv[1], backend="processes")
    ran = time.perf_counter() - start
    shares = results.shares()
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in results.shards) / 2**20
    print(json.dumps({"runs": results.n_runs, "seconds": ran, "parent MiB": peak, "largest worker MiB": worker,
                      "table MiB": size, "shards": len(results.shards)}))
"""


def against_bare(seeds: int, rounds: int) -> float:
    """The study's throughput as a share of `train_many`'s, same trainings, rivals in turn."""
    network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe()
    study = sx.Study(checkpoints=CHECKPOINTS, seeds=seeds)

    def ours() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sx.run_study(study, folder)

    def bare() -> None:
        sx.train_many(network, recipe, lambda seed: sx.circle(seed=seed), range(seeds))

    found = compare(f"{seeds} seeds of the lesson", [Side("study", ours), Side("train_many", bare)], rounds)
    for side in found.sides:
        told = ", ".join(f"{seconds:.2f}" for seconds in side.seconds)
        print(f"{side.name}: {told} s; median {1000 * side.median / seeds:.2f} ms a run", flush=True)
    return found.ratio("train_many")


def tutorial(seeds: int) -> dict[str, float]:
    """The tutorial's grid with its table and summary."""
    study = sx.Study.grid(widths=WIDTHS, checkpoints=CHECKPOINTS, seeds=seeds)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        results = sx.run_study(study, folder)
        ran = time.perf_counter() - start
        print(results.summary())
        return {"runs": results.n_runs, "seconds": ran, "summary_seconds": time.perf_counter() - start - ran}


def million(runs: int) -> dict[str, float]:
    """Many short runs in a fresh process; seconds and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "million.py"
        script.write_text(MILLION, encoding="utf-8")
        command = [sys.executable, str(script), str(Path(folder) / "study"), str(runs)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found: dict[str, float] = json.loads(said.splitlines()[-1])
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the seeds, to see that it runs")
    parser.add_argument("--million", action="store_true", help="also the 10⁶ short runs: some ten minutes")
    asked = parser.parse_args()
    ratio = against_bare(40 if asked.quick else 400, 3)
    print(f"a study has {ratio:.1%} of the throughput of the bare train_many (target: 85 %)", flush=True)
    grid = tutorial(20 if asked.quick else 1000)
    print(
        f"{grid['runs']:,} trainings with the table in {grid['seconds']:.1f} s, its summary in {grid['summary_seconds']:.1f} s"
    )
    if asked.million:
        found = million(20_000 if asked.quick else 1_000_000)
        print(", ".join(f"{name} {value:,.0f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
