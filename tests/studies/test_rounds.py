"""Rounds: every shard once, and with `until` no more of them than the looks ask for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.studies._shards import runs_per_shard
from separatrix.studies.progress import Tally, enough, rounds, tally_of


@given(st.integers(1, 9), st.integers(1, 700), st.booleans())
def test_rounds_are_all_shards_once(conditions, seeds, until):
    study = sx.Study.grid(
        widths=range(1, conditions + 1), checkpoints=50_000, seeds=seeds, until=sx.Until() if until else None
    )
    size = runs_per_shard(study)
    found = list(rounds(study, size))
    assert [index for first, last, _ in found for index in range(first, last)] == list(range(-(-study.n_runs // size)))
    assert found[-1][2] == seeds
    assert all(last * size >= wanted * conditions for _, last, wanted in found)
    if not until:
        assert len(found) == 1


def test_it_is_enough_when_every_share_is_close_enough():
    study = sx.Study.grid(widths=(2, 3), checkpoints=(5, 9), seeds=5_000, until=sx.Until(0.05, least=100))
    tally = Tally(study)
    tally.add(np.array([[0, 200], [0, 2]]), np.array([400, 400]), np.zeros(2, int))
    assert enough(study, tally, 400)
    assert not enough(study, tally, 50)
    tally.add(np.array([[0, 0], [0, 0]]), np.array([-300, -300]), np.zeros(2, int))
    tally.solved[0, 1] = 50
    assert not enough(study, tally, 100)
    assert not enough(sx.Study(checkpoints=5), tally, 10**9)


def test_the_counts_of_a_shard_that_is_there_are_read_from_it(results):
    tally = Tally(results.study)
    for path in results.shards:
        tally.add(*tally_of(results.study, path))
    assert tally.finished.tolist() == [12, 12, 12, 12]
    assert tally.solved.sum() == results.frame["solved"].sum()
