"""Versions: what made a result."""

import platform
from importlib.metadata import version

import pytest

import separatrix
from separatrix.files.contents import describe
from separatrix.support.machine import versions


@pytest.mark.parametrize(("engine", "package"), [("torch", "torch"), ("fused", "numba")])
def test_an_engine_names_what_it_is_built_on(engine, package):
    found = versions(engine)
    assert found["python"] == platform.python_version()
    assert found[package] == version(package)
    assert found["numpy"] == version("numpy")
    assert found["separatrix"] == separatrix.__version__


def test_an_unknown_engine_names_what_is_common():
    assert set(versions("other")) == {"python", "separatrix", "numpy"}


def test_a_model_file_holds_the_version_that_runs_and_not_the_one_that_was_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(separatrix, "__version__", "0.2.99")
    run = separatrix.train(separatrix.Network.parse("2-3-1"), separatrix.Recipe(epochs=1), separatrix.moons(20))
    path = separatrix.save(run, tmp_path / "run.safetensors")
    assert any("0.2.99" in value for _, value in describe(path).rows())
    assert separatrix.load(path).versions["separatrix"] == "0.2.99"
