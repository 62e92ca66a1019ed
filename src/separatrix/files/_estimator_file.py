"""An estimator as arrays and plain data: its settings, its portable and its other fitted attributes, and back again.

An estimator that can be saved has three methods:

    _portable()                   -> the Portable that it predicts with
    _extras()                     -> all other fitted attributes, as a dict of plain values, arrays and runs
    _restore(portable, extras)    sets all of them on a new object with the same settings

Values are written with their type where JSON would lose it, and only the types below can be read back: a file can name
an estimator of CLASSES and no other class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from separatrix.data.kinds.forms import form_of_record
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.errors import InvalidData, ModelFileError
from separatrix.estimators import portable
from separatrix.files import run_file
from separatrix.files.container import NAMES
from separatrix.support.constraints import shown
from separatrix.support.machine import versions
from separatrix.training.run import COLUMNS, History, Run

# Classes by name, and not by the module that a file names: nothing in a file decides what is imported, and a class that
# moves to another module still loads from old files.
CLASSES = {
    "MLPBinaryClassifier": "separatrix.estimators.classifier",
    "SeparatrixClassifier": "separatrix.estimators.ensemble",
    "TableEncoder": "separatrix.estimators.encoding.encoder",
}
DESCRIBED = {"kind", "class", "settings", "portable", "extras", "same", "versions", "input"}


def is_known(model: Any) -> bool:
    """Whether it is an estimator that can be saved: one of this package's classes, not a subclass of one."""
    # A subclass may keep attributes or override methods that a file cannot describe.
    kind = type(model)
    return CLASSES.get(kind.__name__) == kind.__module__ and hasattr(model, "_portable")


