"""Run: predictions, frames and words of what came out."""

import numpy as np
import polars
import pytest
import torch

import separatrix as sx
from separatrix.errors import InvalidData
from separatrix.training.run import Status


@pytest.fixture(scope="module")
def run():
    return sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=40), sx.circle(seed=0), engine="torch")


@pytest.fixture(scope="module")
def softmax():
    recipe = sx.Recipe(loss="cross_entropy", epochs=20, dtype="float64")
    return sx.train(sx.Network.parse("2-4-2"), recipe, sx.circle(seed=0), engine="torch")


def test_predictions_agree_with_each_other_and_with_the_module(run, softmax):
    x = sx.circle(n=300, seed=9).x
    for each in (run, softmax):
        proba = each.predict_proba(x)
        assert proba.shape == (300, 2)
        np.testing.assert_allclose(proba.sum(1), 1, rtol=1e-6)
        assert (each.predict(x) == (each.logit(x) > 0)).all()
        assert each.predict(x).dtype == np.int8
        module = each.to_torch()
        theirs = module(torch.tensor(x, dtype=next(module.parameters()).dtype)).detach().numpy()
        np.testing.assert_allclose(proba[:, 1:] if theirs.shape[1] == 1 else proba, theirs, rtol=1e-5)


def test_predictions_take_lists_and_keep_no_gradients(run):
    assert run.predict_proba([[0, 0]]).shape == (1, 2)
    assert run.predict_proba(np.zeros((2, 2), np.int64)).dtype == np.float32


def test_the_accuracy_is_that_of_the_predictions(run):
    points = sx.circle(seed=0)
    assert run.accuracy == (run.predict(points.x) == points.y).mean()


@pytest.mark.parametrize(
    ("x", "says"),
    [
        ([[np.nan, 0]], "finite"),
        ([[np.inf, 0]], "finite"),
        ([[1e39, 0]], "too large for float32"),
        ([[0, 0, 0]], r"takes x of shape \(n, 2\), got \(1, 3\)"),
        ([0, 0], r"got shape \(2,\)"),
        (np.zeros((0, 2)), r"got shape \(0, 2\)"),
        ([["a", "b"]], "real numbers"),
    ],
)
def test_fault_11_13_and_14_bad_inputs_are_refused(run, x, says):
    for method in (run.predict, run.predict_proba, run.logit):
        with pytest.raises(InvalidData, match=says):
            method(x)


def test_fault_11_what_float64_holds_is_taken_by_a_float64_run(softmax):
    assert np.isfinite(softmax.predict_proba([[1e39, 0.0]])).all()


def test_the_history_is_a_frame_of_the_log(run):
    assert isinstance(run.history, polars.DataFrame)
    assert run.history["epoch"].to_list() == [10, 20, 30, 40]
    assert run.history is run.history


def test_the_repr_says_what_ended_how(run):
    assert repr(run).startswith("Run(2-4-4-1, torch: ")
    assert "after 40 epochs, loss 0." in repr(run)


def test_a_status_is_its_word():
    assert [str(status) for status in Status] == ["converged", "stuck", "stopped", "diverged"]
    assert Status("stuck") is Status.STUCK
