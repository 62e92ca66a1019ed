"""Portable: all that prediction needs, as plain records. Model files and every export are made from it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS, TextCode
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._prediction import by_blocks
from separatrix.estimators.encoding._reading import as_numbers
from separatrix.estimators.encoding.encoding import Encoding, encode, kinds_of
from separatrix.evaluation.thresholds import differs_by_row
from separatrix.networks.activations import sigmoid
from separatrix.networks.network import Network
from separatrix.support.constraints import Choice, Having, Optional, Real, Rule, check, shown
from separatrix.support.surroundings import insulated
from separatrix.training.run import Run

if TYPE_CHECKING:
    import polars


DTYPES = ("float32", "float64")
Label = str | int | float | bool


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network with the encoding before it.

    Attributes:
        encoding: table -> numbers (n, k), or None where the columns are the numbers.
        network: what is computed of them.
        parameters: (p,) float32 or float64; the encoded numbers are rounded to this dtype, the rest is float64.
        scale: factor on its logit z, of which it adds `scale * z + shift` to the sum of all members. A scale other than
            1 calibrates a single member.
        shift: see `scale`.

    Raises:
        InvalidParameter: an attribute of the wrong type.
        InvalidData: parameters that don't fit the network or aren't finite.
    """

    encoding: Encoding | None
    network: Network
    parameters: np.ndarray
    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        rules: dict[str, Rule] = {
            "encoding": Optional(Having("encode", "a fitted separatrix.estimators.encoding.encoding.Encoding")),
            "network": Having("layout", "a separatrix.Network (your own module can't be described without its code)"),
            "scale": Real(),
            "shift": Real(),
        }
        check("Member", {name: getattr(self, name) for name in rules}, rules)
        parameters = np.asarray(self.parameters)
        if parameters.shape != (self.network.n_parameters,) or parameters.dtype.name not in DTYPES:
            raise InvalidData(
                f"{self.network} has {self.network.n_parameters} parameters, float32 or float64; "
                f"got {parameters.dtype} of shape {parameters.shape}."
            )
        # a NaN would make every prediction NaN, in every export too
        if not np.isfinite(parameters).all():
            raise InvalidData("the parameters aren't finite: a diverged training has nothing to predict with.")


