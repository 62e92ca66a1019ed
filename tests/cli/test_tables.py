"""`separatrix fit` and `evaluate`: a file in, a model and an honest summary out, with real files and processes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from separatrix import load
from separatrix.cli import run
from separatrix.cli._table_results import pair_of
from tests.html_page import Page

from .conftest import Done, surroundings, words

QUICK = ("--hidden", "8", "--epochs", "20", "--lr", "0.03", "--folds", "2")


def people(n: int = 200, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    age, job = rng.normal(40, 10, n).round(1), rng.choice(["nurse", "miner", "clerk"], n)
    bought = (age - 40) / 10 + (job == "nurse") + rng.normal(size=n) > 0.3
    days = pl.Series(np.datetime64("2020-01-01") + rng.integers(0, 900, n)).cast(pl.Date)
    member = rng.random(n) < 0.5
    frame = pl.DataFrame(
        {"age": age, "job": job, "since": days, "member": member, "bought": np.where(bought, "yes", "no")}
    )
    return frame.with_columns(pl.when(pl.int_range(n) % 11 > 0).then(pl.col("age")).alias("age"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """people.csv and new.csv."""
    made = tmp_path_factory.mktemp("tables")
    people().write_csv(made / "people.csv")
    people(seed=1).write_csv(made / "new.csv")
    return made


@pytest.fixture(scope="module")
def fitted(folder: Path) -> tuple[Path, Done]:
    """A folder with a model and its report, made by a process of its own."""
    line = words("fit", "people.csv", "--target", "bought", *QUICK, "--report", "report.html")
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, env=surroundings(), check=False)
    return folder, Done(done.returncode, done.stdout, done.stderr)


def test_fit_writes_a_model_and_a_report_and_says_what_they_are_worth(fitted: tuple[Path, Done]) -> None:
    folder, done = fitted
    assert done.status == 0, done.err
    assert all(line.startswith("Compiling") for line in done.err.splitlines())
    for part in ("200 rows", "AUC", "log loss", "Brier score", "accuracy", "majority class", "logistic regression"):
        assert part in done.out
    assert "40 test rows" in done.out
    assert "160 rows, cross-validated in 2 folds" in done.out
    assert "logistic regression" in done.out.splitlines()[-2]  # the verdict
    assert done.out.splitlines()[-1] == "The model is in model.safetensors; open report.html"
    assert max(map(len, done.out.splitlines())) < 300  # the verdict; no line is broken
    assert load(folder / "model.safetensors").classes_.tolist() == ["no", "yes"]


def test_the_report_shows_the_table_the_scores_and_the_explanations(fitted: tuple[Path, Done]) -> None:
    found = Page((fitted[0] / "report.html").read_text())
    assert set(found.ids) >= {
        "warnings",
        "ranking",
        "trust",
        "threshold",
        "importance",
        "borders",
        "training",
        "columns",
    }
    assert found.tags.count("img") == 12
    for name in ("age", "job", "since", "member", "people.csv", "cross-validated in 2 folds"):
        assert name in found.text
    assert "onclick" not in " ".join(found.handlers)


def test_the_model_keeps_where_it_came_from(fitted: tuple[Path, Done]) -> None:
    import hashlib

    kept = load(fitted[0] / "model.safetensors").input_
    assert kept["source"].endswith("people.csv")
    assert kept["sha256"] == hashlib.sha256((fitted[0] / "people.csv").read_bytes()).hexdigest()


def test_evaluate_judges_on_new_rows_and_warns_of_the_old_ones(
    fitted: tuple[Path, Done], monkeypatch: pytest.MonkeyPatch, command: Callable[..., Done]
) -> None:
    monkeypatch.chdir(fitted[0])
    new = command("evaluate", "model.safetensors", "new.csv", "--report", "new.html")
    assert (new.status, new.err) == (0, "")
    assert "200 rows     network" in new.out
    assert "majority class" in new.out
    assert Page(Path("new.html").read_text()).tags.count("img") == 12
    old = command("evaluate", "model.safetensors", "people.csv")
    assert old.status == 0
    assert "the model was trained on" in old.err
    other = command("evaluate", "model.safetensors", "new.csv", "--target", "job")
    assert other.status == 2
    assert "two classes is needed, got 3" in other.err


def test_the_positive_label_can_be_chosen_and_is_checked(
    folder: Path, command: Callable[..., Done], tmp_path: Path
) -> None:
    quick = (str(folder / "people.csv"), "--target", "bought", *QUICK, "--folds", "0")
    done = command("fit", *quick, "--positive", "no")
    assert done.status == 0
    assert "'bought' is 'no' in" in done.out.splitlines()[0]
    wrong = command("fit", *quick, "--positive", "yess", "--force")
    assert wrong.status == 2
    assert "Did you mean 'yes'?" in wrong.err


def test_settings_reach_the_classifier(folder: Path, command: Callable[..., Done], tmp_path: Path) -> None:
    line = "--hidden 6-4 --activation tanh,relu --init he --loss cross_entropy --l2 0.5 --class-weight balanced"
    line += " --optimizer sgd --lr 0.05 --epochs 7 --patience 3 --batch-size 16 --seed 5"
    line += " --engine torch --folds 0 -o o.safetensors"
    done = command("fit", str(folder / "people.csv"), "-y", "bought", *line.split())
    assert done.status == 0, done.err
    found = load(tmp_path / "o.safetensors")
    expected = {
        "hidden_layer_sizes": (6, 4), "activation": ("tanh", "relu"), "init": "he", "loss": "cross_entropy", "outputs": 2,
        "alpha": 0.5, "class_weight": "balanced", "optimizer": "sgd", "learning_rate_init": 0.05, "max_iter": 7,
        "n_iter_no_change": 3, "batch_size": 16, "random_state": 5, "engine": "torch",
    }  # fmt: skip  # a table
    assert {name: found.get_params()[name] for name in expected} == expected


@pytest.mark.parametrize("kind", ["parquet", "semicolons", "stdin"])
def test_tables_come_in_every_usual_form(
    folder: Path, command: Callable[..., Done], tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, name = people(), "t.csv"
    if kind == "parquet":
        frame.write_parquet(tmp_path / (name := "t.parquet"))
    else:
        frame.write_csv(tmp_path / name, separator=";")
    if kind == "stdin":
        line = words("fit", "-", "--target", "bought", *QUICK)
        with (tmp_path / name).open("rb") as given:
            made = subprocess.run(
                line, stdin=given, capture_output=True, text=True, cwd=tmp_path, env=surroundings(), check=False
            )
        assert made.returncode == 0, made.stderr
        assert "standard input: 200 rows" in made.stdout
        return
    done = command("fit", name, "--target", "bought", *QUICK)
    assert done.status == 0, done.err
    assert "200 rows" in done.out


def test_a_grave_concern_is_said_before_training(folder: Path, command: Callable[..., Done], tmp_path: Path) -> None:
    frame = people().with_columns((pl.col("bought") == "yes").cast(pl.Float64).alias("paid"))
    frame.write_csv(tmp_path / "leak.csv")
    done = command("fit", "leak.csv", "--target", "bought", *QUICK)
    assert done.status == 0
    assert "Warning: column 'paid': This column alone almost predicts the class" in done.err


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("", (), "is empty"),
        ("a,b\n", (), "no rows"),
        ("a,b\n1,no\n2\n", (), "line 3"),
        ("a,b\n1,no\n2,yes\n", ("--target", "c"), "'c'"),
        ("a,b\n1,no\n2,no\n", (), "two classes is needed, got 1"),
        ("a,b\n1,no\n2,yes\n", ("--network", "x-1"), "'x-1'"),
        ("a,b\n1,no\n2,yes\n", ("--hidden", "x"), "64,64"),
        ("a,b\n1,no\n2,yes\n", ("--epochs", "0"), "fit: --epochs must be a whole number of at least 1, got 0"),
        ("a,b\n1,no\n2,yes\n", ("--text", "c"), "no column 'c'"),
        ("a,b\n1,no\n2,yes\n", ("--test-fraction", "2"), "--test-fraction must be"),
        ("a,b\n1,no\n2,yes\n", ("--threshold", "-1"), "--threshold must be"),
        ("a,b\n1,no\n2,yes\n", ("--optimizer", "adm"), "Did you mean 'adam'"),
        ("a,b\n1,no\n2,yes\n", ("--class-weight", "heavy"), "--class-weight must be"),
    ],
)
def test_faults_1_2_15_and_40_end_with_one_message_and_write_nothing(
    command: Callable[..., Done], tmp_path: Path, content: str, line: tuple[str, ...], expected: str
) -> None:
    (tmp_path / "t.csv").write_text(content)
    target = () if "--target" in line else ("--target", "b")
    done = command("fit", "t.csv", *target, *line)
    assert done.status == 2, done.out
    assert expected in done.err
    assert "Traceback" not in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


def test_a_file_that_is_not_there_is_named_with_the_nearest(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("a,b\n1,no\n")
    done = command("fit", "poeple.csv", "--target", "b")
    assert done.status == 2
    assert "Did you mean 'people.csv'" in done.err
    assert command("evaluate", "no.safetensors", "people.csv").status == 2


def test_fault_29_what_exists_is_replaced_only_by_force(
    fitted: tuple[Path, Done], command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fitted[0])
    before = Path("model.safetensors").read_bytes()
    for line in (
        ("fit", "people.csv", "-y", "bought"),
        ("evaluate", "model.safetensors", "new.csv", "--report", "report.html"),
    ):
        done = command(*line)
        assert done.status == 2
        assert "--force" in done.err
    assert Path("model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("--force", "-o", "t.csv"), "DATA and --out are the same file"),
        (("--report", "model.safetensors"), "--out and --report are the same file"),
        (("--report", "r.html", "--test-fraction", "0", "--folds", "0"), "something to report on"),
        (("--network", "9-8-1", "--hidden", "8"), "use either it or --hidden"),
        (("--network", "9-8-1"), r"has 9 inputs; the network 1-8-1 fits"),
    ],
)
def test_what_could_only_fail_is_refused_before_the_training(
    command: Callable[..., Done], tmp_path: Path, line: tuple[str, ...], expected: str
) -> None:
    rows = "".join(f"{k / 7:.3f},{'yes' if k % 3 else 'no'}\n" for k in range(60))
    (tmp_path / "t.csv").write_text("a,b\n" + rows)
    done = command("fit", "t.csv", "--target", "b", *line)
    assert done.status == 2
    assert expected in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_text() == "a,b\n" + rows


def test_a_model_of_points_is_no_classifier_of_tables(command: Callable[..., Done], tmp_path: Path) -> None:
    assert run(["lesson", "--epochs", "3", "--no-pictures", "--engine", "torch"]) == 0
    (tmp_path / "t.csv").write_text("a,b\n1,no\n2,yes\n")
    done = command("evaluate", "lesson/model.safetensors", "t.csv", "--target", "b")
    assert done.status == 2
    assert "holds a Run, but a classifier of a table is needed" in done.err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_fault_26_a_signal_ends_the_epoch_saves_and_exits_as_interrupted(
    started: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals, status: int
) -> None:
    people(1000).write_csv(tmp_path / "t.csv")
    line = ("fit", "t.csv", "-y", "bought", "--epochs", "5000000", "--patience", "5000000", "--report", "r.html")
    child = started(*line, program=SAYS_THAT_IT_TRAINS)
    wait_until_it_trains(child)
    child.send_signal(number)
    _, err = child.communicate(timeout=600)
    assert child.returncode == status, err
    assert "Traceback" not in err
    assert "the model trained so far is saved" in err
    assert load(tmp_path / "model.safetensors").predict_proba(people(10).drop("bought")).shape == (10, 2)
    assert not (tmp_path / "r.html").exists()


# The command, with a line when the training asks for the third time whether it is to stop: however slow the machine is,
# a test then knows that a signal comes in the middle of it.
SAYS_THAT_IT_TRAINS = (
    "-c",
    """
