"""Diagnose: what is wrong with a training, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli.messages import console
from separatrix.cli.options import FILE, POINTS, Given, takes
from separatrix.cli.parts import from_file
from separatrix.cli.settings import flags
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.points import Points
    from separatrix.run import Run

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
    from separatrix.inspection import describe
    from separatrix.storage import load

    if describe(model).kind == "run":
        return from_file(model, points)
    if points:
        raise InvalidParameter(f"{flags(points)} can't go with an estimator, whose table isn't one of points.")
    run: Run = load(model).run_
    return run, None
