"""A folder has one writer at a time, and a lock leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from separatrix.errors import OutputError
from separatrix.support.locks import locked, locked_for_output


def test_fault_54_a_second_writer_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with locked_for_output(folder):
        with pytest.raises(OutputError, match="in use by process"), locked_for_output(folder):
            raise AssertionError("both hold it")
        (folder / "result").touch()
    assert [path.name for path in folder.iterdir()] == ["result"]
    with locked_for_output(folder):
        pass


def test_a_folder_without_results_is_gone_afterwards_and_an_older_one_stays(tmp_path: Path) -> None:
    with locked_for_output(tmp_path / "new"):
        pass
    with pytest.raises(ZeroDivisionError), locked_for_output(tmp_path / "new"):
        _ = 1 / 0
    assert not (tmp_path / "new").exists()
    (tmp_path / "lock").write_text("a file of the user's")
    with locked_for_output(tmp_path):
        pass
    assert (tmp_path / "lock").read_text() == "a file of the user's"


def test_a_lock_that_was_left_behind_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("process 1 on another")
    with locked(tmp_path):
        assert "another" not in (tmp_path / "lock").read_text()


def test_fault_28_a_file_in_the_place_of_the_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"), locked(tmp_path / "file"):
        pass
