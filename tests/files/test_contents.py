"""What a model file is said to hold is what it holds, and nothing is run to find out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import separatrix as sx
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.files.container import pack, unpack
from separatrix.files.contents import ColumnSummary, describe


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x = np.random.default_rng(0).normal(size=(40, 2))
    model = MLPBinaryClassifier(
        (3, 4), "tanh", encoder=None, max_iter=5, class_weight={"no": 2.0}, random_state=np.random.RandomState(0)
    ).fit(x, np.where(x[:, 0] > 0, "yes", "no"))
    table = SimpleNamespace(source="patients.csv", sha256="ab" * 32, missing_words=MISSING_WORDS, written={})
    return sx.save(model, tmp_path_factory.mktemp("inspected") / "model.safetensors", source=table)


def test_an_estimator_is_described(file: Path) -> None:
    told, model = describe(file), sx.load(file)
    assert (told.kind, told.class_name, told.format, told.needs) == ("estimator", "MLPBinaryClassifier", 1, "0.1.0")
    assert told.columns == (ColumnSummary("x0", "number"), ColumnSummary("x1", "number"))
    assert told.classes == ("no", "yes")
    assert (told.networks, told.parameters) == (("2-3-4-1 tanh",), model.network_.n_parameters)
    assert told.settings["class_weight"] == {"no": 2.0}
    assert told.settings["hidden_layer_sizes"] == (3, 4)
    assert told.settings["random_state"] == "RandomState"
    assert told.settings.keys() == model.get_params(deep=False).keys()
    assert (told.results["epochs"], told.results["loss"]) == (5, model.loss_)
    assert told.versions["scikit-learn"]
    assert (told.input_source, told.input_sha256) == ("patients.csv", "ab" * 32)
    assert told.arrays["member0.parameters"] == ("float32", (model.network_.n_parameters,))


def test_hashes_and_size_are_the_files(file: Path) -> None:
    told = describe(file)
    assert told.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told.content_sha256.encode() in file.read_bytes()
    assert told.size == file.stat().st_size


def test_a_run_is_described(tmp_path: Path, run: sx.Run) -> None:
    told = describe(sx.save(run, tmp_path / "run.safetensors"))
    assert (told.kind, told.class_name, told.networks, told.parameters) == ("run", "Run", ("2-4-4-1 relu",), 37)
    assert told.settings["epochs"] == run.recipe.epochs
    assert told.results["status"] == run.status


def test_a_person_can_read_it(file: Path) -> None:
    rows = dict(describe(file).rows())
    assert rows["holds"].startswith("MLPBinaryClassifier: 2-3-4-1 tanh; ")
    assert rows["classes"] == "'no' or 'yes'"
    assert rows["column 1"] == "'x0': number"
    assert rows["trained on"] == f"patients.csv, SHA-256 {'ab' * 32}"


def test_nothing_is_made_of_it(file: Path, python: Callable[..., str]) -> None:
    code = (
        "import sys\nfrom separatrix.files.contents import describe\ndescribe(sys.argv[1])\n"
        "print(*(name for name in ('sklearn', 'torch', 'numba', 'separatrix.estimators.classifier') if name in sys.modules))"
    )
    assert python(code, str(file)).split() == []


def test_fault_30_damage_is_found(tmp_path: Path, file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[-3] ^= 4
    (tmp_path / "m").write_bytes(raw)
    with pytest.raises(sx.ModelFileError, match="damaged"):
        describe(tmp_path / "m")
    with pytest.raises(sx.ModelFileError, match="can't be read"):
        describe(tmp_path / "missing")


@pytest.mark.parametrize("odd", [None, 3, [1], "text"])
@pytest.mark.parametrize("field", ["kind", "portable", "settings", "extras", "versions"])
def test_fault_32_made_up_content_is_a_typed_error(tmp_path: Path, file: Path, field: str, odd: object) -> None:
    arrays, data = unpack(file.read_bytes())
    (tmp_path / "m").write_bytes(pack(arrays, data | {field: odd}))
    with pytest.raises(sx.ModelFileError, match="is undamaged, but this version can't describe"):
        describe(tmp_path / "m")
