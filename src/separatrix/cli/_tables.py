"""`separatrix fit` and `separatrix evaluate`: a classifier of a table, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._options import CLASSIFIER, ENSEMBLE, FILE, JUDGING, MACHINE, PAGE, READING, Force, Given, takes
from separatrix.cli._terminal import complain, console, remark
from separatrix.errors import InvalidParameter
from separatrix.support.signals import Interruption

if TYPE_CHECKING:
    from separatrix.data.table import Table
    from separatrix.evaluation.cross_validation import Evaluation
    from separatrix.evaluation.overview import Overview
    from separatrix.reports.table_fit import TableFit

NOTICE = "Finishing this step and saving. A second signal ends at once."
NAMES = {
    "hidden": "hidden_layer_sizes",
    "lr": "learning_rate_init",
    "epochs": "max_iter",
    "patience": "n_iter_no_change",
}

OF_MODEL: dict[str, Any] = FILE | {"metavar": "MODEL"}

Data = Annotated[str, typer.Argument(metavar="DATA", help="CSV, Parquet or Arrow; - reads standard input.")]
Model = Annotated[Path, typer.Argument(help="A model file that `separatrix fit` wrote.", **OF_MODEL)]
Target = Annotated[str, typer.Option("--target", "-y", metavar="COLUMN", help="The column to predict.")]
Positive = Annotated[str | None, typer.Option(help="The label of class 1; by default the last in sorted order.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The model file to write.")]
Report = Annotated[Path | None, typer.Option("--report", help="Write a page with pictures here, such as report.html.")]


@takes(reading=READING, ensemble=ENSEMBLE, single=CLASSIFIER, judging=JUDGING, machine=MACHINE, page=PAGE)
def fit(
    data: Data,
    target: Target,
    reading: Given,
    ensemble: Given,
    single: Given,
    judging: Given,
    machine: Given,
    page: Given,
    positive: Positive = None,
    out: Out = Path("model.safetensors"),
    report: Report = None,
    force: Force = False,
) -> int:
    """Train a classifier of a table, judge it, save it.

    Rows are held out, an ensemble of small networks is trained on the others and judged on those; then both it and a
    logistic regression are cross-validated, so that you see whether it is worth it. --network 30-64-64-1, or any other
    option of a single network, trains that instead.
    """
    from separatrix.files.saving import save
    from separatrix.reports.table_fit import fit_table
    from separatrix.support.atomic import check_writable

    with Interruption(NOTICE) as interruption:
        refuse_same(**{"DATA": data, "--out": out, "--report": report})
        for each in filter(None, (out, report)):
            check_writable(each, force=force)
        if report is not None and judging.get("test_fraction") == judging.get("folds") == 0:
            raise InvalidParameter("--report needs something to report on: leave out --test-fraction 0 or --folds 0.")
        chosen = _chosen(ensemble, single | machine)
        table = read(data, target, reading)
        _checked_page(page, table)
        seen = _looked_at(table, positive)
        if interruption.asked:
            complain("interrupted before the training; nothing is written.")
            return interruption.exit_status
        with _progress("network" if "classifier" in chosen else "epoch") as (step, epoch):
            found = fit_table(
                table, positive=label_of(table, positive), on_step=step, on_epoch=epoch,
                stop=lambda: interruption.asked, **chosen, **judging,
            )  # fmt: skip  # one call
        save(found.classifier, out, force=force, source=table)
        _say_what_came_out(found)
        if report is not None and not interruption.asked:
            _write_report(report, found, seen, page, force)
    console().print(f"The model is in {out}" + (f"; open {report}" if report and found.complete else ""), markup=False)
    if interruption.asked:
        complain(
            "interrupted; the model trained so far is saved. For a complete one, run the command again with --force."
        )
        return interruption.exit_status
    run = getattr(found.classifier, "run_", None)
    return 1 if run is not None and run.status == "diverged" else 0


def _chosen(ensemble: Given, single: Given) -> dict[str, Any]:
    """The classifier that the options ask for, as `fit_table` takes it: a single network if one of its own is given."""
    from separatrix.cli._options import flags
    from separatrix.estimators.ensemble import SeparatrixClassifier
    from separatrix.estimators.settings import CLASSIFIER_RULES
    from separatrix.support.constraints import check

    for name in single.keys() & NAMES.keys():  # others are called as the estimator calls them
        check("fit", {f"--{name}": single[name]}, {f"--{name}": CLASSIFIER_RULES[NAMES[name]]})
    settings = {NAMES.get(name, name): value for name, value in single.items()}
    chosen = {name: settings.pop(name) for name in ("network", "seed") if name in settings}
    if not settings and "network" not in chosen:
        return chosen | {"classifier": SeparatrixClassifier(**ensemble)}
    if ensemble:
        raise InvalidParameter(
            f"{flags(ensemble)} goes with the ensemble, {flags(name for name in single if name != 'seed')} with a single "
            "network; give the one or the other."
        )
    if "network" in chosen and "hidden_layer_sizes" in settings:
        raise InvalidParameter("--network tells the hidden widths too: give it or --hidden.")
    return chosen | {"settings": settings}


@takes(reading=READING, page=PAGE)
def evaluate(
    model: Model,
    data: Data,
    reading: Given,
    page: Given,
    target: Annotated[
        str | None, typer.Option("--target", "-y", help="The label column; by default the model's.")
    ] = None,
    positive: Positive = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability from which on it says class 1. By default the model's own.", show_default=False),
    ] = None,
    report: Report = None,
    force: Force = False,
) -> int:
    """Judge a saved model on a table with labels, which it wasn't trained on."""
    from separatrix.reports.table_fit import judge_table
    from separatrix.support.atomic import check_writable

    refuse_same(**{"MODEL": model, "DATA": data, "--report": report})
    if report is not None:
        check_writable(report, force=force)
    classifier = classifier_of(model)
    column = target or classifier.target_name_
    if column is None:
        raise InvalidParameter("the model doesn't know its target; name the label column by --target.")
    table = read(data, column, reading)
    if table.sha256 is not None and table.sha256 == (getattr(classifier, "input_", None) or {}).get("sha256"):
        remark("Warning: this is the file that the model was trained on; on new rows it will do worse.")
    found = judge_table(classifier, table, positive=label_of(table, positive), threshold=threshold)
    _say_what_came_out(found)
    if report is not None:
        _write_report(report, found, _looked_at(table, positive), page, force)
        console().print(f"Open {report}", markup=False)
    return 0


