"""The command line: it translates words into calls of the library, and what comes back into words and files.

Nothing heavy is imported before a command runs, so that `--help` and the shell's completion answer at once.
"""

from __future__ import annotations

import errno
import gc
import sys
from typing import Annotated

import typer

from separatrix.cli import _claims, _diagnose, _lesson, _models, _parts, _play, _study, _tables
from separatrix.cli._options import Command
from separatrix.cli._terminal import complain, listen, quiet_end
from separatrix.errors import SeparatrixError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of the standard output; files tell their own name
ABOUT = "The curve that divides two kinds of behaviour: small networks that tell two classes apart."

app = typer.Typer(
    help=ABOUT,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    _lesson.lesson,
    _parts.points,
    _parts.colormaps,
    _parts.network,
    _parts.step,
    _parts.boundary,
    _diagnose.diagnose,
    _parts.warmup,
    _play.play,
    _tables.fit,
    _tables.evaluate,
    _models.predict,
    _models.inspect,
    _models.export,
    _study.study,
    _claims.claims,
):
    app.command(command.__name__, cls=Command)(command)


def _version(asked: bool) -> None:
    if asked:
        from separatrix import __version__

        typer.echo(f"separatrix {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The curve that divides two kinds of behaviour: small networks that tell two classes apart."""


def run(arguments: list[str]) -> int:
    """Carry out a command line; its exit status.

    0: done. 1: a training diverged (its files are written). 2: an error, told in one message. 130, 143: interrupted.
    """
    listen()
    try:
        status = app(args=arguments or ["--help"], prog_name="separatrix", standalone_mode=False)
    except SeparatrixError as error:
        complain(str(error))
        return 2
    except typer.TyperException as error:
        where = getattr(error, "ctx", None)
        message = error.format_message().rstrip(".")
        complain(message + ("" if message.endswith("?") else "."), f"See {where.command_path} --help." if where else "")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except OSError as error:
        if error.errno not in FULL:
            raise
        complain(f"the output can't be written: {error.strerror}.")
        return 2
    return int(status or 0)


def main() -> None:
    """Run the command line of this process and end it."""
    gc.set_threshold(500_000, 20, 100)  # the imports make a million objects that stay: looking through them takes 0.3 s
    status = run(sys.argv[1:])
    at_the_end = quiet_end()
    gc.freeze()  # or the interpreter looks through them all once more on its way out: 0.6 s after a report
    sys.exit(status or at_the_end)
