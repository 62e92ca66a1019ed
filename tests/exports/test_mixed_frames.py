"""Random tables of mixed columns: fitted, saved, loaded, predicted and exported, the probabilities stay the same."""

from __future__ import annotations

import datetime
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import separatrix as sx
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.portable import as_portable
from tests.exports.conftest import PREDICTORS

NUMBERS = st.floats(-1e3, 1e3) | st.sampled_from([0.0, 1e-300, 1e30, -1e30, 1e200, 5e-324, 1.7e308])
TEXTS = st.sampled_from(["a", "b", "c", "dd", "é", "'''", "=1", " "])
TIMES = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1))
VALUES: dict[str, tuple[Any, Any]] = {
    "number": (NUMBERS, polars.Float64),
    "whole": (st.integers(-3, 3).map(float), polars.Float64),
    "boolean": (st.booleans(), polars.Boolean),
    "category": (TEXTS, polars.String),
    "date": (TIMES, polars.Datetime("us")),
}
EDGES: dict[str, list[Any]] = {
    "number": [None, 0.0, -1.7e308, 1.7e308, 1e-310],
    "whole": [None, 1e9, -1e9, 0.5, -0.0],
    "boolean": [None, True, False, True, None],
    "category": [None, "unseen", "A", "a ", "'"],
    "date": [
        None,
        datetime.datetime(1601, 1, 1),
        datetime.datetime(2250, 6, 1, 12),
        datetime.datetime(1970, 1, 1),
        None,
    ],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[polars.DataFrame, np.ndarray, polars.DataFrame]:
    """Rows to train on, their labels, and rows to predict: the same and edge rows."""
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4))
    rows = draw(st.integers(6, 20))
    train, edge = [], []
    for at, kind in enumerate(kinds):
        values, dtype = VALUES[kind]
        column = draw(st.lists(st.none() | values if draw(st.booleans()) else values, min_size=rows, max_size=rows))
        train.append(polars.Series(f"{kind} {at}", column, dtype))
        edge.append(polars.Series(f"{kind} {at}", EDGES[kind], dtype))
    labels = np.array(draw(st.permutations([at % 2 for at in range(rows)])))
    frame = polars.DataFrame(train)
    return frame, labels, polars.concat([frame, polars.DataFrame(edge)])


ENCODERS = st.builds(
    TableEncoder,
    numbers=st.sampled_from(["robust", "standard", "quantile", "piecewise", "both"]),
    max_one_hot=st.sampled_from([1, 3, 12]),
    missing_indicator=st.sampled_from([True, False, "auto"]),
    random_state=st.just(0),
)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:column .* in training, such as:UserWarning"
)  # texts are drawn anew for the prediction
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(table=tables(), encoder=ENCODERS, outputs=st.sampled_from([1, 2]), dtype=st.sampled_from(["float32", "float64"]))
def test_fit_save_load_predict_export(
    tmp_path_factory: pytest.TempPathFactory, table: Any, encoder: TableEncoder, outputs: int, dtype: str
) -> None:
    frame, labels, asked = table
    model = MLPBinaryClassifier((4,), "tanh", outputs=outputs, encoder=encoder, engine="torch", max_iter=2, dtype=dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "no row has a value in column")
        model.set_params(random_state=0).fit(frame, np.array(["no", "yes"])[labels])
    expected = model.predict_proba(asked)
    assert np.isfinite(expected).all()
    folder = tmp_path_factory.getbasetemp()
    again = sx.load(sx.save(model, folder / "mixed.safetensors", force=True))
    assert again.predict_proba(asked).tobytes() == expected.tobytes()
    assert again.predict(asked).tolist() == model.predict(asked).tolist()
    assert repr(again.get_params()) == repr(model.get_params())
    for name, predicted in PREDICTORS.items():
        found = predicted(as_portable(again), asked, folder)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5, err_msg=name)


def test_an_array_with_missing_values_is_exported_by_place(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    x = np.where(draw.random((60, 3)) < 0.2, np.nan, draw.normal(size=(60, 3)))
    model = MLPBinaryClassifier((4,), engine="torch", max_iter=2, encoder=TableEncoder(), random_state=0)
    model.fit(x, draw.random(60) > 0.5)
    for predicted in PREDICTORS.values():
        found = predicted(as_portable(model), x, tmp_path)
        np.testing.assert_allclose(found, model.predict_proba(x), rtol=0, atol=1e-5)
