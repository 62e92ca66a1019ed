"""Axes of a study beside the shape: label noise, features, scaled initial weights, and how own points are split."""

from __future__ import annotations

from pathlib import Path

import pytest

import separatrix as sx
from separatrix.studies.sources import OwnPoints, Sampled


def test_label_noise_is_on_training_points_alone() -> None:
    plain, noisy = Sampled("circle"), Sampled("circle", label_noise=0.3)
    (train, test), (turned, clean) = plain.draw(7, 50), noisy.draw(7, 50)
    assert (train.x == turned.x).all()
    assert 0.1 < (train.y != turned.y).mean() < 0.5
    assert (test.y == clean.y).all()
    assert noisy.text == "circle(n=100, label_noise=0.3)"


def test_features_widen_the_network_and_are_conditions() -> None:
    study = sx.Study.grid(
        "circle", features=["x1+x2", "x1^2+x2^2+x1*x2"], init=["he", "he*0.5"], checkpoints=20, seeds=1
    )
    assert [str(condition.network) for condition in study.conditions] == ["2-4-4-1"] * 2 + ["3-4-4-1"] * 2
    assert study.points_of(2)[0].x.shape == (100, 3)
    small, large = (study.conditions[k].network.initialise(0) for k in (1, 0))
    assert small == pytest.approx(0.5 * large)
    with pytest.raises(sx.InvalidParameter, match="leave features out"):
        sx.Study.grid("circle", features="x1^2+x2", borders=True, checkpoints=20)


def test_own_points_say_how_they_are_split_and_0_trains_on_all() -> None:
    own = OwnPoints(sx.moons(n=40, seed=0), name="mine")
    assert own.split_text == "mine: every seed trains on 30 of 40 rows and is tested on the other 10."
    (whole,) = sx.Study.grid(own, test_fraction=0, checkpoints=20).points
    assert len(whole.draw(3, 0)[0]) == 40
    assert "all 40 rows" in whole.split_text


def test_a_folder_with_changed_own_points_is_continued(tmp_path: Path) -> None:
    own = OwnPoints(sx.moons(n=40, seed=0), label_noise=0.1, features=("x1*x2",))
    study = sx.Study.grid(own, checkpoints=5, seeds=2)
    first = sx.run_study(study, tmp_path / "s")
    assert sx.read_study(tmp_path / "s").study.to_data() == study.to_data()
    assert first.n_runs == sx.run_study(study, tmp_path / "s").n_runs == 2


def test_fault_49_settings_that_an_optimiser_does_not_read_make_no_second_condition() -> None:
    with pytest.warns(UserWarning, match="momentum=0.9 has no effect .* 4 combinations are 3 different trainings"):
        study = sx.Study.grid(optimizer=("sgd", "adam"), momentum=(0.0, 0.9), checkpoints=5, seeds=1)
    assert len(study.conditions) == 3


@pytest.mark.parametrize("init", ["he*0", "he*x", "he*-1", "hee*2"])
def test_an_initialisation_with_an_impossible_factor_is_refused(init: str) -> None:
    with pytest.raises(sx.InvalidParameter, match="init"):
        sx.Network.parse("2-4-1", init=init)
