"""Pipes that close, no colours, no terminal: clean."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Done, surroundings, words


def _into_closed_pipe(folder: Path, *line: str, read: int = 0) -> tuple[int, str]:
    """Start the command with a reader that takes so many bytes and goes away."""
    reader, writer = os.pipe()
    child = subprocess.Popen(
        words(*line), stdout=writer, stderr=subprocess.PIPE, text=True, cwd=folder, env=surroundings()
    )
    os.close(writer)
    if read:
        os.read(reader, read)
    os.close(reader)
    _, err = child.communicate(timeout=600)
    return child.returncode, err


def test_head_of_the_lines_is_clean_and_the_lesson_is_finished(tmp_path: Path) -> None:
    line = ("lesson", "--epochs", "3000", "--verbose", "--no-pictures")
    status, err = _into_closed_pipe(tmp_path, *line, read=20)
    assert not [remark for remark in err.splitlines() if not remark.startswith("Compiling ")]
    assert status == 0
    assert (tmp_path / "lesson" / "model.safetensors").exists()


def test_head_of_a_step_is_clean(tmp_path: Path) -> None:
    status, err = _into_closed_pipe(tmp_path, "step")
    assert err == ""
    assert status == 0


def test_head_of_the_help_is_clean(tmp_path: Path) -> None:
    status, err = _into_closed_pipe(tmp_path, "lesson", "--help")
    assert err == ""
    assert status == 0


def test_fault_28_an_output_without_room_is_one_message_and_status_2(tmp_path: Path) -> None:
    for line in (("step",), ("--help",)):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                words(*line),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                cwd=tmp_path,
                env=surroundings(),
                check=False,
            )
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert done.stderr == "Error: the output can't be written: No space left on device.\n"


def test_no_color_is_respected(process: Callable[..., Done]) -> None:
    forced = process("lesson", "--loss", "bec", FORCE_COLOR="1")
    assert "\x1b[" in forced.err
    plain = process("lesson", "--loss", "bec", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[31m" not in plain.err
    assert "\x1b[1;31m" not in plain.err


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii"])
def test_fault_48_an_encoding_without_the_letters_ends_no_command(tmp_path: Path, encoding: str) -> None:
    for line in (("lesson", "--help"), ("step", "--network", "2-3-1")):
        environment = surroundings(PYTHONIOENCODING=encoding)
        done = subprocess.run(words(*line), cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode(encoding)


def test_fault_48_help_between_other_options_is_ascii_where_that_is_asked_for(tmp_path: Path) -> None:
    # Typer answers this help, not the short cut for a lone --help
    line = words("lesson", "--epochs", "0", "--help")
    done = subprocess.run(
        line, cwd=tmp_path, env=surroundings(PYTHONIOENCODING="ascii"), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Defaults" in done.stdout.decode("ascii")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_fault_48_closed_streams_end_no_command(tmp_path: Path, closed: str) -> None:
    line = f"{shlex.join(words('step', '--network', '2-2-1'))} {closed}"
    done = subprocess.run(line, shell=True, cwd=tmp_path, env=surroundings(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_fault_48_the_backend_of_a_notebook_is_not_ours(process: Callable[..., Done], tmp_path: Path) -> None:
    for number, backend in enumerate(("nonsense", "module://nonsense.backend")):
        done = process("points", "--out", f"{number}.png", MPLBACKEND=backend)
        assert (done.status, done.err) == (0, "")


def test_fault_40_a_name_that_the_system_finds_too_long_is_one_message(process: Callable[..., Done]) -> None:
    for line in (("fit", "n" * 5000, "--target", "y"), ("lesson", "--out", "n" * 300)):
        done = process(*line)
        assert done.status == 2
        assert "Traceback" not in done.err
        assert "File name too long" in done.err


@pytest.mark.parametrize("setting", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_fault_48_settings_of_numba_choose_the_other_engine(process: Callable[..., Done], setting: str) -> None:
    line = ("lesson", "--epochs", "5", "--network", "2-2-1", "--no-pictures")
    done = process(*line, **{setting: "1"})
    assert done.status == 0, done.err
    assert setting in done.err
    refused = process(*line, "--engine", "fused", "--force", **{setting: "1"})
    assert refused.status == 2
    assert setting in refused.err
