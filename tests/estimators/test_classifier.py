"""MLPBinaryClassifier itself: what it takes, what it refuses, what it learns, and what it keeps."""

import warnings

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning, NotFittedError

import separatrix as sx
from separatrix.data.samplers import gaussians, moons
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.unseen import UnseenTextsWarning

POINTS = moons(n=120, noise=0.15, seed=1)
X, Y = POINTS.x.astype(np.float64), POINTS.y


def small(**settings) -> MLPBinaryClassifier:
    return MLPBinaryClassifier(
        **{"hidden_layer_sizes": (64,), "max_iter": 30, "learning_rate_init": 0.02, "random_state": 0} | settings
    )


def same(first: MLPBinaryClassifier, second: MLPBinaryClassifier) -> bool:
    return np.array_equal(first.parameters_, second.parameters_)


# What it learns.


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_learns_with_every_engine_output_and_dtype(engine, outputs, dtype):
    clf = small(engine=engine, outputs=outputs, dtype=dtype, max_iter=150).fit(X, Y)
    assert clf.score(X, Y) > 0.9
    assert clf.parameters_.dtype == dtype
    assert clf.predict_proba(X).dtype == np.float64


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits", "mse", "hinge", "focal"])
def test_it_learns_with_every_loss(loss):
    assert small(loss=loss, max_iter=150, encoder=None).fit(X, Y).score(X, Y) > 0.85


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", "lbfgs"])
def test_it_learns_with_every_optimiser(optimizer):
    assert small(optimizer=optimizer, max_iter=150).fit(X, Y).score(X, Y) > 0.8


def test_without_hidden_layers_it_is_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    ours = MLPBinaryClassifier(
        (), alpha=1.0, max_iter=2_000, learning_rate_init=0.5, optimizer="sgd", batch_size=None, n_iter_no_change=None,
        dtype="float64", encoder=None, random_state=0,
    ).fit(X, Y)  # fmt: skip  # one call
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=1_000).fit(X, Y)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-6)


def test_it_is_the_one_loop_with_the_recipe_and_network_that_it_names():
    clf = small(batch_size=None, n_iter_no_change=None, encoder=None).fit(X, Y)
    order = np.argsort(X[:, 0], kind="stable")  # any order: full batches differ by rounding alone
    run = sx.train(clf.network_, clf.run_.recipe, sx.Points(X[order], Y[order]))
    assert run.log.loss == pytest.approx(clf.run_.log.loss, rel=1e-4)


def test_one_seed_gives_one_training():
    assert same(small().fit(X, Y), small().fit(X, Y))
    assert not same(small().fit(X, Y), small(random_state=1).fit(X, Y))
    assert same(*(small(random_state=np.random.RandomState(3)).fit(X, Y) for _ in range(2)))
    assert same(*(small(random_state=np.random.default_rng(3)).fit(X, Y) for _ in range(2)))


def test_the_order_of_the_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(len(X))
    assert same(small(batch_size=16).fit(X, Y), small(batch_size=16).fit(X[order], Y[order]))


def test_the_number_of_threads_does_not_matter():
    assert same(small().fit(X, Y), small(n_jobs=2).fit(X, Y))


def test_a_prediction_does_not_depend_on_the_other_rows():
    clf = small().fit(X, Y)
    alone = np.concatenate([clf.decision_function(X[k : k + 1]) for k in range(len(X))])
    assert clf.decision_function(X) == pytest.approx(alone, rel=1e-12, abs=1e-13)


def test_many_rows_are_predicted_in_blocks_as_few_are():
    clf = small().fit(X, Y)
    many = np.tile(X, (200, 1))
    assert clf.predict_proba(many)[: len(X)] == pytest.approx(clf.predict_proba(X), abs=1e-14)


# Weights.


@pytest.mark.parametrize(
    "settings", [{}, {"batch_size": 8}, {"early_stopping": True}, {"class_weight": "balanced"}], ids=str
)
def test_fault_18_a_whole_weight_is_so_many_copies_and_zero_removes_the_row(settings):
    weight = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = small(**settings).fit(X, Y, weight)
    copied = small(**settings).fit(np.repeat(X, weight, axis=0), np.repeat(Y, weight))
    assert same(weighted, copied)


