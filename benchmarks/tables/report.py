"""benchmarks/TABLES.md: everything that may be said of the results, and the scores themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from benchmarks.tables import picture
from benchmarks.tables.catalogue import TABLES
from benchmarks.tables.methods import BY_NAME, METHODS
from benchmarks.tables.ranks import METRICS, Duel, calibration_error, costs, coverages, duels, mean_ranks, worse_than
from benchmarks.tables.running import TIMED
from benchmarks.tables.splits import DEVELOPMENT, FINAL, halves
from benchmarks.tables.store import Store
from separatrix.evaluation.statistics.pairs import p_words

OURS = ("SeparatrixClassifier", "MLPBinaryClassifier")  # the first of which there are results
PRIOR, SLOW = "class prior", "RealMLP-TD"
HALVES = {"all tables": (DEVELOPMENT, FINAL), "development half": (DEVELOPMENT,), "final half": (FINAL,)}


def write(store: Store) -> None:
    """The page and its pictures, from the results that are known.

    Raises:
        SystemExit: there is nothing to compare yet.
    """
    page, rows = store.folder / "TABLES.md", store.known()
    scores, times = rows[rows["purpose"] == "scores"], rows[rows["purpose"] == "times"]
    scores = _in_order(scores[scores["method"].isin(BY_NAME)])
    ours = next((name for name in OURS if name in set(scores["method"])), None)
    held = [(methods, part) for methods, part in coverages(scores) if ours in methods]
    if ours is None or not held:
        raise SystemExit("expected results of ours and of a peer on the same splits; run `make bench-tables`")
    parts = [_head(rows), _tables(), _methods(scores)]
    parts += [_comparison(part, methods, ours, store.folder, k) for k, (methods, part) in enumerate(held)]
    parts += [_shuffled(rows[(rows["purpose"] == "shuffled") & (rows["method"] == ours)], ours)]
    parts += [_times(times, ours), _effort(scores), _failures(scores), _all_scores(scores)]
    page.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _in_order(scores: pd.DataFrame) -> pd.DataFrame:
    order = [method.name for method in METHODS]
    return scores.sort_values("method", key=lambda names: names.map(order.index), kind="stable")


def grid(head: Sequence[str], lines: Sequence[Sequence[object]], words: int = 1) -> str:
    """A Markdown table; the first `words` columns are words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [head, rule, *lines])


def _head(rows: pd.DataFrame) -> str:
    days = sorted(rows["date"].str[:10])
    machines = sorted({f"{row.processor}, {row.cores} cores" for row in rows.itertuples()})
    return "\n".join(
        [
            "# Real tables",
            "",
            "Made by `make bench-tables` from `benchmarks/tables.parquet`, which holds each fit's scores, versions and date.",
            f"{len(TABLES)} two-class tables that PyPI packages ship; every method on the same splits, 75% to train on and",
            "25% to score, both with the classes' shares; at most 5 splits of a table of up to 2,000 rows, 3 up to",
            "10,000, else 2, and as many as the headings say were made.",
            "Split k and every method on it have the seed k. A table's score is the mean over its splits. Probabilities are",
            "clipped at 1e-7 in the log loss. A failed fit is the last on its table.",
            "",
            f"Machine: {'; '.join(machines)}. Fitted from {days[0]} to {days[-1]}.",
        ]
    )


def _tables() -> str:
    half = halves()
    lines = [
        (
            each.name, half[each.name], f"`{each.package}/{each.path}`", f"{each.rows:,}",
            f"{100 * each.positives / each.rows:.1f}", "yes" if each.categories else "", "yes" if each.missing else "",
        )
        for each in TABLES
    ]  # fmt: skip
    head = ("table", "half", "file", "rows", "class 1, %", "categories", "missing cells")
    said = (
        "## Tables\n\nThe halves follow from a rule that was fixed before anything was fitted (`benchmarks/tables/splits.py`); "
        "what is tuned is tuned on the development half. Licences are the packages'; no table is copied here.\n\n"
    )
    return said + grid(head, lines, 3)


def _methods(scores: pd.DataFrame) -> str:
    used = scores.groupby("method")["versions"].unique()
    lines = [
        (method.name, "; ".join(sorted(used[method.name])), method.says)
        for method in METHODS
        if method.name in used.index
    ]
    return "## Methods\n\n" + grid(("method", "versions", "settings"), lines, 3)


