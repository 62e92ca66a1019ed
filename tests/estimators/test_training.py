import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.estimators._training import Plateau
from separatrix.support.machine import threads_of


def scikit_learns_stop(losses: list[float], patience: int, tol: float) -> int | None:
    """The epoch in which scikit-learn's `MLPClassifier` stops, from its own rule, or None."""
    best, waited = np.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        waited = waited + 1 if loss > best - tol else 0
        best = min(best, loss)
        if waited > patience:
            return epoch
    return None


@given(st.lists(st.floats(0, 2), max_size=60), st.integers(1, 8), st.sampled_from([0.0, 1e-3, 0.5]))
def test_looking_only_when_it_can_be_reached_finds_the_same_epoch(losses, patience, tol):
    plateau, done, stopped = Plateau(patience, tol), 0, None
    while done < len(losses) and stopped is None:
        look = min(done + plateau.earliest(), len(losses))
        assert look > done
        if plateau.update(np.array(losses[done:look])):
            stopped = look
        done = look
    assert stopped == scikit_learns_stop(losses, patience, tol)


def test_without_patience_there_is_no_plateau():
    plateau = Plateau(None, 0.1)
    assert not plateau.update(np.ones(1_000))
    assert plateau.earliest() > 1e6


@pytest.mark.parametrize(("n_jobs", "threads"), [(None, 1), (1, 1), (3, 3)])
def test_jobs_are_threads(n_jobs, threads):
    assert threads_of(n_jobs) == threads


def test_jobs_follow_the_surrounding_configuration():
    from joblib import parallel_config

    with parallel_config(backend="threading", n_jobs=2):
        assert threads_of(None) == 2
    assert threads_of(-1) >= 1
