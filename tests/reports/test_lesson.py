"""The lesson: points and weights from one stream, test points from another, and numbers with their right names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.reports.lesson import (
    N_TEST,
    NETWORK,
    Lesson,
    Source,
    draw,
    draw_from,
    gone_on,
    lesson,
    status_sentence,
    summary,
    with_film,
)
from separatrix.training.run import Status


@pytest.fixture(scope="module")
def short() -> Lesson:
    return lesson(NETWORK, Recipe(epochs=200), engine="torch")


@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
@pytest.mark.parametrize("widths", ["2-4-4-1", "2-3-2"])
def test_draws_what_a_seeded_script_draws(seed: int, widths: str) -> None:
    network = Network.parse(widths)
    points, initial = draw(seed, 50, network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = torch.randn(50, 2)
        layers = [torch.nn.Linear(a, b) for a, b in zip(network.widths, network.widths[1:], strict=False)]
    assert (points.x == x.numpy()).all()
    assert (points.y == (x[:, 0] ** 2 + x[:, 1] ** 2 < 1).numpy()).all()
    theirs = torch.cat([part.detach().reshape(-1) for layer in layers for part in (layer.weight, layer.bias)])
    assert (initial == theirs.numpy()).all()


def test_leaves_the_users_stream_as_it_was() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        before = torch.get_rng_state()
        draw(0, 100, NETWORK)
        assert (torch.get_rng_state() == before).all()


@pytest.mark.parametrize(
    "source", [Source("moons"), Source("circle", {"noise": 0.2}), Source("circle", {"balance": 0.5, "n": 40})]
)
def test_other_points_leave_the_weights_to_the_training(source: Source) -> None:
    points, initial = draw_from(source, 0, NETWORK)
    assert len(points) == source.settings.get("n", 100)
    assert initial is None


def test_no_noise_is_the_tutorials_circle() -> None:
    points, initial = draw_from(Source("circle", {"noise": 0.0}), 0, NETWORK)
    assert (points.x == draw(0, 100, NETWORK)[0].x).all()
    assert initial is not None


def test_fresh_points_are_other_points_of_the_same_kind() -> None:
    source = Source("moons", {"n": 50, "noise": 0.3})
    test = source.test_points(0, 200)
    assert test is not None
    assert len(test) == 200
    assert not np.isin(test.x, source.points(0).x).any()


def test_a_file_has_no_fresh_points(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    found = lesson(NETWORK, Recipe(epochs=5), Source(file=str(file)), engine="torch")
    assert found.test_accuracy is None
    assert "test accuracy" not in [figure.name for figure in summary(found)]


def test_the_test_accuracy_is_computed_and_near_that_of_100_000_points(short: Lesson) -> None:
    test = short.source.test_points(0)
    assert test is not None
    assert len(test) == N_TEST == 100_000
    assert short.is_exact
    assert short.test_accuracy == pytest.approx((short.run.predict(test.x) == test.y).mean(), abs=0.007)
    assert "computed from the border" in next(each.note for each in summary(short) if each.name == "test accuracy")


def test_a_smooth_network_is_measured_on_100_000_points() -> None:
    smooth = lesson(Network.parse("2-3-1", "tanh"), Recipe(epochs=5), engine="torch")
    test = smooth.source.test_points(0)
    assert test is not None
    assert not smooth.is_exact
    assert smooth.test_accuracy == (smooth.run.predict(test.x) == test.y).mean()
    assert "share of 100,000 test points" in next(each.note for each in summary(smooth) if each.name == "test accuracy")


def test_the_summary_keeps_four_meanings_apart(short: Lesson) -> None:
    figures = {figure.name: figure for figure in summary(short)}
    assert list(figures) == ["training accuracy", "test accuracy", "loss", "1 − loss"]
    assert "100 training points" in figures["training accuracy"].note
    assert "what the tutorial calls accuracy" in figures["1 − loss"].note
    assert short.one_minus_loss == 1 - short.run.loss
    assert "BCELoss" in figures["loss"].note
    assert "torch engine" in figures["loss"].note


def test_a_validation_share_is_told_apart_from_fresh_points() -> None:
    found = lesson(NETWORK, Recipe(epochs=5, validation_fraction=0.2), engine="torch")
    assert [figure.name for figure in summary(found)][:3] == [
        "training accuracy",
        "validation accuracy",
        "test accuracy",
    ]


def test_a_training_accuracy_is_a_whole_number_of_points(short: Lesson) -> None:
    assert (short.run.accuracy * 100).is_integer()


@pytest.mark.parametrize(
    ("recipe", "points", "status", "says"),
    [
        (Recipe(lr=1e38, epochs=20), Source(), Status.DIVERGED, "Diverged after"),
        (Recipe(epochs=500), Source(), Status.STOPPED, "still falling"),
        (Recipe(lr=0.0, epochs=200), Source(), Status.STUCK, "Stuck after 200 epochs"),
        (
            Recipe(optimizer="adam", lr=0.05, epochs=300),
            Source("gaussians", {"noise": 0.1}),
            Status.CONVERGED,
            "Converged",
        ),
    ],
)
def test_how_it_ended_is_a_sentence(recipe: Recipe, points: Source, status: Status, says: str) -> None:
    run = lesson(NETWORK, recipe, points, engine="torch").run
    assert run.status is status
    assert says in status_sentence(run)


def test_the_film_begins_before_the_first_epoch_and_ends_with_the_last() -> None:
    snapshots = with_film(Recipe(epochs=50_000)).snapshots
    assert (snapshots[0], snapshots[-1]) == (0, 50_000)
    assert len(snapshots) <= 24
    assert with_film(Recipe(epochs=9, snapshots=(3,))).snapshots == (3,)


def test_going_on_keeps_the_recipe_or_changes_what_was_asked() -> None:
    recipe = with_film(Recipe(epochs=100))
    assert gone_on(recipe, {}) == recipe
    changed = gone_on(recipe, {"epochs": 300})
    assert (changed.epochs, changed.snapshots[-1]) == (300, 300)
    assert gone_on(recipe, {"epochs": 50}).snapshots[-1] == 50


@pytest.mark.parametrize(("seed", "n"), [(-1, 100), (2**64, 100), (0, 1), (0, True)])
def test_refuses_what_no_stream_can_draw(seed: int, n: int) -> None:
    with pytest.raises(InvalidParameter):
        draw(seed, n, NETWORK)


def test_points_of_an_unknown_sampler_name_the_nearest() -> None:
    with pytest.raises(InvalidParameter, match="Did you mean 'moons'"):
        Source("mons").points(0)


def test_says_why_a_faster_engine_was_passed_over() -> None:
    found = lesson(NETWORK, Recipe(epochs=2), device="cpu")
    assert isinstance(found.points, Points)
    assert set(found.passed_over) <= {"fused"}


SQUARES = Source(features=("x1^2", "x2^2"), label_noise=0.1)


@pytest.fixture(scope="module")
def squares() -> Lesson:
    return lesson(Network.parse("2-1"), Recipe(epochs=300, lr=0.5, snapshots=(0, 300)), SQUARES)


def test_label_noise_turns_over_training_labels_alone() -> None:
    noisy, clean = Source(label_noise=0.2), Source()
    assert (noisy.points(1).x == clean.points(1).x).all()
    assert 5 < (noisy.points(1).y != clean.points(1).y).sum() < 40
    test, same = noisy.test_points(1, 50), clean.test_points(1, 50)
    assert test is not None
    assert same is not None
    assert (test.y == same.y).all()
    # the accuracy on new points is that on clean labels, computed from the border
    assert lesson(NETWORK, Recipe(epochs=5), noisy).is_exact


@pytest.mark.parametrize("source", [Source(label_noise=0.1), Source(features=("x1", "x1*x2"))])
def test_with_label_noise_or_features_it_is_no_longer_the_tutorials(source: Source) -> None:
    assert not source.is_the_tutorials()
    assert draw_from(source, 0, NETWORK)[1] is None


def test_x1_and_x2_are_no_features() -> None:
    assert Source(features=("x1", "x2")) == Source()
    assert Source(features=("x1", "x2")).is_the_tutorials()


def test_a_lesson_with_features_is_trained_tested_and_asked_on_features(squares: Lesson) -> None:
    x = squares.plane.x
    np.testing.assert_allclose(squares.points.x, x**2, rtol=1e-6)
    assert (squares.points.y == squares.plane.y).all()
    test = SQUARES.test_points(0)
    assert test is not None
    # the border of a network of two squares is no border over x1 and x2: its accuracy is that of drawn points
    assert not squares.is_exact
    assert squares.test_accuracy == (squares.run.predict(test.x) == test.y).mean()
    assert (SQUARES.over_plane(squares.run).predict_proba(x) == squares.run.predict_proba(squares.points.x)).all()


def test_a_network_of_two_inputs_gets_one_for_each_feature() -> None:
    source = Source("moons", features=("x1", "x2", "sin(x1)"))
    assert str(lesson(NETWORK, Recipe(epochs=2), source).run.network) == "3-4-4-1"
    with pytest.raises(InvalidData, match="4"):
        lesson(Network.parse("4-2-1"), Recipe(epochs=2), source)


def test_what_a_source_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="label_noise"):
        Source(label_noise=1.0)
    with pytest.raises(InvalidParameter, match=r"unknown feature 'x1\^3'.* Did you mean 'x1\^2'\?"):
        Source(features=("x1^3",))
