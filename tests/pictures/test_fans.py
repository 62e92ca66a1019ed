"""Fans count every run: those that ended early, and those that diverged."""

from __future__ import annotations

import numpy as np
import pytest

import separatrix as sx
from separatrix.pictures._fans import QUANTILES, compute_fan


def runs(count: int = 5, **recipe: object) -> list[sx.Run]:
    study = sx.Study.grid(n=30, checkpoints=60, seeds=count, **recipe)
    return [study.train(k) for k in range(count)]


def test_the_quantiles_are_those_of_the_logged_losses() -> None:
    group = runs()
    fan = compute_fan(group)
    last = np.sort([run.log.loss[-1] for run in group])
    np.testing.assert_array_equal(fan.quantiles[:, -1], np.quantile(last, QUANTILES, method="inverted_cdf"))
    assert fan.quantiles.shape == (5, len(fan.epoch))
    assert (np.diff(fan.quantiles, axis=0) >= 0).all()
    assert (fan.epoch[0], fan.epoch[-1], fan.runs, fan.diverged) == (10, 60, 5, 0)


def test_fault_43_diverged_runs_are_counted_and_never_dropped() -> None:
    with np.errstate(all="ignore"):
        broken = runs(2, lr=1e30, loss="mse", activation="leaky_relu")
    assert {run.status for run in broken} == {sx.Status.DIVERGED}
    broken = [run for run in broken if len(run.log)] or broken
    group = [*runs(2), *broken]
    if all(len(run.log) for run in group):
        fan = compute_fan(group)
        assert fan.diverged == len(broken)
        assert np.isinf(fan.quantiles[-1, -1])
    else:
        with pytest.raises(sx.InvalidParameter, match="has no loss in its history"):
            compute_fan(group)


def test_a_run_that_ended_early_keeps_its_last_value() -> None:
    short, long = sx.Study.grid(n=30, checkpoints=20, seeds=1).train(0), runs(1)[0]
    fan = compute_fan([short])
    both = compute_fan([short, long])
    assert both.epoch[-1] == 60
    assert fan.quantiles[0, -1] in both.quantiles[:, -1]


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(sx.InvalidParameter, match="at least one run"):
        compute_fan([])
    with pytest.raises(sx.InvalidParameter, match="column must be one of"):
        compute_fan(runs(1), "losses")
    with pytest.raises(sx.InvalidParameter, match="no validation_loss in its history"):
        compute_fan(runs(1), "validation_loss")
    with pytest.raises(sx.InvalidParameter, match="1 to 4 groups, got 0"):
        sx.pictures.fans({})
