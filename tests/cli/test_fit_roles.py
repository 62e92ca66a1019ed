"""`separatrix fit` on a file with groups, times, weights and columns that cannot help; what it saves, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import separatrix as sx
from separatrix.data.table import Table
from separatrix.errors import InvalidData
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.reports.table_fit import fit_table
from tests.cli.conftest import Done
from tests.html_page import Page

QUICK = ("--hidden", "4", "--epochs", "20")


def visits(n_patients: int = 40, each: int = 4) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    n = n_patients * each
    patient = np.arange(n) // each
    x = rng.normal(size=n)
    ill = (x + rng.normal(size=n_patients)[patient] > 0).astype(int)
    return pl.DataFrame(
        {
            "number": np.arange(1, n + 1),
            "patient": [f"p{k}" for k in patient],
            "day": [f"2024-{1 + k // 28 % 12:02d}-{1 + k % 28:02d}" for k in range(n)],
            "clinic": ["north"] * n,
            "w": np.where(np.arange(n) % 3 == 0, 2.0, 0.5),
            "x": x,
            "town": [f"t{k}" for k in rng.integers(0, 20, n)],
            "ill": np.where(ill, "yes", "no"),
        }
    )


@pytest.fixture
def file(command: Callable[..., Done], tmp_path: Path) -> Path:
    visits().write_csv(tmp_path / "visits.csv")
    return tmp_path / "visits.csv"


def test_fault_50_groups_times_and_weights_are_columns_of_the_file(file: Path, command: Callable[..., Done]) -> None:
    line = "fit visits.csv -y ill --groups patient --time day --weight w --drop town --folds 2 --report r.html"
    done = command(*line.split(), *QUICK)
    assert done.status == 0, done.err
    assert "later test rows" in done.out
    assert "cross-validated in 2 folds in time" in done.out
    assert "'number' is left out. It numbers the rows." in done.err
    assert "--keep clinic" in done.err
    assert "may name groups" not in done.err
    model = sx.load("model.safetensors")
    assert model.feature_names_in_.tolist() == ["x"]
    assert model.named_columns_ == {"sample_weight": "w", "groups": "patient", "time": "day"}
    page = Page(Path("r.html").read_text())
    for text in (
        "Rows with the same 'patient' stay together",
        "Rows that are held out are later, by 'day'",
        "Training counts the rows by their weights",
        "'clinic' (it has the same value in every row)",
        "trained on all 160 rows",
    ):
        assert text in page.text
    inspected = command("inspect", "model.safetensors")
    assert "'day': It holds the times by which rows are held out." in inspected.out
    predicted = command("predict", "model.safetensors", "visits.csv", "-o", "out.parquet")
    assert predicted.status == 0, predicted.err
    assert pl.read_parquet("out.parquet").height == 160


def test_columns_are_dropped_and_kept(file: Path, command: Callable[..., Done]) -> None:
    line = "fit visits.csv -y ill --drop number,day --drop patient --keep clinic,w --folds 0 --model network"
    done = command(*line.split(), *QUICK)
    assert done.status == 0, done.err
    assert "is left out" not in done.err
    model = sx.load("model.safetensors")
    assert model.feature_names_in_.tolist() == ["clinic", "w", "x", "town"]
    assert model.left_out_ == dict.fromkeys(["number", "day", "patient"], "It was left out by request.")


def test_what_looks_like_a_group_or_a_time_is_named_before_the_training(
    file: Path, command: Callable[..., Done]
) -> None:
    table = visits().with_columns(pl.col("x").round(1))
    own = dict(enumerate(np.random.default_rng(1).normal(size=40)))
    table = table.with_columns(
        height=pl.Series([own[k // 4] for k in range(160)]), sex=pl.Series(["fm"[k // 4 % 2] for k in range(160)])
    )
    table.write_csv("visits.csv")
    done = command("fit", "visits.csv", "-y", "ill", "--folds", "0", *QUICK)
    assert "column 'patient' may name groups of rows that belong together: 'height', 'sex' never change" in done.err
    assert "use --groups patient" in done.err
    assert (
        "column 'day' may hold the time of each row: the rows are in its order. If it does, use --time day" in done.err
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--groups pateint", "'pateint'"),
        ("--groups ill", "'ill' is the target"),
        ("--time town", "'t"),
        ("--weight town", "weights of rows are numbers"),
        ("--drop x --keep x", "can't be both left out and kept"),
        ("--groups clinic", "all rows are of one group"),
        ("--groups patient --folds 100", "100 folds need as many groups"),
        ("--model forest", "--model must be"),
    ],
)
def test_fault_40_a_column_that_cannot_have_the_role_is_refused(file, command, line: str, message: str) -> None:
    done = command("fit", "visits.csv", "-y", "ill", *line.split(), *QUICK)
    assert done.status == 2
    assert message in done.err
    assert not Path("model.safetensors").exists()


def test_the_result_is_printed_as_json(file: Path, command: Callable[..., Done]) -> None:
    done = command("fit", "visits.csv", "-y", "ill", "--groups", "patient", "--folds", "2", "--json", *QUICK)
    assert done.status == 0, done.err
    record = json.loads(done.out)
    assert record["rows"] == 160
    assert record["left_out"]["number"] == "It numbers the rows."
    assert record["test"]["where"].endswith("test rows of other groups")
    auc = record["cross_validation"]["models"]["logistic regression"]["AUC"]
    assert 0 <= auc["low"] <= auc["value"] <= auc["high"] <= 1
    assert record["model_file"] == "model.safetensors"


# The model that is saved.


@pytest.fixture(scope="module")
def straight() -> Table:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 3))
    y = x[:, 0] + x[:, 1] + rng.normal(size=150) > 0
    frame = pl.DataFrame({f"x{k}": x[:, k] for k in range(3)}).with_columns(bought=pl.Series(np.where(y, "yes", "no")))
    return Table.from_frame(frame, "bought")


FEW_EPOCHS = {"max_iter": 30, "hidden_layer_sizes": (4,)}


def test_where_a_logistic_regression_is_as_good_it_is_saved_trained_on_all_rows(straight: Table) -> None:
    fit = fit_table(straight, settings=FEW_EPOCHS, folds=2)
    assert fit.choice == (
        "The logistic regression is recommended, and trained on all 150 rows: within the interval it is as good as the "
        "network."
    )
    y = (straight.labels == "yes").to_numpy()
    encoder = TableEncoder(random_state=0)
    second = LogisticRegression(tol=1e-10, max_iter=10_000).fit(encoder.fit_transform(straight.frame, y), y)
    expected = second.predict_proba(encoder.transform(straight.frame))
    np.testing.assert_allclose(fit.saved.predict_proba(straight.frame), expected, atol=1e-4)
    assert len(fit.train_rows) == 120


def test_what_was_asked_for_is_saved(straight: Table) -> None:
    network = fit_table(straight, settings=FEW_EPOCHS, folds=0, model="network")
    assert network.saved.hidden_layer_sizes == (4,)
    assert "trained on all 150 rows: this was asked for, although a logistic regression is as good" in network.choice
    alone = fit_table(straight, settings=FEW_EPOCHS, folds=0, model="network", holdout_only=True)
    assert alone.saved is alone.classifier
    assert "trained on the training 120 rows" in alone.choice
    linear = fit_table(straight, settings=FEW_EPOCHS, folds=0, model="linear", holdout_only=True)
    assert linear.saved.hidden_layer_sizes == ()


def test_where_the_network_is_better_it_is_saved() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where((x**2).sum(1) < 1.4, "in", "out")})
    fit = fit_table(Table.from_frame(frame, "y"), settings={"learning_rate_init": 0.02}, folds=0)
    assert (
        fit.choice
        == "The network is recommended, and trained on all 400 rows: it is better than a logistic regression."
    )


def test_fault_17_a_table_of_five_rows_has_a_working_default(command: Callable[..., Done]) -> None:
    Path("five.csv").write_text("age,paid\n23,no\n31,no\n35,yes\n44,yes\n52,yes\n")
    done = command("fit", "five.csv", "-y", "paid", "--n-members", "1")
    assert done.status == 0, done.err
    assert "5 rows, cross-validated in 2 folds" in done.out
    Path("one.csv").write_text("age,paid\n23,no\n31,yes\n35,yes\n44,yes\n52,yes\n")
    done = command("fit", "one.csv", "-y", "paid", "--n-members", "1", "-o", "one.safetensors", "--report", "one.html")
    assert done.status == 0, done.err
    assert "no rows were held out, so nothing says how good a prediction is" in done.out
    assert "No report is written" in done.err
    assert not Path("one.html").exists()


def test_fault_50_the_figures_are_those_of_other_groups() -> None:
    table = Table.from_frame(visits().select("patient", "x", "town", "ill"), "ill")
    fit = fit_table(table, settings=FEW_EPOCHS, groups="patient", folds=3)
    patient = table.frame["patient"].to_numpy()
    assert not set(patient[fit.train_rows]) & set(patient[fit.test_rows])
    assert fit.test.where == f"{len(fit.test_rows)} test rows of other groups"
    assert fit.cross_validation.where.endswith("cross-validated in 3 folds of whole groups")
    with pytest.raises(InvalidData, match="41 folds need as many groups"):
        fit_table(table, groups="patient", folds=41)
