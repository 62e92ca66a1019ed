"""SeparatrixClassifier: any table in, sound probabilities out; repeatable, fair to weights, and no peeking at labels."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas
import polars
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import separatrix as sx
from separatrix.estimators.base_models import BASE_MODELS
from separatrix.evaluation.scores import scored
from separatrix.evaluation.statistics.shares import wilson

MOONS = sx.moons(n=300, noise=0.3, seed=1)
X, Y = MOONS.x.astype(np.float64), np.where(MOONS.y == 1, "up", "down")


def mixed(rows: int = 240, seed: int = 0) -> tuple[polars.DataFrame, np.ndarray]:
    """Numbers, text, booleans, dates, with missing values; and labels that depend on all of them."""
    draw = np.random.default_rng(seed)
    age, city, flag = draw.normal(50, 12, rows), draw.choice(["Oslo", "Rome", "Bonn"], rows), draw.random(rows) < 0.4
    day = np.datetime64("2020-01-01") + draw.integers(0, 900, rows)
    score = (age - 50) / 12 + (city == "Rome") - flag + draw.normal(size=rows)
    frame = polars.DataFrame({"age": age, "city": city, "flag": flag, "day": day})
    hidden = draw.random((rows, 2)) < 0.1
    frame = frame.with_columns(
        polars.when(polars.Series(~hidden[:, 0])).then(polars.col("age")).alias("age"),
        polars.when(polars.Series(~hidden[:, 1])).then(polars.col("city")).alias("city"),
    )
    return frame, np.where(score > 0, "yes", "no")


@pytest.fixture(scope="module")
def fitted() -> sx.SeparatrixClassifier:
    return sx.SeparatrixClassifier(random_state=0).fit(*mixed())


def test_a_table_as_it_is(fitted: sx.SeparatrixClassifier) -> None:
    frame, y = mixed(400, seed=5)
    probability = fitted.predict_proba(frame)
    assert probability.shape == (400, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert roc_auc_score(y, probability[:, 1]) > 0.75
    assert fitted.classes_.tolist() == ["no", "yes"]


def test_pandas_and_polars_are_the_same_table(fitted: sx.SeparatrixClassifier) -> None:
    frame, y = mixed()
    twin = sx.SeparatrixClassifier(random_state=0).fit(frame.to_pandas(), pandas.Series(y))
    assert twin.predict_proba(frame.to_pandas()).tobytes() == fitted.predict_proba(frame).tobytes()


def test_a_target_by_its_name(fitted: sx.SeparatrixClassifier) -> None:
    frame, y = mixed()
    whole = frame.with_columns(polars.Series("paid", y))
    named = sx.SeparatrixClassifier(random_state=0).fit(whole, "paid")
    assert named.target_name_ == "paid"
    assert named.predict_proba(whole).tobytes() == fitted.predict_proba(frame).tobytes()
    assert named.score(whole, "paid") == pytest.approx((named.predict(frame) == y).mean())


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(fitted: sx.SeparatrixClassifier) -> None:
    frame, y = mixed()
    order = np.random.default_rng(1).permutation(len(y))
    other = sx.SeparatrixClassifier(random_state=0, n_jobs=1).fit(frame[order], y[order])
    assert other.predict_proba(frame).tobytes() == fitted.predict_proba(frame).tobytes()


def test_another_seed_is_another_ensemble(fitted: sx.SeparatrixClassifier) -> None:
    frame, y = mixed()
    other = sx.SeparatrixClassifier(random_state=1).fit(frame, y)
    assert np.abs(other.predict_proba(frame) - fitted.predict_proba(frame)).max() > 1e-4


def test_faults_18_a_weight_of_k_is_k_copies_and_zero_removes_a_row() -> None:
    weight = np.random.default_rng(0).integers(0, 3, len(Y))
    copied = np.repeat(np.arange(len(Y)), weight)
    one = sx.SeparatrixClassifier(random_state=0).fit(X, Y, sample_weight=weight)
    other = sx.SeparatrixClassifier(random_state=0).fit(X[copied], Y[copied])
    assert one.predict_proba(X).tobytes() == other.predict_proba(X).tobytes()


def test_weights_that_are_not_whole_weigh() -> None:
    """Rows of one moon ten times as heavy: more is called that."""
    weight = np.where(Y == "up", 10.5, 1.05)
    plain = sx.SeparatrixClassifier(random_state=0).fit(X, Y)
    heavy = sx.SeparatrixClassifier(random_state=0).fit(X, Y, sample_weight=weight)
    assert heavy.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.1


@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1"])
def test_a_metric_moves_the_threshold_and_no_probability(metric: str) -> None:
    rare = np.flatnonzero((Y == "up") & (np.arange(len(Y)) % 6 == 0))
    rows = np.concatenate([np.flatnonzero(Y == "down"), rare])
    plain = sx.SeparatrixClassifier(random_state=0).fit(X[rows], Y[rows])
    tuned = sx.SeparatrixClassifier(metric=metric, random_state=0).fit(X[rows], Y[rows])
    assert plain.threshold_ == 0.5
    assert 0 < tuned.threshold_ < 0.5
    assert tuned.predict_proba(X).tobytes() == plain.predict_proba(X).tobytes()
    found = tuned.predict_proba(X)[:, 1] > tuned.threshold_
    assert tuned.predict(X).tolist() == np.where(found, "up", "down").tolist()
    if metric == "balanced_accuracy":
        assert balanced_accuracy_score(Y, tuned.predict(X)) > balanced_accuracy_score(Y, plain.predict(X))


def test_a_time_limit_leaves_fewer_networks_that_predict_all_the_same() -> None:
    whole = sx.SeparatrixClassifier(random_state=0).fit(X, Y)
    hasty = sx.SeparatrixClassifier(time_limit=1e-3, random_state=0).fit(X, Y)
    assert 1 <= len(hasty.members_) < len(whole.members_)
    assert np.isfinite(hasty.predict_proba(X)).all()


def test_the_log_loss_that_it_tells_is_that_of_rows_it_did_not_see() -> None:
    told = sx.SeparatrixClassifier(random_state=0).fit(X, Y).log_loss_
    crossed = cross_val_predict(sx.SeparatrixClassifier(random_state=0), X, Y, method="predict_proba")
    assert told == pytest.approx(log_loss(Y, crossed[:, 1], labels=["down", "up"]), abs=0.05)


def test_base_models_are_listed_with_their_weights(fitted: sx.SeparatrixClassifier) -> None:
    table = fitted.base_models_
    assert sorted(table["base_model"]) == sorted(BASE_MODELS)
    assert table["weight"].is_sorted(descending=True)
    assert table.filter(polars.col("weight") > 0)["members"].sum() == len(fitted.members_)
    assert fitted.log_loss_ <= table["log_loss"].min() + 0.01


def test_the_mean_of_the_fold_models_is_the_ensemble(fitted: sx.SeparatrixClassifier) -> None:
    frame, _ = mixed(50, seed=9)
    fold_models = fitted.fold_models()
    assert len(fold_models) == 5
    assert sum(len(each.members) for each in fold_models) == len(fitted.members_)
    logits = [np.log(p[:, 1] / p[:, 0]) for p in (each.predict_proba(frame) for each in fold_models)]
    np.testing.assert_allclose(np.mean(logits, axis=0), fitted.decision_function(frame), atol=1e-9)
    assert np.std(logits, axis=0).min() > 0


def test_shuffled_labels_give_an_auc_of_a_half_and_no_confidence() -> None:
    """Nothing of a row's own label reaches its judgement, not even by the statistics of a column of many categories."""
    draw = np.random.default_rng(3)
    frame = polars.DataFrame({"who": [f"n{k}" for k in draw.integers(0, 150, 600)], "x": draw.normal(size=600)})
    y = draw.permutation(np.arange(600) % 2)
    probability = cross_val_predict(
        sx.SeparatrixClassifier(random_state=0), frame.to_pandas(), y, method="predict_proba"
    )
    found = scored(y, probability[:, 1])
    low, high = wilson(int(600 * roc_auc_score(found.y, found.probability)), 600)
    assert low < 0.5 < high
    assert log_loss(y, probability) < np.log(2) + 0.02


