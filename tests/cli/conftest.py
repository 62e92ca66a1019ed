"""The command line in this process (quick) and in one of its own (for signals, pipes and what is imported)."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from separatrix.cli import run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Done]]:
    """Carry out a command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    show = warnings.showwarning

    def carry_out(*words: str) -> Done:
        capsys.readouterr()
        try:
            status = run(list(words))
        except SystemExit as end:
            status = int(end.code or 0)
        return Done(status, *capsys.readouterr())

    yield carry_out
    warnings.showwarning = show
    logging.getLogger("separatrix").handlers.clear()


def words(*given: str, program: tuple[str, ...] = ("-m", "separatrix")) -> list[str]:
    """A command line for a process of its own; `program` is another one around the command."""
    return [sys.executable, *program, *given]


def surroundings(**more: str) -> dict[str, str]:
    """The environment of such a process."""
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "error", "COLUMNS": "200"} | more


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Done]:
    """Carry out a command line in a process of its own, in an empty folder."""

    def carry_out(*given: str, **more: str) -> Done:
        done = subprocess.run(
            words(*given),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=surroundings(**more),
            timeout=600,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return carry_out


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command line and leave it running; it is ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*given: str, program: tuple[str, ...] = ("-m", "separatrix"), **more: str) -> subprocess.Popen[str]:
        pipe, line = subprocess.PIPE, words(*given, program=program)
        made = subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path, env=surroundings(**more))
        running.append(made)
        return made

    yield start
    for each in running:
        if each.poll() is None:
            each.kill()
        each.communicate()
