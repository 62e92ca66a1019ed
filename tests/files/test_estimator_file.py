"""A whole estimator in one file: what comes back predicts the same bits and goes on the same; all else is refused."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

import separatrix as sx
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.files import container
from separatrix.files.container import pack, unpack

LABELS = {
    "text": ["no", "yes"],
    "bool": [False, True],
    "-1 and 1": [-1, 1],
    "1 and 2, int32": np.array([1, 2], np.int32),
    "floats": [0.0, 1.0],
    "objects": np.array(["ä", "=1+1"], object),
}


def rows(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).normal(size=(count, 3))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def fitted(**more: Any) -> MLPBinaryClassifier:
    x, y = rows()
    return MLPBinaryClassifier(
        **{"hidden_layer_sizes": (4,), "max_iter": 6, "encoder": None, "random_state": 1} | more
    ).fit(x, y)


def around(model: MLPBinaryClassifier, path: Path) -> MLPBinaryClassifier:
    return sx.load(sx.save(model, path / "model.safetensors", force=True))


def comparable(model: MLPBinaryClassifier) -> str:
    """The settings as text, a generator by its state."""
    states = {
        name: value.get_state() for name, value in model.get_params().items() if name == "random_state" and value != 1
    }
    return repr(model.get_params() | states)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a small estimator's file."""
    return sx.save(fitted(), tmp_path_factory.mktemp("raw") / "model.safetensors").read_bytes()


SETTINGS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "two outputs": {"outputs": 2, "activation": ("tanh", "mish"), "hidden_layer_sizes": [3, 4]},
    "float64": {"dtype": "float64", "optimizer": "sgd"},
    "weights, stopping, batches": {"class_weight": {0: 1.0, 1: 2.5}, "early_stopping": True, "batch_size": 16},
    "a generator as seed": {"random_state": np.random.RandomState(3)},
    "torch engine": {"engine": "torch", "max_iter": 2},
}


@pytest.mark.parametrize("more", SETTINGS.values(), ids=SETTINGS)
def test_an_estimator_comes_back_as_it_was(tmp_path: Path, more: dict[str, Any]) -> None:
    model = fitted(**more)
    again, (x, y) = around(model, tmp_path), rows(200)
    assert type(again) is MLPBinaryClassifier
    assert again.predict_proba(x).tobytes() == model.predict_proba(x).tobytes()
    assert again.decision_function(x).tobytes() == model.decision_function(x).tobytes()
    assert comparable(again) == comparable(model)
    assert (again.loss_curve_, again.n_iter_, again.loss_) == (model.loss_curve_, model.n_iter_, model.loss_)
    assert again.score(x, y) == model.score(x, y)
    assert again.history_.equals(model.history_)


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels_of_every_kind_come_back(tmp_path: Path, labels: Any) -> None:
    x, y = rows()
    model = fitted().fit(x, np.asarray(labels)[y])
    again = around(model, tmp_path)
    assert again.classes_.tolist() == model.classes_.tolist()
    assert again.classes_.dtype == model.classes_.dtype
    assert again.predict(x).tolist() == model.predict(x).tolist()


def test_a_loaded_estimator_goes_on_as_the_saved_one_does(tmp_path: Path) -> None:
    x, y = rows()
    model = fitted(warm_start=True)
    again = around(model, tmp_path)
    assert again.fit(x, y).predict_proba(x).tobytes() == model.fit(x, y).predict_proba(x).tobytes()
    assert again.partial_fit(x, y).predict_proba(x).tobytes() == model.partial_fit(x, y).predict_proba(x).tobytes()
    assert len(again.loss_curve_) == len(model.loss_curve_) == 13


def test_the_same_estimator_gives_the_same_bytes(tmp_path: Path) -> None:
    one = sx.save(fitted(), tmp_path / "one").read_bytes()
    assert sx.save(sx.load(tmp_path / "one"), tmp_path / "two").read_bytes() == one


def test_equal_arrays_are_kept_once(raw: bytes) -> None:
    """The parameters stand in the portable and in the run."""
    arrays, data = unpack(raw)
    contents = [(array.dtype, array.shape, array.tobytes()) for array in arrays.values()]
    assert len(set(contents)) == len(contents)
    assert "member0.parameters" in data["same"].values()


def test_fault_8_the_input_file_is_remembered_until_the_next_fit(tmp_path: Path) -> None:
    table = SimpleNamespace(source="patients.csv", sha256="ab" * 32, missing_words=MISSING_WORDS, written={})
    path = sx.save(fitted(), tmp_path / "one", source=table)
    again = sx.load(path)
    assert again.input_ == {"source": "patients.csv", "sha256": "ab" * 32}
    assert sx.load(sx.save(again, tmp_path / "two")).input_ == again.input_
    again.fit(*rows())
    assert not hasattr(sx.load(sx.save(again, tmp_path / "three")), "input_")


