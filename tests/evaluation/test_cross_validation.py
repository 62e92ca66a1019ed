"""Measures with intervals: scikit-learn's numbers, and intervals that cover what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.cross_validation import (
    LOGISTIC,
    MEASURES,
    NETWORK,
    Evaluation,
    gain,
    judged,
    majority,
    verdict,
)
from separatrix.evaluation.scores import Scored, placements, scored, variance_of_auc


def drawn(n: int, seed: int, strength: float = 1.0) -> Scored:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % 3 == 0).astype(int)
    return scored(y, expit(rng.normal(size=n) + strength * (2 * y - 1)))


def test_the_four_measures_are_scikit_learns() -> None:
    rows = drawn(300, 0)
    found = judged("mine", rows, threshold=0.4).measures
    assert tuple(found) == MEASURES
    assert found["AUC"].value == pytest.approx(metrics.roc_auc_score(rows.y, rows.probability))
    assert found["log loss"].value == pytest.approx(metrics.log_loss(rows.y, rows.probability))
    assert found["Brier score"].value == pytest.approx(metrics.brier_score_loss(rows.y, rows.probability))
    assert found["accuracy"].value == metrics.accuracy_score(rows.y, rows.probability >= 0.4)
    assert all(each.low < each.value < each.high for each in found.values())


def test_the_variance_of_an_auc_is_delongs_written_out() -> None:
    rows = drawn(60, 3)
    ones, zeros = rows.probability[rows.y == 1], rows.probability[rows.y == 0]
    kernel = (ones[:, None] > zeros[None]) + 0.5 * (ones[:, None] == zeros[None])  # DeLong et al. 1988, equation 2
    expected = kernel.mean(1).var(ddof=1) / len(ones) + kernel.mean(0).var(ddof=1) / len(zeros)
    placement, (auc,) = placements(rows.probability[None], rows.y)
    assert auc == pytest.approx(kernel.mean())
    assert variance_of_auc(placement[0], rows.y) == pytest.approx(expected)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = {name: each.value for name, each in judged("all", drawn(300_000, 1)).measures.items()}
    hits = dict.fromkeys(MEASURES, 0)
    for seed in range(400):
        for name, each in judged("few", drawn(120, seed + 2)).measures.items():
            hits[name] += each.low <= truth[name] <= each.high
    assert all(0.92 <= count / 400 <= 0.98 for count in hits.values()), hits


def test_perfect_order_is_not_taken_for_certainty() -> None:
    found = judged("lucky", scored([0] * 5 + [1] * 5, np.arange(10) / 10)).measures["AUC"]
    assert found.value == 1.0
    assert 0.4 < found.low < 0.7
    assert found.high == 1.0


def test_one_row_of_a_class_tells_next_to_nothing() -> None:
    p = np.append(np.arange(5_000) / 6_000, 0.8)
    found = judged("one", scored(np.append(np.zeros(5_000, int), 1), p)).measures["AUC"]
    assert 0.9 < found.value < 1.0
    assert found.low < 0.1


def test_no_order_at_all_is_one_half_for_certain() -> None:
    found = majority(np.array([0, 0, 0, 1]), np.array([0, 1] * 10)).measures
    assert (found["AUC"].value, found["AUC"].low, found["AUC"].high) == (0.5, 0.5, 0.5)
    assert found["Brier score"].value == pytest.approx(0.5 * (0.25**2 + 0.75**2))


def test_the_gain_over_another_model_is_paired() -> None:
    rows = drawn(200, 4)
    rng = np.random.default_rng(0)
    close = Scored(rows.y, np.clip(rows.probability + rng.normal(0, 0.01, 200), 0, 1))
    other = drawn(200, 4, strength=0.8)
    near, far = (gain(judged("a", rows), judged("b", each)) for each in (close, other))
    assert near.high - near.low < 0.02
    assert (
        abs(
            near.value
            - (metrics.roc_auc_score(rows.y, rows.probability) - metrics.roc_auc_score(rows.y, close.probability))
        )
        < 1e-12
    )
    assert far.low < far.value < far.high
    with pytest.raises(InvalidData, match="same rows"):
        gain(judged("a", rows), judged("b", drawn(200, 5)))


def test_the_verdict_says_what_the_interval_allows() -> None:
    strong, weak, alike = drawn(600, 1, 2.0), drawn(600, 1, 0.5), drawn(600, 1, 2.0)
    said = {
        name: verdict(Evaluation("", judged(NETWORK, network), (judged(LOGISTIC, simple),)))
        for name, network, simple in (("yes", strong, weak), ("no", weak, strong), ("same", strong, alike))
    }
    assert said["yes"].startswith("The network is worth it")
    assert said["no"].startswith("Take a logistic regression")
    assert "don't differ significantly" in said["same"]
    assert "both have the same AUC" in said["same"]
    assert verdict(Evaluation("", judged(NETWORK, strong))) == ""


def test_where_ranks_are_equal_the_probabilities_decide() -> None:
    y = np.array([0, 1] * 100)
    sure, unsure = judged(NETWORK, scored(y, 0.01 + 0.98 * y)), judged(LOGISTIC, scored(y, 0.4 + 0.2 * y))
    assert "its probabilities are better: log loss lower by 0.5" in verdict(Evaluation("", sure, (unsure,)))
    swapped = Evaluation("", judged(NETWORK, unsure.rows), (judged(LOGISTIC, sure.rows),))
    assert "probabilities are worse" in verdict(swapped)


def test_the_table_has_a_row_a_measure_and_a_column_a_model() -> None:
    rows = drawn(50, 0)
    heads, lines = Evaluation("50 rows", judged(NETWORK, rows), (majority(rows.y, rows.y),)).table()
    assert heads == ["50 rows", "network", "majority class"]
    assert [line[0] for line in lines] == list(MEASURES)
    assert {len(line) for line in lines} == {3}


def test_fault_19_settings_out_of_range_are_named() -> None:
    rows = drawn(30, 0)
    with pytest.raises(InvalidParameter, match="threshold must be"):
        judged("mine", rows, threshold=2)
