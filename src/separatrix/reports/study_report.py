"""The report of a study: one self-contained page with its summary, its pictures and all shares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix import pictures
from separatrix.evaluation.statistics.shares import ShareLine, percent, span
from separatrix.reports.html_elements import (
    Illustration,
    KeyNumber,
    cards,
    collapsed,
    figure,
    grid,
    html_page,
    links,
    navigation,
    pairs,
)
from separatrix.studies.comparisons import NAMES, in_words
from separatrix.studies.results import Results
from separatrix.studies.summary import UNSOLVED
from separatrix.support.atomic import check_writable, write_atomically
from separatrix.training.run import Run, Status

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WALL = 64  # seeds that are trained again, for a wall of boundaries and a fan of losses
WALL_SECONDS = 60.0  # the limit for training them on one core; above it the page says that these pictures are left out
SURFACE = 1_000_000  # the limit of rows · parameters, up to which a loss surface takes a few seconds
STYLE = """
.numbers { grid-template-columns: repeat(auto-fit, minmax(10.2rem, 1fr)) }
details:not(.left) td { white-space: nowrap }
"""
MAX_CURVES = 7
MAX_ROWS = 400  # of the table of shares


def write_study_report(
    results: Results, path: str | Path, *, force: bool = False, palette: str = "coolwarm", theme: str = "light"
) -> Path:
    """Write the report of a study, a page that sends no request.

    Args:
        results: of a study that may still be running.
        path: the HTML file.
        force: replace an existing file.
        palette: of the pictures, "coolwarm" or "safe".
        theme: of the pictures, "light" or "dark".

    Returns:
        The path of the file.

    Raises:
        InvalidParameter: an unknown palette or theme.
        OutputError: the file exists and `force` is False, or it can't be written.

    Examples:
        >>> import tempfile
        >>> from separatrix.studies.running import run_study
        >>> from separatrix.studies.plan import Study
        >>> with tempfile.TemporaryDirectory() as place:
        ...     results = run_study(Study(checkpoints=20, seeds=4), place)
        ...     write_study_report(results, Path(place) / "report.html").name
        'report.html'
    """
    path = check_writable(path, force=force)
    return write_atomically(path, study_page(results, palette=palette, theme=theme), force=force)


def study_page(results: Results, *, palette: str = "coolwarm", theme: str = "light") -> str:
    """The report as HTML.

    Args:
        results: of a study that may still be running.
        palette: of the pictures, "coolwarm" or "safe".
        theme: of the pictures, "light" or "dark".

    Raises:
        InvalidParameter: an unknown palette or theme.
    """
    look: dict[str, Any] = {"palette": palette, "theme": theme}
    # A study that has only begun has a page too, without pictures.
    shown = [] if not results.n_runs else list(_pictures(results, look))
    words = links([("words", "Summary")])
    body = [_head(results), navigation(shown), words, *(figure(k, item) for k, item in enumerate(shown))]
    body += [_left_out(results), _sentences(results), _table(results), _settings(results)]
    return html_page(f"Study: {results.n_runs:,} runs of {len(results.study.conditions):,} conditions", body, STYLE)


def _head(results: Results) -> str:
    study = results.study
    last = results.shares(epoch=study.checkpoints[-1])
    counts = {name: int(last[name].sum()) for name in ("solved", *UNSOLVED)}
    # What varies says more than the settings that all conditions share.
    varied = ", ".join(_in_words(*results.varying)) or study.conditions[0].text
    numbers = [
        KeyNumber(
            "runs", f"{results.n_runs:,}", "finished" if results.complete else f"of {study.n_runs:,}; not finished"
        ),
        KeyNumber("solved", f"{counts['solved']:,}", f"training accuracy 100% after {study.checkpoints[-1]:,} epochs"),
        KeyNumber("stuck", f"{counts['stuck']:,}", "the loss no longer falls, some points are misclassified"),
        KeyNumber("still learning", f"{counts['stopped']:,}", "the loss was still falling after the last epoch"),
        KeyNumber("diverged, failed", f"{counts['diverged'] + counts['failed']:,}", "counted as not solved"),
    ]
    return f"<h1>A study of {len(study.conditions):,} conditions</h1><p>{escape(varied)}</p>{cards(numbers)}"


def _sentences(results: Results) -> str:
    """The summary, one paragraph per line."""
    paragraphs = "".join(
        f"<p>{escape(line)}</p>" if line else "<p>&nbsp;</p>" for line in results.summary().split("\n")
    )
    return f"<h2 id='words'>Summary</h2>{paragraphs}"


def _pictures(results: Results, look: dict[str, Any]) -> Iterator[Illustration]:
    # The limits below keep pictures readable: with more values, lines overlap and labels become illegible.
    names, last = results.varying, results.study.checkpoints[-1]
    numbers = [name for name in names if results.conditions[name].dtype.is_numeric() and name != "condition"]
    for name in names[:3]:
        if results.conditions[name].n_unique() <= 40 and len(results.study.checkpoints) <= 8:
            drawn = pictures.shares(results.shares([name]), name, **look)
            yield _illustration(
                drawn,
                f"Share solved by {NAMES.get(name, name)}",
                "The band is the 95% interval of each share (Wilson).",
            )
    if len(names) >= 2:
        # Two numeric columns first: a heat map over words has no order.
        x, y = (numbers + [name for name in names if name not in numbers])[:2]
        if max(results.conditions[name].n_unique() for name in (x, y)) <= 30:
            drawn = pictures.share_map(results.shares([x, y], epoch=last), x, y, **look)
            yield _illustration(
                drawn,
                f"Share solved by {NAMES.get(x, x)} and {NAMES.get(y, y)}",
                f"After {last:,} epochs, with 95% intervals below.",
            )
    yield from _test_accuracies(results, numbers, look)
    yield _solved_by(results, look)
    yield from _trained_again(results, look)


def _test_accuracies(results: Results, numbers: list[str], look: dict[str, Any]) -> Iterator[Illustration]:
    """The mean accuracy on test points against the first numeric column, one line per checkpoint."""
    lines, epochs = [], results.study.checkpoints
    # Studies without test points have no test accuracy, and then there is no picture.
    for epoch in epochs if numbers and len(epochs) <= 8 else ():
        table = results.means(numbers[0], epoch=epoch).drop_nulls()
        if not table.is_empty():
            columns = (table[name].cast(float).to_numpy() for name in (numbers[0], "mean", "low", "high"))
            lines.append(ShareLine(f"{epoch:,} epochs", *columns))
    if lines:
        title = f"Accuracy on test points by {NAMES.get(numbers[0], numbers[0])}"
        drawn = pictures.measures(lines, title, numbers[0], "mean accuracy", **look)
        yield _illustration(drawn, title, "The mean of the seeds; the band is its 95% interval (bootstrap).")


def _in_words(*names: str) -> list[str]:
    """The names of columns in words."""
    return [NAMES.get(name, name) for name in names]


def _solved_by(results: Results, look: dict[str, Any]) -> Illustration:
    names = results.varying
    values = results.conditions[names[0]].unique(maintain_order=True).to_list()[:MAX_CURVES] if names else []
    curves = {in_words({names[0]: value}): results.survival(**{names[0]: value}) for value in values}
    drawn = pictures.solved_by(curves or {"all runs": results.survival()}, **look)
    return _illustration(
        drawn,
        "Epochs until solved",
        "Runs that are never solved count as unsolved at every epoch; bands are 95% intervals.",
    )


def _trained_again(results: Results, look: dict[str, Any]) -> Iterator[Illustration]:
    """Pictures that need whole trainings: boundaries and losses of the first and the last condition, loss surfaces."""
    # The table of a study holds numbers only. Equal seeds give equal runs, so training some again shows the same runs.
    from separatrix.studies.walls import borders_of, retrained

    study = results.study
    runs = {index: retrained(study, index, WALL) for index in _outer_conditions(results) if _is_quick(results, index)}
    for index, runs_of_condition in runs.items():
        condition = study.conditions[index]
        if condition.point.n_inputs == 2:
            drawn = pictures.wall(borders_of(study, index, runs_of_condition), condition.text, **look)
            yield _illustration(
                drawn,
                f"Borders of {len(runs_of_condition)} seeds: {condition.text}",
                "Trained again from the table's own seeds.",
            )
    if runs:
        yield from _loss_of(results, runs, look)
        yield from _surface(results, *list(runs.items())[-1], look)


def _loss_of(results: Results, runs: dict[int, tuple[Run, ...]], look: dict[str, Any]) -> Iterator[Illustration]:
    """The losses by epoch, or the accuracies where the two conditions minimise different losses."""
    conditions = results.study.conditions
    # Different losses have different scales, accuracies don't.
    column = "loss" if len({conditions[index].recipe.loss for index in runs}) == 1 else "accuracy"
    groups = {
        conditions[index].text: [run for run in runs_of_condition if np.isfinite(getattr(run.log, column)).any()]
        for index, runs_of_condition in runs.items()
    }
    groups = {text: runs_of_condition for text, runs_of_condition in groups.items() if runs_of_condition}
    if groups:
        count = max(len(runs_of_condition) for runs_of_condition in groups.values())
        caption = "Trained again from the table's own seeds; the first and the last condition."
        yield _illustration(pictures.fans(groups, column, **look), f"The {column} of {count} seeds by epoch", caption)


def _surface(results: Results, index: int, runs: tuple[Run, ...], look: dict[str, Any]) -> Iterator[Illustration]:
    """The loss around a solved and around an unsolved seed, if there are such."""
    study = results.study
    for solved, text in ((True, "a solved seed"), (False, "an unsolved seed")):
        place = next((k for k, run in enumerate(runs) if (run.accuracy == 1) == solved), None)
        if place is None or runs[place].status is Status.DIVERGED:
            continue
        # The points of a run are drawn again from its number, as for the training.
        points, _ = study.points_of(place * len(study.conditions) + index)
        if len(points) * len(runs[place].parameters) <= SURFACE:
            caption = "On a plane through its parameters in two random directions, scaled to the size of each unit."
            yield _illustration(pictures.loss_surface(runs[place], points, **look), f"The loss around {text}", caption)


def _outer_conditions(results: Results) -> list[int]:
    """The indices of the first and the last condition."""
    return sorted({0, len(results.study.conditions) - 1})


def _is_quick(results: Results, index: int) -> bool:
    """Whether training a condition's seeds again takes at most `WALL_SECONDS`, judged by the time they took before."""
    import polars

    # Runs are numbered condition by condition within each seed, so the remainder is the condition.
    cells = len(results.study.conditions)
    taken = results.seconds().filter(polars.col("run") % cells == index).select(polars.col("seconds").mean()).collect()
    seconds = taken.item()  # None if no run of this condition has finished
    return seconds is not None and seconds * min(WALL, results.study.n_replicates) <= WALL_SECONDS


