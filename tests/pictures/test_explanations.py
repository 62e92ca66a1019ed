"""Importance, dependence and sections as pictures: names are only names, and every kind of axis can be drawn."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

import separatrix as sx
from separatrix.pictures._section import _stretches
from separatrix.pictures.style import lettering
from tests.evaluation.inspection.conftest import KINDS, Known, table
from tests.pictures.conftest import Records

STRANGE = ["a$b$c", "$\\frac{", "x" * 300, "<img src=x onerror=alert(1)>", "two\nlines", "_", "", "%d {0}"]


def test_importance_shows_the_foremost_columns_with_their_intervals(records: Records) -> None:
    found = records.importance
    (ax,) = sx.pictures.importance(found, max_columns=2).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == [found.names[k] for k in found.order()[:2]]
    assert "3 more columns" in ax.get_title()
    low, high = ax.get_xlim()
    assert low < 0
    assert high > found.high.max()


def test_dependence_has_a_panel_for_each_column(records: Records) -> None:
    figure = sx.pictures.dependence(records.dependences)
    assert [ax.get_title() for ax in figure.axes] == list(KINDS)
    curve = next(line for line in figure.axes[0].lines if line.get_linewidth() == 2)
    np.testing.assert_array_equal(curve.get_ydata(), records.dependences[0].mean)
    assert "no value" in [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_the_bars_of_a_categorys_rows_lie_below_every_probability(records: Records) -> None:
    panel = sx.pictures.dependence(records.dependences[list(KINDS).index("job")]).axes[0]
    assert panel.patches
    assert all(bar.get_y() + bar.get_height() <= 0 for bar in panel.patches)


@pytest.mark.parametrize("span", ["65h", "2d", "33mo", "2y", "70y"])
def test_dates_over_any_span_have_a_few_ticks(span: str) -> None:
    days = pl.Series(["2020-03-01"]).str.to_datetime(time_unit="us")
    end = days.dt.offset_by(span).item()
    frame = pl.DataFrame({"since": pl.datetime_range(days.item(), end, (end - days.item()) / 50, eager=True)})
    panel = sx.pictures.dependence(
        sx.dependence_of(Known(), table(51)[0].with_columns(frame["since"]), "since", "date")
    ).axes[0]
    assert 2 <= len(panel.get_xticks()) <= 7  # and no warning, which would be an error


def test_dependence_of_nothing_is_an_error() -> None:
    with pytest.raises(sx.InvalidParameter, match="at least one"):
        sx.pictures.dependence([])


@pytest.mark.parametrize("pair", list(combinations(KINDS, 2)), ids=" × ".join)
def test_a_section_over_every_pair_of_kinds_is_drawn(records: Records, pair: tuple[str, str]) -> None:
    figure = sx.pictures.section(records.sections[pair], classes=("no", "yes"))
    figure.canvas.draw()
    ax, bar = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == pair
    assert bar.get_ylabel() == "probability of yes"
    assert len(ax.images) == 1


def test_the_border_of_a_category_stands_where_its_probability_is_one_half(records: Records) -> None:
    record = records.sections["age", "job"]
    ax = sx.pictures.section(record).axes[0]
    strokes = {
        round(np.mean(line.get_ydata())): line.get_xdata()[0] for line in ax.lines if line.get_linewidth() == 1.4
    }
    for k, job in enumerate(record.second.labels):
        expected = 40 - 10 * {"nurse": 1.0, "miner": -1.0}.get(job, 0.0)
        assert strokes[k] == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("name", STRANGE)
def test_fault_38_strange_names_are_drawn_as_they_are(name: str) -> None:
    frame, y = table(60)
    jobs = pl.Series(["job " + name if job == "nurse" else job for job in frame["job"]])
    frame = frame.with_columns(jobs.alias("job"))
    known = Known()
    found = replace(sx.importance_of(known, frame, y, repeats=2), names=(name, *KINDS)[: len(KINDS)])
    dependence = sx.dependence_of(known, frame, "job", "category")
    section = sx.section_of(known, frame, KINDS, ("age", "job"), y)
    renamed = replace(section, first=replace(section.first, name=name))
    figures: list[Figure] = [
        sx.pictures.importance(found),
        sx.pictures.dependence(dependence),
        sx.pictures.section(renamed, classes=(name, name)),
        sx.pictures.roc([0, 1], [0.1, 0.9], name=name, comparisons={name: [0.2, 0.3]}),
        sx.pictures.confusion([0, 1], [0.1, 0.9], classes=(name, name)),
        sx.pictures.calibration([0, 1], [0.1, 0.9], classes=(name, name)),
    ]
    for figure in figures:
        figure.canvas.draw()
        width, height = figure.get_size_inches() * figure.dpi
        for ax in figure.axes:
            box = ax.get_tightbbox()
            assert -2 <= box.x0 < box.x1 <= width + 2  # nothing is cut off
            assert -2 <= box.y0 < box.y1 <= height + 2


def test_a_long_name_loses_its_middle_and_a_short_one_nothing() -> None:
    assert lettering("income") == "income"
    cut = lettering("a" * 50 + "b" * 50, 21)
    assert (len(cut), cut[:5], cut[-5:]) == (21, "aaaaa", "bbbbb")


def test_more_categories_than_places_are_told(records: Records) -> None:
    frame, y = table(300)
    frame = frame.with_columns(pl.Series("job", [f"profession number {k % 50}" for k in range(300)]))
    figure = sx.pictures.section(sx.section_of(Known(), frame, KINDS, ("job", "age"), y))
    assert figure.axes[0].get_xlabel() == "job (the 12 most frequent of 50)"
    panel = sx.pictures.dependence(sx.dependence_of(Known(), frame, "job", "category")).axes[0]
    assert panel.get_xlabel() == "the 12 most frequent of 50"


def test_a_section_without_labels_or_rows_in_sight_is_drawn(records: Records) -> None:
    record = records.sections["age", "noise"]
    for marks in (record.marks, np.full((3, 2), np.nan), np.zeros((0, 2))):
        sx.pictures.section(replace(record, y=None, marks=marks)).canvas.draw()


def test_stretches_are_where_flags_are_on() -> None:
    assert _stretches(np.zeros(3, bool)) == []
    assert _stretches(np.ones(3, bool)) == [(0, 3)]
