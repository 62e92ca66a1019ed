"""What has shifted: against the formula, and quiet where nothing has."""

import numpy as np
import polars
import pytest

from separatrix.data.profile import profile_of
from separatrix.evaluation.shift import compute_shift, stability_index


def table(n, seed, *, add=0.0, nurses=0.3, missing=0.1):
    rng = np.random.default_rng(seed)
    age = rng.normal(40 + add, 10, n).round(0)
    frame = polars.DataFrame(
        {
            "age": age,
            "job": rng.choice(["nurse", "miner", "clerk"], n, p=[nurses, 0.5, 0.5 - nurses]),
            "day": (np.datetime64("2024-01-01") + rng.integers(0, 100, n)).astype("datetime64[us]"),
            "flag": rng.random(n) < 0.3,
        }
    )
    gaps = polars.Series(rng.random(n) < missing)
    return frame.with_columns(polars.when(gaps).then(None).otherwise(polars.col("age")).alias("age"))


@pytest.fixture(scope="module")
def profile():
    return profile_of(table(2000, 0))


def by_name(shift):
    return {column.name: column for column in shift.columns}


def test_rows_of_the_same_kind_have_not_shifted(profile):
    grave = [column.noticeable for seed in range(1, 40) for column in compute_shift(table(150, seed), profile).columns]
    assert np.mean(grave) < 0.02
    assert compute_shift(table(150, 1), profile).sentences() == ["No column has shifted noticeably since training."]


def test_by_chance_is_what_one_in_a_hundred_reach_without_a_shift(profile):
    columns = [column for seed in range(1, 120) for column in compute_shift(table(400, seed), profile).columns]
    for name in ("job", "age"):  # of numbers the training's quantiles stand for its rows
        above = np.mean([column.index > column.by_chance for column in columns if column.name == name])
        assert above < 0.1  # one training table for all, which may be an odd one itself


def test_each_kind_of_shift_is_named(profile):
    new = table(500, 5, add=15, nurses=0.05, missing=0.4)
    new = new.with_columns(
        polars.when(polars.col("job") == "miner").then(polars.lit("pilot")).otherwise("job").alias("job")
    )
    shift = compute_shift(new, profile, positive=0.5, positive_before=0.2)
    columns, words = by_name(shift), " ".join(shift.sentences())
    assert columns["age"].grave
    assert columns["job"].grave
    assert not columns["day"].noticeable
    assert columns["job"].unseen == pytest.approx((new["job"] == "pilot").mean())
    assert columns["age"].missing == pytest.approx(new["age"].null_count() / 500)
    for part in (
        "'job' has shifted strongly",
        "did not occur in training",
        "% are missing",
        "Class 1 has a share of 50.0%",
    ):
        assert part in words


def test_the_index_is_the_sum_of_its_definition():
    before, now = np.array([3000.0, 5000.0, 2000.0]), np.array([2000.0, 4000.0, 4000.0])
    old, new = before / before.sum(), now / now.sum()
    index, _ = stability_index(before, now)
    assert index == pytest.approx(np.sum((new - old) * np.log(new / old)), rel=1e-3)


def test_a_column_of_equal_values_and_an_empty_one_are_compared_too():
    before = polars.DataFrame({"same": [1.0] * 100, "none": polars.Series([None] * 100, dtype=polars.Float64)})
    profile = profile_of(before)
    assert all(column.index == 0 for column in compute_shift(before, profile).columns)
    after = polars.DataFrame({"same": [2.0] * 100, "none": [1.0] * 100})
    columns = by_name(compute_shift(after, profile))
    assert columns["same"].unseen == 1
    assert columns["none"].grave
    assert columns["none"].missing_before == 1
