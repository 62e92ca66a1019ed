"""What the page writes, read by those it is for: the package itself, PyTorch, onnxruntime, Jupyter's format, TOML."""

import csv
import io
import json
import subprocess
import sys

import nbformat
import numpy as np
import onnxruntime
import pytest

import separatrix as sx
from separatrix.files.container import pack
from separatrix.files.run_file import to_data
from separatrix.networks.activations import ACTIVATIONS
from separatrix.studies.config import read_settings, study_of
from separatrix.training.preparation import as_task, fingerprint

from .taking import made, taken, trained

RECIPES = [
    {},
    {"loss": "mse", "optimizer": "adam", "schedule": "cosine", "l2": 1e-3},
    {"loss": "cross_entropy", "optimizer": "rmsprop", "momentum": 0.9, "batch_size": 8, "seed": 5},
    {"loss": "hinge", "optimizer": "sgd", "momentum": 0.5, "nesterov": True, "schedule": "step", "l1": 1e-05},
    {"loss": "focal", "optimizer": "adamw", "schedule": "one_cycle", "lr": 0.1, "focal_gamma": 1.5},
    {"loss": "bce_with_logits", "optimizer": "lbfgs", "epochs": 3, "snapshots": (0, 3)},
    {"optimizer": "adagrad", "schedule": "step", "step_size": 11, "step_gamma": 0.5},
]


def network_for(recipe):
    return "2-3-2-2" if recipe.get("loss") == "cross_entropy" else "2-3-2-1"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: "-".join(map(str, recipe.values())) or "the lesson's")
def test_the_script_is_the_packages_own_letter_for_letter(modules, recipe):
    run, points = trained(network_for(recipe), ("tanh", "step"), **recipe)
    name, _, text = made(modules, "take/script.js", "script", taken(run, points))
    expected = sx.plain_script(run.network, run.recipe.replace(snapshots=()), points, run.initial)
    assert (name, text.decode()) == ("separatrix_run.py", expected)


def run_script(text, folder, *more):
    path = folder / "script.py"
    path.write_text(text + "".join(more), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, path.name], cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def features_of(x):
    one, two = x[:, 0], x[:, 1]
    return np.column_stack([one, two, one * one, two * two, one * two, np.sin(one), np.sin(two)]).astype(np.float32)


