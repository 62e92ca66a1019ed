"""Families: every training leaves its moments, in order, from the most restrained to the freest."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import separatrix as sx
from separatrix.estimators.base_models import (
    BASE_MODELS,
    EPOCH_SHARES,
    PENALTIES,
    BaseModel,
    TrainingBudget,
    train_checkpoints,
)

POINTS = sx.moons(n=120, noise=0.3, seed=2)
NETWORKS = [base_model for base_model in BASE_MODELS.values() if base_model.hidden]
EPOCHS = [max(1, round(32 * share)) for share in EPOCH_SHARES]
LINEAR = BaseModel("linear", "A logistic regression.", "robust")


def trained(
    base_model: BaseModel, points: sx.Points = POINTS, weight: np.ndarray | None = None, **more: object
) -> np.ndarray:
    settings: dict = {"budget": TrainingBudget(32, 20), "seed": 5, "count": base_model.n_checkpoints} | more
    return train_checkpoints(base_model, points, weight, **settings)


@pytest.mark.parametrize("base_model", BASE_MODELS.values(), ids=BASE_MODELS)
def test_every_base_model_leaves_as_many_checkpoints_as_it_says(base_model: BaseModel) -> None:
    found = trained(base_model)
    assert found.shape == (base_model.n_checkpoints, base_model.network(2).n_parameters)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("base_model", BASE_MODELS.values(), ids=BASE_MODELS)
def test_later_checkpoints_fit_the_rows_better(base_model: BaseModel) -> None:
    network, losses = base_model.network(2), []
    for parameters in trained(base_model):
        z = network.logit(parameters.astype(np.float64), POINTS.x)
        losses.append(np.logaddexp(0, np.where(POINTS.y == 1, -z, z)).mean())
    assert losses[-1] < min(losses[0], 0.5)


@pytest.mark.parametrize("base_model", BASE_MODELS.values(), ids=BASE_MODELS)
def test_fewer_checkpoints_are_the_first_of_all(base_model: BaseModel) -> None:
    np.testing.assert_array_equal(trained(base_model, count=4), trained(base_model)[:4])


def test_train_checkpoints_a_network_are_those_epochs_of_one_training() -> None:
    base_model = NETWORKS[0]
    found = trained(base_model)
    recipe = sx.Recipe(
        loss="bce_with_logits", optimizer="adamw", lr=base_model.lr, weight_decay=base_model.weight_decay,
        schedule=base_model.schedule, epochs=32, batch_size=20, seed=5, snapshots=tuple(EPOCHS),
    )  # fmt: skip  # one description
    run = sx.train(base_model.network(2), recipe, POINTS)
    np.testing.assert_array_equal(found, np.stack([run.snapshots[epoch] for epoch in EPOCHS]))


@pytest.mark.parametrize("at", range(len(PENALTIES)))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_linear_base_model_is_scikit_learns_logistic_regression_at_every_strength(at: int, weighted: bool) -> None:
    weight = np.random.default_rng(0).uniform(0.5, 2, len(POINTS)) if weighted else None
    (coefficients, intercept) = np.split(trained(LINEAR, weight=weight)[at].astype(np.float64), [2])
    expected = LogisticRegression(C=1 / PENALTIES[at], tol=1e-10, max_iter=10_000)
    expected.fit(POINTS.x, POINTS.y, sample_weight=weight)
    np.testing.assert_allclose(coefficients, expected.coef_[0], atol=2e-3)
    np.testing.assert_allclose(intercept, expected.intercept_, atol=2e-3)


def test_a_training_that_is_stopped_repeats_what_it_had() -> None:
    for base_model in BASE_MODELS.values():
        found = trained(base_model, on_progress=lambda end: False)
        assert found.shape[0] == base_model.n_checkpoints
        np.testing.assert_array_equal(found[-1], found[-2])


def test_fewer_rows_than_a_batch_are_one_step() -> None:
    few = POINTS.take(np.arange(8))
    assert np.isfinite(trained(NETWORKS[0], few, budget=TrainingBudget(4, 64))).all()


def test_names_are_their_keys_and_say_what_they_add() -> None:
    assert all(name == base_model.name and base_model.about.endswith(".") for name, base_model in BASE_MODELS.items())
