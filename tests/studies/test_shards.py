"""Shards: planned by the description alone, the same bytes every time, whole seeds together."""

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.studies._shards import (
    MOST_SHARDS,
    estimated_seconds,
    joined,
    made_with,
    run_shard,
    runs_per_shard,
    schema,
    unpacked,
)

STUDY = sx.Study.grid(widths=(2, 3), loss=("bce", "cross_entropy"), checkpoints=(5, 10), seeds=6, n_test=20)


@given(st.integers(1, 12), st.integers(1, 3_000), st.sampled_from([1, 500, 50_000, 10_000_000]))
def test_any_number_of_seeds_is_a_whole_number_of_shards(conditions, seeds, epochs):
    study = sx.Study.grid(widths=range(1, conditions + 1), checkpoints=epochs, seeds=seeds)
    size = runs_per_shard(study)
    assert size % conditions == 0 or conditions % size == 0


def test_a_shard_is_short_and_shards_are_not_too_many():
    tutorial = sx.Study.grid(widths=range(2, 9), checkpoints=50_000, seeds=1000)
    mean = sum(estimated_seconds(each) for each in tutorial.conditions) / 7
    assert runs_per_shard(tutorial) * mean < 1
    huge = sx.Study(checkpoints=10_000_000, seeds=10**9)
    assert huge.n_runs / runs_per_shard(huge) <= MOST_SHARDS
    assert runs_per_shard(sx.Study(checkpoints=5, seeds=32)) == 2, "a small study is shared out, too"


def test_the_table_has_its_columns_in_their_order_and_types():
    frame = unpacked(run_shard(STUDY, 0, 8).table)
    assert dict(frame.schema) == schema()
    assert frame.select("run", "epoch").rows() == [(run, epoch) for run in range(8) for epoch in (5, 10)]
    assert frame["network"].unique().sort().to_list() == ["2-2-2-1", "2-2-2-2", "2-3-3-1", "2-3-3-2"]
    assert frame["loss_name"].to_list()[:4] == ["bce", "bce", "cross_entropy", "cross_entropy"]


def test_fault_42_the_same_runs_are_the_same_bytes_however_they_are_cut():
    whole = run_shard(STUDY, 0, 8)
    assert run_shard(STUDY, 0, 8).table == whole.table
    parts = joined([run_shard(STUDY, 0, 3), run_shard(STUDY, 3, 4), run_shard(STUDY, 7, 1)])
    assert parts.table == whole.table
    assert (parts.first, parts.runs) == (0, 8)
    assert (parts.solved == whole.solved).all()
    assert parts.finished.tolist() == whole.finished.tolist() == [2, 2, 2, 2]


def test_counts_are_those_of_the_table(results):
    frame = results.frame
    study = results.study
    found = [run_shard(study, first, 16) for first in range(0, study.n_runs, 16)]
    solved = sum(each.solved for each in found)
    for index in range(len(study.conditions)):
        for place, epoch in enumerate(study.checkpoints):
            rows = frame.filter((polars.col("condition") == index) & (polars.col("epoch") == epoch))
            assert rows["solved"].sum() == solved[index, place]
    assert sum(each.failed.sum() for each in found) == 0


def test_seconds_are_apart_from_what_must_not_change():
    done = run_shard(STUDY, 4, 3)
    seconds = unpacked(done.seconds)
    assert seconds["run"].to_list() == [4, 5, 6]
    assert (seconds["seconds"] > 0).all()
    assert "seconds" not in unpacked(done.table).columns


def test_a_stop_gives_nothing_rather_than_half_a_shard():
    assert run_shard(STUDY, 0, 4, stop=lambda: True) is None


def test_fault_41_runs_whose_worker_died_are_told_as_failed():
    done = run_shard(STUDY, 0, 4, died="WorkerDied: killed")
    frame = unpacked(done.table)
    assert frame["status"].unique().to_list() == ["failed"]
    assert frame["error"].unique().to_list() == ["WorkerDied: killed"]
    assert done.failed.sum() == done.finished.sum() == 4
    assert done.solved.sum() == 0


@pytest.mark.parametrize("engine", ["torch", "fused"])
def test_it_is_told_what_a_shard_was_made_with(engine):
    told = made_with(sx.Study(checkpoints=5, engine=engine))
    assert {"separatrix", "python", "numpy", "polars", "processor"} <= set(told)
    assert ("torch" in told) == (engine == "torch")
    assert ("lanes" in told) == ("numba" in told) == (engine == "fused")