def _comparison(scores: pd.DataFrame, methods: list[str], ours: str, folder: Path, number: int) -> str:
    count = scores.groupby("table")["split"].nunique()
    title = f"{len(methods)} methods on {count.sum()} splits of {len(count)} tables"
    said = [f"## {title}", ""]
    if left_out := [method.name for method in METHODS if method.name not in methods]:
        said += [f"Not run on all of them: {', '.join(left_out)}.", ""]
    for name, wanted in HALVES.items():
        part = scores[scores["half"].isin(wanted)]
        if part.empty:
            continue
        cost = {metric: costs(part, methods, metric) for metric in METRICS}
        said += [f"### {name.capitalize()}, {len(methods)} methods", ""]
        said += [f"Mean ranks over {len(cost['auc'])} tables, 1 is best:", "", _rank_grid(cost, ours), ""]
        said += [_duel_grid(metric, cost[metric], methods, ours) for metric in ("log_loss", "auc")]
        if PRIOR in methods:
            said += [_prior(cost["log_loss"], ours), ""]
        if name == next(iter(HALVES)):
            said += [_pictures({m: cost[m] for m in ("log_loss", "auc")}, part, methods, ours, folder, number), ""]
    return "\n".join(said).rstrip()


def _rank_grid(cost: dict[str, pd.DataFrame], ours: str) -> str:
    ranks = pd.DataFrame({metric: mean_ranks(each) for metric, each in cost.items()}).sort_values(
        "log_loss", kind="stable"
    )
    lines = [
        (_bold(name, ours), *(f"{rank:.2f}" for rank in line))
        for name, line in zip(ranks.index, ranks.values, strict=True)
    ]
    return grid(("method", *METRICS.values()), lines)


def _bold(name: str, ours: str) -> str:
    return f"**{name}**" if name == ours else name


def _duel_grid(metric: str, cost: pd.DataFrame, methods: Sequence[str], ours: str) -> str:
    held = duels(cost, [(ours, other) for other in methods if other != ours])
    lines = [_duel_line(metric, duel) for duel in held]
    head = ("against", "better", "equal", "worse", "median difference", "p", "p, Holm")
    return f"{ours} in {METRICS[metric]}, by table; Wilcoxon's signed-rank test:\n\n{grid(head, lines)}\n"


def _duel_line(metric: str, duel: Duel) -> tuple[object, ...]:
    median = duel.median if metric == "log_loss" else -duel.median  # costs are turned so that less is better
    p = [p_words(value).removeprefix("= ") for value in (duel.p, duel.adjusted)]
    return (duel.second, duel.wins, duel.ties, duel.losses, f"{median:+.4f}", *p)


def _prior(cost: pd.DataFrame, ours: str) -> str:
    counts = {name: worse_than(cost, name, PRIOR) for name in cost if name != PRIOR}
    said = [f"{name} {len(tables)}" for name, tables in counts.items()]
    listed = ", ".join(counts[ours]) or "none"
    return f"Tables on which the log loss is worse than the class prior's: {', '.join(said)}. {ours}'s: {listed}."


def _pictures(
    cost: dict[str, pd.DataFrame], scores: pd.DataFrame, methods: list[str], ours: str, folder: Path, number: int
) -> str:
    ranked, forecast = (folder / f"tables-{kind}-{number + 1}.png" for kind in ("ranks", "calibration"))
    picture.critical_differences(cost, ours, ranked)
    picture.calibration(scores, methods, ours, forecast)
    fine = scores[scores["status"] == "ok"]
    lines = [
        (_bold(name, ours), f"{100 * calibration_error(part):.2f}") for name, part in fine.groupby("method", sort=False)
    ]
    return (
        f"![Mean ranks; a bar joins methods that no test tells apart]({ranked.name})\n\n"
        "A bar joins neighbours of which no pair differs at 5% (Wilcoxon's signed-rank test of each pair, Holm).\n\n"
        f"![Forecasts beside what came]({forecast.name})\n\n"
        "Mean distance of forecast and share, in points, over ten bins of all tables and splits:\n\n"
        + grid(("method", "distance, %"), lines)
    )


