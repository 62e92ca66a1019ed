"""`separatrix borders`: what the borders of trained networks are like, measured, on pages with figures and pictures."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli._claims import NOTICE, Workers, _live_progress
from separatrix.cli._option_tables import Force
from separatrix.cli._terminal import console, print_error
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from separatrix.studies.progress import StudyProgress

Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder of the pages. Their pictures go into its folder borders.")
]
Seeds = Annotated[int, typer.Option(help="Number of seeds of the first study. The others take a quarter.", min=8)]
Studies = Annotated[Path, typer.Option(help="Folder of the studies. The same folder continues them.")]
Shorter = Annotated[int, typer.Option(help="Divide all epochs by this number, for a quick trial.", min=1, hidden=True)]


def borders(
    out: Out = Path("borders"),
    seeds: Seeds = 1000,
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
    with Interruption(NOTICE) as interruption, _live_progress() as show:

        def on_progress(name: str, moment: StudyProgress) -> bool:
            show(name, moment)
            # asked at least twice a second, so an interruption takes effect soon
            return not interruption.requested

        measured = measure(studies, seeds=seeds, shorter=shorter, workers=workers, on_progress=on_progress)
    if measured is None:
        print_error("interrupted; finished runs are kept. The same command continues.")
        return interruption.exit_status
    # with --force: whoever repeats it has the pages already
    words = ["separatrix", "borders", "--seeds", str(seeds), "--out", str(out), "--force"]
    # the default is left out, so that the usual page shows a short command
    words += [] if shorter == 1 else ["--shorter", str(shorter)]
    write_findings(measured, out, shlex.join(words), seeds, shorter, force=force)
    console().print(f"Everything is in {', '.join(str(out / language.file) for language in LANGUAGES)}", markup=False)
    return 0
