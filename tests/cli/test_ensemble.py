"""`separatrix fit` without an option of a single network: the ensemble, from a file to its report, exports and interruption."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.estimators.base_models import BASE_MODELS
from tests.html_page import Page

from .conftest import Done
from .test_tables import SAYS_THAT_IT_TRAINS, people, wait_until_it_trains


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    people(120).write_csv(tmp_path / "people.csv")
    return tmp_path / "people.csv"


def test_fit_makes_an_ensemble_and_a_report_of_its_kinds(file: Path, command: Callable[..., Done]) -> None:
    done = command("fit", "people.csv", "-y", "bought", "--n-members", "2", "--folds", "2", "--report", "r.html")
    assert done.status == 0, done.err
    model = sx.load("model.safetensors")
    assert type(model) is sx.SeparatrixClassifier
    assert " networks: 2 " in done.out.splitlines()[1]  # those that the figures are of
    assert "The networks are recommended, and trained on all 120 rows: this was asked for" in done.out
    assert "cross-validated in 2 folds  networks" in done.out
    page = Page(Path("r.html").read_text())
    assert "base-models" in page.ids
    assert "training" not in page.ids
    for name, base_model in BASE_MODELS.items():
        assert name in page.text
        assert base_model.about in page.text


def test_settings_reach_the_ensemble(file: Path, command: Callable[..., Done]) -> None:
    line = "--n-members 1 --metric f1 --time-limit 60 --seed 4 --folds 0 --test-fraction 0.25"
    assert command("fit", "people.csv", "-y", "bought", *line.split()).status == 0
    model = sx.load("model.safetensors")
    found = {name: model.get_params()[name] for name in ("n_members", "metric", "time_limit", "random_state")}
    assert found == {"n_members": 1, "metric": "f1", "time_limit": 60.0, "random_state": 4}
    assert command("inspect", "model.safetensors").status == 0


def test_a_models_own_threshold_is_used_by_predict_and_evaluate(file: Path, command: Callable[..., Done]) -> None:
    line = "--n-members 1 --metric balanced_accuracy --folds 0"
    assert command("fit", "people.csv", "-y", "bought", *line.split()).status == 0
    model = sx.load("model.safetensors")
    assert command("predict", "model.safetensors", "people.csv", "-o", "out.csv").status == 0
    said = pl.read_csv("out.csv")["prediction"].to_list()
    frame = people(120)
    assert said == model.predict(frame.drop("bought")).tolist()
    right = np.mean(np.array(said) == frame["bought"].to_numpy())
    done = command("evaluate", "model.safetensors", "people.csv")
    assert f"accuracy     {right:.3f}" in done.out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--n-members 2 --hidden 8", "n-members belongs to the ensemble and --hidden"),
        ("--metric f1 --network 9-4-1", "--metric belongs to the ensemble"),
        ("--metric f2", "unknown metric 'f2'"),
        ("--n-members 0", "--n-members must be a whole number of at least 1"),
        ("--time-limit 0", "--time-limit must be"),
    ],
)
def test_fault_40_what_does_not_go_together_is_refused(
    file: Path, command: Callable[..., Done], line: str, told: str
) -> None:
    done = command("fit", "people.csv", "-y", "bought", *line.split())
    assert done.status == 2
    assert told in done.err
    assert not Path("model.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_fault_26_a_signal_ends_the_ensemble_early_and_saves_it(
    file: Path, started: Callable[..., subprocess.Popen[str]], number: signal.Signals, status: int
) -> None:
    child = started("fit", "people.csv", "-y", "bought", "--n-members", "100000", program=SAYS_THAT_IT_TRAINS)
    wait_until_it_trains(child)
    child.send_signal(number)
    _, err = child.communicate(timeout=600)
    assert child.returncode == status, err
    assert "Traceback" not in err
    assert "the model trained so far is saved" in err
    assert sx.load("model.safetensors").predict_proba(people(10).drop("bought")).shape == (10, 2)
