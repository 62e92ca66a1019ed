"""The whole job on a table: test rows stay unseen, both classes can be the positive one, and it can be ended."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from separatrix.data.table import Table
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.ensemble import SeparatrixClassifier
from separatrix.reports.table_fit import TableFit, fit_table, judge_table

QUICK = {"max_iter": 30, "hidden_layer_sizes": (8,), "learning_rate_init": 0.03}


def table(n: int = 240, seed: int = 0, labels: tuple[object, object] = ("no", "yes")) -> Table:
    rng = np.random.default_rng(seed)
    x, word = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    truth = x + (word == "a") + rng.normal(size=n) > 0.3
    frame = pl.DataFrame({"x": x, "word": word, "bought": [labels[int(each)] for each in truth]})
    return Table.from_frame(frame, "bought")


@pytest.fixture(scope="module")
def found() -> TableFit:
    return fit_table(table(), settings=QUICK, folds=3)


def test_both_judgements_hold_network_logistic_regression_and_majority(found: TableFit) -> None:
    for each in (found.test, found.cross_validation):
        assert [each.network.name, *(other.name for other in each.baselines)] == [
            "network",
            "logistic regression",
            "majority class",
        ]
        assert each.network.measures["AUC"].value > 0.6
        assert each.baselines[0].measures["AUC"].value > 0.7
    assert len(found.members) == 3
    assert found.complete


def test_rows_held_out_are_in_no_training(found: TableFit) -> None:
    assert len(found.test.network.rows) == len(found.test_rows) == 48
    assert len(found.cross_validation.network.rows) == len(found.train_rows) == 192
    assert not set(found.train_rows) & set(found.test_rows)
    again = found.classifier.predict_proba(found.table.frame[found.test_rows])[:, 1]
    np.testing.assert_array_equal(found.test.network.rows.probability, again)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(found: TableFit) -> None:
    same, other = (fit_table(table(), settings=QUICK, folds=0, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(same.test.network.rows.probability, found.test.network.rows.probability)
    assert set(other.test_rows) != set(found.test_rows)


@pytest.mark.parametrize("labels", [("no", "yes"), (0, 1), (False, True), (2.0, 1.0)])
def test_either_class_can_be_the_positive_one(labels: tuple[object, object]) -> None:
    given = table(labels=labels)
    label = given.labels[int(np.argmax((given.labels == given.labels.min()).to_numpy()))]
    first = fit_table(given, settings=QUICK, folds=0, positive=label)
    last = fit_table(given, settings=QUICK, folds=0)
    assert (first.positive, last.positive) == (0, 1)
    assert first.classes == last.classes[::-1]
    for each in (first, last):
        assert each.test.network.measures["AUC"].value > 0.6  # not upside down
    assert first.test.network.measures["AUC"].value == pytest.approx(last.test.network.measures["AUC"].value, abs=0.2)


def test_nothing_needs_to_be_held_out() -> None:
    found = fit_table(table(), settings=QUICK, folds=2, test_fraction=0)
    assert found.test is None
    assert len(found.train_rows) == 240
    assert len(found.cross_validation.network.rows) == 240


def test_an_ensembles_cross_validation_is_the_same_on_one_core_and_on_all() -> None:
    one, every = (
        fit_table(table(120), classifier=SeparatrixClassifier(n_members=2, n_jobs=jobs), test_fraction=0, folds=2)
        for jobs in (1, -1)
    )
    np.testing.assert_array_equal(
        one.cross_validation.network.rows.probability, every.cross_validation.network.rows.probability
    )


def test_widths_are_checked_against_the_table() -> None:
    with pytest.raises(InvalidParameter, match=r"has 30 inputs; the network \d+-8-1 fits"):
        fit_table(table(), network="30-8-1", settings={"max_iter": 2}, folds=0)
    with pytest.raises(InvalidParameter, match="not both"):
        fit_table(table(), network="4-8-1", settings=QUICK)


def test_a_loss_of_two_outputs_gets_them() -> None:
    found = fit_table(table(), settings=QUICK | {"loss": "cross_entropy"}, folds=0)
    assert found.classifier.network_.widths[-1] == 2


def test_steps_are_told_and_counted() -> None:
    told: list[tuple[str, int, int]] = []
    fit_table(table(), settings=QUICK, folds=2, on_step=lambda *step: told.append(step))
    assert [each[0] for each in told] == [
        "training",
        "evaluation on the test rows",
        *(f"cross-validation, fold {k} of 2" for k in (1, 2)),
        "training on all rows",
    ]
    assert [each[1:] for each in told] == [(k, 5) for k in range(5)]


def after(calls: int) -> Callable[[], bool]:
    """Asks to stop from so many questions on."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > calls

    return stop


def test_fault_26_a_stop_ends_the_training_with_its_epoch_and_begins_no_further_step() -> None:
    found = fit_table(table(), settings=QUICK | {"max_iter": 500}, stop=after(7))
    assert found.classifier.n_iter_ == 8
    assert (found.test, found.cross_validation, found.members) == (None, None, ())
    assert not found.complete
    assert found.classifier.predict(found.table.frame).shape == (240,)


def test_a_stop_in_the_cross_validation_keeps_the_judgement_before(found: TableFit) -> None:
    begun: list[str] = []
    cut = fit_table(
        table(), settings=QUICK, folds=3, on_step=lambda *step: begun.append(step[0]), stop=lambda: len(begun) > 2
    )
    assert cut.cross_validation is None
    assert not cut.complete
    np.testing.assert_array_equal(cut.test.network.rows.probability, found.test.network.rows.probability)


