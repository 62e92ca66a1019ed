"""No text of a file, a table or a name reaches a terminal with control sequences."""

from __future__ import annotations

import os
import pty
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix import MLPBinaryClassifier
from separatrix.cli._tables import _progress
from separatrix.cli._terminal import console, printable, printable_rows
from separatrix.files import _estimator_file
from separatrix.files.container import pack

from .conftest import Done, surroundings, words

HOSTILE = "\x1b]0;OWNED\x07\x1b[2J\x9b31m\u202eAll is well"


def hostile_model(path: Path) -> Path:
    """A model file with a valid digest, whose texts hold control sequences."""
    x = polars.DataFrame({f"a{HOSTILE}": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0]})
    model = MLPBinaryClassifier((2,), max_iter=2, n_iter_no_change=None).fit(x, [f"n{HOSTILE}", f"y{HOSTILE}"] * 2)
    arrays, data = _estimator_file.to_data(model)
    data["versions"]["numpy"] = HOSTILE
    data["input"] = {"source": f"table{HOSTILE}\nfile          another row", "input_sha256": "0" * 64}
    path.write_bytes(pack(arrays, data))
    return path


@given(st.text())
def test_printable_text_shows_every_control_sequence(text: str) -> None:
    shown = printable(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\t\n" for letter in shown)
    assert printable(shown) == shown
    shown.encode()
    if text.isascii() and text.isprintable():
        assert shown == text


def test_names_between_colons_or_in_brackets_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rich would make an emoji of the first, and a colour of the second."""
    console().print(":b: and :smile:", markup=False)
    console().print(":b: and :smile:")
    assert capsys.readouterr().out.splitlines() == [":b: and :smile:"] * 2
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with _progress("epoch") as (move, _):
        assert move is not None
        move("column :b: [red]of[/]", 1, 2)
    assert "column :b: [red]of[/]" in capsys.readouterr().err


def test_rows_for_a_terminal_hold_one_line_each() -> None:
    rows = polars.DataFrame({f"name{HOSTILE}": ["plain", f"a\nb{HOSTILE}", None], "number": [1.5, 2.5, -3.5]})
    shown = printable_rows(rows)
    assert "\x1b" not in shown.write_csv()
    assert shown.columns[1] == "number"
    assert shown["number"].to_list() == [1.5, 2.5, -3.5]
    assert shown.to_series(0).to_list()[::2] == ["plain", None]
    assert "\n" not in shown.to_series(0)[1]


def test_inspect_shows_a_strangers_control_sequences_instead_of_sending_them(
    command: Callable[..., Done], tmp_path: Path
) -> None:
    done = command("inspect", str(hostile_model(tmp_path / "m.safetensors")))
    assert done.status == 0
    assert not any(sign in done.out for sign in "\x1b\x07\x9b\u202e")
    assert "\\x1b]0;OWNED\\x07" in done.out
    assert not any(line.startswith("file          another row") for line in done.out.splitlines())


def test_predictions_on_a_terminal_and_errors_send_none_either(command: Callable[..., Done], tmp_path: Path) -> None:
    hostile_model(tmp_path / "m.safetensors")
    (tmp_path / "rows.csv").write_text(f'"a{HOSTILE}",b,note\n1,2,x{HOSTILE}\n')
    controller, terminal = pty.openpty()
    line = words("predict", "m.safetensors", "rows.csv", "--keep", "note")
    subprocess.run(line, stdout=terminal, check=True, cwd=tmp_path, env=surroundings())
    os.close(terminal)
    shown = os.read(controller, 65_536)
    os.close(controller)
    assert b"note" in shown
    assert b"\x1b" not in shown
    (tmp_path / "rows.csv").write_text(f"b\n{HOSTILE}\n")
    refused = command("predict", "m.safetensors", "rows.csv")
    assert refused.status == 2
    assert "\x1b" not in refused.err
