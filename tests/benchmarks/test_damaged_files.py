"""A slice of the damaged files of `benchmarks.damaged_files`, and that it sees a fault where there is one."""

from __future__ import annotations

from pathlib import Path

import polars

from benchmarks import damaged_files


def test_fault_08_44_and_47_damaged_files_are_errors_or_read_as_they_were(tmp_path: Path) -> None:
    outcomes = damaged_files.run(140, 1, tmp_path)
    assert {name for name, _ in outcomes} == {whole.name for whole in damaged_files.whole_files(1)}
    assert [result for _, result in outcomes if result.startswith("FAULT")] == []
    assert sum(times for (_, result), times in outcomes.items() if result == "refused") > 90


def test_fewer_rows_other_values_and_foreign_errors_are_faults(tmp_path: Path) -> None:
    whole = damaged_files.whole_files(0)[-1]
    frame = polars.DataFrame({"a": [1.0, 2.0]})
    compared = damaged_files._compared
    assert compared(frame.head(1), frame, whole, "pages", frame).startswith("FAULT: batches")
    assert compared(frame.head(1), frame.head(1), whole, "pages", frame) == "FAULT: 1 of 2 rows"
    assert compared(frame + 1, frame + 1, whole, "pages", frame).startswith("FAULT: other values")
    assert compared(frame, frame, whole, "pages", frame) == "unchanged"
