"""The house keeps its shape: imports run one way, and nothing heavy is imported before it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("matplotlib", "numba", "panel", "polars", "scipy", "sklearn", "torch")

IMPORT = "import separatrix"
HELP = """
import contextlib, io, sys
sys.argv = ["separatrix", "--help"]
from separatrix.cli import main
with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
    main()
assert "lesson" in shown.getvalue(), shown.getvalue()
"""


def test_imports_run_one_way():
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", [IMPORT, HELP], ids=["import separatrix", "separatrix --help"])
def test_nothing_heavy_is_imported_before_it_is_needed(python, code):
    print_heavy = f"\nimport sys\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    assert python(code + print_heavy).split() == []


def test_python_m_separatrix_is_the_command_line():
    command = [sys.executable, "-m", "separatrix", "--version"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout.split()[0]) == (0, "separatrix"), done.stderr
