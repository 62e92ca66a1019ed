"""`python -m benchmarks.estimator [training] [prediction] [single] [ensemble]`: into ESTIMATOR.md and estimator.json.

Parts that aren't asked for stay as they were measured before; without a word it is all of them, some six minutes.

- training: the whole `fit`, checks, encoding and callbacks' hooks included, and `sx.train` with the very recipe and network
  on arrays that are ready, in turn (target: less than 10% more from 1,000 rows on). Networks and batches of the engine's
  own table in RESULTS.md, with the estimator's 200 epochs, but 10 of the largest;
- prediction: a million rows, and one row (targets: 2 s, 100 µs);
- single, ensemble: `separatrix fit` and `separatrix predict` as whole processes by a single network and by the ensemble, see
  table_commands.py (targets: 10 s, 1 GiB).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars

import separatrix as sx
from benchmarks import table_commands
from benchmarks.results import machine

COLUMNS = 30
SECONDS = 3.0  # of `fit` in all, for each table
METHODS = ("predict", "predict_proba", "decision_function")
PACKAGES = ("numba", "numpy", "polars", "scikit-learn")
TABLE: list[tuple[int, dict[str, Any]]] = [  # rows, settings: the trainings named in the engine's table
    (1_000, {"hidden_layer_sizes": (32, 32), "batch_size": 32}),
    (1_000, {"hidden_layer_sizes": (64, 64), "batch_size": 256}),
    (4_096, {"hidden_layer_sizes": (32, 32), "batch_size": 32}),
    (4_096, {"hidden_layer_sizes": (64, 64), "batch_size": 256}),
    (4_096, {"hidden_layer_sizes": (256, 256, 256), "batch_size": 256, "max_iter": 10}),
]
BEYOND: list[tuple[int, dict[str, Any]]] = [  # the smallest networks, and few epochs of many rows
    (1_000, {"hidden_layer_sizes": (4, 4)}),
    (1_000, {"hidden_layer_sizes": (8, 8), "batch_size": 32}),
    (4_096, {"hidden_layer_sizes": (8, 8), "batch_size": 32}),
    (4_096, {"hidden_layer_sizes": (8, 8), "batch_size": 1024}),
    (1_000, {"encoder": None}),
    (100_000, {"max_iter": 50}),
    (100_000, {"max_iter": 10}),
]
Part = dict[str, Any]


def table(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) float64 and y (n,): the first column tells the class, with noise."""
    stream = np.random.default_rng(0)
    x = stream.normal(size=(rows, COLUMNS))
    return x, (x[:, 0] + 0.5 * stream.normal(size=rows) > 0).astype(int)


def added(rows: int, **settings: Any) -> Part:
    """`fit` and the engine in turn, after one of each, in processor seconds; the stopping rule off: equal epochs."""
    x, y = table(rows)
    clf = sx.MLPBinaryClassifier(random_state=0, **{"n_iter_no_change": None} | settings).fit(x, y)
    run, ready = clf.run_, sx.Points(x.astype(np.float32), y)
    fits, engines = list[float](), list[float]()
    while len(fits) < 6 or (sum(fits) < SECONDS and len(fits) < 101):  # the first of each is left out below
        start = time.process_time()
        clf.fit(x, y)
        middle = time.process_time()
        sx.train(run.network, run.recipe, ready)
        fits.append(middle - start)
        engines.append(time.process_time() - middle)
    ratio = statistics.median(one / other for one, other in zip(fits[1:], engines[1:], strict=True))
    told = {"network": str(clf.network_), "batch": run.recipe.batch_size or rows, "epochs": run.epochs}
    more = {} if settings.get("encoder", "auto") == "auto" else {"encoder": "none"}
    return {
        "rows": rows,
        "fit": statistics.median(fits[1:]),
        "engine": statistics.median(engines[1:]),
        "ratio": ratio,
    } | (told | more)


def training(quick: bool) -> Part:
    """What the estimator adds to the engine's time."""
    some = 1 if quick else None
    return {
        "table": [added(rows, **settings) for rows, settings in TABLE[:some]],
        "beyond": [added(rows, **settings) for rows, settings in BEYOND[:some]],
    }


def prediction(quick: bool) -> Part:
    """A million rows, and one: with the encoder, and with numbers taken as they are."""
    many, _ = table(100_000 if quick else 1_000_000)
    encoders: dict[str, Any] = {"encoder": "auto", "numbers as they are": None}
    sides = {name: _predicting(many, encoder, 3 if quick else 5) for name, encoder in encoders.items()}
    return {"rows": len(many), "sides": sides}


def _predicting(many: np.ndarray, encoder: Any, rounds: int) -> Part:
    """Seconds of all rows, a number a round; microseconds of one row by each method, the median."""
    clf = sx.MLPBinaryClassifier(random_state=0, max_iter=3, encoder=encoder).fit(*table(2_000))
    seconds = [_seconds(clf.predict_proba, many) for _ in range(rounds)]
    ones = {name: [_seconds(getattr(clf, name), many[:1]) for _ in range(2_000)] for name in METHODS}
    return {"seconds": seconds, "one": {name: 1e6 * statistics.median(each) for name, each in ones.items()}}


def _seconds(method: Callable[[np.ndarray], object], x: np.ndarray) -> float:
    start = time.perf_counter()
    method(x)
    return time.perf_counter() - start


PARTS: dict[str, Callable[[bool], Part]] = {
    "training": training,
    "prediction": prediction,
    "single": table_commands.single,
    "ensemble": table_commands.ensemble,
}


