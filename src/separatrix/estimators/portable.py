"""Portable: all that is needed to predict, as plain records. Model files and every export are made from it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._prediction import by_blocks
from separatrix.estimators.encoding._reading import as_numbers
from separatrix.estimators.encoding.encoding import encode
from separatrix.networks.activations import sigmoid
from separatrix.networks.network import Network
from separatrix.support.constraints import Choice, Having, Optional, Real, Rule, check, shown
from separatrix.training.run import Run

if TYPE_CHECKING:
    import polars

    from separatrix.estimators.encoding.encoding import Encoding

DTYPES = ("float32", "float64")
Label = str | int | float | bool


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network with the encoding before it.

    Attributes:
        encoding: table -> numbers (n, k), or None where the columns are the numbers.
        network: what is computed of them.
        parameters: (p,) float32 or float64; the encoded numbers are rounded to this dtype, the rest is float64.
        scale: its part in the whole: it adds `scale * z + shift` of its logit z. A member alone with a scale other than
            1 is calibrated by that.
        shift: see scale.

    Raises:
        InvalidParameter: a part of the wrong kind.
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
        if not np.isfinite(parameters).all():
            raise InvalidData("the parameters aren't finite: a diverged training has nothing to predict with.")


@dataclass(frozen=True, eq=False)
class Portable:
    """All that is needed to predict: the columns, the classes and one or more members, whose logits are added.

    Attributes:
        columns: name -> kind (one of `separatrix.data.kinds.KINDS`), in the table's order.
        classes: the two labels, the second being the one whose probability is modelled.
        members: the networks.
        threshold: the second class is predicted where its probability is above this.

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
            raise InvalidData(f"{member.network} takes {member.network.n_inputs} numbers a row, but is given {width}.")
        if member.encoding is None and set(self.columns.values()) != {"number"}:
            raise InvalidData("without an encoding every column must be a number; fit with an encoder.")

    def __repr__(self) -> str:
        inside = ", ".join(str(member.network) for member in self.members)
        return f"Portable({len(self.columns)} columns -> {self.classes[0]} or {self.classes[1]}: {inside})"

    @classmethod
    def of_network(
        cls, network: Network, parameters: np.ndarray, classes: tuple[Label, ...] = (0, 1), names: Any = None
    ) -> Portable:
        """A bare network on columns of numbers, called x0, x1, … unless named."""
        names = [f"x{at}" for at in range(network.n_inputs)] if names is None else list(names)
        return cls(dict.fromkeys(names, "number"), classes, (Member(None, network, np.asarray(parameters)),))

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities of the first and the second class: any frame or array of n rows -> (n, 2) float64.

        Raises:
            InvalidData: columns that are missing or of another kind.
        """
        frame = self.matched(x)
        z = summed_logits(self.members, frame, encoded)
        return np.stack([sigmoid(-z), sigmoid(z)], axis=1)

    def predict(self, x: Any) -> np.ndarray:
        """The labels, (n,): the second class where its probability is above the threshold."""
        at = (self.predict_proba(x)[:, 1] > self.threshold).astype(int)
        return np.asarray(np.array(self.classes)[at])

    def matched(self, x: Any) -> polars.DataFrame:
        """The same rows as a frame of these columns; see `separatrix.estimators.portable.matched`."""
        return matched(x, self.columns)


def matched(x: Any, columns: Mapping[str, str]) -> polars.DataFrame:
    """Any frame, or an array (n, d), as a frame of these columns (name -> kind), in their order.

    Raises:
        InvalidData: columns that are missing or of another kind.
    """
    from separatrix.data.frames import as_frame
    from separatrix.data.table import matched as matched_frame

    return matched_frame(as_frame(x, names=list(columns) if isinstance(x, np.ndarray) else None), dict(columns))


def as_portable(model: Any) -> Portable:
    """What a fitted estimator, a `Run` or a portable itself predicts with.

    Raises:
        InvalidData: anything else, or a run of a user's own module.

    Examples:
        >>> import separatrix as sx
        >>> as_portable(sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=5), sx.moons()))
        Portable(2 columns -> 0 or 1: 2-4-1)
    """
    if isinstance(model, Portable):
        return model
    if callable(getattr(model, "_portable", None)):
        return model._portable()  # type: ignore[no-any-return]
    if isinstance(model, Run):
        if not isinstance(model.network, Network):
            raise InvalidData("a run of your own module can't be exported: only its code says what it computes.")
        return Portable.of_network(model.network, model.parameters)
    raise InvalidData(f"expected a fitted estimator or a Run, got {type(model).__name__}.")


def encoded(encoding: Encoding | None, frame: polars.DataFrame, dtype: str) -> np.ndarray:
    """What the encoding makes of these rows: (n, k) of that dtype; without one the columns are the numbers."""
    return frame.to_numpy().astype(dtype) if encoding is None else encoding.encode(frame, dtype=dtype)


def summed_logits(
    members: tuple[Member, ...], x: Any, encode: Callable[[Encoding | None, Any, str], np.ndarray]
) -> np.ndarray:
    """The logit of class 1, to which every member adds its part: x of n rows -> (n,) float64.

    Args:
        members: those that share an encoding share its numbers too.
        x: any table that can be sliced by rows.
        encode: encoding, rows, dtype -> (n, k); called with a block of rows at a time, maybe in several threads.
    """
    exact = [(member, member.parameters.astype(np.float64)) for member in members]

    def of(rows: Any) -> np.ndarray:
        made: dict[tuple[int, str], np.ndarray] = {}
        z = np.zeros(len(rows))
        for member, parameters in exact:
            key = (id(member.encoding), member.parameters.dtype.name)
            if key not in made:
                made[key] = encode(member.encoding, rows, key[1]).astype(np.float64, copy=False)
            z += member.scale * member.network.logit(parameters, made[key]) + member.shift
        return z

    return by_blocks(x, of)


def logits_of(portables: Sequence[Portable], x: Any) -> np.ndarray:
    """The logit of class 1 by each of k classifiers of the same columns: any frame of n rows -> (n, k) float64.

    For pictures: encodings and networks that several of them share are asked once, as those of an ensemble and its
    fold models are, and in single precision where the columns are encoded.

    Raises:
        InvalidData: columns that are missing or of another kind.
    """
    asked: dict[tuple[int, int], list[tuple[int, Member]]] = {}
    for k, portable in enumerate(portables):
        for member in portable.members:
            asked.setdefault((id(member.encoding), id(member.parameters)), []).append((k, member))

    def of(rows: Any) -> np.ndarray:
        made: dict[tuple[int, str], np.ndarray] = {}
        z = np.zeros((len(rows), len(portables)))
        for shares in asked.values():
            _, one = shares[0]
            key = (id(one.encoding), one.parameters.dtype.name if one.encoding is None else "float32")
            if key not in made:
                made[key] = encode(one.encoding, rows, key[1])
            alone = one.network.logit(one.parameters.astype(key[1], copy=False), made[key])
            for k, member in shares:
                z[:, k] += member.scale * alone + member.shift
        return z

    return by_blocks(as_numbers(matched(x, portables[0].columns)), of)


def to_data(portable: Portable) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A portable as arrays and plain data: what goes into a model file.

    Examples:
        >>> network = Network.parse("2-3-1")
        >>> arrays, data = to_data(Portable.of_network(network, network.initialise(seed=0)))
        >>> sorted(arrays), data["columns"]
        (['member0.parameters'], [['x0', 'number'], ['x1', 'number']])
    """
    arrays: dict[str, np.ndarray] = {}
    members: list[dict[str, Any]] = []
    first: dict[int, int] = {}  # of the members that share an encoding
    for at, member in enumerate(portable.members):
        arrays[f"member{at}.parameters"] = member.parameters
        told: dict[str, Any] = {
            "network": member.network.to_data(),
            "scale": member.scale,
            "shift": member.shift,
            "encoding": None,
        }
        if member.encoding is not None:
            told["encoding"] = first.setdefault(id(member.encoding), at)
        if told["encoding"] == at and member.encoding is not None:
            more, told["encoding"] = member.encoding.to_data()
            arrays |= {f"member{at}.encoding.{name}": array for name, array in more.items()}
        members.append(told)
    columns = [[name, kind] for name, kind in portable.columns.items()]  # a list: a name may begin with "$"
    classes = list(portable.classes)
    return arrays, {"columns": columns, "classes": classes, "threshold": portable.threshold, "members": members}


