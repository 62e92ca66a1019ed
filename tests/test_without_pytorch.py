"""Everything but the torch engine, modules of a user's own and the export to PyTorch works where PyTorch isn't installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# An environment without PyTorch, as far as Python's imports can tell.
BLOCK = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name="torch")

sys.meta_path.insert(0, Blocked())
"""
# Every path through the library that needs no PyTorch, small.
WORK = """
import csv
import numpy as np
import separatrix as sx
from separatrix import *
from separatrix.cli import run

def command(*words):
    assert run([str(word) for word in words]) in (0, 1), words

command("lesson", "--epochs", 300, "--out", "lesson")
command("boundary", "lesson/model.safetensors", "--out", "boundary.png")
command("diagnose", "lesson/model.safetensors", "--seeds", 2)
command("points", "--sampler", "circle", "--noise", 0.1, "--balance", 0.5, "--out", "points.csv")
command("play", "--save", "page.html")

points = sx.moons(n=120, seed=1)
with open("table.csv", "w", newline="") as file:
    csv.writer(file).writerows([("a", "b", "y"), *((*row, int(label)) for row, label in zip(points.x, points.y))])
command("fit", "table.csv", "--target", "y", "--hidden", "4", "--epochs", 30, "--folds", 2, "--report", "report.html")
command("evaluate", "model.safetensors", "table.csv")
command("predict", "model.safetensors", "table.csv", "--out", "predictions.csv")
command("export", "model.safetensors", "--to", "python", "--out", "predict.py")
command("export", "model.safetensors", "--to", "onnx", "--out", "model.onnx")
command("study", "--seeds", 2, "--checkpoints", 50, "--n-test", 50, "--out", "study")

run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=20), points)
assert run.engine == "fused"
assert sx.plain_script(run.network, run.recipe, points, run.initial)
assert sx.SeparatrixClassifier(n_members=1).fit(points.x, points.y).predict(points.x).shape == (120,)
assert "torch" not in sys.modules
"""
REFUSED = """
import numpy as np
import separatrix as sx

points, network = sx.circle(n=20), sx.Network.parse("2-3-1")
run = sx.train(network, sx.Recipe(epochs=2), points)

class Module: ...

calls = {
    "the engine": lambda: sx.train(network, sx.Recipe(epochs=2), points, engine="torch"),
    "a device": lambda: sx.train(network, sx.Recipe(epochs=2), points, device="cuda"),
    "a loss of one's own": lambda: sx.train(network, sx.Recipe(epochs=2, loss=lambda output, y: 0), points),
    "a run as a module": lambda: run.to_torch(),
    "a module as a network": lambda: sx.Network.from_torch(Module()),
    "a module": lambda: sx.ModuleNetwork(Module(), "logit"),
    "an export": lambda: sx.to_torch(run, "model.pt2"),
}
for name, call in calls.items():
    try:
        call()
    except sx.MissingPackage as error:
        assert str(error).endswith('pip install "separatrix[torch]".'), (name, error)
    else:
        raise AssertionError(name)
"""


@pytest.fixture
def without_torch(tmp_path):
    """Carry out a script in a process in which PyTorch can't be imported, in an empty folder."""

    def carry_out(script):
        paths = os.pathsep.join([str(tmp_path / "blocked"), str(ROOT / "src")])
        environment = os.environ | {"PYTHONPATH": paths, "PYTHONWARNINGS": "error"}
        # also in the processes that it starts
        (tmp_path / "blocked").mkdir()
        (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCK)
        command = [sys.executable, "-c", "import sys\n" + script]
        return subprocess.run(
            command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )

    return carry_out


@pytest.mark.slow
def test_lesson_table_study_pictures_and_exports_need_no_pytorch(without_torch):
    done = without_torch(WORK)
    assert done.returncode == 0, done.stderr


def test_what_needs_pytorch_says_how_to_install_it(without_torch):
    done = without_torch(REFUSED)
    assert done.returncode == 0, done.stderr
