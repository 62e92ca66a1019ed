"""A picture is one file of the folder: nothing but its own `__all__` names it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import separatrix as sx
from tools.picture_stub import STUB, stub

SPIRAL = '''
"""A picture that nobody knows of."""

from matplotlib.figure import Figure

__all__ = ["spiral"]


def spiral() -> Figure:
    return Figure()


def helper() -> None: ...
'''


def test_a_new_file_is_a_new_picture(tmp_path: Path) -> None:
    folder = tmp_path / "gallery"
    folder.mkdir()
    shutil.copy(Path(sx.pictures.__file__), folder)
    (folder / "_spiral.py").write_text(SPIRAL, encoding="utf-8")
    (folder / "_helpers.py").write_text(
        "raise ImportError('a file without pictures is never imported')", encoding="utf-8"
    )
    code = (
        "import gallery; assert gallery.__all__ == ['spiral'], gallery.__all__\n"
        "assert 'spiral' in dir(gallery) and not hasattr(gallery, 'helper')\n"
        "from gallery import *\n"
        "assert type(spiral()).__name__ == 'Figure'"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_the_stub_for_type_checkers_is_up_to_date() -> None:
    assert STUB.read_text(encoding="utf-8") == stub(), "run python -m tools.picture_stub"


def test_no_module_has_the_name_of_a_picture():
    # importing it would put the module in the place of the function
    for name in sx.pictures.__all__:
        assert getattr(sx.pictures, name).__module__.startswith("separatrix.pictures.")
        assert getattr(sx.pictures, name).__module__ != f"separatrix.pictures.{name}"


def test_an_unknown_picture_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'separatrix\.pictures' has no attribute 'rok'"):
        sx.pictures.rok  # noqa: B018
