"""The options that commands share, as tables from a parameter of the library to its option.

Names that can be chosen come from the registries, which are imported only when a value or a help text needs them. An
option that isn't typed is not passed on, so that the defaults are those of the library.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from separatrix.cli._registry_names import NAMES

Chosen = dict[str, Any]  # the options of a table that were typed, by the library's names
Table = dict[str, Any]  # name -> annotated type

REGISTRIES = {
    "sampler": ("separatrix.data.samplers", "SAMPLERS"),
    "activation": ("separatrix.networks.activations", "ACTIVATIONS"),
    "init": ("separatrix.networks.network", "INITIALISATIONS"),
    "loss": ("separatrix.networks.losses", "LOSSES"),
    "optimizer": ("separatrix.networks.optimizers", "OPTIMIZERS"),
    "schedule": ("separatrix.networks.recipe", "SCHEDULES"),
    "engine": ("separatrix.engines.choose", "ENGINES"),
    "metric": ("separatrix.evaluation.thresholds", "METRICS"),
    "palette": ("separatrix.pictures.style", "PALETTES"),
    "theme": ("separatrix.pictures.style", "THEMES"),
    "to": ("separatrix.exports", "FORMATS"),
}
# Help texts list the names of these registries.
LISTED = ("sampler", "activation", "init", "loss", "optimizer", "schedule", "metric", "to")


def names_of(kind: str) -> list[str]:
    """The names in a registry that can be chosen."""
    module, name = REGISTRIES[kind]
    # imported here and not at the top: --help and completion have to answer at once
    names = list(getattr(import_module(module), name))
    # auto is no engine but the choice among them
    return ["auto", *names] if kind == "engine" else names


def listed_names(kind: str) -> tuple[str, ...]:
    """The same names for help texts and completion, without an import that isn't there already.

    The written list is compared with the registries by a test. A registry that this process has loaded comes first: its
    caller may have added an entry.
    """
    if REGISTRIES[kind][0] in sys.modules:
        return tuple(names_of(kind))
    return NAMES[kind]


def option(kind: Any, about: str, *flags: str, panel: str, default: str = "", **more: Any) -> Any:
    """An option that may be left out.

    Args:
        kind: type of its value.
        about: help text, in whole sentences.
        flags: how it is typed, if not as its name.
        panel: heading in the help under which it stands.
        default: what the library does without it; it is only mentioned in the help.
        more: further arguments of `typer.Option`.
    """
    text = f"{about} Defaults to {default}." if default else about
    # None marks an option that isn't typed, so show_default would print a wrong default
    return Annotated[kind | None, typer.Option(*flags, help=text, show_default=False, rich_help_panel=panel, **more)]


def one_of(kind: str, about: str, panel: str, default: str) -> Any:
    """An option that takes a name of a registry, and completes it in the shell."""

    def parse(text: str) -> str:
        return checked_name(kind, text)

    return option(
        str, about, panel=panel, default=default, parser=parse, metavar="NAME", autocompletion=completing(kind)
    )


def checked_name(kind: str, text: str) -> str:
    """The text, if it is a name of the registry.

    Raises:
        typer.BadParameter: it is not; the message has all names and the nearest one.
    """
    from separatrix.support.constraints import nearest

    names = names_of(kind)
    if text not in names:
        raise typer.BadParameter(f"unknown {kind} {text!r}; known are {', '.join(names)}.{nearest(text, names)}")
    return text


def completing(kind: str) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:  # Typer passes the typed text by the name of this parameter
        return [name for name in listed_names(kind) if name.startswith(incomplete)]

    return complete


def existing_file(text: str) -> Path:
    """A file that exists.

    Raises:
        typer.BadParameter: it doesn't; the message has the nearest name in its folder.
    """
    from separatrix.support.constraints import nearest

    # checked while the options are parsed, so that a typing error is reported before any work
    path = Path(text)
    if path.is_file():
        return path
    siblings = [entry.name for entry in path.parent.iterdir() if entry.is_file()] if path.parent.is_dir() else []
    # a frequent mistake: --points takes a file, --sampler a name
    hint = f" {text} is a sampler: --sampler {text}." if text in names_of("sampler") else nearest(path.name, siblings)
    raise typer.BadParameter(f"there is no file {text!r}.{hint}")


FILE: dict[str, Any] = {"parser": existing_file, "metavar": "FILE"}


def takes(**tables: Table) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of tables. It receives the typed options of each table as one dictionary.

    `@takes(points=POINTS) def command(points: Chosen, force: Force = False)` has all options of `POINTS` and `--force`.
    An option that isn't typed is missing from its dictionary, so that the library's default holds.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def call(**values: Any) -> int:
            for group, table in tables.items():
                # Typer passes None, or an empty list, for an option that isn't typed
                typed = {name: values.pop(name) for name in table}
                values[group] = {name: value for name, value in typed.items() if value is not None and value != []}
            return command(**values)

        # eval_str: the annotations are texts, because of the future import
        single = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name not in tables]
        shared = {name: kind for table in tables.values() for name, kind in table.items()}
        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in shared.items()]
        # keyword-only, since Typer passes all values by name
        parameters = [*(p.replace(kind=keyword) for p in single), *added]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        return call

    return decorate


# Texts of options as the values that the library takes.


def activation_names(text: str) -> str | tuple[str, ...]:
    """`relu` for all hidden layers, `relu,tanh` for one each."""
    names = tuple(checked_name("activation", name.strip()) for name in text.split(","))
    # one name holds for any number of layers, a tuple needs one for each
    return names[0] if len(names) == 1 else names


def feature_names(text: str) -> tuple[str, ...]:
    """`x1+x2+x1*x2` as the names of features, which the source of the points checks."""
    return tuple(name.strip() for name in text.split("+"))


def epoch_numbers(text: str) -> tuple[int, ...]:
    """`0,10,100` as numbers."""
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected epochs joined by commas, such as 0,10,100, got {text!r}.") from None


def width_numbers(text: str) -> tuple[int, ...]:
    """`64,64` or `64-64` as numbers."""
    try:
        # both are common: hyphens from --network, commas from Python's tuples
        return tuple(int(number) for number in text.replace("-", ",").split(","))
    except ValueError:
        raise typer.BadParameter(f"expected widths joined by commas, such as 64,64, got {text!r}.") from None
