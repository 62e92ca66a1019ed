"""`python -m benchmarks.study [throughput] [lesson] [grid] [million]`: what a study costs, into STUDY.md and study.json.

Parts that aren't asked for stay as they were measured before; without a word it is the first three, some three minutes.

- throughput: a study of the lesson's seeds against `train_many` of the same trainings, in turn (target: 85%);
- lesson: the CPU time of one of its runs;
- grid: 1,000 seeds × widths 2 to 8 × 50,000 epochs with table, summary and report (target: 5 minutes on 2 cores), and
  its shares beside those of plain PyTorch, which benchmarks/plain_seeds.py made (target: each in the other's interval);
- million: 10⁶ runs of 50 epochs in a process of their own, and its peak memory (target: 1 GiB); then the table read by
  another. Ten to twenty minutes; its times are CPU seconds, so that other work may run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars

import separatrix as sx
from benchmarks.results import machine
from benchmarks.timing import Side, compare
from separatrix.evaluation.statistics.shares import percent, share, span
from separatrix.reports.study_report import write_study_report

WIDTHS = range(2, 9)
CHECKPOINTS = (5_000, 10_000, 50_000)
PLAIN = Path(__file__).parents[1] / "tests" / "golden" / "plain_pytorch_seeds.csv"
PACKAGES = ("torch", "numba", "numpy", "polars")

MEMORY = """
import json, re, resource, sys, time
from pathlib import Path
import separatrix as sx

def said(**more):
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in used)
    print(json.dumps({"peak": peak, "worker": worker, "cpu": cpu} | more))
"""
MILLION = """
if __name__ == "__main__":
    study = sx.Study(checkpoints=50, seeds=int(sys.argv[2]), n_test=100)
    results = sx.run_study(study, sys.argv[1], backend="processes", workers=2)
    size = sum(path.stat().st_size for path in results.shards) / 2**20
    said(runs=results.n_runs, table=size, shards=len(results.shards))
"""
READING = """
if __name__ == "__main__":
    import polars

    results = sx.read_study(sys.argv[1])
    lazy = polars.scan_parquet(sys.argv[1] + "/table/*.parquet")  # as anybody would, without separatrix
    assert lazy.filter(polars.col("loss").is_not_null()).select(polars.len()).collect().item() == results.n_runs
    assert results.complete and results.shares()["runs"].sum() == results.n_runs
    assert results.summary().startswith(f"{results.n_runs:,} runs")
    said(runs=results.n_runs)
"""

Part = dict[str, Any]


def throughput(quick: bool) -> Part:
    """The study's throughput beside `train_many`'s, same trainings, rivals in turn; milliseconds a run."""
    seeds = 40 if quick else 400
    network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe()
    study = sx.Study(checkpoints=CHECKPOINTS, seeds=seeds)

    def ours() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sx.run_study(study, folder)

    def bare() -> None:
        sx.train_many(network, recipe, lambda seed: sx.circle(seed=seed), range(seeds))

    found = compare(f"{seeds} seeds of the lesson", [Side("study", ours), Side("train_many", bare)], 3)
    each = {side.name: [1000 * seconds / seeds for seconds in side.seconds] for side in found.sides}
    return {"seeds": seeds, "ratio": found.ratio("train_many"), "milliseconds a run": each}


def lesson(quick: bool) -> Part:
    """CPU milliseconds of one run of the lesson in a study, everything included; by one thread, after one that compiles."""
    seeds = 20 if quick else 200
    for count in (2, seeds):
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            sx.run_study(sx.Study(checkpoints=CHECKPOINTS, seeds=count), folder, workers=1)
            used = 1000 * (time.process_time() - start) / count
    return {"seeds": seeds, "milliseconds": used}


def grid(quick: bool) -> Part:
    """The tutorial's grid with its table, summary and report."""
    study = sx.Study.grid(widths=WIDTHS, checkpoints=CHECKPOINTS, seeds=20 if quick else 1000)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        results = sx.run_study(study, folder)
        ran = time.perf_counter()
        words = results.summary()
        told = time.perf_counter()
        write_study_report(results, Path(folder) / "report.html")
        end = time.perf_counter()
        print(words, flush=True)
        rows = results.shares(["width"]).select("width", "epoch", "solved", "runs").rows()
    seconds = {"table": ran - start, "summary": told - ran, "report": end - told, "all": end - start}
    return {"runs": study.n_runs, "seconds": seconds, "solved": rows}


