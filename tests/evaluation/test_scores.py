"""Curves and counts of probabilities: the same numbers as scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.scores import (
    Scored,
    compute_calibration,
    compute_confusion,
    compute_precision_recall,
    compute_roc,
    compute_thresholds,
    scored,
)


@pytest.fixture(params=["smooth", "ties", "few", "perfect", "reversed"])
def rows(request: pytest.FixtureRequest) -> Scored:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    p = 1 / (1 + np.exp(-(2 * y - 1 + rng.normal(size=400))))
    made = {
        "smooth": (y, p),
        "ties": (y, p.round(1)),
        "few": (np.array([0, 1, 1]), np.array([0.5, 0.5, 0.9])),
        "perfect": (y, y * 1.0),
        "reversed": (y, 1.0 - y),
    }
    return scored(*made[request.param])


def test_the_roc_curve_and_its_area_are_scikit_learns(rows: Scored) -> None:
    found = compute_roc(rows)
    x, y, _ = metrics.roc_curve(rows.y, rows.probability, drop_intermediate=False)
    np.testing.assert_allclose(found.false_positive_rate, x)
    np.testing.assert_allclose(found.true_positive_rate, y)
    assert found.auc == pytest.approx(metrics.roc_auc_score(rows.y, rows.probability), abs=1e-12)


def test_precision_and_recall_are_scikit_learns(rows: Scored) -> None:
    found = compute_precision_recall(rows)
    precision, recall, threshold = metrics.precision_recall_curve(rows.y, rows.probability)
    np.testing.assert_allclose(found.precision[::-1], precision[:-1])  # scikit-learn's last point is no threshold
    np.testing.assert_allclose(found.recall[::-1], recall[:-1])
    np.testing.assert_allclose(found.threshold[::-1], threshold)
    assert found.average_precision == pytest.approx(metrics.average_precision_score(rows.y, rows.probability))
    assert found.share == rows.y.mean()


def test_rates_at_a_threshold_are_scikit_learns(rows: Scored) -> None:
    found = compute_thresholds(rows, nodes=21)
    for k, threshold in enumerate(found.threshold):
        taken = rows.probability >= threshold
        assert found.accuracy[k] == pytest.approx(metrics.accuracy_score(rows.y, taken))
        assert found.recall[k] == pytest.approx(metrics.recall_score(rows.y, taken))
        assert found.f1[k] == pytest.approx(metrics.f1_score(rows.y, taken, zero_division=0))
        assert found.taken[k] == pytest.approx(taken.mean())
        if taken.any():
            assert found.precision[k] == pytest.approx(metrics.precision_score(rows.y, taken))
        else:
            assert np.isnan(found.precision[k])


def test_no_threshold_is_better_than_the_best(rows: Scored) -> None:
    found = compute_thresholds(rows)
    for best, score in ((found.best_f1, metrics.f1_score), (found.best_accuracy, metrics.accuracy_score)):
        reached = score(rows.y, rows.probability >= best)
        assert reached >= max(score(rows.y, rows.probability >= t) for t in np.linspace(0, 1, 50)) - 1e-12


def test_counts_at_a_threshold_are_scikit_learns(rows: Scored) -> None:
    for threshold in (0.0, 0.3, 0.5, 1.0):
        expected = metrics.confusion_matrix(rows.y, rows.probability >= threshold, labels=[0, 1])
        np.testing.assert_array_equal(compute_confusion(rows, threshold).counts, expected)


def test_calibration_bins_are_scikit_learns(rows: Scored) -> None:
    found = compute_calibration(rows)
    observed, predicted = calibration_curve(rows.y, rows.probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(found.observed, observed)
    np.testing.assert_allclose(found.predicted, predicted)
    assert found.counts.sum() == found.histogram.sum() == len(rows)
    assert found.brier == pytest.approx(metrics.brier_score_loss(rows.y, rows.probability))
    assert found.log_loss == pytest.approx(metrics.log_loss(rows.y, rows.probability))


def test_intervals_of_calibration_hold_the_share_and_shrink_with_more_rows() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    y = (rng.random(20_000) < p).astype(int)
    few, many = compute_calibration(scored(y[:200], p[:200])), compute_calibration(scored(y, p))
    for found in (few, many):
        assert ((found.low <= found.observed) & (found.observed <= found.high)).all()
    assert (many.high - many.low).max() < (few.high - few.low).min()
    assert ((many.low <= many.predicted) & (many.predicted <= many.high)).mean() >= 0.8  # drawn from p itself


@pytest.mark.parametrize(
    ("y", "p", "words"),
    [
        ([0, 1], [0.5], "one for each row"),
        ([0, 1], [[0.5, 0.5], [0.1, 0.9]], "give the second"),
        (["no", "yes"], [0.1, 0.9], "y == positive"),
        ([-1, 1], [0.1, 0.9], "y == positive"),
        ([1, 1], [0.1, 0.9], "both classes"),
        ([], [], "both classes"),
        ([0, 1], [0.1, np.nan], "NaN"),
        ([0, 1], [-3.0, 2.0], "logits"),
    ],
)
def test_what_is_no_label_or_probability_is_an_error_that_says_so(y: object, p: object, words: str) -> None:
    with pytest.raises(InvalidData, match=words):
        scored(y, p)


def test_fault_19_settings_out_of_range_are_named() -> None:
    rows = scored([0, 1], [0.2, 0.8])
    with pytest.raises(InvalidParameter, match="threshold must be"):
        compute_confusion(rows, 1.5)
    with pytest.raises(InvalidParameter, match="bins must be"):
        compute_calibration(rows, 0)
    with pytest.raises(InvalidParameter, match="nodes must be"):
        compute_thresholds(rows, True)