def test_fault_18_a_broken_weight_of_zero_removes_the_row_exactly():
    weight = np.where(np.arange(len(X)) % 3, 0.7, 0.0)
    weight[1] = 0.9
    assert same(small().fit(X, Y, weight), small().fit(X[weight > 0], Y[weight > 0], weight[weight > 0]))


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.full(120, -1.0), "not negative"),
        (np.full(120, np.nan), "finite"),
        (np.zeros(120), "zero for every row"),
        (np.ones(3), "one number a row"),
        (np.ones((120, 2)), "one number a row"),
        (["heavy"] * 120, "one number a row"),
    ],
    ids=["negative", "nan", "zero", "short", "two columns", "text"],
)
def test_fault_18_weights_that_are_none_are_refused(weight, words):
    with pytest.raises(ValueError, match=words):
        small().fit(X, Y, weight)


def test_fault_18_weights_may_not_remove_a_class():
    with pytest.raises(ValueError, match="one class"):
        small().fit(X, Y, (Y == 1).astype(float))


def test_class_weights_multiply_sample_weights():
    by_class = small(class_weight={0: 2.0, 1: 0.5}).fit(X, Y)
    by_row = small().fit(X, Y, np.where(Y == 1, 0.5, 2.0))
    assert same(by_class, by_row)


def test_balanced_classes_have_equal_weight():
    kept = np.flatnonzero((Y == 0) | (np.arange(len(Y)) % 5 == 0))
    plain, balanced = small().fit(X[kept], Y[kept]), small(class_weight="balanced").fit(X[kept], Y[kept])
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()


def test_a_class_weight_for_a_label_that_is_none_is_refused():
    with pytest.raises(InvalidParameter, match="class_weight: 'yes' isn't one of the classes"):
        small(class_weight={"yes": 2}).fit(X, Y)
    with pytest.raises(InvalidParameter, match="class_weight of 1 must be"):
        small(class_weight={1: -2}).fit(X, Y)


# Stopping.


def test_early_stopping_returns_the_best_parameters_seen():
    clf = small(early_stopping=True, max_iter=400, validation_fraction=0.3, n_iter_no_change=15).fit(X, Y)
    best = int(np.argmin(clf.validation_loss_curve_))
    assert clf.n_iter_ < 400
    assert len(clf.validation_loss_curve_) == len(clf.loss_curve_) == clf.n_iter_
    assert clf.n_iter_ - 1 - best >= 1  # it went on for a while and came back


def test_a_validation_set_of_the_callers_is_watched_instead():
    validation = moons(n=60, noise=0.15, seed=5)
    clf = small(early_stopping=True, max_iter=400).fit(X, Y, X_val=validation.x, y_val=validation.y)
    assert clf.validation_scores_[-1] == pytest.approx(clf.history_["validation_accuracy"][-1])
    curve_only = small().fit(X, Y, X_val=validation.x, y_val=validation.y)
    assert len(curve_only.validation_loss_curve_) == curve_only.n_iter_
    assert same(curve_only, small().fit(X, Y))


def test_a_validation_set_has_weights_too():
    validation = moons(n=6, noise=0.15, seed=5)
    weight = np.array([3, 0, 1, 2, 1, 1])
    first = small().fit(X, Y, X_val=validation.x, y_val=validation.y, sample_weight_val=weight)
    second = small().fit(X, Y, X_val=np.repeat(validation.x, weight, axis=0), y_val=np.repeat(validation.y, weight))
    assert first.validation_loss_curve_ == pytest.approx(second.validation_loss_curve_, rel=1e-6)


def test_a_validation_set_needs_both_halves():
    with pytest.raises(InvalidParameter, match="need X_val"):
        small().fit(X, Y, y_val=Y)
    with pytest.raises(InvalidParameter, match="needs y_val"):
        small().fit(X, Y, X_val=X)


def test_fault_17_a_small_minority_is_on_both_sides_of_the_split():
    y = (np.arange(100) < 3).astype(int)
    x = np.random.default_rng(0).normal(size=(100, 2)) + y[:, None] * 3
    clf = small(early_stopping=True, validation_fraction=0.1).fit(x, y)
    assert not np.isnan(clf.validation_loss_curve_).any()


def test_fault_17_a_single_row_of_a_class_stays_in_training_with_a_warning():
    y = (np.arange(40) < 1).astype(int)
    with pytest.warns(UserWarning, match="a class has a single row"):
        small(early_stopping=True).fit(np.random.default_rng(0).normal(size=(40, 2)), y)


def test_fault_21_a_diverged_training_warns_and_keeps_finite_parameters():
    with pytest.warns(ConvergenceWarning, match="training diverged in epoch"):
        clf = small(optimizer="sgd", learning_rate_init=1e30, encoder=None).fit(X, Y)
    assert clf.run_.status == "diverged"
    assert np.isfinite(clf.predict_proba(X)).all()


