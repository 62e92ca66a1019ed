"""Comparisons within a study: two conditions on the same seeds, survival, growth, variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.growth import Growth, Trend, growth, trend
from separatrix.evaluation.statistics.pairs import RESAMPLES, Difference, Paired, bootstrap_difference, mcnemar
from separatrix.evaluation.statistics.survival import Survival, survival
from separatrix.evaluation.statistics.variance import VarianceSplit, variance_split
from separatrix.studies._borders import COUNTS, NUMBERS
from separatrix.studies.plan import Study
from separatrix.support.constraints import Choice, check, nearest
from separatrix.training.many import FAILED
from separatrix.training.run import Status

if TYPE_CHECKING:
    import polars

FEWER = 1_999  # resamples of one mean: a picture may need hundreds of means
MEASURED = ("accuracy", "test_accuracy", "loss")
OF_BORDERS = (*COUNTS, "closed", *NUMBERS)
NAMES = {"loss_name": "loss", "batch_size": "batch size", "lr": "learning rate", "n": "points"}
PARTS = {  # column -> the columns that together say the same
    "point": ("sampler", "n", "noise"),
    "network": ("width", "depth", "activation", "init"),
    "recipe": ("loss_name", "optimizer", "lr", "batch_size"),
}


class ResultTable(Protocol):
    """The part of `Results` that comparisons need."""

    @property
    def study(self) -> Study:
        """The description of the study."""
        ...

    @property
    def conditions(self) -> polars.DataFrame:
        """One row for each condition, with the columns that describe it."""
        ...

    @property
    def varying(self) -> tuple[str, ...]:
        """The columns in which the conditions differ."""
        ...

    def rows(self, epoch: int | None = None, **where: Any) -> polars.LazyFrame:
        """The rows of a checkpoint with these values."""
        ...


@dataclass(frozen=True)
class Comparison:
    """Two conditions, or two sets of conditions, on common seeds at one checkpoint.

    Attributes:
        first: the first condition in words.
        second: the second condition in words.
        epoch: the checkpoint.
        solved: the shares of solved runs.
        accuracy: mean difference of the training accuracy, or None without numbers.
        test_accuracy: of the test accuracy, likewise.
        loss: of the loss, likewise; None where the two minimise different losses.
    """

    first: str
    second: str
    epoch: int
    solved: Paired
    accuracy: Difference | None
    test_accuracy: Difference | None
    loss: Difference | None

    def sentence(self, p_value: float | None = None) -> str:
        """The comparison in words. `p_value` replaces the test's own, for example by one adjusted for many comparisons."""
        parts = [f"After {self.epoch:,} epochs " + self.solved.sentence(self.first, self.second, p_value=p_value)]
        if self.test_accuracy is not None:
            sentence = self.test_accuracy.sentence(self.first, self.second, "test accuracy")
            parts.append(sentence[0].upper() + sentence[1:])
        return " ".join(parts)


def in_words(where: dict[str, Any]) -> str:
    """Values of columns in words.

    >>> in_words({"width": 3, "loss_name": "bce", "batch_size": None})
    'width 3, loss bce, batch size all'
    """
    return ", ".join(f"{NAMES.get(name, name)} {'all' if value is None else value}" for name, value in where.items())


