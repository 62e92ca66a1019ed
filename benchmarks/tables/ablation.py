"""`python -m benchmarks.tables.ablation [--splits 2]`: what each ingredient of the ensemble buys, on the development half.

Every variant is the ensemble with one thing taken away or put in its place, fitted anew on the same splits. Written are
`benchmarks/ablation.parquet` and `benchmarks/ABLATION.md`. A result is reused as long as
`NUMBERS` in `methods.py` stays the same.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy.stats import t as student

from benchmarks.results import processor
from benchmarks.tables.catalogue import TABLES, load
from benchmarks.tables.measure import scores
from benchmarks.tables.methods import ROOT, numbers_key
from benchmarks.tables.report import grid
from benchmarks.tables.splits import DEVELOPMENT, halves, repeats, split
from separatrix import SeparatrixClassifier
from separatrix.estimators._blending import Blend
from separatrix.estimators._cross_fitting import CrossFitting
from separatrix.estimators.base_models import BASE_MODELS, BaseModel

PARQUET, PAGE = ROOT / "benchmarks" / "ablation.parquet", ROOT / "benchmarks" / "ABLATION.md"
WHOLE = "the ensemble as it is"


@dataclass(frozen=True)
class Variant:
    """The ensemble with something else about it.

    Attributes:
        words: what, for the page.
        base_models: those that it has.
        settings: of the estimator.
        replaced: names in the package -> what stands there meanwhile.
    """

    words: str
    base_models: dict[str, BaseModel] = field(default_factory=lambda: dict(BASE_MODELS))
    settings: dict[str, Any] = field(default_factory=dict)
    replaced: dict[str, Any] = field(default_factory=dict)


def _without(*names: str) -> dict[str, BaseModel]:
    return {name: base_model for name, base_model in BASE_MODELS.items() if name not in names}


def _changed(**changes: Any) -> dict[str, BaseModel]:
    """All kinds that have hidden layers with these attributes; those named "linear" stay as they are."""
    return {name: replace(each, **changes) if each.hidden else each for name, each in BASE_MODELS.items()}


def _last(self: CrossFitting, out_of_fold: Any, count: int) -> tuple[int, np.ndarray]:
    return count - 1, best_of(self, out_of_fold, count)[1]


best_of = CrossFitting._best


def _alike(logits: np.ndarray, *_others: object) -> Blend:
    return Blend(np.full(logits.shape[1], 1 / logits.shape[1]), 0.0)


VARIANTS: tuple[Variant, ...] = (
    Variant(WHOLE),
    *(Variant(f"without the kind {name!r}", _without(name)) for name in BASE_MODELS),
    *(Variant(f"the kind {name!r} alone", _without(*(set(BASE_MODELS) - {name}))) for name in BASE_MODELS),
    Variant("numbers as themselves, no pieces", _changed(encoding="robust")),
    Variant("half as many pieces", replaced={"separatrix.estimators.base_models.PIECES": 8}),
    Variant("no weight decay", _changed(weight_decay=0.0)),
    Variant("PyTorch's initialisation in all kinds", _changed(init="torch")),
    Variant("no warming up of the rate", _changed(schedule="cosine")),
    Variant(
        "trained to the end, no moment chosen",
        replaced={"separatrix.estimators._cross_fitting.CrossFitting._best": _last},
    ),
    Variant("all members try all moments", replaced={"separatrix.estimators._cross_fitting.PATIENCE": 100}),
    Variant("every kind counts alike", replaced={"separatrix.estimators._ensemble_training.blend": _alike}),
    Variant(
        "labels not softened",
        replaced={"separatrix.estimators._blending.softened": lambda y, share: y.astype(np.float64)},
    ),
    Variant("no hold on the weights", replaced={"separatrix.estimators._blending.EQUALITY": 1e-6}),
    *(Variant(f"n_members={n}", settings={"n_members": n}) for n in (1, 2, 10)),
)


def fitted(variant: Variant, frame: pd.DataFrame, y: np.ndarray, train: np.ndarray, test: np.ndarray, seed: int) -> Any:
    """Scores and seconds of one variant on one split."""
    model = SeparatrixClassifier(random_state=seed, **variant.settings)
    inside, outside = (frame.iloc[rows].reset_index(drop=True) for rows in (train, test))
    with ExitStack() as stack:
        stack.enter_context(patch("separatrix.estimators._ensemble_training.BASE_MODELS", variant.base_models))
        for place, value in variant.replaced.items():
            stack.enter_context(patch(place, value))
        began = time.process_time()
        model.fit(inside, y[train])
        seconds = time.process_time() - began
    found = scores(y[test], model.predict_proba(outside)[:, 1])
    return {"log_loss": found["log_loss"], "auc": found["auc"], "seconds": seconds}


def run(splits: int, tables: list[str]) -> pd.DataFrame:
    """All rows, those that are missing measured now; saved after every table."""
    key = numbers_key()
    known = pd.read_parquet(PARQUET) if PARQUET.exists() else pd.DataFrame()
    rows = known.to_dict("records") if len(known) else []
    there = {(row["variant"], row["table"], row["split"]) for row in rows if row["key"] == key}
    rows = [row for row in rows if row["key"] == key]
    for source in (each for each in TABLES if each.name in tables):
        frame, y = load(source)
        for repeat in range(min(splits, repeats(len(y)))):
            train, test = split(y, repeat)
            missing = [each for each in VARIANTS if (each.words, source.name, repeat) not in there]
            for variant in missing:
                place = {"variant": variant.words, "table": source.name, "split": repeat, "key": key}
                rows.append(place | fitted(variant, frame, y, train, test, repeat))
                print(f"{variant.words:42s} {source.name:18s} {repeat}  {rows[-1]['log_loss']:.4f}", flush=True)
            if missing:
                pd.DataFrame(rows).to_parquet(PARQUET, index=False, compression="zstd")
    return pd.DataFrame(rows)


def page(rows: pd.DataFrame) -> str:
    """The page: what each variant costs against the whole, with intervals over tables."""
    prior = _prior_losses(sorted(rows["table"].unique()))
    means = {name: rows.pivot_table(name, "table", "variant", "mean") for name in ("log_loss", "auc", "seconds")}
    share = means["log_loss"].div(pd.Series(prior), axis=0) * 100
    lines = []
    for variant in VARIANTS[1:]:
        worse = share[variant.words] - share[WHOLE]
        ranks = (means["auc"][variant.words] - means["auc"][WHOLE]) * 100
        both = means["log_loss"][[variant.words, WHOLE]]
        wins = int((both[variant.words] > both[WHOLE]).sum())
        seconds = np.exp(np.log(means["seconds"][variant.words] / means["seconds"][WHOLE]).mean())
        lines.append((variant.words, _told(worse), f"{wins} of {len(worse)}", _told(ranks), f"{seconds:.2f}"))
    whole = share[WHOLE].mean()
    counted = rows.groupby("table")["split"].nunique()
    splits = f"{counted.min()}" if counted.min() == counted.max() else f"{counted.min()} to {counted.max()}"
    return (
        "\n\n".join(
            [
                "# What each ingredient buys",
                f"Made by `python -m benchmarks.tables.ablation` on the {len(prior)} tables of the development half "
                f"(splits of each: {splits}), on {processor()}. Each line is the ensemble with one thing "
                "taken away or replaced, everything else as it is; the difference to the whole is a mean over tables with its "
                "95% interval. Log loss is in hundredths of what the class prior alone reaches on the table, so that every "
                f"table counts alike: the whole reaches {whole:.2f}. A positive number says that the ingredient helps; AUC is in "
                "hundredths, where a negative number says so. Seconds are the processor's, as a ratio to the whole.",
                grid(["variant", "log loss", "worse on", "AUC", "seconds"], lines),
            ]
        )
        + "\n"
    )


def _prior_losses(tables: list[str]) -> dict[str, float]:
    found = {}
    for source in (each for each in TABLES if each.name in tables):
        share = float(load(source)[1].mean())
        found[source.name] = float(-share * np.log(share) - (1 - share) * np.log1p(-share))
    return found


def _told(differences: pd.Series) -> str:
    half = float(student.ppf(0.975, len(differences) - 1) * differences.sem())
    return f"{differences.mean():+.2f} (± {half:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=2, help="so many of each table at most")
    parser.add_argument("--tables", default="", help="only these, with commas between")
    asked = parser.parse_args()
    half = halves()
    names = asked.tables.split(",") if asked.tables else [name for name in half if half[name] == DEVELOPMENT]
    PAGE.write_text(page(run(asked.splits, names)), encoding="utf-8")


if __name__ == "__main__":
    main()
