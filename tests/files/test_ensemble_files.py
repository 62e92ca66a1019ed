"""An ensemble in files, exports and callbacks: what comes back predicts the same."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from sklearn.exceptions import NotFittedError

import separatrix as sx
from separatrix.estimators.base_models import BASE_MODELS
from separatrix.estimators.portable import as_portable
from separatrix.files.contents import describe
from tests.exports.conftest import PREDICTORS
from tests.exports.test_mixed_frames import tables

GOLDEN = Path(__file__).parents[1] / "golden" / "ensemble-format-1.safetensors"
POINTS = sx.moons(n=120, noise=0.25, seed=3)
X, Y = POINTS.x.astype(np.float64), np.where(POINTS.y == 1, "up", "down")


@pytest.fixture(scope="module")
def fitted() -> sx.SeparatrixClassifier:
    return sx.SeparatrixClassifier(n_members=2, metric="f1", random_state=0).fit(X, Y)


def test_an_ensemble_comes_back_as_it_was(fitted: sx.SeparatrixClassifier, tmp_path: Path) -> None:
    again = sx.load(sx.save(fitted, tmp_path / "model.safetensors"))
    assert type(again) is sx.SeparatrixClassifier
    assert again.predict_proba(X).tobytes() == fitted.predict_proba(X).tobytes()
    assert again.predict(X).tolist() == fitted.predict(X).tolist()
    assert again.get_params() == fitted.get_params()
    assert again.base_models_.equals(fitted.base_models_)
    assert (again.threshold_, again.log_loss_) == (fitted.threshold_, fitted.log_loss_)
    assert len(again.fold_models()) == 2


def test_the_same_ensemble_gives_the_same_bytes(fitted: sx.SeparatrixClassifier, tmp_path: Path) -> None:
    one = sx.save(fitted, tmp_path / "one").read_bytes()
    assert sx.save(sx.load(tmp_path / "one"), tmp_path / "two").read_bytes() == one


def test_encodings_are_in_the_file_once(fitted: sx.SeparatrixClassifier, tmp_path: Path) -> None:
    again = sx.load(sx.save(fitted, tmp_path / "model.safetensors"))
    assert len({id(member.encoding) for member in again.members_}) == 2


def test_it_is_inspected_without_being_made(fitted: sx.SeparatrixClassifier, tmp_path: Path) -> None:
    told = describe(sx.save(fitted, tmp_path / "model.safetensors"))
    assert told.class_name == "SeparatrixClassifier"
    assert len(told.networks) == len(fitted.members_)
    assert told.parameters == sum(len(member.parameters) for member in fitted.members_)
    assert told.settings["metric"] == "f1"
    assert told.results["log_loss"] == fitted.log_loss_


def test_what_is_not_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        sx.save(sx.SeparatrixClassifier(), tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_export_predicts_the_same(fitted: sx.SeparatrixClassifier, tmp_path: Path, name: str) -> None:
    edges = np.array([[0.0, np.nan], [1e300, -1e300], [5e-324, 0.0], [np.nan, np.nan]])
    asked = np.concatenate([X, edges])
    found = PREDICTORS[name](as_portable(fitted), asked, tmp_path)
    np.testing.assert_allclose(found, fitted.predict_proba(asked), rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:column .* in training, such as:UserWarning"
)  # texts are drawn anew for the prediction
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(table=tables())
def test_any_mixed_table_is_fitted_saved_loaded_and_exported(
    tmp_path_factory: pytest.TempPathFactory, table: Any
) -> None:
    frame, labels, asked = table
    model = sx.SeparatrixClassifier(n_members=1, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "no row has a value in column")
        model.fit(frame, np.array(["no", "yes"])[labels])
    expected = model.predict_proba(asked)
    assert np.isfinite(expected).all()
    folder = tmp_path_factory.getbasetemp()
    again = sx.load(sx.save(model, folder / "ensemble.safetensors", force=True))
    assert again.predict_proba(asked).tobytes() == expected.tobytes()
    for name in ("onnx", "python"):
        found = PREDICTORS[name](as_portable(again), asked, folder)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5, err_msg=name)


def test_fault_33_the_golden_ensemble_still_loads_with_its_predictions() -> None:
    """Made by `python tests/golden/make.py ensemble` with the version that wrote the format."""
    expected = json.loads(GOLDEN.with_suffix(".json").read_text())
    model = sx.load(GOLDEN)
    assert model.base_models_["base_model"].to_list() == expected["base_models"]
    assert (model.classes_.tolist(), model.threshold_) == (expected["classes"], expected["threshold"])
    np.testing.assert_allclose(
        model.predict_proba(np.array(expected["x"])), expected["probabilities"], rtol=0, atol=1e-7
    )


class Listener:
    """Counts what it is told, scores what it is shown, and may ask to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.members, self.shown = stop_after, 0, []

    def setup(self, estimator: Any, context: Any) -> None: ...

    def teardown(self, estimator: Any, context: Any) -> None: ...

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

    def on_fit_task_end(self, estimator: Any, context: Any, *, X: Any, y: Any, fitted_estimator: Any) -> bool:
        if context.task_name == "member":
            self.members += 1
        if fitted_estimator is not None:
            self.shown.append(fitted_estimator.score(X, y))
        return self.members == self.stop_after


def test_every_network_is_a_task_whose_estimator_predicts_once_a_kind_is_whole() -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    heard, model = Listener(), sx.SeparatrixClassifier(n_members=2, random_state=0)
    model.set_callbacks(heard).fit(X, Y)
    assert heard.members == 2 * len(model.base_models_)
    together = sum(model.encoding == next(iter(BASE_MODELS.values())).encoding for model in BASE_MODELS.values())
    assert (
        len(heard.shown) == heard.members - 2 * together + 1
    )  # those after the first kinds' first networks, and the end
    assert heard.shown[-1] == model.score(X, Y)
    plain = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(X, Y)
    assert plain.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


def test_a_callback_may_end_it_and_what_there_is_predicts() -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    model = sx.SeparatrixClassifier(n_members=2, n_jobs=1, random_state=0)
    heard, first = Listener(stop_after=3), next(iter(BASE_MODELS.values())).encoding
    model.set_callbacks(heard).fit(X, Y)
    assert heard.members == 3
    # Networks go on being trained while a callback is told of one; those of the next encoding are never begun.
    begun = 2 * sum(model.encoding == first for model in BASE_MODELS.values())
    assert 3 <= len(model.members_) <= begun < 2 * len(BASE_MODELS)
    assert model.score(X, Y) > 0.8
