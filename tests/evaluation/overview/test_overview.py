"""The overview of a table: classes as asked for, and errors that say what is missing."""

from __future__ import annotations

import polars as pl
import pytest

from separatrix.errors import InvalidData
from separatrix.evaluation.overview import classes_of, overview_of
from tests.evaluation.overview.conftest import Made, made


def test_the_last_label_in_order_is_the_positive_one_unless_another_is_asked_for() -> None:
    table = made(["yes", "no", "no"], x=[1.0, 2.0, 3.0])
    assert overview_of(table).classes == ("no", "yes")
    found = overview_of(table, positive="no")
    assert (found.classes, found.counts) == (("yes", "no"), (1, 2))
    assert classes_of(table, "no")[1].tolist() == [0, 1, 1]


@pytest.mark.parametrize("labels", [[True, False, True], [2.0, 1.0, 2.0], [-1, 1, 1]])
def test_labels_may_be_of_any_kind(labels: list[object]) -> None:
    found = overview_of(made(labels, x=[1.0, 2.0, 3.0]))
    assert sum(found.counts) == 3
    assert "." not in "".join(found.classes)


def test_columns_keep_the_tables_order_and_kinds(healthy: Made) -> None:
    found = overview_of(healthy)
    assert {column.name: column.kind for column in found.columns} == healthy.kinds


def test_the_same_seed_gives_the_same_numbers(healthy: Made) -> None:
    first, second = (overview_of(healthy, seed=3) for _ in range(2))
    assert [column.auc for column in first.columns] == [column.auc for column in second.columns]
    assert first.repeats == second.repeats


@pytest.mark.parametrize(
    ("labels", "positive", "words"),
    [
        (None, None, "needs a target"),
        (["a", "a"], None, "got 1 different"),
        (["a", "b"], "c", r"one of \['a', 'b'\], got 'c'"),
    ],
)
def test_a_target_that_cannot_be_used_is_an_error(labels: list[str] | None, positive: object, words: str) -> None:
    series = None if labels is None else pl.Series(labels)
    with pytest.raises(InvalidData, match=words):
        overview_of(Made(pl.DataFrame({"x": [1.0, 2.0]}), series), positive)
