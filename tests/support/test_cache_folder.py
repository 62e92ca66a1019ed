"""Where files that can be computed again are stored."""

import os
from pathlib import Path

import pytest

from separatrix.support import compilation
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


def test_fault_47_the_cache_is_bounded_and_the_oldest_entries_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEPARATRIX_CACHE", str(tmp_path))
    monkeypatch.setattr(compilation, "LIMIT", 4_000)
    for number in range(20):
        path = tmp_path / "folder" / f"{number}.nbc"
        compilation.write_cached(path, bytes(500))
        os.utime(path, (number, number))
    left = {path.name for path in tmp_path.rglob("*.nbc")}
    assert "19.nbc" in left
    assert "0.nbc" not in left
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.nbc")) <= 4_000
