"""`separatrix study`: many trainings over a grid and many seeds, from options or a TOML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._option_tables import LOOK, default_text, flags
from separatrix.cli._option_tables import READING as OF_FILES
from separatrix.cli._options import FILE, Chosen, Table, option, takes
from separatrix.cli._terminal import console, print_error, print_note
from separatrix.errors import DataFileError, InvalidParameter
from separatrix.networks.optimizers import OptimizerSettings
from separatrix.support.processes import Interruption

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


def _of_optimizers() -> Table:
    """An option for every setting of an optimiser that is a number; several pairs or flags are for the TOML file."""
    # the types are texts here, since annotations aren't evaluated
    numbers = [entry for entry in fields(OptimizerSettings) if entry.type == "float"]
    return {
        entry.name: _text(entry.metadata["setting"].about, _TRAINING, default_text(entry.default), "NUMBERS")
        for entry in numbers
    }


OPTIMIZER: Table = _of_optimizers()


# most are texts, even numbers: each may hold several values, which `_values` separates
GRID: Table = {
    "points": _text("Samplers, or files with points or tables.", _GRID, "circle", "NAMES"),
    "n": _text("Number of points to train on.", _GRID, "100", "NUMBERS"),
    "noise": _text("Standard deviation of the noise added to each point.", _GRID, "that of the sampler", "NUMBERS"),
    "label_noise": _text("Share of training labels to turn over.", _GRID, "0", "NUMBERS"),
    "features": _text("Inputs in place of x1 and x2, such as x1+x2+x1*x2.", _GRID, "x1+x2", "NAMES"),
    "widths": _text("Number of units of each hidden layer, such as 2..8.", _GRID, "4", "NUMBERS"),
    "depths": _text("Number of hidden layers.", _GRID, "2", "NUMBERS"),
    "networks": _text("Networks instead of widths and depths, such as 2-4-3-1.", _GRID, "none", "WIDTHS"),
    "activation": _text("Activation of the hidden layers.", _GRID, "relu", "NAMES"),
    "init": _text("Initialisation of the weights.", _GRID, "torch", "NAMES"),
    "loss": _text("Loss that is minimised.", _TRAINING, "bce", "NAMES"),
    "optimizer": _text("Optimiser.", _TRAINING, "sgd", "NAMES"),
    "lr": _text("Learning rate.", _TRAINING, "that of the optimiser; sgd 0.05", "NUMBERS"),
    "batch_size": _text("Batch size, or all for the whole training set.", _TRAINING, "all", "NUMBERS"),
    "schedule": _text("Schedule of the learning rate.", _TRAINING, "constant", "NAMES"),
    **OPTIMIZER,
    "l1": option(
        str, "L1 penalty: adds l1 · Σ|w| to the loss.", "--l1", panel=_TRAINING, default="0.0", metavar="NUMBERS"
    ),
    "l2": option(
        str, "L2 penalty: adds l2 / 2 · Σw² to the loss.", "--l2", panel=_TRAINING, default="0.0", metavar="NUMBERS"
    ),
    "dtype": _text("Number format: float32 or float64.", _TRAINING, "float32", "NAMES"),
    "checkpoints": _text("Epochs after which every run is measured.", _TRAINING, CHECKPOINTS, "NUMBERS"),
    "seeds": _text("Number of seeds, or the seeds themselves: 5..20.", _SEEDS, "100", "NUMBER"),
    "half_width": option(
        float, "Stop when half the width of every interval is below this value.", panel=_SEEDS, default="no"
    ),
    "vary": _text("What a seed changes: both, data, initial or crossed.", _SEEDS, "both", "NAME"),
    "fixed_seed": option(int, "Seed of whatever is not varied.", panel=_SEEDS, default="0"),
    "n_test": option(int, "Number of test points to draw from each sampler.", panel=_SEEDS, default="1000"),
    "test_fraction": option(
        float, "Share of your own points to test on; 0 trains on all of them.", panel=_SEEDS, default="0.25"
    ),
    "borders": option(bool, "Measure every border exactly: pieces, length, margin, …", panel=_WORK, default="no"),
    "engine": _text("Engine: torch, fused (compiled), or auto.", _WORK, "auto", "NAME"),
}
READING: Table = {
    "x": option(
        list[str],
        "Column of numbers of files of points; may be repeated.",
        "--x",
        panel=_FILES,
        default="the first two columns",
    ),
    "target": option(str, "Label column of the files.", "--target", "-y", panel=_FILES, default="the last column"),
    "table": option(
        bool,
        "Whether the files are tables, of which all columns but the target are encoded as by fit.",
        panel=_FILES,
        default="no: they hold points, whose numbers are taken as they are",
    ),
    "positive": option(str, "Label of class 1.", panel=_FILES, default="the larger number, or the later text"),
} | OF_FILES
CARRYING: Table = {
    "workers": option(int, "Number of shards trained at a time.", panel=_WORK, default="one for each core"),
    "backend": _text("Backend: threads, processes (for very short runs) or ray.", _WORK, "threads", "NAME"),
    "address": option(str, "Address of a running Ray cluster.", panel=_WORK, default="a new cluster on this machine"),
    "on_change": _text("If the folder holds another study: refuse, restart or continue.", _WORK, "refuse", "NAME"),
    "tries": option(int, "Maximum number of attempts for a shard whose worker dies.", panel=_WORK, default="3"),
}

Config = Annotated[
    Path | None, typer.Argument(help="TOML file with the same settings; options take precedence.", **FILE)
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the study. The same folder continues it.")]
Report = Annotated[bool, typer.Option(help="Whether to write report.html into the folder.", rich_help_panel="Pictures")]


@takes(grid=GRID, reading=READING, carrying=CARRYING, look=LOOK)
def study(
    grid: Chosen,
    reading: Chosen,
    carrying: Chosen,
    look: Chosen,
    config: Config = None,
    out: Out = Path("study"),
    report: Report = True,
) -> int:
    """Train every combination of a grid on many seeds, and report shares with intervals and comparisons.

    The command may be killed at any moment. Given again, it continues, and the table is the same.
    """
    from separatrix.studies.running import run_study

    description = _study(config, grid, reading)
    with Interruption(NOTICE) as interruption, _live_progress(description) as show:

        def on_progress(moment: StudyProgress) -> bool:
            # called at least twice a second, so an interruption takes effect soon
            show(moment)
            return not interruption.requested

        results = run_study(description, out, on_progress=on_progress, **carrying)
    # finished shards are on the disk, so there is nothing to save here
    if interruption.requested:
        print_error(f"interrupted after {results.n_runs:,} runs, which are kept. The same command continues.")
        return interruption.exit_status
    _print_summary(results, out, report, look)
    return 0


def _study(config: Path | None, grid: Chosen, reading: Chosen) -> Study:
    """The study that the file and the options describe."""
    from separatrix.studies.config import OF_FILE, read_settings, study_of
    from separatrix.studies.sources import OwnPoints

    settings = {} if config is None else read_settings(config)
    # after those of the file: options take precedence
    settings |= {name: _values(name, text) for name, text in grid.items()}
    how = {name: settings.pop(name) for name in OF_FILE if name in settings} | reading
    # the numbers of epochs that the tutorial names
    settings.setdefault("checkpoints", CHECKPOINTS)
    # paths in a TOML file are relative to that file, as in other configuration files
    beside = Path() if config is None or "points" in grid else config.parent
    settings["points"] = _points(settings.get("points", "circle"), how, beside)
    described = study_of(settings)
    for source in described.points:
        if isinstance(source, OwnPoints):
            print_note(source.split_text)
    return described


FLOATS = ("noise", "label_noise", "lr", *OPTIMIZER, "l1", "l2")
AS_WRITTEN = ("n", "widths", "depths", "checkpoints", "seeds", "vary", "engine")


def _values(name: str, text: Any) -> Any:
    """The values of an option. What the library itself parses stays a text."""
    # ranges such as 2..8 are parsed by the library, for TOML files too
    if not isinstance(text, str) or name in AS_WRITTEN:
        return text
    parts = [part.strip() for part in text.split(",")]
    # `all` is no number: the library has None for the whole training set
    if name == "batch_size":
        return [None if part == "all" else _number(name, part, int) for part in parts]
    return [_number(name, part, float) for part in parts] if name in FLOATS else parts


def _number(name: str, text: str, kind: Callable[[str], Any]) -> Any:
    try:
        return kind(text)
    except ValueError:
        what = "whole numbers" if kind is int else "numbers"
        raise InvalidParameter(f"{name} must be {what} joined by commas, got {text!r}.") from None


def _points(points: Any, reading: dict[str, Any], beside: Path) -> list[Any]:
    """The sources of the points: names of samplers, and the points of files."""
    from separatrix.data.samplers import SAMPLERS

    names = points if isinstance(points, list) else [points]
    sources = [
        _file_source(source, beside / source, reading) if isinstance(source, str) and source not in SAMPLERS else source
        for source in names
    ]
    # options for reading would have no effect on samplers
    if reading and all(isinstance(source, str) for source in sources):
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return sources


def _file_source(name: str, path: Path, reading: dict[str, Any]) -> OwnPoints:
    """The points of a file, which holds either points or a table."""
    from separatrix.data.samplers import SAMPLERS
    from separatrix.studies.sources import OwnPoints
    from separatrix.support.constraints import nearest

    if not path.is_file():
        raise InvalidParameter(
            f"--points: {name!r} is neither a sampler ({', '.join(SAMPLERS)}) nor a file.{nearest(name, SAMPLERS)}"
        )
    return OwnPoints((_table_points if reading.get("table") else _plain_points)(path, dict(reading)), name=path.name)


def _table_points(path: Path, reading: dict[str, Any]) -> Points:
    """All columns of a table but the target, encoded as by `fit`."""
    from separatrix.cli._tables import label_of, read
    from separatrix.estimators.encoding.encoder import points_of_table

    target, positive = reading.pop("target", None), reading.pop("positive", None)
    del reading["table"]
    if target is None:
        raise InvalidParameter("--table needs the label column; name it by --target.")
    if "x" in reading:
        raise InvalidParameter("--x can't go with --table, which takes all columns but the target.")
    table = read(str(path), target, reading)
    # a TOML file may give a number, but labels are looked up as texts
    return points_of_table(table, positive=label_of(table, None if positive is None else str(positive)))


def _plain_points(path: Path, reading: dict[str, Any]) -> Points:
    """Columns of numbers, unchanged, with a warning if their scale will hinder any training."""
    from separatrix.data.points_file import read_points
    from separatrix.training.diagnosis import columns_of_unlike_size

    odd = {name: reading[name] for name in OF_FILES if name in reading and name != "encoding"}
    if odd:
        raise InvalidParameter(f"{flags(odd)} is for tables; say --table if the files are tables.")
    reading.pop("table", None)
    if "target" in reading:
        reading["y"] = reading.pop("target")
    try:
        points = read_points(path, **reading)
    except DataFileError as error:
        raise DataFileError(f"{error} Or say --table: then the file is a table of any columns.") from error
    for finding in columns_of_unlike_size(points):
        print_note(f"Warning: {path}: {finding.evidence} Training may learn nothing; --table scales the columns.")
    return points


@contextmanager
def _live_progress(description: Study) -> Iterator[Callable[[StudyProgress], None]]:
    """On a terminal, a bar and a table of the shares so far; otherwise nothing."""
    screen = console()
    if not screen.is_terminal:
        yield lambda moment: None
        return
    from rich.live import Live

    # refreshed by the study's own callback; a thread of its own would compete with the training
    with Live(console=screen, transient=True, auto_refresh=False) as live:
        yield lambda moment: live.update(_live_view(description, moment), refresh=True)


def _live_view(description: Study, moment: StudyProgress) -> Any:
    """The bar and the table at one moment."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table as Grid
    from rich.text import Text

    from separatrix.evaluation.statistics.shares import percent, span, wilson

    left = moment.seconds_left
    state = f"{moment.done:,} of {moment.runs:,} runs" + ("" if left is None else f", about {left:,.0f} s left")
    if moment.failed.any():
        state += f", {int(moment.failed.sum()):,} failed or diverged"
    grid = Grid(
        "condition",
        "runs",
        f"solved by {description.checkpoints[-1]:,} epochs",
        "95% interval",
        box=None,
        padding=(0, 2, 0, 0),
    )
    low, high = wilson(moment.solved[:, -1], moment.finished)
    # more would not fit on a screen
    for condition in description.conditions[:MOST_SHOWN]:
        k, runs = condition.index, int(moment.finished[condition.index])
        # no runs have no share, and Wilson's interval of them would be all of [0, 1]
        share = (percent(moment.solved[k, -1] / runs), span(float(low[k]), float(high[k]))) if runs else ("", "")
        # not as a string, in which rich would read "[…]" as markup: a source may be the name of a file
        grid.add_row(Text(condition.text), f"{runs:,}", *share)
    if len(description.conditions) > MOST_SHOWN:
        grid.add_row(f"… and {len(description.conditions) - MOST_SHOWN:,} more")
    head = Grid.grid(padding=(0, 2))
    head.add_row(ProgressBar(total=moment.runs, completed=moment.done, width=40), state)
    return Group(head, grid)


def _print_summary(results: Results, out: Path, report: bool, look: Chosen) -> None:
    """Print the summary and where the results are."""
    screen = console()
    # before the report, whose pictures take a while
    screen.print(results.summary(), markup=False)
    where = f"Everything is in {out}"
    if report:
        from separatrix.reports.study_report import write_study_report

        where += f"; open {write_study_report(results, out / REPORT, force=True, **look)}"
    screen.print(f"\n{where}", markup=False)