def test_a_saved_classifier_is_judged_on_new_rows(found: TableFit) -> None:
    new = judge_table(found.classifier, table(seed=9))
    assert new.test.network.measures["AUC"].value > 0.6
    assert len(new.test_rows) == 240
    flipped = judge_table(found.classifier, table(seed=9), positive="no")
    assert flipped.test.network.measures["AUC"].value == pytest.approx(new.test.network.measures["AUC"].value)


def test_fault_14_columns_may_come_in_another_order_but_not_be_missing(found: TableFit) -> None:
    new = table(seed=9)
    turned = Table.from_frame(new.frame.select("word", "x").with_columns(new.labels.alias("bought")), "bought")
    same = judge_table(found.classifier, turned).test.network.rows.probability
    np.testing.assert_array_equal(same, judge_table(found.classifier, new).test.network.rows.probability)
    with pytest.raises(InvalidData, match="'word'"):
        judge_table(
            found.classifier,
            Table.from_frame(turned.frame.select("x").with_columns(new.labels.alias("bought")), "bought"),
        )


def test_labels_that_the_model_does_not_know_are_named(found: TableFit) -> None:
    with pytest.raises(InvalidData, match="'no' and 'yes', but the labels of the table are 'nein' and 'yes'"):
        judge_table(found.classifier, table(labels=("nein", "yes")))


@pytest.mark.filterwarnings("ignore:a class has a single row")
@pytest.mark.parametrize("folds", [0, 2])
def test_fault_17_a_table_of_few_rows_is_fitted_by_a_single_network_too(folds: int) -> None:
    few = Table.from_frame(pl.DataFrame({"x": np.arange(10.0), "y": ["a", "b"] * 5}), "y")
    found = fit_table(few, settings={"max_iter": 3}, folds=folds)
    assert len(found.test.network.rows) == 2
    assert (found.cross_validation is not None) == bool(folds)


def test_fault_17_what_cannot_be_cross_validated_is_refused_before_the_training() -> None:
    begun: list[str] = []
    rare = Table.from_frame(pl.DataFrame({"x": np.arange(50.0), "y": ["a"] * 48 + ["b"] * 2}), "y")
    with pytest.raises(InvalidData, match=r"two rows of each class, got 1 of one; .*folds=0"):
        fit_table(rare, settings=QUICK, test_fraction=0.2, folds=5, on_step=lambda what, *_: begun.append(what))
    assert begun == []


def test_what_cannot_be_fitted_is_an_error() -> None:
    three = Table.from_frame(pl.DataFrame({"x": [1.0, 2, 3], "y": ["a", "b", "c"]}), "y")
    with pytest.raises(InvalidData, match="two classes is needed, got 3"):
        fit_table(three)
    measured = Table.from_frame(pl.DataFrame({"x": [1.0, 2, 3, 4], "y": [1.5, 2.5, 1.5, 2.5]}), "y")
    with pytest.raises(InvalidData, match="look measured"):
        fit_table(measured)
    with pytest.raises(InvalidData, match="needs a target"):
        fit_table(Table.from_frame(pl.DataFrame({"x": [1.0, 2, 3]})))
    with pytest.raises(InvalidParameter, match="test_fraction must be"):
        fit_table(table(), test_fraction=1.0)


@pytest.mark.parametrize("positive", ["yes", "no"])
def test_costs_that_differ_by_row_decide_each_row_of_the_evaluations(positive: str) -> None:
    # a missed "yes" costs from a twentieth to ten times as much as a needless one, so that thresholds lie on both sides of 0.5
    def missed(frame: pl.DataFrame) -> np.ndarray:
        return np.geomspace(0.05, 10, 26)[np.floor(np.abs(frame["x"].to_numpy()) * 8).clip(0, 25).astype(int)]

    classifier = SeparatrixClassifier(
        n_members=2, random_state=0, costs={"false_positive": 1, "false_negative": missed}
    )
    data = table(160)
    fit = fit_table(data, positive=positive, classifier=classifier, folds=2, model="ensemble", holdout_only=True)
    frame = data.frame[fit.test_rows]
    assert fit.test is not None
    assert fit.cross_validation is not None
    rows, baseline = fit.test.network.rows, fit.test.baselines[0].rows
    assert rows.decided.tolist() == (fit.classifier.predict(frame) == positive).tolist()
    assert (rows.decided != (rows.probability > 0.5)).any()
    assert fit.test.network.measures["accuracy"].value == np.mean(rows.decided == rows.y)
    of_yes = baseline.probability if positive == "yes" else 1 - baseline.probability
    own_threshold = 1 / (1 + missed(frame))
    assert baseline.decided.tolist() == ((of_yes > own_threshold) == (positive == "yes")).tolist()
    for each in (fit.cross_validation.network, fit.cross_validation.baselines[0]):
        assert (each.rows.decided != (each.rows.probability > 0.5)).any()
    assert fit.saved.evaluation_["threshold"] is None
    again = judge_table(fit.classifier, data, positive=positive)
    assert again.test is not None
    assert again.test.network.rows.decided.tolist() == (fit.classifier.predict(data.frame) == positive).tolist()
