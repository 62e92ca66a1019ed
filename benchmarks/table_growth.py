"""`python -m benchmarks.table_growth [--full]`: how a classifier's time and memory grow with the table. Writes TABLE_GROWTH.md.

Ours untouched beside scikit-learn's classifiers as its documentation recommends them, on tables made here: a quarter of
the columns tell the class, by a sum and a product. Every cell is a process of its own, which fits a small table first, so
that imports and compiled code are no part of it; the methods of a cell take turns. Memory is the process's peak above what it had
before the fit. The exponent is that of a power law through the upper half of a curve: 1 is proportional growth.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import results

OURS = "SeparatrixClassifier"
METHODS = (OURS, "HistGradientBoostingClassifier", "MLPClassifier", "LogisticRegression")
SECONDS = 240  # after which a cell is given up
PLANS: dict[str, tuple[list[int], list[int]]] = {  # quantity: its values, and those that --full adds
    "rows": ([100, 1_000, 10_000, 100_000], [1_000_000]),
    "columns": ([10, 30, 100, 300, 1_000], [3_000]),
    "categories": ([2, 10, 100, 1_000], [10_000]),
}


def table(rows: int, columns: int, categories: int) -> tuple[Any, np.ndarray]:
    """A pandas frame (rows, columns) with one column of so many categories if asked for, and its labels 0 or 1, (rows,)."""
    import pandas

    generator = np.random.default_rng(rows + columns + categories)
    x = generator.normal(size=(rows, columns))
    useful = max(2, columns // 4)
    score = x[:, :useful].sum(axis=1) / np.sqrt(useful) + x[:, 0] * x[:, 1]
    frame = pandas.DataFrame(x, columns=[f"x{k}" for k in range(columns)])
    if categories:
        level = generator.integers(categories, size=rows)
        frame["level"] = pandas.Categorical([f"level {k}" for k in level])
        score += generator.normal(size=categories)[level]
    return frame, (score + generator.logistic(size=rows) > 0).astype(int)


def classifier(name: str, categories: int) -> Any:
    """The method, with the preparation that its documentation asks for."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    import separatrix as sx

    if name == OURS:
        return sx.SeparatrixClassifier(random_state=0)
    if name == "HistGradientBoostingClassifier":  # takes up to 255 categories as such
        native = "from_dtype" if 0 < categories <= 255 else None
        model: Any = HistGradientBoostingClassifier(categorical_features=native, random_state=0)
        if native or not categories:
            return model
    else:
        model = {
            "MLPClassifier": MLPClassifier(early_stopping=True, random_state=0),
            "LogisticRegression": LogisticRegression(max_iter=1000),
        }[name]
    dense = name == "HistGradientBoostingClassifier"
    encode = OneHotEncoder(handle_unknown="ignore", max_categories=255, sparse_output=not dense)
    prepare = make_column_transformer((encode, ["level"] if categories else []), remainder=StandardScaler())
    return make_pipeline(prepare, model)


CELL = """
import json, resource, sys, time
from benchmarks.table_growth import classifier, table
name, rows, columns, categories = json.loads(sys.argv[1])
small = table(200, min(columns, 10), min(categories, 5))
classifier(name, categories).fit(*small).predict_proba(small[0])
frame, y = table(rows, columns, categories)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
model = classifier(name, categories).fit(frame, y)
middle = time.perf_counter()
model.predict_proba(frame)
end = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([middle - start, (end - middle) / rows, (peak - before) / 1024]))
"""


@dataclass(frozen=True)
class Cell:
    """One method on one table: seconds of `fit`, seconds per predicted row, MiB of memory; NaN where it was given up."""

    quantity: str
    size: int
    method: str
    fit: float
    row: float
    mebibytes: float


def measured(quantity: str, size: int, method: str) -> Cell:
    """Run a cell in a process of its own."""
    rows, columns, categories = {
        "rows": (size, 30, 0),
        "columns": (1_000, size, 0),
        "categories": (5_000, 10, size),
    }[quantity]
    command = [sys.executable, "-W", "ignore", "-c", CELL, json.dumps([method, rows, columns, categories])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Cell(quantity, size, method, np.nan, np.nan, np.nan)
    return Cell(quantity, size, method, *json.loads(done.stdout.splitlines()[-1]))


def exponent(sizes: np.ndarray, seconds: np.ndarray) -> float:
    """The power of the size with which the upper half of a curve grows, from the cells that ended."""
    upper = np.isfinite(seconds) & (np.arange(len(sizes)) >= len(sizes) // 2 - 1)
    if upper.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes[upper]), np.log(seconds[upper]), 1)[0])


def report(cells: list[Cell]) -> str:
    """Markdown: for each quantity a table of fit seconds with exponents, prediction and memory beside."""
    lines: list[str] = []
    for quantity in dict.fromkeys(cell.quantity for cell in cells):
        here = [cell for cell in cells if cell.quantity == quantity]
        sizes = list(dict.fromkeys(cell.size for cell in here))
        for title, field in (
            ("seconds of `fit`", "fit"),
            ("microseconds of `predict_proba` a row", "row"),
            ("MiB that the fit and the prediction add", "mebibytes"),
        ):
            lines += ["", f"**{quantity.capitalize()}: {title}**", ""]
            lines += [f"| method | {' | '.join(f'{size:,}' for size in sizes)} | exponent |"]
            lines += ["| --- |" + " ---: |" * (len(sizes) + 1)]
            for method in METHODS:
                values = np.array([getattr(cell, field) for cell in here if cell.method == method])
                shown = [_shown(value * (1e6 if field == "row" else 1)) for value in values]
                power = exponent(np.array(sizes, float), np.maximum(values, 1e-9))
                lines.append(f"| {method} | {' | '.join(shown)} | {power:.2f} |")
    return "\n".join(lines) + "\n"


def _shown(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw(cells: list[Cell], path: Path) -> None:
    """One panel per quantity: seconds of `fit`, both axes logarithmic."""
    from matplotlib.figure import Figure

    quantities = list(dict.fromkeys(cell.quantity for cell in cells))
    figure = Figure(figsize=(5 * len(quantities), 4.2), layout="constrained")
    for axes, quantity in zip(figure.subplots(1, len(quantities), squeeze=False)[0], quantities, strict=True):
        for method in METHODS:
            line = [cell for cell in cells if cell.quantity == quantity and cell.method == method]
            axes.loglog([cell.size for cell in line], [cell.fit for cell in line], marker="o", label=method)
        axes.set(xlabel=quantity, ylabel="seconds of fit")
        axes.grid(True, which="major", alpha=0.3)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=len(METHODS), frameon=False)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="a million rows, 3,000 columns, 10,000 categories too")
    parser.add_argument("--quick", action="store_true", help="the two smallest of each: to see that it runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write TABLE_GROWTH.md")
    options = parser.parse_args()
    cells: list[Cell] = []
    for quantity, (sizes, more) in PLANS.items():
        for size in sizes[:2] if options.quick else sizes + more * options.full:
            for method in METHODS:
                cells.append(measured(quantity, size, method))
                print(cells[-1], flush=True)
    about = results.machine()
    text = (
        "# Growth of fit, prediction and memory with the table\n\n"
        f"Made by `python -m benchmarks.table_growth` on {about['processor']}, {about['cores']} cores, {about['date']}; "
        f"– is more than {SECONDS} s.\n\n![seconds of fit](table_growth.png)\n"
    )
    (options.out / "TABLE_GROWTH.md").write_text(text + report(cells), encoding="utf-8")
    draw(cells, options.out / "table_growth.png")


if __name__ == "__main__":
    main()