def test_what_is_not_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        sx.save(MLPBinaryClassifier(), tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_class_of_the_users_own_is_refused(tmp_path: Path) -> None:
    class Own(MLPBinaryClassifier):
        pass

    with pytest.raises(sx.InvalidData, match="expected a Run or a fitted estimator of separatrix to save, got Own"):
        sx.save(Own(encoder=None, max_iter=2).fit(*rows()), tmp_path / "model.safetensors")


def test_a_setting_that_only_code_describes_is_refused(tmp_path: Path) -> None:
    model = fitted()
    model.verbose = print
    with pytest.raises(sx.InvalidData, match=r"verbose=<built-in function print> can't be saved: .* no code"):
        sx.save(model, tmp_path / "model.safetensors")


def test_a_run_is_asked_for_where_an_estimator_came(tmp_path: Path) -> None:
    from separatrix.files.saving import load_run

    path = sx.save(fitted(), tmp_path / "model.safetensors")
    with pytest.raises(sx.ModelFileError, match=r"holds an estimator \(MLPBinaryClassifier\), but this needs a run"):
        load_run(path)


def test_fault_29_saving_over_the_file_that_was_loaded_is_safe(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw)
    again = sx.load(path)
    with pytest.raises(sx.OutputError, match="exists"):
        sx.save(again, path)
    path.write_bytes(b"")
    sx.save(again, path, force=True)
    assert path.read_bytes() == raw


def test_fault_30_a_damaged_file_on_the_disk_is_refused(tmp_path: Path, raw: bytes) -> None:
    path, draw = tmp_path / "model.safetensors", random.Random(30)
    for _ in range(300):
        flipped = bytearray(raw)
        flipped[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(sx.ModelFileError, match=r"model\.safetensors"):
            sx.load(path)
    for length in range(0, len(raw), 101):
        path.write_bytes(raw[:length])
        with pytest.raises(sx.ModelFileError, match=r"model\.safetensors"):
            sx.load(path)


LOAD_WATCHED = """
import sys
import separatrix as sx
sx.load(sys.argv[1])  # what it imports, it imports now
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments[0]) if arguments else "")))
model = sx.load(sys.argv[1])
print(sorted({f"{event} {what}" for event, what in seen if event not in ("object.__getattr__", "sys._getframe")}))
"""


def test_fault_31_loading_runs_nothing_and_opens_nothing_else(
    tmp_path: Path, raw: bytes, python: Callable[..., str]
) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw)
    seen = python(LOAD_WATCHED, str(path))
    assert f"open {path}" in seen
    for event in ("exec", "compile", "pickle", "subprocess", "os.system", "socket", "ctypes"):
        assert f"'{event}" not in seen, seen
    assert seen.count("'open ") == 1, seen


@pytest.mark.parametrize(
    "name", ["subprocess.Popen", "Popen", "os", "", None, ["MLPBinaryClassifier"], "TableEncoder2"]
)
def test_fault_31_no_class_but_ours_is_ever_made(tmp_path: Path, raw: bytes, name: Any) -> None:
    path = tmp_path / "model.safetensors"
    arrays, data = unpack(raw)
    path.write_bytes(pack(arrays, data | {"class": name}))
    with pytest.raises(sx.ModelFileError, match="which this version doesn't know"):
        sx.load(path)
    nested = data["settings"] | {"encoder": {"estimator": name, "settings": {"args": ["touch", "x"]}}}
    path.write_bytes(pack(arrays, data | {"settings": nested}))
    with pytest.raises(sx.ModelFileError, match="is not a value of a model file"):
        sx.load(path)


MADE_UP: dict[str, Callable[[Any, Any], object]] = {
    "no parameters": lambda arrays, data: arrays.pop("member0.parameters"),
    "too few parameters": lambda arrays, data: arrays.update({"member0.parameters": np.zeros(3, np.float32)}),
    "parameters that aren't finite": lambda arrays, data: arrays["member0.parameters"].fill(np.nan),
    "an absurd network": lambda arrays, data: data["portable"]["members"][0]["network"].update(widths=[3, 10**15, 1]),
    "another width": lambda arrays, data: data["portable"]["columns"].pop(),
    "a column twice": lambda arrays, data: data["portable"]["columns"].__setitem__(0, ["x1", "number"]),
    "an unknown kind": lambda arrays, data: data["portable"]["columns"].__setitem__(0, ["x0", "colour"]),
    "three classes": lambda arrays, data: data["portable"]["classes"].append(2),
    "no members": lambda arrays, data: data["portable"]["members"].clear(),
    "no settings": lambda arrays, data: data.pop("settings"),
    "an unknown setting": lambda arrays, data: data["settings"].update(colour="red"),
    "an unknown field": lambda arrays, data: data.update(colour="red"),
    "no extras": lambda arrays, data: data.update(extras={}),
    "extras that are no dict": lambda arrays, data: data.update(extras=[1]),
    "a copy of nothing": lambda arrays, data: data["same"].update(a="nothing"),
    "classes of absurd width": lambda arrays, data: data["extras"].update(
        classes_={"texts": ["a", "b"], "shape": [2], "dtype": "<U2000000000"}
    ),
    "versions as text": lambda arrays, data: data.update(versions="1"),
}


@pytest.mark.parametrize("change", MADE_UP.values(), ids=MADE_UP)
def test_fault_32_made_up_content_is_a_typed_error(tmp_path: Path, raw: bytes, change: Callable[..., object]) -> None:
    arrays, data = unpack(raw)
    change(arrays, data)
    path = tmp_path / "model.safetensors"
    path.write_bytes(pack(arrays, data))
    with pytest.raises(sx.ModelFileError, match=r"model\.safetensors"):
        sx.load(path)


@settings(max_examples=60)
@given(st.data())
def test_fault_32_any_content_is_an_estimator_or_a_typed_error(
    raw: bytes, tmp_path_factory: Any, data: st.DataObject
) -> None:
    arrays, described = unpack(raw)
    place: Any = described
    while True:
        keys = range(len(place)) if isinstance(place, list) else sorted(place)
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    place[key] = data.draw(anything | st.lists(anything, max_size=3) | st.dictionaries(st.just("list"), anything))
    path = tmp_path_factory.getbasetemp() / "any-estimator.safetensors"
    path.write_bytes(pack(arrays, described))
    with contextlib.suppress(sx.ModelFileError):
        assert isinstance(sx.load(path), MLPBinaryClassifier | sx.Run)


def test_fault_33_a_field_of_a_later_version_names_who_wrote_it(tmp_path: Path, raw: bytes) -> None:
    arrays, data = unpack(raw)
    path = tmp_path / "model.safetensors"
    path.write_bytes(pack(arrays, data | {"forests": 3, "versions": {"separatrix": "9.1"}}))
    with pytest.raises(
        sx.ModelFileError, match=r"holds 'forests', which this version doesn't know; .* separatrix 9\.1"
    ):
        sx.load(path)


def test_fault_34_the_file_is_complete_wherever_it_is_moved(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "m").write_bytes(raw)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "m")
    again = sx.load(tmp_path / "link")
    assert again.predict_proba(rows()[0]).tobytes() == fitted().predict_proba(rows()[0]).tobytes()


