"""Predictions when single columns of a row change: a column's part of the first layer is exchanged, all else is computed once.

Every column is encoded by itself, and the first layer of a network adds up what its encoded columns bring. So a row
in which one column has another value costs an addition and the later layers, not an encoding of the whole row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from separatrix.estimators.portable import Member, Portable, encoded
from separatrix.evaluation.inspection import Summand

if TYPE_CHECKING:
    import polars

ROWS_AT_ONCE = 4_096  # of changed rows: a layer of 128 units is 4 MB of float64


@dataclass(frozen=True, eq=False)
class _FirstLayer:
    """A member cut behind its first layer's sum.

    Attributes:
        member: whose logit is meant.
        parts: for each column, the weights of its encoded numbers, (outputs, h).
        bias: (h,).
        rest: the later layers with scale and shift, (…, h) -> (…,); None for a member without hidden layers.
    """

    member: Member
    parts: tuple[np.ndarray, ...]
    bias: np.ndarray
    rest: Callable[[np.ndarray], np.ndarray] | None


class ColumnwiseLogits:
    """The logit of the second class as a function of single columns.

    Args:
        portable: the classifier.
        dtype: in which to compute: "float64", or "float32", which takes a third of the time and keeps six digits.

    Examples:
        >>> from separatrix.networks.network import Network
        >>> import polars
        >>> network = Network.parse("2-3-1")
        >>> portable = Portable.of_network(network, network.initialise(seed=0))
        >>> frame = polars.DataFrame({"x0": [0.0, 1.0], "x1": [2.0, 3.0]})
        >>> changed = ColumnwiseLogits(portable).changed(frame, np.array([0, 1]), "x1", polars.Series("x1", [5.0, 3.0]))
        >>> both = np.log(portable.predict_proba(frame.with_columns(polars.Series("x1", [5.0, 3.0]))))
        >>> bool(np.allclose(changed, both[:, 1] - both[:, 0]))
        True
    """

    def __init__(self, portable: Portable, dtype: str = "float64") -> None:
        self.portable, self.dtype, self.columns = portable, np.dtype(dtype), list(portable.columns)
        self.layers = [self._first_layer(member) for member in portable.members]

    def _first_layer(self, member: Member) -> _FirstLayer:
        (weight, bias), *later = [
            (weight.astype(self.dtype), bias.astype(self.dtype))
            for weight, bias in member.network.split(member.parameters.astype(np.float64))
        ]
        starts = range(len(self.columns) + 1) if member.encoding is None else member.encoding.starts
        cuts = list(zip(starts, list(starts)[1:], strict=False))
        if later:
            rest = _rest_of(member, later)
            return _FirstLayer(member, tuple(weight[:, a:b].T for a, b in cuts), bias, rest)
        # without hidden layers the logit itself is the sum: of two outputs, their difference
        weight, bias = (
            (weight, bias) if member.network.n_outputs == 1 else (weight[1:] - weight[:1], bias[1:] - bias[:1])
        )
        scale = self.dtype.type(member.scale)
        return _FirstLayer(
            member,
            tuple(scale * weight[:, a:b].T for a, b in cuts),
            np.asarray(scale * bias + member.shift, self.dtype),
            None,
        )

    def summands(self, frame: polars.DataFrame, background: polars.DataFrame) -> list[Summand]:
        """The logit of rows as summands for Shapley values against background rows, both matched to the columns."""
        return [
            Summand(rows, from_background, layer.bias, layer.rest)
            for layer, rows, from_background in zip(
                self.layers, self._vectors(frame), self._vectors(background), strict=True
            )
        ]

    def _vectors(self, frame: polars.DataFrame) -> Iterator[np.ndarray]:
        """For each member, what every column brings to the first layer's sum, (d, n, h)."""
        inputs: dict[tuple[int, str], np.ndarray] = {}
        for layer in self.layers:
            encoding, dtype = layer.member.encoding, layer.member.parameters.dtype.name
            if (key := (id(encoding), dtype)) not in inputs:
                inputs[key] = encoded(encoding, frame, dtype).astype(self.dtype)
            ends = np.cumsum([len(part) for part in layer.parts])
            columns = np.split(inputs[key], ends[:-1], axis=1)
            yield np.stack([column @ part for column, part in zip(columns, layer.parts, strict=True)])

    def changed(self, frame: polars.DataFrame, rows: np.ndarray, column: str, values: polars.Series) -> np.ndarray:
        """The logits of rows in which one column has other values.

        Args:
            frame: rows, matched to the columns.
            rows: indices of rows, (m,), in any order and number.
            column: its name.
            values: of this column, (m,).

        Returns:
            (m,) float64.
        """
        return RowsWithChanges(self, frame).logits(rows, column, values)


