"""What a model keeps of its training table: for each column its quantiles or the counts of its values, and no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.data.kinds._quantiles import distinct_knots, quantiles
from separatrix.errors import InvalidData
from separatrix.support.constraints import shown

if TYPE_CHECKING:
    import polars

STEPS = 32  # between two stored quantiles lies so much of the rows: 1/32
LEVELS = np.linspace(0, 1, STEPS + 1)
MOST_TEXTS = 200  # the most frequent values of a column without an order; a rare one may name a person


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """How one column was distributed in training.

    Attributes:
        name: of the column.
        kind: name of its kind.
        rows: number of training rows.
        missing: number of rows without a value.
        quantiles: of an ordered kind, at the levels 0, 1/32, …, 1, in the kind's numbers, (33,) float64; empty for others.
        whole: whether all numbers of the column are whole.
        texts: of other kinds, the most frequent values as text, the most frequent first, at most 200.
        counts: the number of rows with each of them, (texts,) int64.
    """

    name: str
    kind: str
    rows: int
    missing: int
    quantiles: np.ndarray
    whole: bool = False
    texts: tuple[str, ...] = ()
    counts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None or not 0 <= self.missing <= self.rows:
            raise InvalidData(f"column {self.name!r}: {shown(self.kind)} with {self.missing} of {self.rows} missing.")
        levels, counts = np.asarray(self.quantiles), np.asarray(self.counts)
        sound = (
            levels.shape in ((0,), LEVELS.shape) and np.isfinite(levels).all() and (np.diff(levels) >= 0).all()
        ) and (counts.shape == (len(self.texts),) and (counts > 0).all() and int(counts.sum()) <= self.rows)
        if not sound or any(not isinstance(text, str) for text in self.texts):
            raise InvalidData(f"column {self.name!r}: its quantiles or counts contradict each other.")

    @property
    def ordered(self) -> bool:
        """Whether its values have an order and distances."""
        return KINDS[self.kind].ordered

    def values(self) -> polars.Series:
        """The values at which a prediction may be asked: the different quantiles, or the kept values."""
        if self.ordered:
            return KINDS[self.kind].of_numbers(self.name, np.unique(self.quantiles))
        return self._of_texts(self.texts)

    def level(self, numbers: np.ndarray) -> np.ndarray:
        """The share of the training rows that lies below numbers of an ordered column, (n,) in [0, 1].

        Linear between the stored quantiles; equal ones stand for the middle of their levels. NaN stays NaN.
        """
        knots, levels = distinct_knots(self.quantiles, LEVELS)
        if not len(knots):
            return np.where(np.isnan(numbers), np.nan, 0.5)
        return np.asarray(np.interp(numbers, knots, levels))

    def draw(self, size: int, stream: np.random.Generator) -> polars.Series:
        """Values with this distribution, (size,), in random order: evenly spaced levels of it rather than a random sample.

        Missing values have their share; values that were too rare to be kept are left out.
        """
        absent = round(size * self.missing / max(self.rows, 1))
        place = (np.arange(size - absent) + 0.5) / max(size - absent, 1)
        if self.ordered and len(self.quantiles):
            # a stored quantile and nothing between two of them: half a room or half a child is in no table
            present = KINDS[self.kind].of_numbers(self.name, self.quantiles[np.rint(place * STEPS).astype(np.int64)])
        elif len(self.texts):
            share = np.cumsum(self.counts) / self.counts.sum()
            index = np.minimum(np.searchsorted(share, place), len(self.texts) - 1)
            present = self._of_texts([self.texts[k] for k in index])
        else:
            present, absent = self._of_texts([]), size
        return present.extend_constant(None, absent).gather(stream.permutation(size))

    def _of_texts(self, texts: Sequence[str]) -> polars.Series:
        import polars

        kind, series = KINDS[self.kind], polars.Series(self.name, list(texts), polars.String)
        if kind.textual or not len(series):
            return series.cast(kind.dtype())
        converted = kind.converted(series, KINDS["category"])
        return series if converted is None else converted.cast(kind.dtype())


@dataclass(frozen=True, eq=False)
class TableProfile:
    """The profiles of all columns of a training table, in its order.

    Examples:
        >>> import polars
        >>> frame = polars.DataFrame({"age": [20.0, 30.0, None, 50.0], "town": ["Ulm", "Bonn", "Ulm", "Ulm"]})
        >>> profile = profile_of(frame)
        >>> profile.columns[0].level(np.array([20.0, 50.0])).round(2).tolist(), profile.columns[1].texts
        ([0.16, 0.84], ('Ulm', 'Bonn'))
        >>> profile.draw(4, seed=0).shape
        (4, 2)
    """

    columns: tuple[ColumnProfile, ...]

    def draw(self, size: int, seed: int) -> polars.DataFrame:
        """A made sample of rows: each column as in training, but drawn without regard to the others.

        Args:
            size: number of rows.
            seed: of the order in each column.
        """
        import polars

        stream = np.random.default_rng(seed)
        return polars.DataFrame([column.draw(size, stream) for column in self.columns])

    def to_data(self) -> dict[str, Any]:
        """Plain values and one array, for a model file."""
        fields = ("name", "kind", "rows", "missing", "whole")
        return {
            "columns": [
                {name: getattr(column, name) for name in fields}
                | {"texts": list(column.texts), "counts": column.counts.tolist()}
                for column in self.columns
            ],
            "quantiles": np.array(
                [column.quantiles if len(column.quantiles) else np.full(len(LEVELS), np.nan) for column in self.columns]
            ),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TableProfile:
        """The profile that `to_data` wrote.

        Raises:
            InvalidData, KeyError, TypeError, ValueError: anything else.
        """
        levels = np.asarray(data["quantiles"], np.float64)
        return cls(
            tuple(
                ColumnProfile(
                    name=column["name"],
                    kind=column["kind"],
                    rows=int(column["rows"]),
                    missing=int(column["missing"]),
                    quantiles=np.zeros(0) if np.isnan(level).all() else level,
                    whole=bool(column["whole"]),
                    texts=tuple(column["texts"]),
                    counts=np.asarray(column["counts"], np.int64),
                )
                for column, level in zip(data["columns"], levels, strict=True)
            )
        )


def profile_of(x: Any, kinds: Mapping[str, str] | None = None) -> TableProfile:
    """The profile of a table.

    Args:
        x: a frame of columns that `as_frame` made, or numbers (n, d) with NaN for missing.
        kinds: names and kinds of the columns, in their order; None takes those of the frame.
    """
    if isinstance(x, np.ndarray):
        names = list(kinds or [f"x{k}" for k in range(x.shape[1])])
        return TableProfile(_of_numbers(names, "number", np.asarray(x, np.float64).T))
    from separatrix.data.frames import kinds_of

    kinds = kinds or kinds_of(x)
    return TableProfile(
        tuple(_of_series(series.alias(name), kind) for series, (name, kind) in zip(x, kinds.items(), strict=True))
    )


def _of_numbers(names: Sequence[str], kind: str, table: np.ndarray) -> tuple[ColumnProfile, ...]:
    """Profiles of ordered columns of one kind: (d, n) float64 with NaN for missing."""
    levels, missing = quantiles(table, None, LEVELS), np.isnan(table)
    whole = (table == np.floor(table)) | missing
    return tuple(
        ColumnProfile(
            name,
            kind,
            table.shape[1],
            int(missing[k].sum()),
            levels[k] if not missing[k].all() else np.zeros(0),
            bool(whole[k].all()),
        )
        for k, name in enumerate(names)
    )


def _of_series(series: polars.Series, kind: str) -> ColumnProfile:
    if KINDS[kind].ordered:
        return _of_numbers([series.name], kind, KINDS[kind].numbers(series)[None])[0]
    present = KINDS[kind].as_text(series.drop_nulls()).alias("text")
    # equally frequent ones by text, or the order of the rows would decide which are kept
    counts = present.value_counts(sort=False, name="n").sort(["n", "text"], descending=[True, False]).head(MOST_TEXTS)
    return ColumnProfile(
        series.name,
        kind,
        len(series),
        series.null_count(),
        np.zeros(0),
        texts=tuple(counts["text"].to_list()),
        counts=counts["n"].to_numpy().astype(np.int64),
    )
