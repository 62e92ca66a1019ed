"""The commands: their names, the modules that hold them, and how they are loaded and listed.

A command's module is imported when the command is called or its own help is asked for. The list of all commands, the
completion of their names and the suggestion after a typing error need none of them. To add a command, write a function of
its name in a module of this wing and add its line to `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

# name -> the module of this wing and one sentence for the list of commands
COMMANDS: dict[str, tuple[str, str]] = {
    "lesson": (
        "_lesson",
        "Run the whole lesson: points, network, training, prediction, boundary, pictures and report.",
    ),
    "points": ("_steps", "Draw points as a picture, or write them as numbers with --out points.csv."),
    "colormaps": ("_steps", "Draw a gallery of Matplotlib's colormaps by family."),
    "network": ("_steps", "Draw a network: its architecture, or with --model its weights too."),
    "step": (
        "_steps",
        "Print one epoch in numbers: shapes, z, a, loss, gradients, and weight - lr × gradient = new weight.",
    ),
    "boundary": ("_steps", "Draw the decision boundary of a lesson's model, or of a network trained for the picture."),
    "diagnose": ("_steps", "Print what is wrong with a training: each finding with its evidence and one thing to try."),
    "warmup": (
        "_steps",
        "Compile the fused engine for these networks and cache the code.",
    ),
    "play": ("_play", "Open the playground: drag a point, and the network is trained to its end."),
    "fit": ("_tables", "Train a classifier for a table, evaluate it and save it."),
    "evaluate": ("_tables", "Evaluate a saved model on a labelled table that it was not trained on."),
    "predict": (
        "_models",
        "Predict the rows of a table of any size: the label, and the probability of one of the two labels.",
    ),
    "inspect": (
        "_models",
        "Print what a model file holds: columns, classes, network, settings, versions.",
    ),
    "export": ("_models", "Write a model, with the encoding of its columns, for other programs."),
    "study": (
        "_study",
        "Train every combination of a grid on many seeds, and report shares with intervals and comparisons.",
    ),
    "claims": (
        "_claims",
        "Measure every claim of the tutorial, and write pages with verdicts.",
    ),
    "borders": (
        "_borders",
        "Measure the borders of trained networks exactly, and write pages about them.",
    ),
}

OPTIONS = "Options"  # heading of those that have no heading of their own


class Command(TyperCommand):
    """A command whose help is plain text, with its options under their headings and the names of the registries."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options under their headings."""
        from separatrix.cli._options import LISTED, listed_names

        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], OPTIONS: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            # hidden ones have none
            if record is None:
                continue
            name, about = record
            if not isinstance(parameter, TyperOption):
                sections["Arguments"].append((name, about))
                continue
            if parameter.name in LISTED and isinstance(parameter.name, str):
                about = f"{about} One of {', '.join(listed_names(parameter.name))}."
            sections.setdefault(parameter.rich_help_panel or OPTIONS, []).append((name, about))
        for heading, rows in sections.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


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


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _LazyCommands()

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of `COMMANDS`."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of all commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the name of a command without loading any."""
        from typer._click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=about) for name, (_, about) in COMMANDS.items() if name.startswith(incomplete)
        ]
