"""The parts: each writes its picture or prints its numbers, and touches nothing that is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from separatrix.data.points_file import read_points
from separatrix.data.samplers import SAMPLERS

from .conftest import Done

TORCH = ("--engine", "torch")


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_points_draws_every_sampler(command: Callable[..., Done], tmp_path: Path, sampler: str) -> None:
    done = command("points", "--sampler", sampler, "--n", "30", "--seed", "4")
    assert done.status == 0
    assert f"Points({sampler}, seed=4: x (30, 2)" in done.out
    assert is_png(tmp_path / "points.png")


def test_points_writes_numbers(command: Callable[..., Done], tmp_path: Path) -> None:
    assert command("points", "--sampler", "xor", "--seed", "2", "--out", "own.csv").status == 0
    assert (read_points(tmp_path / "own.csv").x == SAMPLERS["xor"].draw(seed=2).x).all()
    assert command("points", "--points", "own.csv").status == 0


def test_colormaps(command: Callable[..., Done], tmp_path: Path) -> None:
    assert command("colormaps", "--theme", "dark", "--out", "maps.pdf").status == 0
    assert (tmp_path / "maps.pdf").read_bytes().startswith(b"%PDF")


def test_network_counts_and_draws(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("network", "--network", "2-16-16-1", "--activation", "tanh")
    assert "337 parameters" in done.out
    assert "fc2: 16 -> 16, 256 weights and 16 biases" in done.out
    assert is_png(tmp_path / "network.png")


def test_a_picture_that_is_there_is_kept_without_force(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "colormaps.png").write_text("mine")
    assert command("colormaps").status == 2
    assert (tmp_path / "colormaps.png").read_text() == "mine"
    assert command("colormaps", "--force").status == 0


def test_step_prints_one_epoch(command: Callable[..., Done]) -> None:
    done = command("step")
    assert done.status == 0
    assert "4 rows through 2-4-4-1, 37 parameters" in done.out
    for part in ("Forward: fc1", "The loss", "Backward: fc3", "before - lr × gradient = after", "The loss fell"):
        assert part in done.out


def test_step_begins_with_the_lessons_own_numbers(command: Callable[..., Done]) -> None:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        x = torch.randn(3, 2)
        weight = torch.nn.Linear(2, 4).weight
    said = command("step", "--n", "3", "--seed", "5").out
    assert f"{x[0, 0].item():+.4f}" in said
    assert f"{weight[0, 0].item():+.4f}" in said


@pytest.mark.parametrize("name", ["step.md", "step.html"])
def test_step_is_exported(command: Callable[..., Done], tmp_path: Path, name: str) -> None:
    assert command("step", "--out", name, "--lr", "0.5").status == 0
    text = (tmp_path / name).read_text()
    assert "One step, in numbers" in text
    assert "0.5 ×" in text


def test_boundary_of_a_saved_lesson(command: Callable[..., Done], tmp_path: Path) -> None:
    assert command("lesson", "--epochs", "20", "--no-pictures", *TORCH).status == 0
    model = "lesson/model.safetensors"
    for kind in ("lesson", "probability", "exact"):
        assert command("boundary", model, "--kind", kind, "--out", f"{kind}.png").status == 0
        assert is_png(tmp_path / f"{kind}.png")
    assert command("boundary", model, "--sampler", "moons", "--out", "other.png").status == 0
    assert command("network", model).status == 0
    refused = command("boundary", model, "--epochs", "5", "--out", "no.png")
    assert refused.status == 2
    assert "--epochs" in refused.err


def test_boundary_of_a_fresh_training(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("boundary", "--sampler", "moons", "--epochs", "30", *TORCH)
    assert done.status == 0
    assert "after 30 epochs" in done.out
    assert is_png(tmp_path / "boundary.png")


def test_features_and_label_noise_reach_every_step(command: Callable[..., Done], tmp_path: Path) -> None:
    features = ("--features", "x1^2+x2^2", "--label-noise", "0.2", "--n", "40")
    done = command("lesson", *features, "--network", "2-1", "--epochs", "20", "--no-pictures")
    assert done.status == 0, done.err
    model = "lesson/model.safetensors"
    assert command("boundary", model, "--out", "b.png").status == 0
    assert is_png(tmp_path / "b.png")
    # other points of the plane are drawn with the network's own features
    assert command("boundary", model, "--sampler", "moons", "--out", "m.png").status == 0
    refused = command("boundary", model, "--kind", "exact", "--out", "e.png")
    assert refused.status == 2
    assert "--kind exact needs a network whose inputs are x1 and x2" in " ".join(refused.err.split())
    assert command("diagnose", model, "--seeds", "2").status == 0
    assert command("lesson", "--resume", model, "--epochs", "25", "--no-pictures", "--out", "on").status == 0
    step = command("step", "--features", "x1+x2+x1*x2")
    assert "3-4-4-1" in step.out
    unknown = command("lesson", "--features", "x1^3")
    assert unknown.status == 2
    assert "Did you mean 'x1^2'?" in " ".join(unknown.err.split())


def test_points_writes_labels_with_noise(command: Callable[..., Done], tmp_path: Path) -> None:
    assert command("points", "--label-noise", "0.3", "--out", "noisy.csv").status == 0
    assert command("points", "--out", "clean.csv").status == 0
    noisy, clean = (read_points(tmp_path / name) for name in ("noisy.csv", "clean.csv"))
    assert (noisy.x == clean.x).all()
    assert (noisy.y != clean.y).any()
