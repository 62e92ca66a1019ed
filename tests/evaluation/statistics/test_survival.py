"""Epochs until solved: as statsmodels has it, and right at the ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.survival import log_rank, survival

RUNS = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=60)


@given(RUNS)
def test_the_curve_is_that_of_statsmodels(runs):
    epochs, solved = (np.array(part) for part in zip(*runs, strict=True))
    found = survival(epochs, solved)
    assert (found.runs, found.never) == (len(runs), int((~solved).sum()))
    assert ((found.low >= 0) & (found.low <= found.solved + 1e-12)).all()
    assert ((found.solved <= found.high + 1e-12) & (found.high <= 1)).all()
    if solved.any():
        theirs = SurvfuncRight(epochs, solved)
        assert found.epochs.tolist() == theirs.surv_times.tolist()
        np.testing.assert_allclose(found.solved, 1 - theirs.surv_prob, atol=1e-12)


def test_intervals_are_scipys():
    epochs, solved = np.array([3, 5, 5, 8, 9, 12]), np.array([1, 1, 0, 1, 1, 0], bool)
    found = survival(epochs, solved)
    curve = ecdf(CensoredData(uncensored=epochs[solved], right=epochs[~solved])).sf
    ends = curve.confidence_interval(method="log-log")
    at = np.isin(curve.quantiles, found.epochs)
    np.testing.assert_allclose(found.low, 1 - ends.high.probabilities[at])
    np.testing.assert_allclose(found.high, 1 - ends.low.probabilities[at])


def test_no_run_solved_and_all_runs_solved():
    none, every = survival([50, 50], [False, False]), survival([10, 20], [True, True])
    assert (none.median, none.never, len(none.epochs)) == (None, 2, 0)
    assert "no run is" in none.sentence()
    assert (every.median, every.solved[-1], every.never) == (10, 1.0, 0)
    assert every.high[-1] == 1.0


def test_fault_43_a_run_that_is_never_solved_stays_in_the_denominator():
    found = survival([10, 100, 100, 100], [True, False, False, False])
    assert found.solved.tolist() == [0.25]


def test_the_test_of_two_curves_is_that_of_statsmodels():
    stream = np.random.default_rng(0)
    a, b = stream.integers(1, 50, 40), stream.integers(10, 80, 40)
    solved = stream.random(80) < 0.8
    found = log_rank((a, solved[:40]), (b, solved[40:]))
    statistic, p = survdiff(np.concatenate([a, b]), solved, np.repeat([0, 1], 40))
    assert found.p_value == pytest.approx(p, rel=1e-6)
    assert found.statistic**2 == pytest.approx(statistic, rel=1e-6)
    assert "differ in how fast" in found.sentence("a", "b")


def test_what_says_nothing_is_refused():
    with pytest.raises(InvalidParameter, match="no run"):
        log_rank(([1], [False]), ([2], [False]))
    for epochs, solved in (([], []), ([1], [True, False]), ([np.nan], [True])):
        with pytest.raises(InvalidParameter):
            survival(epochs, solved)
