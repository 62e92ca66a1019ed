"""The commands as Typer's: each is loaded when it is called or its help is asked for, and none to list or complete them."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from separatrix.cli._command_list import ABOUT, COMMANDS, WIDTH, overview, section
from separatrix.support.translations import language, translated, wrapped

OPTIONS = "Options"  # heading of those that have no heading of their own
# What stands in the help for the values of an option, by Typer's description of their type.
VALUES = {
    "str": "TEXT",
    "list[str]": "TEXT",
    "int": "INTEGER",
    "int range": "INTEGER",
    "float": "NUMBER",
    "float range": "NUMBER",
    "float,float": "NUMBER NUMBER",
    "path": "PATH",
}
TYPE = re.compile(r" <([^<>]+)>(\.\.\.)?$")


class _PrintedHelp:
    """The help option of a command or group, printed on the standard output as it stands.

    Typer's own way opens the output anew as UTF-8 where its encoding is ASCII, so that a reader who asked for ASCII gets
    bytes that are none, and letters are no longer replaced.
    """

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with a callback that prints."""
        option = super().get_help_option(ctx)  # type: ignore[misc]  # TyperCommand and TyperGroup have it
        if option is not None:
            option.callback = _print_help
        return option


def _print_help(ctx: Any, option: Any, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        print(ctx.get_help())
        ctx.exit()


class Command(_PrintedHelp, TyperCommand):
    """A command whose help is plain text, with its options under their headings and the names of the registries."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help in the chosen language. Typer's own formatter takes every character for one column."""
        if language() == "en":
            super().format_help(ctx, formatter)
            return
        usage = self.get_usage(ctx).removeprefix("Usage:").strip()
        paragraphs = [" ".join(part.split()) for part in (self.help or "").split("\n\n")]
        about = [line for part in paragraphs for line in (*wrapped(translated(part), WIDTH, "  "), "")]
        formatter.write("\n".join([f"{translated('Usage:')} {usage}", "", *about]).rstrip() + "\n")
        for heading, rows in self._sections(ctx).items():
            if rows:
                formatter.write("\n" + section(heading, dict(rows), WIDTH) + "\n")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options under their headings."""
        for heading, rows in self._sections(ctx).items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def _sections(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """For every heading: the options below it, each as it is typed and with its help."""
        from separatrix.cli._options import LISTED, listed_names

        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], OPTIONS: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            # hidden ones have none
            if record is None:
                continue
            name, about = record
            if not isinstance(parameter, TyperOption):
                # its own name says what it is
                sections["Arguments"].append((TYPE.sub("", name), about))
                continue
            name = TYPE.sub(lambda kind: f" {VALUES.get(kind[1], kind[1])}", name)
            if parameter.name in LISTED and isinstance(parameter.name, str):
                about = f"{about} One of {', '.join(listed_names(parameter.name))}."
            sections.setdefault(parameter.rich_help_panel or OPTIONS, []).append((name, about))
        return sections


class _LazyCommands(MutableMapping[str, Any]):
    """The commands by name, each loaded when it is looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module, _ = COMMANDS[name]
            application = typer.Typer(add_completion=False, rich_markup_mode=None)
            application.command(name, cls=Command)(getattr(import_module(f"separatrix.cli.{module}"), name))
            self._loaded[name] = typer.main.get_command(application)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS or name in self._loaded

    def __iter__(self) -> Iterator[str]:
        yield from {**COMMANDS, **self._loaded}

    def __len__(self) -> int:
        return len({**COMMANDS, **self._loaded})


class Commands(_PrintedHelp, TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _LazyCommands()

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of `COMMANDS`."""
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the overview, which is the same without Typer."""
        formatter.write(overview())

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the name of a command without loading any."""
        from typer._click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=about) for name, (_, about) in COMMANDS.items() if name.startswith(incomplete)
        ]


app = typer.Typer(
    cls=Commands,
    help=ABOUT,
    no_args_is_help=False,
    # plain text: importing Rich takes longer than all the rest of a help text
    rich_markup_mode=None,
    # errors are printed by `cli.run`, in one message without a traceback
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)


def _version(wanted: bool) -> None:
    if wanted:
        from separatrix import __version__

        print(f"separatrix {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The curve that divides two kinds of behaviour: small networks that tell two classes apart."""


def help_of(name: str) -> str:
    """The help text of one command, without parsing a command line: that would import pydantic."""
    settings = {"max_content_width": WIDTH, "help_option_names": ["-h", "--help"]}
    command = _LazyCommands()[name]
    return str(command.get_help(command.context_class(command, info_name=f"separatrix {name}", **settings)))
