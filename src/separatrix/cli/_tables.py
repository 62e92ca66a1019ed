"""`separatrix fit` and `separatrix evaluate`: a classifier for a table, and how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._decisions import COSTS, costs_of
from separatrix.cli._option_tables import CLASSIFIER, ENSEMBLE, JUDGING, MACHINE, PAGE, READING, ROLES, Force
from separatrix.cli._options import FILE, Chosen, takes
from separatrix.cli._table_results import (
    checked_page,
    names_of_columns,
    print_details,
    print_result,
    print_roles,
    result_as_json,
    write_report,
)
from separatrix.cli._terminal import console, print_error, print_note
from separatrix.errors import InvalidParameter
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from separatrix.data.dependence import RowDependence
    from separatrix.data.table import Table
    from separatrix.evaluation.overview import Overview

NOTICE = "Finishing this step and saving. A second signal ends at once."
NAMES = {  # options that the estimator calls by scikit-learn's names
    "hidden": "hidden_layer_sizes",
    "l2": "alpha",
    "lr": "learning_rate_init",
    "epochs": "max_iter",
    "patience": "n_iter_no_change",
}

OF_MODEL: dict[str, Any] = FILE | {"metavar": "MODEL"}

Data = Annotated[str, typer.Argument(metavar="DATA", help="CSV, Parquet or Arrow file; - reads the standard input.")]
Model = Annotated[Path, typer.Argument(help="Model file that `separatrix fit` wrote.", **OF_MODEL)]
Target = Annotated[str, typer.Option("--target", "-y", metavar="COLUMN", help="Column to predict.")]
Positive = Annotated[str | None, typer.Option(help="Label of class 1. Defaults to the last label in sorted order.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Model file to write.")]
Report = Annotated[Path | None, typer.Option("--report", help="Report with pictures to write, such as report.html.")]


@takes(
    reading=READING,
    columns=ROLES,
    ensemble=ENSEMBLE,
    single=CLASSIFIER,
    judging=JUDGING,
    costs=COSTS,
    machine=MACHINE,
    page=PAGE,
)
def fit(
    data: Data,
    target: Target,
    reading: Chosen,
    columns: Chosen,
    ensemble: Chosen,
    single: Chosen,
    judging: Chosen,
    costs: Chosen,
    machine: Chosen,
    page: Chosen,
    positive: Positive = None,
    out: Out = Path("model.safetensors"),
    report: Report = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of as text.")] = False,
    force: Force = False,
) -> int:
    """Train a classifier for a table, evaluate it and save it.

    Rows are held out, an ensemble of small networks is trained on the others and judged on those; then both it and a
    logistic regression are cross-validated, so that you see whether it is worth it. The one that is recommended is trained
    on all rows and saved. --network 30-64-64-1, or any other option of a single network, trains that instead.
    """
    from separatrix.evaluation.overview import classes_of
    from separatrix.files.saving import save
    from separatrix.reports.table_fit import MODELS, fit_table
    from separatrix.reports.table_roles import roles_of
    from separatrix.support.atomic import check_writable
    from separatrix.support.constraints import Choice, check

    with Interruption(NOTICE) as interruption:
        refuse_same_file(**{"DATA": data, "--out": out, "--report": report})
        # before the training, so that a typing error in a path doesn't cost minutes
        for path in filter(None, (out, report)):
            check_writable(path, force=force)
        check("fit", {"--model": judging.get("model", "auto")}, {"--model": Choice(MODELS)})
        # without test rows and folds there is no figure that a report could show
        if report is not None and judging.get("test_fraction") == judging.get("folds") == 0:
            raise InvalidParameter("--report needs something to report on: leave out --test-fraction 0 or --folds 0.")
        table = read(data, target, reading)
        chosen = _with_missing_words(_chosen(ensemble, single | machine, judging), table)
        for name in ("drop", "keep"):
            if name in columns:
                columns[name] = names_of_columns(columns[name], table.frame.columns)
        prices = _priced(chosen, costs, judging, table, positive)
        roles = roles_of(table, classes_of(table, label_of(table, positive))[1], **columns)
        # its result is needed later, but a mistake should be found before the training
        checked_page(page, roles.features_of(table))
        print_roles(roles)
        # warnings come before the training, while it can still be stopped
        seen = _overview(roles.features_of(table), positive, roles.dependence)
        if interruption.requested:
            print_error("interrupted before the training; nothing was written.")
            return interruption.exit_status
        with _progress("network" if "classifier" in chosen else "epoch") as (step, epoch):
            result = fit_table(
                table,
                positive=label_of(table, positive),
                on_step=step,
                on_epoch=epoch,
                stop=lambda: interruption.requested,
                **chosen,
                **columns,
                **judging,
            )
        if prices is not None and "classifier" not in chosen:
            from separatrix.reports.evaluation_details import keep_evaluation

            # a single network gets its threshold from the rows of the cross-validation or the test
            for classifier in {id(each): each for each in (result.classifier, result.saved)}.values():
                classifier.choose_threshold(costs=prices)
            keep_evaluation(result)
        # the model first: a report can be made again from it
        save(result.saved, out, force=force, source=table)
        if not as_json:
            print_result(result)
        has_report = report is not None and result.complete and bool(result.test or result.cross_validation)
        # a report of an incomplete evaluation would look complete
        if report is not None and has_report:
            write_report(report, result, seen, page, force)
    if as_json:
        print(result_as_json(result, model_file=str(out), report=str(report) if has_report else None))
    else:
        console().print(f"The model is in {out}" + (f"; open {report}" if has_report else ""), markup=False)
    if report is not None and result.complete and not has_report:
        print_note("No report is written, for no row could be held out to report on; give more rows of both classes.")
    if interruption.requested:
        print_error(
            "interrupted; the model trained so far is saved. For a complete one, run the command again with --force."
        )
        return interruption.exit_status
    # an ensemble has no single run, and replaces diverged members itself
    run = getattr(result.saved, "run_", None)
    return 1 if run is not None and run.status == "diverged" else 0


def _chosen(ensemble: Chosen, single: Chosen, judging: Chosen) -> dict[str, Any]:
    """The classifier that the options describe, as arguments of `fit_table`: an ensemble, or a single network.

    Who describes one wants that one: unless --model says otherwise it is saved, whether or not it is worth it.
    """
    from separatrix.cli._option_tables import flags
    from separatrix.estimators.ensemble import SeparatrixClassifier
    from separatrix.estimators.settings import CLASSIFIER_RULES
    from separatrix.support.constraints import check

    for name in single.keys() & NAMES.keys():  # the other options have the names of the estimator's parameters
        check("fit", {f"--{name}": single[name]}, {f"--{name}": CLASSIFIER_RULES[NAMES[name]]})
    settings = {NAMES.get(name, name): value for name, value in single.items()}
    chosen = {name: settings.pop(name) for name in ("network", "seed") if name in settings}
    # the seed alone decides nothing about the kind of classifier
    if not settings and "network" not in chosen and judging.get("model") != "network":
        if ensemble.keys() - {"time_limit"}:
            judging.setdefault("model", "ensemble")
        return chosen | {"classifier": SeparatrixClassifier(**ensemble)}
    judging.setdefault("model", "network")
    if ensemble:
        raise InvalidParameter(
            f"{flags(ensemble)} belongs to the ensemble and {flags(name for name in single if name != 'seed')} to a single "
            "network; use one or the other."
        )
    if "network" in chosen and "hidden_layer_sizes" in settings:
        raise InvalidParameter("--network includes the hidden widths; use either it or --hidden.")
    return chosen | {"settings": settings}


def _priced(
    chosen: dict[str, Any], costs: Chosen, judging: Chosen, table: Table, positive: str | None
) -> dict[str, float] | None:
    """The costs of errors, or None; a chosen ensemble gets them as a setting."""
    from separatrix.evaluation.overview import classes_of
    from separatrix.evaluation.overview.views import as_text

    if not costs:
        return None
    last = as_text(table.labels.drop_nulls().max()) if table.labels is not None else ""
    prices = costs_of(dict(costs), int(classes_of(table, label_of(table, positive))[0][1] == last))
    if "threshold" in judging:
        raise InvalidParameter("--threshold and costs both decide about the labels; use one of them.")
    if "classifier" not in chosen:
        # the figures of a single network are those at the threshold that is cheapest if its probabilities are right
        false_positive, false_negative = (costs.get(name, 1.0) for name in COSTS)
        judging["threshold"] = false_positive / (false_positive + false_negative)
    elif chosen["classifier"].metric is not None:
        raise InvalidParameter("--metric and costs both decide about the threshold; use one of them.")
    else:
        chosen["classifier"].set_params(costs=prices)
    return prices


def _with_missing_words(chosen: dict[str, Any], table: Table) -> dict[str, Any]:
    """The choice of a classifier for a table, which is also given the words for missing values that are not the usual ones."""
    from separatrix.data.kinds.words import MISSING_WORDS
    from separatrix.estimators.encoding.encoder import TableEncoder

    # an encoder knows the usual words without being told
    if table.missing_words == MISSING_WORDS:
        return chosen
    if "classifier" in chosen:
        chosen["classifier"].set_params(missing_words=table.missing_words)
    else:
        encoder = TableEncoder(missing_words=table.missing_words, random_state=chosen.get("seed", 0))
        chosen["settings"] = {"encoder": encoder} | chosen.get("settings", {})
    return chosen


@takes(reading=READING, page=PAGE)
def evaluate(
    model: Model,
    data: Data,
    reading: Chosen,
    page: Chosen,
    target: Annotated[
        str | None, typer.Option("--target", "-y", help="Label column. Defaults to that of the model.")
    ] = None,
    positive: Positive = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Decision threshold on the probability of class 1. Defaults to that of the model.", show_default=False
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Column by whose values the rows are also evaluated in groups; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    report: Report = None,
    force: Force = False,
) -> int:
    """Evaluate a saved model on a labelled table that it was not trained on."""
    from separatrix.reports.evaluation_details import details_of
    from separatrix.reports.table_fit import judge_table
    from separatrix.support.atomic import check_writable
    from separatrix.support.constraints import nearest

    refuse_same_file(**{"MODEL": model, "DATA": data, "--report": report})
    if report is not None:
        check_writable(report, force=force)
    classifier = classifier_of(model)
    column = target or classifier.target_name_
    if column is None:
        raise InvalidParameter("the model does not name its target; give the label column with --target.")
    table = read(data, column, *reading_for(classifier, reading))
    for name in by or ():
        if name not in table.frame.columns:
            raise InvalidParameter(f"--by: the table has no column {name!r}.{nearest(name, table.frame.columns)}")
    # figures on the training rows are too good, which people overlook
    if table.sha256 is not None and table.sha256 == (getattr(classifier, "input_", None) or {}).get("sha256"):
        print_note("Warning: the model was trained on this file; it will do worse on new rows.")
    result = judge_table(classifier, table, positive=label_of(table, positive), threshold=threshold)
    details = details_of(result, table, by or ())
    if as_json:
        print(result_as_json(result, **details.record()))
    else:
        print_result(result)
        print_details(details)
    if report is not None:
        write_report(report, result, _overview(table, positive), page, force)
        if not as_json:
            console().print(f"Open {report}", markup=False)
    return 0


def refuse_same_file(**places: Any) -> None:
    """Raise `InvalidParameter` if two of these are the same file: writing one would destroy the other."""
    seen: dict[Path, str] = {}
    for name, place in places.items():
        if place is not None and str(place) != "-":
            # resolved: two spellings or a link may name the same file
            first = seen.setdefault(Path(place).resolve(), name)
            if first != name:
                raise InvalidParameter(f"{first} and {name} are the same file, {place}; choose another name.")


def reading_for(classifier: Any, reading: Chosen) -> tuple[Chosen, bool]:
    """How to read a table for a model: with its words for missing values, which models of before knew as categories.

    Returns:
        The options of reading, and whether those words stay in columns of text.
    """
    from separatrix.estimators.portable import as_portable, missing_words_of

    words = (getattr(classifier, "input_", None) or {}).get("missing_words")
    # options on the command line take precedence over the words in the model
    if words is not None and not {"missing", "missing_only"} & reading.keys():
        reading = reading | {"missing": list(words), "missing_only": True}
    if written := (getattr(classifier, "input_", None) or {}).get("written"):
        reading = reading | {"written": written}
    return reading, missing_words_of(as_portable(classifier)) is None


def read(data: str, target: str | None, reading: Chosen, plain_texts: bool = False) -> Table:
    """Read a table, and print its warnings."""
    from separatrix.cli._options import existing_file
    from separatrix.data.table_file import read_table

    # the argument is a text and no path that Typer would check, because - stands for the standard input
    if data != "-":
        existing_file(data)
    table = read_table(data, target, plain_texts=plain_texts, **reading)
    for warning in table.warnings:
        print_note(f"Warning: {warning}")
    return table


def classifier_of(model: Path) -> Any:
    """The classifier in a model file.

    Raises:
        ModelFileError: the file is missing or damaged, or it holds no classifier of tables.
    """
    from separatrix.errors import ModelFileError
    from separatrix.files.saving import load

    content = load(model)
    # a lesson's run can be loaded as well, but it has no labels to predict
    if not hasattr(content, "classes_"):
        raise ModelFileError(f"{model} holds a {type(content).__name__}, but a classifier of a table is needed here.")
    return content


def label_of(table: Table, positive: str | None) -> Any:
    """The label that a text stands for; 1 and 1.0 are the same number.

    Raises:
        InvalidParameter: there is no such label; the message names the nearest one.
    """
    from separatrix.evaluation.overview.views import as_text
    from separatrix.support.constraints import nearest

    if positive is None or table.labels is None:
        return None
    # at most 1,000 for the message: a column of numbers may have millions
    labels = {as_text(label): label for label in table.labels.unique().sort().to_list()[:1000]}
    if positive not in labels:
        examples = ", ".join(list(labels)[:5])
        raise InvalidParameter(
            f"--positive: no label is {positive!r}; there are {examples}.{nearest(positive, labels)}"
        )
    return labels[positive]


def _overview(table: Table, positive: str | None, dependence: RowDependence | None = None) -> Overview:
    """The overview of a table. Prints its grave warnings."""
    from separatrix.evaluation.overview import overview_of

    seen = overview_of(table, label_of(table, positive), dependence=dependence)
    for concern in seen.concerns:
        if concern.grave:
            about = f"column {' and '.join(map(repr, concern.columns))}: " if concern.columns else ""
            print_note(f"Warning: {about}{concern.sentence}")
    return seen


@contextmanager
def _progress(unit: str) -> Iterator[tuple[Callable[[str, int, int], None] | None, Callable[[int], None] | None]]:
    """On a terminal, a bar over the steps and over the epochs or networks of the first training; otherwise nothing."""
    # the standard output is for the result, which may go into a file or a pipe
    screen = console(stderr=True)
    # in a log, a bar would be nothing but control characters
    if not screen.is_terminal:
        yield None, None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield (
            lambda what, done, steps: bar.update(task, description=what, completed=done, total=steps),
            lambda count: bar.update(task, description=f"training, {unit} {count:,}"),
        )
