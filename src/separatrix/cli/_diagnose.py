"""Diagnose: what is wrong with a training, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._options import FILE, POINTS, Given, flags, takes
from separatrix.cli._parts import from_file
from separatrix.cli._terminal import console
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.data.points import Points
    from separatrix.training.run import Run

Model = Annotated[Path, typer.Argument(help="A lesson's model file, or one of `fit`.", **FILE)]
Seeds = Annotated[int | None, typer.Option(help="Other seeds to train, to tell bad luck. By default 20.")]


@takes(points=POINTS)
def diagnose(points: Given, model: Model, seeds: Seeds = None) -> int:
    """Say what is wrong with a training: each finding with its evidence and one thing to try.

    Of a model that `fit` made, the history alone is looked at.
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


def _run_of(model: Path, points: Given) -> tuple[Run, Points | None]:
    """The run in a file with its points; of an estimator the last training, whose rows no file keeps."""
    from separatrix.files.contents import describe
    from separatrix.files.saving import load

    if describe(model).kind == "run":
        return from_file(model, points)
    if points:
        raise InvalidParameter(f"{flags(points)} can't go with an estimator, whose table isn't one of points.")
    run: Run = load(model).run_
    return run, None