def refuse_same(**places: Any) -> None:
    """Raise `InvalidParameter` if two of these name one file: writing the one would destroy the other."""
    seen: dict[Path, str] = {}
    for name, place in places.items():
        if place is not None and str(place) != "-":
            first = seen.setdefault(Path(place).resolve(), name)
            if first != name:
                raise InvalidParameter(f"{first} and {name} are the same file, {place}; choose another name.")


def read(data: str, target: str | None, reading: Given) -> Table:
    """The table, its warnings said."""
    from separatrix.cli._options import existing_file
    from separatrix.data.table_file import read_table

    if data != "-":
        existing_file(data)
    table = read_table(data, target, **reading)
    for each in table.warnings:
        remark(f"Warning: {each}")
    return table


def classifier_of(model: Path) -> Any:
    """The classifier in a model file.

    Raises:
        ModelFileError: missing, damaged, or it holds a run of points.
    """
    from separatrix.errors import ModelFileError
    from separatrix.files.saving import load

    found = load(model)
    if not hasattr(found, "classes_"):
        raise ModelFileError(f"{model} holds a {type(found).__name__}, but a classifier of a table is needed here.")
    return found


def label_of(table: Table, positive: str | None) -> Any:
    """The label that a text names: 1 and 1.0 are the same number.

    Raises:
        InvalidParameter: no label is written so; the message names the nearest.
    """
    from separatrix.evaluation.overview.views import as_text
    from separatrix.support.constraints import nearest

    if positive is None or table.labels is None:
        return None
    known = {as_text(each): each for each in table.labels.unique().sort().to_list()[:1000]}
    if positive not in known:
        told = ", ".join(list(known)[:5])
        raise InvalidParameter(f"--positive: no label is {positive!r}; there are {told}.{nearest(positive, known)}")
    return known[positive]


