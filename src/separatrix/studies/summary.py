"""The summary of a study in plain sentences, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.pairs import holm
from separatrix.evaluation.statistics.shares import percent, span
from separatrix.evaluation.statistics.stopping import coverage
from separatrix.studies.comparisons import (
    OF_BORDERS,
    Comparison,
    ResultTable,
    compare,
    events_of,
    growth_of,
    in_words,
    survival_of,
    trend_of,
    variance_of,
)

if TYPE_CHECKING:
    import polars

MOST_LINES = 40  # conditions that get a line of their own
MOST_VALUES = 12  # values of a column up to which they are compared with one another
# fewer than for a single comparison, since a summary has many; (B + 1) · 2.5% is whole all the same
RESAMPLES = 1_999
UNSOLVED = {"stuck": "stuck", "stopped": "still learning", "diverged": "diverged", "failed": "failed"}
GROWS = ("width", "depth")
MEASURES = {  # measures of the border that are no counts
    "length": "length of the border",
    "margin": "smallest distance of a point from the border",
    "exact_accuracy": "exact accuracy",
    "hausdorff": "Hausdorff distance from the circle",
    "area_distance": "area between border and circle",
}
FIXED = {
    "data": " Every run starts from the same parameters (seed {seed}): the shares are about them alone.",
    "initial": " Every run has the same points (seed {seed}): the shares are about them alone.",
}


class SummaryTable(ResultTable, Protocol):
    """The part of `Results` that a summary needs."""

    def shares(self) -> polars.DataFrame:
        """The shares of each condition and checkpoint."""
        ...


def summarise(results: SummaryTable, complete: bool) -> str:
    """The summary, with each sentence on a line of its own."""
    shares = results.shares()
    if shares.is_empty():
        return "Nothing is finished yet."
    parts = [
        [_head(results, shares, complete)],
        list(_shares(results, shares)),
        list(_comparisons(results)),
        list(_growth(results)),
        list(_survival(results)),
        list(_variance(results)),
        list(_honesty(results)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(results: SummaryTable, shares: polars.DataFrame, complete: bool) -> str:
    study = results.study
    # one checkpoint: every run has a row at each of them
    last = shares.filter(shares["epoch"] == study.checkpoints[-1])
    runs = int(last["runs"].sum())
    unsolved = ", ".join(f"{int(last[name].sum()):,} {words}" for name, words in UNSOLVED.items())
    state = "" if complete else " so far; the study isn't finished"
    return (
        f"{runs:,} runs of {len(study.conditions):,} condition{'s' * (len(study.conditions) > 1)}, up to "
        f"{study.checkpoints[-1]:,} epochs{state}. A run is solved when every training row is on the right side. "
        f"Counted as not solved: {unsolved}.{FIXED.get(study.vary, '').format(seed=study.fixed_seed)}"
    )


def _shares(results: SummaryTable, shares: polars.DataFrame) -> Iterator[str]:
    """One line for each condition: its share at every checkpoint, and the gap between training and test accuracy."""
    names = results.varying
    for number, (_, rows) in enumerate(shares.group_by("condition", maintain_order=True)):
        if number == MOST_LINES:
            yield f"… and {len(results.study.conditions) - MOST_LINES:,} more conditions; shares() has them all."
            return
        first = rows.row(0, named=True)
        label = in_words({name: first[name] for name in names}) or results.study.conditions[0].text
        shares_text = "; ".join(
            f"{row['epoch']:,} epochs {percent(row['share'])} ({span(row['low'], row['high'])})"
            for row in rows.iter_rows(named=True)
        )
        last = rows.row(-1, named=True)
        gap = last["gap"]
        test = (
            "" if gap is None else (f" Median test accuracy {percent(last['test_accuracy'])}, {_behind(gap)} training.")
        )
        yield f"{label}: solved after {shares_text} of {last['runs']:,} runs.{test}"


def _behind(gap: float) -> str:
    """The gap between training and test accuracy in words.

    >>> _behind(0.0512), _behind(-0.003)
    ('5.1 points behind', '0.3 points ahead of')
    """
    # rounded before its sign is read: -0.0004 is 0.0 points behind, not ahead of
    return f"{abs(100 * gap):.1f} points {'behind' if round(100 * gap, 1) >= 0 else 'ahead of'}"


def _comparisons(results: SummaryTable) -> Iterator[str]:
    """Comparisons of neighbouring numbers, and of other values with the first one; p-values by Holm's method."""
    comparisons: list[Comparison] = []
    for name in results.varying:
        values = results.conditions[name].unique(maintain_order=True).to_list()
        # numbers are compared with their neighbours, names with the first one
        if None not in values and not isinstance(values[0], str):
            pairs = list(pairwise(sorted(values)))
        else:
            pairs = [(values[0], value) for value in values[1:]]
        # comparing very many values would cost their p-values any power after the adjustment
        for first, second in pairs if len(values) <= MOST_VALUES else []:
            try:
                comparisons.append(compare(results, {name: first}, {name: second}, resamples=RESAMPLES))
            except InvalidParameter:  # the conditions are no full grid in this column, so there are no pairs
                continue
    # Holm (1979): the error rate holds for all comparisons together
    adjusted = holm([comparison.solved.p_value for comparison in comparisons])
    if len(comparisons) > 1:
        yield f"{len(comparisons)} comparisons on common seeds; p-values are adjusted for their number (Holm):"
    for comparison, p_value in zip(comparisons, adjusted, strict=True):
        yield _capital(comparison.sentence(p_value))