def test_fault_22_saturated_outputs_keep_a_finite_loss():
    clf = small(learning_rate_init=50.0, max_iter=20, n_iter_no_change=None).fit(X, Y)
    assert np.isfinite(clf.loss_curve_).all()


# Going on.


def test_a_warm_start_goes_on_from_the_last_parameters():
    clf = small(warm_start=True, max_iter=5).fit(X, Y)
    before = clf.parameters_.copy()
    clf.fit(X, Y)
    assert np.array_equal(clf.run_.initial, before)
    assert clf.n_iter_ == 5
    assert clf.history_["epoch"].to_list() == list(range(1, 11))


def test_a_warm_start_refuses_other_classes_and_other_networks():
    clf = small(warm_start=True).fit(X, Y)
    with pytest.raises(InvalidData, match="warm_start continues with the classes"):
        clf.fit(X, Y + 1)
    with pytest.raises(InvalidParameter, match="set them back"):
        clf.set_params(hidden_layer_sizes=(9,)).fit(X, Y)


def test_partial_fit_does_one_epoch_and_keeps_the_optimisers_memory():
    once = small(max_iter=3, batch_size=None, encoder=None).fit(X, Y)
    step_by_step = small(batch_size=None, encoder=None)
    for _ in range(3):
        step_by_step.partial_fit(X, Y, classes=[0, 1])
    assert same(once, step_by_step)
    assert len(step_by_step.loss_curve_) == 3


def test_partial_fit_takes_batches_of_one_class_and_smaller_than_a_batch():
    clf = small(batch_size=50)
    for label in (0, 1, 0, 1):
        clf.partial_fit(X[label == Y][:20], Y[label == Y][:20], classes=[0, 1])
    assert clf.predict(X).shape == (120,)


def test_partial_fit_needs_the_classes_first_and_the_same_ones_later():
    with pytest.raises(InvalidParameter, match="classes must be passed on the first call"):
        small().partial_fit(X, Y)
    clf = small().partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(InvalidData, match="aren't those of the first call"):
        clf.partial_fit(X, Y, classes=[1, 2])
    with pytest.raises(InvalidData, match="holds the label 7"):
        clf.partial_fit(X, np.full(120, 7))


def test_an_error_leaves_a_fitted_estimator_as_it_was():
    clf = small().fit(X, Y)
    before = clf.predict_proba(X)
    with pytest.raises(InvalidParameter):
        clf.set_params(batch_size=1_000).fit(np.c_[X, X], Y)
    assert np.array_equal(clf.predict_proba(X), before)
    assert clf.n_features_in_ == 2


# What it refuses.


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_fault_11_without_an_encoder_numbers_must_be_finite(bad):
    x = X.copy()
    x[3, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        small(encoder=None).fit(x, Y)
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        small(encoder=None).fit(X, Y).predict(x)


def test_fault_11_a_number_too_large_for_float32_is_refused_with_advice():
    with pytest.raises(InvalidData, match="too large for float32; scale x or set dtype='float64'"):
        small(encoder=None).fit(np.where(X > 0, 1e39, X), Y)


@pytest.mark.parametrize(
    "x",
    [np.asfortranarray(X), X[::-1][::-1], X.astype(object), X.tolist(), pandas.DataFrame(X).to_numpy()],
    ids=["fortran", "strided", "objects", "lists", "pandas"],
)
def test_fault_13_every_layout_of_the_same_numbers_trains_alike(x):
    assert same(small(encoder=None).fit(x, Y), small(encoder=None).fit(X, Y))


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X[:0], "0 sample"),
        (X[:, 0], "Reshape your data|Expected 2D"),
        (X.astype(complex), "Complex data not supported"),
        (X[:, :0], "0 feature"),
    ],
    ids=["no rows", "one axis", "complex", "no columns"],
)
def test_fault_13_what_is_no_table_is_refused_in_scikit_learns_words(x, words):
    with pytest.raises((ValueError, TypeError), match=words):
        small().fit(x, Y[: x.shape[0]])


def test_fault_14_a_wrong_width_at_prediction_is_refused():
    with pytest.raises(ValueError, match="X has 1 features, but MLPBinaryClassifier is expecting 2"):
        small().fit(X, Y).predict(X[:, :1])


