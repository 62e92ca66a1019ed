"""Why rows were predicted as they were: each column's contribution to the logit, as a record for tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.support.constraints import Integer, check

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class Explanation:
    """The contributions of the columns to the logits of rows.

    For each row, `base_value` and its contributions add up to its logit.

    Attributes:
        rows: the explained rows, a polars frame of n rows and d columns, each in the type of its kind.
        kinds: of the columns, name -> kind.
        base_value: the mean logit of the background rows.
        contributions: what each column adds to the logit, (n, d) float64.
        standard_errors: of the contributions, (n, d) float64; 0 where they are exact.
        label: the label whose logit is explained.
        n_background: number of background rows.
        is_exact: whether all sets of columns were evaluated, rather than random orders.
    """

    rows: polars.DataFrame
    kinds: dict[str, str]
    base_value: float
    contributions: np.ndarray
    standard_errors: np.ndarray
    label: object
    n_background: int
    is_exact: bool

    def __len__(self) -> int:
        return len(self.contributions)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.kinds)

    @property
    def logits(self) -> np.ndarray:
        """The logits of the rows, (n,) float64: the base value and all contributions."""
        total: np.ndarray = self.base_value + self.contributions.sum(axis=1)
        return total

    def order(self) -> list[int]:
        """Numbers of the columns, the one with the largest mean absolute contribution first."""
        return [int(k) for k in np.argsort(-np.abs(self.contributions).mean(axis=0), kind="stable")]

    def frame(self) -> polars.DataFrame:
        """The contributions as a frame, a column for each column of the table."""
        import polars

        return polars.DataFrame({name: self.contributions[:, k] for k, name in enumerate(self.columns)}, strict=False)

    @cached_property
    def _texts(self) -> list[list[str]]:
        """The cells of every column as a reader writes them."""
        return [cell_texts(self.rows[name], kind) for name, kind in self.kinds.items()]

    def text(self, row: int, column: int) -> str:
        """A column of a row in words, such as "age = 31"."""
        return f"{self.columns[column]} = {self._texts[column][row]}"

    def reasons(self, count: int = 3) -> polars.DataFrame:
        """The columns with the largest contributions in words: "age = 31 (+0.84)", the largest in absolute value first.

        Args:
            count: number of reasons for each row; those that contribute nothing are null.

        Returns:
            A frame of n rows with the columns "reason 1", "reason 2", … .

        Raises:
            InvalidParameter: the count isn't a whole number of at least 1.
        """
        import polars

        check("reasons", {"count": count}, {"count": Integer(1)})
        size = np.abs(self.contributions)
        ranked = np.argsort(-size, axis=1, kind="stable")
        columns = {}
        for place in range(min(count, len(self.columns))):
            chosen = ranked[:, place]
            columns[f"reason {place + 1}"] = [
                f"{self.text(row, column)} ({self.contributions[row, column]:+.2f})"
                if size[row, column] >= SMALLEST
                else None
                for row, column in enumerate(chosen.tolist())
            ]
        return polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))


SMALLEST = 0.005  # a contribution that is written as 0.00 is no reason


def cell_texts(column: polars.Series, kind: str) -> list[str]:
    """The values of a column in words: numbers with four digits, "missing" where there is none."""
    if KINDS[kind].ordered:
        numbers = KINDS[kind].numbers(column)
        texts = KINDS[kind].labels(np.nan_to_num(numbers))
        return ["missing" if np.isnan(number) else text for number, text in zip(numbers, texts, strict=True)]
    return ["missing" if text is None else text for text in KINDS[kind].as_text(column).to_list()]
