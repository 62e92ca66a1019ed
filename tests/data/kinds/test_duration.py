"""Durations: read from every source, fitted, predicted and exported with equal probabilities."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.data.frames import as_frame
from separatrix.data.kinds.duration import Duration, as_durations, duration_text
from separatrix.data.table import Table, matched
from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import DataFileError, InvalidData
from separatrix.estimators.portable import as_portable
from separatrix.evaluation.overview import overview_of
from tests.exports.conftest import PREDICTORS

HOURS = [0.5, 1.25, -2.0, None, 30.0]
VALUES = [None if hours is None else dt.timedelta(hours=hours) for hours in HOURS]


@pytest.mark.parametrize(
    "frame",
    [
        polars.DataFrame({"d": polars.Series(VALUES, dtype=polars.Duration("ms"))}),
        polars.DataFrame({"d": polars.Series(VALUES, dtype=polars.Duration("ns"))}),
        pd.DataFrame({"d": pd.to_timedelta(HOURS, unit="h")}),
        pd.DataFrame({"d": pd.Series(VALUES, dtype=object)}),
        pa.table({"d": pa.array(VALUES, pa.duration("us"))}),
    ],
    ids=["polars ms", "polars ns", "pandas", "pandas objects", "pyarrow"],
)
def test_fault_46_timedeltas_of_every_frame_are_durations(frame: Any) -> None:
    table = Table.from_frame(frame)
    assert table.kinds == {"d": "duration"}
    assert table.frame["d"].to_list() == VALUES


def test_fault_46_an_array_of_timedeltas_keeps_its_unit() -> None:
    array = np.array([[5400, 60], ["NaT", 0]], dtype="timedelta64[s]")
    for unit in ("s", "us", "ns"):
        frame = as_frame(array.astype(f"timedelta64[{unit}]"))
        assert frame.rows() == [
            (dt.timedelta(hours=1.5), dt.timedelta(minutes=1)),
            (None, dt.timedelta(0)),
        ]
    assert as_frame(np.array([["2026-11-23"]], dtype="datetime64[ns]")).row(0) == (dt.datetime(2026, 11, 23),)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30:00", 5400),
        ("00:00:00.25", 0.25),
        ("100:00:01", 360_001),
        ("2 days 03:04:05.5", 183_845.5),
        ("1 day, 2:03:04", 93_784),
        ("-1 days +23:00:00", -3600),
        ("-1 day, 23:00:00", -3600),
        ("-1 day 23:00:00", -86_400 - 23 * 3600),
        ("-0:00:01.000001", -1.000001),
        ("3 days", 259_200),
        (" 0:00:07 ", 7),
    ],
)
def test_text_is_read_and_the_exported_reader_agrees(text: str, seconds: float) -> None:
    assert as_durations(polars.Series([text.strip()])).to_list() == [dt.timedelta(seconds=seconds)]
    assert Duration.read_cell(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "+", "-", "1:60:00", "1:00:60", "12:30", "1:2:3", "3 days,", "1h", "1:00:00.", "١:00:00"]
)
def test_other_text_is_no_duration_anywhere(text: str) -> None:
    assert as_durations(polars.Series([text])).to_list() == [None]
    with pytest.raises(ValueError, match=r"^$"):
        Duration.read_cell(text)


@given(st.timedeltas(dt.timedelta(days=-9_000_000), dt.timedelta(days=9_000_000)))
def test_what_is_written_is_read_back(value: dt.timedelta) -> None:
    text = duration_text(value)
    assert as_durations(polars.Series([text])).to_list() == [value]
    assert Duration.read_cell(text) == value.total_seconds()


@given(st.timedeltas(dt.timedelta(days=-100_000), dt.timedelta(days=100_000)))
def test_the_texts_of_pandas_and_python_are_read(value: dt.timedelta) -> None:
    for text in (str(pd.Timedelta(value)), str(value)):
        assert as_durations(polars.Series([text])).to_list() == [value]
        assert Duration.read_cell(text) == value.total_seconds()


def test_a_file_of_durations(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("d,y\n1:30:00,no\n,yes\n1 days 00:00:01,no\n")
    table = read_table(path, "y")
    assert table.kinds == {"d": "duration"}
    assert table.frame["d"].to_list() == [dt.timedelta(hours=1.5), None, dt.timedelta(days=1, seconds=1)]
    later = tmp_path / "later.csv"
    later.write_text("d\n0:00:01\n\n")
    (batch,) = read_batches(later, table.kinds)
    assert batch["d"].to_list() == [dt.timedelta(seconds=1), None]
    later.write_text("d\n0:00:01\n90 min\n")
    with pytest.raises(DataFileError, match=r"line 3, column 'd': expected a duration such as 1:30:00.* got '90 min'"):
        list(read_batches(later, table.kinds))


def test_text_that_looks_like_durations_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("d,e,y\n1h 30m,PT1H30M,no\n90 min,PT2H,yes\n")
    table = read_table(path, "y")
    assert table.kinds == {"d": "category", "e": "category"}
    assert [text for text in table.warnings if "looks like durations" in text] == list(table.warnings)
    assert len(table.warnings) == 2


def test_fault_45_other_columns_where_durations_were_in_training() -> None:
    kinds = {"d": "duration"}
    assert matched(polars.DataFrame({"d": ["1:30:00", None]}), kinds)["d"].to_list() == [dt.timedelta(hours=1.5), None]
    assert matched(polars.DataFrame({"d": [None, None]}), kinds)["d"].dtype == polars.Duration("us")
    with pytest.raises(InvalidData, match="'d' was a duration in training and is a number here"):
        matched(polars.DataFrame({"d": [90.0]}), kinds)
    with pytest.raises(InvalidData, match="must be a duration such as 1:30:00, as in training, got 'soon' in row 1"):
        matched(polars.DataFrame({"d": ["1:30:00", "soon"]}), kinds)


def test_durations_where_training_had_seconds_or_text() -> None:
    frame = polars.DataFrame({"d": [dt.timedelta(seconds=90), None]})
    assert matched(frame, {"d": "number"})["d"].to_list() == [90.0, None], "models of earlier versions took seconds"
    assert matched(frame, {"d": "category"})["d"].to_list() == ["0:01:30", None]


def test_a_report_shows_a_median_and_a_histogram() -> None:
    frame = polars.DataFrame(
        {"d": [dt.timedelta(minutes=minutes) for minutes in range(100)], "y": ["no"] * 50 + ["yes"] * 50}
    )
    (column,) = overview_of(Table.from_frame(frame, "y")).columns
    assert (column.kind, column.low, column.middle, column.high) == ("duration", "0:00:00", "0:49:30", "1:39:00")
    assert column.auc > 0.9
    assert column.spread.labels[0].startswith("0:00:00 to 0:0")


@pytest.mark.parametrize("numbers", ["robust", "quantile", "both"])
def test_fit_save_load_and_export_with_equal_predictions(tmp_path: Path, numbers: str) -> None:
    draw = np.random.default_rng(0)
    seconds = draw.exponential(3600, 80)
    frame = polars.DataFrame({"d": [dt.timedelta(seconds=value) for value in seconds], "a": draw.normal(size=80)})
    frame[3, "d"] = None
    model = sx.MLPBinaryClassifier((4,), encoder=sx.TableEncoder(numbers), engine="torch", max_iter=20, random_state=0)
    model.fit(frame, seconds + 600 * draw.normal(size=80) > 3000)
    expected = model.predict_proba(frame)
    assert np.ptp(expected[:, 1]) > 0.01, "the column matters"
    again = sx.load(sx.save(model, tmp_path / "model.safetensors"))
    assert again.predict_proba(frame).tobytes() == expected.tobytes()
    portable = as_portable(again)
    assert portable.columns == {"d": "duration", "a": "number"}
    for name, predict in PREDICTORS.items():
        np.testing.assert_allclose(predict(portable, frame, tmp_path), expected, rtol=0, atol=1e-5, err_msg=name)
