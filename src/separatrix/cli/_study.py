"""`separatrix study`: many trainings over a grid and many seeds, by options or a TOML file; live progress, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._options import FILE, LOOK, Given, Table, flags, option, takes
from separatrix.cli._options import READING as OF_FILES
from separatrix.cli._terminal import complain, console, remark
from separatrix.errors import DataFileError, InvalidParameter
from separatrix.support.signals import Interruption

if TYPE_CHECKING:
    from separatrix.data.points import Points
    from separatrix.studies.plan import Study
    from separatrix.studies.progress import StudyProgress
    from separatrix.studies.results import Results
    from separatrix.studies.sources import OwnPoints

NOTICE = "Stopping; what is finished is kept. A second signal ends at once."
CHECKPOINTS = "5000,10000,50000"
REPORT = "report.html"
MOST_SHOWN = 24  # conditions on the screen while it runs

_GRID, _TRAINING, _FILES, _SEEDS, _WORK = (
    "Grid (several: a,b,c)",
    "Training (several: a,b,c)",
    "Reading",
    "Seeds",
    "Work",
)


def _text(about: str, panel: str, default: str, metavar: str = "TEXT") -> Any:
    return option(str, about, panel=panel, default=default, metavar=metavar)


GRID: Table = {
    "points": _text("Samplers, or files of points or tables.", _GRID, "circle", "NAMES"),
    "n": _text("How many points to train on.", _GRID, "100", "NUMBERS"),
    "noise": _text("Standard deviation of each point's shift.", _GRID, "the sampler's", "NUMBERS"),
    "widths": _text("Units of each hidden layer, such as 2..8.", _GRID, "4", "NUMBERS"),
    "depths": _text("Hidden layers.", _GRID, "2", "NUMBERS"),
    "networks": _text("Instead of widths and depths, such as 2-4-3-1.", _GRID, "none", "WIDTHS"),
    "activation": _text("Of the hidden layers.", _GRID, "relu", "NAMES"),
    "init": _text("How the first weights are drawn.", _GRID, "torch", "NAMES"),
    "loss": _text("What is minimised.", _TRAINING, "bce", "NAMES"),
    "optimizer": _text("What turns gradients into steps.", _TRAINING, "sgd", "NAMES"),
    "lr": _text("Learning rate.", _TRAINING, "the optimiser's; sgd 0.05", "NUMBERS"),
    "batch_size": _text("Rows a step, or all.", _TRAINING, "all", "NUMBERS"),
    "schedule": _text("How the learning rate changes.", _TRAINING, "constant", "NAMES"),
    "momentum": _text("Of sgd and rmsprop.", _TRAINING, "0.0", "NUMBERS"),
    "l1": option(str, "Adds l1 · Σ|w| to the loss.", "--l1", panel=_TRAINING, default="0.0", metavar="NUMBERS"),
    "l2": option(str, "Adds l2 / 2 · Σw² to the loss.", "--l2", panel=_TRAINING, default="0.0", metavar="NUMBERS"),
    "dtype": _text("float32 or float64.", _TRAINING, "float32", "NAMES"),
    "checkpoints": _text("Epochs after which to look.", _TRAINING, CHECKPOINTS, "NUMBERS"),
    "seeds": _text("How many, or which: 5..20.", _SEEDS, "100", "NUMBER"),
    "half_width": option(float, "Stop when every interval is this narrow.", panel=_SEEDS, default="no"),
    "vary": _text("What a seed changes: both, data, initial or crossed.", _SEEDS, "both", "NAME"),
    "fixed_seed": option(int, "The seed of what isn't varied.", panel=_SEEDS, default="0"),
    "n_test": option(int, "Number of test points to draw from each sampler.", panel=_SEEDS, default="1000"),
    "engine": _text("torch, fused (compiled), or auto.", _WORK, "auto", "NAME"),
}
READING: Table = {
    "x": option(list[str], "A number column, once for each.", "--x", panel=_FILES, default="the first two"),
    "y": option(str, "The label column of files of points.", "--y", panel=_FILES, default="the last one"),
    "target": option(
        str, "The files are tables with this label column; all others are encoded as by fit.", panel=_FILES,
        metavar="COLUMN", default="files hold points: numbers, taken as they are",
    ),
    "positive": option(str, "The label of class 1.", panel=_FILES, default="the larger one"),
} | OF_FILES  # fmt: skip  # an option a subject
CARRYING: Table = {
    "workers": option(int, "How many at a time.", panel=_WORK, default="one a core"),
    "backend": _text("threads, processes (for very short runs) or ray.", _WORK, "threads", "NAME"),
    "address": option(str, "Of a running Ray cluster.", panel=_WORK, default="one here"),
    "on_change": _text("If the folder holds another study: refuse, restart, continue.", _WORK, "refuse", "NAME"),
    "tries": option(int, "How often a shard is begun whose worker dies.", panel=_WORK, default="3"),
}

Config = Annotated[Path | None, typer.Argument(help="A TOML file with the same settings; options win.", **FILE)]
Out = Annotated[Path, typer.Option("--out", "-o", help="The study's folder; the same one goes on with it.")]
Report = Annotated[bool, typer.Option(help="Write report.html into the folder.", rich_help_panel="Pictures")]


@takes(grid=GRID, reading=READING, carrying=CARRYING, look=LOOK)
def study(
    grid: Given,
    reading: Given,
    carrying: Given,
    look: Given,
    config: Config = None,
    out: Out = Path("study"),
    report: Report = True,
) -> int:
    """Train many: every combination of the grid, on many seeds. Shares with intervals, comparisons, a report.

    Kill it at any moment and give the same command again: it goes on, and the table is the same.
    """
    from separatrix.studies.running import run_study

    asked = _study(config, grid, reading)
    with Interruption(NOTICE) as interruption, _watched(asked) as show:

        def tell(moment: StudyProgress) -> bool:
            show(moment)
            return not interruption.asked

        found = run_study(asked, out, on_progress=tell, **carrying)
    if interruption.asked:
        complain(f"interrupted after {found.n_runs:,} runs, which are kept. The same command goes on.")
        return interruption.exit_status
    _say(found, out, report, look)
    return 0


def _study(config: Path | None, grid: Given, reading: Given) -> Study:
    """The study of the file and the options."""
    from separatrix.studies.config import OF_FILE, read_settings, study_of

    settings = {} if config is None else read_settings(config)
    settings |= {name: _values(name, given) for name, given in grid.items()}
    how = {name: settings.pop(name) for name in OF_FILE if name in settings} | reading
    settings.setdefault("checkpoints", CHECKPOINTS)
    beside = Path() if config is None or "points" in grid else config.parent
    settings["points"] = _points(settings.get("points", "circle"), how, beside)
    return study_of(settings)


FLOATS = ("noise", "lr", "momentum", "l1", "l2")
AS_WRITTEN = ("n", "widths", "depths", "checkpoints", "seeds", "vary", "engine")


def _values(name: str, given: Any) -> Any:
    """An option's text as its values; what the library reads as text stays text."""
    if not isinstance(given, str) or name in AS_WRITTEN:
        return given
    parts = [part.strip() for part in given.split(",")]
    if name == "batch_size":
        return [None if part == "all" else _number(name, part, int) for part in parts]
    return [_number(name, part, float) for part in parts] if name in FLOATS else parts


def _number(name: str, text: str, kind: Callable[[str], Any]) -> Any:
    try:
        return kind(text)
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise InvalidParameter(f"{name} must be {what} joined by commas, got {text!r}.") from None


def _points(given: Any, reading: dict[str, Any], beside: Path) -> list[Any]:
    """Samplers by name, and the points of files."""
    from separatrix.data.samplers import SAMPLERS

    names = given if isinstance(given, list) else [given]
    found = [
        _of_file(each, beside / each, reading) if isinstance(each, str) and each not in SAMPLERS else each
        for each in names
    ]
    if reading and all(isinstance(each, str) for each in found):
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return found


def _of_file(name: str, path: Path, reading: dict[str, Any]) -> OwnPoints:
    """The points in a file, or those of a table."""
    from separatrix.data.samplers import SAMPLERS
    from separatrix.studies.sources import OwnPoints
    from separatrix.support.constraints import nearest

    if not path.is_file():
        raise InvalidParameter(
            f"--points: {name!r} is neither a sampler ({', '.join(SAMPLERS)}) nor a file.{nearest(name, SAMPLERS)}"
        )
    return OwnPoints((_of_table if "target" in reading else _as_they_are)(path, dict(reading)), name=path.name)


def _of_table(path: Path, reading: dict[str, Any]) -> Points:
    """All columns but the target, encoded."""
    from separatrix.cli._tables import label_of, read
    from separatrix.estimators.encoding.encoder import points_of_table

    target, positive = reading.pop("target"), reading.pop("positive", None)
    odd = {name: reading[name] for name in ("x", "y") if name in reading}
    if odd:
        raise InvalidParameter(f"{flags(odd)} can't go with --target, which takes all other columns.")
    table = read(str(path), target, reading)
    return points_of_table(table, positive=label_of(table, None if positive is None else str(positive)))


