"""The reference has every public name, every command and every name of the registries."""

from __future__ import annotations

import inspect

import pytest

import separatrix as sx
from separatrix.cli._commands import COMMANDS
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


def test_every_command_has_its_help() -> None:
    text = reference_pages()["reference/api/commands.md"]
    assert all(f"Usage: separatrix {name} " in text for name in COMMANDS)


def test_names_of_registries_are_listed() -> None:
    text = reference_pages()["reference/api/registries.md"]
    assert all(f"`{name}`" in text for name in OPTIMIZERS)