from separatrix.cli import main
from separatrix.reports import table_fit

fit, asked = table_fit.fit_table, 0

def telling(*given, stop, **more):
    def told():
        global asked
        asked += 1
        if asked == 3:
            print("in training", flush=True)
        return stop()

    return fit(*given, stop=told, **more)

table_fit.fit_table = telling
main()
""",
)


def wait_until_it_trains(child: subprocess.Popen[str]) -> None:
    """Until the line of `SAYS_THAT_IT_TRAINS`."""
    assert child.stdout is not None
    assert any(line == "in training\n" for line in child.stdout), "it never got to work"


def test_the_border_of_any_two_columns_can_be_asked_for(
    fitted: tuple[Path, Done], command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fitted[0])
    line = ("evaluate", "model.safetensors", "new.csv", "--report", "asked.html", "--force")
    done = command(*line, "--boundary", "job,member", "--boundary", "age,since", "--row", "3", "--palette", "safe")
    assert done.status == 0, done.err
    read = Page(Path("asked.html").read_text())
    assert "age and since" in read.text
    assert read.tags.count("img") == 11  # two sections instead of three
    wrong = command(*line, "--boundary", "job,aeg")
    assert (wrong.status, "Did you mean 'age'?" in wrong.err) == (2, True)
    assert "--row must be a whole number from 1 to 200" in command(*line, "--row", "0").err


def test_names_with_commas_can_be_crossed() -> None:
    assert pair_of("a,b,c", ["a,b", "c"]) == ("a,b", "c")
    assert pair_of("a,b,c", ["a", "b,c"]) == ("a", "b,c")