def test_fault_14_renamed_or_reordered_columns_are_refused_by_name():
    frame = pandas.DataFrame(X, columns=["left", "right"])
    clf = small().fit(frame, Y)
    with pytest.raises(ValueError, match=r"\['right', 'left'\], in fit they were \['left', 'right'\]"):
        clf.predict(frame[["right", "left"]])
    with pytest.raises(ValueError, match="wrong"):
        clf.predict(frame.rename(columns={"left": "wrong"}))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros(120, int), "one class"),
        (np.arange(120) % 3, "Only binary classification is supported. .* 3 classes"),
        (np.where(Y == 1, np.nan, 0.0), "NaN"),
        (np.where(Y == 1, np.inf, 0.0), "infinity"),
        (np.linspace(0, 1, 120), "Unknown label type: continuous"),
        (np.array(["a", 1] * 60, dtype=object), "mixes text and numbers"),
        (np.array(["a", None] * 60, dtype=object), "60 missing labels .* first in row 1"),
        (np.zeros((120, 2)), "1d array"),
        (Y[:-1], "120 rows and y has 119 labels"),
        (None, "requires y"),
    ],
    ids=["one", "three", "nan", "inf", "continuous", "mixed", "missing", "two columns", "short", "none"],
)
def test_fault_15_labels_that_are_not_two_classes_are_refused(y, words):
    with pytest.raises(ValueError, match=words):
        small().fit(X, y)


@pytest.mark.parametrize(
    "names",
    [("no", "yes"), (False, True), (-1, 1), (1, 2), (0.0, 1.0), ("NA", "None")],
    ids=str,
)
def test_fault_16_labels_of_any_kind_come_back(names):
    y = np.array(names)[Y]
    clf = small(max_iter=150).fit(X, y)
    assert clf.classes_.tolist() == sorted(names)
    assert clf.predict(X).dtype == y.dtype
    assert clf.score(X, y) > 0.85


def test_fault_16_labels_of_frames_come_back():
    for y in (
        pandas.Series(["a", "b"])[Y],
        polars.Series(["a", "b"])[Y],
        pandas.Series(pandas.Categorical.from_codes(Y, ["a", "b"])),
    ):
        assert set(small().fit(X, y).predict(X)) <= {"a", "b"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden_layer_sizes": (4, 0)}, "hidden_layer_sizes must be .* got \\(4, 0\\)"),
        ({"hidden_layer_sizes": True}, "hidden_layer_sizes must be"),
        ({"learning_rate_init": float("nan")}, "learning_rate_init must be None or a finite number"),
        ({"alpha": -1}, "alpha must be a finite number of at least 0"),
        ({"max_iter": 2.5}, "max_iter must be a whole number"),
        ({"activation": "rleu"}, "Did you mean 'relu'"),
        ({"loss": "hing"}, "Did you mean 'hinge'"),
        ({"engine": "fast"}, "engine must be one of auto, fused, torch"),
        ({"batch_size": 121}, "batch_size must be at most 120"),
        ({"batch_size": "all"}, "batch_size must be"),
        ({"outputs": 2, "loss": "hinge"}, "loss='hinge' needs outputs=1"),
        ({"class_weight": "balance"}, "Did you mean 'balanced'"),
        ({"validation_fraction": 1.0}, "validation_fraction must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"warm_start": 1}, "warm_start must be True or False"),
        ({"random_state": -1}, "random_state must be"),
        ({"random_state": 2**64}, "random_state must be"),
        ({"activation": ("relu", "tanh")}, "one for each of the 1 hidden layers"),
    ],
    ids=str,
)
def test_faults_19_and_20_a_setting_out_of_range_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings).fit(X, Y)


def test_fault_19_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match="Invalid parameter 'hiden'"):
        small().set_params(hiden=3)


# What it keeps.


def test_no_training_data_is_stored():
    rng = np.random.default_rng(0)
    clf = small(max_iter=2).fit(rng.normal(size=(5_000, 2)), rng.integers(0, 2, 5_000))
    import pickle

    assert len(pickle.dumps(clf)) < 20_000


def test_before_fit_there_is_nothing_to_see_or_predict_with():
    clf = small()
    for name in ("history_", "loss_curve_", "module_", "coefs_", "loss_", "intercepts_", "validation_scores_"):
        assert not hasattr(clf, name)
    for method in (clf.predict, clf.predict_proba, clf.decision_function):
        with pytest.raises(NotFittedError):
            method(X)


def test_the_history_holds_a_row_an_epoch():
    clf = small(max_iter=7, n_iter_no_change=None).fit(X, Y)
    assert clf.history_["epoch"].to_list() == list(range(1, 8))
    assert clf.history_["loss"].to_list() == clf.loss_curve_
    assert clf.validation_loss_curve_ is None
    assert clf.loss_ == clf.run_.loss


