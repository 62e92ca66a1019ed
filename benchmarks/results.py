"""From comparisons to RESULTS.md, results.json and the README's headline figures."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.growth import Curve
from benchmarks.timing import Comparison

PACKAGES = ("separatrix", "torch", "numba", "llvmlite", "numpy", "scikit-learn", "jax", "skorch")


@dataclass(frozen=True)
class Target:
    """A ratio that is asked for."""

    work: str
    against: str
    least: float
    got: float

    @property
    def reached(self) -> bool:
        return self.got >= self.least


def processor() -> str:
    """The processor's name and its vector instructions."""
    model = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text()
        model = re.search(r"model name\s*: (.*)", text).group(1)  # type: ignore[union-attr]  # always there
        flags = re.search(r"flags\s*: (.*)", text).group(1).split()  # type: ignore[union-attr]
        model += " with AVX-512" if "avx512f" in flags else " with AVX2" if "avx2" in flags else ""
    except (OSError, AttributeError):
        model += " (no /proc/cpuinfo)"
    return model


def machine() -> dict[str, str]:
    """Processor, cores, system, date and versions."""
    said = {"processor": processor(), "cores": str(os.cpu_count()), "python": platform.python_version()}
    said["date"] = datetime.date.today().isoformat()
    return said | {package: version(package) for package in PACKAGES}


def time_words(seconds: float) -> str:
    """Three digits with a unit that fits: 0.0000123 -> "12.3 µs"."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}"
    raise AssertionError("unreachable")


def times_words(ratio: float) -> str:
    """Three digits: 14.7×, 1,330×."""
    return f"{ratio:.3g}×" if ratio < 1000 else f"{float(f'{ratio:.3g}'):,.0f}×"


def comparison_table(done: Comparison) -> str:
    """Markdown: a row a side."""
    lines = [f"### {done.title}", ""]
    lines += [f"| side | median | fastest – slowest | a {done.unit} | ours is faster by | final loss | note |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    for side in done.sides:
        ratio = "" if side is done.sides[0] else times_words(done.ratio(side.name))
        note = "" if side.share >= 1 else f"measured on {side.share:.1%} of the job"
        if side.share > 1:
            note = f"{side.share:g} runs' worth of work in one call"
        loss = "" if side.loss is None else f"{side.loss:.6f}"
        lines.append(
            f"| {side.name} | {time_words(side.median)} | {time_words(min(side.seconds))} – "
            f"{time_words(max(side.seconds))} | {time_words(side.median / done.per)} | {ratio} | {loss} | {note} |"
        )
    return "\n".join(lines) + "\n"


def target_table(targets: list[Target]) -> str:
    """Markdown: what was asked for and what came."""
    lines = ["| work | against | at least | measured | |", "| --- | --- | ---: | ---: | --- |"]
    for target in targets:
        verdict = "reached" if target.reached else "**not reached**"
        lines.append(
            f"| {target.work} | {target.against} | {target.least:g}× | {times_words(target.got)} | {verdict} |"
        )
    return "\n".join(lines) + "\n"


def write(
    folder: Path, targets: list[Target], done: list[Comparison], found: list[Curve], roof: str, remarks: list[str]
) -> None:
    """RESULTS.md and results.json in `folder`."""
    about = machine()
    parts = ["# Benchmark results", "", "Made by `make bench`; the sides of a table were timed in turn.", ""]
    parts += ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in about.items()), ""]
    parts += ["## Targets", "", target_table(targets), *(f"- {remark}" for remark in remarks), ""]
    parts += ["## Comparisons", "", *(comparison_table(each) for each in done)]
    parts += [
        "## Roofline",
        "",
        roof,
        "## Growth",
        "",
        "![time against epochs, points, width, depth, runs and threads](growth.png)",
        "",
    ]
    parts += ["| quantity | from | to | seconds | slope |", "| --- | ---: | ---: | --- | ---: |"]
    for curve in found:
        seconds = ", ".join(time_words(each) for each in curve.seconds)
        parts.append(f"| {curve.name} | {curve.sizes[0]:,} | {curve.sizes[-1]:,} | {seconds} | {curve.slope:.2f} |")
    (folder / "RESULTS.md").write_text("\n".join(parts) + "\n", encoding="utf-8")
    record = {
        "machine": about,
        "targets": [vars(target) for target in targets],
        "remarks": remarks,
        "comparisons": [
            {
                "title": each.title,
                "sides": [
                    {"name": side.name, "seconds": side.seconds, "share": side.share, "loss": side.loss}
                    for side in each.sides
                ],
                "ratios": {side.name: each.ratio(side.name) for side in each.sides[1:]},
            }
            for each in done
        ],
        "growth": {
            curve.name: {"sizes": curve.sizes.tolist(), "seconds": curve.seconds.tolist(), "slope": curve.slope}
            for curve in found
        },
    }
    (folder / "results.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
