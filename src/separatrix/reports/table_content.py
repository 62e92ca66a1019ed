"""The content of a table's report: from a finished job to the records of numbers that the page is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from separatrix.errors import InvalidParameter
from separatrix.evaluation.cross_validation import MAJORITY, MEASURES, Evaluation, verdict
from separatrix.evaluation.overview import Overview
from separatrix.reports._explanations import explained
from separatrix.reports.html_elements import KeyNumber
from separatrix.reports.table_report import TableReport
from separatrix.support.constraints import Integer, check
from separatrix.support.machine import versions

if TYPE_CHECKING:
    import polars

    from separatrix.data.table import Table
    from separatrix.reports.table_fit import TableFit

TITLES = {"AUC": "AUC", "log loss": "Log loss", "Brier score": "Brier score", "accuracy": "Accuracy"}
NOTES = {
    "AUC": "probability that a row of class 1 is ranked above one of class 0",
    "log loss": "mean negative log-likelihood, the lower the better",
    "Brier score": "mean squared error of the probabilities, the lower the better",
    "accuracy": "share of rows that are classified correctly at the threshold",
}


def report_of(
    fit: TableFit, overview: Overview, *, pairs: Sequence[tuple[str, str]] | None = None, row: int | None = None
) -> TableReport:
    """The content of the page of a finished job.

    The explanations are computed here, on the test rows if there are some and else on the training rows.

    Args:
        fit: the job.
        overview: of its table.
        pairs: pairs of columns over which to draw the boundary; by default all pairs of the three most important ones.
        row: index of a row of the table whose values the other columns have; by default typical values.

    Raises:
        InvalidParameter: the job has neither test rows nor a cross-validation, or there is no such column or row.
    """
    evaluation = fit.test or fit.cross_validation
    if evaluation is None:
        raise InvalidParameter("a report needs test rows or a cross-validation, but the job has neither.")
    # Without test rows the cross-validated predictions are judged; the explanations then use the training rows.
    rows = fit.test_rows if len(fit.test_rows) else fit.train_rows
    frame, table = fit.table.frame[rows], fit.table
    return TableReport(
        title=table.source,
        about=f"{table.n_rows:,} rows, {len(table.kinds):,} columns; {table.target!r} is predicted by {_model_in_words(fit)}.",
        # The cross-validation's, if there is one: it judges every row, a test only some.
        verdict=verdict(fit.cross_validation or evaluation),
        notes=_notes(fit),
        scored=evaluation.network.rows,
        where=evaluation.where,
        threshold=fit.threshold,
        costs=_costs(fit),
        # The majority class has the same probability for every row: its curves would be the lines of chance.
        comparisons={model.name: model.rows.probability for model in evaluation.baselines if model.name != MAJORITY},
        numbers=_cards(evaluation),
        measures=[model.table() for model in (fit.test, fit.cross_validation) if model is not None],
        overview=overview,
        explained=explained(
            fit.classifier,
            frame,
            table.kinds,
            fit.y[rows],
            members=fit.members,
            positive=fit.positive,
            pairs=pairs,
            base=None if row is None else _row(table, row),
        ),
        # Only a single network has one training to show; an ensemble has many.
        run=getattr(fit.classifier, "run_", None),
        base_models=_base_models(fit.classifier),
        settings=_settings(fit),
    )


def _row(table: Table, row: int) -> polars.DataFrame:
    check("report", {"row": row}, {"row": Integer(0, table.n_rows - 1)})
    return table.frame[row]


def _cards(evaluation: Evaluation) -> list[KeyNumber]:
    measures = evaluation.network.measures
    return [
        KeyNumber(
            TITLES[name],
            f"{measures[name].value:.3f}",
            f"{measures[name].low:.3f} to {measures[name].high:.3f}: {NOTES[name]}",
        )
        for name in MEASURES
    ]


def _model_in_words(fit: TableFit) -> str:
    classifier = fit.classifier
    if hasattr(classifier, "members_"):
        return f"an ensemble of {len(classifier.members_)} networks"
    return f"a network {classifier.network_}"


def _notes(fit: TableFit) -> list[str]:
    """Which rows the figures come from, what is saved, and which columns are no features."""
    notes = []
    held_out = " and ".join(judged.where for judged in (fit.test, fit.cross_validation) if judged is not None)
    if len(fit.train_rows):
        notes.append(
            f"The figures come from {held_out}. The pictures describe {_model_in_words(fit)}, trained on "
            f"{len(fit.train_rows):,} of {len(fit.y):,} rows."
        )
    group, time = (fit.roles.arguments.get(name) for name in ("groups", "time"))
    if group is not None:
        notes.append(f"Rows with the same {group!r} stay together wherever rows are held out.")
    if time is not None:
        notes.append(f"Rows that are held out are later, by {time!r}, than all rows trained on.")
    if fit.roles.weight is not None:
        notes.append("Training counts the rows by their weights, the figures count every row once.")
    evaluation = fit.test or fit.cross_validation
    if evaluation is not None and evaluation.network.rows.decided is not None:
        notes.append(
            "The costs of errors differ by row, so that each row has a threshold of its own: by these the accuracy and the "
            "confusion matrix are counted. The curves show single thresholds for all rows, with one half marked."
        )
    if fit.choice:
        notes.append(fit.choice)
    if fit.roles.left_out:
        reasons = [
            f"{name!r} ({reason[:1].lower()}{reason[1:].rstrip('.')})" for name, reason in fit.roles.left_out.items()
        ]
        notes.append(f"Columns that are not used to predict: {', '.join(reasons)}.")
    notes += [
        f"Column {name!r} may {'name groups of rows that belong together' if role == 'groups' else 'hold the time of each row'}: "
        f"{clause}. If it does, these figures are too good."
        for role, (name, clause) in fit.roles.hints.items()
    ]
    return notes


def _costs(fit: TableFit) -> tuple[float, float] | None:
    """What a false positive and a false negative of the report's class 1 cost, if that is the same in every row."""
    costs = getattr(fit.classifier, "costs_", None)
    if costs is None or not all(isinstance(cost, int | float) for cost in costs.values()):
        return None
    pair = float(costs["false_positive"]), float(costs["false_negative"])
    return pair if fit.positive else pair[::-1]