def _left_out(results: Results) -> str:
    """A sentence about the pictures that are left out because they would take too long."""
    long = [
        results.study.conditions[index].text for index in _outer_conditions(results) if not _is_quick(results, index)
    ]
    if not long or not results.n_runs:
        return ""
    text = f"Boundaries and losses of {' and of '.join(long)} are left out, because training {WALL} seeds again takes long."
    return f"<p class='soft'>{escape(text)} In Python, results.borders() and results.retrained() compute them.</p>"


def _illustration(drawn: Figure, title: str, caption: str) -> Illustration:
    # Pixels and not SVG: a wall of boundaries as vectors would have megabytes.
    with BytesIO() as file:
        drawn.savefig(file, format="png")
        return Illustration(title, caption, "png", file.getvalue())


def _table(results: Results) -> str:
    """All shares, folded away."""
    # One row per condition and checkpoint; a page of more rows than MAX_ROWS would be slow to open.
    shares = results.shares()
    names = results.varying
    heads = [
        *names,
        "epochs",
        "runs",
        "solved",
        "95% interval",
        "stuck",
        "diverged",
        "failed",
        "test accuracy",
        "dead units",
    ]
    rows = []
    for row in shares.head(MAX_ROWS).iter_rows(named=True):
        test = "" if row["test_accuracy"] is None else percent(row["test_accuracy"])
        rows.append(
            [
                *(row[name] for name in names),
                f"{row['epoch']:,}",
                f"{row['runs']:,}",
                percent(row["share"]),
                span(row["low"], row["high"]),
                row["stuck"],
                row["diverged"],
                row["failed"],
                test,
                "" if row["dead_units"] is None else f"{row['dead_units']:g}",
            ]
        )
    cut = "" if len(shares) <= MAX_ROWS else f"<p class='soft'>The first {MAX_ROWS} of {len(shares):,} rows.</p>"
    return collapsed("All shares (test accuracy and dead units are medians)", grid(heads, rows) + cut)


def _settings(results: Results) -> str:
    text = json.loads((results.folder / "study.json").read_text(encoding="utf-8"))
    rows = [(name, json.dumps(value)) for name, value in text["study"].items()]
    rows += [(f"version of {name}", value) for item in text["versions"] for name, value in item.items()]
    read = "polars.scan_parquet('table/*.parquet')"
    return collapsed(
        "All settings", pairs([*rows, ("how to read the table", f"in {results.folder}: {read}")]), of_words=True
    )
