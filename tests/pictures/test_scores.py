"""ROC, precision-recall, calibration, confusion and thresholds: what is drawn is what was counted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

import separatrix as sx
from separatrix.pictures._score_chart import thinned, threshold_index
from tests.pictures.conftest import Records


def test_roc_draws_each_models_curve_with_its_area_and_the_threshold_on_it(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    (ax,) = sx.pictures.roc(y, p, comparisons={"guess": 1 - p}, name="mine", threshold=0.3).axes
    mine, mark, guess, _ = ax.lines
    x, height, _ = metrics.roc_curve(y, p, drop_intermediate=False)
    np.testing.assert_allclose(mine.get_xdata(), x)
    np.testing.assert_allclose(mine.get_ydata(), height)
    assert mine.get_label() == f"mine: AUC {metrics.roc_auc_score(y, p):.3f}"
    assert guess.get_label() == f"guess: AUC {metrics.roc_auc_score(y, 1 - p):.3f}"
    taken = p >= 0.3
    assert mark.get_xdata() == [taken[y == 0].mean()]
    assert mark.get_ydata() == [taken[y == 1].mean()]


def test_precision_recall_marks_the_threshold_and_the_share_of_guessing(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    (ax,) = sx.pictures.precision_recall(y, p, threshold=0.6).axes
    _, mark, guess = ax.lines
    assert mark.get_xdata()[0] == pytest.approx(metrics.recall_score(y, p >= 0.6))
    assert mark.get_ydata()[0] == pytest.approx(metrics.precision_score(y, p >= 0.6))
    assert guess.get_ydata()[0] == y.mean()


def test_precision_of_a_threshold_that_nothing_reaches_is_not_marked() -> None:
    (ax,) = sx.pictures.precision_recall([0, 1, 1], [0.1, 0.2, 0.3], threshold=0.9).axes
    assert not any(line.get_marker() == "o" for line in ax.lines)


def test_calibration_draws_intervals_and_counts_by_class(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    above, below = sx.pictures.calibration(y, p, classes=("no", "yes")).axes
    assert above.get_legend().get_texts()[1].get_text() == "groups of 33 to 47 rows, 95% interval"
    tall = sum(bar.get_height() for bar in below.patches)
    assert tall == len(y)
    assert [text.get_text() for text in below.get_legend().get_texts()] == ["no", "yes"]


def test_confusion_writes_the_four_counts(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    (ax,) = sx.pictures.confusion(y, p, threshold=0.4).axes
    counts = [int(text.get_text().split("\n")[0].replace(",", "")) for text in ax.texts]
    assert counts == metrics.confusion_matrix(y, p >= 0.4).ravel().tolist()
    assert f"accuracy {metrics.accuracy_score(y, p >= 0.4):.1%}" in ax.get_title()


def test_confusion_counts_decisions_that_no_threshold_makes(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    decided = p > np.where(np.arange(len(y)) % 2, 0.3, 0.7)
    (ax,) = sx.pictures.confusion(y, p, decided=decided).axes
    counts = [int(text.get_text().split("\n")[0].replace(",", "")) for text in ax.texts]
    assert counts == metrics.confusion_matrix(y, decided).ravel().tolist()
    assert ax.get_title().startswith("Rows decided one by one: accuracy")


def test_thresholds_mark_the_one_in_use_and_the_best(records: Records) -> None:
    y, p = records.scored.y, records.scored.probability
    (ax,) = sx.pictures.thresholds(y, p, threshold=0.25).axes
    places = {line.get_label().split(":")[0]: line.get_xdata()[0] for line in ax.lines[5:]}
    assert places["current"] == 0.25
    best = max(metrics.f1_score(y, p >= each) for each in np.unique(p))
    assert metrics.f1_score(y, p >= places["highest F1"]) == pytest.approx(best)


@pytest.mark.parametrize("kind", ["roc", "precision_recall", "calibration", "confusion", "thresholds"])
@pytest.mark.parametrize("p", [[0.5] * 4, [0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0], [0.0] * 4], ids=str)
def test_degenerate_probabilities_are_drawn(kind: str, p: list[float]) -> None:
    getattr(sx.pictures, kind)([0, 0, 1, 1], p).canvas.draw()


@pytest.mark.parametrize("kind", ["roc", "precision_recall", "calibration", "confusion", "thresholds"])
def test_labels_that_are_none_are_an_error(kind: str) -> None:
    with pytest.raises(sx.InvalidData, match="y == positive"):
        getattr(sx.pictures, kind)(["no", "yes"], [0.1, 0.9])


def test_a_long_curve_is_thinned_along_its_way_and_keeps_its_ends() -> None:
    x = np.concatenate([np.zeros(50_000), np.linspace(0, 1, 50_000)])
    y = np.concatenate([np.linspace(0, 1, 50_000), np.ones(50_000)])
    keep = thinned(x, y)
    assert len(keep) <= 1000
    assert keep[0] == 0
    assert keep[-1] == 99_999
    assert max(np.diff(x[keep]).max(), np.diff(y[keep]).max()) < 0.003
    assert 0.3 < (keep < 50_000).mean() < 0.7


def test_the_place_of_a_threshold_is_the_last_that_reaches_it() -> None:
    falling = np.array([np.inf, 0.9, 0.5, 0.2])
    assert [threshold_index(falling, t) for t in (1.0, 0.9, 0.5, 0.3, 0.0)] == [0, 1, 2, 2, 3]
    assert threshold_index(falling[1:], 0.95) == -1