def test_its_module_gives_the_same_probabilities():
    import torch

    clf = small(encoder=None).fit(X, Y)
    with torch.no_grad():
        given = clf.module_(torch.tensor(X, dtype=torch.float32)).numpy()
    assert given[:, 0] == pytest.approx(clf.predict_proba(X)[:, 1], abs=1e-6)


def test_a_column_of_the_frame_can_be_named_as_the_target():
    frame = polars.DataFrame({"a": X[:, 0], "b": X[:, 1], "answer": np.array(["no", "yes"])[Y]})
    named = small(max_iter=100).fit(frame, "answer", X_val=frame)
    assert named.feature_names_in_.tolist() == ["a", "b"]
    assert named.target_name_ == "answer"
    assert named.score(frame, "answer") > 0.9
    assert np.array_equal(named.predict(frame), named.predict(frame.drop("answer")))
    with pytest.raises(InvalidData, match=r"no column 'anser'\. Did you mean 'answer'"):
        small().fit(frame, "anser")
    with pytest.raises(InvalidData, match="X must be a data frame"):
        small().fit(X, "answer")


def test_progress_is_printed_when_asked_for(capsys):
    small(verbose=True, max_iter=100, n_iter_no_change=None).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("Epoch 10 of 100: loss 0.")
    small(verbose=2, max_iter=3, early_stopping=True).fit(X, Y)
    assert "validation loss" in capsys.readouterr().out


def test_what_is_saved_comes_back_with_plain_values():
    frame = pandas.DataFrame(X, columns=["left", "right"])
    clf = (
        small(warm_start=True, max_iter=5)
        .fit(frame, np.where(Y == 1, "yes", "no"))
        .fit(frame, np.where(Y == 1, "yes", "no"))
    )
    back = small(warm_start=True, max_iter=5)
    back._restore(clf._portable(), clf._extras())
    assert np.array_equal(back.predict_proba(frame), clf.predict_proba(frame))
    assert back.history_.equals(clf.history_)
    assert back.classes_.dtype == clf.classes_.dtype
    assert same(back.partial_fit(frame, ["yes", "no"] * 60), clf.partial_fit(frame, ["yes", "no"] * 60))


def test_warnings_are_not_raised_by_an_ordinary_training():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(early_stopping=True, class_weight="balanced", outputs=2).fit(
            gaussians(n=50, seed=0).x, gaussians(n=50, seed=0).y
        )


# Tables.


def mixed(n: int = 200) -> polars.DataFrame:
    rng = np.random.default_rng(0)
    return polars.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 10, n)),
            "paid": rng.random(n) < 0.5,
            "city": rng.choice(["Oslo", "Rome", None], n).tolist(),
            "code": [f"id{k}" for k in rng.integers(0, 40, n)],
            "day": polars.Series(np.datetime64("2024-01-01") + rng.integers(0, 700, n)),
        }
    ).with_columns(polars.col("age").fill_nan(None))


def answer(frame: polars.DataFrame) -> np.ndarray:
    return np.where((frame["city"] == "Rome").fill_null(False).to_numpy() ^ frame["paid"].to_numpy(), "yes", "no")


def test_a_table_of_every_kind_of_column_is_learnt_as_it_is():
    frame = mixed(400)
    clf = small(max_iter=200, hidden_layer_sizes=(16,)).fit(frame, answer(frame))
    other = mixed(600)[400:]
    assert clf.score(other, answer(other)) > 0.9
    kinds = {"age": "number", "paid": "boolean", "city": "category", "code": "category", "day": "date"}
    assert clf._portable().columns == kinds


@pytest.mark.parametrize("other", [polars.DataFrame.to_pandas, polars.DataFrame.to_arrow, polars.DataFrame.lazy])
def test_every_kind_of_frame_trains_and_predicts_alike(other):
    frame = mixed()
    clf = small().fit(frame, answer(frame))
    assert same(clf, small().fit(other(frame), answer(frame)))
    assert np.array_equal(clf.predict_proba(other(frame)), clf.predict_proba(frame))


def test_an_array_and_a_frame_of_the_same_numbers_train_alike():
    for changes in ({}, {"early_stopping": True, "batch_size": 16}):
        clf = small(**changes).fit(X, Y)
        assert same(clf, small(**changes).fit(pandas.DataFrame(X, columns=["a", "b"]), Y))
        assert same(clf, small(**changes).fit(X.tolist(), Y))


