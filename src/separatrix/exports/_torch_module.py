"""A portable as one `nn.Module` in double precision, which `torch.export` can trace. Importing it imports PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from separatrix.estimators.portable import Portable
from separatrix.exports._tensor_formulas import categories_of, encoded, is_textual, probabilities
from separatrix.support.pytorch import nn, torch


class TorchTensors:
    """`_tensor_formulas.Tensors` for PyTorch. An array becomes a buffer of the module when it is first used."""

    def __init__(self, home: nn.Module) -> None:
        self.home = home
        self.names: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def where(self, condition: torch.Tensor, yes: Any, no: Any) -> torch.Tensor:
        """`yes` where the condition holds, else `no`."""
        return torch.where(condition, yes, no)

    def call(self, name: str, value: torch.Tensor) -> torch.Tensor:
        """An elementwise function by its name in `torch`."""
        result: torch.Tensor = getattr(torch, name)(value)
        return result

    def linear(self, a: torch.Tensor, weight: np.ndarray, bias: np.ndarray) -> torch.Tensor:
        """A (n, in), weight (out, in), bias (out,) -> (n, out)."""
        return a @ self.constant(weight.T) + self.constant(bias)

    def constant(self, value: np.ndarray) -> torch.Tensor:
        """An array as a buffer of the module; equal arrays share one buffer."""
        # By content: equal tables of several members become one buffer, in memory and in the file.
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self.names:
            self.names[key] = f"constant{len(self.names)}"
            self.home.register_buffer(self.names[key], torch.tensor(np.ascontiguousarray(value)))
        return self.home.get_buffer(self.names[key])

    def columns(self, values: list[torch.Tensor]) -> torch.Tensor:
        """Values (n, k), (n, l), … side by side."""
        return torch.cat(values, dim=1)

    def column(self, value: torch.Tensor, index: int) -> torch.Tensor:
        """One column of (n, k): (n, 1)."""
        return value[:, index : index + 1]

    def rounded(self, value: torch.Tensor, dtype: str) -> torch.Tensor:
        """Rounded to float32 if that is the dtype, in double precision again."""
        # The estimator predicts in float64 from inputs in the precision of the training; so does the program.
        return value if dtype == "float64" else value.to(torch.float32).to(torch.float64)

    def number(self, condition: torch.Tensor) -> torch.Tensor:
        """1.0 where the condition holds, else 0.0."""
        return condition.to(torch.float64)

    def rows_of(self, table: np.ndarray, index: torch.Tensor) -> torch.Tensor:
        """The rows of a table (m, k) at the indices (n,): (n, k)."""
        return self.constant(table)[index]


class PortableModule(nn.Module):
    """Encoding, networks and their sum: numbers (n, k) float64 and codes (n, c) int64 -> probabilities (n, 2)."""

    def __init__(self, portable: Portable) -> None:
        super().__init__()
        # Not a buffer: a portable holds texts and Python objects, which are constants of the traced program.
        self.portable = portable
        self.names = [name for name, kind in portable.columns.items() if not is_textual(kind)]
        self.tensors = TorchTensors(self)
        self(
            *self.example(0)
        )  # registers all buffers: torch.export refuses a module that gains some while it is traced

    def example(self, rows: int) -> tuple[torch.Tensor, ...]:
        """Inputs with this many rows of zeros: numbers, and codes if there are categories."""
        categories = len(categories_of(self.portable))
        numbers = torch.zeros(rows, len(self.names), dtype=torch.float64)
        return (numbers, torch.zeros(rows, categories, dtype=torch.int64)) if categories else (numbers,)

    def forward(self, numbers: torch.Tensor, codes: torch.Tensor | None = None) -> torch.Tensor:
        """Probabilities of both classes, (n, 2) float64, from numbers (n, k) float64 and codes (n, c) int64."""
        # Views of one column each, (n, 1), so that the encoding of a column sees nothing else.
        values = {name: numbers[:, position : position + 1] for position, name in enumerate(self.names)}
        coded = (
            {}
            if codes is None
            else {name: codes[:, position] for position, name in enumerate(categories_of(self.portable))}
        )
        both: torch.Tensor = probabilities(
            self.portable,
            lambda member: encoded(self.portable, member, values, coded, self.tensors),
            self.tensors,
        )
        return both
