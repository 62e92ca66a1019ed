"""The diagnosis of what `fit` saves: members, answers and data of an ensemble, the training of a single network."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.data.table import Table


def frame(n: int = 120, seed: int = 0, **columns: np.ndarray) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 3))
    label = np.where(x[:, 0] + 0.5 * draw.normal(size=n) > 0, "yes", "no")
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], **columns, "y": label})


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return frame()


@pytest.fixture(scope="module")
def ensemble(rows: pl.DataFrame) -> sx.SeparatrixClassifier:
    return sx.SeparatrixClassifier(n_members=2, random_state=0).fit(rows.drop("y"), rows["y"])


def names(model: object, table: pl.DataFrame) -> list[str]:
    return [finding.name for finding in sx.diagnose_model(model, Table.from_frame(table, "y"))]


def test_a_healthy_ensemble_has_no_findings(ensemble: sx.SeparatrixClassifier, rows: pl.DataFrame) -> None:
    assert sx.diagnose_model(ensemble) == ()
    assert names(ensemble, rows) == []


def test_a_member_that_gives_one_answer_is_named(ensemble: sx.SeparatrixClassifier, rows: pl.DataFrame) -> None:
    from copy import copy
    from dataclasses import replace

    broken = copy(ensemble)
    first, *others = ensemble.members_
    broken.members_ = (replace(first, parameters=np.zeros_like(first.parameters)), *others)
    (finding,) = sx.diagnose_model(broken, Table.from_frame(rows, "y"))
    assert finding.name == "silent members"
    assert f"Of {len(ensemble.members_)} members 1 do nothing on the rows: member 1" in finding.evidence


def test_columns_of_noise_are_said_to_teach_nothing() -> None:
    draw = np.random.default_rng(0)
    noise = pl.DataFrame({"a": draw.normal(size=120), "b": draw.normal(size=120), "y": draw.integers(0, 2, 120)})
    model = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(noise.drop("y"), noise["y"])
    assert names(model, noise)[0] == "nothing learnt"


def test_a_leak_and_a_constant_column_of_the_table_are_findings(rows: pl.DataFrame) -> None:
    leaky = rows.with_columns(
        fee=pl.when(pl.col("y") == "yes").then(pl.col("b") + 50).otherwise(pl.col("b")), one=pl.lit(1.0)
    ).select("a", "b", "fee", "one", "y")
    model = sx.MLPBinaryClassifier((4,), encoder="auto", random_state=0, max_iter=60)
    model.fit(leaky.drop("y"), leaky["y"], keep="all")
    found = names(model, leaky)
    assert {"column may hold the answer", "constant column"} <= set(found)


def test_a_table_with_other_labels_is_refused(ensemble: sx.SeparatrixClassifier, rows: pl.DataFrame) -> None:
    other = Table.from_frame(rows.with_columns(y=pl.lit("maybe")), "y")
    with pytest.raises(sx.InvalidData, match="the model tells 'no' from 'yes', but the table has the label 'maybe'"):
        sx.diagnose_model(ensemble, other)
    with pytest.raises(sx.InvalidData, match="has no labels"):
        sx.diagnose_model(ensemble, Table.from_frame(rows.drop("y")))
