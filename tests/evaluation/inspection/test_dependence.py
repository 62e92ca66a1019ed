"""Partial dependence: scikit-learn's mean, over numbers, categories, flags, dates and missing values."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation.inspection import dependence_of
from tests.evaluation.inspection.conftest import KINDS, Known
from tests.evaluation.inspection.test_importance import OnArrays

Data = tuple[pl.DataFrame, np.ndarray]


def test_the_mean_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3))
    y = (x @ [2.0, 1.0, 0.3] + rng.normal(size=120) > 0).astype(int)
    model = LogisticRegression().fit(x, y)
    found = dependence_of(OnArrays(model), pl.DataFrame(x, schema=list("abc")), "b", "number")
    expected = partial_dependence(model, x, [1], custom_values={1: found.axis.position}, method="brute", kind="both")
    np.testing.assert_allclose(found.mean, expected["average"][0])
    low, high = np.quantile(expected["individual"][0], (0.1, 0.9), axis=0)
    np.testing.assert_allclose(found.low, low)
    np.testing.assert_allclose(found.high, high)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_column_equals_rows_changed_one_by_one(known: Known, data: Data, name: str) -> None:
    frame = data[0][:150]
    found = dependence_of(known, frame, name, KINDS[name], nodes=7)
    for k, value in enumerate(found.axis.values.to_list()):
        changed = frame.with_columns(pl.Series(name, [value] * 150, dtype=frame.schema[name]))
        assert found.mean[k] == pytest.approx(known.predict_proba(changed)[:, 1].mean(), abs=1e-12)


def test_what_is_not_used_has_a_flat_curve(known: Known, data: Data) -> None:
    assert np.ptp(dependence_of(known, data[0], "noise", "number").mean) < 1e-12


def test_categories_stand_from_the_most_frequent_and_the_rest_is_counted(known: Known, data: Data) -> None:
    frame = data[0].with_columns(pl.Series("job", [f"job{k % (k % 40 + 1)}" for k in range(400)]))
    found = dependence_of(known, frame, "job", "category")
    assert len(found.axis) == 12
    assert found.axis.left_out == frame["job"].n_unique() - 12
    counts = [int((frame["job"] == each).sum()) for each in found.axis.values]
    assert counts == sorted(counts, reverse=True)


def test_a_missing_value_has_a_mean_of_its_own(known: Known, data: Data) -> None:
    frame = data[0][:100]
    assert np.isnan(dependence_of(known, frame, "age", "number").absent)
    holes = frame.with_columns(pl.when(pl.int_range(100) % 5 > 0).then(pl.col("age")).alias("age"))
    found = dependence_of(known, holes, "age", "number")
    all_missing = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("age"))
    assert found.absent == pytest.approx(known.predict_proba(all_missing)[:, 1].mean())
    assert np.isnan(found.marks).sum() == 20


def test_members_are_other_models_asked_the_same(known: Known, data: Data) -> None:
    other = Known(shift=5.0)
    found = dependence_of(known, data[0], "age", "number", members=[other, known])
    np.testing.assert_allclose(found.members[0], dependence_of(other, data[0], "age", "number").mean)
    np.testing.assert_allclose(found.members[1], found.mean)


def test_a_predictor_may_answer_for_its_members(known: Known, data: Data) -> None:
    class Both:
        def predict_all(self, x: pl.DataFrame) -> np.ndarray:
            return np.stack([each.predict_proba(x) for each in (known, Known(shift=5.0))])

    found = dependence_of(Both(), data[0], "age", "number")
    np.testing.assert_array_equal(
        found.members, dependence_of(known, data[0], "age", "number", members=[Known(shift=5.0)]).members
    )
    broken = type("Broken", (), {"predict_all": lambda self, x: np.full((2, x.height, 2), np.nan)})()
    with pytest.raises(InvalidData, match="NaN"):
        dependence_of(broken, data[0], "age", "number")


def test_numbers_of_few_values_are_asked_at_these(known: Known, data: Data) -> None:
    frame = data[0].with_columns((pl.col("age") / 20).round() * 20)
    found = dependence_of(known, frame, "age", "number")
    assert found.axis.values.to_list() == sorted(frame["age"].unique())


def test_a_number_is_never_asked_beyond_the_data(known: Known, data: Data) -> None:
    found = dependence_of(known, data[0], "age", "number")
    assert found.axis.position[0] >= data[0]["age"].min()
    assert found.axis.position[-1] <= data[0]["age"].max()


def test_what_cannot_be_asked_is_an_error(known: Known, data: Data) -> None:
    frame = data[0].with_columns(pl.lit(None, dtype=pl.Float64).alias("void"))
    with pytest.raises(InvalidParameter, match=r"no column 'agee'.*Did you mean 'age'"):
        dependence_of(known, frame, "agee", "number")
    with pytest.raises(InvalidData, match="'void' has no value"):
        dependence_of(known, frame, "void", "number")
    with pytest.raises(InvalidParameter, match="nodes must be"):
        dependence_of(known, frame, "age", "number", nodes=1)