def test_on_a_table_that_is_linear_it_is_as_good_as_a_logistic_regression() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(1_000, 6))
    y = (x @ draw.normal(size=6) + draw.logistic(size=1_000) > 0).astype(int)
    train, test = slice(0, 300), slice(300, None)
    ours = sx.SeparatrixClassifier(random_state=0).fit(x[train], y[train]).predict_proba(x[test])
    rival = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[train], y[train]).predict_proba(x[test])
    assert log_loss(y[test], ours) < log_loss(y[test], rival) + 0.01


def test_on_a_real_table_it_is_as_good_as_a_logistic_regression() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    train, test, y_train, y_test = train_test_split(x, y, random_state=0, stratify=y)
    ours = sx.SeparatrixClassifier(random_state=0).fit(train, y_train).predict_proba(test)
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, y_train).predict_proba(test)
    assert log_loss(y_test, ours) < log_loss(y_test, plain) + 0.02  # a row in 143 misplaced costs as much
    assert roc_auc_score(y_test, ours[:, 1]) > 0.99


@pytest.mark.parametrize("rare", [1, 2, 3])
def test_faults_17_a_class_of_very_few_rows(rare: int) -> None:
    y = np.array(["no"] * 30 + ["yes"] * rare)
    x = np.random.default_rng(0).normal(size=(len(y), 3)) + 3 * (y == "yes")[:, None]
    clf = sx.SeparatrixClassifier(random_state=0).fit(x, y)
    assert np.isfinite(clf.predict_proba(x)).all()
    assert np.isnan(clf.log_loss_) == (rare == 1)
    assert clf.predict_proba(x)[y == "yes", 1].mean() > clf.predict_proba(x)[y == "no", 1].mean()


