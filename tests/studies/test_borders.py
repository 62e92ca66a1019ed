"""Exact borders as columns of a study."""

import json

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter, OutputError
from separatrix.geometry.exact import compute_borders
from separatrix.studies._borders import COLUMNS
from separatrix.studies._shards import run_shard, schema, unpacked

CHECKPOINTS = (0, 1_000, 5_000)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    study = sx.Study.grid(widths=(3, 4), checkpoints=CHECKPOINTS[1:], seeds=8, n_test=0, borders=True)
    return sx.run_study(study, tmp_path_factory.mktemp("borders"), workers=1)


def test_the_columns_are_there_only_if_asked_for(results):
    assert dict(results.frame.schema) == schema(borders=True)
    assert set(COLUMNS) == set(schema(borders=True)) - set(schema())
    assert not set(COLUMNS) & set(unpacked(run_shard(sx.Study(checkpoints=5, seeds=2), 0, 1).table).columns)


def test_a_row_is_what_the_trained_network_says(results):
    for run in (0, 5):
        trained = results.study.train(run)
        points, _ = results.study.points_of(run)
        borders = compute_borders(trained.network, trained.parameters)
        row = results.rows().sort("run").collect().row(run, named=True)
        assert (row["regions"], row["pieces"]) == (borders.regions[0], borders.pieces[0])
        assert (row["components"], row["holes"]) == (borders.components_1[0], borders.holes_1[0])
        assert row["exact_accuracy"] == trained.exact_accuracy(points)
        assert row["margin"] == pytest.approx(borders.margins(points.x, points.y)[0])
        assert row["closed"] == borders.is_closed[0]
        assert (row["margin"] > 0) == row["solved"]


def test_a_closed_border_has_a_distance_from_the_circle_and_an_epoch(results):
    frame = results.frame
    closed = frame.filter(frame["closed"])
    assert 0 < len(closed) < len(frame)
    assert closed["hausdorff"].is_not_null().all()
    assert frame.filter(~frame["closed"])["hausdorff"].is_null().all()
    assert set(frame["closed_epoch"].drop_nulls().to_list()) <= set(CHECKPOINTS)
    assert (closed["closed_epoch"] <= closed["epoch"]).all()


def test_the_statistics_take_them_like_other_measures(results):
    shares = results.shares(epoch=5_000)
    assert {"pieces", "exact_accuracy", "closed"} <= set(shares.columns)
    means = results.means("width", "exact_accuracy")
    assert (means["low"] <= means["mean"]).all()
    assert (means["mean"] <= means["high"]).all()
    closed = results.rows(width=4).collect()["closed_epoch"]
    closing = results.survival("closed", width=4)
    assert (closing.runs, closing.never) == (8, closed.null_count())


def test_closed_borders_and_measures_grow_with_the_width(results):
    closed = results.rows().group_by("width").agg(polars.col("closed").sum()).sort("width").collect()["closed"]
    assert closed[0] < closed[1] == 8  # so that no slope is too steep
    with pytest.raises(InvalidParameter, match="below which none is closed and above which all are"):
        results.growth("width", event="closed")
    line = results.trend("pieces")
    means = results.means("width", "pieces")["mean"].to_list()
    assert line.slope == pytest.approx(means[1] - means[0])  # two widths: the line goes through both means
    assert (line.count, line.left_out) == (16, 0)
    text = results.summary()
    assert "below which none is closed and above which all are" in " ".join(text.split())
    assert line.sentence("number of pieces") in text
    assert "the exact accuracy changes by" in text
    with pytest.raises(InvalidParameter, match="no column of numbers"):
        results.trend("pieces", "activation")


def test_the_exact_accuracy_is_there_with_noise_too(tmp_path):
    study = sx.Study(points=sx.Sampled("circle", noise=0.1), checkpoints=300, seeds=2, n_test=20_000, borders=True)
    for row in sx.run_study(study, tmp_path, workers=1).frame.iter_rows(named=True):
        assert row["exact_accuracy"] == pytest.approx(row["test_accuracy"], abs=0.015)


def test_other_events_and_measures_are_refused(results, tmp_path):
    with pytest.raises(InvalidParameter, match="event"):
        results.survival("opened")
    plain = sx.run_study(sx.Study(checkpoints=5, seeds=2), tmp_path, workers=1)
    with pytest.raises(InvalidParameter, match="event"):
        plain.survival("closed")
    with pytest.raises(InvalidParameter, match="column"):
        plain.means("width", "pieces")


def test_the_variance_of_a_measure_is_split(tmp_path):
    study = sx.Study(checkpoints=200, seeds=3, vary="crossed", borders=True)
    split = sx.run_study(study, tmp_path, workers=1).variance("pieces")
    assert split is not None


def test_networks_without_an_exact_border_have_empty_columns(tmp_path):
    study = sx.Study.grid(activation=("relu", "tanh"), checkpoints=20, seeds=2, borders=True)
    frame = sx.run_study(study, tmp_path, workers=1).frame
    smooth = frame.filter(frame["activation"] == "tanh")
    assert all(smooth[name].is_null().all() for name in COLUMNS)
    assert frame.filter(frame["activation"] == "relu")["pieces"].is_not_null().all()


def test_own_points_have_no_exact_accuracy_but_a_margin(tmp_path):
    own = sx.OwnPoints(sx.moons(n=40, seed=0), name="mine")
    frame = sx.run_study(sx.Study(points=own, checkpoints=200, seeds=2, borders=True), tmp_path, workers=1).frame
    assert frame["exact_accuracy"].is_null().all()
    assert frame["hausdorff"].is_null().all()
    assert np.isfinite(frame["length"].to_numpy()).all()


def test_a_study_with_borders_is_read_back_and_is_another_study(results):
    assert sx.read_study(results.folder).study == results.study
    assert json.loads((results.folder / "study.json").read_text())["study"]["borders"] is True
    plain = sx.Study.grid(widths=(3, 4), checkpoints=CHECKPOINTS[1:], seeds=8, n_test=0)
    assert "borders" not in plain.to_data()
    with pytest.raises(OutputError, match="borders was True, is None"):
        sx.run_study(plain, results.folder, workers=1)


def test_fault_42_any_number_of_workers_gives_the_same_bytes(results, tmp_path):
    again = sx.run_study(results.study, tmp_path, workers=2)
    assert [path.read_bytes() for path in again.shards] == [path.read_bytes() for path in results.shards]


def test_borders_must_be_true_or_false():
    """Fault 19."""
    with pytest.raises(InvalidParameter, match="borders"):
        sx.Study(borders="yes")
