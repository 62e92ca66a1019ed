"""A model of screened columns, whose encodings leave numbers without outputs, in every export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.estimators.base_models import SCREENED_MODELS
from separatrix.estimators.portable import Portable, as_portable


@pytest.fixture(scope="module")
def table() -> tuple[polars.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(300, 16))
    frame = polars.DataFrame(x, schema=[f"x{k}" for k in range(16)]).with_columns(
        polars.Series("town", draw.choice(["Oslo", "Rome"], 300)),
        polars.Series("day", np.datetime64("2020-01-01", "us") + draw.integers(0, 9**14, 300).astype("m8[us]")),
        x5=polars.when(polars.Series(draw.random(300) < 0.9)).then("x5"),
    )
    return frame, x[:, 0] * x[:, 1] > 0


@pytest.fixture(scope="module")
def portable(table: tuple[polars.DataFrame, np.ndarray]) -> Portable:
    model = sx.SeparatrixClassifier(n_members=1, random_state=0).fit(*table)
    assert set(model.base_models_["base_model"]) & set(SCREENED_MODELS)
    return as_portable(model)


def test_every_export_of_a_screened_model_predicts_the_same(
    exported: Callable[[Portable, Any], np.ndarray], portable: Portable, table: tuple[polars.DataFrame, np.ndarray]
) -> None:
    x = table[0][:40]
    np.testing.assert_allclose(exported(portable, x), portable.predict_proba(x), rtol=1e-6, atol=1e-9)