class RowsWithChanges:
    """Rows whose first layers are computed once, to be asked for many changes of single columns.

    Args:
        logits: of the classifier.
        frame: rows, matched to its columns.
    """

    def __init__(self, logits: ColumnwiseLogits, frame: polars.DataFrame) -> None:
        self.columnwise, self.frame = logits, frame
        self.vectors = list(logits._vectors(frame))
        self.sums = [
            vectors.sum(axis=0) + layer.bias for vectors, layer in zip(self.vectors, logits.layers, strict=True)
        ]

    def unchanged(self) -> np.ndarray:
        """The logits of the rows as they are, (n,) float64."""
        return sum(
            (_value(layer, total) for layer, total in zip(self.columnwise.layers, self.sums, strict=True)),
            np.zeros(self.frame.height),
        )

    def logits(self, rows: np.ndarray, column: str, values: polars.Series) -> np.ndarray:
        """The logits of some rows with other values in one column; see `ColumnwiseLogits.changed`."""
        z = np.zeros(len(rows))
        for first in range(0, len(rows), ROWS_AT_ONCE):
            piece = slice(first, first + ROWS_AT_ONCE)
            z[piece] = self._logits(rows[piece], column, values[piece])
        return z

    def _logits(self, rows: np.ndarray, column: str, values: polars.Series) -> np.ndarray:
        index = self.columnwise.columns.index(column)
        inputs: dict[tuple[int, str], np.ndarray] = {}
        z = np.zeros(len(rows))
        for layer, vectors, total in zip(self.columnwise.layers, self.vectors, self.sums, strict=True):
            encoding, dtype = layer.member.encoding, layer.member.parameters.dtype.name
            if (key := (id(encoding), dtype)) not in inputs:
                numbers = values.to_numpy()[:, None] if encoding is None else encoding.columns[index].encode(values)
                inputs[key] = numbers.astype(dtype).astype(self.columnwise.dtype)
            change = inputs[key] @ layer.parts[index] - vectors[index][rows]
            z += _value(layer, total[rows] + change)
        return z


def _value(layer: _FirstLayer, total: np.ndarray) -> np.ndarray:
    return total[..., 0] if layer.rest is None else layer.rest(total)


def _rest_of(member: Member, later: list[tuple[np.ndarray, np.ndarray]]) -> Callable[[np.ndarray], np.ndarray]:
    """The layers behind the first sum, with the member's scale and shift."""
    layers = [(np.ascontiguousarray(weight.T), bias) for weight, bias in later]

    def rest(hidden: np.ndarray) -> np.ndarray:
        # one product of two matrices: for more axes NumPy multiplies one after another
        z = hidden.reshape(-1, hidden.shape[-1])
        for (weight, bias), activation in zip(layers, member.network.activations, strict=True):
            z = activation.value(z) @ weight  # (m, in) @ (in, out) -> (m, out)
            z += bias
        z = z[:, 0] if member.network.n_outputs == 1 else z[:, 1] - z[:, 0]
        return np.asarray(member.scale * z + member.shift).reshape(hidden.shape[:-1])

    return rest