def test_fault_14_unseen_and_missing_values_at_prediction_do_no_harm():
    frame = mixed()
    clf = small().fit(frame, answer(frame))
    odd = frame.with_columns(city=polars.lit("Bonn"), code=polars.lit(None, polars.String), age=polars.lit(1e200))
    with pytest.warns(UnseenTextsWarning, match="none of its texts was in training"):
        assert np.isfinite(clf.predict_proba(odd)).all()
    nothing = frame.with_columns(polars.lit(None, kind).alias(name) for name, kind in frame.schema.items())
    assert np.isfinite(clf.predict_proba(nothing)).all()


@pytest.mark.parametrize("size", [1e-310, 1e-30, 1e30, 1e200, 1e307])
def test_fault_11_numbers_of_any_size_are_scaled_in_float64_first(size):
    assert small(max_iter=150).fit(X * size, Y).score(X * size, Y) > 0.85


def test_fault_12_a_constant_column_contributes_nothing_even_where_it_varies_later():
    widened = np.c_[X, np.full(len(X), 7.0)]
    clf = small().fit(widened, Y)
    other = widened.copy()
    other[:, 2] = np.linspace(-1e6, 1e6, len(X))
    assert np.array_equal(clf.predict_proba(widened), clf.predict_proba(other))


def test_fault_12_a_column_without_values_is_kept_with_a_warning():
    with pytest.warns(UserWarning, match="no row has a value in column 'x2'"):
        clf = small().fit(np.c_[X, np.full(len(X), np.nan)], Y)
    assert clf.n_features_in_ == 3


def test_missing_numbers_are_learnt_from():
    x = np.random.default_rng(0).normal(size=(200, 1))
    missing = np.arange(200) % 3 == 0
    x[missing] = np.nan
    assert small(max_iter=200).fit(x, missing).score(x, missing) == 1.0


def test_fault_11_infinity_is_refused_with_an_encoder_too():
    with pytest.raises(ValueError, match="infinity"):
        small().fit(np.where(X > 1, np.inf, X), Y)
    with pytest.raises(ValueError, match="infin"):
        small().fit(X, Y).predict(np.where(X > 1, np.inf, X))


def test_the_encoder_is_fitted_to_training_rows_alone():
    validation = X + 1_000
    alone, watched = small().fit(X, Y), small().fit(X, Y, X_val=validation, y_val=Y)
    assert alone.encoding_.columns[0].centre == watched.encoding_.columns[0].centre


def test_an_encoder_of_the_users_is_cloned_and_left_unfitted():
    own = TableEncoder("quantile", pieces=5)
    clf = small(encoder=own).fit(X, Y)
    assert not hasattr(own, "encoding_")
    assert clf.encoding_.columns[0].method == "quantile"
    assert clf.get_params()["encoder__pieces"] == 5


def test_partial_fit_keeps_the_encoding_of_the_first_call():
    frame = mixed()
    clf = small().partial_fit(frame[:100], answer(frame[:100]), classes=["no", "yes"])
    before = clf.encoding_
    assert clf.partial_fit(frame[100:], answer(frame[100:])).encoding_ is before


TABLES = st.fixed_dictionaries(
    {
        "number": st.lists(st.none() | st.floats(-1e300, 1e300), min_size=8, max_size=8),
        "flag": st.lists(st.none() | st.booleans(), min_size=8, max_size=8),
        "text": st.lists(st.none() | st.text(max_size=3), min_size=8, max_size=8),
        "day": st.lists(st.none() | st.datetimes(), min_size=8, max_size=8),
    }
)
TYPES = {"number": polars.Float64, "flag": polars.Boolean, "text": polars.String, "day": polars.Datetime("us")}


@given(TABLES, st.permutations([0, 1, 0, 1, 0, 1, 0, 1]), st.booleans())
@settings(max_examples=25)
@pytest.mark.filterwarnings("ignore:no row has a value", "ignore:column .* in training")
def test_whatever_a_table_holds_it_is_learnt_and_predicted(data, y, stopping):
    frame = polars.DataFrame(data, schema=TYPES)
    clf = small(max_iter=2, early_stopping=stopping, encoder=TableEncoder(max_one_hot=2)).fit(frame, y)
    found = clf.predict_proba(frame)
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(clf._portable().predict_proba(frame), found)
    odd = frame.with_columns(number=polars.lit(-1e308), text=polars.lit("never seen"))
    assert np.isfinite(clf.predict_proba(odd)).all()
