"""An estimator as arrays and plain data: its settings, its portable and what else it learnt, and how it comes back.

An estimator that is saved offers three methods:

    _portable()                   -> the Portable that it predicts with
    _extras()                     -> everything else that is fitted, as a dict of plain values, arrays and runs
    _restore(portable, extras)    sets all of it on a fresh object of the same settings

Plain values are written with their kind where JSON would lose it, and nothing but the kinds below comes back:
a file can name an estimator of CLASSES and no other class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from separatrix.errors import InvalidData, ModelFileError
from separatrix.estimators import portable
from separatrix.files import run_file
from separatrix.files.container import NAMES
from separatrix.support.constraints import shown
from separatrix.support.machine import versions
from separatrix.training.run import COLUMNS, History, Run

CLASSES = {
    "MLPBinaryClassifier": "separatrix.estimators.classifier",
    "SeparatrixClassifier": "separatrix.estimators.ensemble",
    "TableEncoder": "separatrix.estimators.encoding.encoder",
}
DESCRIBED = {"kind", "class", "settings", "portable", "extras", "same", "versions", "input"}


def is_known(model: Any) -> bool:
    """Whether it is an estimator that can be saved: one of ours, not a class made from it."""
    kind = type(model)
    return CLASSES.get(kind.__name__) == kind.__module__ and hasattr(model, "_portable")


def to_data(estimator: Any, source: Any = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A fitted estimator as arrays and plain data.

    Args:
        estimator: one of CLASSES.
        source: what it was fitted on, if that was a file: has `.source`, its name, and `.sha256`.

    Raises:
        InvalidData: not fitted, or a setting that only code can describe.
    """
    arrays, told = portable.to_data(estimator._portable())
    extras, writer = estimator._extras(), PlainWriter(arrays)
    data = {
        "kind": "estimator",
        "class": type(estimator).__name__,
        "settings": writer.settings(estimator),
        "portable": told,
        "extras": {name: writer.told(value, name) for name, value in extras.items()},
        "versions": versions("estimator"),
        "input": None,
    }
    known = getattr(estimator, "input_", None)
    if source is not None:
        known = {"source": source.source, "sha256": source.sha256}
    if known is not None:  # not under the name "sha256", by which the file's own digest is found
        data["input"] = {"source": known["source"], "input_sha256": known["sha256"]}
    data["same"] = _without_copies(arrays)
    return arrays, data


