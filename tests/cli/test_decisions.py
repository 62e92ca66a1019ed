"""Costs, unsure rows, label sets, intervals, subgroups, shift and the model card from the command line, with real files."""

import json
import subprocess

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import confusion_matrix

from separatrix import load
from separatrix.evaluation.costs import compute_costs
from separatrix.evaluation.scores import scored

from .conftest import surroundings, words
from .test_tables import people

# the texts that new.csv alone has are part of the shift
pytestmark = pytest.mark.filterwarnings("ignore::separatrix.estimators.encoding.unseen.UnseenTextsWarning")
QUICK = ("--hidden", "4", "--epochs", "20", "--lr", "0.03", "--folds", "2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """people.csv, new.csv, a model with costs and its report."""
    place = tmp_path_factory.mktemp("decisions")
    people(400).write_csv(place / "people.csv")
    shifted = people(300, seed=1).with_columns(
        pl.col("age") + 8, pl.when(pl.int_range(300) % 5 == 0).then(pl.lit("pi|<b>lot")).otherwise("job").alias("job")
    )
    shifted.write_csv(place / "new.csv")
    line = words("fit", "people.csv", "-y", "bought", *QUICK, "--cost-false-negative", "5", "--report", "report.html")
    done = subprocess.run(line, capture_output=True, text=True, cwd=place, env=surroundings(), check=False)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def place(folder, command, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def test_fit_with_costs_saves_a_threshold_and_draws_both_curves(folder):
    model = load(folder / "model.safetensors")
    assert model.costs_ == {"false_positive": 1.0, "false_negative": 5.0}
    scores = model.calibration_
    curve = compute_costs(scored(scores.y, 1 / (1 + np.exp(-scores.logit))), 1, 5)
    assert model.threshold_ == pytest.approx(curve.best)
    assert model.threshold_ < 0.4
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "a false positive costs 1 and a false negative 5" in report
    assert "Net benefit" in report


def test_evaluate_prints_decisions_calibration_subgroups_and_what_has_shifted(place, command):
    done = command("evaluate", "model.safetensors", "new.csv", "--by", "job", "--by", "age")
    assert done.status == 0, done.err
    for part in ("precision", "recall", "F1", "predicted 'yes'", "calibration slope", "job = nurse", "age = missing"):
        assert part in done.out
    assert "Column 'job' has shifted strongly" in done.out
    assert "20.0% of the values did not occur in training" in done.out
    assert "Column 'age' has shifted" in done.out
    assert "'since'" not in done.out.split("Since training:")[1]


def test_evaluate_as_json_is_one_object_with_the_same_figures(place, command):
    done = command("evaluate", "model.safetensors", "new.csv", "--json", "--by", "job")
    record = json.loads(done.out)
    assert record["decisions"]["recall"]["low"] < record["decisions"]["recall"]["value"]
    assert sum(record["confusion"].values()) == record["rows"] == 300
    assert {group["value"] for group in record["subgroups"]} == {"nurse", "miner", "clerk", "pi|<b>lot"}
    first = record["shift"]["columns"][0]
    assert first["noticeable"]
    assert {column["name"] for column in record["shift"]["columns"]} == {"age", "job", "since", "member"}


def test_a_column_that_is_not_there_is_named(place, command):  # FAULTS 40
    done = command("evaluate", "model.safetensors", "new.csv", "--by", "jop")
    assert (done.status, done.out) == (2, "")
    assert "--by" in done.err
    assert "job" in done.err


def test_predict_writes_sets_intervals_and_leaves_unsure_rows_empty(place, command, tmp_path):
    options = ("--max-error", "0.2", "--label-sets", "0.1", "--interval")
    done = command("predict", "model.safetensors", "new.csv", *options, "-o", str(tmp_path / "out.parquet"))
    assert done.status == 0, done.err
    out, model, new = pl.read_parquet(tmp_path / "out.parquet"), load("model.safetensors"), pl.read_csv("new.csv")
    new = new.with_columns(pl.col("since").str.to_date())
    labels, sets = model.predict_or_abstain(new, 0.2), model.predict_set(new, 0.1)
    assert out["prediction"].to_list() == labels.tolist()
    assert 0 < out["prediction"].null_count() < 300
    assert [text.split(" or ") if text else [] for text in out["possible labels"]] == [
        [label for label, possible in zip(("no", "yes"), row, strict=True) if possible] for row in sets.tolist()
    ]
    assert (out["probability at least"] <= out["probability at most"]).all()


def test_costs_at_prediction_are_those_of_the_positive_label(place, command, tmp_path):
    shares = {}
    for positive in ("yes", "no"):
        path = tmp_path / f"{positive}.csv"
        line = ("--positive", positive, "--cost-false-negative", "30", "-o", str(path))
        assert command("predict", "model.safetensors", "new.csv", *line).status == 0
        shares[positive] = (pl.read_csv(path)["prediction"] == positive).mean()
    assert min(shares.values()) > 0.7  # whichever is positive, it is hardly missed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--threshold", "0.5", "--cost-false-negative", "3"), "both decide"),
        (("--threshold", "0.5", "--max-error", "0.1"), "both decide"),
        (("--max-error", "1.5"), "--max-error"),
        (("--label-sets", "0"), "--label-sets"),
        (("--cost-false-positive", "-1"), "--cost-false-positive"),
        (("--interval", "--keep", "probability at least"), "two columns"),
    ],
)
def test_what_cannot_be_decided_is_refused(place, command, options, message):  # FAULTS 19, 40, 49
    done = command("predict", "model.safetensors", "people.csv", *options)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


@pytest.mark.parametrize("other", [("--metric", "f1"), ("--hidden", "4", "--threshold", "0.3")])
def test_fit_takes_costs_or_another_rule(place, command, tmp_path, other):  # FAULTS 49
    done = command(
        "fit", "people.csv", "-y", "bought", "--cost-false-negative", "2", *other, "-o", str(tmp_path / "m.safetensors")
    )
    assert (done.status, done.out) == (2, "")
    assert "costs both decide" in done.err


def test_the_costs_of_a_column_that_is_no_feature_are_read_from_the_file(command, tmp_path):
    import separatrix as sx

    rng = np.random.default_rng(0)
    x, amount = rng.normal(size=200), rng.exponential(10, 200).round(1)
    frame = pl.DataFrame({"x": x, "amount": amount, "bad": (x + rng.normal(size=200) > 0.5).astype(int)})
    frame.write_csv(tmp_path / "loans.csv")
    clf = sx.SeparatrixClassifier(n_members=1, random_state=0, costs={"false_positive": 5, "false_negative": "amount"})
    sx.save(clf.fit(frame, "bad", drop=["amount"]), tmp_path / "loans.safetensors")
    done = command("predict", "loans.safetensors", "loans.csv", "-o", "out.csv")
    assert done.status == 0, done.err
    assert pl.read_csv("out.csv")["prediction"].to_list() == clf.predict(frame).tolist()
    assert pl.read_csv("out.csv").columns == ["prediction", "probability of 1"]
    sure = clf.predict_proba(frame)[:, 1] > 0.5
    assert (clf.predict(frame) != sure).sum() > 10
    for positive, entries in (("1", "tn fp fn tp"), ("0", "tp fn fp tn")):
        done = command("evaluate", "loans.safetensors", "loans.csv", "-y", "bad", "--json", "--positive", positive)
        assert done.status == 0, done.err
        record = json.loads(done.out)
        counts = dict(zip(entries.split(), record["confusion"].values(), strict=True))
        expected = confusion_matrix(frame["bad"], clf.predict(frame)).ravel().tolist()
        assert [counts[name] for name in ("tn", "fp", "fn", "tp")] == expected
        accuracy = np.mean(clf.predict(frame) == frame["bad"].to_numpy())
        assert record["test"]["models"]["networks"]["accuracy"]["value"] == pytest.approx(accuracy)
        assert record["threshold"] is None
    done = command("evaluate", "loans.safetensors", "loans.csv", "-y", "bad", "--threshold", "0.5", "--json")
    counts = json.loads(done.out)["confusion"].values()
    assert list(counts) == confusion_matrix(frame["bad"], sure).ravel().tolist()
    done = command("evaluate", "loans.safetensors", "loans.csv", "-y", "bad", "--report", "report.html")
    assert "by each row's costs" in done.out
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "each row has a threshold of its own" in report


def test_the_card_tells_data_figures_subgroups_decisions_and_limits(place, command, tmp_path):
    path = tmp_path / "card.md"
    assert command("inspect", "model.safetensors", "--card", str(path)).status == 0
    text = path.read_text()
    for part in (
        "# Model card: model.safetensors",
        "## Training data",
        "people.csv",
        "| age | number |",
        "## Evaluation",
    ):
        assert part in text
    for part in (
        "| AUC | 0.",
        "| precision |",
        "## Subgroups",
        "job = nurse",
        "false negative 5.0",
        "## Limits",
        "SHA-256",
    ):
        assert part in text
    assert command("inspect", "model.safetensors", "--card", str(path)).status == 2  # FAULTS 29
    model = load("model.safetensors")
    assert f"least {model.threshold_:.3g} are predicted as yes" in text
    assert model.evaluation_["threshold"] == model.threshold_


def test_texts_of_a_table_are_inert_in_a_card():
    from separatrix.reports.model_card import _text

    assert _text("a|b\n<script>*") == "a\\|b &lt;script&gt;\\*"
