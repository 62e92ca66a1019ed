"""The JavaScript export in Node.js: equal to 1e-12, inert names, reasons, and what its readers take and refuse."""

from __future__ import annotations

import copy
import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.exports.javascript import to_javascript
from separatrix.networks.activations import ACTIVATIONS

from .conftest import in_node

NAME = "</script><script>alert(1)</script> '${x}` \\ \u2028"


@pytest.fixture(scope="module")
def model() -> tuple[sx.MLPBinaryClassifier, pl.DataFrame]:
    stream = np.random.default_rng(0)
    n = 150
    frame = pl.DataFrame(
        {
            NAME: np.where(stream.random(n) < 0.1, np.nan, stream.normal(size=n)),
            "town": pl.Series(stream.choice(["Ulm", "__proto__", "NA", "Köln"], n)).set(
                pl.Series(stream.random(n) < 0.1), None
            ),
            "member": stream.random(n) < 0.5,
            "since": [
                datetime.datetime(2020, 1, 1, 7) + datetime.timedelta(hours=int(k))
                for k in stream.integers(0, 20_000, n)
            ],
            "took": [datetime.timedelta(seconds=float(k)) for k in stream.exponential(100, n)],
        }
    )
    y = np.where(stream.random(n) < 0.5, "</b>yes", "no")
    return sx.MLPBinaryClassifier((6,), random_state=0, max_iter=8).fit(frame, y), frame


def test_probabilities_are_equal_to_a_trillionth(model, tmp_path: Path):
    classifier, frame = model
    path = to_javascript(classifier, tmp_path / "model.mjs")
    found = np.array(in_node(path, frame.fill_nan(None).to_dicts(), "model.predict_proba(row)"))
    assert np.abs(found - classifier.predict_proba(frame)).max() < 1e-12
    labels = in_node(path, frame.fill_nan(None).to_dicts(), "model.predict(row)")
    assert labels == classifier.predict(frame).tolist()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_equal_to_a_trillionth(name, tmp_path: Path):
    network = sx.Network((1, 5, 1), activation=name)
    run = sx.train(
        network, sx.Recipe(epochs=3, dtype="float64"), sx.Points(np.linspace(-9, 9, 20)[:, None], np.arange(20) % 2)
    )
    x = np.linspace(-40, 40, 401)[:, None]
    found = in_node(
        to_javascript(run, tmp_path / "m.mjs"), [{"x0": float(v)} for v in x[:, 0]], "model.predict_proba(row)"
    )
    assert np.abs(np.array(found) - run.predict_proba(x)).max() < 1e-12


def test_fault_38_names_and_labels_are_inert(model, tmp_path: Path):
    text = to_javascript(model[0], tmp_path / "model.mjs").read_text(encoding="utf-8")
    assert "</script" not in text
    assert "</b" not in text


def test_reasons_add_up_and_are_near_those_of_the_classifier(model, tmp_path: Path):
    classifier, frame = model
    path = to_javascript(classifier, tmp_path / "model.mjs", reasons=True)
    found = in_node(path, frame[:5].fill_nan(None).to_dicts(), "model.explain(row)")
    exact = classifier.explain(frame[:5], method="exact")
    for row, reasons in enumerate(found):
        values = np.array([reasons["contributions"][name] for name in frame.columns])
        assert reasons["base_value"] == pytest.approx(exact.base_value, abs=1e-9)
        assert reasons["base_value"] + values.sum() == pytest.approx(
            classifier.decision_function(frame[row : row + 1])[0], abs=1e-9
        )
        assert np.abs(values - exact.contributions[row]).max() < 0.02
    plain = to_javascript(classifier, tmp_path / "plain.mjs")
    with pytest.raises(AssertionError, match="exported without reasons"):
        in_node(plain, frame[:1].fill_nan(None).to_dicts(), "model.explain(row)")


def test_cells_are_read_as_in_a_file(model, tmp_path: Path):
    path = to_javascript(model[0], tmp_path / "model.mjs")
    row = {NAME: " 1.5e0 ", "town": " Ulm ", "member": "yes", "since": "05.02.2021 07:08", "took": "0:01:30.5"}
    same = {NAME: 1.5, "town": "Ulm", "member": True, "since": "2021-02-05T08:08:00+01:00", "took": 90.5}
    one, other = in_node(path, [row, same], "model.predict_proba(row)")
    assert one == other
    for name, cell in (
        (NAME, "1_000"),
        (NAME, "inf"),
        ("since", "2021-02-30"),
        ("member", "perhaps"),
        ("took", "90 min"),
    ):
        with pytest.raises(AssertionError, match="should hold"):
            in_node(path, [row | {name: cell}], "model.predict_proba(row)")
    with pytest.raises(AssertionError, match="the row has no column"):
        in_node(path, [{"town": "Ulm"}], "model.predict_proba(row)")


@pytest.fixture(scope="module")
def ensemble() -> tuple[sx.SeparatrixClassifier, np.ndarray]:
    stream = np.random.default_rng(0)
    x = stream.normal(size=(80, 2))
    return sx.SeparatrixClassifier(n_members=2, random_state=0).fit(x, x[:, 0] + stream.normal(size=80) > 0), x


@pytest.mark.parametrize("conformalized", [False, True])
def test_the_interval_is_that_of_the_classifier(ensemble, conformalized, tmp_path: Path):
    classifier, x = copy.deepcopy(ensemble[0]), ensemble[1]
    if conformalized:  # then the rows below lie on the steps of the interval
        stream = np.random.default_rng(1)
        classifier.conformalize(x, x[:, 0] + stream.normal(size=80) > 0, sample_weight=stream.integers(1, 4, 80))
    rows = np.concatenate([x, 4 * np.random.default_rng(2).normal(size=(80, 2))])
    path = to_javascript(classifier, tmp_path / "m.mjs")
    intervals = in_node(path, [{"x0": a, "x1": b} for a, b in rows.tolist()], "model.predict_interval(row)")
    assert np.abs(np.array(intervals) - classifier.predict_interval(rows)).max() < 1e-9
    assert len(np.unique(intervals, axis=0)) > 5


def test_a_model_without_calibration_rows_has_no_interval(model, tmp_path: Path):
    path = to_javascript(model[0], tmp_path / "m.mjs")
    assert in_node(path, model[1][:1].fill_nan(None).to_dicts(), "model.predict_interval(row)") == [None]


def test_the_range_is_that_of_the_fold_models(ensemble, tmp_path: Path):
    ensemble, x = ensemble
    path = to_javascript(ensemble, tmp_path / "m.mjs")
    found = np.array(in_node(path, [{"x0": a, "x1": b} for a, b in x[:6].tolist()], "model.range(row)"))
    both = np.array([fold.predict_proba(x[:6])[:, 1] for fold in ensemble.fold_models()])
    assert np.allclose(found, np.stack([both.min(0), both.max(0)], axis=1), atol=1e-12)
