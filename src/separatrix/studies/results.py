"""The results in a study's folder, as a tidy table and as shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidParameter, OutputError
from separatrix.evaluation.statistics.growth import Growth, Trend
from separatrix.evaluation.statistics.shares import wilson
from separatrix.evaluation.statistics.survival import Survival
from separatrix.evaluation.statistics.variance import VarianceSplit
from separatrix.studies import _folder
from separatrix.studies._manifest import study_of
from separatrix.studies._shards import condition_frame, schema
from separatrix.studies.comparisons import (
    OF_BORDERS,
    PARTS,
    Comparison,
    compare,
    growth_of,
    in_words,
    means_of,
    survival_of,
    trend_of,
    variance_of,
)
from separatrix.studies.plan import Study
from separatrix.studies.progress import Tally, enough, rounds, tally_of
from separatrix.studies.summary import summarise
from separatrix.studies.walls import Border, retrained, wall
from separatrix.support.constraints import nearest
from separatrix.support.surroundings import insulated
from separatrix.training.many import FAILED
from separatrix.training.run import Run, Status

if TYPE_CHECKING:
    import polars

# a run that could not be trained has none of the statuses of a `Run`
STATUSES = (*(status.value for status in Status), FAILED)
MEASURES = ("accuracy", "test_accuracy", "loss", "dead_units")


@insulated
@dataclass(frozen=True, eq=False)
class Results:
    """The finished runs of a study: one row for each run and checkpoint.

    Columns: run, seed, data_seed, initial_seed, condition · point, sampler, n, noise · network, width (of the widest
    hidden layer), depth (hidden layers), activation, init · loss_name, optimizer, lr, batch_size, recipe (all settings
    that differ from the defaults) · epoch (the checkpoint), epochs (completed by then), accuracy, test_accuracy, loss,
    solved (every training row on the right side), solved_epoch (the first logged epoch of which that was so, up to this
    checkpoint), status (as it stood then), dead_units (hidden units whose slope is 0 on every training row), error.

    With `Study(borders=True)`, before error: regions, pieces, components (connected parts of class 1), holes (parts of
    class 0 enclosed by it) and closed (there is a border, and none of it runs to infinity), all in the whole plane;
    closed_epoch (the first checkpoint with a closed border, up to this one); length (inside the points' range and 1 on
    each side); margin (the smallest signed distance of a training row from the border, negative on the wrong side);
    exact_accuracy (of a new point); hausdorff and area_distance (between the border and the circle, and between class 1
    and the disc). They are null where there is no such number.

    Diverged and failed runs have their rows, and count as not solved.

    Attributes:
        study: the description.
        folder: the folder that the results are in.
        shards: the files of the table, in their order.
        complete: whether the study is finished.
    """

    study: Study
    folder: Path
    shards: tuple[Path, ...]
    complete: bool

    def __repr__(self) -> str:
        state = "complete" if self.complete else "unfinished"
        return f"Results({self.folder}: {len(self.study.conditions):,} conditions, {self.n_runs:,} runs, {state})"

    @cached_property
    def n_runs(self) -> int:
        """Number of finished runs."""
        import polars

        # every finished run has a row at each checkpoint, even one that failed
        return int(self.scan().select(polars.len()).collect().item()) // len(self.study.checkpoints)

    def scan(self) -> polars.LazyFrame:
        """The table as a lazy frame, sorted by run and epoch, so that any number of runs needs little memory."""
        import polars

        # there is no file to take the columns from
        if not self.shards:
            return polars.LazyFrame(schema=schema(self.study.borders))
        return polars.scan_parquet(list(self.shards))

    @cached_property
    def frame(self) -> polars.DataFrame:
        """The whole table in memory."""
        return self.scan().collect()

    def seconds(self) -> polars.LazyFrame:
        """The seconds of each run, with the columns run and seconds. They aren't in the table, since they always differ."""
        import polars

        paths = [self.folder / _folder.SECONDS / f"{path.name.partition('-')[0]}.parquet" for path in self.shards]
        if not paths:
            return polars.LazyFrame(schema={"run": polars.UInt64, "seconds": polars.Float64})
        return polars.scan_parquet(paths)

    @property
    def conditions(self) -> polars.DataFrame:
        """One row for each condition, with the columns that describe it."""
        return condition_frame(self.study.conditions)

    @property
    def varying(self) -> tuple[str, ...]:
        """The columns in which the conditions differ. `network` is one of them only if width, depth, … don't suffice."""
        grid = self.conditions.drop("condition")
        names = [name for name in grid.columns if grid[name].n_unique() > 1]
        for whole, parts in PARTS.items():
            shown = [name for name in parts if name in names]
            rest = [name for name in names if name != whole]
            # a summary column is redundant if its parts distinguish the same conditions
            if whole in names and shown and grid.select(rest).n_unique() == grid.n_unique():
                names.remove(whole)
        return tuple(names)

    def rows(self, epoch: int | None = None, **where: Any) -> polars.LazyFrame:
        """The rows of one checkpoint that have these values.

        Args:
            epoch: the checkpoint. Defaults to the last one.
            where: column of the conditions -> value.

        Raises:
            InvalidParameter: there is no such checkpoint, column or value.
        """
        import polars

        epoch = self.study.checkpoints[-1] if epoch is None else epoch
        # an empty table would look as if no run had been finished yet
        if epoch not in self.study.checkpoints:
            raise InvalidParameter(f"epoch must be one of the checkpoints {self.study.checkpoints}, got {epoch!r}.")
        those = self._matching(where)
        return self.scan().filter((polars.col("epoch") == epoch) & polars.col("condition").is_in(those))

    def _matching(self, where: dict[str, Any]) -> list[int]:
        """The indices of the conditions with these values."""
        import polars

        grid = matching = self.conditions
        for name, value in where.items():
            if name not in grid.columns:
                raise InvalidParameter(
                    f"conditions have no column {name!r}; there are {', '.join(grid.columns)}."
                    f"{nearest(name, grid.columns)}"
                )
            # a filter would answer a misspelt value with nothing at all
            if value not in grid[name].to_list():
                raise InvalidParameter(f"{name} must be one of {sorted_values(grid[name])}, got {value!r}.")
            # eq_missing: a batch size of None means all rows, and must match itself
            matching = matching.filter(polars.col(name).eq_missing(polars.lit(value, dtype=grid[name].dtype)))
        return matching["condition"].to_list()

    def retrained(self, count: int = 64, **where: Any) -> tuple[Run, ...]:
        """The first runs of one condition, trained again to have their histories, for `pictures.fans`.

        Args:
            count: number of runs.
            where: column of the conditions -> value, such as width=4.

        Raises:
            InvalidParameter: a column or value is unknown, or several conditions have these values.
        """
        return retrained(self.study, self._one(where), count)

    def borders(self, count: int = 64, **where: Any) -> tuple[Border, ...]:
        """The borders of the first runs of one condition, which are trained again, for `pictures.wall`.

        Args:
            count: number of runs.
            where: column of the conditions -> value, such as width=4.

        Raises:
            InvalidParameter: a column or value is unknown, or several conditions have these values.
            InvalidData: the points don't lie in the plane.
        """
        return wall(self.study, self._one(where), count).borders

    def _one(self, where: dict[str, Any]) -> int:
        """The index of the only condition with these values."""
        matching = self._matching(where)
        if len(matching) != 1:
            raise InvalidParameter(
                f"{in_words(where) or 'the study'} stands for {len(matching)} conditions, expected 1; they differ in "
                f"{', '.join(self.varying)}."
            )
        return matching[0]

    def shares(
        self, by: Sequence[str] | None = None, *, epoch: int | None = None, level: float = 0.95
    ) -> polars.DataFrame:
        """The share of solved runs with Wilson's interval, and how the other runs ended.

        Args:
            by: columns to group by. Defaults to the condition with the columns in which the conditions differ.
            epoch: one checkpoint. Defaults to all of them.
            level: confidence level of the intervals.

        Returns:
            The columns of `by`, then epoch, runs, solved, share, low, high, a count for each status, the medians of
            accuracy, test_accuracy, loss and dead_units over the runs that have them (and of the border's measures, with
            `Study(borders=True)`), and gap, the median of accuracy - test_accuracy.

        Raises:
            InvalidParameter: a column or checkpoint is unknown.
        """
        import polars

        columns = self.conditions.columns
        # the index first, so that the rows are sorted in the order of the grid
        keys = ["condition", *self.varying] if by is None else [by] if isinstance(by, str) else list(by)
        measures = (*MEASURES, *(OF_BORDERS if self.study.borders else ()))
        for name in keys:
            if name not in columns:
                raise InvalidParameter(f"by must name columns of the conditions, got {name!r}.{nearest(name, columns)}")
        frame = self.scan() if epoch is None else self.rows(epoch)
        table = (
            frame.group_by(*keys, "epoch")
            .agg(
                # signed: differences of unsigned counts would wrap around below 0
                polars.len().cast(polars.Int64).alias("runs"),
                polars.col("solved").sum().cast(polars.Int64),
                *((polars.col("status") == name).sum().cast(polars.Int64).alias(name) for name in STATUSES),
                *(polars.col(name).cast(polars.Float64).median() for name in measures),
                # the median of differences: both accuracies are of the same run
                (polars.col("accuracy") - polars.col("test_accuracy")).median().alias("gap"),
            )
            # group_by returns its groups in no particular order
            .sort(*keys, "epoch")
            .collect()
        )
        low, high = wilson(table["solved"].to_numpy(), table["runs"].to_numpy(), level)
        table = table.with_columns(
            (polars.col("solved") / polars.col("runs")).alias("share"),
            polars.Series("low", np.asarray(low)),
            polars.Series("high", np.asarray(high)),
        )
        return table.select(*keys, "epoch", "runs", "solved", "share", "low", "high", *STATUSES, *measures, "gap")

    def means(self, by: str, column: str = "test_accuracy", epoch: int | None = None) -> polars.DataFrame:
        """The mean accuracy, test accuracy or loss for each value of a column, with its 95% interval over seeds.

        Args:
            by: a column of the conditions, such as "width".
            column: "accuracy", "test_accuracy", "loss" or, with `Study(borders=True)`, a measure of the border.
            epoch: the checkpoint; by default the last one.

        Returns:
            The columns by, seeds, left_out (seeds without a number), mean, low and high.

        Raises:
            InvalidParameter: an unknown column or checkpoint.
        """
        return means_of(self, by, column, epoch)

    def compare(self, first: dict[str, Any], second: dict[str, Any], epoch: int | None = None) -> Comparison:
        """Compare two conditions on their common seeds; `.sentence()` of the result puts it in words.

        Args:
            first: values of the first condition, such as {"width": 3}.
            second: values of the second condition, such as {"width": 4}.
            epoch: the checkpoint. Defaults to the last one.

        Raises:
            InvalidParameter: a column or value is unknown, or the two have no runs in common.
        """
        return compare(self, first, second, epoch)

    def survival(self, event: str = "solved", **where: Any) -> Survival:
        """The epochs until an event, as a survival curve over all runs with these values, such as width=4.

        Args:
            event: "solved", or "closed" with `Study(borders=True)`: the first checkpoint with a closed border.
            where: column of the conditions -> value.

        Raises:
            InvalidParameter: another event, or a study that did not measure borders.
        """
        return survival_of(self, event, **where)

    def growth(self, by: str = "width", epoch: int | None = None, event: str = "solved", **where: Any) -> Growth:
        """How the odds of a solved run grow with a column of numbers, by a logistic regression.

        Args:
            by: a column of numbers, such as "width".
            epoch: the checkpoint. Defaults to the last one.
            event: "solved", or "closed" with `Study(borders=True)`: the odds of a closed border.
            where: column of the conditions -> value.

        Raises:
            InvalidParameter: there is no such column, or it doesn't vary; another event.
        """
        return growth_of(self, by, epoch, event, **where)

    def trend(self, column: str, by: str = "width", epoch: int | None = None, **where: Any) -> Trend:
        """How a measure changes with a column of numbers, by a linear regression over seeds.

        Args:
            column: as in `means`, such as "pieces" or "length" with `Study(borders=True)`.
            by: a column of numbers, such as "width".
            epoch: the checkpoint. Defaults to the last one.
            where: column of the conditions -> value.

        Raises:
            InvalidParameter: there is no such column or measure, or `by` doesn't vary.
        """
        return trend_of(self, column, by, epoch, **where)

    def variance(self, column: str = "solved", epoch: int | None = None, **where: Any) -> VarianceSplit:
        """The variance of a column, split into the parts of points and initialisation, for a study with vary="crossed".

        Args:
            column: "solved" or a measure such as "accuracy".
            epoch: the checkpoint. Defaults to the last one.
            where: column of the conditions -> value, which select one condition.

        Raises:
            InvalidParameter: the study isn't crossed, several conditions are selected, or runs are missing.
        """
        return variance_of(self, column, epoch, **where)

    def summary(self) -> str:
        """The results in plain sentences, each with its uncertainty."""
        return summarise(self, self.complete)


def sorted_values(column: polars.Series) -> list[Any]:
    """The distinct values of a column, sorted."""
    return list(column.unique().sort().to_list())


@insulated
def read_study(place: str | Path) -> Results:
    """The results in a study's folder, finished or not. Nothing is trained.

    Damaged shards are left out; `run_study` repeats them.

    Raises:
        OutputError: the folder holds no study, or one that a later version wrote.

    Examples:
        >>> import tempfile
        >>> from separatrix.studies.running import run_study
        >>> with tempfile.TemporaryDirectory() as place:
        ...     _ = run_study(Study(checkpoints=20, seeds=4), place)
        ...     read_study(place).shares()["runs"].to_list()
        [4]
    """
    place = Path(place)
    manifest = _folder.read_manifest(place)
    if manifest is None:
        raise OutputError(f"{place} holds no study: there is no {_folder.MANIFEST} in it.")
    study, size = study_of(manifest, place), int(manifest["shard"])
    paths = _folder.shards(place)
    # by their indices, since runs are numbered from shard to shard and `scan` promises their order
    return Results(study, place, tuple(path for _, path in sorted(paths.items())), is_complete(study, size, paths))


def is_complete(study: Study, size: int, paths: dict[int, Path]) -> bool:
    """Whether these shards are the whole study; with `until`, whether they reach the look that was enough."""
    tally = Tally(study)
    for first, last, seeds in rounds(study, size):
        if any(index not in paths for index in range(first, last)):
            return False
        # only a stopping rule needs the counts; without one no file is opened
        if study.until is not None:
            for index in range(first, last):
                tally.add(*tally_of(study, paths[index]))
            if enough(study, tally, seeds):
                return True
    return True