def _shuffled(rows: pd.DataFrame, ours: str) -> str:
    """Nothing can be learned from classes dealt out anew; the interval is Student's, over tables."""
    auc = rows.loc[rows["status"] == "ok", "auc"]
    if len(auc) < 2:
        return ""
    half = float(student.ppf(0.975, len(auc) - 1) * auc.std() / np.sqrt(len(auc)))
    low, high = auc.mean() - half, auc.mean() + half
    verdict = (
        "which contains 0.5: nothing leaks" if low <= 0.5 <= high else "**which doesn't contain 0.5: something leaks**"
    )
    return (
        f"## Classes dealt out anew\n\n{ours} on the first split of {len(auc)} tables whose classes were dealt out anew over "
        f"the rows: mean AUC {auc.mean():.3f}, 95% interval {low:.3f} to {high:.3f}, {verdict}."
    )


def _times(times: pd.DataFrame, ours: str) -> str:
    """Seconds of the tables that are timed alone, and the ratio to the slowest network."""
    fine = times[times["status"] == "ok"]
    fit = (
        fine.pivot_table("fit_seconds", "table", "method", "mean")
        .reindex(columns=[m.name for m in METHODS])
        .dropna(axis=1, how="all")
    )
    if fit.empty or ours not in fit:
        return ""
    fit = fit.loc[[name for name in TIMED if name in fit.index]]
    lines = [(name, *(_seconds(value) for value in line)) for name, line in zip(fit.index, fit.values, strict=True)]
    lines.append(("geometric mean", *(_seconds(np.exp(np.log(fit[name]).mean())) for name in fit)))
    if SLOW in fit:
        ratios = [np.exp(np.log(fit[SLOW] / fit[name]).mean()) for name in fit]
        lines.append((f"{SLOW} takes as much, times", *(f"{ratio:.3g}" for ratio in ratios)))
    memory = fine.pivot_table("memory", "table", "method", "max").reindex(index=fit.index, columns=fit.columns)
    held = [(name, *(f"{mib:.0f}" for mib in line)) for name, line in zip(memory.index, memory.values, strict=True)]
    threads = "/".join(str(each) for each in sorted(fine["threads"].unique()))
    return (
        f"## Time and memory\n\nOne split of {len(fit)} tables, timed with {threads} threads and nothing else on the machine "
        "(`python -m benchmarks.tables times`), after a small fit that loads and compiles. Seconds of `fit`; means are over "
        f"the tables that both were fitted on:\n\n{grid(('table', *fit), lines)}\n\n"
        f"MiB that fit and predict added at their peak:\n\n{grid(('table', *memory), held)}"
    )


def _seconds(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _effort(scores: pd.DataFrame) -> str:
    """What all fits took; the machine did other work meanwhile, so processor seconds."""
    fine = scores[scores["status"] == "ok"].groupby("method", sort=False)
    lines = [
        (
            name, len(part), _seconds(part["fit_processor_seconds"].median()), _seconds(part["fit_processor_seconds"].max()),
            f"{1000 * part['predict_seconds'].median():.0f}", f"{part['memory'].max():.0f}",
        )
        for name, part in fine
    ]  # fmt: skip
    return (
        "### All fits\n\nThese ran while the machine did other work, so their seconds are the processor's, and only orders of "
        "magnitude:\n\n"
        + grid(("method", "fits", "fit, median, s", "longest, s", "predict, median, ms", "most memory, MiB"), lines)
    )


def _failures(scores: pd.DataFrame) -> str:
    bad = scores[scores["status"] != "ok"]
    lines = [f"- {row.method}, {row.table}, split {row.split}: {row.status}" for row in bad.itertuples()]
    return "## Failed fits\n\n" + ("\n".join(lines) if lines else "None.")


def _all_scores(scores: pd.DataFrame) -> str:
    said = ["## Every table", "", "Means over the splits that a method was run on; the best of a line is bold.", ""]
    for metric in ("log_loss", "auc"):
        mean = scores[scores["status"] == "ok"].pivot_table(metric, "table", "method", "mean")
        mean = mean.reindex(columns=[m.name for m in METHODS if m.name in mean])
        best = mean.min(axis=1) if metric == "log_loss" else mean.max(axis=1)
        lines = [
            (name, *(_score(value, best[name]) for value in line))
            for name, line in zip(mean.index, mean.values, strict=True)
        ]
        said += [f"### {METRICS[metric]}", "", grid(("table", *mean), lines), ""]
    return "\n".join(said).rstrip()


def _score(value: float, best: float) -> str:
    if np.isnan(value):
        return ""
    said = f"{value:.4f}"
    return f"**{said}**" if said == f"{best:.4f}" else said
