"""Ctrl-C and SIGTERM, with real processes: the step is finished, the model saved, and the way on told."""

from __future__ import annotations

import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from separatrix import load
from separatrix.cli import run as carry_out
from separatrix.networks.recipe import Recipe
from separatrix.reports.lesson import NETWORK, lesson

Start = Callable[..., subprocess.Popen[str]]
ENDLESS = ("lesson", "--epochs", "500000000", "--verbose", "--no-pictures", "--engine", "torch")


def wait_for_training(child: subprocess.Popen[str]) -> None:
    """Until the first of the tutorial's lines is printed."""
    assert child.stdout is not None
    assert child.stdout.readline().startswith("Epoch [10/")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_saves_says_how_to_go_on_and_exits_as_interrupted(
    started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, status: int
) -> None:
    child = started(*ENDLESS)
    wait_for_training(child)
    child.send_signal(number)
    out, err = child.communicate(timeout=600)
    assert child.returncode == status
    assert "Traceback" not in err
    assert "1 − loss" in out
    model = tmp_path / "lesson" / "model.safetensors"
    stopped = load(model)
    assert stopped.status == "stopped"
    assert f"after {stopped.epochs:,} of 500,000,000 epochs" in err

    line = shlex.split(err.strip().splitlines()[-1])
    assert line[:4] == ["separatrix", "lesson", "--resume", "lesson/model.safetensors"]
    monkeypatch.chdir(tmp_path)
    total = stopped.epochs + 100
    assert carry_out([*line[1:], "--epochs", str(total), "--no-pictures"]) == 0
    whole = lesson(NETWORK, Recipe(epochs=total), engine="torch").run
    assert (load(model).parameters == whole.parameters).all()
    assert load(model).log.loss.tolist() == whole.log.loss.tolist()


def test_a_second_signal_ends_at_once(started: Start) -> None:
    child = started(*ENDLESS, "--network", "2-2000-2000-1", "--n", "20000")  # one step takes seconds
    assert child.stderr is not None
    _wait_until_working(child)
    child.send_signal(signal.SIGINT)
    assert "second signal" in _line_with(child.stderr, "second signal")
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=600)
    assert child.returncode == -signal.SIGINT  # the system ended it, where an orderly end has status 130


def _wait_until_working(child: subprocess.Popen[str]) -> None:
    """Until PyTorch is at a step: its process holds more memory than the imports take."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        status = Path(f"/proc/{child.pid}/status").read_text()
        if int(status.split("VmRSS:")[1].split()[0]) > 700_000:  # kB; 160 MB for each layer of a step, its gradient, …
            return
        time.sleep(0.01)
    raise AssertionError("it never got to work")


def _line_with(stream: object, part: str) -> str:
    for line in stream:  # type: ignore[attr-defined]
        if part in line:
            return line
    return ""


def test_a_signal_before_the_training_leaves_nothing(started: Start, tmp_path: Path) -> None:
    child = started(*ENDLESS)
    time.sleep(0.6)  # imports
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=600)
    assert child.returncode in (143, -signal.SIGTERM)  # -15: it came before the handlers were there
    assert "Traceback" not in err
    if "nothing was written" in err or child.returncode < 0:
        assert list(tmp_path.iterdir()) == []


def test_a_kill_costs_no_more_than_the_time_between_two_checkpoints(
    started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = started(*ENDLESS, "--checkpoint-seconds", "0.2")
    wait_for_training(child)
    model = tmp_path / "lesson" / "model.safetensors"
    until = time.monotonic() + 600
    while not model.exists() and time.monotonic() < until:
        assert child.stdout is not None
        child.stdout.readline()  # a full pipe would stop the training
    child.kill()
    child.communicate(timeout=600)
    kept = load(model)
    assert 0 < kept.epochs < 500_000_000
    monkeypatch.chdir(tmp_path)
    total = kept.epochs + 50
    line = ["lesson", "--resume", "lesson/model.safetensors", "--out", "lesson", "--force", "--epochs", str(total)]
    assert carry_out([*line, "--no-pictures"]) == 0
    whole = lesson(NETWORK, Recipe(epochs=total), engine="torch").run
    assert (load(model).parameters == whole.parameters).all()
