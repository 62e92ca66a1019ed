"""Families: every training leaves its moments, in order, from the most restrained to the freest."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import separatrix as sx
from separatrix.estimators.base_models import FAMILIES, SHARES, STRENGTHS, Family, Schedule, moments_of

POINTS = sx.moons(n=120, noise=0.3, seed=2)
NETWORKS = [family for family in FAMILIES.values() if family.hidden]
EPOCHS = [max(1, round(32 * share)) for share in SHARES]
LINEAR = Family("linear", "A logistic regression.", "robust")


def trained(family: Family, points: sx.Points = POINTS, weight: np.ndarray | None = None, **more: object) -> np.ndarray:
    settings: dict = {"schedule": Schedule(32, 20), "seed": 5, "count": family.moments} | more
    return moments_of(family, points, weight, **settings)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_every_family_leaves_as_many_moments_as_it_says(family: Family) -> None:
    found = trained(family)
    assert found.shape == (family.moments, family.network(2).n_parameters)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_later_moments_fit_the_rows_better(family: Family) -> None:
    network, losses = family.network(2), []
    for parameters in trained(family):
        z = network.logit(parameters.astype(np.float64), POINTS.x)
        losses.append(np.logaddexp(0, np.where(POINTS.y == 1, -z, z)).mean())
    assert losses[-1] < min(losses[0], 0.5)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_fewer_moments_are_the_first_of_all(family: Family) -> None:
    np.testing.assert_array_equal(trained(family, count=4), trained(family)[:4])


def test_moments_of_a_network_are_those_epochs_of_one_training() -> None:
    family = NETWORKS[0]
    found = trained(family)
    recipe = sx.Recipe(
        loss="bce_with_logits", optimizer="adamw", lr=family.lr, weight_decay=family.weight_decay,
        schedule=family.schedule, epochs=32, batch_size=20, seed=5, snapshots=tuple(EPOCHS),
    )  # fmt: skip  # one description
    run = sx.train(family.network(2), recipe, POINTS)
    np.testing.assert_array_equal(found, np.stack([run.snapshots[epoch] for epoch in EPOCHS]))


@pytest.mark.parametrize("at", range(len(STRENGTHS)))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_linear_family_is_scikit_learns_logistic_regression_at_every_strength(at: int, weighted: bool) -> None:
    weight = np.random.default_rng(0).uniform(0.5, 2, len(POINTS)) if weighted else None
    (coefficients, intercept) = np.split(trained(LINEAR, weight=weight)[at].astype(np.float64), [2])
    expected = LogisticRegression(C=1 / STRENGTHS[at], tol=1e-10, max_iter=10_000)
    expected.fit(POINTS.x, POINTS.y, sample_weight=weight)
    np.testing.assert_allclose(coefficients, expected.coef_[0], atol=2e-3)
    np.testing.assert_allclose(intercept, expected.intercept_, atol=2e-3)


def test_a_training_that_is_stopped_repeats_what_it_had() -> None:
    for family in FAMILIES.values():
        found = trained(family, on_progress=lambda moment: False)
        assert found.shape[0] == family.moments
        np.testing.assert_array_equal(found[-1], found[-2])


def test_fewer_rows_than_a_batch_are_one_step() -> None:
    few = POINTS.take(np.arange(8))
    assert np.isfinite(trained(NETWORKS[0], few, schedule=Schedule(4, 64))).all()


def test_names_are_their_keys_and_say_what_they_add() -> None:
    assert all(name == family.name and family.about.endswith(".") for name, family in FAMILIES.items())
