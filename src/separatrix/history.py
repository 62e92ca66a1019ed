"""History: what was measured while training, a row a logged epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

COLUMNS = ("epoch", "loss", "accuracy", "held_loss", "held_accuracy", "lr", "gradient_norm", "seconds")


@dataclass(frozen=True, eq=False)
class History:
    """Columns of equal length (k,), a row a logged epoch.

    Attributes:
        epoch: the epoch's number, from 1, int64.
        loss: training loss with its penalties before the epoch's step, float64.
        accuracy: training accuracy at the same moment, in [0, 1], float64.
        held_loss: loss of the held-out rows after the epoch, float64, NaN without such rows.
        held_accuracy: accuracy of the held-out rows after the epoch, likewise.
        lr: the epoch's learning rate, float64.
        gradient_norm: Euclidean norm of the epoch's last gradient, float64.
        seconds: since the start of training, float64, interpolated between the moments when the loop looked.
    """

    epoch: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    held_loss: np.ndarray
    held_accuracy: np.ndarray
    lr: np.ndarray
    gradient_norm: np.ndarray
    seconds: np.ndarray

    def __len__(self) -> int:
        return len(self.epoch)

    @classmethod
    def joined(cls, parts: Iterable[History]) -> History:
        """One history after the other; of none, the empty one."""
        parts = list(parts)
        empty = {name: np.zeros(0, np.int64 if name == "epoch" else np.float64) for name in COLUMNS}
        return cls(
            **{name: np.concatenate([empty[name], *(getattr(part, name) for part in parts)]) for name in COLUMNS}
        )

    def frame(self) -> polars.DataFrame:
        """The same as a data frame, with the columns in the order of `COLUMNS`."""
        import polars

        return polars.DataFrame({name: getattr(self, name) for name in COLUMNS})
