"""The ONNX file: its inputs, outputs and metadata, and labels of every kind, by onnxruntime."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import separatrix as sx
from separatrix.estimators.portable import Member, Portable
from separatrix.exports.onnx import build, feeds, to_onnx


def portable_of(names: list[str], classes: tuple[Any, ...] = (0, 1), threshold: float = 0.5) -> Portable:
    network = sx.Network((len(names), 4, 1), "tanh")
    member = Member(None, network, network.initialise(3))
    return Portable(dict.fromkeys(names, "number"), classes, (member,), threshold)


def session_of(portable: Portable) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(build(portable).SerializeToString(), providers=["CPUExecutionProvider"])


def test_inputs_are_the_columns_and_outputs_label_and_probabilities() -> None:
    session = session_of(portable_of(["age", "blood pressure"]))
    assert [(entry.name, entry.type, entry.shape) for entry in session.get_inputs()] == [
        ("age", "tensor(double)", ["rows", 1]),
        ("blood pressure", "tensor(double)", ["rows", 1]),
    ]
    assert [(entry.name, entry.type, entry.shape) for entry in session.get_outputs()] == [
        ("label", "tensor(int64)", ["rows"]),
        ("probabilities", "tensor(double)", ["rows", 2]),
    ]


@pytest.mark.parametrize("classes", [("no", "ja ä"), (-1, 1), (False, True), (0.5, 1.5)])
@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_labels_of_every_kind_at_the_threshold(classes: tuple[Any, ...], threshold: float) -> None:
    portable, x = portable_of(["a", "b"], classes, threshold), np.random.default_rng(0).normal(size=(50, 2))
    label, _ = session_of(portable).run(None, feeds(portable, x))
    assert label.tolist() == portable.predict(x).tolist()
    assert set(label.tolist()) <= set(classes)


def test_columns_may_be_called_like_outputs_and_inner_names() -> None:
    portable = portable_of(["label", "probabilities", "/constant0", "/Add4", "/Concat0", " "])
    x = np.random.default_rng(0).normal(size=(5, 6))
    session = session_of(portable)
    assert [entry.name for entry in session.get_outputs()] == ["label_", "probabilities_"]
    np.testing.assert_allclose(session.run(None, feeds(portable, x))[1], portable.predict_proba(x), rtol=0, atol=1e-5)


def test_a_column_without_a_name_is_refused() -> None:
    with pytest.raises(sx.InvalidData, match="a column without a name can't be an ONNX input"):
        build(portable_of(["a", ""]))


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_any_number_of_rows(rows: int) -> None:
    portable, x = portable_of(["a", "b"]), np.ones((rows, 2))
    assert session_of(portable).run(["probabilities"], feeds(portable, x))[0].shape == (rows, 2)


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    model = onnx.load(to_onnx(portable_of(["a", "b"], ("no", "yes")), tmp_path / "model.onnx"))
    (entry,) = model.metadata_props
    told = json.loads(entry.value)
    assert (told["columns"], told["classes"]) == ([["a", "number"], ["b", "number"]], ["no", "yes"])
    assert model.producer_name == "separatrix"
    assert {(each.domain, each.version) for each in model.opset_import} == {("", 17), ("ai.onnx.ml", 3)}


def test_the_same_model_gives_the_same_bytes() -> None:
    one, other = (build(portable_of(["a", "b"])).SerializeToString(deterministic=True) for _ in range(2))
    assert one == other


def test_fault_29_an_existing_file_is_refused_without_force(tmp_path: Path) -> None:
    path = to_onnx(portable_of(["a"]), tmp_path / "model.onnx")
    with pytest.raises(sx.OutputError, match="exists"):
        to_onnx(portable_of(["a"]), path)


@pytest.mark.parametrize("odd", [None, sx.Network.parse("2-1"), 3])
def test_only_what_predicts_is_exported(tmp_path: Path, odd: Any) -> None:
    with pytest.raises(sx.InvalidData, match="expected a fitted estimator or a Run"):
        to_onnx(odd, tmp_path / "model.onnx")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(sx.InvalidParameter, match=r'pip install "separatrix\[export\]"'):
        to_onnx(portable_of(["a"]), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []
