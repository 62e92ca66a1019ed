"""`separatrix lesson`: the whole job in one command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._options import (
    FILE,
    LOOK,
    MACHINE,
    NETWORK,
    POINTS,
    RECIPE,
    Force,
    Given,
    Show,
    flags,
    network_of,
    source_of,
    takes,
)
from separatrix.cli._terminal import complain, console, remark, watched
from separatrix.errors import InvalidParameter
from separatrix.support.signals import Interruption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.reports.html_elements import Illustration
    from separatrix.reports.lesson import Lesson
    from separatrix.reports.lesson_folder import LessonFolder
    from separatrix.reports.lesson_pictures import Look

NOTICE = "Finishing this step and saving. A second signal ends at once."

Out = Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")]
Format = Annotated[str, typer.Option("--format", help="Of the pictures: png, svg or pdf.", rich_help_panel="Pictures")]
Pictures = Annotated[bool, typer.Option(help="Draw the pictures and the report.", rich_help_panel="Pictures")]
Resume = Annotated[Path | None, typer.Option(help="Go on with the model of a lesson's folder, on its points.", **FILE)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the tutorial's line for every logged epoch.")]


@takes(points=POINTS, network=NETWORK, recipe=RECIPE, machine=MACHINE, look=LOOK)
def lesson(
    points: Given,
    network: Given,
    recipe: Given,
    machine: Given,
    look: Given,
    out: Out = Path("lesson"),
    format: Format = "png",
    pictures: Pictures = True,
    show: Show = False,
    resume: Resume = None,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Do the whole job: points, network, training, prediction, boundary, pictures, report.

    Without options it is the tutorial's: 100 points, label 1 inside the unit circle, a 2-4-4-1 network, binary
    cross-entropy, SGD with learning rate 0.05, 50,000 epochs.
    """
    from separatrix.reports.lesson_folder import LessonFolder
    from separatrix.reports.lesson_pictures import FORMATS, Look
    from separatrix.support.constraints import Choice, check

    check("lesson", {"--format": format}, {"--format": Choice(FORMATS)})
    with Interruption(NOTICE) as interruption:
        job = _job(points, network, recipe, machine, resume)
        folder = LessonFolder(out, format)
        folder.check(force)
        if show:
            _refuse_without_display()
        found = _train(job, bool(verbose or recipe.get("log_every")), interruption)
        if found is None:
            complain("interrupted before the training; nothing is written.")
            return interruption.exit_status
        folder.write_numbers(found)
        figures = _draw(folder, found, Look(**look), interruption) if pictures else []
    _say(found, folder)
    if interruption.asked:
        _say_how_to_go_on(found, folder, machine | look, format)
        return interruption.exit_status
    if show:
        _show(figures)
    return 1 if found.run.status == "diverged" else 0


def _job(points: Given, network: Given, recipe: Given, machine: Given, resume: Path | None) -> dict[str, Any]:
    """The arguments of `separatrix.reports.lesson.lesson`."""
    from separatrix.networks.recipe import Recipe
    from separatrix.reports.lesson import gone_on, with_film

    if resume is None:
        job = {"network": network_of(network), "recipe": with_film(Recipe(**recipe)), "source": source_of(points)}
        return job | machine
    if points or network:
        given = [*points, *network]
        raise InvalidParameter(f"--resume goes on with the folder's own points and network; leave out {flags(given)}.")
    from separatrix.reports.lesson_folder import read_back

    run, source = read_back(resume)
    changed = gone_on(run.recipe, recipe)
    return {"network": run.network, "recipe": changed, "source": source, "engine": run.engine, "resume": run} | machine


def _train(job: dict[str, Any], lines: bool, interruption: Interruption) -> Lesson | None:
    """The lesson, or None if a signal came before its training."""
    from separatrix.reports.lesson import lesson as do_it

    if interruption.asked:
        return None
    with watched(job["recipe"].epochs, lines, interruption) as tell:
        found = do_it(**job, on_progress=tell)
    for engine, reason in found.passed_over.items():
        remark(f"The {engine} engine can't do this ({reason.rstrip('.')}), so the {found.run.engine} engine did.")
    return found


def _draw(folder: LessonFolder, found: Lesson, look: Look, interruption: Interruption) -> list[Figure]:
    """All pictures and the report; a signal ends it after the picture that is being drawn."""
    from separatrix.reports.lesson_pictures import album, drawn

    shown: list[Illustration] = []
    figures: list[Figure] = []
    for picture in album(found):
        if interruption.asked:
            return figures
        figures.append(drawn(picture, found, look))
        shown.append(folder.write_picture(picture, figures[-1]))
    if not interruption.asked:
        folder.write_report(found, [*shown, *folder.write_film(found, look)])
    return figures


def _say(found: Lesson, folder: LessonFolder) -> None:
    """The summary."""
    from separatrix.reports.lesson import status_sentence, summary
    from separatrix.reports.lesson_folder import REPORT

    screen = console()
    screen.print(status_sentence(found.run), style="bold", markup=False)
    figures = summary(found)
    wide, number = max(len(each.name) for each in figures), max(len(each.value) for each in figures)
    for figure in figures:
        screen.print(f"  {figure.name:<{wide}}  {figure.value:>{number}}  {figure.note}", markup=False)
    report = folder.path / REPORT
    screen.print(f"Everything is in {folder.path}" + (f"; open {report}" if report.exists() else ""), markup=False)


def _say_how_to_go_on(found: Lesson, folder: LessonFolder, given: Given, picture_format: str) -> None:
    """The command that takes up where this one was interrupted."""
    from separatrix.reports.lesson_folder import MODEL

    words = ["separatrix", "lesson", "--resume", str(folder.path / MODEL), "--out", str(folder.path), "--force"]
    words += [word for name, value in given.items() for word in (f"--{name}", str(value))]
    words += ["--format", picture_format] if picture_format != "png" else []
    done = f"after {found.run.epochs:,} of {found.run.recipe.epochs:,} epochs"
    complain(f"interrupted {done}; the model is saved. Go on with:\n  {shlex.join(words)}")


def _refuse_without_display() -> None:
    """Find out before the training whether windows can be opened."""
    import matplotlib

    if matplotlib.get_backend().lower() in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template"):
        raise InvalidParameter(
            "--show needs a display and a Matplotlib backend with windows; without it the files are the same."
        )


def _show(figures: list[Figure]) -> None:
    from separatrix import pictures

    pictures.show(figures)
