"""`separatrix lesson`: the whole job as a user meets it."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from separatrix import load
from separatrix.engines.choose import ENGINES
from separatrix.networks.recipe import Recipe
from separatrix.reports.lesson import NETWORK, lesson
from separatrix.reports.lesson_pictures import LESSON_PICTURES

from .conftest import Done, surroundings, words

TORCH = ("--engine", "torch")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """One lesson, short, in a process of its own."""
    folder = tmp_path_factory.mktemp("lesson")
    line = words("lesson", "--epochs", "400", "--seed", "3", *TORCH)
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, env=surroundings(), check=False)
    return folder / "lesson", Done(done.returncode, done.stdout, done.stderr)


def test_writes_everything(made: tuple[Path, Done]) -> None:
    folder, done = made
    assert done.status == 0
    # whichever test comes first on an empty cache is told of what is compiled
    assert [line for line in done.err.splitlines() if not line.startswith("Compiling")] == []
    others = {"model.safetensors", "history.csv", "points.csv", "lesson.json", "report.html", "boundary.gif"}
    assert {each.name for each in folder.iterdir()} == others | {f"{picture.name}.png" for picture in LESSON_PICTURES}
    assert all(each.stat().st_size > 100 for each in folder.iterdir())


def test_ends_with_a_short_summary(made: tuple[Path, Done]) -> None:
    said = made[1].out
    assert len(said.splitlines()) <= 8
    for part in (
        "training accuracy",
        "test accuracy",
        "computed from the border",
        "loss",
        "1 − loss",
        "calls accuracy",
    ):
        assert part in said
    assert "BCELoss" in said  # which form of the loss
    assert "report.html" in said


def test_says_what_the_library_says(made: tuple[Path, Done]) -> None:
    run = load(made[0] / "model.safetensors")
    same = lesson(NETWORK, Recipe(epochs=400, seed=3), engine="torch").run
    assert (run.parameters == same.parameters).all()
    with (made[0] / "history.csv").open() as file:
        assert [float(row["loss"]) for row in csv.DictReader(file)] == same.log.loss.tolist()


def test_the_report_shows_every_picture(made: tuple[Path, Done]) -> None:
    text = (made[0] / "report.html").read_text()
    assert text.count("<img") == len(LESSON_PICTURES) + 1  # and the film
    assert not re.search(r"(src|href)=[\"']?(https?:|//)", text)


def test_prints_the_tutorials_lines_when_asked(command: Callable[..., Done]) -> None:
    done = command("lesson", "--epochs", "40", "--verbose", "--no-pictures", *TORCH)
    lines = [line for line in done.out.splitlines() if line.startswith("Epoch")]
    assert [line.split(",")[0] for line in lines] == [f"Epoch [{k}/40]" for k in (10, 20, 30, 40)]
    assert re.fullmatch(r"Epoch \[10/40\], Loss: \d\.\d{4}", lines[0])
    every = command("lesson", "--epochs", "40", "--log-every", "20", "--no-pictures", "--force", *TORCH)
    assert every.out.count("Epoch [") == 2
    silent = command("lesson", "--epochs", "40", "--no-pictures", "--force", *TORCH)
    assert "Epoch [" not in silent.out


def test_a_diverged_run_is_told_written_and_no_success(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("lesson", "--lr", "1e38", "--epochs", "50", *TORCH)
    assert done.status == 1
    assert "Diverged" in done.out
    assert load(tmp_path / "lesson" / "model.safetensors").status == "diverged"
    assert (tmp_path / "lesson" / "report.html").exists()


def test_takes_every_kind_of_setting(command: Callable[..., Done], tmp_path: Path) -> None:
    line = "--sampler moons --n 60 --noise 0.2 --balance 0.4 --network 2-5-3-2 --activation relu,tanh --init he"
    line += " --loss cross_entropy --optimizer sgd --momentum 0.9 --nesterov --lr 0.02 --epochs 30 --batch-size 16"
    line += (
        " --schedule step --step-size 10 --step-gamma 0.5 --l1 1e-4 --l2 1e-4 --dtype float64 --validation-fraction 0.2"
    )
    line += " --patience 50 --min-delta 1e-5 --log-every 5 --seed 11 --snapshots 0,30 --weight-decay 0.02 --out o/p"
    done = command("lesson", *line.split(), "--no-pictures", *TORCH)
    assert done.status == 0, done.err
    run = load(tmp_path / "o" / "p" / "model.safetensors")
    assert str(run.network) == "2-5-3-2"
    assert run.network.activation == ("relu", "tanh")
    assert (run.network.init, run.recipe.loss, run.recipe.seed) == ("he", "cross_entropy", 11)
    assert (run.recipe.momentum, run.recipe.nesterov, run.recipe.lr) == (0.9, True, 0.02)
    assert (run.recipe.batch_size, run.recipe.schedule, run.recipe.step_size, run.recipe.step_gamma) == (
        16,
        "step",
        10,
        0.5,
    )
    assert (run.recipe.l1, run.recipe.l2, run.recipe.dtype, run.recipe.weight_decay) == (1e-4, 1e-4, "float64", 0.02)
    assert (run.recipe.validation_fraction, run.recipe.patience, run.recipe.min_delta) == (0.2, 50, 1e-5)
    assert (run.recipe.log_every, run.recipe.snapshots) == (5, (0, 30))
    assert "validation accuracy" in done.out


def test_trains_on_a_users_file(command: Callable[..., Done], tmp_path: Path) -> None:
    rows = "".join(f"{k},{k % 7},{'yes' if k % 7 > 3 else 'no'}\n" for k in range(30))
    (tmp_path / "own.csv").write_text("time;height;verdict\n".replace(";", ",") + rows)
    line = (
        "--points",
        "own.csv",
        "--x",
        "height",
        "--x",
        "time",
        "--target",
        "verdict",
        "--positive",
        "yes",
        "--epochs",
        "20",
    )
    done = command("lesson", *line, "--no-pictures", *TORCH)
    assert done.status == 0, done.err
    assert "test accuracy" not in done.out


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_writes_other_formats(command: Callable[..., Done], tmp_path: Path, kind: str) -> None:
    line = ("--format", kind, "--theme", "dark", "--palette", "safe", "--network", "2-2-1", "--epochs", "5")
    assert command("lesson", *line, *TORCH).status == 0
    assert (tmp_path / "lesson" / f"boundary.{kind}").exists()
    assert "data:image/svg+xml" in (text := (tmp_path / "lesson" / "report.html").read_text()) or kind == "pdf"
    assert "data:application/pdf" not in text


def test_goes_on_where_it_ended(command: Callable[..., Done], tmp_path: Path) -> None:
    quick = ("--no-pictures", *TORCH)
    assert command("lesson", "--epochs", "30", *quick).status == 0
    model = "lesson/model.safetensors"
    assert command("lesson", "--resume", model, "--epochs", "70", "--out", "lesson", "--force", *quick).status == 0
    assert command("lesson", "--epochs", "70", "--out", "whole", *quick).status == 0
    more, whole = load(tmp_path / model), load(tmp_path / "whole" / "model.safetensors")
    assert (more.parameters == whole.parameters).all()
    assert more.log.loss.tolist() == whole.log.loss.tolist()


@pytest.mark.skipif("fused" not in ENGINES, reason="there is one engine only")
def test_an_engine_that_was_passed_over_is_named(command: Callable[..., Done]) -> None:
    done = command(
        "lesson", "--epochs", "3", "--device", "cpu:0", "--no-pictures"
    )  # only the torch engine takes devices
    assert done.status == 0
    assert "The fused engine can't do this" in done.err
    assert "torch engine" in done.err


def test_a_terminal_shows_a_bar_and_no_terminal_none(made: tuple[Path, Done], tmp_path: Path) -> None:
    assert "━" not in made[1].out
    assert "\x1b" not in made[1].out
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    line = words("lesson", "--epochs", "2000", "--no-pictures", *TORCH)
    env = surroundings(TERM="xterm-256color")
    with subprocess.Popen(line, stdout=slave, stderr=slave, cwd=tmp_path, env=env) as child:
        os.close(slave)
        seen = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not part:
                break
            seen += part
    os.close(master)
    assert child.returncode == 0
    text = seen.decode()
    assert "training" in text
    assert re.search(r"loss \d\.\d{4}  accuracy \d+\.\d%", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text))
    assert "1 − loss" in text


def test_fault_54_of_two_lessons_into_one_folder_one_is_refused(started: Callable[..., subprocess.Popen[str]]) -> None:
    line = ("lesson", "--no-pictures", "--epochs", "3000", "--out", "both")
    both = [started(*line, "--sampler", name) for name in ("circle", "moons")]
    errors = [process.communicate(timeout=600)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2]
    assert any("in use by process" in error or "already holds a lesson" in error for error in errors)
