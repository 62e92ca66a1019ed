"""Costs, label sets, intervals and undecided rows of both classifiers, also after a model file."""

import numpy as np
import polars
import pytest
from sklearn.base import clone

import separatrix as sx
from separatrix.errors import InvalidData, InvalidParameter, SeparatrixError
from separatrix.evaluation.conformal import label_sets, venn_abers
from separatrix.evaluation.costs import weighted_probability
from separatrix.exports import FORMATS


def table(n, seed):
    """Whether a payment fails: by its size and age, far from certain, a quarter of them."""
    rng = np.random.default_rng(seed)
    amount, age = rng.exponential(100, n).round(2), rng.normal(40, 10, n).round(1)
    logit = -1.6 + 0.01 * (amount - 100) + 0.05 * (age - 40)
    fails = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return polars.DataFrame({"amount": amount, "age": age, "fails": fails})


@pytest.fixture(scope="module")
def fitted():
    costs = {"false_positive": 1, "false_negative": 5}
    return sx.SeparatrixClassifier(n_members=3, random_state=0, costs=costs).fit(table(400, 0), "fails")


@pytest.fixture(scope="module")
def single():
    return sx.MLPBinaryClassifier((4,), max_iter=30, random_state=0).fit(table(400, 0), "fails")


@pytest.fixture(scope="module")
def new():
    return table(1500, 1)


def total_cost(clf, frame, false_positive, false_negative):
    wrong = clf.predict(frame) != frame["fails"].to_numpy()
    is_yes = frame["fails"].to_numpy() == "yes"
    return np.sum(wrong * np.where(is_yes, false_negative, false_positive))


def copied(clf, tmp_path):
    return sx.load(sx.save(clf, tmp_path / "copy.safetensors", force=True))


def test_costs_move_the_threshold_and_errors_cost_less(fitted, new, tmp_path):
    assert 0.05 < fitted.threshold_ < 0.35
    usual = copied(fitted, tmp_path).choose_threshold(metric="accuracy")
    assert usual.costs_ is None
    assert total_cost(fitted, new, 1, 5) < 0.95 * total_cost(usual, new, 1, 5)
    assert np.array_equal(fitted.predict_proba(new), usual.predict_proba(new))


def test_choosing_the_threshold_later_is_choosing_it_in_fit(fitted, tmp_path):
    later = copied(fitted, tmp_path).choose_threshold(metric="f1").choose_threshold(costs=fitted.costs)
    assert (later.threshold_, later.costs_) == (fitted.threshold_, fitted.costs_)


def test_a_loaded_model_gives_the_same_sets_intervals_and_decisions(fitted, new, tmp_path):
    again = copied(fitted, tmp_path)
    assert np.array_equal(again.predict(new), fitted.predict(new))
    assert np.array_equal(again.predict_set(new, 0.2), fitted.predict_set(new, 0.2))
    assert np.array_equal(again.predict_interval(new), fitted.predict_interval(new))
    assert again.unsure_band(0.1) == fitted.unsure_band(0.1)


def test_sets_hold_their_label_as_often_as_promised(fitted, new):
    is_yes = (new["fails"] == "yes").to_numpy().astype(int)
    covered = fitted.predict_set(new, 0.2)[np.arange(len(new)), is_yes]
    for label in (0, 1):  # in each class; the calibration rows are few, and their luck counts too
        assert 0.72 < covered[is_yes == label].mean() < 0.88


def test_intervals_hold_the_probability_near_them(fitted, new):
    interval, p = fitted.predict_interval(new), fitted.predict_proba(new)[:, 1]
    assert (interval[:, 0] <= interval[:, 1]).all()
    assert np.abs(interval.mean(1) - p).mean() < 0.08
    assert np.array_equal(interval, venn_abers(fitted.calibration_, fitted.decision_function(new)))
    assert np.array_equal(fitted.calibration_.logit, fitted.out_of_fold_.logit)


def test_undecided_rows_are_none_and_the_others_are_wrong_less_often(fitted, new):
    band = fitted.unsure_band(0.1)
    labels, truth = fitted.predict_or_abstain(new, 0.1), new["fails"].to_numpy()
    decided = np.array([label is not None for label in labels])
    assert decided.mean() == pytest.approx(band.coverage.value, abs=0.08)
    assert np.mean(labels[decided] != truth[decided]) < 0.15
    assert np.mean(fitted.predict(new) != truth) > 0.2


@pytest.mark.parametrize("cost", ["amount", lambda frame: frame["amount"].to_numpy()], ids=["column", "function"])
def test_costs_of_each_row_give_each_row_a_threshold_of_its_own(cost, new):
    costs = {"false_positive": 20, "false_negative": cost}
    clf = sx.SeparatrixClassifier(n_members=2, random_state=0, costs=costs).fit(table(300, 0), "fails")
    p, amount = clf.predict_proba(new)[:, 1], new["amount"].to_numpy()
    expected = weighted_probability(p, 20, amount) > clf.threshold_
    assert np.array_equal(clf.predict(new) == "yes", expected)
    one_for_all = clone(clf).set_params(costs={"false_positive": 20, "false_negative": 100})
    one_for_all.fit(table(300, 0), "fails")
    assert total_cost(clf, new, 20, amount) < total_cost(one_for_all, new, 20, amount)


