"""`python -m benchmarks.table_panel -o FILE.json [--against FILE.json]`: processor seconds and log loss over a panel of tables.

Run it in the checkouts of two commits, the second time with `--against` the first one's file: it prints the seconds and the
log loss of every table before and after, the ratios' geometric means and the change of the mean log loss. One thread, fit and
prediction in this process after a small fit that loads and compiles. With `--folder` the tables are NAME.parquet files
with a column `target`; without it they are read from the packages that `make bench-tables` installs.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.tables.measure import scores, warm_up
from benchmarks.tables.splits import split

# small to large, of numbers, categories and both, with and without gaps; half of them of the half that is never tuned on
PANEL = (
    "titanic", "german", "pima", "vehicle1", "wdbc", "phoneme", "banana", "page_blocks0", "hypothyroid", "marketing", "spambase",
    "fertil2", "nursery", "magic",
)  # fmt: skip  # a list of names


def table(name: str, folder: Path | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Features and labels 0 and 1 of a table."""
    if folder is None:
        from benchmarks.tables.catalogue import TABLES, load

        return load(next(source for source in TABLES if source.name == name))
    frame = pd.read_parquet(folder / f"{name}.parquet")
    return frame, frame.pop("target").to_numpy()


def measured(name: str, repeat: int, folder: Path | None) -> dict[str, Any]:
    """The processor seconds of a fit, and the log loss of the other rows."""
    from separatrix import SeparatrixClassifier

    frame, y = table(name, folder)
    train, test = split(y, repeat)
    before = time.process_time()
    model = SeparatrixClassifier(random_state=repeat, n_jobs=1).fit(frame.iloc[train].reset_index(drop=True), y[train])
    seconds = time.process_time() - before
    found = scores(y[test], model.predict_proba(frame.iloc[test].reset_index(drop=True))[:, 1])
    return {"table": name, "split": repeat, "seconds": seconds, "log_loss": found["log_loss"], "auc": found["auc"]}


def compared(records: list[dict[str, Any]], others: list[dict[str, Any]]) -> str:
    """Lines that compare fits with those of another commit, as far as both have them."""
    before = {(record["table"], record["split"]): record for record in others}
    pairs = [(record, before[key]) for record in records if (key := (record["table"], record["split"])) in before]
    lines = [
        f"{new['table']:>16} {new['split']}: seconds {old['seconds']:.2f} -> {new['seconds']:.2f}, "
        f"log loss {old['log_loss']:.5f} -> {new['log_loss']:.5f}"
        for new, old in pairs
    ]
    seconds, losses = (
        np.array([[pair[k][what] for k in (0, 1)] for pair in pairs]) for what in ("seconds", "log_loss")
    )
    total = seconds[:, 0].sum() / seconds[:, 1].sum()
    better, worse = (losses[:, 0] < losses[:, 1]).sum(), (losses[:, 0] > losses[:, 1]).sum()
    mean = losses[:, 0].mean() / losses[:, 1].mean() - 1
    lines += [
        f"{len(pairs)} fits: seconds times {_geometric(seconds):.3f} in the geometric mean, {total:.3f} in all;",
        f"mean log loss {mean:+.3%}, geometric mean {_geometric(losses) - 1:+.3%}, better on {better}, worse on {worse}",
    ]
    return "\n".join(lines)


def _geometric(pairs: np.ndarray) -> float:
    return float(np.exp(np.log(pairs[:, 0] / pairs[:, 1]).mean()))


def main() -> None:
    """Measure, write and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_panel", description=__doc__)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--against", type=Path, help="the file of another commit")
    parser.add_argument("--folder", type=Path, help="of NAME.parquet files, instead of the installed packages")
    parser.add_argument("--tables", default=",".join(PANEL), help="names, with commas between")
    parser.add_argument("--splits", default="0,1", help="numbers of splits, with commas between")
    options = parser.parse_args()
    from separatrix import SeparatrixClassifier

    warnings.simplefilter("ignore")  # of columns that are left out
    SeparatrixClassifier(n_jobs=1).fit(*warm_up())
    records = []
    for name in options.tables.split(","):
        for repeat in map(int, options.splits.split(",")):
            records.append(measured(name, repeat, options.folder))
            options.out.write_text(json.dumps(records, indent=1))
    print(
        json.dumps(records) if options.against is None else compared(records, json.loads(options.against.read_text()))
    )


if __name__ == "__main__":
    main()