def test_faults_12_constant_and_missing_columns() -> None:
    x = np.column_stack([X, np.full(len(X), 7.0), np.full(len(X), np.nan)])
    with pytest.warns(UserWarning, match="no row has a value in column 'x3'"):
        clf = sx.SeparatrixClassifier(random_state=0).fit(x, Y)
    asked = x.copy()
    asked[:, 2:] = 1e300
    assert np.isfinite(clf.predict_proba(asked)).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e200])
def test_faults_11_magnitudes_do_not_matter(scale: float) -> None:
    plain = sx.SeparatrixClassifier(random_state=0).fit(X, Y).predict_proba(X)
    found = sx.SeparatrixClassifier(random_state=0).fit(X * scale, Y).predict_proba(X * scale)
    assert np.abs(found - plain).mean() < 0.02  # the order of rows, and so every draw, is another


def test_faults_15_16_labels() -> None:
    with pytest.raises(ValueError, match="class"):
        sx.SeparatrixClassifier().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        sx.SeparatrixClassifier().fit(X, np.arange(len(X)) % 3)
    for low, high in ((-1, 1), (1, 2), (False, True), ("a", "b")):
        y = np.where(MOONS.y == 1, high, low)
        clf = sx.SeparatrixClassifier(random_state=0, n_members=1).fit(X, y)
        assert clf.classes_.tolist() == [low, high]
        assert set(clf.predict(X).tolist()) == {low, high}


def test_it_is_cloned_pickled_and_cross_validated_with_weights() -> None:
    import sklearn

    clf = sx.SeparatrixClassifier(n_members=2, random_state=0)
    again = pickle.loads(pickle.dumps(clone(clf).fit(X, Y)))
    assert again.predict_proba(X).tobytes() == clf.fit(X, Y).predict_proba(X).tobytes()
    with sklearn.config_context(enable_metadata_routing=True):
        routed = clf.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        scores = cross_validate(routed, X, Y, cv=2, params={"sample_weight": np.ones(len(Y))})
    assert scores["test_score"].mean() > 0.8


def test_nothing_of_the_training_rows_stays_in_it(fitted: sx.SeparatrixClassifier) -> None:
    def arrays(value: object) -> list[np.ndarray]:
        if isinstance(value, np.ndarray):
            return [value]
        parts = (
            value.values()
            if isinstance(value, dict)
            else value
            if isinstance(value, list | tuple)
            else vars(value).values()
            if hasattr(value, "__dict__")
            else ()
        )
        return [array for part in parts for array in arrays(part)]

    # labels and out-of-fold logits stay for thresholds and intervals, of which a file keeps at most 10,000
    scores = ("out_of_fold_", "calibration_")
    kept = {name: value for name, value in vars(fitted).items() if name not in scores}
    assert all(240 not in array.shape for array in arrays(kept))
    assert fitted.out_of_fold_.logit.shape == (240,)


def test_verbose_prints_each_base_model(capsys: pytest.CaptureFixture[str]) -> None:
    sx.SeparatrixClassifier(n_members=2, random_state=0, verbose=2).fit(X, Y)
    told = capsys.readouterr().out
    for name in BASE_MODELS:
        assert f"{name}: 2 networks 2-" in told or f"{name}: 2 networks" in told
        assert f"{name}: network 2 of 2" in told


def test_no_warning_comes_of_ordinary_use() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sx.SeparatrixClassifier(random_state=0, n_members=2).fit(*mixed()).predict(mixed()[0])
