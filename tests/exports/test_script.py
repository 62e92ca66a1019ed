"""The script that is taken away: it runs as it is, and takes the torch engine's steps."""

import runpy

import numpy as np
import pytest

from separatrix.data.features import FEATURES, with_features
from separatrix.data.points import Points
from separatrix.data.samplers import circle
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.exports.script import plain_script
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.training.loop import train

POINTS = circle(n=24, seed=3)


def run_script(text, folder, monkeypatch):
    path = folder / "script.py"
    path.write_text(text)
    monkeypatch.chdir(folder)
    return runpy.run_path(str(path))


def parameters_after(network, recipe, folder, monkeypatch, points=POINTS):
    from torch import nn

    initial = network.initialise(recipe.seed, recipe.dtype)
    ran = run_script(plain_script(network, recipe, points, initial), folder, monkeypatch)
    ours = train(network, recipe, points, engine="torch", initial=initial)
    return nn.utils.parameters_to_vector(ran["model"].parameters()).detach().numpy(), ours.parameters


SETTINGS = [
    *({"loss": name} for name in LOSSES),
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"schedule": name} for name in SCHEDULES),
    {"dtype": "float64"},
    {"l1": 0.01, "l2": 0.1},
    {"momentum": 0.9, "nesterov": True},
    {"batch_size": 7},
    {"batch_size": 7, "optimizer": "adam", "schedule": "step", "step_size": 5},
]


@pytest.mark.parametrize("settings_", SETTINGS, ids=lambda given: "-".join(f"{k}={v}" for k, v in given.items()))
def test_the_script_takes_the_torch_engines_steps(settings_, tmp_path, monkeypatch, capsys):
    recipe = Recipe(**({"epochs": 20, "lr": 0.05} | settings_))
    network = Network.parse("2-5-3-2" if recipe.loss == "cross_entropy" else "2-5-3-1")
    found, expected = parameters_after(network, recipe, tmp_path, monkeypatch)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert "on the right side" in capsys.readouterr().out


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_in_the_script(name, tmp_path, monkeypatch):
    network = Network((2, 4, 3, 1), (name, "tanh"))
    found, expected = parameters_after(network, Recipe(epochs=15), tmp_path, monkeypatch)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_script_draws_the_boundary(tmp_path, monkeypatch):
    text = plain_script(Network.parse("2-3-1"), Recipe(epochs=3), POINTS, Network.parse("2-3-1").initialise(0))
    run_script(text, tmp_path, monkeypatch)
    assert (tmp_path / "boundary.png").stat().st_size > 5000


def test_more_than_two_inputs_have_no_picture(tmp_path, monkeypatch):
    stream = np.random.default_rng(0)
    points = Points(stream.normal(size=(20, 3)), stream.integers(0, 2, 20))
    network = Network.parse("3-2-1")
    found, expected = parameters_after(network, Recipe(epochs=5), tmp_path, monkeypatch, points)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert not (tmp_path / "boundary.png").exists()


@pytest.mark.parametrize("settings_", [{"loss": print}, {"validation_fraction": 0.5}, {"solved_below": 0.1}])
def test_what_a_plain_script_cannot_have_is_refused(settings_):
    network = Network.parse("2-3-1")
    with pytest.raises(InvalidParameter):
        plain_script(network, Recipe(**settings_), POINTS, network.initialise(0))


def test_other_parameters_or_points_are_refused():
    network = Network.parse("2-3-1")
    with pytest.raises(InvalidData):
        plain_script(network, Recipe(), POINTS, np.zeros(3))
    with pytest.raises(InvalidData):
        plain_script(Network.parse("3-1"), Recipe(), POINTS, np.zeros(4, np.float32))


def test_features_are_computed_in_the_script_and_the_picture_shows_the_plane(tmp_path, monkeypatch):
    from torch import nn

    features, network, recipe = tuple(FEATURES), Network.parse("7-3-1"), Recipe(epochs=15)
    initial = network.initialise(0)
    ran = run_script(plain_script(network, recipe, POINTS, initial, features), tmp_path, monkeypatch)
    ours = train(network, recipe, with_features(POINTS, features), engine="torch", initial=initial)
    found = nn.utils.parameters_to_vector(ran["model"].parameters()).detach().numpy()
    np.testing.assert_allclose(found, ours.parameters, rtol=1e-4, atol=1e-5)
    assert (ran["X"].numpy() == POINTS.x).all()
    assert (tmp_path / "boundary.png").stat().st_size > 5000
    with pytest.raises(InvalidParameter, match="features"):
        plain_script(network, recipe, POINTS, initial, ("x1^3",))
