"""Pipes that close, no colours, no terminal: clean."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

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
    _, err = child.communicate(timeout=120)
    return child.returncode, err


def test_head_of_the_lines_is_clean_and_the_lesson_is_finished(tmp_path: Path) -> None:
    line = ("lesson", "--epochs", "3000", "--verbose", "--no-pictures", "--engine", "torch")
    status, err = _into_closed_pipe(tmp_path, *line, read=20)
    assert err == ""
    assert status in (0, 1)
    assert (tmp_path / "lesson" / "model.safetensors").exists()


def test_head_of_a_step_is_clean(tmp_path: Path) -> None:
    status, err = _into_closed_pipe(tmp_path, "step")
    assert err == ""
    assert status in (0, 1)


def test_head_of_the_help_is_clean(tmp_path: Path) -> None:
    status, err = _into_closed_pipe(tmp_path, "lesson", "--help")
    assert err == ""
    assert status in (0, 1)


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
