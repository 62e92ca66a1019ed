"""`separatrix lesson`: the whole job in one command."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._option_tables import (
    INPUTS,
    LOOK,
    MACHINE,
    NETWORK,
    RECIPE,
    Force,
    Show,
    flags,
    network_of,
    source_of,
)
from separatrix.cli._options import FILE, Chosen, takes
from separatrix.cli._terminal import console, print_error, print_note, training_progress
from separatrix.errors import InvalidParameter, OutputError
from separatrix.support.locks import locked_for_output
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.reports.html_elements import Illustration
    from separatrix.reports.lesson import Lesson, Source
    from separatrix.reports.lesson_folder import LessonFolder
    from separatrix.reports.lesson_pictures import Look
    from separatrix.training.run import EpochEnd

NOTICE = "Finishing this step and saving. A second signal ends at once."

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")]
Format = Annotated[
    str, typer.Option("--format", help="Format of the pictures: png, svg or pdf.", rich_help_panel="Pictures")
]
Pictures = Annotated[
    bool, typer.Option(help="Whether to draw the pictures and the report.", rich_help_panel="Pictures")
]
Resume = Annotated[Path | None, typer.Option(help="Continue the training of a model in a lesson's folder.", **FILE)]
CheckpointSeconds = Annotated[
    float,
    typer.Option(
        "--checkpoint-seconds",
        min=0,
        help="Seconds of training between two saves of the unfinished run, from which --resume continues after a kill.",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the tutorial's line for every logged epoch.")]


@takes(points=INPUTS, network=NETWORK, recipe=RECIPE, machine=MACHINE, look=LOOK)
def lesson(
    points: Chosen,
    network: Chosen,
    recipe: Chosen,
    machine: Chosen,
    look: Chosen,
    out: Out = Path("lesson"),
    format: Format = "png",
    pictures: Pictures = True,
    show: Show = False,
    resume: Resume = None,
    checkpoint_seconds: CheckpointSeconds = 60.0,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Run the whole lesson: points, network, training, prediction, boundary, pictures and report.

    Without options it is the tutorial's job: 100 points with label 1 inside the unit circle, a 2-4-4-1 network, binary
    cross-entropy, SGD with a learning rate of 0.05, and 50,000 epochs.
    """
    from separatrix.reports.lesson_folder import LessonFolder
    from separatrix.reports.lesson_pictures import FORMATS, Look
    from separatrix.support.constraints import Choice, check

    check("lesson", {"--format": format}, {"--format": Choice(FORMATS)})
    # from the beginning, so that a signal at any moment leaves whole files
    with Interruption(NOTICE) as interruption:
        job = _job(points, network, recipe, machine, resume)
        folder = LessonFolder(out, format)
        # before the training: an existing folder is reported at once and not after minutes
        folder.check(force)
        before = folder.written_at()
        if show:
            _refuse_without_display()
        with locked_for_output(out):
            # another lesson may have ended here in between, which nobody has asked to replace
            if folder.written_at() != before and not force:
                raise OutputError(f"{out} already holds a lesson that has just been written; choose another folder.")
            keep = _kept_every(checkpoint_seconds, folder, job["source"])
            result = _train(job, bool(verbose or recipe.get("log_every")), interruption, keep)
            if result is None:
                print_error("interrupted before the training; nothing was written.")
                return interruption.exit_status
            folder.write_numbers(result)
            figures = _draw(folder, result, Look(**look), interruption) if pictures else []
    _print_summary(result, folder)
    if interruption.requested:
        _print_resume_command(result, folder, machine | look, format)
        return interruption.exit_status
    if show:
        _show(figures)
    # a diverged run has its files, but scripts should notice it
    return 1 if result.run.status == "diverged" else 0


def _job(points: Chosen, network: Chosen, recipe: Chosen, machine: Chosen, resume: Path | None) -> dict[str, Any]:
    """The arguments of `separatrix.reports.lesson.lesson`."""
    from separatrix.networks.recipe import Recipe
    from separatrix.reports.lesson import gone_on, with_film

    if resume is None:
        job = {"network": network_of(network), "recipe": with_film(Recipe(**recipe)), "source": source_of(points)}
        return job | machine
    # a run continues only on the same points and in the same network
    if points or network:
        options = [*points, *network]
        raise InvalidParameter(
            f"--resume continues with the points and the network of the folder; leave out {flags(options)}."
        )
    from separatrix.reports.lesson_folder import read_back

    run, source = read_back(resume)
    # only settings that keep the meaning of the first epochs may change
    changed = gone_on(run.recipe, recipe)
    return {"network": run.network, "recipe": changed, "source": source, "engine": run.engine, "resume": run} | machine


