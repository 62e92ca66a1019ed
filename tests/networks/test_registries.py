"""An entry that is added to a registry works everywhere: engines, script and command line know it without another change."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.cli import run
from separatrix.data.samplers import SAMPLERS, Sampler
from separatrix.exports.script import plain_script
from separatrix.geometry.accuracy import population
from separatrix.networks.activations import ACTIVATIONS, Activation
from separatrix.networks.losses import LOSSES, Loss
from separatrix.networks.network import INITIALISATIONS, Initialisation
from separatrix.networks.schedules import SCHEDULES, Schedule

NETWORK = sx.Network.parse("2-4-4-1")
POINTS = sx.circle(n=40, seed=1)

SQUARED_HINGE = Loss(
    "squared_hinge",
    "max(0, 1 - s z)², s = 2y - 1",
    "The hinge loss squared: smooth at the margin.",
    1,
    "logit",
    lambda z, y, gamma: np.maximum(1 - (2 * y - 1) * z, 0) ** 2,
    lambda z, y, gamma: -2 * (2 * y - 1) * np.maximum(1 - (2 * y - 1) * z, 0),
    lambda output, y, reduction, gamma: (
        ((1 - (2 * y - 1) * output).relu() ** 2).mean()
        if reduction == "mean"
        else (1 - (2 * y - 1) * output).relu() ** 2
    ),
    "0.0 if 1.0 - (2.0 * y - 1.0) * z <= 0.0 else (1.0 - (2.0 * y - 1.0) * z) * (1.0 - (2.0 * y - 1.0) * z)",
    "2.0 * (1.0 - 2.0 * y) * (1.0 - (2.0 * y - 1.0) * z) if 1.0 - (2.0 * y - 1.0) * z > 0.0 else 0.0",
    "def criterion(output, y):\n    return (torch.relu(1 - (2 * y - 1) * output) ** 2).mean()\n",
)
BENT = Activation(
    "bent", "z + z tanh(z)", "Bends upwards on both sides.",
    lambda z: z + z * np.tanh(z), lambda z: 1 + np.tanh(z) + z * (1 - np.tanh(z) ** 2), "Bent",
    "z + z * tanh(z)", "1.0 + tanh(z) + z * (1.0 - tanh(z) * tanh(z))",
)  # fmt: skip  # in the order of the class
HALVING = Schedule(
    "halving", "The rate is halved every ten epochs.", lambda epoch, recipe: 0.5 ** (epoch // 10),
    "torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)",
)  # fmt: skip  # in the order of the class


def stripes(n=100, *, noise=0.0, seed=0, balance=None, width=1.0):
    """Vertical stripes of alternating class."""
    x = np.random.default_rng(seed).uniform(-2, 2, (n, 2)).astype(np.float32)
    settings = {"noise": noise, "balance": balance, "width": width}
    return sx.Points(x, np.floor(x[:, 0] / width) % 2, "stripes", seed, settings)


def steps_of_the_script(recipe, tmp_path):
    """The parameters to which the plain script comes, (p,)."""
    from torch import nn

    path = tmp_path / "script.py"
    path.write_text(plain_script(NETWORK, recipe, POINTS, NETWORK.initialise(recipe.seed)))
    names = {"__name__": "__main__"}
    exec(compile(path.read_text().split("\ntry:\n")[0], path, "exec"), names)  # without the picture
    return nn.utils.parameters_to_vector(names["model"].parameters()).detach().numpy()


def all_agree(recipe, tmp_path):
    """Both engines and the script take the same steps; the parameters after them."""
    initial = NETWORK.initialise(recipe.seed)
    fused, torch = (sx.train(NETWORK, recipe, POINTS, engine=name, initial=initial) for name in ("fused", "torch"))
    np.testing.assert_allclose(fused.parameters, torch.parameters, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(steps_of_the_script(recipe, tmp_path), torch.parameters, rtol=1e-4, atol=1e-6)
    return torch.parameters


def test_a_new_loss_is_one_entry(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(LOSSES, "squared_hinge", SQUARED_HINGE)
    recipe = sx.Recipe(loss="squared_hinge", epochs=30, lr=0.05)
    assert not np.allclose(all_agree(recipe, tmp_path), all_agree(recipe.replace(loss="hinge"), tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["step", "--loss", "squared_hinge", "--n", "4"]) == 0
    assert run(["lesson", "--help"]) == 0
    assert "squared_hinge" in capsys.readouterr().out


def test_a_new_schedule_is_one_entry(monkeypatch, tmp_path):
    monkeypatch.setitem(SCHEDULES, "halving", HALVING)
    recipe = sx.Recipe(schedule="halving", epochs=30, lr=0.5)
    assert not np.allclose(all_agree(recipe, tmp_path), all_agree(recipe.replace(schedule="constant"), tmp_path))


def test_a_new_activation_is_one_entry(monkeypatch):
    from torch import nn

    class Bent(nn.Module):
        def forward(self, z):
            return z + z * z.tanh()

    monkeypatch.setattr(nn, "Bent", Bent, raising=False)
    monkeypatch.setitem(ACTIVATIONS, "bent", BENT)
    network, recipe = sx.Network.parse("2-4-4-1", activation="bent"), sx.Recipe(epochs=30, lr=0.1)
    fused, torch = (sx.train(network, recipe, POINTS, engine=name) for name in ("fused", "torch"))
    np.testing.assert_allclose(fused.parameters, torch.parameters, rtol=1e-4, atol=1e-6)
    assert "nn.Bent()" in plain_script(network, recipe, POINTS, torch.initial)


def test_a_new_initialisation_is_one_entry(monkeypatch):
    small = Initialisation("small", "Within a hundredth.", lambda fan_in, fan_out: (0.01, 0.01))
    monkeypatch.setitem(INITIALISATIONS, "small", small)
    network = sx.Network.parse("2-4-4-1", init="small")
    assert 0 < np.abs(network.initialise(0)).max() <= 0.01
    fused, torch = (sx.train(network, sx.Recipe(epochs=5), POINTS, engine=name) for name in ("fused", "torch"))
    np.testing.assert_allclose(fused.parameters, torch.parameters, rtol=1e-4, atol=1e-6)


def test_a_new_sampler_is_one_entry(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(SAMPLERS, "stripes", Sampler("stripes", stripes, "Stripes of alternating class."))
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "points.csv"
    assert run(["points", "--sampler", "stripes", "--n", "30", "--out", str(out)]) == 0
    assert "Points(stripes, seed=0" in capsys.readouterr().out
    assert len(sx.read_points(out)) == 30
    study = sx.Study.grid(points="stripes", checkpoints=5, seeds=2)
    assert study.train(1).epochs == 5
    trained = sx.train(NETWORK, sx.Recipe(epochs=5), stripes(n=40))
    assert sx.load(sx.save(trained, tmp_path / "run.safetensors")).predict([[0.5, 0.0]]).shape == (1,)
    with pytest.raises(sx.InvalidParameter, match="the distribution of 'stripes' isn't known"):
        population("stripes")


# A process of its own: `Recipe` takes its fields from `OptimizerSettings` when it is defined, so the class with a new
# setting must stand there before anything else is imported, as it does when somebody edits the file.
ADADELTA = """
import sys
from dataclasses import dataclass

