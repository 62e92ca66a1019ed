"""Cross-fitting: no row is judged by a network that was trained on it, and the threads don't matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import separatrix as sx
from separatrix.data.splits import cross_fitting_folds
from separatrix.estimators._cross_fitting import BaseModelFit, CrossFitting, FittedBaseModel, OutOfFold, log_losses
from separatrix.estimators.base_models import BASE_MODELS, BaseModel, TrainingBudget

POINTS = sx.moons(n=90, noise=0.2, seed=1)
SMALL = BaseModel("small", "A small one.", "robust", (4,))
LINEAR = BASE_MODELS["linear"]


def fitting(**more: object) -> CrossFitting:
    settings: dict = {
        "y": POINTS.y, "weight": None, "folds": cross_fitting_folds(POINTS.y, 5, 0), "budget": TrainingBudget(16, 20), "seed": 3,
        "threads": 2,
    } | more  # fmt: skip  # one call
    return CrossFitting(**settings)


def fit(made: CrossFitting, place: int = 0) -> FittedBaseModel | None:
    """A base model alone."""
    return next(made.fit([(place, SMALL)], x()), None)


def x() -> np.ndarray:
    return POINTS.x.astype(np.float32)


def test_rows_are_judged_by_the_member_that_did_not_see_them() -> None:
    made = fitting()
    found = fit(made)
    assert found is not None
    for fold, parameters in zip(made.folds, found.parameters, strict=True):
        z = found.network.logit(parameters, x()[fold.out_of_fold])
        np.testing.assert_allclose(found.out_of_fold[fold.out_of_fold], z, rtol=1e-6)


def test_a_label_never_reaches_its_own_judgement() -> None:
    """Turning a label round changes the logits of the other rows alone."""
    folds = cross_fitting_folds(POINTS.y, 5, 0)
    turned = POINTS.y.copy()
    turned[7] = 1 - turned[7]
    (own,) = (fold.out_of_fold for fold in folds if 7 in fold.out_of_fold)
    fit_under_way = BaseModelFit(0, LINEAR, x(), OutOfFold(LINEAR.n_checkpoints, folds, len(POINTS)))
    for k, fold in enumerate(folds):
        made = (
            fitting(y=y, folds=folds)._train_network(fit_under_way, k, LINEAR.n_checkpoints) for y in (POINTS.y, turned)
        )
        one, other = (each.logits for each in made if each is not None)
        assert np.array_equal(one, other) == (fold.out_of_fold is own)


def test_the_checkpoint_is_the_best_of_all_held_rows_together() -> None:
    found = fit(fitting())
    assert found is not None
    assert found.checkpoint == np.argmin(found.losses)
    assert found.losses[found.checkpoint] == pytest.approx(log_losses(found.out_of_fold, POINTS.y, None))


def test_the_number_of_threads_changes_nothing() -> None:
    one, many = fit(fitting(threads=1)), fit(fitting(threads=3))
    assert one is not None
    assert many is not None
    assert one.parameters.tobytes() == many.parameters.tobytes()
    assert one.out_of_fold.tobytes() == many.out_of_fold.tobytes()


def test_base_models_together_are_what_they_are_alone_and_their_first_members_come_first() -> None:
    told: list[tuple[str, int]] = []
    other = replace(SMALL, name="other", activation="tanh")
    both = list(
        fitting(on_fold_end=lambda base_model, done: told.append((base_model.name, done))).fit(
            [(0, SMALL), (1, other)], x()
        )
    )
    (alone,) = fitting().fit([(1, other)], x())
    assert [each.base_model.name for each in both] == ["small", "other"]
    assert both[1].parameters.tobytes() == alone.parameters.tobytes()
    assert both[1].out_of_fold.tobytes() == alone.out_of_fold.tobytes()
    first, further = (1, 2), (3, 4, 5)
    assert told == [(name, k) for part in (first, further) for name in ("small", "other") for k in part]


def test_base_models_and_members_draw_their_own_numbers() -> None:
    one, other = fit(fitting()), fit(fitting(), place=1)
    assert one is not None
    assert other is not None
    assert len({each.tobytes() for each in (*one.parameters, *other.parameters)}) == 10


def test_when_the_time_is_up_one_member_is_trained_all_the_same() -> None:
    made = fitting(deadline=0.0)
    found = fit(made)
    assert found is not None
    assert len(found.parameters) == 1
    assert np.isnan(found.out_of_fold).sum() == len(POINTS) - len(made.folds[0].out_of_fold)
    assert fit(made, place=1) is None


def test_whoever_listens_may_end_it() -> None:
    told: list[tuple[str, int]] = []

    def heard(base_model: BaseModel, done: int) -> bool:
        told.append((base_model.name, done))
        return False

    made = fitting(threads=1, on_fold_end=heard)
    found = fit(made)
    assert found is not None
    assert told == [("small", 1)]
    assert made.is_over


def test_log_losses_count_weights() -> None:
    z = np.array([[0.0, 2.0], [1.0, -1.0]])
    y, weight = np.array([0, 1]), np.array([1.0, 3.0])
    expected = [(np.log(2) + 3 * np.log1p(np.exp(-2))) / 4, (np.log1p(np.e) + 3 * np.log1p(np.e)) / 4]
    np.testing.assert_allclose(log_losses(z, y, weight), expected)
    assert np.isnan(log_losses(np.zeros((2, 0)), np.zeros(0), None)).all()
