"""Bad command lines: one message that names what is wrong and what is near, status 2, no traceback, nothing written."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from separatrix.cli._terminal import show_log_and_warnings

from .conftest import Done

BAD = [
    (["lessn"], "Did you mean 'lesson'"),
    (["lesson", "--epohcs", "5"], "--epochs"),
    (["lesson", "extra"], "extra"),
    (["lesson", "--n"], "--n"),
    (["lesson", "--epochs", "1.5"], "--epochs"),
    (["lesson", "--epochs", "0"], "Error: --epochs must be a whole number of at least 1, got 0"),
    (["lesson", "--batch-size=0"], "Error: --batch-size must be"),
    (["study", "--seeds", "0"], "Error: --seeds must be a whole number of at least 1, got 0"),
    (["lesson", "--lr", "nan"], "lr must be"),
    (["lesson", "--lr", "-1"], "lr must be"),
    (["lesson", "--lr", "fast"], "--lr"),
    (["lesson", "--seed", "-1"], "seed must be"),
    (["lesson", "--seed", str(2**64)], "seed must be"),
    (["lesson", "--batch-size", "101"], "batch_size must be at most 100"),
    (["lesson", "--loss", "bec"], "Did you mean 'bce'"),
    (["lesson", "--optimizer", "adma"], "Did you mean"),
    (["lesson", "--activation", "relu,tnah"], "Did you mean 'tanh'"),
    (["lesson", "--activation", "relu,tanh,elu"], "2 hidden layers"),
    (["lesson", "--init", "hee"], "Did you mean 'he'"),
    (["lesson", "--schedule", "cosin"], "Did you mean 'cosine'"),
    (["lesson", "--engine", "tocrh"], "Did you mean 'torch'"),
    (["lesson", "--palette", "warmcool"], "coolwarm"),
    (["lesson", "--theme", "drak"], "Did you mean 'dark'"),
    (["lesson", "--format", "pgn"], "Did you mean 'png'"),
    (["lesson", "--dtype", "float16"], "dtype must be"),
    (["lesson", "--device", "cuda:99", "--engine", "torch"], "cuda:99"),
    (["lesson", "--network", "2-0-1"], "widths"),
    (["lesson", "--network", "2,4,1"], "'2-4-4-1'"),
    (["lesson", "--network", "2-4-3"], "1 (sigmoid) or 2 (softmax)"),
    (["lesson", "--network", "3-4-1"], "3 inputs"),
    (["lesson", "--network", "2-4-2"], "bce"),
    (["lesson", "--sampler", "mons"], "Did you mean 'moons'"),
    (["lesson", "--n", "1"], "n must be"),
    (["lesson", "--noise", "-1"], "noise must be"),
    (["lesson", "--balance", "1"], "balance must be"),
    (["lesson", "--points", "pionts.csv"], "Did you mean 'points.csv'"),
    (["lesson", "--points", "moons"], "--sampler moons"),
    (["lesson", "--points", "points.csv", "--n", "5"], "--n can't go with --points"),
    (["lesson", "--points", "points.csv", "--target", "lable"], "Did you mean 'label'"),
    (["lesson", "--points", "points.csv", "--encoding", "utf-9"], "encoding"),
    (["lesson", "--target", "label"], "--points FILE"),
    (["lesson", "--snapshots", "0,x"], "0,10,100"),
    (["lesson", "--snapshots", "0,99", "--epochs", "5"], "snapshots must lie"),
    (["lesson", "--resume", "no.safetensors"], "no.safetensors"),
    (["lesson", "--resume", "points.csv"], "points.csv"),
    (["lesson", "--resume", "points.csv", "--n", "5"], "leave out --n"),
    (["lesson", "--patience", "3"], "validation rows"),
    (["lesson", "--show"], "--show needs a display"),
    (["lesson", "--out", "points.csv"], "--out must name a folder"),
    (["points", "--out", "points.jpg"], ".png, .svg, .pdf"),
    (["points", "--out", "points.csv"], "--force"),
    (["points", "--out", "nowhere/points.png"], "nowhere"),
    (["network", "--network", "4"], "'2-4-4-1'"),
    (["network", "points.csv"], "points.csv"),
    (["step", "--loss", "cross_entropy"], "cross_entropy"),
    (["step", "--out", "step.txt"], ".md or .html"),
    (["boundary", "--kind", "exat"], "Did you mean 'exact'"),
    (["boundary", "no.safetensors"], "no.safetensors"),
    (["boundary", "--out", "boundary"], ".png, .svg, .pdf"),
    (["warmup", "2-x-1"], "'2-4-4-1'"),
]


@pytest.mark.parametrize(("line", "says"), BAD, ids=[" ".join(line) for line, _ in BAD])
def test_one_message_and_status_2(command: Callable[..., Done], tmp_path: Path, line: list[str], says: str) -> None:
    own = tmp_path / "points.csv"
    own.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    done = command(*line)
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("Error:") == 1
    assert says in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["points.csv"]
    assert own.read_text().startswith("a,b,label\n0,0,0\n")


def test_a_process_of_its_own_says_the_same(process: Callable[..., Done], tmp_path: Path) -> None:
    done = process("lesson", "--loss", "bec")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("Error: Invalid value for '--loss'")
    assert "Did you mean 'bce'" in done.err
    assert list(tmp_path.iterdir()) == []


def test_what_a_user_typed_is_printed_as_it_is(command: Callable[..., Done]) -> None:
    assert "[red]x[/red]" in command("lesson", "--loss", "[red]x[/red]").err


def test_a_lesson_that_is_there_is_refused_before_the_training(command: Callable[..., Done], tmp_path: Path) -> None:
    there = tmp_path / "lesson" / "model.safetensors"
    there.parent.mkdir()
    there.write_bytes(b"precious")
    done = command("lesson", "--epochs", "1000000000")
    assert done.status == 2
    assert "--force" in done.err
    assert there.read_bytes() == b"precious"


def test_the_same_warning_is_said_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back afterwards
    show_log_and_warnings()
    for words in ("column 'z' is empty", "column 'z' is empty", "another"):
        warnings.showwarning(UserWarning(words), UserWarning, "file", 1)
    assert capsys.readouterr().err.splitlines() == ["Warning: column 'z' is empty", "Warning: another"]
    logging.getLogger("separatrix").handlers.clear()