def million(quick: bool) -> Part:
    """Many short runs in a fresh process, then their table in another; CPU seconds and peak memory, MiB."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "study")
        ran = _process(folder, MEMORY + MILLION, place, str(20_000 if quick else 1_000_000))
        return {"run": ran, "read": _process(folder, MEMORY + READING, place)}


def _process(folder: str, program: str, *given: str) -> Part:
    script = Path(folder) / "program.py"
    script.write_text(program, encoding="utf-8")
    said = subprocess.run([sys.executable, str(script), *given], capture_output=True, text=True, check=True).stdout
    found: Part = json.loads(said.splitlines()[-1])
    return found


PARTS: dict[str, Callable[[bool], Part]] = {
    "throughput": throughput,
    "lesson": lesson,
    "grid": grid,
    "million": million,
}


def plain_solved() -> dict[tuple[int, int], tuple[int, int]]:
    """(width, epoch) -> solved seeds and seeds of the plain PyTorch script."""
    rows = polars.read_csv(PLAIN).group_by("width", "epoch").agg((polars.col("accuracy") == 1).sum(), polars.len())
    return {(width, epoch): (solved, seeds) for width, epoch, solved, seeds in rows.rows()}


def page(known: dict[str, Part]) -> str:
    """STUDY.md: what was asked for, what came, and when and where."""
    lines = ["# What a study costs", "", "Made by `python -m benchmarks.study throughput lesson grid million`.", ""]
    lines += ["| asked for | at most or least | measured | |", "| --- | ---: | ---: | --- |"]
    for words, bound, measured, reached in _targets(known):
        lines.append(f"| {words} | {bound} | {measured} | {'reached' if reached else '**not reached**'} |")
    lines += [""]
    for name, told in (("throughput", _throughput), ("lesson", _lesson), ("grid", _grid), ("million", _million)):
        if name in known:
            lines += [*told(known[name]["found"]), "", _where(known[name]["machine"]), ""]
    return "\n".join(lines)


def _targets(known: dict[str, Part]) -> list[tuple[str, str, str, bool]]:
    rows: list[tuple[str, str, str, bool]] = []
    if "throughput" in known:
        ratio = known["throughput"]["found"]["ratio"]
        rows.append(("throughput of the bare `train_many`", "≥ 85%", f"{ratio:.1%}", ratio >= 0.85))
    if "grid" in known:
        found = known["grid"]["found"]
        seconds = found["seconds"]["all"]
        words = f"{found['runs']:,} trainings of 50,000 epochs with table, summary and report"
        rows.append((words, "≤ 300 s", f"{seconds:.0f} s", seconds <= 300))
        pairs = _agreement(found)
        agreeing = sum(each[-1] for each in pairs)
        rows.append(
            ("shares and plain PyTorch's, each in the other's 95% interval", f"all {len(pairs)}", f"{agreeing}",
             agreeing == len(pairs) > 0)
        )  # fmt: skip  # one row
    if "million" in known:
        run, read = (known["million"]["found"][name] for name in ("run", "read"))
        total = run["peak"] + 2 * run["worker"]
        rows.append((f"{run['runs']:,} runs: memory of caller and both workers", "≤ 1,024 MiB", f"{total:,.0f} MiB",
                     total <= 1024))  # fmt: skip  # one row
        rows.append(
            ("their table read lazily: memory", "≤ 1,024 MiB", f"{read['peak']:,.0f} MiB", read["peak"] <= 1024)
        )
    return rows


def _throughput(found: Part) -> list[str]:
    lines = [
        "## Throughput",
        "",
        f"{found['seeds']} seeds of the lesson, three rounds in turn, milliseconds a run.",
        "",
    ]
    lines += ["| side | median | rounds |", "| --- | ---: | --- |"]
    for name, each in found["milliseconds a run"].items():
        lines.append(f"| {name} | {statistics.median(each):.2f} | {', '.join(f'{value:.2f}' for value in each)} |")
    return lines


def _lesson(found: Part) -> list[str]:
    told = f"{found['milliseconds']:.1f} ms of one core, in the mean of {found['seeds']} runs"
    return ["## One run of the lesson", "", f"{told}: drawing, training, measuring and writing."]


def _grid(found: Part) -> list[str]:
    seconds = found["seconds"]
    lines = ["## The tutorial's grid", "", f"{found['runs']:,} trainings: {seconds['table']:.1f} s until the table is "
             f"there, {seconds['summary']:.1f} s for the summary, {seconds['report']:.1f} s for the report.", ""]  # fmt: skip
    lines += [f"| width | {' | '.join(f'solved by {epoch:,}' for epoch in CHECKPOINTS)} |", "| --- | --- | --- | --- |"]
    for width in sorted({row[0] for row in found["solved"]}):
        cells = [_share(row[2], row[3]) for row in found["solved"] if row[0] == width]
        lines.append(f"| {width} | {' | '.join(cells)} |")
        plain = [_share(*their) for (of, _), their in sorted(plain_solved().items()) if of == width]
        if plain:
            seeds = next(their[1] for (of, _), their in plain_solved().items() if of == width)
            lines.append(f"| {width}, plain PyTorch, {seeds} seeds | {' | '.join(plain)} |")
    return lines


def _share(solved: int, runs: int) -> str:
    found = share(solved, runs)
    return f"{percent(found.value)} ({span(found.low, found.high)})"


def _agreement(found: Part) -> list[tuple[int, int, bool]]:
    """(width, epoch, whether both shares lie in the other's interval), where plain PyTorch was run."""
    theirs = plain_solved()
    rows = []
    for width, epoch, solved, runs in found["solved"]:
        if (width, epoch) in theirs:
            one, other = share(solved, runs), share(*theirs[width, epoch])
            alike = one.low <= other.value <= one.high and other.low <= one.value <= other.high
            rows.append((width, epoch, alike))
    return rows


def _million(found: Part) -> list[str]:
    run, read = found["run"], found["read"]
    return [
        "## A million short runs", "",
        f"{run['runs']:,} runs of 50 epochs in two worker processes: {run['cpu']:,.0f} CPU seconds, "
        f"{1000 * run['cpu'] / run['runs']:.2f} ms a run; {run['peak']:,.0f} MiB at most in the calling process, "
        f"{run['worker']:,.0f} MiB in a worker; {run['table']:,.1f} MiB of table in {run['shards']:,} shards.", "",
        f"Read again by a fresh process, every byte checked, shares and summary made: {read['cpu']:.1f} CPU seconds, "
        f"{read['peak']:,.0f} MiB at most.",
    ]  # fmt: skip  # two paragraphs


def _where(told: dict[str, str]) -> str:
    versions = ", ".join(f"{name} {told[name]}" for name in PACKAGES)
    return f"*{told['date']}, {told['processor']}, {told['cores']} cores, Python {told['python']}, {versions}.*"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; by default all but million")
    parser.add_argument("--quick", action="store_true", help="a tenth of the seeds or less, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write (default: benchmarks/)")
    asked = parser.parse_args()
    wanted = asked.parts or ["throughput", "lesson", "grid"]
    if not set(wanted) <= PARTS.keys():
        parser.error(f"parts are {', '.join(PARTS)}, got {' '.join(wanted)}")
    record = asked.out / "study.json"
    known: dict[str, Part] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    for name in wanted:
        known[name] = {"machine": machine() | {"polars": polars.__version__}, "found": PARTS[name](asked.quick)}
        asked.out.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        (asked.out / "STUDY.md").write_text(page(known), encoding="utf-8")
    print(page(known))


if __name__ == "__main__":
    main()
