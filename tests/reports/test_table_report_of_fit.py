"""From a finished job to its report: the numbers on the page are the job's, whatever was left out of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from separatrix.data.table import Table
from separatrix.errors import InvalidParameter
from separatrix.evaluation.cross_validation import verdict
from separatrix.evaluation.overview import overview_of
from separatrix.reports.table_content import report_of
from separatrix.reports.table_fit import TableFit, fit_table, judge_table
from separatrix.reports.table_report import table_page
from tests.html_page import Page
from tests.reports.conftest import EVIL

SETTINGS = {"max_iter": 25, "learning_rate_init": 0.03, "hidden_layer_sizes": (8,), "engine": "torch"}


def table(seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    x, word = rng.normal(size=160), rng.choice(["a", EVIL, "c"], 160)
    y = np.where(x + (word == "a") + rng.normal(size=160) > 0.3, EVIL, "no")
    return Table.from_frame(pl.DataFrame({"x": x, EVIL: word, "target": y}), "target")


@pytest.fixture(scope="module")
def found() -> TableFit:
    return fit_table(table(), folds=2, settings=SETTINGS, positive=EVIL)


def test_numbers_are_those_of_the_rows_held_out_and_both_tables_are_there(found: TableFit) -> None:
    report = report_of(found, overview_of(found.table, EVIL))
    assert report.where == "32 test rows"
    np.testing.assert_array_equal(report.scored.y, found.y[found.test_rows])
    measures = found.test.network.measures
    assert [card.value for card in report.numbers] == [f"{each.value:.3f}" for each in measures.values()]
    assert list(report.measures) == [found.test.table(), found.cross_validation.table()]
    assert list(report.comparisons) == ["logistic regression"]
    assert report.verdict == verdict(found.cross_validation)
    assert report.explained.importance.rows == 32
    assert all(section.n_models == 3 for section in report.explained.sections)


def test_the_page_of_a_real_classifier_is_sound_and_trusts_no_label(found: TableFit) -> None:
    read = Page(table_page(report_of(found, overview_of(found.table, EVIL))))
    assert read.handlers == []
    assert not {"script", "link"} & set(read.tags)
    for name, value in found.classifier.get_params(deep=False).items():
        assert name in read.text
        assert str(value) in read.text
    assert found.table.source in read.text


def test_importance_is_not_upside_down_whichever_class_is_positive(found: TableFit) -> None:
    other = fit_table(table(), folds=0, settings=SETTINGS, positive="no")
    for each in (found, other):
        importance = report_of(each, overview_of(each.table)).explained.importance
        assert importance.auc > 0.6
        assert importance.mean[0] > 0


def test_without_rows_held_out_the_cross_validation_is_shown() -> None:
    found = fit_table(table(), folds=2, test_fraction=0, settings=SETTINGS)
    report = report_of(found, overview_of(found.table))
    assert report.where == "160 rows, cross-validated in 2 folds"
    assert len(report.measures) == 1


def test_a_judgement_of_a_saved_classifier_has_a_report_too(found: TableFit) -> None:
    new = judge_table(found.classifier, table(1), positive=EVIL)
    report = report_of(new, overview_of(new.table, EVIL))
    assert report.where == "160 rows"
    assert report.verdict == ""
    assert report.comparisons == {}


def test_nothing_judged_is_nothing_to_report() -> None:
    found = fit_table(table(), folds=0, test_fraction=0, settings=SETTINGS)
    with pytest.raises(InvalidParameter, match="test rows or a cross-validation"):
        report_of(found, overview_of(found.table))
