"""The study's shares against an independent account: plain PyTorch, 80 seeds of width 4, made by benchmarks/plain_seeds.py."""

from pathlib import Path

import polars
import pytest

import separatrix as sx
from separatrix.evaluation.statistics.shares import share

PLAIN = Path(__file__).parents[1] / "golden" / "plain_pytorch_seeds.csv"
CHECKPOINTS = (5_000, 10_000, 50_000)


@pytest.fixture(scope="module")
def plain():
    return polars.read_csv(PLAIN).filter(polars.col("width") == 4)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    study = sx.Study(networks="2-4-4-1", checkpoints=CHECKPOINTS, seeds=300)
    return sx.run_study(study, tmp_path_factory.mktemp("seeds"))


def test_the_plain_account_has_enough_seeds(plain):
    assert plain["seed"].n_unique() >= 60
    assert set(plain["epoch"]) == set(CHECKPOINTS)


@pytest.mark.slow
@pytest.mark.parametrize("epoch", CHECKPOINTS)
def test_shares_lie_in_each_others_interval(plain, ours, epoch):
    rows = plain.filter(polars.col("epoch") == epoch)
    theirs = share(int((rows["accuracy"] == 1).sum()), rows.height)
    found = ours.shares(epoch=epoch).row(0, named=True)
    assert theirs.low <= found["share"] <= theirs.high
    assert found["low"] <= theirs.value <= found["high"]


@pytest.mark.slow
@pytest.mark.parametrize("epoch", CHECKPOINTS)
def test_losses_are_alike_as_distributions(plain, ours, epoch):
    from scipy.stats import ks_2samp

    theirs = plain.filter(polars.col("epoch") == epoch)["loss"].to_numpy()
    found = ours.rows(epoch).collect()["loss"].to_numpy()
    assert ks_2samp(theirs, found).pvalue > 0.001