def test_the_description_is_json_that_others_can_read(raw: bytes) -> None:
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    told = json.loads(header["__metadata__"]["separatrix"], parse_constant=pytest.fail)
    assert told["data"]["portable"]["columns"] == [["x0", "number"], ["x1", "number"], ["x2", "number"]]


GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("estimator-*-format-*.safetensors"))


def asked() -> Any:
    """The rows that `tests/golden/make.py` asked about."""
    spec = importlib.util.spec_from_file_location("make", GOLDEN[0].with_name("make.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.table(20)


@pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
def test_fault_33_every_golden_estimator_still_loads_with_its_predictions(path: Path, tmp_path: Path) -> None:
    """Made by `python tests/golden/make.py estimator` with the version that wrote the format."""
    expected = json.loads(path.with_suffix(".json").read_text())
    model, rows = sx.load(path), asked()
    told = {name: repr(value) for name, value in model.get_params(deep=False).items()}
    assert told | expected["settings"] == told, "settings of later versions may stand beside them"
    assert (model.classes_.tolist(), model.n_iter_, model.loss_) == tuple(
        expected[name] for name in ("classes", "epochs", "loss")
    )
    assert model.input_ == {"source": "golden.csv", "sha256": "0" * 64}
    assert list(model.encoding_.names) == expected["outputs"]
    np.testing.assert_allclose(model.encoding_.encode(rows, "float64"), expected["encoded"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(rows), expected["probabilities"], rtol=0, atol=1e-7)
    again = sx.load(sx.save(model, tmp_path / "again.safetensors"))
    assert again.predict_proba(rows).tobytes() == model.predict_proba(rows).tobytes()


def test_fault_33_there_is_a_golden_estimator_for_every_way_to_encode_numbers() -> None:
    assert [path.stem for path in GOLDEN] == [
        f"estimator-{name}-format-1" for name in ("both", "piecewise", "quantile", "robust", "standard")
    ]


@pytest.mark.parametrize("path", GOLDEN[:1], ids=["the first"])
def test_fault_33_a_later_version_still_reads_format_1(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "FORMAT", 2)
    assert sx.load(path).n_iter_ > 0
