"""From a finished job on a table to its report: which numbers stand where, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from separatrix.constraints import Integer, check
from separatrix.evaluation import MEASURES, Evaluation, verdict
from separatrix.page import Card
from separatrix.table_report import TableReport
from separatrix.table_report.explained import explained
from separatrix.versions import versions

if TYPE_CHECKING:
    import polars

    from separatrix.overview import Overview
    from separatrix.table import Table
    from separatrix.table_fit import TableFit

TITLES = {"AUC": "AUC", "log loss": "Log loss", "Brier score": "Brier score", "accuracy": "Accuracy"}
NOTES = {
    "AUC": "how often it ranks a row of class 1 above one of class 0",
    "log loss": "how far its probabilities are off, the lower the better",
    "Brier score": "their mean squared error, the lower the better",
    "accuracy": "share of rows on the right side of the threshold",
}


def report_of(
    found: TableFit, overview: Overview, *, pairs: Sequence[tuple[str, str]] | None = None, row: int | None = None
) -> TableReport:
    """The records of the page; explanations are asked for now, on rows held out where there are some.

    Args:
        found: the job.
        overview: of its table.
        pairs: columns over which the border is drawn; by default every two of the three most important.
        row: number of the row of the table, from 0, at whose values the other columns are held; by default typical ones.

    Raises:
        InvalidParameter: neither rows held out nor a cross-validation: there is nothing to report; or no such column or row.
    """
    shown = found.held or found.crossed
    if shown is None:
        from separatrix.errors import InvalidParameter

        raise InvalidParameter("a report needs rows held out or a cross-validation to report on.")
    rows = found.unseen if len(found.unseen) else found.trained
    frame, table = found.table.frame[rows], found.table
    return TableReport(
        title=table.source,
        about=f"{table.n_rows:,} rows, {len(table.kinds):,} columns; {table.target!r} is predicted by {_made(found)}.",
        verdict=verdict(found.crossed or shown),
        scored=shown.network.rows,
        where=shown.where,
        threshold=found.threshold,
        others={each.name: each.rows.probability for each in shown.others if each.name != "majority class"},
        numbers=_cards(shown),
        measures=[each.table() for each in (found.held, found.crossed) if each is not None],
        overview=overview,
        explained=explained(
            found.classifier,
            frame,
            table.kinds,
            found.y[rows],
            members=found.members,
            positive=found.positive,
            pairs=pairs,
            base=None if row is None else _row(table, row),
        ),
        run=getattr(found.classifier, "run_", None),
        families=_families(found.classifier),
        settings=_settings(found),
    )


def _row(table: Table, row: int) -> polars.DataFrame:
    check("report", {"row": row}, {"row": Integer(0, table.n_rows - 1)})
    return table.frame[row]


def _cards(shown: Evaluation) -> list[Card]:
    every = shown.network.measures
    return [
        Card(
            TITLES[name], f"{every[name].value:.3f}", f"{every[name].low:.3f} to {every[name].high:.3f}: {NOTES[name]}"
        )
        for name in MEASURES
    ]


def _made(found: TableFit) -> str:
    classifier = found.classifier
    if hasattr(classifier, "members_"):
        return f"an ensemble of {len(classifier.members_)} networks"
    return f"a network {classifier.network_}"


def _families(classifier: Any) -> tuple[list[str], list[list[str]]] | None:
    """An ensemble's kinds of network as heads and rows of text, or None."""
    if not hasattr(classifier, "families_"):
        return None
    from separatrix.families import FAMILIES

    rows = [
        [
            each["family"], FAMILIES[each["family"]].about, each["network"], str(each["members"]),
            f"{each['weight']:.2f}", f"{each['log_loss']:.4f}", f"{each['seconds']:.1f}",
        ]
        for each in classifier.families_.iter_rows(named=True)
    ]  # fmt: skip  # a row
    heads = ["kind", "what it adds", "network", "members", "weight", "log loss alone", "seconds"]
    return heads, rows


def _settings(found: TableFit) -> list[tuple[str, object]]:
    table = found.table
    run = getattr(found.classifier, "run_", None)
    rows: list[tuple[str, object]] = [("file", table.source), ("SHA-256 of the file", table.sha256 or "none")]
    rows += [("rows trained on", f"{len(found.trained):,}"), ("rows held out", f"{len(found.unseen):,}")]
    if run is not None:
        rows += [("network", found.classifier.network_), ("epochs", found.classifier.n_iter_), ("engine", run.engine)]
    rows += [(name, value) for name, value in sorted(found.classifier.get_params(deep=False).items())]
    known = versions("estimator") if run is None else run.versions
    return rows + [(f"version of {name}", version) for name, version in known.items()]
