"""What a column of texts is taken for, and what is said where that may not be what was meant."""

import datetime

import numpy as np
import polars
import pytest

from separatrix.data._delimited import recognised
from separatrix.data.kinds import KINDS, Cells, SourceLines
from separatrix.data.kinds.date import DATE_FORMATS, as_dates, dates_of_form


def read(*cells, comma=False):
    column = polars.Series("a", cells, polars.String)
    return recognised(Cells(column, SourceLines("t.csv", np.arange(2, 2 + len(cells))), comma))


def test_fault_06_a_column_of_more_numbers_than_text_is_text_and_that_is_said():
    found, said = read("1", "2", "NA", "many", "5", "few")
    assert found.dtype == polars.String
    assert said == [
        "column 'a' holds text; 'NA' in it counts as missing.",
        "column 'a' is read as text, for 2 of its 5 cells are no numbers; the first is 'many' in line 5.",
    ]


@pytest.mark.parametrize("cells", [("red", "1", "blue"), ("red", None, "blue"), ("v1.2", "v1.3"), ("yes", "no", None)])
def test_of_words_nothing_is_said(cells):
    found, said = read(*cells)
    assert found.to_list() == list(cells)
    assert said == []


@pytest.mark.parametrize(
    "cell", ["1,234.5", "1.234.567", "1'234", "12 345", "$3.20", "€ 5", "17 %", "17%", "−4", "1,234"]
)
def test_what_looks_like_numbers_but_is_none_is_said(cell):
    found, (said,) = read(cell, None, cell)
    assert found.dtype == polars.String
    assert "looks like numbers" in said
    assert f"{cell!r} in line 2" in said


@pytest.mark.parametrize("cells", [("0x10", "0x1F"), ("0XFF", "-0x1", "many")])
def test_of_hexadecimal_numbers_it_is_said_that_they_are_text(cells):
    found, (said,) = read(*cells)
    assert found.dtype == polars.String
    assert "looks like numbers" in said
    assert "digits 0 to 9" in said


@pytest.mark.parametrize("cells", [("yes", "no", "true", "false"), ("Yes", "yes", "no"), ("y", "n", "no", None)])
def test_of_words_for_true_and_false_in_several_ways_it_is_said_that_they_are_text(cells):
    found, (said,) = read(*cells)
    assert found.dtype == polars.String
    assert "looks like booleans" in said
    assert "such as true and false" in said


def test_a_message_shows_a_no_break_space_and_not_its_escape():
    _, (said,) = read("1\xa0234", "2\xa0345")
    assert "'1\xa0234' in line 2" in said
    assert "xa0" not in said.replace("\xa0", "")


@pytest.mark.parametrize("cell", ["12/31/2025", "31-12-2025", "1.2.25", "25-12-31", "2025/12/31 10:30", "2025.12.31"])
def test_what_looks_like_dates_but_is_none_is_said(cell):
    found, (said,) = read(cell, cell)
    assert found.dtype == polars.String
    assert "looks like dates" in said


EVENING = datetime.datetime(2026, 11, 23, 20, 15)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-23T20:15:00", "2026-11-23 20:15:00.000", "2026-11-23 20:15", "2026-11-23T20:15", "23.11.2026 20:15",
        "23.11.2026 20:15:00", "2026-11-23T20:15:00Z", "2026-11-23 21:15:00+01:00", "2026-11-23T10:15:00-1000",
    ],
)  # fmt: skip  # a list
def test_dates_of_every_known_form_are_read_and_zones_become_utc(cell):
    found, said = read(cell, None)
    assert found.dt.replace_time_zone(None).to_list() == [EVENING, None]
    assert (found.dtype.time_zone == "UTC") == (cell[19:20] not in ("", "."))
    assert said == []
    later = KINDS["date"].parsed(Cells(polars.Series("a", [cell]), SourceLines("t.csv", np.array([2]))))
    assert later.dt.replace_time_zone(None).to_list() == [EVENING]


def test_no_text_is_a_date_in_two_forms():
    texts = [EVENING.strftime(form.replace("%.f", ".%f")) for form in DATE_FORMATS if form != "%+"]
    texts += ["2026-11-23T20:15:00Z", "2026-11-23 20:15:00+00:00", "20.11.2023", "2023-11-20"]
    for text in texts:
        cell = polars.Series([text])
        assert sum(not dates_of_form(cell, form).null_count() for form in DATE_FORMATS) == 1, text
        assert sum(dates.null_count() for dates in as_dates(cell)) == 1


def test_forms_are_not_mixed_within_a_column():
    found, _ = read("2026-11-23", "23.11.2026")
    assert found.dtype == polars.String