def _looked_at(table: Table, positive: str | None) -> Overview:
    """The overview, its grave warnings said."""
    from separatrix.evaluation.overview import overview_of

    seen = overview_of(table, label_of(table, positive))
    for each in seen.concerns:
        if each.grave:
            about = f"column {' and '.join(map(repr, each.columns))}: " if each.columns else ""
            remark(f"Warning: {about}{each.sentence}")
    return seen


@contextmanager
def _progress(unit: str) -> Iterator[tuple[Callable[[str, int, int], None] | None, Callable[[int], None] | None]]:
    """A bar over the steps on a terminal, and over the first training's epochs or networks; else nothing."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield None, None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield (
            lambda what, done, steps: bar.update(task, description=what, completed=done, total=steps),
            lambda count: bar.update(task, description=f"training, {unit} {count:,}"),
        )


def _say_what_came_out(found: TableFit) -> None:
    from separatrix.evaluation.cross_validation import verdict

    screen = console()
    zero, one = (int((found.y == label).sum()) for label in (0, 1))
    names = f"{found.table.target!r} is {found.classes[1]!r} in {one:,} and {found.classes[0]!r} in {zero:,}"
    screen.print(f"{found.table.source}: {len(found.y):,} rows; {names}", style="bold", markup=False)
    screen.print(_what_was_trained(found.classifier), markup=False)
    for each in filter(None, (found.test, found.crossed)):
        screen.print("\n" + _aligned(each), markup=False)
    judged = found.crossed or found.test
    if judged is not None and (said := verdict(judged)):
        screen.print(f"\n{said}", markup=False)


def _what_was_trained(classifier: Any) -> str:
    if hasattr(classifier, "base_models_"):
        counted = classifier.base_models_.filter(classifier.base_models_["weight"] > 0)
        kinds = ", ".join(f"{row['members']} {row['base_model']}" for row in counted.iter_rows(named=True))
        return f"{len(classifier.members_)} networks: {kinds}"
    epochs = classifier.n_iter_
    more = "; it was still learning, so more --epochs may help" if epochs == classifier.max_iter else ""
    return f"Network {classifier.network_}, {epochs:,} epochs{more}"


def _aligned(found: Evaluation) -> str:
    """A table of text, its columns as wide as their widest cell."""
    heads, rows = found.table()
    lines = [heads, *rows]
    wide = [max(len(line[k]) for line in lines) for k in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip() for line in lines
    )


def pair_of(text: str, names: list[str]) -> tuple[str, str]:
    """Two columns from `age,job`; names may hold commas themselves.

    Raises:
        InvalidParameter: not two columns; the message names the nearest.
    """
    from separatrix.support.constraints import nearest

    parts = text.split(",")
    for cut in range(1, len(parts)):
        first, second = ",".join(parts[:cut]), ",".join(parts[cut:])
        if first in names and second in names:
            return first, second
    unknown = next((part for part in parts if part not in names), text)
    raise InvalidParameter(f"--boundary takes two columns, such as age,job, got {text!r}.{nearest(unknown, names)}")


def _checked_page(page: Given, table: Table) -> Given:
    """The page's options as the library takes them: pairs of columns, a row from 0."""
    found: Given = {}
    if "boundary" in page:
        found["pairs"] = [pair_of(text, list(table.kinds)) for text in page["boundary"]]
    if "row" in page:
        if not 1 <= page["row"] <= table.n_rows:
            raise InvalidParameter(f"--row must be a whole number from 1 to {table.n_rows:,}, got {page['row']}.")
        found["row"] = page["row"] - 1
    return found


def _write_report(path: Path, found: TableFit, seen: Overview, asked: Given, force: bool) -> None:
    from separatrix.reports.table_report import page, report_of
    from separatrix.support.atomic import write_atomically

    look = {name: value for name, value in asked.items() if name == "palette"}
    content = page(report_of(found, seen, **_checked_page(asked, found.table)), **look)
    write_atomically(path, content, force=force)
