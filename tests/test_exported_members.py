"""The public surface is what `separatrix.__init__` names: its three lists of it agree, and every name is there."""

import ast
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import separatrix as sx

ROOT = Path(__file__).parent.parent


def names_for_the_type_checker() -> set[str]:
    tree = ast.parse(Path(sx.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {alias.asname or alias.name for node in block.body for alias in node.names}


def test_all_names_the_public_members():
    assert sorted(set(sx.__all__)) == sorted(sx.__all__), "a name stands twice in __all__"
    assert set(sx.__all__) == names_for_the_type_checker() | {"__version__"}
    assert set(sx.__all__) == set(sx._MODULE_OF) | {"__version__"}


@pytest.mark.parametrize("name", sx.__all__)
def test_every_name_in_all_is_there(name):
    assert getattr(sx, name) is not None


def test_no_public_member_is_missing_from_all():
    for name in sx.__all__:
        getattr(sx, name)
    language = {"TYPE_CHECKING", "Any", "annotations", "import_module"}
    members = {name: value for name, value in vars(sx).items() if not isinstance(value, ModuleType)}
    public = {name for name in members if not name.startswith("_")}
    assert public - language <= set(sx.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        sx.no_such_name  # noqa: B018


def test_the_version_is_the_same_in_both_places():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sx.__version__ == project["version"]
