"""Screening: the few useful columns of a wide table are discovered inside the folds, and networks see these alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.data.splits import Fold
from separatrix.estimators._screening import LEVELS, levels_of, screened_columns, useful_columns
from separatrix.estimators.base_models import BASE_MODELS, SCREENED_MODELS
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.portable import as_portable


def random_levels(rows: int, columns: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, LEVELS, (rows, columns)).astype(np.uint8)


def test_columns_that_act_in_a_pair_alone_are_discovered() -> None:
    levels = random_levels(800, 60, 0)
    y = (levels[:, 7] >= 4) ^ (levels[:, 41] >= 4)
    y ^= np.random.default_rng(1).random(800) < 0.1
    assert set(useful_columns(levels, y)) == {7, 41}


def test_noise_is_seldom_taken_for_use() -> None:
    """False discoveries are controlled at a tenth alone and a twentieth in pairs; over 60 tables 9 are expected at most."""
    labels = np.random.default_rng(2)
    discovered = [len(useful_columns(random_levels(300, 30, seed), labels.random(300) < 0.4)) > 0 for seed in range(60)]
    assert sum(discovered) <= 18


def test_a_weight_counts_as_copies_do() -> None:
    levels, weight = random_levels(400, 12, 3), np.random.default_rng(3).integers(1, 4, 400)
    y = (levels[:, 2] >= 4) ^ (levels[:, 5] >= 4)
    copies = np.repeat(np.arange(400), weight)
    assert (
        useful_columns(levels, y, weight.astype(float)).tolist() == useful_columns(levels[copies], y[copies]).tolist()
    )


def test_a_fold_is_screened_by_its_training_rows_alone() -> None:
    """Other labels of the rows that judge a fold's network must not change what that network is given."""
    levels = random_levels(600, 20, 4)
    y = ((levels[:, 0] >= 4) ^ (levels[:, 1] >= 4)).astype(np.int8)
    fold = Fold(np.arange(480), np.arange(480, 600))
    other = y.copy()
    other[480:] = levels[480:, 9] >= 4
    first, second = (screened_columns(levels, [fold], labels, None) for labels in (y, other))
    assert first is not None
    assert second is not None
    assert first[0].tolist() == second[0].tolist() == [0, 1]


@pytest.mark.parametrize("constant", [True, False])
def test_a_table_without_use_or_of_much_use_is_not_screened(constant: bool) -> None:
    levels = random_levels(500, 20, 5)
    y = levels[:, :15].sum(axis=1) + np.random.default_rng(5).normal(size=500) > 3.5 * 15
    if constant:
        levels[:] = 3
    assert screened_columns(levels, [Fold(slice(0, 400), slice(400, 500))], y.astype(np.int8), None) is None


def mixed(rows: int, seed: int) -> tuple[polars.DataFrame, np.ndarray]:
    """A circle in two of 24 numbers, beside columns of every other kind, with missing values."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 24))
    frame = polars.DataFrame(x, schema=[f"x{k}" for k in range(24)]).with_columns(
        polars.Series("town", draw.choice(["Oslo", "Rome", "Ulm"], rows)),
        polars.Series("flag", draw.random(rows) < 0.5),
        polars.Series("day", np.datetime64("2020-01-01", "us") + draw.integers(0, 9**14, rows).astype("m8[us]")),
        polars.Series("took", draw.integers(0, 9**8, rows).astype("m8[us]")),
    )
    gaps = polars.Series(draw.random(rows) < 0.1)
    frame = frame.with_columns(x5=polars.when(~gaps).then("x5"), x0=polars.when(~gaps.reverse()).then("x0"))
    return frame, np.where(x[:, 0] ** 2 + x[:, 1] ** 2 < 1.39, "inside", "outside")


@pytest.fixture(scope="module")
def screened() -> sx.SeparatrixClassifier:
    frame, y = mixed(500, 0)
    return sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame, y)


def test_a_circle_among_columns_of_noise_is_learnt(screened: sx.SeparatrixClassifier) -> None:
    from sklearn.metrics import log_loss

    frame, y = mixed(2_000, 1)
    assert log_loss(y, screened.predict_proba(frame)) < 0.5  # 0.69 is chance, which the networks on all columns reach
    weights = dict(screened.base_models_.select("base_model", "weight").iter_rows())
    assert sum(weights[name] for name in weights if name in SCREENED_MODELS) > sum(weights.values()) / 2


def test_a_screened_network_ignores_the_other_columns(screened: sx.SeparatrixClassifier) -> None:
    frame, _ = mixed(50, 2)
    other = frame.with_columns(polars.col("x9") + 1, polars.col("town").reverse(), polars.col("took") * 2)
    narrow = [
        member
        for member in screened.members_
        if any(code.name == "x9" and not code.names for code in member.encoding.columns)
    ]
    assert narrow
    for member in narrow:
        z, moved = (member.network.logit(member.parameters, member.encoding.encode(x)) for x in (frame, other))
        np.testing.assert_array_equal(z, moved)


def test_a_screened_model_is_saved_and_loaded(screened: sx.SeparatrixClassifier, tmp_path: Path) -> None:
    frame, _ = mixed(200, 3)
    again = sx.load(sx.save(screened, tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(again.predict_proba(frame), screened.predict_proba(frame))
    assert again.base_models_.equals(screened.base_models_)
    assert len(again.fold_models()) == 2


def test_a_fit_is_the_same_on_any_threads() -> None:
    frame, y = mixed(300, 4)
    one, two = (
        sx.SeparatrixClassifier(n_members=2, random_state=0, n_jobs=jobs).fit(frame, y).predict_proba(frame)
        for jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_a_table_of_which_most_columns_are_of_use_has_the_base_models_alone() -> None:
    draw = np.random.default_rng(6)
    x = draw.normal(size=(300, 9))
    model = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(x, x.sum(axis=1) + draw.normal(size=300) > 0)
    assert set(model.base_models_["base_model"]) == set(BASE_MODELS)


def test_the_portable_of_a_screened_model_predicts_the_same(screened: sx.SeparatrixClassifier) -> None:
    frame, _ = mixed(100, 5)
    np.testing.assert_allclose(as_portable(screened).predict_proba(frame), screened.predict_proba(frame), rtol=1e-12)


def test_levels_of_many_columns_are_those_of_each_column_alone() -> None:
    rng = np.random.default_rng(0)
    n_rows, n_columns = 60, 300  # more columns than are cut at a time
    x = np.where(rng.random((n_rows, n_columns)) < 0.1, np.nan, rng.integers(0, 9, (n_rows, n_columns)))
    encoder = TableEncoder("robust")
    encoded = encoder.fit_transform(x, rng.integers(0, 2, n_rows))
    levels = levels_of(encoder.encoding_, encoded)
    for place, start in enumerate(encoder.encoding_.starts[:-1]):
        edges = np.quantile(encoded[:, start], np.arange(1, LEVELS - 1) / (LEVELS - 1), method="inverted_cdf")
        expected = np.searchsorted(edges, encoded[:, start], side="left")
        assert (levels[:, place] == np.where(np.isnan(x[:, place]), LEVELS - 1, expected)).all()
