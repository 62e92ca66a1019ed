"""Where files that can be computed again are stored."""

from pathlib import Path

import pytest

from separatrix.support.machine import cache_folder


def test_the_variable_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEPARATRIX_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_without_the_variable_the_platforms_convention_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEPARATRIX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "separatrix"
    assert tmp_path in cache_folder().parents
    assert not cache_folder().exists(), "naming the folder doesn't make it"
