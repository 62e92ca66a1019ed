"""`python -m benchmarks.distillation [FOLDER]`: what a distilled network keeps of the ensemble, and what it saves.

FOLDER holds Parquet files with a column `target` of 0 and 1; without one, scikit-learn's own two-class tables are used. Of each
table a third is held out. Written to DISTILLATION.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import separatrix as sx

MOST_ROWS = 3_000  # of a table, training and held-out rows together
TIMED_ROWS = 20_000  # the held-out rows over and over again
SEED = 0


def tables(folder: Path | None) -> Iterator[tuple[str, pl.DataFrame, np.ndarray]]:
    if folder is None:
        for name, made, positive in (
            ("breast_cancer", load_breast_cancer(), 1),
            ("digits, odd", load_digits(), None),
            ("wine, class 1", load_wine(), 1),
        ):
            y = made.target % 2 if positive is None else made.target == positive
            yield name, pl.DataFrame(made.data, schema=[f"x{k}" for k in range(made.data.shape[1])]), y.astype(int)
        return
    for path in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(path).with_columns(pl.col(pl.Categorical).cast(pl.String))
        frame = frame.sample(min(len(frame), MOST_ROWS), shuffle=True, seed=SEED)
        yield path.stem, frame.drop("target"), frame["target"].to_numpy().astype(int)


def seconds(model: object, x: pl.DataFrame) -> float:
    """The shortest of five predictions."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        model.predict_proba(x)
        taken.append(time.perf_counter() - start)
    return min(taken)


def measured(name: str, x: pl.DataFrame, y: np.ndarray) -> dict[str, object]:
    train, test = train_test_split(np.arange(len(y)), test_size=1 / 3, random_state=SEED, stratify=y)
    encoder = sx.TableEncoder("standard", random_state=SEED)
    linear = LogisticRegression(max_iter=3000).fit(encoder.fit_transform(x[train], y[train]), y[train])
    teacher = sx.SeparatrixClassifier(random_state=SEED).fit(x[train], y[train], keep="all")
    start = time.perf_counter()
    student = sx.distil(teacher, x[train], y[train], random_state=SEED, n_jobs=-1)
    taken = time.perf_counter() - start
    plain = sx.distil(teacher, x[train], y[train], random_state=SEED, n_jobs=-1, made_rows=0)
    many = x[test][np.resize(np.arange(len(test)), TIMED_ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        size = [
            sx.save(model, Path(folder) / f"{k}.safetensors").stat().st_size
            for k, model in enumerate((teacher, student))
        ]
    auc = {
        "linear": roc_auc_score(y[test], linear.decision_function(encoder.transform(x[test]))),
        **{
            key: roc_auc_score(y[test], model.decision_function(x[test]))
            for key, model in (("ensemble", teacher), ("student", student), ("without made rows", plain))
        },
    }
    return {"table": name, "rows": len(train), "columns": x.width, **auc,
            "file": size[0] / size[1], "time": seconds(teacher, many) / seconds(student, many), "seconds": taken}  # fmt: skip


def page(rows: list[dict[str, object]]) -> str:
    frame = pl.DataFrame(rows)
    gain, kept, plain = (frame[key] - frame["linear"] for key in ("ensemble", "student", "without made rows"))
    head = (
        "| table | training rows | columns | linear | ensemble | student | without made rows | file | time | seconds |"
    )
    lines = [
        f"| {r['table']} | {r['rows']:,} | {r['columns']} | {r['linear']:.4f} | {r['ensemble']:.4f} | {r['student']:.4f} | "
        f"{r['without made rows']:.4f} | 1/{r['file']:.0f} | 1/{r['time']:.0f} | {r['seconds']:.1f} |"
        for r in rows
    ]
    return "\n".join(
        [
            "# A small network in the place of the ensemble",
            "",
            "Made by `python -m benchmarks.distillation`: AUC on a third of the rows that was held out; the student's file",
            "and its time to predict 20,000 rows as shares of the ensemble's; seconds to distil.",
            "",
            head,
            "| --- |" + " ---: |" * 9,
            *lines,
            "",
            f"Together the students keep {kept.sum() / gain.sum():.1%} of what the ensembles gain in AUC over a logistic "
            f"regression (without made rows {plain.sum() / gain.sum():.1%}); the mean difference in AUC to the ensemble is "
            f"{(frame['student'] - frame['ensemble']).mean():+.4f}. Medians: file 1/{frame['file'].median():.0f}, "
            f"time 1/{frame['time'].median():.0f}.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="Parquet files with a column `target` of 0 and 1")
    parser.add_argument("--only", help="names of tables, joined by commas")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for name, x, y in tables(asked.folder):
        if asked.only is None or name in asked.only.split(","):
            rows.append(measured(name, x, y))
            print(rows[-1], flush=True)
    (Path(__file__).parent / "DISTILLATION.md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
