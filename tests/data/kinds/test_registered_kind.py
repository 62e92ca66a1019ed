"""A kind that is registered here works everywhere: files, frames, the encoder, model files, reports and every export."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.data.kinds import KINDS, ColumnKind, FormulaCode, register
from separatrix.data.table import Table, matched
from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import DataFileError, InvalidParameter
from separatrix.estimators.portable import as_portable
from separatrix.evaluation.inspection._asking import axis_of, typical_row
from separatrix.evaluation.overview import overview_of
from tests.exports.conftest import PREDICTORS

FORM = r"^([01]\d|2[0-3]):([0-5]\d)$"


@dataclass(frozen=True, eq=False)
class ClockCode(FormulaCode):
    kind = "clock"
    tag = "clock"

    name: str
    indicator: bool = False

    @property
    def value_names(self) -> tuple[str, ...]:
        return (f"{self.name}_sin", f"{self.name}_cos")

    def formula(self, x: Any, missing: Any, arithmetic: Any) -> list[Any]:
        angle = x / (1440 / (2 * math.pi))
        return [arithmetic.where(missing, 0.0, arithmetic.call(name, angle)) for name in ("sin", "cos")]


class Clock(ColumnKind):
    name = "clock"
    plural = "times of day"
    expected = "a time of day such as 23:15"
    stored = "Time"
    codes = (ClockCode,)
    ordered = True
    feed = "double, minutes since midnight, NaN where missing"

    def dtype(self) -> polars.DataType:
        return polars.Time()

    def holds(self, value: Any) -> bool:
        return isinstance(value, dt.time)

    def recognised(self, cells: Any) -> Any:
        return (_times(cells.texts), []) if cells.texts.str.contains(FORM).all() else None

    def parsed(self, cells: Any) -> polars.Series:
        cells.refuse(cells.texts.is_null() | cells.texts.str.contains(FORM), self.expected)
        return _times(cells.texts)

    def converted(self, series: polars.Series, source: ColumnKind) -> polars.Series | None:
        return _times(series) if source.name == "category" else None

    def numbers(self, column: polars.Series) -> np.ndarray:
        return (column.cast(polars.Int64) / 60e9).fill_null(float("nan")).to_numpy()

    def of_numbers(self, name: str, numbers: np.ndarray) -> polars.Series:
        return polars.Series(name, (numbers * 60e9).astype(np.int64)).cast(polars.Time)

    def labels(self, numbers: np.ndarray) -> list[str]:
        return [f"{int(number) // 60:02}:{int(number) % 60:02}" for number in numbers]

    def fitted(self, column: polars.Series, settings: Any, rows: Any = None) -> ClockCode:
        return ClockCode(column.name, settings.indicates(column))

    @staticmethod
    def read_cell(cell: Any) -> float:
        from datetime import time

        moment = time.fromisoformat(cell) if isinstance(cell, str) else cell
        return moment.hour * 60.0 + moment.minute


def _times(texts: polars.Series) -> polars.Series:
    return texts.str.to_time("%H:%M", strict=False)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    before = dict(KINDS)
    register(Clock())
    yield
    KINDS.clear()
    KINDS.update(before)


def table(rows: int = 80) -> tuple[polars.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    minutes = draw.integers(0, 1440, rows)
    times = [None if k == 5 else dt.time(int(value) // 60, int(value) % 60) for k, value in enumerate(minutes)]
    return polars.DataFrame({"t": times, "a": draw.normal(size=rows)}), np.sin(minutes / 229) > 0


def test_a_file_is_read_and_predicted_by_its_rules(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("t,y\n23:15,no\n,yes\n00:00,no\n")
    read = read_table(path, "y")
    assert read.kinds == {"t": "clock"}
    assert read.frame["t"].to_list() == [dt.time(23, 15), None, dt.time(0, 0)]
    path.write_text("t\n23:15\n24:00\n")
    with pytest.raises(DataFileError, match="line 3, column 't': expected a time of day such as 23:15"):
        list(read_batches(path, read.kinds))


def test_frames_of_times_and_of_text() -> None:
    frame, _ = table()
    assert Table.from_frame(frame).kinds == {"t": "clock", "a": "number"}
    assert Table.from_frame(frame.to_pandas()).kinds == {"t": "clock", "a": "number"}
    text = polars.DataFrame({"t": ["23:15", None]})
    assert matched(text, {"t": "clock"})["t"].to_list() == [dt.time(23, 15), None]


def test_it_is_fitted_saved_and_exported_with_equal_predictions(tmp_path: Path) -> None:
    frame, y = table()
    model = sx.MLPBinaryClassifier((4,), encoder=sx.TableEncoder(), engine="torch", max_iter=30, random_state=0)
    expected = model.fit(frame, y).predict_proba(frame)
    assert np.ptp(expected[:, 1]) > 0.01
    again = sx.load(sx.save(model, tmp_path / "model.safetensors"))
    assert again.predict_proba(frame).tobytes() == expected.tobytes()
    for name, predict in PREDICTORS.items():
        if name in ("javascript", "html"):  # their readers of cells are written in JavaScript, kind by kind
            with pytest.raises(InvalidParameter, match="JavaScript has no reader for columns of the kind 'clock'"):
                predict(as_portable(again), frame, tmp_path)
            continue
        found = predict(as_portable(again), frame, tmp_path)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5, err_msg=name)


def test_reports_show_it() -> None:
    frame, y = table()
    (clock, _) = overview_of(Table.from_frame(frame.with_columns(y=y), "y")).columns
    assert (clock.kind, clock.missing) == ("clock", 1)
    assert " to " in clock.spread.labels[0]
    axis = axis_of(frame["t"], "clock")
    assert len(axis) == 60
    assert np.isfinite(axis.place(frame["t"])).sum() == 79
    assert typical_row(frame, {"t": "clock", "a": "number"})["t"].dtype == polars.Time


def test_two_kinds_share_neither_name_nor_type() -> None:
    with pytest.raises(InvalidParameter, match="'clock' needs a name and a polars type of its own"):
        register(Clock())
