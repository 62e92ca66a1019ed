"""What is explained by default, and what was asked for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.reports._explanations import explained
from tests.evaluation.inspection.conftest import KINDS, Known
from tests.reports.conftest import Material


def test_pairs_of_the_three_most_important_columns_are_crossed(material: Material) -> None:
    found = explained(Known(), material.frame, material.kinds, material.y)
    top = [found.importance.names[k] for k in found.importance.order()[:3]]
    assert top == ["age", "job", "smoker"]
    assert [(each.first.name, each.second.name) for each in found.sections] == [
        ("age", "job"),
        ("age", "smoker"),
        ("job", "smoker"),
    ]
    assert len(found.dependences) == 6


def test_pairs_and_the_row_can_be_chosen(material: Material) -> None:
    found = explained(
        Known(), material.frame, material.kinds, material.y, pairs=[("noise", "job")], base=material.frame[5]
    )
    (section,) = found.sections
    assert (section.first.name, section.second.name) == ("noise", "job")
    assert section.fixed["smoker"] == str(material.frame["smoker"][5])
    with pytest.raises(InvalidParameter, match="no column 'jobb'"):
        explained(Known(), material.frame, material.kinds, material.y, pairs=[("noise", "jobb")])


def test_columns_without_any_value_are_passed_over(material: Material) -> None:
    frame = material.frame.select("age", "job", "smoker").with_columns(pl.lit(None, dtype=pl.Float64).alias("void"))
    kinds = {name: KINDS.get(name, "number") for name in frame.columns}
    found = explained(Known(), frame, kinds, material.y)
    assert [each.axis.name for each in found.dependences] == ["age", "job", "smoker"]


def test_a_single_column_has_no_section() -> None:
    class First:
        def predict_proba(self, x: pl.DataFrame) -> np.ndarray:
            p = x["a"].to_numpy()
            return np.column_stack([1 - p, p])

    y = np.array([0, 1] * 10)
    found = explained(First(), pl.DataFrame({"a": y * 0.5}), {"a": "number"}, y)
    assert found.sections == ()
    assert len(found.dependences) == 1


def test_models_of_ours_are_asked_together_and_answer_as_they_do_alone(material: Material) -> None:
    names = ["age", "job", "noise"]
    frame, kinds = material.frame.select(names), {name: KINDS[name] for name in names}
    first, second = (
        sx.MLPBinaryClassifier((8,), max_iter=20, random_state=seed).fit(frame, material.y) for seed in (0, 1)
    )
    together = explained(first, frame, kinds, material.y, members=[second], pairs=[("age", "job")])
    (section,) = together.sections
    alone = sx.section_of(first, frame, kinds, ("age", "job"), material.y, members=[second])
    np.testing.assert_allclose(section.probability, alone.probability, atol=1e-6)
    np.testing.assert_allclose(section.high, alone.high, atol=1e-6)
    assert section.n_models == 2
    curve = sx.dependence_of(second, frame, "age", "number")
    found = next(each for each in together.dependences if each.axis.name == "age")
    np.testing.assert_allclose(found.members, [curve.mean], atol=1e-6)
