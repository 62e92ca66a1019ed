"""Sections over two columns: the others held, categories as places, what is far from data marked."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest

from separatrix.errors import InvalidParameter
from separatrix.evaluation.inspection import Section, section_of, typical_row
from separatrix.evaluation.inspection._sections import _spread
from tests.evaluation.inspection.conftest import KINDS, Known, table

Data = tuple[pl.DataFrame, np.ndarray]


@pytest.mark.parametrize("pair", list(permutations(("age", "job", "smoker", "since"), 2)))
def test_every_pair_of_kinds_equals_the_typical_row_changed_cell_by_cell(
    known: Known, data: Data, pair: tuple[str, str]
) -> None:
    frame, y = data
    found = section_of(known, frame, KINDS, pair, y, nodes=5)
    base = typical_row(frame, KINDS)
    for i, first in enumerate(found.first.values.to_list()):
        for k, second in enumerate(found.second.values.to_list()):
            changed = base.with_columns(
                pl.Series(pair[0], [first], dtype=frame.schema[pair[0]]),
                pl.Series(pair[1], [second], dtype=frame.schema[pair[1]]),
            )
            assert found.probability[i, k] == pytest.approx(known.predict_proba(changed)[0, 1], abs=1e-12)


def test_the_typical_row_has_medians_and_the_most_frequent_values(data: Data) -> None:
    frame = data[0].with_columns(pl.lit(None, dtype=pl.Float64).alias("void"))
    row = typical_row(frame, KINDS | {"void": "number"}).row(0, named=True)
    assert row["age"] == frame["age"].median()
    assert row["job"] == "clerk"
    assert row["smoker"] is False
    assert row["void"] is None


def test_the_others_can_be_held_at_a_chosen_row(known: Known, data: Data) -> None:
    frame, y = data
    found = section_of(known, frame, KINDS, ("age", "noise"), y, row=17)
    assert found.fixed["job"] == frame["job"][17]
    assert found.fixed["smoker"] == str(frame["smoker"][17])
    chosen = frame[17].with_columns(pl.Series("age", [found.first.position[3]]))
    np.testing.assert_allclose(found.probability[3], known.predict_proba(chosen)[0, 1])


def test_the_band_is_what_the_models_span(known: Known, data: Data) -> None:
    models = [Known(shift) for shift in (-4.0, 6.0)]
    found = section_of(known, *_frame(data), ("age", "noise"), members=models)
    every = [section_of(each, *_frame(data), ("age", "noise")).probability for each in (known, *models)]
    np.testing.assert_allclose(found.low, np.min(every, axis=0))
    np.testing.assert_allclose(found.high, np.max(every, axis=0))
    assert found.n_models == 3
    alone = section_of(known, *_frame(data), ("age", "noise"))
    np.testing.assert_array_equal(alone.low, alone.high)


def _frame(data: Data) -> tuple[pl.DataFrame, dict[str, str]]:
    return data[0], KINDS


def test_far_from_every_row_nothing_is_known(known: Known) -> None:
    rng = np.random.default_rng(0)
    t = rng.random(500)
    frame = table(500)[0].with_columns(pl.Series("age", 20 + 40 * t), pl.Series("noise", t + rng.normal(0, 0.01, 500)))
    found = section_of(known, frame, KINDS, ("age", "noise"))
    on, off = np.eye(len(found.first), dtype=bool), np.eye(len(found.first), dtype=bool)[::-1]
    assert found.supported[on].all()  # rows lie along the diagonal
    assert found.supported[off].mean() < 0.3  # and only there
    assert found.supported.any(axis=1).all()


def test_a_category_knows_nothing_from_its_neighbour(known: Known, data: Data) -> None:
    frame = data[0].with_columns(
        pl.when(pl.col("job") == "miner").then(pl.lit(30.0) + pl.col("noise")).otherwise(pl.col("age")).alias("age")
    )
    found = section_of(known, frame, KINDS, ("age", "job"))
    miner = found.second.labels.index("miner")
    old = found.first.position > 45
    assert not found.supported[old, miner].any()
    assert found.supported[old].any()


def test_pairs_of_categories_that_never_meet_are_unknown(known: Known) -> None:
    frame = pl.DataFrame({"age": [1.0, 2.0, 3.0], "job": ["a", "b", "b"], "smoker": [True, False, False]})
    kinds = {"age": "number", "job": "category", "smoker": "boolean"}
    found = section_of(known, frame, kinds, ("job", "smoker"))
    assert found.first.labels == ("b", "a")
    np.testing.assert_array_equal(found.supported, [[True, False], [False, True]])


@pytest.mark.parametrize(("along", "across"), [(0, 0), (3, 0), (0, 2), (2, 2), (3, 5)])
def test_counts_spread_over_an_ellipse(along: int, across: int) -> None:
    counts = np.random.default_rng(0).integers(0, 2, (11, 13))
    expected = np.zeros_like(counts)
    for i, k in np.ndindex(*counts.shape):
        for shift in range(-along, along + 1):
            half = round(across * np.sqrt(1 - (shift / along) ** 2)) if along else across
            if 0 <= i + shift < 11:
                expected[i, k] += counts[i + shift, max(0, k - half) : k + half + 1].sum()
    np.testing.assert_array_equal(_spread(counts, along, across), expected)


def test_rows_are_marked_where_they_lie_with_their_labels(known: Known, data: Data) -> None:
    found: Section = section_of(known, *_frame(data), ("age", "job"), data[1])
    np.testing.assert_array_equal(found.marks[:, 0], data[0]["age"].to_numpy())
    assert [found.second.labels[int(k)] for k in found.marks[:, 1]] == data[0]["job"].to_list()
    np.testing.assert_array_equal(found.y, data[1])


def test_columns_and_rows_that_are_not_there_are_named(known: Known, data: Data) -> None:
    with pytest.raises(InvalidParameter, match=r"'smokr'.*Did you mean 'smoker'"):
        section_of(known, *_frame(data), ("age", "smokr"))
    with pytest.raises(InvalidParameter, match="'age' twice"):
        section_of(known, *_frame(data), ("age", "age"))
    with pytest.raises(InvalidParameter, match=r"row must be .* at most 399, got 400"):
        section_of(known, *_frame(data), ("age", "job"), row=400)
