"""The report on a table and its classifier: one self-contained page, drawn from records that others computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.evaluation.cross_validation import MEASURES, Evaluation, verdict
from separatrix.evaluation.overview import Overview
from separatrix.evaluation.scores import Scored
from separatrix.reports._overview_html import STYLE, Explained, columns_html, explained, warnings_html
from separatrix.reports.html_elements import Illustration, KeyNumber, cards, folded, framed, grid, links, pairs, whole
from separatrix.support.constraints import Integer, check
from separatrix.support.machine import versions

if TYPE_CHECKING:
    import polars
    from matplotlib.figure import Figure

    from separatrix.data.table import Table
    from separatrix.evaluation.inspection import Section
    from separatrix.evaluation.overview import Overview
    from separatrix.reports.table_fit import TableFit
    from separatrix.training.run import Run

_BESIDE = """
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .8rem }
.measures th, .measures td { white-space: nowrap; font-size: .92rem; padding-right: 1rem }
@media (max-width: 40rem) { figure { overflow-x: auto }
  main > figure img, details > figure img { max-width: none; width: 30rem } }
"""


@dataclass(frozen=True, eq=False)
class TableReport:
    """What the page shows; what is None or empty is left out.

    Attributes:
        title: a heading, such as the file's name.
        about: a sentence below it.
        verdict: what is to be concluded, in bold.
        scored: labels and probabilities of rows that the model didn't see.
        where: which rows these are, such as "125 test rows".
        threshold: from which probability on a row is taken for class 1.
        others: probabilities of the same rows by models to compare with, name -> (n,).
        numbers: in large letters.
        measures: tables of metrics, each heads and rows.
        overview: of the table.
        explained: importance, dependence and sections.
        run: the training of a single network, for its curves.
        base_models: of an ensemble: heads and rows of a table.
        settings: names and values, folded away at the end.
    """

    title: str
    about: str
    scored: Scored
    where: str = "the rows given"
    threshold: float = 0.5
    others: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Sequence[KeyNumber] = ()
    measures: Sequence[tuple[Sequence[str], Sequence[Sequence[object]]]] = ()
    verdict: str = ""
    overview: Overview | None = None
    explained: Explained | None = None
    run: Run | None = None
    base_models: tuple[Sequence[str], Sequence[Sequence[object]]] | None = None
    settings: Sequence[tuple[str, object]] = ()


def page(found: TableReport, palette: str = "coolwarm") -> str:
    """The whole page, for light and dark screens; the policy in its head forbids it every request and every script.

    Raises:
        InvalidParameter: an unknown palette.
    """
    parts = [_warnings(found), _scores(found, palette), _explanations(found, palette), _training(found, palette)]
    sections = [*(part for each in parts for part in each), *_columns(found)]
    navigation = links((place, words) for place, words, _ in sections)
    body = [
        _head(found),
        navigation,
        *(f'<h2 id="{place}">{escape(words)}</h2>{html}' for place, words, html in sections),
    ]
    if found.settings:
        body.append(folded("Every setting", pairs(found.settings), left=True))
    return whole(found.title, body, STYLE + _BESIDE + _class_colours(palette))


Part = tuple[str, str, str]  # an id, a heading, HTML


def _class_colours(palette: str) -> str:
    from matplotlib.colors import to_hex

    from separatrix.pictures._style import style_of

    day, night = (
        "".join(
            f"--{name}: {to_hex(style_of(palette, theme).palette.of_class(label))};"
            for label, name in enumerate(("zero", "one"))
        )
        for theme in ("light", "dark")
    )
    return f":root {{ {day} }} @media (prefers-color-scheme: dark) {{ :root {{ {night} }} }}"


def _head(found: TableReport) -> str:
    html = f"<h1>{escape(found.title)}</h1><p class='soft'>{escape(found.about)}</p>"
    if found.verdict:
        html += f"<p class='status'>{escape(found.verdict)}</p>"
    if found.numbers:
        html += cards(found.numbers)
    tables = "".join(grid(heads, rows) for heads, rows in found.measures)
    return html + (f"<div class='measures'>{tables}</div>" if tables else "")


def _warnings(found: TableReport) -> list[Part]:
    return [("warnings", "Warnings", warnings_html(found.overview))] if found.overview else []


def _columns(found: TableReport) -> list[Part]:
    return [("columns", "The columns", columns_html(found.overview))] if found.overview else []


def _picture(figure: Figure, palette: str, title: str, caption: str) -> str:
    from separatrix.pictures._svg import for_both_themes

    return framed(Illustration(title, caption, "svg", for_both_themes(figure, palette)))


def _beside(*html: str) -> str:
    return f"<div class='beside'>{''.join(html)}</div>"


def _scores(found: TableReport, palette: str) -> list[Part]:
    from separatrix import pictures

    rows = found.scored
    y, p, at = rows.y, rows.probability, found.threshold
    zero, one = rows.classes
    roc = pictures.roc(y, p, comparisons=found.others, threshold=at, palette=palette)
    precise = pictures.precision_recall(y, p, comparisons=found.others, threshold=at, palette=palette)
    calibrated = pictures.calibration(y, p, classes=rows.classes, palette=palette)
    counted = pictures.confusion(y, p, threshold=at, classes=rows.classes, palette=palette)
    traded = pictures.thresholds(y, p, threshold=at, palette=palette)
    told = f"On {found.where}. Class 1 is {one!r}, class 0 is {zero!r}."
    ranks = _beside(
        _picture(
            roc, palette, "ROC", f"{told} The area is the chance that a row of class 1 gets the higher probability."
        ),
        _picture(
            precise,
            palette,
            "Precision and recall",
            f"{told} Where class 1 is rare, this says more than the ROC curve.",
        ),
    )
    trusted = _beside(
        _picture(
            calibrated,
            palette,
            "Calibration",
            "If it says 80 %, does it happen in 80 of 100 rows? Above the dotted line it happens more often than said.",
        ),
        _picture(counted, palette, "Confusion", "Rows counted by what they are and what they are taken for."),
    )
    trade = _picture(
        traded,
        palette,
        "Thresholds",
        "The threshold is a choice: what do the two kinds of mistake cost? Each curve shows what another one would give.",
    )
    return [
        ("ranking", "How well it tells the classes apart", ranks),
        ("trust", "How far its probabilities can be trusted", trusted),
        ("threshold", "Where to draw the line", trade),
    ]


def _explanations(found: TableReport, palette: str) -> list[Part]:
    if found.explained is None:
        return []
    from separatrix import pictures

    known = found.explained
    ranked = _picture(
        pictures.importance(known.importance, palette=palette),
        palette,
        "Importance",
        f"Each column in turn is dealt out anew among {known.importance.rows:,} rows, {known.importance.repeats} times, and "
        "the loss of AUC is measured. Columns that say the same share their importance. Faint: may be nothing.",
    )
    parts = [("importance", "What it looks at", ranked)]
    if known.dependences:
        rows = known.dependences[0].rows
        curves = _picture(
            pictures.dependence(known.dependences, palette=palette),
            palette,
            "Dependence",
            f"The mean prediction if all of {rows:,} rows had that value; around it the middle 80 % of the rows, thin lines "
            "are the further models, marks at the foot are data. What it learned, not what causes what.",
        )
        parts.append(("dependence", "How predictions follow a column", curves))
    if known.sections:
        html = "".join(_section(each, k, found, palette) for k, each in enumerate(known.sections))
        parts.append(("borders", "The border over two columns", html))
    return parts


def _section(record: Section, k: int, found: TableReport, palette: str) -> str:
    from separatrix import pictures

    band = f" The shaded band is where {record.n_models} models disagree." if record.n_models > 1 else ""
    figure = pictures.section(record, classes=found.scored.classes, palette=palette)
    names = f"{record.first.name} and {record.second.name}"
    caption = f"The line is where both classes are equally probable. Hatched: no rows near, a guess.{band}"
    held = folded("The other columns are held at", pairs(record.others.items()), left=True) if record.others else ""
    html = _picture(figure, palette, names, caption) + held
    return html if k == 0 else folded(names, html)


def _training(found: TableReport, palette: str) -> list[Part]:
    if found.base_models is not None:
        words = (
            "Each base model was trained several times, each time on all rows but one fold. The out-of-fold rows decide the "
            "weight of each base model in the sum of logits. Weights that add up to more than 1 mean that the base models "
            "are too cautious on their own."
        )
        return [("base-models", "What it is made of", f"<p>{words}</p>{grid(*found.base_models)}")]
    if found.run is None or not len(found.run.log):
        return []
    from separatrix import pictures

    caption = "Loss above, share of rows on the right side below, of the rows trained on and of those held out."
    curves = _picture(pictures.curves(found.run, palette=palette), palette, "Training", caption)
    return [("training", "The training", curves)]


# From a finished job on a table to its report: which numbers stand where, and in which words.


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
    """The records of the page; explanations are asked for now, on test rows where there are some.

    Args:
        found: the job.
        overview: of its table.
        pairs: columns over which the border is drawn; by default every two of the three most important.
        row: number of the row of the table, from 0, at whose values the other columns are held; by default typical ones.

    Raises:
        InvalidParameter: neither test rows nor a cross-validation: there is nothing to report; or no such column or row.
    """
    shown = found.test or found.crossed
    if shown is None:
        from separatrix.errors import InvalidParameter

        raise InvalidParameter("a report needs test rows or a cross-validation to report on.")
    rows = found.test_rows if len(found.test_rows) else found.trained
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
        measures=[each.table() for each in (found.test, found.crossed) if each is not None],
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
        base_models=_base_models(found.classifier),
        settings=_settings(found),
    )


def _row(table: Table, row: int) -> polars.DataFrame:
    check("report", {"row": row}, {"row": Integer(0, table.n_rows - 1)})
    return table.frame[row]


def _cards(shown: Evaluation) -> list[KeyNumber]:
    every = shown.network.measures
    return [
        KeyNumber(
            TITLES[name], f"{every[name].value:.3f}", f"{every[name].low:.3f} to {every[name].high:.3f}: {NOTES[name]}"
        )
        for name in MEASURES
    ]


def _made(found: TableFit) -> str:
    classifier = found.classifier
    if hasattr(classifier, "members_"):
        return f"an ensemble of {len(classifier.members_)} networks"
    return f"a network {classifier.network_}"


def _base_models(classifier: Any) -> tuple[list[str], list[list[str]]] | None:
    """The base models of an ensemble as heads and rows of text, or None."""
    if not hasattr(classifier, "base_models_"):
        return None
    from separatrix.estimators.base_models import BASE_MODELS

    rows = [
        [
            row["base_model"],
            BASE_MODELS[row["base_model"]].about,
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


def _settings(found: TableFit) -> list[tuple[str, object]]:
    table = found.table
    run = getattr(found.classifier, "run_", None)
    rows: list[tuple[str, object]] = [("file", table.source), ("SHA-256 of the file", table.sha256 or "none")]
    rows += [("rows trained on", f"{len(found.trained):,}"), ("test rows", f"{len(found.test_rows):,}")]
    if run is not None:
        rows += [("network", found.classifier.network_), ("epochs", found.classifier.n_iter_), ("engine", run.engine)]
    rows += [(name, value) for name, value in sorted(found.classifier.get_params(deep=False).items())]
    known = versions("estimator") if run is None else run.versions
    return rows + [(f"version of {name}", version) for name, version in known.items()]
