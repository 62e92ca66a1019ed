"""MLPBinaryClassifier among scikit-learn's tools: pipelines, searches, calibration, routing, pickling, inspection."""

import pickle

import cloudpickle
import joblib
import matplotlib
import numpy as np
import pandas
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # what the import of the search needs
from sklearn.inspection import DecisionBoundaryDisplay, PartialDependenceDisplay, permutation_importance
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from separatrix.data.samplers import moons
from separatrix.estimators.classifier import MLPBinaryClassifier

POINTS = moons(n=160, noise=0.15, seed=1)
X, Y = POINTS.x.astype(np.float64), np.where(POINTS.y == 1, "up", "down")


def small(**settings) -> MLPBinaryClassifier:
    return MLPBinaryClassifier((64,), **{"max_iter": 60, "learning_rate_init": 0.02, "random_state": 0} | settings)


@pytest.fixture(scope="module")
def fitted() -> MLPBinaryClassifier:
    return small().fit(X, Y)


def test_a_pipeline_scales_and_trains():
    assert make_pipeline(StandardScaler(), small(encoder=None)).fit(X, Y).score(X, Y) > 0.9


def test_a_column_transformer_comes_before_it():
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": np.where(X[:, 0] > 0, "right", "left")})
    before = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["a", "b"]),
            ("text", OneHotEncoder(), make_column_selector(dtype_exclude=float)),
        ]
    )
    assert make_pipeline(before, small()).fit(frame, Y).score(frame, Y) > 0.9


def test_a_grid_search_over_processes_finds_the_better_setting():
    grid = {"hidden_layer_sizes": [(), (16,)], "learning_rate_init": [0.05]}
    search = GridSearchCV(small(max_iter=100), grid, cv=2, n_jobs=2).fit(X, Y)
    assert search.best_params_["hidden_layer_sizes"] == (16,)


def test_a_halving_search_lets_training_rows_grow():
    search = HalvingRandomSearchCV(
        small(), {"alpha": [1e-4, 1e-3, 1e-2, 1e-1]}, n_candidates=4, cv=2, random_state=0
    ).fit(X, Y)
    assert search.score(X, Y) > 0.8


def test_a_halving_search_over_epochs():
    search = HalvingRandomSearchCV(
        small(), {"alpha": [1e-4, 1e-3, 1e-2]}, n_candidates=3, resource="max_iter", min_resources=20, max_resources=60, cv=2,
        random_state=0,
    ).fit(X, Y)  # fmt: skip  # one call
    assert search.best_estimator_.n_iter_ <= 60


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_its_probabilities_can_be_calibrated(method):
    calibrated = CalibratedClassifierCV(small(), method=method, cv=2).fit(X, Y)
    assert calibrated.predict_proba(X).shape == (160, 2)


def test_its_threshold_can_be_tuned():
    tuned = TunedThresholdClassifierCV(small(), scoring="balanced_accuracy", cv=2).fit(X, Y)
    assert 0 < tuned.best_threshold_ < 1


def test_sample_weights_are_routed_through_cross_validation():
    weight = np.where(Y == "up", 5.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        asking = small().set_fit_request(sample_weight=True)
        routed = cross_validate(
            asking, X, Y, cv=2, params={"sample_weight": weight}, scoring=scorer, return_estimator=True
        )
        refusing = small().set_fit_request(sample_weight=False)
        plain = cross_validate(
            refusing, X, Y, cv=2, params={"sample_weight": weight}, scoring=scorer, return_estimator=True
        )
    first, second = routed["estimator"][0], plain["estimator"][0]
    assert not np.array_equal(first.parameters_, second.parameters_)


def test_a_validation_set_can_be_routed_too():
    with sklearn.config_context(enable_metadata_routing=True):
        step = small().set_fit_request(X_val=True, y_val=True)
        assert (
            make_pipeline(StandardScaler(), step, transform_input=["X_val"]).fit(X, Y, X_val=X, y_val=Y).score(X, Y)
            > 0.9
        )


def test_its_tags_say_what_it_takes():
    tags = get_tags(MLPBinaryClassifier(encoder=None))
    taken = [name for name in ("allow_nan", "categorical", "string", "sparse") if getattr(tags.input_tags, name)]
    assert taken == ["sparse"]
    assert not tags.classifier_tags.multi_class


def test_a_clone_is_unfitted_and_trains_alike(fitted):
    cloned = clone(fitted)
    assert not hasattr(cloned, "classes_")
    assert np.array_equal(cloned.fit(X, Y).parameters_, fitted.parameters_)


@pytest.mark.parametrize("by", [pickle, cloudpickle], ids=["pickle", "cloudpickle"])
def test_a_pickle_predicts_the_same(fitted, by):
    assert np.array_equal(by.loads(by.dumps(fitted)).predict_proba(X), fitted.predict_proba(X))


def test_a_file_of_joblib_predicts_the_same_from_read_only_memory(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    read = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert np.array_equal(read.predict_proba(X), fitted.predict_proba(X))
    assert len(read.partial_fit(X, Y).log_) == len(fitted.log_) + 1


def test_processes_of_loky_train_the_same(fitted):
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(small().fit)(X, Y) for _ in range(2))
    assert all(np.array_equal(each.parameters_, fitted.parameters_) for each in found)


def test_threads_share_a_fitted_estimator(fitted):
    found = joblib.Parallel(n_jobs=4, backend="threading")(joblib.delayed(fitted.predict)(X) for _ in range(8))
    assert all(np.array_equal(each, found[0]) for each in found)


def test_scikit_learn_draws_its_boundary(fitted):
    drawn = DecisionBoundaryDisplay.from_estimator(fitted, X, response_method="predict_proba", grid_resolution=20)
    assert drawn.response.shape == (20, 20)
    matplotlib.pyplot.close("all")


def test_scikit_learn_permutes_its_columns(fitted):
    found = permutation_importance(fitted, X, Y, n_repeats=3, random_state=0)
    assert (found.importances_mean > 0).all()


def test_scikit_learn_draws_its_partial_dependence(fitted):
    drawn = PartialDependenceDisplay.from_estimator(fitted, X, [0, (0, 1)], grid_resolution=5)
    assert drawn.pd_results[0].average.shape == (1, 5)
    matplotlib.pyplot.close("all")


def test_scores_of_text_labels(fitted):
    assert (cross_val_score(small(), X, Y == "up", scoring="roc_auc", cv=2) > 0.9).all()
