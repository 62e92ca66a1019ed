"""A stranger's model file with a valid digest: whatever contradicts itself in it is refused before use, within seconds."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from separatrix import MLPBinaryClassifier, load
from separatrix.data.kinds.category import TargetCode
from separatrix.errors import InvalidData, ModelFileError, SeparatrixError
from separatrix.files import _estimator_file
from separatrix.files.container import pack
from separatrix.files.contents import describe

FRAME = polars.DataFrame({"a": [0.0, 1.0, 2.0, None], "town": ["Ulm", "Bern", "Ulm", None], "b": [1.0, 0.0, 1.0, 0.0]})


@pytest.fixture(scope="module")
def content() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the description of a small fitted classifier."""
    model = MLPBinaryClassifier((2,), max_iter=3, encoder="auto", n_iter_no_change=None).fit(FRAME, ["n", "y"] * 2)
    return _estimator_file.to_data(model)


CONTRADICTIONS = {
    "n_features_in_ 999": lambda data: data["extras"].update(n_features_in_=999),
    "n_features_in_ of 4,000 digits": lambda data: data["extras"].update(n_features_in_=10**3999),
    "n_features_in_ true": lambda data: data["extras"].update(n_features_in_=True),
    "a name less": lambda data: data["extras"].update(feature_names_in_={"list": ["a"]}),
    "other names": lambda data: data["extras"].update(feature_names_in_={"list": ["a", "town", "c"]}),
    "names that are a number": lambda data: data["extras"].update(feature_names_in_=3),
    "other classes": lambda data: data["extras"].update(classes_={"list": ["n", "x"]}),
    "three classes": lambda data: data["extras"].update(classes_={"list": ["n", "x", "y"]}),
    "a class": lambda data: data["extras"].update(classes_=1),
    "a target that is no text": lambda data: data["extras"].update(target_name_=1),
    "a column's name that is no text": lambda data: data["portable"]["members"][0]["encoding"]["columns"][1].update(
        name=0.5
    ),
    "another column": lambda data: data["portable"]["members"][0]["encoding"]["columns"][1].update(name="city"),
    "another kind": lambda data: data["portable"]["columns"][1].__setitem__(1, "number"),
    "another scale": lambda data: data["portable"]["members"][0].update(scale=2.0),
    "another threshold": lambda data: data["portable"].update(threshold=0.9),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_contradicts_itself_is_refused_when_it_is_loaded(name, content, tmp_path: Path) -> None:
    arrays, data = copy.deepcopy(content)
    (path := tmp_path / "m.safetensors").write_bytes(pack(arrays, data))
    load(path)
    CONTRADICTIONS[name](data)
    path.write_bytes(pack(arrays, data))
    with pytest.raises(ModelFileError):
        load(path)


def test_networks_other_than_those_of_the_run_are_refused(content, tmp_path: Path) -> None:
    arrays, data = copy.deepcopy(content)
    data["same"].pop(next(name for name, first in data["same"].items() if "parameters" in (name + first)), None)
    name = next(name for name in arrays if name == "member0.parameters")
    run_parameters = arrays[name].copy()
    arrays |= {copy_name: run_parameters for copy_name in content[1]["same"] if copy_name.endswith(".parameters")}
    data["same"] = {key: first for key, first in content[1]["same"].items() if key not in arrays}
    arrays[name] = arrays[name] + 1
    (path := tmp_path / "m.safetensors").write_bytes(pack(arrays, data))
    with pytest.raises(ModelFileError, match="contradict"):
        load(path)


@pytest.mark.parametrize("name", ["unknown", "missing", "values"])
def test_numbers_of_a_category_that_would_be_infinite_are_refused(name: str) -> None:
    numbers = {"values": np.array([0.5, 1.0]), "unknown": 0.0, "missing": 0.0}
    TargetCode("town", ("Bern", "Ulm"), **numbers)
    numbers[name] = np.array([0.5, 1e39]) if name == "values" else -1e39
    with pytest.raises(InvalidData, match="'town'"):
        TargetCode("town", ("Bern", "Ulm"), **numbers)


HOSTILE = (
    None,
    True,
    -1,
    0,
    10**6,
    2**62,
    0.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\x1b[2J",
    [],
    [1],
    ["a"],
    {},
    {"a": 1},
)
HOSTILE += ({"list": ["a"]}, {"array": "x"}, {"texts": ["a"], "shape": [10**9, 10**9], "dtype": "<U1"}, {"dict": [[1]]})


def places(plain: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all parts of a description."""
    parts = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    return [path, *(place for key, part in parts for place in places(part, (*path, key)))]


def test_any_part_replaced_by_anything_is_refused_or_harmless(content, tmp_path: Path) -> None:
    rng, path, refused = random.Random(0), tmp_path / "m.safetensors", 0
    everywhere = places(content[1])[1:]
    for _ in range(250):
        arrays, data = copy.deepcopy(content)
        *way, last = rng.choice(everywhere)
        part = data
        for key in way:
            part = part[key]
        part[last] = copy.deepcopy(rng.choice(HOSTILE))
        path.write_bytes(pack(arrays, data))
        try:
            describe(path).rows()
            model = load(path)
            assert np.isfinite(model.predict_proba(FRAME)).all()
            assert set(model.predict(FRAME)) <= {"n", "y"}
        except SeparatrixError:
            refused += 1
    assert refused > 150
