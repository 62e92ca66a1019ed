"""The reference has every public name, command, name of the registries, setting, and entry of the model file."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from pathlib import Path

import pytest

import separatrix as sx
from separatrix.cli._commands import COMMANDS
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import code_classes
from separatrix.files import _estimator_file, run_file
from separatrix.files.container import unpack
from separatrix.networks.optimizers import OPTIMIZERS
from tools.docs_reference import NOT_DESCRIBED, api_pages, public_names, reference_pages


def test_no_public_name_is_missing() -> None:
    described = {name for names in api_pages().values() for name in names}
    assert described == (set(sx.__all__) - NOT_DESCRIBED) | {f"pictures.{name}" for name in sx.pictures.__all__}


def test_every_name_is_on_one_page_in_each_language() -> None:
    pages = reference_pages()
    for path in public_names().values():
        assert sum(f"::: {path}\n" in text for text in pages.values()) == 2


@pytest.mark.parametrize("name", sorted(set(sx.__all__) - NOT_DESCRIBED))
def test_every_public_name_says_what_it_is(name: str) -> None:
    assert len((inspect.getdoc(getattr(sx, name)) or "").split()) > 4


def test_every_page_of_the_reference_is_in_the_navigation() -> None:
    navigation = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    assert {path for path in reference_pages() if "zh-CN" not in path and f"- {path}\n" not in navigation} == set()


# Records that a function returns whose own example shows them, errors of a machine's state, and what opens windows.
WITHOUT_EXAMPLE = {
    *("Counterfactuals", "Dependence", "Explanation", "Importance", "Overview", "Results", "Section", "StudyProgress"),
    *("EngineRefusal", "ForkedProcess", "MissingPackage", "OutOfMemory"),
    *("ModuleNetwork", "to_torch", "pictures.EpochBand", "pictures.show", "pictures.wall"),
}


@pytest.mark.parametrize("name", sorted(set(public_names()) - WITHOUT_EXAMPLE))
def test_every_public_name_has_an_example_that_the_page_shows_as_code(name: str) -> None:
    module, _, attribute = public_names()[name].rpartition(".")
    text = inspect.getdoc(getattr(importlib.import_module(module), attribute)) or ""
    # outside of this section a line that begins with >>> would be a quotation of a quotation
    assert ">>>" in text.partition("Examples:\n")[2]
    assert ">>>" not in text.partition("Examples:\n")[0]


def test_every_command_has_its_help() -> None:
    text = reference_pages()["reference/api/commands.md"]
    assert all(f"Usage: separatrix {name} " in text for name in COMMANDS)


def test_names_of_registries_are_listed() -> None:
    text = reference_pages()["reference/api/registries.md"]
    assert all(f"`{name}`" in text for name in OPTIMIZERS)


DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| .+ \|$", re.MULTILINE)
LANGUAGES = ("", ".zh-CN")


def settings_of(owner: type) -> dict[str, str]:
    """Every setting of a class as a page shows it -> its default."""
    if dataclasses.is_dataclass(owner):
        missing = dataclasses.MISSING
        defaults = {field.name: field.default for field in dataclasses.fields(owner)}
    else:
        missing = inspect.Parameter.empty
        defaults = {name: setting.default for name, setting in inspect.signature(owner).parameters.items()}
    return {name: "—" if default is missing else f"`{default!r}`" for name, default in defaults.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "owner", [sx.Recipe, sx.Network, sx.SeparatrixClassifier, sx.MLPBinaryClassifier, TableEncoder]
)
def test_the_page_of_settings_has_every_setting_with_its_default(owner: type, language: str) -> None:
    text = (DOCS / f"reference/settings{language}.md").read_text(encoding="utf-8")
    section = text.partition(f"## {owner.__name__}\n")[2].partition("\n## ")[0]
    assert dict(ROW.findall(section)) == settings_of(owner)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_settings_has_every_variable_of_the_environment(language: str) -> None:
    text = (DOCS / f"reference/settings{language}.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in Path(sx.__file__).parent.rglob("*.py"))
    assert set(re.findall(r'"(SEPARATRIX_\w+)"', source)) == set(re.findall(r"\| `(SEPARATRIX_\w+)` \|", text))


@pytest.fixture(scope="module")
def entries_of_files() -> set[str]:
    """The names of all entries and arrays of a run and of estimators, written now and by earlier versions."""
    recipe = sx.Recipe(optimizer="sgd", weight_decay=0.1, epochs=3, snapshots=(1,), validation_fraction=0.2, patience=2)
    points = sx.circle(n=40)
    run = sx.train(sx.Network.parse("2-2-1"), recipe, points)
    single = sx.MLPBinaryClassifier((2,), max_iter=2, random_state=0).fit(points.x, points.y)
    ensemble = DOCS.parent / "tests" / "golden" / "ensemble-format-1.safetensors"
    names = {"format", "needs", "sha256", "data", "sgd_weight_decay"}
    for arrays, data in (run_file.to_data(run), _estimator_file.to_data(single), unpack(ensemble.read_bytes())):
        names |= data.keys() | data["network"].keys() if data["kind"] == "run" else data.keys()
        names |= {name for name in arrays if name.startswith(("history.", "checkpoint.")) or "." not in name}
        names |= data.get("portable", {}).keys() | data.get("extras", {}).keys() | data.get("checkpoint", {}).keys()
        names |= {name for member in data.get("portable", {}).get("members", ()) for name in member}
    for code in code_classes().values():
        names |= {code.tag, *(field.name for field in dataclasses.fields(code))}
    # arrays of an estimator are numbered, and "families" is the base models' name in files of the first version
    return {name for name in names if not re.fullmatch(r"array\d+", name)} - {"families"} | {"base_models"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_model_file_has_every_entry(entries_of_files: set[str], language: str) -> None:
    text = (DOCS / f"reference/file-format{language}.md").read_text(encoding="utf-8")
    assert {name for name in entries_of_files if f"`{name}`" not in text} == set()
    assert len(entries_of_files) > 60
