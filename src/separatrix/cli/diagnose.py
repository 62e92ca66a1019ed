"""Diagnose: what is wrong with a training, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from separatrix.cli.messages import console
from separatrix.cli.options import FILE, POINTS, Given, takes
from separatrix.cli.parts import from_file

Model = Annotated[Path, typer.Argument(help="A lesson's model file.", **FILE)]
Seeds = Annotated[int | None, typer.Option(help="Other seeds to train, to tell bad luck. By default 20.")]


@takes(points=POINTS)
def diagnose(points: Given, model: Model, seeds: Seeds = None) -> int:
    """Say what is wrong with a training: each finding with its evidence and one thing to try."""
    run, drawn = from_file(model, points)
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
