"""Diagnosis finds what was planted, names it with numbers, and stays silent on healthy trainings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import separatrix as sx
from separatrix.training.diagnosis import diagnose
from separatrix.training.diagnosis._points import reachable
from separatrix.training.finding import Finding


@pytest.fixture(scope="module")
def circle() -> sx.Points:
    return sx.circle(seed=0)


def trained(points: sx.Points, network: str = "2-8-1", activation: str = "relu", **recipe: Any) -> sx.Run:
    with np.errstate(all="ignore"):
        asked = {"log_every": 5, "epochs": 500} | recipe
        return sx.train(sx.Network.parse(network, activation), sx.Recipe(**asked), points, engine="fused")


def names(run: sx.Run, points: sx.Points | None, seeds: int = 0) -> list[str]:
    return [finding.name for finding in diagnose(run, points, seeds=seeds)]


@pytest.mark.parametrize("sampler", [sx.circle, sx.moons, sx.xor, sx.gaussians])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_healthy_training_has_no_findings(sampler: Any, activation: str) -> None:
    points = sampler(seed=1)
    run = trained(points, "2-16-16-1", activation, optimizer="adam", lr=0.02, epochs=300)
    assert diagnose(run, points, seeds=0) == ()
    assert diagnose(run) == ()


def test_noise_in_the_labels_is_no_failure() -> None:
    points = sx.moons(n=300, noise=0.35, seed=1)
    run = trained(points, "2-16-1", optimizer="adam", lr=0.02, epochs=300)
    assert run.accuracy < 0.93
    assert names(run, points) == []


def test_small_batches_are_no_jumping_loss(circle: sx.Points) -> None:
    assert names(trained(circle, "2-16-1", optimizer="adam", lr=0.02, batch_size=25, epochs=150), circle) == []


@pytest.mark.parametrize("lr", [1e-7, 1e-5, 1e-3])
def test_a_rate_that_is_too_low(circle: sx.Points, lr: float) -> None:
    (finding,) = diagnose(trained(circle, lr=lr, epochs=300), circle, seeds=0)
    assert finding.name == "rate too low"
    assert f"with lr={lr:g}" in finding.evidence
    assert f"lr={10 * lr:g}" in finding.advice


@pytest.mark.parametrize(
    "recipe", [{"lr": 200.0}, {"lr": 1000.0}, {"lr": 10.0, "optimizer": "adam"}, {"lr": 1e30, "loss": "mse"}]
)
def test_a_rate_that_is_too_high(circle: sx.Points, recipe: dict[str, Any]) -> None:
    found = names(trained(circle, activation="tanh", **recipe), circle)
    assert found[0] == "rate too high"
    assert "rate too low" not in found


def test_a_rate_that_is_too_high_is_no_bad_luck(circle: sx.Points) -> None:
    run = trained(circle, "2-8-8-1", optimizer="adam", lr=5.0)
    assert names(run, circle, seeds=5)[0] == "rate too high"
    assert "bad luck with the seed" not in names(run, circle, seeds=5)


def test_a_diverged_run_is_told_without_points(circle: sx.Points) -> None:
    run = trained(circle, lr=1e38, loss="bce_with_logits")
    assert run.status is sx.Status.DIVERGED
    (finding,) = diagnose(run)
    assert (finding.name, "infinite in epoch" in finding.evidence) == ("rate too high", True)


def test_dead_units(circle: sx.Points) -> None:
    run = trained(circle, epochs=5)
    parameters = run.parameters.copy()
    layer = run.network.layout[0]
    parameters[layer.bias] = [-100] * 6 + [0.1] * 2
    dead = replace(run, parameters=parameters, accuracy=0.5)
    (finding,) = [finding for finding in diagnose(dead, circle, seeds=0) if finding.name == "dead units"]
    assert "layer fc1, 6 of 8 units (1, 2, 3, 4, 5, 6) give 0" in finding.evidence


def test_saturated_units_and_the_columns_that_did_it(circle: sx.Points) -> None:
    points = sx.Points(circle.x * 1000 + 5000, circle.y)
    found = names(trained(points, activation="tanh", optimizer="adam", lr=0.01), points)
    assert {"columns of unlike size", "saturated units"} <= set(found)


def test_a_stuck_plateau() -> None:
    """Two inputs that need a corner, one unit: half of it can be learnt."""
    points = sx.xor(n=200, seed=0)
    run = trained(points, "2-1-1", optimizer="adam", lr=0.1, epochs=800)
    assert run.status is sx.Status.STUCK
    assert names(run, points) == ["stuck on a plateau"]


def test_a_training_that_was_cut_short(circle: sx.Points) -> None:
    assert names(trained(circle, lr=0.05, epochs=400), circle) == ["stopped while learning"]


def test_a_failure_without_another_reason_is_still_told() -> None:
    """Too narrow for the board, neither still nor falling."""
    points = sx.checkerboard(seed=0)
    run = replace(trained(points, "2-2-1", activation="tanh", lr=0.05, epochs=300), status=sx.Status.STOPPED)
    (finding,) = diagnose(run, points, seeds=0)
    assert finding.name == "not learnt"
    assert "The points allow about" in finding.evidence


def test_constant_and_duplicated_columns_are_named_even_if_all_went_well(circle: sx.Points) -> None:
    x = np.column_stack([circle.x, np.full(len(circle), 7.0), circle.x[:, 0] * -3 + 1])
    points = sx.Points(x, circle.y)
    constant, duplicated = diagnose(trained(points, "4-16-1", optimizer="adam", lr=0.01, epochs=800), points, seeds=0)
    assert (constant.name, "Column 2 is 7 in all 100 rows" in constant.evidence) == ("constant column", True)
    assert (duplicated.name, "Columns 0 and 3" in duplicated.evidence) == ("duplicated columns", True)


def test_imbalance_that_hides_a_class() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(400, 2)), (draw.random(400) < 0.06).astype(int)
    x[y == 1] += 1
    points = sx.Points(x, y)
    (finding,) = diagnose(trained(points, "2-4-1", optimizer="adam", lr=0.01, epochs=300), points, seeds=0)
    assert finding.name == "imbalance"
    assert "sample_weight" in finding.advice


def test_a_rare_class_that_is_found_is_no_imbalance() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(400, 2)), (draw.random(400) < 0.06).astype(int)
    x[y == 1] += 8
    points = sx.Points(x, y)
    assert names(trained(points, "2-8-1", optimizer="adam", lr=0.05), points) == []


def overfitted(**more: Any) -> sx.Run:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(120, 6))
    points = sx.Points(x, (x[:, 0] + draw.normal(size=120) > 0).astype(int))
    return trained(points, "6-64-1", optimizer="adam", lr=0.01, epochs=800, validation_fraction=0.4, **more)


def test_overfitting_is_seen_in_the_history_alone() -> None:
    (finding,) = diagnose(overfitted())
    assert finding.name == "overfitting"
    assert "patience" in finding.advice


def test_early_stopping_has_dealt_with_overfitting() -> None:
    assert "overfitting" not in [finding.name for finding in diagnose(overfitted(patience=20))]


def test_a_seed_that_was_bad_luck() -> None:
    """Two hidden units learn XOR's corners from about half of all seeds."""
    corners = sx.Points(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0]))
    network, recipe = sx.Network.parse("2-2-1", "tanh"), sx.Recipe(epochs=2_000, optimizer="adam", lr=0.02)
    runs = sx.train_many(network, recipe, corners, range(30))
    worst = int(runs.seeds[runs.accuracy.argmin()])
    run = sx.train(network, recipe.replace(seed=worst), corners)
    (luck,) = run.diagnose(corners, seeds=20)
    assert luck.name == "bad luck with the seed"
    assert "of 20 other seeds get at least 100.0% of the rows right" in luck.evidence
    seed, reached = luck.advice.removeprefix("seed=").split(", which reached ")
    again = sx.train(network, recipe.replace(seed=int(seed)), corners)
    assert f"{again.accuracy:.1%}." == reached
    assert luck.remedy.recipe == {"seed": int(seed)}


