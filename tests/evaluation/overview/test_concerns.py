"""Warnings: planted faults are found, and a healthy table has none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_wine

from separatrix.evaluation.overview import Concern, overview_of
from tests.evaluation.overview.conftest import Made, made


def concerns(table: Made) -> dict[str, Concern]:
    return {each.kind: each for each in overview_of(table).concerns}


def test_a_healthy_table_raises_no_concern(healthy: Made) -> None:
    assert overview_of(healthy).concerns == ()


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_real_tables_raise_none(load: object) -> None:
    data = load()
    table = made((data.target > 0).astype(int), **{f"x{k}": column for k, column in enumerate(data.data.T)})
    assert overview_of(table).concerns == ()


def test_a_column_made_from_the_target_is_suspected(healthy: Made, rng: np.random.Generator) -> None:
    y = healthy.labels.to_numpy()
    planted = {
        "copy": y.astype(float),
        "noisy copy": y + rng.normal(0, 0.1, len(y)),
        "word": np.where(y == 1, "paid", "open"),
        "both sides": np.where(y == 1, 1.0, 3.0) * rng.choice([-1, 1], len(y)),
        "mostly": np.where(rng.random(len(y)) < 0.005, 1 - y, y).astype(float),
    }
    for name, values in planted.items():
        table = Made(healthy.frame.with_columns(pl.Series(name, values)), healthy.labels)
        (found,) = [each for each in overview_of(table).concerns if each.kind == "leak"]
        assert found.columns == (name,)
        assert found.grave


def test_a_value_that_only_one_class_has_is_suspected_whether_it_is_there_or_not(healthy: Made) -> None:
    y = healthy.labels.to_numpy()
    half = (np.arange(len(y)) % 2 == 0) & (y == 1)
    there = pl.Series("refund", np.where(half, 5.0, np.nan)).fill_nan(None)
    absent = pl.Series("visit", np.where(half, np.nan, np.arange(len(y)) % 7 * 1.0)).fill_nan(None)
    for column, words in ((there, "Where there is a value"), (absent, "Where no value is there")):
        found = concerns(Made(healthy.frame.with_columns(column), healthy.labels))["leak"]
        assert found.columns == (column.name,)
        assert words in found.sentence


def test_few_rows_of_a_class_judge_no_column() -> None:
    y = np.array([0] * 200 + [1] * 5)
    found = concerns(made(y, copy=y * 1.0))
    assert "leak" not in found
    assert found["imbalance"].grave


def test_a_rare_class_is_named_with_what_always_answering_the_other_would_reach(rng: np.random.Generator) -> None:
    y = np.array([0] * 950 + [1] * 50)
    found = concerns(made(np.where(y == 1, "ill", "well"), x=rng.normal(size=1000)))["imbalance"]
    assert "'ill' has 50 of 1,000" in found.sentence
    assert "'well' is right in 95.0%" in found.sentence
    assert not found.grave


def test_few_rows_of_equal_classes_are_few_and_not_unequal(rng: np.random.Generator) -> None:
    found = concerns(made(np.array(["a", "b"] * 20), x=rng.normal(size=40)))
    assert set(found) == {"scarce"}
    assert found["scarce"].sentence == "Class 'a' has only 20 rows: with so few rows every interval is wide."


def test_copied_rows_are_found_and_contradictions_too(healthy: Made) -> None:
    twice = pl.concat([healthy.frame, healthy.frame[:40]])
    same = pl.concat([healthy.labels, healthy.labels[:40]])
    found = overview_of(Made(twice, same))
    assert found.repeats.copies == 40
    assert found.repeats.contradicting == 0
    assert [each.kind for each in found.concerns] == ["duplicates"]
    other = pl.concat([healthy.labels, 1 - healthy.labels[:40]])
    found = overview_of(Made(twice, other))
    assert found.repeats.contradicting == 80
    assert {each.kind for each in found.concerns} == {"duplicates", "contradictions"}


def test_rows_that_coarse_columns_repeat_by_chance_are_no_concern(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 400)
    table = made(y, a=rng.integers(0, 3, 400) * 1.0, b=rng.random(400) < 0.5, c=rng.choice(["x", "y"], 400))
    found = overview_of(table)
    assert found.repeats.copies > 350
    assert found.concerns == ()


@pytest.mark.parametrize("names", [("y", "n"), ("column 0", "column 1"), ("value", "len"), ("", "y0")])
def test_names_of_columns_that_polars_or_we_might_use_are_harmless(names: tuple[str, str]) -> None:
    y = np.arange(100) % 2
    values = np.random.default_rng(0).normal(size=(2, 100))
    found = overview_of(Made(pl.DataFrame(dict(zip(names, values, strict=True))), pl.Series("y", y)))
    assert found.concerns == ()
    assert found.repeats.copies == 0


def test_what_names_rows_is_an_identifier(healthy: Made, rng: np.random.Generator) -> None:
    n = len(healthy.labels)
    for values in (
        [f"customer {k:06d}" for k in range(n)],
        rng.permutation(n) + 1.0,
        np.cumsum(rng.integers(1, 9, n)) + 0.0,
    ):
        table = Made(healthy.frame.with_columns(pl.Series("id", values)), healthy.labels)
        found = concerns(table)
        assert found["identifier"].columns == ("id",)


def test_rows_sorted_by_class_make_a_row_number_a_leak(rng: np.random.Generator) -> None:
    y = np.sort(rng.integers(0, 2, 300))
    found = concerns(made(y, row=np.arange(300.0), x=rng.normal(size=300)))
    assert found["leak"].columns == ("row",)


def test_columns_that_say_nothing_are_named(healthy: Made) -> None:
    n = len(healthy.labels)
    frame = healthy.frame.with_columns(
        pl.lit(7.0).alias("same"),
        pl.Series("void", [None] * n, dtype=pl.String),
        pl.Series("rare", [1.0 if k % 3 == 0 else None for k in range(n)]),
    )
    found = {each.columns: each for each in overview_of(Made(frame, healthy.labels)).concerns}
    assert found[("same",)].kind == "constant"
    assert "no value in any row" in found[("void",)].sentence
    assert found[("rare",)].kind == "missing"
    assert len(found) == 3


def test_two_columns_with_the_same_values_are_twins(healthy: Made) -> None:
    frame = healthy.frame.with_columns(pl.col("gaps").alias("again"))
    assert concerns(Made(frame, healthy.labels))["twins"].columns == ("gaps", "again")


def test_grave_concerns_come_first(healthy: Made) -> None:
    y = healthy.labels.to_numpy()
    frame = healthy.frame.with_columns(pl.lit(1.0).alias("same"), pl.Series("leak", y * 1.0))
    assert [each.grave for each in overview_of(Made(frame, healthy.labels)).concerns] == [True, False]
