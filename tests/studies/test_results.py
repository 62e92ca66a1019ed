"""Results: the tidy table, its shares, and what can be asked of it."""

import polars
import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.shares import wilson
from separatrix.studies.results import STATUSES


def test_the_table_is_a_row_a_run_and_checkpoint_in_order(results, study):
    assert results.complete
    assert results.n_runs == study.n_runs == 48
    assert results.frame.select("run", "epoch").rows() == [(run, epoch) for run in range(48) for epoch in (100, 400)]
    assert results.scan().collect().equals(results.frame)
    assert repr(results).endswith("4 conditions, 48 runs, complete)")


def test_a_row_is_the_run_that_it_names(results, study):
    for row in results.frame.filter(polars.col("epoch") == 400).sample(5, seed=0).iter_rows(named=True):
        run = study.train(row["run"])
        assert (str(run.network), run.recipe.loss, run.recipe.seed) == (row["network"], row["loss_name"], row["seed"])
        assert (run.accuracy, run.status.value) == (row["accuracy"], row["status"])


def test_columns_that_vary_are_told_without_saying_the_same_twice(results, tmp_path):
    assert results.varying == ("width", "loss_name")
    options = {"checkpoints": 2, "seeds": 1, "n_test": 5}
    momentum = sx.Study(recipes=(sx.Recipe(momentum=0.5), sx.Recipe(momentum=0.9)), **options)
    assert sx.run_study(momentum, tmp_path / "a").varying == ("recipe",)
    shapes = sx.Study(networks=("2-3-4-1", "2-4-3-1"), **options)
    assert sx.run_study(shapes, tmp_path / "b").varying == ("network",)
    balance = sx.Study(points=(sx.Sampled(balance=0.3), sx.Sampled(balance=0.4)), **options)
    assert sx.run_study(balance, tmp_path / "c").varying == ("point",)


def test_shares_count_every_run_whatever_became_of_it(results):
    shares = results.shares()
    assert shares.columns[:4] == ["condition", "width", "loss_name", "epoch"]
    assert shares["runs"].to_list() == [12] * 8
    assert (shares.select(polars.sum_horizontal(STATUSES)).to_series() == shares["runs"]).all()
    low, high = wilson(shares["solved"].to_numpy(), shares["runs"].to_numpy())
    assert (shares["low"].to_numpy() == low).all()
    assert (shares["high"].to_numpy() == high).all()
    assert (shares["share"] == shares["solved"] / shares["runs"]).all()


def test_shares_by_a_column_pool_the_others(results):
    by_width = results.shares("width", epoch=400)
    assert by_width["width"].to_list() == [2, 6]
    assert by_width["runs"].to_list() == [24, 24]
    assert by_width["solved"].sum() == results.shares(epoch=400)["solved"].sum()
    assert results.shares(["width"], level=0.5)["low"][1] > results.shares(["width"])["low"][1]


def test_rows_are_found_by_what_they_are(results):
    assert results.rows(100, width=2, loss_name="mse").collect().height == 12
    assert results.rows(batch_size=None).collect()["epoch"].unique().to_list() == [400]


def test_fault_43_failed_and_diverged_runs_are_counted_and_shown(tmp_path):
    study = sx.Study(
        points=sx.Sampled(n=4), recipes=sx.Recipe(loss="bce_with_logits", lr=1e36), n_test=5, checkpoints=50, seeds=40
    )
    found = sx.run_study(study, tmp_path)
    shares = found.shares().row(0, named=True)
    assert shares["runs"] == 40
    assert shares["failed"] > 0
    assert shares["diverged"] > 0
    assert shares["solved"] + shares["failed"] + shares["diverged"] <= 40
    assert f"{shares['diverged']} diverged, {shares['failed']} failed" in found.summary()
    survival = found.survival()
    assert survival.runs == 40
    assert survival.never == 40 - found.frame["solved_epoch"].is_not_null().sum()


def test_seconds_are_a_row_a_run_beside_the_table(results):
    seconds = results.seconds().collect()
    assert seconds["run"].to_list() == list(range(48))
    assert (seconds["seconds"] > 0).all()
    assert results.scan().join(results.seconds(), on="run").collect().height == 96


def test_nothing_finished_is_an_empty_table(study, tmp_path):
    found = sx.run_study(study, tmp_path, on_progress=lambda moment: False)
    assert found.frame.is_empty()
    assert found.frame.columns == sx.read_study(tmp_path).scan().collect_schema().names()
    assert found.seconds().collect().is_empty()
    assert found.n_runs == 0
    assert found.shares().is_empty()
    assert found.summary() == "Nothing is finished yet."


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda found: found.rows(300), r"checkpoints \(100, 400\), got 300"),
        (lambda found: found.rows(widht=2), "no column 'widht'.*Did you mean 'width'"),
        (lambda found: found.rows(width=3), r"width must be one of \[2, 6\], got 3"),
        (lambda found: found.shares(by=["seed"]), "by must name columns of the conditions"),
        (lambda found: found.shares(level=2), "level must be"),
        (lambda found: found.means("widht"), "by must name a column of the conditions.*Did you mean 'width'"),
        (lambda found: found.means("width", "seconds"), "column must be one of"),
    ],
)
def test_fault_19_questions_that_have_no_answer_are_refused(results, ask, says):
    with pytest.raises(InvalidParameter, match=says):
        ask(results)