def compare(
    table: ResultTable,
    first: dict[str, Any],
    second: dict[str, Any],
    epoch: int | None = None,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare the runs that `first` and `second` select, seed by seed.

    Where other columns vary, runs are paired that agree in them. Pairs of the same seed count as one, because they aren't
    independent.

    Args:
        table: the results.
        first: column -> value.
        second: column -> value.
        epoch: the checkpoint. Defaults to the last one.
        resamples: number of bootstrap resamples.

    Raises:
        InvalidParameter: a column or value is unknown, the two have no runs in common, or one of them selects several
            conditions for one of the other.
    """
    import polars

    cells = len(table.study.conditions)
    # a selected point or network also fixes its parts, which then may differ between the sides
    selected = {*first, *second} | {part for name in (*first, *second) for part in PARTS.get(name, ())}
    # pairs agree in the seed and in all columns that neither side fixes
    keys = ["place", *(name for name in table.varying if name not in selected and "condition" not in selected)]
    sides = [
        table.rows(epoch, **where)
        .with_columns((polars.col("run") // cells).alias("place"))
        # loss_name under another name: it may be one of the keys
        .select(*keys, "solved", polars.col("loss_name").alias("minimised"), *MEASURED)
        .collect()
        for where in (first, second)
    ]
    for side, where in zip(sides, (first, second), strict=True):
        # two rows of one side for the same key would be paired arbitrarily
        if side.select(keys).is_duplicated().any():
            raise InvalidParameter(
                f"compare: {in_words(where)} stands for several conditions that can't be told apart."
            )
    # nulls are equal: a batch size of None is a value like any other
    both = sides[0].join(sides[1], on=keys, suffix="_2", nulls_equal=True).sort(keys)
    if both.is_empty():
        raise InvalidParameter(
            f"compare: {in_words(first)} and {in_words(second)} have no runs in common; "
            f"they must agree in {', '.join(keys[1:]) or 'their seeds'}."
        )
    differences: dict[str, Difference | None] = dict.fromkeys(MEASURED)
    seeds = both["place"].n_unique()
    for name in MEASURED:
        # one mean for each seed: its pairs are not independent, so they count as one
        pairs = both.select("place", name, f"{name}_2").drop_nulls().group_by("place", maintain_order=True).mean()
        a, b = pairs[name].to_numpy(), pairs[f"{name}_2"].to_numpy()
        # the values of two different losses have no common scale
        comparable = name != "loss" or (both["minimised"] == both["minimised_2"]).all()
        # one pair has no spread, and so no interval
        if len(a) >= 2 and comparable:
            differences[name] = bootstrap_difference(a, b, left_out=seeds - len(a), resamples=resamples)
    epoch = table.study.checkpoints[-1] if epoch is None else epoch
    solved = mcnemar(both["solved"].to_numpy(), both["solved_2"].to_numpy(), both["place"].to_numpy())
    return Comparison(in_words(first), in_words(second), epoch, solved, **differences)


def means_of(table: ResultTable, by: str, column: str, epoch: int | None = None) -> polars.DataFrame:
    """The mean of a measure for each value of a column, with a bootstrap interval over seeds.

    Runs of one seed count as one. Seeds without a number (failed, diverged) are left out, and counted.

    Raises:
        InvalidParameter: there is no such column or measure.
    """
    import polars

    measures = (*MEASURED, *(OF_BORDERS if table.study.borders else ()))
    check("means", {"column": column}, {"column": Choice(measures)})
    cells, columns = len(table.study.conditions), table.conditions.columns
    if by not in columns:
        raise InvalidParameter(f"by must name a column of the conditions, got {by!r}.{nearest(by, columns)}")
    frame = (
        table.rows(epoch)
        .group_by(by, (polars.col("run") // cells).alias("place"))
        .agg(polars.col(column).cast(polars.Float64).mean())
        .sort(by, "place")
        .collect()
    )
    rows = []
    for (value,), part in frame.group_by(by, maintain_order=True):
        # one value for each seed: where other columns vary, its runs are averaged first
        values = part[column].drop_nulls().to_numpy()
        row = {
            by: value,
            "seeds": len(values),
            "left_out": len(part) - len(values),
            "mean": None,
            "low": None,
            "high": None,
        }
        # one seed has no spread, and so no interval
        if len(values) >= 2:
            # the difference from 0 is the mean itself, with the same interval
            mean = bootstrap_difference(np.zeros(len(values)), values, resamples=FEWER)
            row |= {"mean": mean.value, "low": mean.low, "high": mean.high}
        rows.append(row)
    kinds: dict[str, Any] = {by: table.conditions.schema[by], "seeds": polars.Int64, "left_out": polars.Int64}
    return polars.DataFrame(rows, schema=kinds | dict.fromkeys(("mean", "low", "high"), polars.Float64))


def survival_of(table: ResultTable, event: str = "solved", **where: Any) -> Survival:
    """The survival curve of the epochs until a run is solved, or its border closed, up to the last checkpoint.

    A diverged or failed run never gets there, so it is censored at the end. A run that its own rule ended early without
    the event is censored where it ended.
    """
    import polars

    check("survival", {"event": event}, {"event": Choice(events_of(table))})
    horizon, column = table.study.checkpoints[-1], f"{event}_epoch"
    # a run that diverged can no longer be solved, however long one would wait
    never = polars.col("status").is_in([Status.DIVERGED.value, FAILED])
    frame = (
        table.rows(**where)
        .select(
            polars.coalesce(column, polars.when(never).then(horizon).otherwise("epochs")).alias("epochs"),
            polars.col(column).is_not_null().alias("happened"),
        )
        .collect()
    )
    return survival(frame["epochs"].to_numpy(), frame["happened"].to_numpy(), horizon=horizon)


def events_of(table: ResultTable) -> tuple[str, ...]:
    """What may happen to a run of a study: to be solved and, where borders are measured, to have a closed border."""
    return ("solved", "closed") if table.study.borders else ("solved",)


def _refuse_no_numbers(frame: polars.LazyFrame, by: str, what: str) -> None:
    if by not in frame.collect_schema().names() or not frame.collect_schema()[by].is_numeric():
        raise InvalidParameter(f"{what}: {by!r} is no column of numbers; try 'width', 'depth', 'n', 'noise' or 'lr'.")


def trend_of(table: ResultTable, column: str, by: str, epoch: int | None = None, **where: Any) -> Trend:
    """How a measure changes with a column of numbers, such as "width": a straight line through one value for each seed.

    Runs of one seed that share their value of `by` count as one, because they aren't independent.

    Raises:
        InvalidParameter: no such measure, or `by` holds no numbers or doesn't vary.
    """
    import polars

    measures = (*MEASURED, *(OF_BORDERS if table.study.borders else ()))
    check("trend", {"column": column}, {"column": Choice(measures)})
    frame = table.rows(epoch, **where)
    _refuse_no_numbers(frame, by, "trend")
    cells = len(table.study.conditions)
    values = (
        frame.group_by(by, (polars.col("run") // cells).alias("place"))
        .agg(polars.col(column).cast(polars.Float64).mean())
        .drop_nulls(by)
        .sort(by, "place")
        .collect()
    )
    return trend(values[by].to_numpy(), values[column].fill_null(float("nan")).to_numpy())


def growth_of(table: ResultTable, by: str, epoch: int | None = None, event: str = "solved", **where: Any) -> Growth:
    """How the share of solved runs, or of runs with a closed border, grows with a column of numbers, such as "width".

    Raises:
        InvalidParameter: another event, or the column holds no numbers or doesn't vary.
    """
    import polars

    check("growth", {"event": event}, {"event": Choice(events_of(table))})
    frame = table.rows(epoch, **where)
    _refuse_no_numbers(frame, by, "growth")
    counts = (
        # the counts suffice for a logistic regression in one column, however many runs there are
        frame.drop_nulls(event)  # no border of straight pieces can be closed or open
        .group_by(by)
        .agg(polars.col(event).sum(), polars.len().alias("runs"))
        .drop_nulls()
        .sort(by)
        .collect()
    )
    return growth(counts[by].to_numpy(), counts[event].to_numpy(), counts["runs"].to_numpy(), event=event)


def variance_of(table: ResultTable, column: str = "solved", epoch: int | None = None, **where: Any) -> VarianceSplit:
    """The variance of a column, split into points and initialisation, of a study that is crossed and complete.

    Raises:
        InvalidParameter: the study isn't crossed, several conditions are selected, or runs are missing.
    """
    import polars

    # only all combinations of both seeds can separate their two variances
    if table.study.vary != "crossed":
        raise InvalidParameter("variance: needs a study with vary='crossed', every data seed with every training seed.")
    frame = table.rows(epoch, **where).select("condition", "data_seed", "initial_seed", polars.col(column)).collect()
    if frame["condition"].n_unique() != 1:
        raise InvalidParameter("variance: name one condition, such as variance(width=4).")
    # sorted into a square: a row for each data seed, a column for each training seed
    wide = frame.sort("data_seed", "initial_seed")[column].cast(polars.Float64).to_numpy()
    seeds = len(table.study.seeds)
    if len(wide) != seeds**2:
        raise InvalidParameter(f"variance: {seeds**2 - len(wide):,} runs are missing; let the study end first.")
    return variance_split(wide.reshape(seeds, seeds))