def page(known: dict[str, Part]) -> str:
    """ESTIMATOR.md: what was asked for, what came, and when and where."""
    lines = ["# What the classifier of tables costs", "", "Made by `python -m benchmarks.estimator`.", ""]
    lines += ["| asked for | at most | measured | |", "| --- | ---: | ---: | --- |"]
    for name, part in known.items():
        for words, bound, measured, reached in TARGETS[name](part["found"]):
            lines.append(f"| {words} | {bound} | {measured} | {'reached' if reached else '**not reached**'} |")
    for name, part in known.items():
        lines += ["", *TOLD[name](part["found"]), "", _where(part["machine"])]
    return "\n".join(lines) + "\n"


Target = tuple[str, str, str, bool]


def _training_targets(found: Part) -> list[Target]:
    worst = max(each["ratio"] for each in found["table"]) - 1
    return [("the estimator's addition to the engine's time, from 1,000 rows on", "10%", f"{worst:.1%}", worst < 0.1)]


def _prediction_targets(found: Part) -> list[Target]:
    sides = list(found["sides"].values())
    many = max(statistics.median(each["seconds"]) for each in sides)
    one = max(max(each["one"].values()) for each in sides)
    return [
        (f"{found['rows']:,} × {COLUMNS} rows predicted", "2 s", f"{many:.2f} s", many < 2),
        ("one row, by the slowest of three methods", "100 µs", f"{one:.0f} µs", one < 100),
    ]


def _commands_targets(found: Part) -> list[Target]:
    slowest, memory = max(each["wall"] for each in found["fit"]), found["predict"]["memory"]
    fitted = f"`separatrix fit` of 500 × 30 rows with its report, the whole process: {found['by']}"
    predicted = f"{found['megabytes']:,} MB of CSV predicted, memory: {found['by']}"
    return [
        (fitted, "10 s", f"{slowest:.1f} s", slowest < 10),
        (predicted, "1,024 MiB", f"{memory:,.0f} MiB", memory < 1024),
    ]


TARGETS = {"training": _training_targets, "prediction": _prediction_targets} | dict.fromkeys(
    ("single", "ensemble"), _commands_targets
)


def _training_told(found: Part) -> list[str]:
    lines = ["## Training", "", f"Tables of {COLUMNS} numbers; processor seconds, both sides in turn, medians.", ""]
    lines += ["| rows | network | batch | epochs | fit, s | engine alone, s | added, ms | added |"]
    lines += ["| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for each in (*found["table"], *found["beyond"]):
        network = each["network"] + (", without an encoder" if "encoder" in each else "")
        more = 1000 * (each["ratio"] - 1) * each["engine"]
        lines.append(
            f"| {each['rows']:,} | {network} | {each['batch']:,} | {each['epochs']:,} | {each['fit']:.4f} | "
            f"{each['engine']:.4f} | {more:.1f} | {each['ratio'] - 1:.1%} |"
        )
    return [
        *lines,
        "",
        f"The last {len(found['beyond'])} weren't asked for: the smallest network there is, and few epochs.",
    ]


def _prediction_told(found: Part) -> list[str]:
    lines = ["## Prediction", "", f"A network 30-64-64-1; {found['rows']:,} rows by `predict_proba`.", ""]
    lines += [f"| | many rows, s, each round | one row: {' | '.join(METHODS)} |"]
    lines += ["| --- | --- | ---: | ---: | ---: |"]
    for name, each in found["sides"].items():
        seconds = ", ".join(f"{value:.2f}" for value in each["seconds"])
        ones = " | ".join(f"{each['one'][method]:.0f} µs" for method in METHODS)
        lines.append(f"| {name} | {seconds} | {ones} |")
    return lines


def _commands_told(found: Part) -> list[str]:
    lines = [f"## Commands, {found['by']}", "", "Whole processes, caches warm.", ""]
    lines += ["| command | wall, s | processor, s | memory, MiB |", "| --- | ---: | ---: | ---: |"]
    rows = [("fit of 500 × 30 rows, with report", each) for each in found["fit"]]
    rows.append((f"predict {found['megabytes']:,} MB, {found['rows']:,} rows", found["predict"]))
    return lines + [
        f"| {name} | {each['wall']:.1f} | {each['processor']:.1f} | {each['memory']:,.0f} |" for name, each in rows
    ]


TOLD = {"training": _training_told, "prediction": _prediction_told} | dict.fromkeys(
    ("single", "ensemble"), _commands_told
)


def _where(known: dict[str, str]) -> str:
    packages = ", ".join(f"{name} {known[name]}" for name in PACKAGES)
    return f"*{known['date']}, {known['processor']}, {known['cores']} cores, Python {known['python']}, {packages}.*"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows; into build/")
    parser.add_argument("--out", type=Path, help="the folder; by default benchmarks, with --quick build")
    asked = parser.parse_args()
    if not set(asked.parts) <= PARTS.keys():
        parser.error(f"parts are {', '.join(PARTS)}, got {' '.join(asked.parts)}")
    folder = asked.out or Path(__file__).parents[1] / ("build" if asked.quick else "benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "estimator.json"
    known: dict[str, Part] = json.loads(kept.read_text()) if kept.exists() else {}
    for name in asked.parts or PARTS:
        known[name] = {"machine": machine() | {"polars": polars.__version__}, "found": PARTS[name](asked.quick)}
        ordered = {each: known[each] for each in PARTS if each in known}
        kept.write_text(json.dumps(ordered, indent=1) + "\n")
        (folder / "ESTIMATOR.md").write_text(page(ordered), encoding="utf-8")
        print("\n".join(TOLD[name](known[name]["found"])), flush=True)


if __name__ == "__main__":
    main()
