"""Measures of decisions, calibration and subgroups, against scikit-learn and statsmodels."""

import numpy as np
import polars
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from separatrix.evaluation.decision_measures import calibration_fit, decision_measures, subgroups
from separatrix.evaluation.scores import scored


def rows(n=300, seed=0, slope=1.0):
    rng = np.random.default_rng(seed)
    z = rng.normal(-0.5, 1.5, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    return scored(y, 1 / (1 + np.exp(-slope * z)))


def test_values_are_those_of_scikit_learn():
    data = rows()
    measures, predicted = decision_measures(data, 0.4), data.probability >= 0.4
    assert measures["precision"].value == pytest.approx(precision_score(data.y, predicted))
    assert measures["recall"].value == pytest.approx(recall_score(data.y, predicted))
    assert measures["specificity"].value == pytest.approx(recall_score(1 - data.y, ~predicted))
    assert measures["F1"].value == pytest.approx(f1_score(data.y, predicted))


def test_intervals_cover_about_as_often_as_they_say():
    large = rows(200_000, 1)
    truth = {name: each.value for name, each in decision_measures(large).items()}
    hits = dict.fromkeys(truth, 0)
    for seed in range(400):
        for name, each in decision_measures(rows(120, 1000 + seed)).items():
            hits[name] += each.low <= truth[name] <= each.high
    for name, count in hits.items():
        assert 0.9 < count / 400 <= 0.995, name


@pytest.mark.parametrize(("slope", "words"), [(1, "1 is right"), (3, "too extreme"), (0.3, "too cautious")])
def test_the_slope_says_whether_probabilities_are_too_extreme(slope, words):
    data = rows(600, 2, slope)
    found = calibration_fit(data)
    assert words in found.sentence()
    from statsmodels.api import Logit, add_constant

    z = np.log(data.probability / (1 - data.probability))
    fitted = Logit(data.y, add_constant(z)).fit(disp=0)
    assert found.slope.value == pytest.approx(fitted.params[1], rel=1e-5)
    assert found.slope.high - found.slope.value == pytest.approx(1.96 * fitted.bse[1], rel=1e-3)


def test_separated_classes_and_equal_probabilities_have_no_slope():
    y = np.repeat([0, 1], 20)
    for p in (np.where(y == 1, 0.9, 0.1) + np.arange(40) / 1000, np.full(40, 0.5)):
        found = calibration_fit(scored(y, p))
        assert np.isnan(found.slope.value)
        assert found.sentence().endswith(").")


def test_every_row_is_in_one_subgroup():
    data = rows(200, 3)
    town = polars.Series("town", [None, *[f"t{k % 20:02}" for k in range(199)]])
    groups = subgroups(town, data)
    assert sum(group.rows for group in groups) == 200
    assert [group.value for group in groups][-2:] == ["others", "missing"]
    assert groups[-1].judged is None  # one row has one class
    ages = polars.Series("age", [float("nan"), *np.random.default_rng(0).normal(size=199)])
    quarters = subgroups(ages, data)
    assert [group.rows for group in quarters] == pytest.approx([50, 50, 50, 49, 1], abs=1)
    assert quarters[-1].value == "missing"


def test_a_subgroup_has_the_measures_of_its_rows():
    data, town = rows(200, 4), np.repeat(["a", "b"], 100)
    first = subgroups(polars.Series("town", town), data)[0]
    assert first.judged.measures["AUC"].value == pytest.approx(roc_auc_score(data.y[:100], data.probability[:100]))
    assert first.share.value == data.y[:100].mean()
