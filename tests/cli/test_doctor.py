"""`separatrix doctor`: each finding with what to do about it, and a status for scripts."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest

from separatrix.reports import doctor

from .conftest import Done


def test_a_working_installation_is_said_to_work(command: Callable[..., Done]) -> None:
    done = command("doctor")
    assert done.status == 0
    assert done.out.rstrip().endswith("Everything works.")
    assert all(f"ok  {name}" in done.out for name in ("Python", "packages", "cores", "cache", "compiled engine"))


def test_a_cache_that_cannot_be_written_is_a_problem_with_advice(
    command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path / "file" / "cache")
    monkeypatch.setattr(doctor, "_engines", lambda: iter(()))
    done = command("doctor")
    assert done.status == 1
    assert "!!  cache" in done.out
    assert "set SEPARATRIX_CACHE" in done.out
    assert done.out.rstrip().endswith("1 problem.")


def test_an_engine_that_computes_something_else_is_a_problem() -> None:
    expected = np.zeros(3)
    fine = doctor._compared("engine", lambda: expected + 1e-15, expected)
    wrong = [doctor._compared("engine", lambda off=off: expected + off, expected) for off in (1e-6, np.nan)]
    assert fine.state is doctor.State.FINE
    assert all(line.state is doctor.State.PROBLEM and "report" in line.advice for line in wrong)


def test_an_engine_that_fails_is_a_problem() -> None:
    def fails() -> np.ndarray:
        raise RuntimeError("no such instruction")

    line = doctor._compared("engine", fails, np.zeros(3))
    assert line.state is doctor.State.PROBLEM
    assert "no such instruction" in line.detail


def test_missing_packages_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package in ("torch", "onnx"):
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    monkeypatch.setattr(doctor, "requires", lambda name: ["numpy>=2.0", 'onnx>=1.17; extra == "export"'])
    lines = [doctor._pytorch(), doctor._optional_packages()]
    assert all(line.state is doctor.State.OPTIONAL for line in lines)
    assert 'pip install "separatrix[torch]"' in lines[0].advice
    assert 'pip install "separatrix[export]"' in lines[1].advice
    monkeypatch.setattr(doctor, "requires", lambda name: ["torch>=2", "numpy>=2.0"])
    assert doctor._required_packages().state is doctor.State.PROBLEM


def test_settings_of_numba_that_switch_the_compiler_off_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core import config

    monkeypatch.setattr(config, "OPT", 0)
    (line,) = doctor._engines()
    assert line.state is doctor.State.PROBLEM
    assert "NUMBA_OPT" in line.detail
