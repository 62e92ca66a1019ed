"""A table as points: every column a number, no label looked at before a study holds rows out."""

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.errors import InvalidData

FRAME = polars.DataFrame(
    {
        "age": [20.0, 35.0, None, 50.0, 41.0, 28.0] * 5,
        "town": ["Ulm", "Rom", None, "Rom", "Ulm", "Oslo"] * 5,
        "member": [True, False, True, True, None, False] * 5,
        "bought": ["no", "yes", "no", "yes", "yes", "no"] * 5,
    }
)


def test_all_kinds_of_columns_and_missing_values_become_finite_numbers():
    points = sx.points_of_table(sx.Table.from_frame(FRAME, "bought"))
    assert points.x.dtype == np.float64
    assert points.y.tolist() == [0, 1, 0, 1, 1, 0] * 5
    own = sx.TableEncoder().fit(FRAME.drop("bought"))
    assert np.array_equal(points.x, own.transform(FRAME.drop("bought")))


def test_class_1_can_be_named():
    points = sx.points_of_table(sx.Table.from_frame(FRAME, "bought"), positive="no")
    assert points.y.tolist() == [1, 0, 1, 0, 0, 1] * 5


def test_no_label_leaks_into_the_columns():
    frame = polars.DataFrame({"town": [f"town {k % 40}" for k in range(200)], "y": [k % 2 for k in range(200)]})
    turned = frame.with_columns(1 - frame["y"])
    one, other = (sx.points_of_table(sx.Table.from_frame(each, "y")) for each in (frame, turned))
    assert np.array_equal(one.x, other.x)
    assert not np.array_equal(one.y, other.y)


def test_the_encoder_may_be_chosen():
    table = sx.Table.from_frame(FRAME, "bought")
    points = sx.points_of_table(table, encoder=sx.TableEncoder("piecewise", pieces=2))
    assert points.n_inputs > sx.points_of_table(table).n_inputs


def test_a_study_of_a_table_has_the_same_columns_for_every_seed():
    study = sx.Study.grid(sx.points_of_table(sx.Table.from_frame(FRAME, "bought")), checkpoints=5, seeds=8)
    assert {study.points_of(run)[0].n_inputs for run in range(8)} == {study.conditions[0].network.n_inputs}


def test_fault_15_a_table_without_a_target_or_with_three_classes_is_refused():
    with pytest.raises(InvalidData, match="read without a target"):
        sx.points_of_table(sx.Table.from_frame(FRAME))
    with pytest.raises(InvalidData, match="two classes"):
        sx.points_of_table(sx.Table.from_frame(polars.DataFrame({"a": [1, 2, 3], "y": [0, 1, 2]}), "y"))