def test_costs_in_a_column_that_is_no_feature_are_read_at_prediction_and_kept_in_the_file(single, new, tmp_path):
    costs = {"false_negative": "amount"}
    clf = sx.SeparatrixClassifier(n_members=2, random_state=0, costs=costs)
    clf.fit(table(300, 0), "fails", drop=["amount"])
    assert clf.feature_names_in_.tolist() == ["age"]
    again = copied(clf, tmp_path)
    assert np.array_equal(again.predict(new), clf.predict(new))
    with pytest.raises(InvalidData, match="column 'amount', which X lacks"):
        again.predict(new.select("age"))
    for kind in FORMATS.values():
        with pytest.raises(InvalidData, match="costs that differ by row"):
            kind.write(again, tmp_path / f"model{kind.suffix}")


def test_a_function_as_cost_predicts_but_is_not_saved(tmp_path):
    costs = {"false_negative": lambda frame: frame["amount"].to_numpy()}
    clf = sx.SeparatrixClassifier(n_members=2, random_state=0, costs=costs).fit(table(100, 0), "fails")
    with pytest.raises(InvalidData, match="can't be saved"):
        sx.save(clf, tmp_path / "model.safetensors")


def test_a_single_network_takes_rows_that_were_held_back(single, new, tmp_path):
    with pytest.raises(InvalidData, match="conformalize"):
        single.predict_set(new)
    ready = copied(single, tmp_path).conformalize(table(500, 2), "fails")
    expected = label_sets(ready.calibration_, single.decision_function(new), 0.1)
    assert np.array_equal(ready.predict_set(new), expected)
    ready.choose_threshold(costs={"false_negative": 5})
    again = copied(ready, tmp_path)
    assert again.threshold_ == ready.threshold_ < 0.5
    assert np.array_equal(again.predict(new), ready.predict(new))
    assert np.array_equal(again.predict_interval(new), ready.predict_interval(new))
    assert not np.array_equal(ready.predict(new), single.predict(new))


def test_without_held_back_rows_costs_give_the_threshold_of_right_probabilities(single, tmp_path):
    clf = copied(single, tmp_path).choose_threshold(costs={"false_positive": 1, "false_negative": 3})
    assert clf.threshold_ == pytest.approx(0.25)
    with pytest.raises(InvalidData, match="weren't trained on"):
        clf.choose_threshold(metric="f1")


def test_training_again_forgets_thresholds_and_scores(new):
    clf = sx.MLPBinaryClassifier((2,), max_iter=3, random_state=0).fit(table(50, 0), "fails")
    clf.conformalize(table(50, 1), "fails").choose_threshold(costs={"false_negative": 9})
    clf.fit(table(50, 0), "fails")
    assert (clf.threshold_, clf.costs_, clf.calibration_) == (0.5, None, None)


def test_groups_of_the_training_count_once_each(tmp_path):
    frame = table(240, 3)
    groups = np.repeat(np.arange(60), 4)
    clf = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame, "fails", groups=groups)
    scores = copied(clf, tmp_path).calibration_
    assert np.array_equal(scores.group, clf.calibration_.group)
    weight, units = scores.unit_weights()
    assert units == len(np.unique(clf.out_of_fold_.group)) < len(scores)
    assert weight.sum() == pytest.approx(units)


def test_a_row_counts_once_whatever_its_weight():
    frame, weight = table(120, 4), np.tile([1, 3], 60)
    clf = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame, "fails", weight)
    rows = clf.out_of_fold_.index
    assert clf.calibration_.unit_weights()[1] == len(np.unique(rows)) < len(rows)


@pytest.mark.parametrize(
    ("costs", "words"),
    [({"false_negativ": 2}, "false_negative"), (12, "costs"), ({"false_negative": 0}, "false_negative")],
)
def test_costs_are_checked_before_the_training(costs, words):  # FAULTS 19
    with pytest.raises(InvalidParameter, match=words):
        sx.SeparatrixClassifier(costs=costs).fit(table(50, 0), "fails")


def test_costs_and_a_metric_are_refused_together(fitted):  # FAULTS 49
    with pytest.raises(InvalidParameter, match="pass one"):
        sx.SeparatrixClassifier(costs={"false_negative": 2}, metric="f1").fit(table(50, 0), "fails")
    with pytest.raises(InvalidParameter, match="costs or metric"):
        fitted.choose_threshold()


def test_a_model_file_whose_scores_contradict_each_other_is_refused(fitted, tmp_path):  # FAULTS 30
    from separatrix.estimators._decisions import decision_extras, restore_decisions

    extras = decision_extras(fitted)
    for name, value in (("logit", np.zeros(3)), ("y", np.full(400, 7, np.uint8)), ("group", np.full(400, -1))):
        damaged = {"calibration": extras["calibration"] | {name: value}}
        with pytest.raises(SeparatrixError):
            restore_decisions(sx.SeparatrixClassifier(), 0.5, damaged)
