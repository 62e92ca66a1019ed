"""The report on a table and its classifier: one self-contained page, drawn from records of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix import pictures
from separatrix.evaluation.overview import Overview
from separatrix.evaluation.scores import Scored
from separatrix.reports._explanations import Explained
from separatrix.reports._overview_html import STYLE, columns_html, warnings_html
from separatrix.reports.html_elements import (
    Illustration,
    KeyNumber,
    cards,
    collapsed,
    framed_picture,
    grid,
    html_page,
    links,
    pairs,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.evaluation.inspection import Section
    from separatrix.evaluation.overview import Overview
    from separatrix.training.run import Run

# Two pictures side by side on a wide screen; on a narrow one a picture keeps a legible size and scrolls.
_BESIDE = """
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .8rem }
figure + .beside { margin-top: .8rem }
.measures th, .measures td { white-space: nowrap; font-size: .92rem; padding-right: 1rem }
@media (max-width: 40rem) { figure { overflow-x: auto }
  main > figure img, details > figure img { max-width: none; width: 30rem } }
"""


@dataclass(frozen=True, eq=False)
class TableReport:
    """The content of the page; a part that is None or empty is left out.

    Attributes:
        title: a heading, such as the name of the file.
        about: a sentence below it.
        scored: labels and probabilities of rows that the model wasn't trained on.
        where: these rows in words, such as "125 test rows".
        threshold: rows with at least this probability are predicted as class 1.
        costs: of a false positive and a false negative, or None.
        comparisons: probabilities of the same rows by models to compare with, name -> (n,).
        numbers: in large letters.
        measures: tables of metrics, each as heads and rows.
        verdict: the conclusion, in bold.
        notes: sentences below it: which rows the figures come from, what is saved, and which columns were left out.
        overview: of the table.
        explained: importance, dependence and sections.
        run: the training of a single network, for its curves.
        base_models: of an ensemble, as heads and rows of a table.
        settings: names and values, hidden at the end until the reader unfolds them.
    """

    title: str
    about: str
    scored: Scored
    where: str = "the rows given"
    threshold: float = 0.5
    costs: tuple[float, float] | None = None
    comparisons: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Sequence[KeyNumber] = ()
    measures: Sequence[tuple[Sequence[str], Sequence[Sequence[object]]]] = ()
    verdict: str = ""
    notes: Sequence[str] = ()
    overview: Overview | None = None
    explained: Explained | None = None
    run: Run | None = None
    base_models: tuple[Sequence[str], Sequence[Sequence[object]]] | None = None
    settings: Sequence[tuple[str, object]] = ()


def table_page(report: TableReport, palette: str = "coolwarm") -> str:
    """The whole page, for light and dark screens; the policy in its head forbids every request and every script.

    Args:
        report: the content.
        palette: of the pictures, "coolwarm" or "safe".

    Raises:
        InvalidParameter: an unknown palette.
    """
    # The columns come last although they are about the data: a table of hundreds of rows would hide what follows it.
    groups = [_warnings(report), _scores(report, palette), _explanations(report, palette), _training(report, palette)]
    sections = [*(section for group in groups for section in group), *_columns(report)]
    navigation = links((place, words) for place, words, _ in sections)
    body = [
        _head(report),
        navigation,
        *(f'<h2 id="{place}">{escape(words)}</h2>{html}' for place, words, html in sections),
    ]
    if report.settings:
        body.append(collapsed("All settings", pairs(report.settings), of_words=True))
    return html_page(report.title, body, STYLE + _BESIDE + _class_colours(palette))


Part = tuple[str, str, str]  # an id, a heading, HTML


def _class_colours(palette: str) -> str:
    """CSS variables for the histograms by class: the page follows the reader's screen, which Python can't know."""
    from matplotlib.colors import to_hex

    from separatrix.pictures.style import style_of

    # The same colours as in the pictures, so that a class looks alike in histograms, curves and points.
    light, dark = (
        "".join(
            f"--{name}: {to_hex(style_of(palette, theme).palette.of_class(label))};"
            for label, name in enumerate(("zero", "one"))
        )
        for theme in ("light", "dark")
    )
    return f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _head(report: TableReport) -> str:
    # Conclusion first, then the numbers with their intervals, then the tables that they are from.
    html = f"<h1>{escape(report.title)}</h1><p class='soft'>{escape(report.about)}</p>"
    if report.verdict:
        html += f"<p class='status'>{escape(report.verdict)}</p>"
    html += "".join(f"<p>{escape(note)}</p>" for note in report.notes)
    if report.numbers:
        html += cards(report.numbers)
    tables = "".join(grid(heads, rows) for heads, rows in report.measures)
    return html + (f"<div class='measures'>{tables}</div>" if tables else "")


def _warnings(report: TableReport) -> list[Part]:
    return [("warnings", "Warnings", warnings_html(report.overview))] if report.overview else []


def _columns(report: TableReport) -> list[Part]:
    return [("columns", "The columns", columns_html(report.overview))] if report.overview else []


def _picture(figure: Figure, palette: str, title: str, caption: str) -> str:
    from separatrix.pictures.svg import for_both_themes

    return framed_picture(Illustration(title, caption, "svg", for_both_themes(figure, palette)))


def _beside(*html: str) -> str:
    return f"<div class='beside'>{''.join(html)}</div>"


def _scores(report: TableReport, palette: str) -> list[Part]:
    rows = report.scored
    y, p, threshold = rows.y, rows.probability, report.threshold
    # Two pictures on the ranking, two on the probabilities, one on the decision: in the order in which a reader needs them.
    negative, positive = rows.classes
    curve: dict[str, Any] = {"comparisons": report.comparisons, "threshold": threshold, "palette": palette}
    where = f"On {report.where}. Class 1 is {positive!r}, class 0 is {negative!r}."
    ranking = _beside(
        _picture(
            pictures.roc(y, p, **curve),
            palette,
            "ROC",
            f"{where} The area (AUC) is the probability that a row of class 1 gets a higher prediction than one of class 0.",
        ),
        _picture(
            pictures.precision_recall(y, p, **curve),
            palette,
            "Precision and recall",
            f"{where} For a rare class 1 this curve is more informative than ROC.",
        ),
    )
    confidence = _beside(
        _picture(
            pictures.calibration(y, p, classes=rows.classes, palette=palette),
            palette,
            "Calibration",
            "Of the rows with a predicted probability of 80%, about 80% should be of class 1. Above the dotted line class 1 "
            "is more frequent than predicted.",
        ),
        _picture(
            pictures.confusion(y, p, threshold=threshold, classes=rows.classes, decided=rows.decided, palette=palette),
            palette,
            "Confusion matrix",
            "Numbers of rows by actual and predicted class, with their shares of the actual class.",
        ),
    )
    metrics = _picture(
        pictures.thresholds(y, p, threshold=threshold, palette=palette),
        palette,
        "Thresholds",
        "Which threshold is best depends on what the two kinds of error cost. The curves show each metric at any threshold.",
    )
    worth = [
        _picture(
            pictures.net_benefit(y, p, comparisons=report.comparisons, palette=palette),
            palette,
            "Net benefit",
            "True positives less false positives, weighted by the odds of the probability from which on one would act (decision "
            "curve analysis). The model is useful where it lies above both acting on all rows and acting on none.",
        )
    ]
    if report.costs is not None:
        false_positive, false_negative = report.costs
        prices: dict[str, Any] = {"false_positive": false_positive, "false_negative": false_negative}
        worth.insert(
            0,
            _picture(
                pictures.costs(y, p, threshold=threshold, palette=palette, **prices),
                palette,
                "Costs",
                f"The mean cost of a row: a false positive costs {false_positive:g} and a false negative {false_negative:g}. "
                "The cheapest threshold of these rows is dashed; that of the model was chosen on its training rows.",
            ),
        )
    metrics += _beside(*worth)
    return [
        ("ranking", "How well it separates the classes", ranking),
        ("trust", "How reliable its probabilities are", confidence),
        ("threshold", "Which threshold to choose", metrics),
    ]


def _explanations(report: TableReport, palette: str) -> list[Part]:
    if report.explained is None:
        return []
    # From the general to the particular: which columns, how each acts, and how two of them act together.
    importance, dependences = report.explained.importance, report.explained.dependences
    ranked = _picture(
        pictures.importance(importance, palette=palette),
        palette,
        "Importance",
        f"The loss of AUC when the values of a column are permuted among {importance.rows:,} rows, {importance.repeats} "
        "times. Columns with the same information share their importance. Faint: not significantly above 0.",
    )
    parts = [("importance", "Which columns matter", ranked)]
    if dependences:
        curves = _picture(
            pictures.dependence(dependences, palette=palette),
            palette,
            "Partial dependence",
            f"The mean prediction if all of {dependences[0].rows:,} rows had this value, with a band for the middle 80% of "
            "the rows. Thin lines are the other models, marks at the bottom are data. This describes the model, and not "
            "what causes what.",
        )
        parts.append(("dependence", "How predictions depend on a column", curves))
    if report.explained.sections:
        pages = [_section(section, k, report, palette) for k, section in enumerate(report.explained.sections)]
        parts.append(("borders", "The decision boundary over two columns", "".join(pages)))
    return parts


def _section(record: Section, k: int, report: TableReport, palette: str) -> str:
    """The picture over one pair of columns; the first is shown at once, the others are folded away."""
    # A page with one open picture stays short; the others are one click away.
    figure = pictures.section(record, classes=report.scored.classes, palette=palette)
    names = f"{record.first.name} and {record.second.name}"
    caption = " ".join(_caption(record, report.scored.classes))
    fixed_values = ""
    if record.fixed:
        fixed_values = collapsed("Values of the other columns", pairs(record.fixed.items()), of_words=True)
    html = _picture(figure, palette, names, caption) + fixed_values
    return html if k == 0 else collapsed(names, html)


def _caption(record: Section, classes: tuple[str, str]) -> list[str]:
    """What the picture of a section shows, sentence by sentence; nothing of what it doesn't show."""
    above = record.probability > 0.5
    sentences = [f"Everywhere {classes[int(above.all())]} is more probable."]
    if above.any() and not above.all():
        # Between two columns of categories there is no line, only another colour.
        drawn = not (record.first.labels and record.second.labels)
        sentences = ["On the line both classes are equally probable."] if drawn else []
    if not record.supported.all():
        sentences.append("In the hatched area there are no rows nearby.")
    if (np.minimum(0.5 - record.low, record.high - 0.5) > 0).any():
        sentences.append(f"In the shaded band {record.n_models} models disagree.")
    return sentences


def _training(report: TableReport, palette: str) -> list[Part]:
    if report.base_models is not None:
        words = (
            "Each base model was trained several times, each time on all rows but one fold. The out-of-fold rows decide the "
            "weight of each base model in the sum of logits. Weights that add up to more than 1 mean that the base models "
            "are too cautious on their own."
        )
        return [("base-models", "The base models", f"<p>{words}</p>{grid(*report.base_models)}")]
    # Without a history there are no curves.
    if report.run is None or not len(report.run.log):
        return []
    caption = "Loss above and accuracy below, on the training rows and on the validation rows."
    curves = _picture(pictures.curves(report.run, palette=palette), palette, "Training", caption)
    return [("training", "The training", curves)]
