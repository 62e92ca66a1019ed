"""`separatrix study`: options and TOML say the same, it goes on where it was, and errors are one message."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import separatrix as sx
from separatrix.studies.config import toml_text

from .conftest import Done

SMALL = ["--n", "20", "--n-test", "10", "--seeds", "4", "--checkpoints", "20,50", "--lr", "0.5"]


def test_a_study_ends_with_sentences_a_table_and_a_report(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("study", "--points", "circle,moons", "--widths", "2..3", "--loss", "bce,mse", *SMALL, "-o", "s")
    assert done.status == 0, done.err
    assert done.out.startswith("32 runs of 8 conditions, up to 50 epochs.")
    assert "Everything is in s; open s/report.html" in done.out
    found = sx.read_study(tmp_path / "s")
    assert found.complete
    assert found.varying == ("sampler", "noise", "width", "loss_name")
    page = (tmp_path / "s" / "report.html").read_text()
    assert "data:image/png" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_file_says_the_same_as_options_and_options_win(command: Callable[..., Done], tmp_path: Path) -> None:
    settings = {"widths": "2..3", "n": 20, "n_test": 10, "seeds": 4, "checkpoints": [20, 50], "lr": 0.5, "loss": "bce"}
    (tmp_path / "study.toml").write_text(toml_text(settings))
    options = command("study", "--widths", "2..3", "--loss", "mse", *SMALL, "-o", "a", "--no-report")
    file = command("study", "study.toml", "--loss", "mse", "-o", "b", "--no-report")
    assert (options.status, file.status) == (0, 0), options.err + file.err
    assert sx.read_study(tmp_path / "a").study.to_data() == sx.read_study(tmp_path / "b").study.to_data()
    assert not (tmp_path / "a" / "report.html").exists()


def test_own_points_are_read_from_a_file(command: Callable[..., Done], tmp_path: Path) -> None:
    rows = "\n".join(f"{k % 7},{k % 5},{int(k % 7 > 3)}" for k in range(60))
    (tmp_path / "mine.csv").write_text(f"a,b,label\n{rows}\n")
    done = command("study", "--points", "mine.csv", "--seeds", "3", "--checkpoints", "20", "-o", "s", "--no-report")
    assert done.status == 0, done.err
    assert sx.read_study(tmp_path / "s").frame["point"][0] == "mine.csv(n=60, d=2)"


def test_borders_are_measured_if_asked_for(command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("study", "--borders", "--seeds", "3", "--checkpoints", "20,200", "-o", "s", "--no-report")
    assert done.status == 0, done.err
    assert sx.read_study(tmp_path / "s").frame["regions"].min() >= 1
    (tmp_path / "study.toml").write_text("borders = true\nseeds = 2\ncheckpoints = 20\n")
    assert command("study", "study.toml", "-o", "t", "--no-report").status == 0
    assert sx.read_study(tmp_path / "t").study.borders


TABLE = "age;town;income;bought\n" + "".join(
    f"{20 + k % 40};{'' if k % 9 == 0 else ('Ulm', 'Rom')[k % 2]};{30_000 + 500 * k};{'yes' if k % 40 > 20 else 'no'}\n"
    for k in range(80)
)


def test_a_table_of_any_columns_is_encoded(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(TABLE)
    line = ["study", "--points", "people.csv", "--table", "--target", "bought", "--seeds", "3", "--checkpoints", "3000"]
    done = command(*line, "--lr", "0.3", "-o", "s", "--no-report")
    assert done.status == 0, done.err
    found = sx.read_study(tmp_path / "s")
    assert found.frame["point"][0] == "people.csv(n=80, d=5)"
    assert found.frame["test_accuracy"].min() > 0.8, "income in tens of thousands is no hindrance"
    (tmp_path / "study.toml").write_text(
        'points = "people.csv"\ntable = true\ntarget = "bought"\nseparator = ";"\ntext = ["age"]\n'
    )
    done = command("study", "study.toml", "--seeds", "3", "--checkpoints", "5", "-o", "t", "--no-report")
    assert done.status == 0, done.err
    assert sx.read_study(tmp_path / "t").study.points[0].n_inputs > 5


def test_columns_that_no_training_gets_on_with_are_warned_of(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(TABLE)
    line = ["study", "--points", "people.csv", "--seeds", "2", "--checkpoints", "5", "-o", "s", "--no-report"]
    done = command(*line, "--x", "age", "--x", "income")
    assert done.status == 0
    assert "Column 1 reaches 6.95e+04" in done.err
    assert "--table scales the columns" in done.err


def test_the_same_command_goes_on_and_another_study_is_refused(command: Callable[..., Done], tmp_path: Path) -> None:
    line = ["study", "--widths", "2", *SMALL, "-o", "s", "--no-report"]
    first = command(*line)
    next((tmp_path / "s" / "table").iterdir()).unlink()
    assert command(*line).out == first.out
    other = command(*line, "--depths", "1")
    assert other.status == 2
    assert "s holds another study: networks was" in other.err
    assert command(*line, "--depths", "1", "--on-change", "restart").status == 0
    more = [*line, "--depths", "1", "--seeds", "6"]
    assert "on_change='continue'" in command(*more).err
    assert command(*more, "--on-change", "continue").out.startswith("6 runs")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--points", "circel"], "Did you mean 'circle'"),
        (["--widths", "2..x"], "widths must be whole numbers such as 4, 2,4,8 or 2..8, got '2..x'"),
        (["--widths", "8..2"], "stands for 0 numbers"),
        (["--lr", "0.1,fast"], "lr must be numbers joined by commas, got 'fast'"),
        (["--loss", "bec"], "Did you mean 'bce'"),
        (["--seeds", "0"], "--seeds must be"),
        (["--half-width", "2"], "--half-width must be"),
        (["--backend", "cloud"], "backend must be one of"),
        (["--vary", "all"], "vary must be one of"),
        (["--networks", "2-x-1"], "'2-4-4-1'"),
        (["--target", "label"], "name one by --points FILE"),
        (["--points", "people.csv", "--x", "town", "--x", "age"], "say --table"),
        (["--points", "people.csv", "--table", "--target", "bougt"], "Did you mean 'bought'"),
        (["--points", "people.csv", "--table", "--target", "bought", "--x", "age"], "--x can't go with --table"),
        (["--points", "people.csv", "--separator", ";"], "--separator is for tables"),
        (["--target", "bought"], "--target says how to read a file"),
        (["none.toml"], "there is no file 'none.toml'"),
        (["bad.toml"], "a study has no setting 'width'. Did you mean 'widths'"),
        (["broken.toml"], "isn't a study's TOML file"),
        (["--out", "bad.toml"], "can't be written"),
    ],
)
def test_fault_40_one_message_and_status_2(
    command: Callable[..., Done], tmp_path: Path, line: list[str], says: str
) -> None:
    (tmp_path / "people.csv").write_text(TABLE)
    (tmp_path / "bad.toml").write_text("width = 3\n")
    (tmp_path / "broken.toml").write_text("widths = [2, \n")
    done = command("study", "--checkpoints", "5", *line)
    assert done.status == 2
    assert says in done.err
    assert not done.out


@pytest.mark.slow
def test_fault_26_an_interrupt_keeps_what_is_finished(started: Callable[..., object], tmp_path: Path) -> None:
    running = started("study", "--widths", "2,3", "--seeds", "4000", "-o", "s", "--no-report")
    while not any((tmp_path / "s" / "table").glob("*.parquet")):
        time.sleep(0.05)
        assert running.poll() is None, running.stderr.read()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=600)
    assert running.returncode == 130
    assert "which are kept. The same command continues." in said
    assert sx.read_study(tmp_path / "s").n_runs > 0


def test_the_terminal_reads_no_markup_in_a_condition() -> None:
    import io

    import numpy as np
    from rich.console import Console

    from separatrix.cli._study import _live_view
    from separatrix.studies.progress import StudyProgress
    from separatrix.studies.sources import OwnPoints

    own = OwnPoints(sx.Points(np.zeros((4, 2)), np.array([0, 1, 0, 1])), None, "[red]a[/red] [/b] :smile:")
    study = sx.Study.grid(points=(own,), checkpoints=(5,), seeds=1)
    counts = np.zeros((1, 1), int), np.zeros(1, int), np.zeros(1, int)
    screen = Console(file=io.StringIO(), width=120)
    screen.print(_live_view(study, StudyProgress(study, 0, 1, *counts, 0, 0.0, 0)))
    assert "[red]a[/red] [/b] :smile:" in screen.file.getvalue()


def test_the_terminal_shows_the_shares_so_far() -> None:
    import io

    import numpy as np
    from rich.console import Console

    from separatrix.cli._study import _live_view
    from separatrix.studies.progress import StudyProgress

    study = sx.Study.grid(widths=(2, 3), checkpoints=(5, 50), seeds=100)
    counts = np.array([[0, 1], [10, 20]]), np.array([50, 50]), np.array([0, 1])
    screen = Console(file=io.StringIO(), width=120)
    screen.print(_live_view(study, StudyProgress(study, 100, 200, *counts, 0, 12.0, 0)))
    said = screen.file.getvalue()
    assert "100 of 200 runs, about 12 s left, 1 failed or diverged" in said
    assert "40.0%" in said
    assert "27.6 to 53.8%" in said