FEATURES = ["x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]


@pytest.fixture(scope="module")
def widened():
    """A training on all features: the run of the package's on the columns, and the points in the plane."""
    points = sx.xor(n=60, seed=2)
    run, _ = trained("7-3-1", "tanh", points=sx.Points(features_of(points.x), points.y))
    return run, points


def test_the_script_with_more_features_runs_and_gives_the_same_border(modules, widened, tmp_path):
    run, points = widened
    *_, text = made(modules, "take/script.js", "script", taken(run, points, features=FEATURES))
    more = "\nimport json\nlook = torch.linspace(-2, 2, 20).reshape(-1, 2)\nprint(json.dumps(model(look)[:, 0].tolist()))\n"
    printed = run_script(text.decode(), tmp_path, more).splitlines()[-1]
    look = np.linspace(-2, 2, 20, dtype=np.float32).reshape(-1, 2)
    np.testing.assert_allclose(json.loads(printed), run.predict_proba(features_of(look))[:, 1], atol=2e-6)
    assert (tmp_path / "boundary.png").stat().st_size > 1000


def test_the_notebook_is_valid_and_its_cells_run(modules, widened, tmp_path):
    run, points = widened
    name, mime, text = made(modules, "take/notebook.js", "notebook", taken(run, points, features=FEATURES), True)
    notebook = nbformat.reads(text.decode(), as_version=4)
    nbformat.validate(notebook)
    assert (name, mime) == ("separatrix_run.ipynb", "application/x-ipynb+json")
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "of the training points are on the right side" in run_script(code, tmp_path)


@pytest.mark.parametrize(
    "recipe", RECIPES[:4], ids=lambda recipe: "-".join(map(str, recipe.values())) or "the lesson's"
)
def test_the_model_file_loads_with_the_same_bits_and_is_the_one_that_save_writes(modules, recipe, tmp_path):
    validation = sx.circle(n=30, seed=9)
    run, points = trained(network_for(recipe), ("relu", "gelu"), validation=validation, **recipe)
    name, _, raw = made(modules, "take/model.js", "model", taken(run, points, validation))
    (tmp_path / name).write_bytes(raw)
    again = sx.load(tmp_path / name)
    for attribute in ("parameters", "initial"):
        assert getattr(again, attribute).tobytes() == getattr(run, attribute).tobytes()
    assert again.recipe == run.recipe
    assert again.network == run.network
    assert again.log.validation_loss.tobytes() == run.log.validation_loss.tobytes()
    assert list(again.snapshots) == list(run.snapshots)
    assert (again.status, again.epochs, again.engine) == (run.status, run.epochs, "browser")
    assert again.data == fingerprint(as_task(run.network, run.recipe, points, validation, None))
    assert pack(*to_data(again)) == raw  # every byte is where the package would have it


def test_a_flipped_bit_in_the_model_file_is_found(modules, tmp_path):
    run, points = trained()
    *_, raw = made(modules, "take/model.js", "model", taken(run, points))
    for place in (100, len(raw) // 2, len(raw) - 1):
        broken = bytearray(raw)
        broken[place] ^= 4
        (tmp_path / "broken.safetensors").write_bytes(bytes(broken))
        with pytest.raises(sx.ModelFileError):
            sx.load(tmp_path / "broken.safetensors")


def onnx_answers(raw, x, names=("x1", "x2")):
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    columns = {name: x[:, [k]].astype(np.float64) for k, name in enumerate(names)}
    return session.run(["label", "probabilities"], columns)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_onnx_file_predicts_in_onnxruntime_what_the_packages_own_does(modules, activation, tmp_path):
    run, points = trained("2-4-3-1", activation, epochs=30, snapshots=(), lr=0.02)
    name, _, raw = made(modules, "take/onnx.js", "onnx", taken(run, points))
    own = sx.to_onnx(run, tmp_path / name).read_bytes()
    x = sx.moons(n=200, seed=4).x * 3
    labels, probabilities = onnx_answers(raw, x)
    own_labels, own_probabilities = onnx_answers(own, x, ("x0", "x1"))
    assert (labels == own_labels).all()
    np.testing.assert_allclose(probabilities, own_probabilities, rtol=1e-9, atol=1e-12)


def test_the_onnx_file_with_two_outputs_and_more_features(modules, widened):
    run, points = trained("2-3-2", loss="cross_entropy")
    *_, raw = made(modules, "take/onnx.js", "onnx", taken(run, points))
    np.testing.assert_allclose(onnx_answers(raw, points.x)[1], run.predict_proba(points.x), atol=1e-6)
    run, points = widened
    *_, raw = made(modules, "take/onnx.js", "onnx", taken(run, points, features=FEATURES))
    np.testing.assert_allclose(onnx_answers(raw, points.x)[1], run.predict_proba(features_of(points.x)), atol=1e-6)


def test_the_points_are_a_table_with_the_very_numbers(modules):
    run, points = trained()
    name, _, text = made(modules, "take/study.js", "points", taken(run, points))
    header, *lines = csv.reader(io.StringIO(text.decode()))
    assert (name, header) == ("points.csv", ["x1", "x2", "label"])
    assert (np.array([line[:2] for line in lines], np.float64) == points.x).all()
    assert [int(line[2]) for line in lines] == points.y.tolist()


def test_the_study_asks_the_same_question(modules, tmp_path):
    run, points = trained(
        "2-4-4-1", "tanh", optimizer="rmsprop", momentum=0.5, lr=0.02, batch_size=10, schedule="cosine"
    )
    name, _, text = made(modules, "take/study.js", "study", taken(run, points, n=40, noise=0.1))
    (tmp_path / name).write_bytes(text)
    (condition,) = study_of(read_settings(tmp_path / name)).conditions
    assert condition.network == sx.Network.parse("2-4-4-1", "tanh")
    assert condition.recipe.replace(epochs=60, seed=0, log_every=7, snapshots=run.recipe.snapshots) == run.recipe


def test_what_a_script_or_a_study_cannot_say_is_refused_with_the_pages_sentence(modules):
    run, points = trained("2-3-2-1", ("relu", "tanh"))
    for maker, changes, sentence in [
        ("script", {"patience": 5}, "take_no_patience"),
        ("study", {}, "take_one_activation"),
        ("study", {"activations": ["relu", "relu"], "start": [0.0] * 20}, "take_from_scratch"),
        ("study", {"activations": ["relu", "relu"], "features": ["x1", "x1*x2"]}, "take_plain_inputs"),
    ]:
        path = f"take/{maker}.js"
        with pytest.raises(Exception, match=sentence):
            made(modules, path, maker, taken(run, points, **changes))
