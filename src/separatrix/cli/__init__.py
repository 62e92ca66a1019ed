"""The command line: it translates options into calls of the library, and results into text and files.

Nothing heavy is imported before a command runs, so that `--help` and the completion of the shell answer at once.

The package's entry points use `main` and `run`; the modules of the commands are private.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import Any

from separatrix.cli._command_list import COMMANDS, overview, welcome
from separatrix.cli._terminal import flush_output, prepare_streams, print_error, show_log_and_warnings
from separatrix.errors import InvalidParameter, SeparatrixError
from separatrix.support.translations import in_language

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors of the standard output, which has no file name of its own
COMPLETE = "_SEPARATRIX_COMPLETE"  # the variable by which the shell asks for completions
MAX_NAME = 200  # letters of a file's name that a message repeats


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit status.

    The status is 0 for success, 1 if a training diverged (its files are written), 2 after an error, which one message
    explains, and 130 or 143 after an interruption.

    Args:
        arguments: the words after `separatrix`; none ask for the first steps. `--lang zh`, at any place, chooses the language.
    """
    words, name = _without_language(arguments)
    try:
        with in_language(name):
            return _run(words)
    except InvalidParameter as error:
        print_error(str(error))
        return 2


def _without_language(arguments: list[str]) -> tuple[list[str], str | None]:
    """The words without `--lang NAME`, which every command understands, and the name."""
    for i, word in enumerate(arguments):
        if word == "--":
            break
        if word.startswith("--lang="):
            return [*arguments[:i], *arguments[i + 1 :]], word.partition("=")[2]
        if word == "--lang" and i + 1 < len(arguments):
            return [*arguments[:i], *arguments[i + 2 :]], arguments[i + 1]
    return arguments, None


def _run(arguments: list[str]) -> int:
    # answered at once, before Typer is imported, which takes five times as long as all this
    if (text := _text_for(arguments)) is not None:
        print(text)
        return 0
    import typer

    from separatrix.cli._commands import app

    show_log_and_warnings()
    try:
        # standalone_mode=False: Typer would end the process, and tests and notebooks call this function
        status = app(args=arguments, prog_name="separatrix", standalone_mode=False)
    # the library's own errors have complete sentences; others are faults of the program and keep their traceback
    except SeparatrixError as error:
        print_error(_as_typed(error, arguments))
        return 2
    except typer.TyperException as error:
        where = getattr(error, "ctx", None)
        # Typer's messages have no full stop, ours have
        message = error.format_message().rstrip(".")
        print_error(
            message + ("" if message.endswith("?") else "."), f"See {where.command_path} --help." if where else ""
        )
        return error.exit_code
    # 128 + the number of SIGINT, as shells report it
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except MemoryError as error:
        print_error(
            f"the memory doesn't suffice{f': {error}' if str(error) else ''}. Use fewer rows, columns or units."
        )
        return 2
    except OSError as error:
        # the system's refusal of a file is the user's to solve, and so is a full disk while printing; any other error is a
        # fault of the program
        if error.filename is None and error.errno not in FULL:
            raise
        where = "the output" if error.filename is None else _shortened(str(error.filename))
        print_error(f"{where} can't be {'written' if error.filename is None else 'used'}: {error.strerror}.")
        return 2
    return int(status or 0)


def _as_typed(error: SeparatrixError, arguments: list[str]) -> str:
    """The message of an error, which names the option by its spelling where it is about a setting that was typed as one."""
    message = str(error)
    setting = error.setting if isinstance(error, InvalidParameter) else None
    if setting is None:
        return message
    from separatrix.cli._option_tables import flag

    owner, name = setting
    typed = {word.partition("=")[0] for word in arguments}
    # a setting of a file, such as study.toml, keeps its name there
    return message.replace(f"{owner}: {name} ", f"{flag(name)} ", 1) if flag(name) in typed else message


def _text_for(arguments: list[str]) -> str | None:
    """The first steps, the overview, the version or a command's help where nothing else is asked for; else None."""
    if COMPLETE in os.environ:  # the shell asks Typer
        return None
    match arguments:
        case []:
            return welcome()
        case ["--help" | "-h"]:
            return overview().rstrip("\n")
        case ["--version"]:
            from separatrix import __version__

            return f"separatrix {__version__}"
        case [name, "--help" | "-h"] if name in COMMANDS:
            from separatrix.cli._commands import help_of

            return help_of(name)
        case _:
            return None


def __getattr__(name: str) -> Any:
    if name == "app":  # for tools that read the commands
        from separatrix.cli._commands import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _shortened(name: str) -> str:
    """A file's name of bounded length: one that the system finds too long would fill the terminal."""
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME // 2]}…{name[-MAX_NAME // 2 :]}"


def main() -> None:
    """Run the command line of this process and end it."""
    prepare_streams()
    # Pictures are drawn into files and need no backend, so one that a notebook has chosen for its own Matplotlib, and that
    # this one may not know, must not end a command. Windows for `--show` come from the backend that Matplotlib finds.
    os.environ.pop("MPLBACKEND", None)
    gc.set_threshold(
        500_000, 20, 100
    )  # the imports create a million objects that stay; searching them for garbage takes 0.3 s
    status = run(sys.argv[1:])
    # before the status is known: the last lines may still fail to be written
    at_the_end = flush_output()
    gc.freeze()  # otherwise the interpreter searches them all once more at its exit, which takes 0.6 s after a report
    sys.exit(status or at_the_end)