@insulated
@dataclass(frozen=True, eq=False)
class Portable:
    """All that prediction needs: the columns, the classes and one or more members, whose logits are added.

    Attributes:
        columns: name -> kind (one of `separatrix.data.kinds.KINDS`), in the table's order.
        classes: the two labels; probabilities are those of the second.
        members: the networks.
        threshold: the second class is predicted where its probability is above this.
        written: name -> how the numbers or dates of a column were written in training; see `Table.written`.

    Raises:
        InvalidParameter: no columns, an unknown kind, other than two classes, no members.

    Examples:
        >>> network = Network.parse("2-3-1")
        >>> portable = Portable.of_network(network, network.initialise(seed=0))
        >>> portable
        Portable(2 columns -> 0 or 1: 2-3-1)
        >>> portable.predict_proba(np.zeros((4, 2))).shape
        (4, 2)
    """

    columns: Mapping[str, str]
    classes: tuple[Label, ...]
    members: tuple[Member, ...]
    threshold: float = 0.5
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check("Portable", {"threshold": self.threshold}, {"threshold": Real(0, 1)})
        if not self.columns or any(not isinstance(name, str) for name in self.columns):
            raise InvalidParameter(
                f"Portable: columns must be one or more names with kinds, got {shown(self.columns)}."
            )
        for name, kind in self.columns.items():
            check("Portable", {f"the kind of {name!r}": kind}, {f"the kind of {name!r}": Choice(KINDS)})
        if len(self.classes) != 2 or any(not isinstance(label, Label) for label in self.classes):
            raise InvalidParameter(
                f"Portable: classes must be two labels (str, int, float or bool), got {shown(self.classes)}."
            )
        if not self.members:
            raise InvalidParameter("Portable: members must be one Member or more, got none.")
        for member in self.members:
            self._check_width(member)

    def _check_width(self, member: Member) -> None:
        width = len(self.columns) if member.encoding is None else len(member.encoding.names)
        if width != member.network.n_inputs:
            raise InvalidData(f"{member.network} takes {member.network.n_inputs} numbers a row, but gets {width}.")
        # only numbers can reach a network unchanged
        if member.encoding is None and set(self.columns.values()) != {"number"}:
            raise InvalidData("without an encoding every column must be a number; fit with an encoder.")

    def __repr__(self) -> str:
        inside = ", ".join(str(member.network) for member in self.members)
        return f"Portable({len(self.columns)} columns -> {self.classes[0]} or {self.classes[1]}: {inside})"

    @classmethod
    def of_network(
        cls, network: Network, parameters: np.ndarray, classes: tuple[Label, ...] = (0, 1), names: Any = None
    ) -> Portable:
        """A network on columns of numbers.

        Args:
            network: its description.
            parameters: (p,).
            classes: the two labels.
            names: of the columns; by default x0, x1, … .
        """
        names = [f"x{k}" for k in range(network.n_inputs)] if names is None else list(names)
        return cls(dict.fromkeys(names, "number"), classes, (Member(None, network, np.asarray(parameters)),))

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of the first and the second class: any frame or array of n rows -> (n, 2) float64.

        Raises:
            InvalidData: columns that are missing or of another kind.
        """
        frame = self.matched(x)
        z = summed_logits(self.members, frame, encoded)
        # both from the logit: 1 - p would lose the digits of a small probability
        return np.stack([sigmoid(-z), sigmoid(z)], axis=1)

    def predict(self, x: Any) -> np.ndarray:
        """The labels, (n,): the second class where its probability is above the threshold."""
        is_second = self.predict_proba(x)[:, 1] > self.threshold
        return np.asarray(np.array(self.classes)[is_second.astype(int)])

    def matched(self, x: Any) -> polars.DataFrame:
        """The same rows as a frame of these columns; see `separatrix.estimators.portable.matched`."""
        return matched(x, self.columns, self.written)


def matched(
    x: Any, columns: Mapping[str, str], written: Mapping[str, Mapping[str, Any]] | None = None
) -> polars.DataFrame:
    """Any frame, or an array (n, d), as a frame of these columns (name -> kind), in their order.

    Raises:
        InvalidData: columns that are missing or of another kind.
    """
    from separatrix.data.frames import as_frame
    from separatrix.data.kinds.forms import read_as_written
    from separatrix.data.table import matched as matched_frame

    frame = as_frame(x, names=list(columns) if isinstance(x, np.ndarray) else None)
    return matched_frame(read_as_written(frame, written) if written else frame, dict(columns))


def missing_words_of(portable: Portable) -> tuple[str, ...] | None:
    """The texts that stand for a missing category; None where none but an absent value does, as in models of before."""
    codes = (code for member in portable.members for code in (member.encoding.columns if member.encoding else ()))
    return next((code.missing_words for code in codes if isinstance(code, TextCode)), None)


def as_portable(model: Any) -> Portable:
    """The portable of a fitted estimator or a `Run`; a portable is returned as it is.

    Raises:
        InvalidData: any other object, or a run of a user's own module.

    Examples:
        >>> import separatrix as sx
        >>> as_portable(sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons()))
        Portable(2 columns -> 0 or 1: 2-4-1)
    """
    if isinstance(model, Portable):
        return model
    if callable(getattr(model, "_portable", None)):
        portable: Portable = model._portable()
        written = (getattr(model, "input_", None) or {}).get("written")
        return replace(portable, written=written) if written else portable
    if isinstance(model, Run):
        if not isinstance(model.network, Network):
            raise InvalidData("a run of your own module can't be exported: only its code says what it computes.")
        return Portable.of_network(model.network, model.parameters)
    raise InvalidData(f"expected a fitted estimator or a Run, got {type(model).__name__}.")


def exportable(model: Any) -> Portable:
    """The portable of a model, for another program, which has one threshold for all rows.

    Raises:
        InvalidData: as `as_portable`; or the model decides by costs that differ by row.
    """
    if differs_by_row(getattr(model, "costs_", None)):
        raise InvalidData(
            "the model decides by costs that differ by row, which an export can't hold; call "
            "choose_threshold(costs={'false_positive': 1, 'false_negative': 12}) with numbers, or metric='accuracy', before."
        )
    return as_portable(model)


def encoded(encoding: Encoding | None, frame: polars.DataFrame, dtype: str) -> np.ndarray:
    """Encode the rows of a frame: (n, k) of that dtype. Without an encoding the columns are the numbers."""
    return frame.to_numpy().astype(dtype) if encoding is None else encoding.encode(frame, dtype=dtype)


def summed_logits(
    members: tuple[Member, ...], x: Any, encode: Callable[[Encoding | None, Any, str], np.ndarray]
) -> np.ndarray:
    """The logit of class 1, to which every member adds its part.

    Args:
        members: of which those that share an encoding are given the same encoded rows.
        x: any table of n rows that can be sliced by rows.
        encode: encoding, block of rows, dtype -> (n, k); may be called from several threads.

    Returns:
        (n,) float64.
    """
    # in float32 the last digits of a row's logit would depend on its neighbours in the matrix product
    exact = [(member, member.parameters.astype(np.float64)) for member in members]

    def block_logit(rows: Any) -> np.ndarray:
        encoded_rows: dict[tuple[int, str], np.ndarray] = {}
        z = np.zeros(len(rows))
        for member, parameters in exact:
            # members share their encodings, and encoding costs more than a small network
            key = (id(member.encoding), member.parameters.dtype.name)
            if key not in encoded_rows:
                encoded_rows[key] = encode(member.encoding, rows, key[1]).astype(np.float64, copy=False)
            z += member.scale * member.network.logit(parameters, encoded_rows[key]) + member.shift
        return z

    return by_blocks(x, block_logit)


def fold_models_of(whole: Portable, counts: Sequence[int], weights: Sequence[float]) -> tuple[Portable, ...]:
    """The classifiers of an ensemble's networks that share their training rows, one network of each base model.

    Args:
        whole: the ensemble, whose members are grouped by base model.
        counts: the number of networks of each base model.
        weights: the weight of each base model in the blend; one with weight 0 has no networks among the members.
    """
    blended = [(count, weight) for count, weight in zip(counts, weights, strict=True) if weight > 0]
    first = np.cumsum([0, *(count for count, _ in blended)]).tolist()  # of each base model's networks
    # the whole shift of the ensemble, spread over the members of one fold model
    shift = sum(member.shift for member in whole.members) / len(blended)

    def fold_model(k: int) -> Portable:
        members = (
            replace(whole.members[start + k], scale=weight, shift=shift)
            for start, (_, weight) in zip(first, blended, strict=False)
        )
        return replace(whole, members=tuple(members))

    return tuple(fold_model(k) for k in range(min(count for count, _ in blended)))


def logits_of(portables: Sequence[Portable], x: Any) -> np.ndarray:
    """The logits of class 1 by several classifiers of the same columns, for pictures.

    Encodings and networks that several of them share, as an ensemble and its fold models do, are computed once, and in
    single precision where the columns are encoded: a picture shows no more digits.

    Args:
        portables: k classifiers.
        x: any frame of n rows.

    Returns:
        (n, k) float64.

    Raises:
        InvalidData: columns that are missing or of another kind.
    """
    uses: dict[tuple[int, int], list[tuple[int, Member]]] = {}  # of each network: classifiers and their members
    for k, portable in enumerate(portables):
        for member in portable.members:
            uses.setdefault((id(member.encoding), id(member.parameters)), []).append((k, member))

    def block_logits(rows: Any) -> np.ndarray:
        encoded_rows: dict[tuple[int, str], np.ndarray] = {}
        z = np.zeros((len(rows), len(portables)))
        for users in uses.values():
            _, first = users[0]
            # raw numbers may be too large for single precision, encoded ones never are
            dtype = first.parameters.dtype.name if first.encoding is None else "float32"
            key = (id(first.encoding), dtype)
            if key not in encoded_rows:
                encoded_rows[key] = encode(first.encoding, rows, dtype)
            logit = first.network.logit(first.parameters.astype(dtype, copy=False), encoded_rows[key])
            for k, member in users:
                z[:, k] += member.scale * logit + member.shift
        return z

    return by_blocks(as_numbers(matched(x, portables[0].columns)), block_logits)


def to_data(portable: Portable) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A portable as arrays and plain data, for a model file. `from_data` reads them.

    Examples:
        >>> network = Network.parse("2-3-1")
        >>> arrays, data = to_data(Portable.of_network(network, network.initialise(seed=0)))
        >>> sorted(arrays), data["columns"]
        (['member0.parameters'], [['x0', 'number'], ['x1', 'number']])
    """
    arrays: dict[str, np.ndarray] = {}
    members: list[dict[str, Any]] = []
    first: dict[int, int] = {}  # id of an encoding -> number of the first member that has it
    for number, member in enumerate(portable.members):
        arrays[f"member{number}.parameters"] = member.parameters
        record: dict[str, Any] = {
            "network": member.network.to_data(),
            "scale": member.scale,
            "shift": member.shift,
            "encoding": None,
        }
        if member.encoding is not None:
            record["encoding"] = first.setdefault(id(member.encoding), number)
        if record["encoding"] == number and member.encoding is not None:
            more, record["encoding"] = member.encoding.to_data()
            arrays |= {f"member{number}.encoding.{name}": array for name, array in more.items()}
        members.append(record)
    columns = [[name, kind] for name, kind in portable.columns.items()]  # a list: a name may begin with "$"
    classes = list(portable.classes)
    return arrays, {"columns": columns, "classes": classes, "threshold": portable.threshold, "members": members}