def _as_they_are(path: Path, reading: dict[str, Any]) -> Points:
    """Number columns as they stand, with a warning if no training will get on with them."""
    from separatrix.data.points_file import read_points
    from separatrix.training.symptoms import unscaled

    odd = {name: reading[name] for name in OF_FILES if name in reading and name != "encoding"}
    if odd:
        raise InvalidParameter(f"{flags(odd)} is for tables; name the label column by --target.")
    try:
        points = read_points(path, **reading)
    except DataFileError as error:
        raise DataFileError(f"{error} Or say --target COLUMN: then the file is a table of any columns.") from error
    for each in unscaled(points):
        remark(f"Warning: {path}: {each.evidence} Training may learn nothing; --target COLUMN takes care of that.")
    return points


@contextmanager
def _watched(asked: Study) -> Iterator[Callable[[StudyProgress], None]]:
    """On a terminal a bar over a table of the shares so far; elsewhere nothing."""
    screen = console()
    if not screen.is_terminal:
        yield lambda moment: None
        return
    from rich.live import Live

    with Live(console=screen, transient=True, auto_refresh=False) as live:
        yield lambda moment: live.update(_picture(asked, moment), refresh=True)


def _picture(asked: Study, moment: StudyProgress) -> Any:
    """The bar and the table of this moment."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table as Grid

    from separatrix.evaluation.statistics.shares import percent, span, wilson

    left = moment.seconds_left
    said = f"{moment.done:,} of {moment.runs:,} runs" + ("" if left is None else f", about {left:,.0f} s left")
    if moment.failed.any():
        said += f", {int(moment.failed.sum()):,} failed or diverged"
    grid = Grid(
        "condition",
        "runs",
        f"solved by {asked.checkpoints[-1]:,} epochs",
        "95 % interval",
        box=None,
        padding=(0, 2, 0, 0),
    )
    low, high = wilson(moment.solved[:, -1], moment.finished)
    for each in asked.conditions[:MOST_SHOWN]:
        k, runs = each.index, int(moment.finished[each.index])
        told = (percent(moment.solved[k, -1] / runs), span(float(low[k]), float(high[k]))) if runs else ("", "")
        grid.add_row(each.text, f"{runs:,}", *told)
    if len(asked.conditions) > MOST_SHOWN:
        grid.add_row(f"… and {len(asked.conditions) - MOST_SHOWN:,} more")
    head = Grid.grid(padding=(0, 2))
    head.add_row(ProgressBar(total=moment.runs, completed=moment.done, width=40), said)
    return Group(head, grid)


def _say(found: Results, out: Path, report: bool, look: Given) -> None:
    """The summary, and where everything is."""
    screen = console()
    screen.print(found.summary(), markup=False)
    where = f"Everything is in {out}"
    if report:
        from separatrix.reports.study_report import write_study_report

        where += f"; open {write_study_report(found, out / REPORT, force=True, **look)}"
    screen.print(f"\n{where}", markup=False)
