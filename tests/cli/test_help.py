"""Help and completion: at once, and with the names that the registries know."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields

import pytest

from separatrix.cli._command_list import COMMANDS
from separatrix.cli._option_tables import (
    CLASSIFIER,
    ENSEMBLE,
    JUDGING,
    LOOK,
    MACHINE,
    NETWORK,
    POINTS,
    READING,
    RECIPE,
    ROLES,
)
from separatrix.cli._options import REGISTRIES, names_of
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.ensemble import SeparatrixClassifier
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.reports._table_classifier import CROSSED, SETTINGS
from separatrix.reports.table_fit import FOLDS, TEST_FRACTION, fit_table
from tools import registry_names

from .conftest import Done, surroundings

HEAVY = ("torch", "numpy", "matplotlib", "polars", "numba", "scipy")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from separatrix.cli import run; status = run(['--help']); "
        f"sys.exit(status or any(name in sys.modules for name in {HEAVY!r}))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=surroundings())


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_commands_help_imports_nothing_heavy(name: str) -> None:
    code = (
        f"import sys; from separatrix.cli import run; status = run([{name!r}, '--help']); "
        f"sys.exit(status or any(module in sys.modules for module in {(*HEAVY, 'rich', 'pydantic')!r}))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=surroundings())


def test_the_written_names_are_those_of_the_registries() -> None:
    assert registry_names.FILE.read_text(encoding="utf-8") == registry_names.listing(), "run make format"


def test_the_list_of_commands_loads_none_of_them() -> None:
    modules = sorted({f"separatrix.cli.{module}" for module, _ in COMMANDS.values()})
    code = (
        "import sys; from separatrix.cli import run; status = run(['--help']); "
        f"sys.exit(status or any(module in sys.modules for module in {modules!r}))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=surroundings())


def test_a_mistyped_command_gets_a_suggestion(command: Callable[..., Done]) -> None:
    done = command("leson")
    assert done.status == 2
    assert "Did you mean 'lesson'?" in done.err


def test_without_arguments_it_says_how_to_begin(command: Callable[..., Done]) -> None:
    done = command()
    assert done.status == 0
    first_steps = [line.split()[1] for line in done.out.splitlines() if line.startswith("  separatrix ")]
    assert first_steps == ["play", "lesson", "fit"]


def test_the_overview_lists_all_commands(command: Callable[..., Done]) -> None:
    done = command("--help")
    assert done.status == 0
    assert all(f"\n  {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"]])
def test_what_needs_no_command_imports_no_typer(arguments: list[str]) -> None:
    code = (
        f"import sys; from separatrix.cli import run; status = run({arguments!r}); "
        "sys.exit(status or 'typer' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=surroundings())


def test_help_among_other_options_is_the_same_help(command: Callable[..., Done]) -> None:
    assert command("fit", "--help", "--force").out == command("fit", "--help").out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(command: Callable[..., Done], name: str) -> None:
    done = command(name, "--help")
    assert done.status == 0
    assert "Usage: separatrix " + name in done.out


@pytest.mark.parametrize("kind", [kind for kind in REGISTRIES if kind not in ("engine", "metric", "to")])
def test_the_lessons_help_lists_the_names_of_every_registry(command: Callable[..., Done], kind: str) -> None:
    said = " ".join(command("lesson", "--help").out.replace("│", " ").split())
    assert all(name in said for name in names_of(kind))


def test_the_help_of_fit_lists_the_metrics(command: Callable[..., Done]) -> None:
    said = " ".join(command("fit", "--help").out.replace("│", " ").split())
    assert all(name in said for name in names_of("metric"))


def test_every_setting_of_a_recipe_and_a_network_is_an_option() -> None:
    assert {field.name for field in fields(Recipe)} == set(RECIPE)
    assert {"network", "activation", "init"} == set(NETWORK)
    assert {field.name for field in fields(Network)} - {"widths"} <= set(NETWORK)


def test_the_defaults_that_are_told_are_the_librarys() -> None:
    told = {name: kind.__metadata__[0].help for name, kind in (RECIPE | NETWORK).items()}
    plain = {
        name: value.default
        for name, value in (inspect.signature(Recipe).parameters | inspect.signature(Network).parameters).items()
        if name in told and value.default is not None and value.default is not False and value.default != ()
    }
    plain["betas"] = "0.9 0.999"
    assert {"epochs", "seed", "loss", "activation"} <= set(plain)
    for name, value in plain.items():
        assert f"Defaults to {value}" in told[name], name
    assert f"sgd {Recipe().lr}" in told["lr"]


def test_values_have_words_and_not_the_names_of_types(command: Callable[..., Done]) -> None:
    for name in COMMANDS:
        text = command(name, "--help").out
        assert not re.search(r"<|\[str\]| (str|int|float|path)( range)?  ", text), name
    text = command("lesson", "--help").out
    assert re.search(r"--n INTEGER  ", text)
    assert re.search(r"--checkpoint-seconds NUMBER  ", text)
    assert re.search(r"--out PATH  ", text)
    assert re.search(r"--x TEXT  ", text)
    assert re.search(r"  DATA  CSV", command("fit", "--help").out)


def test_every_option_says_what_it_is() -> None:
    for table in (POINTS, NETWORK, RECIPE, MACHINE, LOOK, READING, ENSEMBLE, CLASSIFIER, ROLES, JUDGING):
        for name, kind in table.items():
            assert len(kind.__metadata__[0].help) > 8, name


def test_the_defaults_that_are_told_of_tables_are_the_librarys() -> None:
    told = {name: kind.__metadata__[0].help for name, kind in (CLASSIFIER | JUDGING | ENSEMBLE).items()}
    library = inspect.signature(MLPBinaryClassifier).parameters
    defaults = {name: library[name].default for name in ("activation", "init", "optimizer")} | {
        "l2": library["alpha"].default
    }
    defaults |= {
        "lr": "that of the optimiser",
        "hidden": "-".join(map(str, SETTINGS["hidden_layer_sizes"])),
    }
    defaults |= {"epochs": SETTINGS["max_iter"], "patience": SETTINGS["n_iter_no_change"]}
    of_job = inspect.signature(fit_table).parameters
    defaults |= {name: of_job[name].default for name in ("seed",)}
    defaults |= {"test_fraction": TEST_FRACTION}
    defaults |= {"folds": f"{FOLDS}; none above {CROSSED:,} rows", "threshold": "the classifier's own"}
    defaults |= {"n_members": inspect.signature(SeparatrixClassifier).parameters["n_members"].default}
    for name, value in defaults.items():
        assert f"Defaults to {value}" in told[name], name


def test_version(command: Callable[..., Done]) -> None:
    from separatrix import __version__

    assert command("--version") == Done(0, f"separatrix {__version__}\n", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("separatrix le", "lesson"),
        ("separatrix lesson --val", "--validation-fraction"),
        ("separatrix lesson --activation ta", "tanh"),
        ("separatrix points --sampler spi", "spirals"),
        ("separatrix lesson --palette sa", "safe"),
    ],
)
def test_the_shell_completes(process: Callable[..., Done], line: str, expected: str) -> None:
    count = str(len(line.split()) - 1)
    done = process(_SEPARATRIX_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=count)
    assert done.out.split() == [expected]


def test_the_completion_script_is_shown(process: Callable[..., Done]) -> None:
    done = process("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.status == 0
    assert "_SEPARATRIX_COMPLETE=complete_bash" in done.out