def from_data(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Any:
    """The estimator that `to_data` told.

    Raises:
        ModelFileError: what another version may have meant.
        LookupError, TypeError, ValueError: anything else that `to_data` doesn't write.
    """
    by = data["versions"].get("separatrix", "unknown")
    odd = sorted(data.keys() - DESCRIBED)
    if odd:
        raise ModelFileError(f"holds {odd[0]!r}, which this version doesn't know; it was written by separatrix {by}.")
    name = data["class"]
    if not isinstance(name, str) or name not in CLASSES:
        raise ModelFileError(f"holds an estimator {name!r} of separatrix {by}, which this version doesn't know.")
    arrays = arrays | {copy: arrays[first].copy() for copy, first in data["same"].items()}
    reader = PlainReader(arrays)
    estimator = reader.estimator(name, data["settings"])
    extras = {key: reader.read(value) for key, value in data["extras"].items()}
    estimator._restore(portable.from_data(arrays, data["portable"]), extras)
    if data["input"] is not None:
        estimator.input_ = {"source": data["input"]["source"], "sha256": data["input"]["input_sha256"]}
    return estimator


def _without_copies(arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """Take out arrays that are equal to another one, bit for bit: name -> the name of the one that stays."""
    first: dict[tuple[str, tuple[int, ...], bytes], str] = {}
    same = {}
    for name, array in list(arrays.items()):
        kept = first.setdefault((array.dtype.str, array.shape, array.tobytes()), name)
        if kept != name:
            same[name] = kept
            del arrays[name]
    return same


@dataclass(frozen=True)
class PlainWriter:
    """Turns values into plain data; arrays go beside it under names of their own."""

    arrays: dict[str, np.ndarray]

    def settings(self, estimator: Any) -> dict[str, Any]:
        """The constructor's arguments as plain data, nested estimators included."""
        return {name: self.told(value, name) for name, value in estimator.get_params(deep=False).items()}

    def told(self, value: Any, name: str) -> Any:
        """One value as plain data.

        Raises:
            InvalidData: a value of a kind that only code describes.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list | tuple):
            return {"list" if isinstance(value, list) else "tuple": [self.told(each, name) for each in value]}
        if isinstance(value, Mapping):
            return {"dict": [[self.told(key, name), self.told(each, name)] for key, each in value.items()]}
        if isinstance(value, np.ndarray):
            return self._array(value, name)
        if isinstance(value, np.random.RandomState):
            return {"random_state": self.told(value.get_state(), name)}
        if isinstance(value, Run):
            return self._run(value)
        if isinstance(value, History):
            return {"history": [self._array(getattr(value, column), column) for column in COLUMNS]}
        kind = type(value)
        if CLASSES.get(kind.__name__) == kind.__module__:
            return {"estimator": kind.__name__, "settings": self.settings(value)}
        raise InvalidData(
            f"{name}={shown(value)} can't be saved: a model file holds plain values, arrays and separatrix's own "
            "estimators, and no code. Choose a setting by its name or number."
        )

    def _array(self, array: np.ndarray, name: str) -> dict[str, Any]:
        if array.dtype.name in NAMES:
            place = f"array{len(self.arrays)}"
            self.arrays[place] = array
            return {"array": place}
        if array.dtype.kind in "OU":
            kept = [self.told(each, name) for each in array.ravel().tolist()]
            return {"texts": kept, "shape": list(array.shape), "dtype": array.dtype.str}
        return {"texts": array.ravel().tolist(), "shape": list(array.shape), "dtype": array.dtype.str}

    def _run(self, run: Run) -> dict[str, Any]:
        place = f"run{len(self.arrays)}."
        arrays, data = run_file.to_data(run)
        self.arrays.update({place + name: array for name, array in arrays.items()})
        return {"run": place, "data": data}


@dataclass(frozen=True)
class PlainReader:
    """The way back; see PlainWriter."""

    arrays: dict[str, np.ndarray]
    used: set[str] = field(default_factory=set)

    def estimator(self, name: str, settings: Mapping[str, Any]) -> Any:
        """A fresh estimator of CLASSES with these settings."""
        kind = getattr(import_module(CLASSES[name]), name)
        return kind(**{key: self.read(value) for key, value in settings.items()})

    def read(self, told: Any) -> Any:
        """The value that `PlainWriter.told` wrote."""
        match told:
            case None | bool() | int() | float() | str():
                return told
            case {"list": list() as items, **rest} if not rest:
                return [self.read(each) for each in items]
            case {"tuple": list() as items, **rest} if not rest:
                return tuple(self.read(each) for each in items)
            case {"dict": list() as items, **rest} if not rest:
                return {self.read(key): self.read(value) for key, value in items}
            case {"array": str() as place, **rest} if not rest:
                return self.arrays[place]
            case {"texts": list() as items, "shape": list() as shape, "dtype": str() as dtype, **rest} if not rest:
                return _texts([self.read(each) for each in items], shape, dtype)
            case {"random_state": state, **rest} if not rest:
                made = np.random.RandomState()
                made.set_state(self.read(state))
                return made
            case {"run": str() as place, "data": dict() as data, **rest} if not rest:
                own = {name.removeprefix(place): array for name, array in self.arrays.items() if name.startswith(place)}
                return run_file.from_data(own, data)
            case {"history": list() as columns, **rest} if not rest:
                return History(**dict(zip(COLUMNS, (self.read(column) for column in columns), strict=True)))
            case {"estimator": str() as name, "settings": dict() as settings, **rest} if not rest and name in CLASSES:
                return self.estimator(name, settings)
        raise ValueError(f"{shown(told)} is no value that a model file holds.")


def _texts(items: list[Any], shape: list[int], dtype: str) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind not in "OUiufb" or kind.itemsize > 4 * max((len(str(item)) for item in items), default=0) + 8:
        raise ValueError(f"an array of dtype {dtype!r} isn't one of texts.")  # an absurd width would fill the memory
    made = np.empty(len(items), kind)
    made[:] = items
    return made.reshape(shape)
