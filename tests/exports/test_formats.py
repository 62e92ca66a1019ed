"""An export format is one file of the folder: the command line, its help and these tests read it from there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import separatrix as sx
from separatrix.cli import app
from separatrix.exports import FORMATS

ROOT = Path(__file__).parents[2]
TEXT = '''
"""An export that nobody knows of."""

from outlets import ExportFormat


def to_text(model, path, *, force=False):
    path.write_text(str(model))
    return path


FORMAT = ExportFormat("text", ".txt", to_text, "the model's repr")
'''


def test_a_new_file_is_a_new_format(tmp_path: Path) -> None:
    folder = tmp_path / "outlets"
    folder.mkdir()
    shutil.copy(Path(sx.save.__globals__["__file__"]).parents[1] / "exports" / "__init__.py", folder)
    (folder / "text.py").write_text(TEXT, encoding="utf-8")
    (folder / "helpers.py").write_text("HELPS = True", encoding="utf-8")
    code = (
        "from pathlib import Path; from outlets import FORMATS; assert list(FORMATS) == ['text'], FORMATS\n"
        "assert FORMATS['text'].write(7, Path('model.txt')).read_text() == '7'"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_importing_the_formats_loads_neither_torch_nor_onnx() -> None:
    code = (
        "import sys; from separatrix.exports import FORMATS; assert len(FORMATS) == 5\n"
        "assert not {'torch', 'onnx', 'numba', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_line_lists_and_takes_every_format(tmp_path: Path) -> None:
    run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(epochs=2), sx.moons(n=20))
    model = str(sx.save(run, tmp_path / "model.safetensors"))
    text = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200"}).output
    for name, kind in FORMATS.items():
        assert name in text
        assert CliRunner().invoke(app, ["export", model, "--to", name], standalone_mode=False).exception is None
        assert (tmp_path / f"model{kind.suffix}").stat().st_size > 100


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_in_the_docs_and_its_extra_in_the_project(name: str) -> None:
    kind = FORMATS[name]
    assert name == kind.name
    assert any(f"to_{name}" in page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not kind.extra or kind.extra in project["optional-dependencies"]
    assert getattr(sx, f"to_{name}") is kind.write


def test_no_two_formats_write_files_of_the_same_suffix() -> None:
    assert len({kind.suffix for kind in FORMATS.values()}) == len(FORMATS)
