"""`separatrix claims` and `separatrix borders`: what many trainings show, measured, on pages with figures and pictures."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from separatrix.cli._option_tables import Force
from separatrix.cli._terminal import console, print_error
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from separatrix.studies.claims.answers import Answer
    from separatrix.studies.progress import StudyProgress

T = TypeVar("T")

NOTICE = "Stopping; what is finished is kept. A second signal ends at once."
EPOCHS = "5000,10000,50000"  # the numbers of epochs that the tutorial names

Studies = Annotated[Path, typer.Option(help="Folder of the studies. The same folder continues them.")]
Workers = Annotated[int | None, typer.Option(help="Number of trainings at a time. Defaults to one for each core.")]

ClaimsOut = Annotated[
    Path, typer.Option("--out", "-o", help="Folder of the pages. Their pictures go into its folder claims.")
]
ClaimsSeeds = Annotated[
    int, typer.Option(help="Number of seeds of each study. The study of large networks takes a quarter.", min=8)
]
Epochs = Annotated[
    str, typer.Option(help="The three checkpoints. Smaller ones make a quick trial.", metavar="EPOCHS", hidden=True)
]
Engine = Annotated[str, typer.Option(help="Engine: torch, fused (compiled), or auto.", metavar="NAME")]

BordersOut = Annotated[
    Path, typer.Option("--out", "-o", help="Folder of the pages. Their pictures go into its folder borders.")
]
BordersSeeds = Annotated[
    int, typer.Option(help="Number of seeds of the first study. The others take a quarter.", min=8)
]
Shorter = Annotated[int, typer.Option(help="Divide all epochs by this number, for a quick trial.", min=1, hidden=True)]


def claims(
    out: ClaimsOut = Path("claims"),
    seeds: ClaimsSeeds = 1000,
    studies: Studies = Path("claims-studies"),
    workers: Workers = None,
    engine: Engine = "auto",
    epochs: Epochs = EPOCHS,
    force: Force = False,
) -> int:
    """Measure every claim of the tutorial: claims.md and claims.zh-CN.md with figures, pictures and verdicts.

    1,000 seeds take minutes on two cores. The command may be killed at any moment; given again, it continues.
    """
    from separatrix.errors import InvalidParameter
    from separatrix.studies.claims.running import check_pages, measure, write_claims
    from separatrix.studies.config import whole_numbers

    looks = tuple(whole_numbers("epochs", epochs))
    # the sentences of the pages speak of three checkpoints
    if len(looks) != 3:
        raise InvalidParameter(f"--epochs must be three numbers such as {EPOCHS}, got {epochs!r}.")
    # before the studies, which take minutes
    check_pages(out, force=force)
    measured, exit_status = _unless_interrupted(
        lambda on_progress: measure(
            studies, seeds=seeds, epochs=looks, workers=workers, engine=engine, on_progress=on_progress
        )
    )
    if measured is None:
        return exit_status
    # defaults are left out, so that the usual page shows a short command
    more = [] if epochs == EPOCHS else ["--epochs", epochs]
    more += [] if engine == "auto" else ["--engine", engine]
    # forced only if the user said so: a page may have appeared while the studies ran
    answers = write_claims(measured, out, _command("claims", seeds, out, more), force=force)
    _print_verdicts(answers, out)
    return 0


def borders(
    out: BordersOut = Path("borders"),
    seeds: BordersSeeds = 1000,
    studies: Studies = Path("borders-studies"),
    workers: Workers = None,
    shorter: Shorter = 1,
    force: Force = False,
) -> int:
    """Measure the borders of trained networks exactly: borders.md and borders.zh-CN.md with figures and pictures.

    1,000 seeds take some minutes on two cores. The command may be killed at any moment; given again, it continues.
    """
    from separatrix.studies.border_findings.running import check_pages, measure, write_findings
    from separatrix.studies.border_findings.words import LANGUAGES

    # before the studies, which take minutes
    check_pages(out, force=force)
    measured, exit_status = _unless_interrupted(
        lambda on_progress: measure(studies, seeds=seeds, shorter=shorter, workers=workers, on_progress=on_progress)
    )
    if measured is None:
        return exit_status
    # the default is left out, so that the usual page shows a short command
    command = _command("borders", seeds, out, [] if shorter == 1 else ["--shorter", str(shorter)])
    write_findings(measured, out, command, seeds, shorter, force=force)
    console().print(f"Everything is in {', '.join(str(out / language.file) for language in LANGUAGES)}", markup=False)
    return 0


def _unless_interrupted(measure: Callable[[Callable[[str, StudyProgress], bool]], T | None]) -> tuple[T | None, int]:
    """What the measurement gives, with its progress on the screen; None and the exit status if a signal stopped it."""
    with Interruption(NOTICE) as interruption, _live_progress() as show:

        def on_progress(name: str, progress: StudyProgress) -> bool:
            show(name, progress)
            # asked at least twice a second, so an interruption takes effect soon
            return not interruption.requested

        measured = measure(on_progress)
    if measured is None:
        print_error("interrupted; finished runs are kept. The same command continues.")
    return measured, interruption.exit_status


def _command(name: str, seeds: int, out: Path, more: list[str]) -> str:
    """The command as the pages mention it, with --force: whoever repeats it has the pages already."""
    return shlex.join(["separatrix", name, "--seeds", str(seeds), "--out", str(out), "--force", *more])


@contextmanager
def _live_progress() -> Iterator[Callable[[str, StudyProgress], None]]:
    """On a terminal, a status line; otherwise nothing."""
    # the standard output is for the verdicts, which may go into a file or a pipe
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda name, progress: None
        return
    with screen.status("") as line:
        yield lambda name, progress: line.update(_line(name, progress))


def _line(name: str, progress: StudyProgress) -> str:
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left:,.0f} s left"
    solved, finished = int(progress.solved[:, -1].sum()), int(progress.finished.sum())
    # before the first run there is no share, and the division would fail
    share = f", {solved / finished:.0%} solved so far" if finished else ""
    return f"{name}: {progress.done:,} of {progress.runs:,} runs{share}{left}"


def _print_verdicts(answers: tuple[Answer, ...], out: Path) -> None:
    """Print the verdict on each claim."""
    from separatrix.studies.claims.english import ENGLISH
    from separatrix.studies.claims.page import LANGUAGES

    screen = console()
    for answer in answers:
        screen.print(f"{answer.verdict.value:>14}  {ENGLISH.claims[answer.name].claim}", markup=False)
    screen.print(f"\nEverything is in {', '.join(str(out / language.file) for language in LANGUAGES)}", markup=False)
