"""The command line: it only translates words into calls of the library and results into words and files."""

from __future__ import annotations

import sys

import typer

from separatrix.cli import lesson, parts
from separatrix.errors import SeparatrixError

app = typer.Typer(
    name="separatrix",
    help="The curve that divides two kinds of behaviour: small networks that tell two classes apart.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("lesson")(lesson.lesson)
app.command("points")(parts.points)
app.command("colormaps")(parts.colormaps)
app.command("network")(parts.network)
app.command("step")(parts.step)
app.command("boundary")(parts.boundary)
app.command("warmup")(parts.warmup)


def _version(asked: bool) -> None:
    if asked:
        from separatrix import __version__

        typer.echo(f"separatrix {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version and end."),
) -> None:
    """The curve that divides two kinds of behaviour: small networks that tell two classes apart."""


def main() -> None:
    """Run the command line; an error that the library raises on purpose is one message and status 2."""
    try:
        app()
    except SeparatrixError as error:
        from separatrix.cli.shared import complain

        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:  # before or after the part that takes care of it
        sys.exit(130)