def from_data(arrays: Mapping[str, np.ndarray], data: Mapping[str, Any]) -> Portable:
    """The portable from which `to_data` made these.

    Raises:
        InvalidParameter, InvalidData, KeyError, TypeError: arrays or data that `to_data` doesn't write.
    """
    members: list[Member] = []
    for number, record in enumerate(data["members"]):
        members.append(_member(number, record, arrays, members))
    columns = dict(data["columns"])
    # a dictionary would silently keep the last of two equal names
    if len(columns) < len(data["columns"]):
        raise InvalidData("two columns have the same name.")
    for member in members:
        if member.encoding is not None and list(kinds_of(member.encoding).items()) != list(columns.items()):
            raise InvalidData("an encoding is of other columns than the table.")
    return Portable(columns, tuple(data["classes"]), tuple(members), data["threshold"])


def _member(number: int, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray], before: list[Member]) -> Member:
    """One member; where its encoding is a number, it shares that of an earlier member."""
    network = Network.from_data(record["network"])
    encoding = None
    if isinstance(record["encoding"], int):
        # only earlier members: a file must not build a circle of references
        if isinstance(record["encoding"], bool) or not 0 <= record["encoding"] < number:
            raise InvalidData(
                f"member {number} shares the encoding of member {record['encoding']}, which isn't before it."
            )
        encoding = before[record["encoding"]].encoding
    elif record["encoding"] is not None:
        start = f"member{number}.encoding."
        its_arrays = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
        encoding = Encoding.from_data(its_arrays, record["encoding"])
    return Member(encoding, network, arrays[f"member{number}.parameters"], record["scale"], record["shift"])
