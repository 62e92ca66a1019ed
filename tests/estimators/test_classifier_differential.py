"""The same training as scikit-learn's MLPClassifier, from the same weights: the same numbers where the definitions agree.

They agree on full batches. An epoch's batches are drawn from another stream, Adam's epsilon stands in another place
(so it is tiny here), and scikit-learn watches the accuracy of the rows held out, not their loss.
"""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from separatrix.data.samplers import moons
from separatrix.estimators.classifier import MLPBinaryClassifier

POINTS = moons(n=120, noise=0.2, seed=3)
X, Y = POINTS.x.astype(np.float64), POINTS.y
EPOCHS = 60
OURS_FOR = {"logistic": "sigmoid"}
NAMES_ALIKE = ("alpha", "tol", "n_iter_no_change", "momentum", "nesterovs_momentum", "learning_rate_init")


def packed(theirs: MLPClassifier) -> np.ndarray:
    pairs = zip(theirs.coefs_, theirs.intercepts_, strict=True)
    return np.concatenate([part for weight, bias in pairs for part in (weight.T.ravel(), bias)])


def both(sample_weight=None, activation="relu", solver="adam", max_iter=EPOCHS, **settings):
    """Both, trained from the weights that scikit-learn drew."""
    settings = {"learning_rate_init": 0.02, "alpha": 0.01, "n_iter_no_change": 1_000} | settings
    theirs = MLPClassifier(
        (7, 5), activation=activation, solver=solver, batch_size=len(X), random_state=0, warm_start=True,
        epsilon=1e-100, max_iter=1, **settings | {"learning_rate_init": 1e-300},
    )  # fmt: skip  # one call
    ours = MLPBinaryClassifier(
        (7, 5), activation=OURS_FOR.get(activation, activation), optimizer=solver, batch_size=None, encoder=None,
        warm_start=True, max_iter=1, dtype="float64", random_state=0, **settings,
        **({} if solver == "sgd" else {"epsilon": 1e-100}),
    )  # fmt: skip  # one call
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # theirs says when all epochs are done
        theirs.fit(X, Y, sample_weight)
        ours.fit(X, Y, sample_weight)
        ours.parameters_ = packed(theirs)
        theirs.set_params(max_iter=max_iter, learning_rate_init=settings["learning_rate_init"])
        theirs._no_improvement_count, theirs.best_loss_ = 0, np.inf  # as if it began here
        return ours.set_params(max_iter=max_iter).fit(X, Y, sample_weight), theirs.fit(X, Y, sample_weight)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_full_batches_give_the_same_loss_curve_and_probabilities(activation, solver):
    ours, theirs = both(activation=activation, solver=solver)
    assert ours.loss_curve_[1:] == pytest.approx(theirs.loss_curve_[1:], rel=1e-9)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-8)


@pytest.mark.parametrize("settings", [{"momentum": 0.0}, {"nesterovs_momentum": False}, {"alpha": 3.0}], ids=str)
def test_gradient_descent_takes_the_same_steps_with_every_setting(settings):
    ours, theirs = both(solver="sgd", **settings)
    assert ours.loss_curve_[1:] == pytest.approx(theirs.loss_curve_[1:], rel=1e-9)


def test_sample_weights_mean_the_same():
    weight = np.random.default_rng(0).uniform(0.2, 3, len(X))
    ours, theirs = both(sample_weight=weight, alpha=1.0)
    assert ours.loss_curve_[1:] == pytest.approx(theirs.loss_curve_[1:], rel=1e-9)


def test_a_loss_that_no_longer_falls_ends_both_in_the_same_epoch():
    ours, theirs = both(solver="sgd", tol=3e-3, n_iter_no_change=4, max_iter=500)
    assert 5 < theirs.n_iter_ < 500
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.coefs_[0] == pytest.approx(theirs.coefs_[0], abs=1e-8)


def test_coefficients_have_the_same_shapes():
    ours, theirs = both(max_iter=2)
    assert [each.shape for each in ours.coefs_] == [each.shape for each in theirs.coefs_]
    assert [each.shape for each in ours.intercepts_] == [each.shape for each in theirs.intercepts_]