def to_data(estimator: Any, source: Any = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A fitted estimator as arrays and plain data.

    Args:
        estimator: one of CLASSES.
        source: the table it was fitted on, if that was read from a file: an object with `.source`, the name of the file,
            and `.sha256`.

    Returns:
        Arrays by name, and data for JSON.

    Raises:
        InvalidData: the estimator is not fitted, or a setting can only be described by code.
    """
    arrays, described = portable.to_data(estimator._portable())
    extras, writer = estimator._extras(), PlainWriter(arrays)
    data = {
        "kind": "estimator",
        "class": type(estimator).__name__,
        "settings": writer.settings(estimator),
        "portable": described,
        "extras": {name: writer.plain(value, name) for name, value in extras.items()},
        "versions": versions("estimator"),
        "input": None,
    }
    origin = getattr(estimator, "input_", None)
    if source is not None:
        origin = {
            "source": source.source,
            "sha256": source.sha256,
            "missing_words": source.missing_words,
            "written": source.written,
        }
    if origin is not None:  # not under the name "sha256", by which the file's own digest is found
        record: dict[str, Any] = {"source": origin["source"], "input_sha256": origin["sha256"]}
        if tuple(origin.get("missing_words", MISSING_WORDS)) != MISSING_WORDS:
            record["missing_words"] = list(origin["missing_words"])
        if origin.get("written"):
            record["written"] = {name: dict(form) for name, form in origin["written"].items()}
        data["input"] = record
    data["same"] = _without_copies(arrays)
    return arrays, data


def from_data(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> Any:
    """The estimator that `to_data` described.

    Args:
        arrays: by name.
        data: from JSON.

    Raises:
        ModelFileError: it holds an entry or a class that only another version may know.
        LookupError, TypeError, ValueError: anything else that `to_data` doesn't write.
    """
    version = data["versions"].get("separatrix", "unknown")
    unknown = sorted(data.keys() - DESCRIBED)
    if unknown:
        raise ModelFileError(
            f"holds {unknown[0]!r}, which this version doesn't know; it was written by separatrix {version}."
        )
    name = data["class"]
    # Only names of CLASSES: a file must not be able to choose what is imported.
    if not isinstance(name, str) or name not in CLASSES:
        raise ModelFileError(f"holds an estimator {name!r} of separatrix {version}, which this version doesn't know.")
    arrays = arrays | {copy: arrays[first].copy() for copy, first in data["same"].items()}
    # First an unfitted estimator from its settings; then `_restore` sets what was fitted, for each class knows its attributes.
    reader = PlainReader(arrays)
    estimator = reader.estimator(name, data["settings"])
    extras = {key: reader.read(value) for key, value in data["extras"].items()}
    predictor = portable.from_data(arrays, data["portable"])
    _refuse_misfit(extras, predictor)
    estimator._restore(predictor, extras)
    _refuse_other(estimator, predictor)
    if data["input"] is not None:
        origin = data["input"]
        estimator.input_ = {"source": origin["source"], "sha256": origin["input_sha256"]}
        if "missing_words" in origin:
            estimator.input_["missing_words"] = tuple(map(str, origin["missing_words"]))
        if "written" in origin:
            estimator.input_["written"] = _forms(origin["written"], predictor)
    return estimator


def _forms(written: Any, predictor: portable.Portable) -> dict[str, dict[str, Any]]:
    """How numbers and dates of columns were written in training, checked against the columns.

    Raises:
        TypeError, ValueError: a form that no version writes, or of a column of another kind.
    """
    forms = {name: form_of_record(record) for name, record in written.items()}
    for name, form in forms.items():
        if predictor.columns.get(name) != form.kind:
            raise ValueError(f"column {name!r} holds no {form.kind}, but is written as one")
    return {name: form.record for name, form in forms.items()}


def _refuse_misfit(extras: Mapping[str, Any], predictor: portable.Portable) -> None:
    """Refuse fitted attributes that contradict the columns and classes with which the file predicts.

    A digest says that a file is undamaged, not who wrote it: a count in it must not decide how much is allocated.
    """
    columns, count, names = list(predictor.columns), extras["n_features_in_"], extras["feature_names_in_"]
    if type(count) is not int or count != len(columns):
        raise ValueError(f"its n_features_in_ is {shown(count)}, but it predicts from {len(columns)} columns.")
    if names is not None and (not isinstance(names, list) or names != columns):
        raise ValueError(f"its feature_names_in_ are {shown(names)}, but it predicts from {shown(columns)}.")
    classes = np.asarray(extras["classes_"])
    if classes.shape != (2,) or classes.tolist() != list(predictor.classes):
        raise ValueError(f"its classes_ are {shown(extras['classes_'])}, but it predicts {shown(predictor.classes)}.")
    if not isinstance(extras["target_name_"], str | None):
        raise ValueError(f"its target_name_ is {shown(extras['target_name_'])}.")


def _refuse_other(estimator: Any, predictor: portable.Portable) -> None:
    """Refuse an estimator that would predict other than the portable that the file holds beside it."""
    (arrays, data), (expected_arrays, expected) = map(portable.to_data, (estimator._portable(), predictor))
    equal = arrays.keys() == expected_arrays.keys() and all(
        np.array_equal(array, expected_arrays[name]) for name, array in arrays.items()
    )
    if not equal or data != expected:
        raise ValueError("its fitted attributes and the networks that it predicts with contradict each other.")


def _without_copies(arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """Remove arrays that equal an earlier one bit for bit: name of the copy -> name of the original.

    The members of an ensemble share their encodings; each of those is stored once.
    """
    first: dict[tuple[str, tuple[int, ...], bytes], str] = {}
    same = {}
    for name, array in list(arrays.items()):
        original = first.setdefault((array.dtype.str, array.shape, array.tobytes()), name)
        if original != name:
            same[name] = original
            del arrays[name]
    return same


@dataclass(frozen=True)
class PlainWriter:
    """Turns values into plain data. Arrays are stored beside it under names that the data refers to."""

    arrays: dict[str, np.ndarray]

    def settings(self, estimator: Any) -> dict[str, Any]:
        """The constructor's arguments as plain data, nested estimators included.

        Raises:
            InvalidData: a setting can only be described by code.
        """
        return {name: self.plain(value, name) for name, value in estimator.get_params(deep=False).items()}

    def plain(self, value: Any, name: str) -> Any:
        """One value as plain data.

        Args:
            value: a setting or a fitted attribute.
            name: of the setting or attribute, for the error.

        Raises:
            InvalidData: a value of a type that only code can describe.
        """
        # JSON has neither tuples nor keys that aren't texts, so containers are tagged objects: {"tuple": [...]}.
        if isinstance(value, np.generic):  # a NumPy scalar, which JSON can't write
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list | tuple):
            return {"list" if isinstance(value, list) else "tuple": [self.plain(element, name) for element in value]}
        if isinstance(value, Mapping):
            return {"dict": [[self.plain(key, name), self.plain(element, name)] for key, element in value.items()]}
        if isinstance(value, np.ndarray):
            return self._array(value, name)
        if isinstance(value, np.random.RandomState):
            return {"random_state": self.plain(value.get_state(), name)}
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
        # safetensors holds no texts, objects or dates; those go into the JSON, element by element.
        if array.dtype.name in NAMES:
            key_in_file = f"array{len(self.arrays)}"
            self.arrays[key_in_file] = array
            return {"array": key_in_file}
        if array.dtype.kind in "OU":
            texts = [self.plain(element, name) for element in array.ravel().tolist()]
            return {"texts": texts, "shape": list(array.shape), "dtype": array.dtype.str}
        return {"texts": array.ravel().tolist(), "shape": list(array.shape), "dtype": array.dtype.str}

    def _run(self, run: Run) -> dict[str, Any]:
        # The number of arrays so far makes the prefix unique in this file.
        key_in_file = f"run{len(self.arrays)}."
        arrays, data = run_file.to_data(run)
        self.arrays.update({key_in_file + name: array for name, array in arrays.items()})
        return {"run": key_in_file, "data": data}


@dataclass(frozen=True)
class PlainReader:
    """Turns what `PlainWriter` wrote into values again."""

    arrays: dict[str, np.ndarray]
    used: set[str] = field(default_factory=set)

    def estimator(self, name: str, settings: Mapping[str, Any]) -> Any:
        """A new estimator of CLASSES with these settings."""
        kind = getattr(import_module(CLASSES[name]), name)
        return kind(**{key: self.read(value) for key, value in settings.items()})

    def read(self, plain: Any) -> Any:
        """The value that `PlainWriter.plain` wrote.

        Raises:
            ValueError: something that it never writes.
        """
        # Every pattern ends in `if not rest`: an object with one more key isn't what was written, and is refused.
        match plain:
            case None | bool() | int() | float() | str():
                return plain
            case {"list": list() as items, **rest} if not rest:
                return [self.read(item) for item in items]
            case {"tuple": list() as items, **rest} if not rest:
                return tuple(self.read(item) for item in items)
            case {"dict": list() as items, **rest} if not rest:
                return {self.read(key): self.read(value) for key, value in items}
            case {"array": str() as key_in_file, **rest} if not rest:
                return self.arrays[key_in_file]
            case {"texts": list() as items, "shape": list() as shape, "dtype": str() as dtype, **rest} if not rest:
                return _texts([self.read(item) for item in items], shape, dtype)
            case {"random_state": state, **rest} if not rest:
                generator = np.random.RandomState()
                generator.set_state(self.read(state))
                return generator
            case {"run": str() as key_in_file, "data": dict() as data, **rest} if not rest:
                mine = ((name, array) for name, array in self.arrays.items() if name.startswith(key_in_file))
                run_arrays = {name.removeprefix(key_in_file): array for name, array in mine}
                return run_file.from_data(run_arrays, data)
            case {"history": list() as columns, **rest} if not rest:
                return History(**dict(zip(COLUMNS, (self.read(column) for column in columns), strict=True)))
            case {"estimator": str() as name, "settings": dict() as settings, **rest} if not rest and name in CLASSES:
                return self.estimator(name, settings)
        raise ValueError(f"{shown(plain)} is not a value of a model file.")


def _texts(items: list[Any], shape: list[int], dtype: str) -> np.ndarray:
    element_type = np.dtype(dtype)
    longest = max((len(str(item)) for item in items), default=0)
    # NumPy stores a text in 4 bytes per letter; a dtype much wider than its longest text would fill the memory.
    if element_type.kind not in "OUiufb" or element_type.itemsize > 4 * longest + 8:
        raise ValueError(f"an array of dtype {dtype!r} can't be one of texts.")
    array = np.empty(len(items), element_type)
    array[:] = items
    return array.reshape(shape)
