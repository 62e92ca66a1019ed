"""`separatrix diagnose`: what is wrong with a training, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._options import FILE, POINTS, Chosen, flags, takes
from separatrix.cli._parts import from_file
from separatrix.cli._terminal import console
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.data.points import Points
    from separatrix.training.run import Run

Model = Annotated[Path, typer.Argument(help="Model file of a lesson or of `fit`.", **FILE)]
Seeds = Annotated[
    int | None,
    typer.Option(help="Number of other seeds to train to see if this one was unlucky. Defaults to 20."),
]


@takes(points=POINTS)
def diagnose(points: Chosen, model: Model, seeds: Seeds = None) -> int:
    """Print what is wrong with a training: each finding with its evidence and one thing to try.

    For a model that `fit` wrote, only the history is examined.
    """
    run, drawn = _run_of(model, points)
    findings = run.diagnose(drawn, **({} if seeds is None else {"seeds": seeds}))
    screen = console()
    screen.print(repr(run), markup=False)
    for finding in findings:
        screen.print(f"\n{finding.name}", style="bold", markup=False)
        screen.print(f"  {finding.evidence}", markup=False)
        screen.print(f"  Try: {finding.advice}", markup=False)
    if not findings:
        screen.print("Nothing is wrong.", markup=False)
    return 0


def _run_of(model: Path, points: Chosen) -> tuple[Run, Points | None]:
    """The run in a file with its points; for an estimator its last training, whose rows are in no file."""
    from separatrix.files.contents import describe
    from separatrix.files.saving import load

    # a lesson's folder knows its points, so that the rows can be examined too
    if describe(model).kind == "run":
        return from_file(model, points)
    if points:
        raise InvalidParameter(f"{flags(points)} can't go with an estimator, whose table isn't one of points.")
    run: Run = load(model).run_
    return run, None
