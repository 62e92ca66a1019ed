"""What `fit` and `evaluate` show of a job on a table: on the terminal for people and as JSON for machines, and in a report."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.cli._options import Chosen
from separatrix.cli._terminal import console, print_note
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.data.table import Table
    from separatrix.evaluation.cross_validation import Evaluation, Judged
    from separatrix.evaluation.overview import Overview
    from separatrix.reports.evaluation_details import EvaluationDetails
    from separatrix.reports.table_fit import TableFit
    from separatrix.reports.table_roles import TableRoles


def names_of_columns(texts: list[str], columns: list[str]) -> list[str]:
    """The columns of texts such as `id,ticket`; a name that holds a comma itself is taken as it is.

    >>> names_of_columns(["id,ticket", "a,b"], ["id", "a,b"])
    ['id', 'ticket', 'a,b']
    """
    return [name for text in texts for name in ([text] if text in columns else text.split(","))]


def print_roles(roles: TableRoles) -> None:
    """Say which columns are left out and why, and which may be groups or times, before the training begins."""
    for name in roles.useless:
        print_note(
            f"Column {name!r} is left out. {roles.left_out[name]} "
            f"Use --keep {shlex.quote(name)} to include it, or --drop {shlex.quote(name)} to silence this note."
        )
    for option, (name, clause) in roles.hints.items():
        what = "name groups of rows that belong together" if option == "groups" else "hold the time of each row"
        print_note(
            f"Warning: column {name!r} may {what}: {clause}. If it does, use --{option} {shlex.quote(name)}, for without it "
            f"every figure below is too good; if it doesn't, --keep {shlex.quote(name)} silences this warning."
        )


def print_result(result: TableFit) -> None:
    """Print the table, the model, its figures and what is recommended."""
    from separatrix.evaluation.cross_validation import verdict

    screen = console()
    zero, one = (int((result.y == label).sum()) for label in (0, 1))
    names = f"{result.table.target!r} is {result.classes[1]!r} in {one:,} and {result.classes[0]!r} in {zero:,}"
    # names in a table may hold square brackets, which Rich would take for markup
    screen.print(f"{result.table.source}: {len(result.y):,} rows; {names}", style="bold", markup=False)
    if result.roles.left_out:
        screen.print(f"Columns left out: {', '.join(map(repr, result.roles.left_out))}", markup=False)
    screen.print(_model_sentence(result.classifier), markup=False)
    for evaluation in filter(None, (result.test, result.cross_validation)):
        screen.print("\n" + _aligned(evaluation), markup=False)
    # cross-validation judges on all rows, the test on a part of them
    judged = result.cross_validation or result.test
    if judged is not None and (sentence := verdict(judged)):
        screen.print(f"\n{sentence}", markup=False)
    if result.choice:
        screen.print(result.choice, markup=False)


def _model_sentence(classifier: Any) -> str:
    if hasattr(classifier, "base_models_"):
        counted = classifier.base_models_.filter(classifier.base_models_["weight"] > 0)
        kinds = ", ".join(f"{row['members']} {row['base_model']}" for row in counted.iter_rows(named=True))
        return f"{len(classifier.members_)} networks: {kinds}"
    epochs = classifier.n_iter_
    more = "; it was still learning, so more --epochs may help" if epochs == classifier.max_iter else ""
    return f"Network {classifier.network_}, {epochs:,} epochs{more}"


def print_details(details: EvaluationDetails) -> None:
    """Print decisions, calibration, subgroups and what has shifted."""
    from separatrix.reports.evaluation_details import HEADS

    confusion, screen = details.confusion, console()
    zero, one = (repr(name) for name in confusion.classes)
    (tn, fp), (fn, tp) = ([f"{count:,}" for count in row] for row in confusion.counts.tolist())
    rule = "by each row's costs" if confusion.threshold is None else f"at threshold {confusion.threshold:.3g}"
    heads = [rule, f"predicted {zero}", f"predicted {one}"]
    screen.print("\n" + _columns([heads, [f"actual {zero}", tn, fp], [f"actual {one}", fn, tp]]), markup=False)
    measures = [[name, str(estimate)] for name, estimate in details.decisions.items()]
    screen.print("\n" + _columns(measures), markup=False)
    screen.print(f"\n{details.calibration.sentence()}", markup=False)
    if details.groups:
        screen.print("\n" + _columns([HEADS, *details.rows()]), markup=False)
    if details.shift is not None:
        screen.print("\nSince training:", style="bold")
        for sentence in details.shift.sentences():
            screen.print(sentence, markup=False)


def _aligned(evaluation: Evaluation) -> str:
    """The evaluation as a text table with aligned columns."""
    heads, rows = evaluation.table()
    return _columns([heads, *rows])


def _columns(lines: list[list[str]]) -> str:
    """Lines of cells as a text with aligned columns."""
    wide = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip() for line in lines
    )


def result_as_json(result: TableFit, **more: Any) -> str:
    """A job as one JSON object: rows, columns, figures with their intervals, and the model that is saved.

    Args:
        result: the job.
        **more: further entries.
    """
    evaluation = result.test or result.cross_validation
    by_row = evaluation is not None and evaluation.network.rows.decided is not None
    record = {
        "source": result.table.source,
        "rows": len(result.y),
        "target": result.table.target,
        "classes": list(result.classes),
        "class_counts": [int((result.y == label).sum()) for label in (0, 1)],
        "columns": dict(result.table.kinds),
        "left_out": dict(result.roles.left_out),
        "warnings": [f"{name}: {clause}" for name, clause in result.roles.hints.values()],
        "threshold": None if by_row else result.threshold,
        "test": _evaluation_record(result.test),
        "cross_validation": _evaluation_record(result.cross_validation),
        "model": None if result.saved is None else _model_sentence(result.saved),
        "choice": result.choice,
        "complete": result.complete,
        "seconds": round(result.seconds, 3),
    }
    # a measure without an upper end is null: JSON has no infinity
    return json.dumps(record | more, ensure_ascii=False, indent=2)


def _evaluation_record(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    return {
        "rows": len(evaluation.network.rows.y),
        "where": evaluation.where,
        "models": {judged.name: _measures(judged) for judged in (evaluation.network, *evaluation.baselines)},
    }


def _measures(judged: Judged) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            key: value if abs(value) < float("inf") else None
            for key, value in (("value", estimate.value), ("low", estimate.low), ("high", estimate.high))
        }
        for name, estimate in judged.measures.items()
    }


def pair_of(text: str, names: list[str]) -> tuple[str, str]:
    """The two columns of a text such as `age,job`; names may contain commas themselves.

    Raises:
        InvalidParameter: the text isn't two columns; the message names the nearest one.
    """
    from separatrix.support.constraints import nearest

    parts = text.split(",")
    # every comma may be the one between the two names
    for cut in range(1, len(parts)):
        first, second = ",".join(parts[:cut]), ",".join(parts[cut:])
        if first in names and second in names:
            return first, second
    unknown = next((part for part in parts if part not in names), text)
    raise InvalidParameter(f"--boundary takes two columns, such as age,job, got {text!r}.{nearest(unknown, names)}")


def checked_page(page: Chosen, table: Table) -> Chosen:
    """The options of the report as the library takes them: pairs of columns, and a row counted from 0."""
    settings: Chosen = {}
    if "boundary" in page:
        settings["pairs"] = [pair_of(text, list(table.kinds)) for text in page["boundary"]]
    if "row" in page:
        if not 1 <= page["row"] <= table.n_rows:
            raise InvalidParameter(f"--row must be a whole number from 1 to {table.n_rows:,}, got {page['row']}.")
        # people count rows from 1, the library from 0
        settings["row"] = page["row"] - 1
    return settings


def write_report(path: Path, result: TableFit, seen: Overview, page_options: Chosen, force: bool) -> None:
    from separatrix.reports.table_content import report_of
    from separatrix.reports.table_report import table_page
    from separatrix.support.atomic import write_atomically

    look = {name: value for name, value in page_options.items() if name == "palette"}
    content = table_page(report_of(result, seen, **checked_page(page_options, result.table)), **look)
    write_atomically(path, content, force=force)
