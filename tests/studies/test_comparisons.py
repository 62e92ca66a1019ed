"""Comparisons within a study: seed by seed, and only of what can be compared."""

import numpy as np
import polars
import pytest
from scipy.stats import bootstrap

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.growth import growth
from separatrix.evaluation.statistics.pairs import mcnemar
from separatrix.evaluation.statistics.variance import variance_split


def test_a_comparison_is_mcnemars_on_the_same_seeds(results):
    found = results.compare({"width": 2, "loss_name": "bce"}, {"width": 6, "loss_name": "bce"})
    sides = [results.rows(width=width, loss_name="bce").sort("seed").collect() for width in (2, 6)]
    expected = mcnemar(*(side["solved"].to_numpy() for side in sides))
    assert found.solved == expected
    assert found.accuracy.value == pytest.approx(sides[1]["accuracy"].mean() - sides[0]["accuracy"].mean())
    assert found.loss is not None
    assert found.sentence().startswith("After 400 epochs width 6, loss bce solves ")


def test_what_else_varies_is_paired_and_seeds_count_once(results):
    found = results.compare({"width": 2}, {"width": 6}, epoch=100)
    assert (found.solved.pairs, found.solved.seeds, found.test_accuracy.runs) == (24, 12, 12)
    assert found.epoch == 100
    assert "in 24 pairs" in found.sentence()


def test_a_whole_network_stands_for_its_parts(results):
    network, width = (
        results.compare({name: one}, {name: other})
        for name, one, other in (("network", "2-2-2-1", "2-6-6-1"), ("width", 2, 6))
    )
    assert network.solved == width.solved


def test_losses_of_different_kinds_are_not_compared(results):
    found = results.compare({"loss_name": "bce"}, {"loss_name": "mse"})
    assert found.loss is None
    assert found.accuracy is not None


def test_means_are_those_of_the_seeds_with_scipys_interval(results):
    found = results.means("width")
    assert found.columns == ["width", "seeds", "left_out", "mean", "low", "high"]
    assert found["width"].to_list() == [2, 6]
    rows = results.rows(width=6).collect()
    each = rows.group_by(rows["run"] // 4).agg(polars.col("test_accuracy").mean())
    values = each.sort("run")["test_accuracy"].to_numpy()
    theirs = bootstrap((values,), np.mean, n_resamples=1_999, rng=np.random.default_rng(0)).confidence_interval
    last = found.row(1, named=True)
    assert (last["seeds"], last["left_out"]) == (12, 0)
    assert (last["mean"], last["low"], last["high"]) == pytest.approx((values.mean(), theirs.low, theirs.high))
    assert results.means("loss_name", "loss")["loss_name"].to_list() == ["bce", "mse"]


def test_survival_counts_every_run(results):
    found = results.survival(width=6)
    frame = results.rows(width=6).collect()
    assert (found.runs, found.horizon) == (24, 400)
    assert found.solved[-1] == pytest.approx(frame["solved_epoch"].is_not_null().mean())


def test_growth_is_the_logistic_slope_of_the_shares(results):
    shares = results.shares("width", epoch=400)
    columns = (shares[name].to_numpy() for name in ("width", "solved", "runs"))
    assert results.growth("width") == growth(*columns)
    with pytest.raises(InvalidParameter, match="two or more different x"):
        results.growth("depth")
    with pytest.raises(InvalidParameter, match="no column of numbers"):
        results.growth("loss_name")


def test_the_variance_is_split_over_crossed_seeds(tmp_path):
    study = sx.Study(
        points=sx.Sampled(n=20), networks="2-3-3-1", recipes=sx.Recipe(lr=0.5), n_test=50,
        checkpoints=300, seeds=6, vary="crossed",
    )  # fmt: skip
    found = sx.run_study(study, tmp_path)
    table = np.empty((6, 6))
    for row in found.frame.iter_rows(named=True):
        table[row["data_seed"], row["initial_seed"]] = row["test_accuracy"]
    assert found.variance("test_accuracy") == variance_split(table)
    assert "6 × 6 seeds" in found.summary()


def test_a_study_that_is_not_crossed_or_not_finished_has_no_split(results, tmp_path):
    with pytest.raises(InvalidParameter, match="vary='crossed'"):
        results.variance()
    study = sx.Study.grid(n=10, n_test=5, widths=(2, 3), checkpoints=5, seeds=5, vary="crossed")
    part = sx.run_study(study, tmp_path, workers=1, on_progress=lambda moment: moment.done < 30)
    with pytest.raises(InvalidParameter, match="name one condition"):
        part.variance()
    with pytest.raises(InvalidParameter, match="runs are missing"):
        part.variance(width=2)


def test_what_has_nothing_in_common_is_refused(tmp_path):
    recipes = (sx.Recipe(lr=0.1), sx.Recipe(lr=0.1, momentum=0.9), sx.Recipe(lr=0.2, momentum=0.5))
    found = sx.run_study(sx.Study(recipes=recipes, checkpoints=5, seeds=3, n_test=5), tmp_path)
    with pytest.raises(InvalidParameter, match="have no runs in common; they must agree in recipe"):
        found.compare({"lr": 0.1}, {"lr": 0.2})
    assert found.compare({"condition": 0}, {"condition": 2}).solved.pairs == 3


def test_a_seed_without_a_number_is_left_out_and_told(tmp_path):
    study = sx.Study(points=sx.Sampled(n=3), networks=("2-2-1", "2-3-1"), checkpoints=20, seeds=30, n_test=9)
    found = sx.run_study(study, tmp_path)
    failed = found.frame.filter(polars.col("status") == "failed")["seed"].n_unique()
    assert 0 < failed < 28
    compared = found.compare({"width": 2}, {"width": 3})
    assert compared.solved.seeds == 30
    assert (compared.accuracy.runs, compared.accuracy.left_out) == (30 - failed, failed)
