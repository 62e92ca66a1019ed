"""`separatrix claims`: the claims of the tutorial, measured, on pages with figures, pictures and verdicts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._option_tables import Force
from separatrix.cli._terminal import console, print_error
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from separatrix.studies.claims.answers import Answer
    from separatrix.studies.progress import StudyProgress

NOTICE = "Stopping; what is finished is kept. A second signal ends at once."

Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder of the pages. Their pictures go into its folder claims.")
]
Seeds = Annotated[
    int, typer.Option(help="Number of seeds of each study. The study of large networks takes a quarter.", min=8)
]
Studies = Annotated[Path, typer.Option(help="Folder of the studies. The same folder continues them.")]
Epochs = Annotated[
    str, typer.Option(help="The three checkpoints. Smaller ones make a quick trial.", metavar="EPOCHS", hidden=True)
]
Workers = Annotated[int | None, typer.Option(help="Number of trainings at a time. Defaults to one for each core.")]
Engine = Annotated[str, typer.Option(help="Engine: torch, fused (compiled), or auto.", metavar="NAME")]


def claims(
    out: Out = Path("claims"),
    seeds: Seeds = 1000,
    studies: Studies = Path("claims-studies"),
    workers: Workers = None,
    engine: Engine = "auto",
    epochs: Epochs = "5000,10000,50000",
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
        raise InvalidParameter(f"--epochs must be three numbers such as 5000,10000,50000, got {epochs!r}.")
    # before the studies, which take minutes
    check_pages(out, force=force)
    with Interruption(NOTICE) as interruption, _live_progress() as show:

        def on_progress(name: str, moment: StudyProgress) -> bool:
            show(name, moment)
            return not interruption.requested

        measured = measure(studies, seeds=seeds, epochs=looks, workers=workers, engine=engine, on_progress=on_progress)
    if measured is None:
        print_error("interrupted; finished runs are kept. The same command continues.")
        return interruption.exit_status
    # forced only if the user said so: a page may have appeared while the studies ran
    answers = write_claims(measured, out, _command(out, seeds, epochs, engine), force=force)
    _print_summary(answers, out)
    return 0


def _command(out: Path, seeds: int, epochs: str, engine: str) -> str:
    """The command as the pages mention it."""
    # with --force: whoever repeats it has the pages already
    words = ["separatrix", "claims", "--seeds", str(seeds), "--out", str(out), "--force"]
    # defaults are left out, so that the usual page shows a short command
    words += [] if epochs == "5000,10000,50000" else ["--epochs", epochs]
    return shlex.join(words + ([] if engine == "auto" else ["--engine", engine]))


@contextmanager
def _live_progress() -> Iterator[Callable[[str, StudyProgress], None]]:
    """On a terminal, a status line; otherwise nothing."""
    # the standard output is for the verdicts, which may go into a file or a pipe
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda name, moment: None
        return
    with screen.status("") as line:
        yield lambda name, moment: line.update(_line(name, moment))


def _line(name: str, moment: StudyProgress) -> str:
    left = "" if moment.seconds_left is None else f", about {moment.seconds_left:,.0f} s left"
    solved, finished = int(moment.solved[:, -1].sum()), int(moment.finished.sum())
    # before the first run there is no share, and the division would fail
    share = f", {solved / finished:.0%} solved so far" if finished else ""
    return f"{name}: {moment.done:,} of {moment.runs:,} runs{share}{left}"


def _print_summary(answers: tuple[Answer, ...], out: Path) -> None:
    """Print the verdict on each claim."""
    from separatrix.studies.claims.english import ENGLISH
    from separatrix.studies.claims.page import LANGUAGES

    screen = console()
    for answer in answers:
        screen.print(f"{answer.verdict.value:>14}  {ENGLISH.claims[answer.name].claim}", markup=False)
    screen.print(f"\nEverything is in {', '.join(str(out / language.file) for language in LANGUAGES)}", markup=False)
