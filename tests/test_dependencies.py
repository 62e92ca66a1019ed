"""What the package imports is declared in `pyproject.toml`, and has a pinned version and a reason."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import separatrix as sx

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The distributions whose modules have another name, or that hold several.
DISTRIBUTION = {"PIL": "pillow", "sklearn": "scikit-learn", "mpl_toolkits": "matplotlib"}
EXTRAS_OF_USERS = ("torch", "export", "scale", "playground")  # the others are for developing and measuring


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[ ]", requirement, maxsplit=1)[0] for requirement in requirements}


def imported() -> dict[str, list[str]]:
    """Distribution -> the files that import it, deferred imports included."""
    found: dict[str, list[str]] = {}
    folder = Path(sx.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in (
                {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"separatrix", "_typeshed"}
            ):  # the last is there for type checkers alone
                found.setdefault(DISTRIBUTION.get(module, module), []).append(str(path.relative_to(folder)))
    return found


DECLARED = names(PROJECT["dependencies"])
OPTIONAL = {name for extra in EXTRAS_OF_USERS for name in names(PROJECT["optional-dependencies"][extra])}


@pytest.mark.parametrize("distribution", sorted(imported()))
def test_what_is_imported_is_declared(distribution: str) -> None:
    assert distribution in DECLARED | OPTIONAL, (
        f"{imported()[distribution]} import it, pyproject.toml doesn't declare it"
    )


def test_what_every_user_installs_is_imported() -> None:
    assert set(imported()) >= DECLARED


@pytest.mark.parametrize("name", sorted(DECLARED | OPTIONAL))
def test_every_dependency_has_a_pin_and_a_reason(name: str) -> None:
    assert re.search(rf"^{re.escape(name)}==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.search(
        rf"^\|.*\b{re.escape(name)}\b",
        (ROOT / "docs/explanation/decisions.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
