"""Conformal label sets and Venn-Abers intervals: coverage over many draws, and second opinions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.isotonic import IsotonicRegression

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.conformal import (
    CalibrationScores,
    calibration_scores,
    label_p_values,
    label_sets,
    venn_abers,
)


def draw(rng, n, share=0.3):
    """Logits that tell the classes apart only in part, and are too confident by a factor of 3."""
    y = (rng.random(n) < share).astype(int)
    return 3 * rng.normal(2 * y - 1.6, 1.5), y


def missed(sets, y):
    return ~sets[np.arange(len(y)), y]


@pytest.mark.parametrize("by_class", [True, False])
@pytest.mark.parametrize("n", [20, 200])
def test_the_share_of_sets_without_their_label_is_alpha_over_many_draws(by_class, n):
    rng, misses, rows = np.random.default_rng(0), np.zeros(2), np.zeros(2)
    for _ in range(1500):
        scores = calibration_scores(*draw(rng, n))
        z, y = draw(rng, 4)
        wrong = missed(label_sets(scores, z, 0.2, by_class=by_class), y)
        misses += np.bincount(y, wrong, 2)
        rows += np.bincount(y, minlength=2)
    total, most = misses.sum(), binom.ppf(0.999, rows.sum(), 0.2)
    assert total <= most
    if by_class:  # within each class too, which the other sets don't promise: they miss more of the rare class
        assert (misses <= binom.ppf(0.999, rows, 0.2)).all()
    else:
        assert misses[1] / rows[1] > 0.25
    if n == 200:
        assert total >= 0.17 * rows.sum()  # and not by sets that are always full


def test_with_groups_the_guarantee_holds_for_rows_of_new_groups():
    rng = np.random.default_rng(1)

    def grouped(groups):
        sizes = rng.choice([1, 60], groups, p=[0.8, 0.2])
        # a group of many rows is of an easy kind: counted by rows, the hard ones would hardly weigh
        middle = np.repeat(np.where(sizes > 1, 3.0, 0.7) + rng.normal(0, 0.5, groups), sizes)
        group = np.repeat(np.arange(groups), sizes)
        y = rng.integers(0, 2, len(group))
        return rng.normal(middle * (2 * y - 1), 1), y, group

    wrong = {"groups": [], "rows": []}
    for _ in range(600):
        z, y, group = grouped(40)
        z_new, y_new, group_new = grouped(5)
        one_each = np.unique(group_new, return_index=True)[1]
        for name, groups in (("groups", group), ("rows", None)):
            sets = label_sets(calibration_scores(z, y, None, groups), z_new[one_each], 0.2, by_class=False)
            wrong[name].extend(missed(sets, y_new[one_each]))
    assert np.mean(wrong["groups"]) <= 0.2 + 3 * 0.4 / np.sqrt(3000)
    assert np.mean(wrong["rows"]) > 0.3


def test_one_of_the_two_ends_is_calibrated():
    rng = np.random.default_rng(2)
    right, label = [], []
    for _ in range(800):
        scores = calibration_scores(*draw(rng, 100))
        z, y = draw(rng, 10)
        interval = venn_abers(scores, z)
        right.extend(interval[np.arange(10), y])  # the guarantee is about the end of the true label
        label.extend(y)
    right, label = np.array(right), np.array(label)
    for low in np.arange(0, 1, 0.2):
        rows = (right >= low) & (right < low + 0.2)
        spread = 3 * np.sqrt(0.25 / rows.sum())
        assert abs(label[rows].mean() - right[rows].mean()) < spread


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=25),
    st.integers(-5, 5),
)
def test_an_interval_is_two_isotonic_regressions(rows, new):
    z, y, w = (np.array(column, float) for column in zip(*rows, strict=True))
    weight = w / w.mean()
    for end, label in enumerate((0, 1)):
        model = IsotonicRegression().fit(np.append(z, new), np.append(y, label), np.append(weight, 1.0))
        found = venn_abers(calibration_scores(z, y, w), np.array([float(new)]))[0, end]
        assert found == pytest.approx(model.predict([new])[0], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.floats(0.01, 0.5), st.floats(0.5, 0.99), st.booleans(), st.integers(0, 1000))
def test_a_stricter_level_gives_a_larger_set_and_a_weight_of_2_is_no_second_row(n, alpha, higher, by_class, seed):
    rng = np.random.default_rng(seed)
    z, y = draw(rng, n)
    scores, new = calibration_scores(z, y), rng.normal(size=20)
    assert (
        label_sets(scores, new, alpha, by_class=by_class) >= label_sets(scores, new, higher, by_class=by_class)
    ).all()
    doubled = calibration_scores(z, y, np.full(n, 2.0))
    assert np.array_equal(
        label_p_values(scores, new, by_class=by_class), label_p_values(doubled, new, by_class=by_class)
    )


def test_mapie_finds_the_same_sets():
    mapie = pytest.importorskip("mapie.classification")
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(300, 2)), None
    y = (x[:, 0] + rng.normal(size=300) > 0).astype(int)
    model = LogisticRegression().fit(x[:100], y[:100])
    theirs = mapie.SplitConformalClassifier(model, confidence_level=0.85, prefit=True, conformity_score="lac")
    theirs.conformalize(x[100:], y[100:])
    new = rng.normal(size=(500, 2))
    _, sets = theirs.predict_set(new)
    ours = label_sets(
        calibration_scores(model.decision_function(x[100:]), y[100:]),
        model.decision_function(new),
        0.15,
        by_class=False,
    )
    # MAPIE excludes a label whose score equals the quantile only by rounding; equal scores don't occur here
    assert np.array_equal(ours, sets[:, :, 0])


@pytest.mark.parametrize("by_class", [True, False])
def test_crepes_finds_the_same_p_values(by_class):
    crepes = pytest.importorskip("crepes")
    rng = np.random.default_rng(4)
    z, y = draw(rng, 150)
    new, _ = draw(rng, 200)
    theirs = crepes.ConformalClassifier().fit(np.where(y == 1, -z, z), bins=y if by_class else None)
    both = np.stack([new, -new], axis=1)
    if by_class:
        p = np.stack(
            [theirs.predict_p(both[:, [label]], bins=np.full(200, label), smoothing=False)[:, 0] for label in (0, 1)],
            axis=1,
        )
    else:
        p = theirs.predict_p(both, smoothing=False)
    np.testing.assert_allclose(label_p_values(calibration_scores(z, y), new, by_class=by_class), p)


def test_venn_abers_finds_the_same_intervals():
    package = pytest.importorskip("venn_abers")
    rng = np.random.default_rng(5)
    z, y = draw(rng, 300)
    new = np.append(rng.normal(size=300), z[:20])
    probability = 1 / (1 + np.exp(-z))
    theirs = package.VennAbers()
    theirs.fit(np.stack([1 - probability, probability], axis=1), y)
    p_new = 1 / (1 + np.exp(-new))
    _, interval = theirs.predict_proba(np.stack([1 - p_new, p_new], axis=1))
    np.testing.assert_allclose(venn_abers(calibration_scores(z, y), new), interval, atol=1e-9)


def test_of_a_large_table_a_part_is_kept_that_keeps_the_shares_of_the_classes():
    rng = np.random.default_rng(6)
    y = (rng.random(50_000) < 0.02).astype(int)
    z = rng.normal(2 * y, 1)
    scores = calibration_scores(z, y, most=4_000)
    assert len(scores) == 4_000
    assert (scores.y == 1).sum() == (y == 1).sum()  # the rare class is kept whole
    assert np.average(scores.y, weights=scores.weight) == pytest.approx(y.mean())
    full, part = (
        venn_abers(each, np.array([0.0, 1.0, 2.0])).mean(1) for each in (calibration_scores(z, y, most=10**6), scores)
    )
    np.testing.assert_allclose(part, full, atol=0.02)


@pytest.mark.parametrize(("n0", "n1"), [(30, 10), (10, 30), (20, 20), (5, 35)])
def test_never_more_rows_are_kept_than_asked_for(n0, n1):
    scores = calibration_scores(np.arange(40.0), np.repeat([0, 1], [n0, n1]), most=20)
    assert len(scores) == 20
    assert np.bincount(scores.y).min() == min(n0, n1, 10)
    assert np.average(scores.y, weights=scores.weight) == pytest.approx(n1 / 40)


def test_rows_of_weight_0_do_not_count():
    with_zeros = calibration_scores([0.0, 5.0, 1.0], [0, 1, 1], [1, 0, 1])
    assert np.array_equal(with_zeros.logit, [0.0, 1.0])


@pytest.mark.parametrize("alpha", [0, 1, -0.1, float("nan"), "0.1", True])
def test_a_level_outside_0_and_1_is_refused(alpha):
    with pytest.raises(InvalidParameter, match="alpha"):
        label_sets(calibration_scores([0.0], [1]), np.zeros(1), alpha)


@pytest.mark.parametrize(
    ("logit", "y", "weight"),
    [([np.nan], [1], [1.0]), ([0.0], [2], [1.0]), ([0.0], [1], [0.0]), ([0.0, 1.0], [1], [1.0])],
)
def test_scores_that_make_no_sense_are_refused(logit, y, weight):
    with pytest.raises(InvalidData, match="finite logits"):
        CalibrationScores(np.array(logit), np.array(y), np.array(weight))
