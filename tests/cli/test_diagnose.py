"""`separatrix diagnose`: findings in words, for a lesson's model and for points of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import separatrix as sx


@pytest.fixture
def model(tmp_path: Path) -> Path:
    run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(lr=1e-7, epochs=100), sx.circle(seed=0))
    return sx.save(run, tmp_path / "slow.safetensors")


def test_findings_are_told_with_evidence_and_advice(command, model: Path) -> None:
    done = command("diagnose", str(model), "--sampler", "circle", "--seeds", "0")
    assert (done.status, done.err) == (0, "")
    assert "rate too low" in done.out
    assert "Try: lr=1e-06, ten times as high." in done.out


def test_a_healthy_model_is_told_to_be_one(command, tmp_path: Path) -> None:
    run = sx.train(sx.Network.parse("2-16-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=500), sx.moons(seed=0))
    path = sx.save(run, tmp_path / "good.safetensors")
    assert "Nothing is wrong." in command("diagnose", str(path), "--sampler", "moons").out


def test_a_model_without_its_points_is_an_error(command, model: Path) -> None:
    done = command("diagnose", str(model))
    assert done.status == 2
    assert "which points the model was trained on" in done.err


def test_fault_40_a_missing_file_names_the_nearest(command, model: Path) -> None:
    done = command("diagnose", str(model.with_name("slow.safetensor")))
    assert done.status == 2
    assert "slow.safetensors" in done.err


def test_an_estimators_last_training_is_looked_at(command, tmp_path: Path) -> None:
    from separatrix.estimators.classifier import MLPBinaryClassifier

    points = sx.circle(seed=0)
    slow = MLPBinaryClassifier((4,), engine="torch", optimizer="sgd", learning_rate_init=1e-7, max_iter=40)
    path = sx.save(
        slow.set_params(n_iter_no_change=40).fit(points.x, points.y), tmp_path / "slow-estimator.safetensors"
    )
    done = command("diagnose", str(path))
    assert (done.status, "rate too low" in done.out) == (0, True), done
    assert "--sampler can't go with an estimator" in command("diagnose", str(path), "--sampler", "circle").err


def test_fault_52_the_ensemble_that_fit_saves_is_diagnosed(command, tmp_path: Path) -> None:
    import polars as pl

    points = sx.gaussians(100, seed=0)
    rows = pl.DataFrame({"a": points.x[:, 0], "b": points.x[:, 1], "y": points.y})
    model = sx.SeparatrixClassifier(n_members=1, random_state=0).fit(rows.drop("y"), rows["y"])
    path, data = sx.save(model, tmp_path / "m.safetensors"), tmp_path / "rows.csv"
    rows.write_csv(data)
    done = command("diagnose", str(path))
    assert (done.status, "networks, blended" in done.out, done.err) == (0, True, ""), done
    done = command("diagnose", str(path), str(data))
    assert (done.status, "give the label column with --target" in done.err) == (2, True), done
    done = command("diagnose", str(path), str(data), "--target", "y")
    assert (done.status, done.err) == (0, ""), done
    assert "Nothing is wrong." in done.out