def _growth(results: SummaryTable) -> Iterator[str]:
    """How the shares of solved runs and of closed borders, and the border's measures, change with width and depth."""
    for name in GROWS:
        if name in results.varying:
            one = f"one more {'unit of width' if name == 'width' else 'layer'}"
            for event in events_of(results):
                try:
                    yield growth_of(results, name, event=event).sentence(one)
                except InvalidParameter as error:
                    # the message without the name of a function that the reader never called
                    yield f"No slope is fitted for {name}: {str(error).partition(': ')[2]}"
            yield from _trends(results, name, one) if results.study.borders else ()


def _trends(results: SummaryTable, name: str, one: str) -> Iterator[str]:
    """A line for each measure of the border that has numbers; "closed" is a share, with a slope of its own."""
    for measure in OF_BORDERS:
        if measure == "closed":
            continue
        try:
            line = trend_of(results, measure, name)
        except (
            InvalidParameter
        ):  # too few runs have this measure, such as the distance from a circle for other samplers
            continue
        words = MEASURES.get(measure, f"number of {measure}")
        yield line.sentence(words, one, is_share=measure == "exact_accuracy")


def _survival(results: SummaryTable) -> Iterator[str]:
    """The epochs until a run is solved, for each condition."""
    names = results.varying
    yield "When runs were solved for the first time (some lose a row again, and aren't solved at a later checkpoint):"
    for row in results.conditions.head(MOST_LINES).iter_rows(named=True):
        where = {name: row[name] for name in names}
        yield survival_of(results, condition=row["condition"]).sentence(
            f"runs{' with ' + in_words(where) if where else ''}"
        )


def _variance(results: SummaryTable) -> Iterator[str]:
    if results.study.vary != "crossed":
        return
    for condition in results.study.conditions:
        try:
            sentence = variance_of(results, condition=condition.index).sentence()
        except InvalidParameter as error:
            sentence = f"The variance isn't split: {str(error).partition(': ')[2]}"
        yield f"{condition.text}: {sentence}"


def _honesty(results: SummaryTable) -> Iterator[str]:
    """The effect of stopping early on the coverage of the intervals."""
    until, study = results.study.until, results.study
    if until is None:
        return
    # coverage depends on the unknown share, so the worst of several is stated
    worst = min(coverage(until, min(study.n_replicates, 20_000), p / 100)[0] for p in (1, 2, 5, 10, 25, 50))
    yield (
        f"Seeds were run until every interval was at most ± {percent(until.half_width)} wide. Stopping at a look makes "
        f"{until.level * 100:g}% intervals hold a little less often than they say: in at least {percent(worst)} of "
        "studies for shares of 1 to 99% (exact, for one condition)."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
