"""`python -m benchmarks [--quick] [--out FOLDER]`: run all comparisons and write RESULTS.md, results.json, growth.png."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import growth, results, roofline, subjects
from benchmarks.results import Target
from benchmarks.timing import Comparison


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one minute: to see that it runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write (default: benchmarks/)")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)

    done: list[Comparison] = []

    def take(comparison: Comparison) -> Comparison:
        print(results.comparison_table(comparison), flush=True)
        done.append(comparison)
        return comparison

    lesson, seeds = take(subjects.lesson(asked.quick)), take(subjects.seeds(asked.quick))
    batches = [take(each) for each in subjects.tables(asked.quick)]
    million, whole = take(subjects.million(asked.quick)), take(subjects.processes(asked.quick))
    denormal = take(subjects.denormals(asked.quick))
    added, data = subjects.memory(asked.quick)
    targets = [
        Target(lesson.title, "plain PyTorch loop", 350, lesson.ratio("plain PyTorch loop")),
        Target(lesson.title, "scikit-learn MLPClassifier", 350, lesson.ratio("scikit-learn MLPClassifier")),
        Target(lesson.title, "JAX, jit of lax.scan", 10, lesson.ratio("JAX, jit of lax.scan")),
        Target(lesson.title, "straight-line C (1 / 1.35)", 1 / 1.35, lesson.ratio("straight-line C")),
        Target(seeds.title, "plain PyTorch loop", 700, seeds.ratio("plain PyTorch loop")),
        Target(whole.title, "plain script, no pictures", 3, whole.ratio("plain script, no pictures")),
        *(Target(each.title, "PyTorch loop", least, each.ratio("PyTorch loop"))
          for each, least in zip(batches, (30, 4, 1.2, 1.2), strict=False)),
        *(Target(each.title, "PyTorch loop", 1, each.ratio("PyTorch loop")) for each in batches[4:]),
        Target(million.title, "PyTorch loop", 3, million.ratio("PyTorch loop")),
    ]  # fmt: skip  # a row a target
    found = growth.curves(asked.quick)
    growth.draw(found, asked.out / "growth.png")
    remarks = [
        f"Memory: training on the {million.title.split(', ')[2]} adds {added:.0f} MiB at its peak, checks, "
        f"copies and final measures of `train` included; the data, x and y in float32, are {data:.0f} MiB ({added / data:.2f}×).",
        f"Denormal numbers: from weights of 1e-20 the same epochs take "
        f"{denormal.sides[1].median / denormal.sides[0].median:.2f}× the time of an ordinary start.",
    ]
    roof = roofline.table(*roofline.points(asked.quick))
    print(roof)
    results.write(asked.out, targets, done, found, roof, remarks)
    print(results.target_table(targets))
    print("\n".join(remarks))
    print(f"wrote {asked.out / 'RESULTS.md'}")


if __name__ == "__main__":
    main()