def test_seeds_that_err_by_a_row_or_two_less_are_no_luck(circle: sx.Points) -> None:
    """A line can't enclose the disc, whatever the seed."""
    run = trained(circle, "2-2-1", "identity", lr=0.5, epochs=300)
    others = sx.train_many(run.network, run.recipe, circle, range(1, 11), engine="torch")
    assert run.accuracy < others.accuracy.max() or run.accuracy <= 0.6
    assert "bad luck with the seed" not in names(run, circle, seeds=10)


def test_first_parameters_of_zero_are_no_sign_of_a_high_rate(circle: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-8-1", init="zeros"), sx.Recipe(lr=0.05, epochs=200), circle)
    assert "rate too high" not in names(run, circle)


def test_the_best_seed_is_no_bad_luck(circle: sx.Points) -> None:
    network, recipe = sx.Network.parse("2-3-1"), sx.Recipe(epochs=2_000, optimizer="adam", lr=0.02)
    runs = sx.train_many(network, recipe, circle, range(10))
    best = sx.train(network, recipe.replace(seed=int(runs.seeds[runs.accuracy.argmax()])), circle)
    assert "bad luck with the seed" not in [finding.name for finding in best.diagnose(circle, seeds=10)]


def test_nothing_is_changed(circle: sx.Points) -> None:
    run = trained(circle, epochs=50)
    before = run.parameters.tobytes()
    assert diagnose(run, circle, seeds=3) == diagnose(run, circle, seeds=3)
    assert run.parameters.tobytes() == before


def test_a_users_own_module_is_diagnosed_by_its_course(circle: sx.Points) -> None:
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    run = sx.train(module, sx.Recipe(loss="bce_with_logits", lr=1e-7, epochs=100, log_every=5), circle)
    assert names(run, circle, seeds=5) == ["rate too low"]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([[0.0, 0.0], [1.0, 1.0]], [0, 1]),
        ([[0.0, 0.0], [0.0, 0.0]], [0, 1]),
        ([[0.0, 1.0], [1.0, 0.0], [1e30, 5.0]], [0, 1, 1]),
    ],
)
def test_a_handful_of_rows_does_no_harm(x: list[list[float]], y: list[int]) -> None:
    points = sx.Points(np.array(x), np.array(y))
    for finding in diagnose(trained(points, epochs=3), points, seeds=2):
        assert isinstance(finding, Finding)
        assert str(finding) == f"{finding.name}: {finding.evidence} Try: {finding.advice}"
    assert 0.5 <= reachable(points) <= 1


def test_other_points_are_refused(circle: sx.Points) -> None:
    run = trained(circle, epochs=2)
    with pytest.raises(sx.InvalidData, match="2-8-1 takes 2 columns, but the points have 3"):
        diagnose(run, sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    with pytest.raises(sx.InvalidParameter, match="seeds must be a whole number of at least 0"):
        diagnose(run, circle, seeds=-1)