from separatrix.networks import optimizers
from separatrix.networks.optimizers import OPTIMIZERS, Optimizer, OptimizerSettings, setting
from separatrix.support.constraints import Real

@dataclass(frozen=True, kw_only=True)
class WithRho(OptimizerSettings):
    rho: float = setting(0.9, Real(0, 1), "Decay rate of Adadelta's running squares.",
                         {"rho": lambda value: value, "less_rho": lambda value: 1 - value})

optimizers.OptimizerSettings = WithRho
OPTIMIZERS["adadelta"] = Optimizer(
    "adadelta", "Steps of the size of the last ones (Zeiler 2012).", "Adadelta", 1.0, 1e-6, ("rho", "eps"),
    {"square_avg": "square_avg * rho + less_rho * g * g",
     "p": "p - rate * g * sqrt(acc_delta + eps) / sqrt(square_avg + eps)",
     "acc_delta": "acc_delta * rho + less_rho * g * g * (acc_delta + eps) / (square_avg + eps)"})

import numpy as np
import torch
import separatrix as sx
from separatrix.cli import run
from separatrix.data.samplers import SAMPLERS, Sampler
from separatrix.exports.script import plain_script

network, points = sx.Network.parse("2-4-4-1"), sx.circle(n=40, seed=1)
recipe = sx.Recipe(optimizer="adadelta", rho=0.7, epochs=30, dtype="float64")
runs = [sx.train(network, recipe, points, engine=name) for name in ("fused", "torch")]
np.testing.assert_allclose(runs[0].parameters, runs[1].parameters, rtol=1e-8)
assert sx.train(network, recipe.replace(rho=0.1), points).loss != runs[0].loss
halves = sx.train(network, recipe.replace(epochs=15), points, engine="torch")
resumed = sx.train(network, recipe, points, engine="torch", resume=halves)
assert (resumed.parameters == runs[1].parameters).all()
text = plain_script(network, recipe, points, runs[0].initial)
assert "torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.7, eps=1e-06)" in text
names = {}
exec(text.split("\\ntry:\\n")[0], names)
found = torch.nn.utils.parameters_to_vector(names["model"].parameters()).detach().numpy()
np.testing.assert_allclose(found, runs[1].parameters, rtol=1e-8)
path = sx.save(runs[0], sys.argv[1] + "/run.safetensors")
assert sx.load(path).recipe == recipe
try:
    sx.Recipe(rho=2.0)
except sx.InvalidParameter as error:
    assert "rho must be a number in [0, 1]" in str(error)
else:
    raise AssertionError("rho=2 was not refused")
study = sx.Study.grid(optimizer="adadelta", rho=[0.5, 0.9], checkpoints=5, seeds=2)
assert [condition.text for condition in study.conditions][0].endswith("rho=0.5")
sys.argv[0] = "separatrix"
assert run(["boundary", "--optimizer", "adadelta", "--rho", "0.8", "--epochs", "5", "--out", sys.argv[1] + "/b.png"]) == 0
print("done")
"""


def test_a_new_optimiser_with_a_new_setting_is_one_file(python, tmp_path):
    assert python(ADADELTA, str(tmp_path)).splitlines()[-1] == "done"
