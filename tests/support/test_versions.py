"""Versions: what made a result."""

import platform
from importlib.metadata import version

import pytest

from separatrix.support.machine import versions


@pytest.mark.parametrize(("engine", "package"), [("torch", "torch"), ("fused", "numba")])
def test_an_engine_names_what_it_is_built_on(engine, package):
    found = versions(engine)
    assert found["python"] == platform.python_version()
    assert found[package] == version(package)
    assert found["numpy"] == version("numpy")
    assert "separatrix" in found


def test_an_unknown_engine_names_what_is_common():
    assert set(versions("other")) == {"python", "separatrix", "numpy"}