def _base_models(classifier: Any) -> tuple[list[str], list[list[str]]] | None:
    """The base models of an ensemble as heads and rows of text, or None."""
    # By its attribute and not by its class: the caller's own estimator has a report too.
    if not hasattr(classifier, "base_models_"):
        return None
    from separatrix.estimators.base_models import BASE_MODELS, SCREENED_MODELS

    about = {name: model.about for name, model in (BASE_MODELS | SCREENED_MODELS).items()}
    rows = [
        [
            row["base_model"],
            about[row["base_model"]],
            row["network"],
            str(row["members"]),
            f"{row['weight']:.2f}",
            f"{row['log_loss']:.4f}",
            f"{row['seconds']:.1f}",
        ]
        for row in classifier.base_models_.iter_rows(named=True)
    ]
    heads = ["base model", "what it adds", "network", "members", "weight", "log loss alone", "seconds"]
    return heads, rows


def _settings(fit: TableFit) -> list[tuple[str, object]]:
    table = fit.table
    # Everything that is needed to repeat the training: the data by its digest, the settings, the versions.
    run = getattr(fit.classifier, "run_", None)
    rows: list[tuple[str, object]] = [("file", table.source), ("SHA-256 of the file", table.sha256 or "none")]
    rows += [("training rows", f"{len(fit.train_rows):,}"), ("test rows", f"{len(fit.test_rows):,}")]
    if run is not None:
        rows += [("network", fit.classifier.network_), ("epochs", fit.classifier.n_iter_), ("engine", run.engine)]
    rows += [(name, value) for name, value in sorted(fit.classifier.get_params(deep=False).items())]
    package_versions = versions("estimator") if run is None else run.versions
    return rows + [(f"version of {name}", version) for name, version in package_versions.items()]