def from_data(arrays: Mapping[str, np.ndarray], data: Mapping[str, Any]) -> Portable:
    """The portable that `to_data` wrote.

    Raises:
        InvalidParameter, InvalidData, KeyError, TypeError: anything else.
    """
    members: list[Member] = []
    for at, told in enumerate(data["members"]):
        members.append(_member(at, told, arrays, members))
    columns = dict(data["columns"])
    if len(columns) < len(data["columns"]):
        raise InvalidData("two columns have the same name.")
    return Portable(columns, tuple(data["classes"]), tuple(members), data["threshold"])


def _member(at: int, told: Mapping[str, Any], arrays: Mapping[str, np.ndarray], before: list[Member]) -> Member:
    """One member; an encoding that is a number is that of an earlier member."""
    network = Network.from_data(told["network"])
    encoding = None
    if isinstance(told["encoding"], int):
        if isinstance(told["encoding"], bool) or not 0 <= told["encoding"] < at:
            raise InvalidData(f"member {at} shares the encoding of member {told['encoding']}, which isn't before it.")
        encoding = before[told["encoding"]].encoding
    elif told["encoding"] is not None:
        from separatrix.estimators.encoding.encoding import Encoding

        start = f"member{at}.encoding."
        own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
        encoding = Encoding.from_data(own, told["encoding"])
    return Member(encoding, network, arrays[f"member{at}.parameters"], told["scale"], told["shift"])