def _kept_every(seconds: float, folder: LessonFolder, source: Source) -> Callable[[EpochEnd], None]:
    """A function that saves the run so far into the folder, so that a kill costs no more than so many seconds."""
    from separatrix.reports.lesson import Lesson

    last = time.monotonic()

    def keep(end: EpochEnd) -> None:
        nonlocal last
        if time.monotonic() - last < seconds or end.run_so_far is None:
            return
        run = end.run_so_far()
        seed = run.recipe.seed
        folder.write_numbers(Lesson(source, source.points(seed), run, source.plane(seed), test_accuracy=None))
        last = time.monotonic()

    return keep


def _train(
    job: dict[str, Any], lines: bool, interruption: Interruption, keep: Callable[[EpochEnd], None]
) -> Lesson | None:
    """The result of the lesson, or None if a signal came before its training."""
    from separatrix.reports.lesson import lesson as do_it

    if interruption.requested:
        return None
    with training_progress(job["recipe"].epochs, lines, interruption) as on_progress:

        def look(end: EpochEnd) -> object:
            keep(end)
            return on_progress(end)

        result = do_it(**job, on_progress=look)
    for engine, reason in result.passed_over.items():
        print_note(
            f"The {engine} engine can't do this ({reason.rstrip('.')}), so the {result.run.engine} engine did it."
        )
    return result


def _draw(folder: LessonFolder, result: Lesson, look: Look, interruption: Interruption) -> list[Figure]:
    """Draw all pictures and the report. A signal ends the work after the picture that is being drawn."""
    from separatrix.reports.lesson_pictures import draw_picture, pictures_of

    shown: list[Illustration] = []
    figures: list[Figure] = []
    for picture in pictures_of(result):
        if interruption.requested:
            return figures
        # written one by one, so that an interruption leaves those that are finished
        figures.append(draw_picture(picture, result, look))
        shown.append(folder.write_picture(picture, figures[-1]))
    # a report of some pictures would look complete
    if not interruption.requested:
        folder.write_report(result, [*shown, *folder.write_film(result, look)])
    return figures


def _print_summary(result: Lesson, folder: LessonFolder) -> None:
    """Print the summary."""
    from separatrix.reports.lesson import status_sentence, summary
    from separatrix.reports.lesson_folder import REPORT

    screen = console()
    screen.print(status_sentence(result.run), style="bold", markup=False)
    figures = summary(result)
    # names to the left and numbers to the right, so that the digits stand below each other
    wide, number = max(len(figure.name) for figure in figures), max(len(figure.value) for figure in figures)
    for figure in figures:
        screen.print(f"  {figure.name:<{wide}}  {figure.value:>{number}}  {figure.note}", markup=False)
    report = folder.path / REPORT
    screen.print(f"Everything is in {folder.path}" + (f"; open {report}" if report.exists() else ""), markup=False)


def _print_resume_command(result: Lesson, folder: LessonFolder, options: Chosen, picture_format: str) -> None:
    """Print the command that continues an interrupted lesson."""
    from separatrix.reports.lesson_folder import MODEL

    # with --force: the folder holds the files of the interrupted run
    words = ["separatrix", "lesson", "--resume", str(folder.path / MODEL), "--out", str(folder.path), "--force"]
    words += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    # defaults are left out, to keep the command short enough to be typed
    words += ["--format", picture_format] if picture_format != "png" else []
    done = f"after {result.run.epochs:,} of {result.run.recipe.epochs:,} epochs"
    print_error(f"interrupted {done}; the model is saved. Continue with:\n  {shlex.join(words)}")


def _refuse_without_display() -> None:
    """Refuse `--show` before the training if no window can be opened."""
    import matplotlib

    # backends that only write files; they would ignore `show` without a word
    if matplotlib.get_backend().lower() in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template"):
        raise InvalidParameter(
            "--show needs a display and a Matplotlib backend with windows; without it the files are the same."
        )


def _show(figures: list[Figure]) -> None:
    from separatrix import pictures

    pictures.show(figures)
