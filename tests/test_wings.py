"""The wings of the package: private modules stay inside their wing, and each wing names what others may use."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import separatrix

PACKAGE = Path(separatrix.__file__).parent
WINGS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
WITHOUT_LIST = {"cli", "pictures"}  # entry points, not collections of modules


def modules_of(wing: str) -> set[str]:
    """Public modules and packages directly below a wing."""
    below = {path.stem for path in (PACKAGE / wing).glob("*.py")} | {
        path.parent.name for path in (PACKAGE / wing).glob("*/__init__.py")
    }
    return {name for name in below if not name.startswith("_")}


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, each with the names taken from it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("separatrix.")}


def test_a_private_module_is_imported_by_its_own_wing_alone():
    trespassers = []
    for path in PACKAGE.rglob("*.py"):
        wing = path.relative_to(PACKAGE).parts[0]
        for name in imported(path):
            parts = name.split(".")[1:]
            private = any(part.startswith("_") and not part.startswith("__") for part in parts[1:])
            if private and parts[0] != wing and path != PACKAGE / "__init__.py":
                trespassers.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert trespassers == []


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_says_in_its_first_line_what_it_is_for(wing):
    text = ast.get_docstring(ast.parse((PACKAGE / wing / "__init__.py").read_text(encoding="utf-8")))
    assert text, wing
    assert text.splitlines()[0].endswith((".", ":")), wing


@pytest.mark.parametrize("wing", sorted(set(WINGS) - WITHOUT_LIST))
def test_a_wing_names_the_modules_that_others_may_use(wing):
    tree = ast.parse((PACKAGE / wing / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert len(lists) == 1, f"{wing}/__init__.py has no __all__"
    names = set(ast.literal_eval(lists[0]))
    assert names >= modules_of(wing)
    package = importlib.import_module(f"separatrix.{wing}")
    assert all(name in modules_of(wing) or hasattr(package, name) for name in names)


def test_the_page_on_architecture_names_files_that_are_there():
    page = (PACKAGE.parent.parent / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    names = files_named(page)
    assert len(names) >= 20
    assert [name for name in names if not (PACKAGE / name).exists()] == []


def test_both_languages_of_the_page_on_architecture_name_the_same_files():
    folder = PACKAGE.parent.parent / "docs" / "explanation"
    english, chinese = (folder / f"architecture{ending}" for ending in (".md", ".zh-CN.md"))
    assert files_named(english.read_text(encoding="utf-8")) == files_named(chinese.read_text(encoding="utf-8"))


def files_named(page):
    """The source files that the tables of a page name, in their order."""
    return [name for row in page.splitlines() if row.startswith("|") for name in re.findall(r"`([\w/]+\.py)`", row)]
