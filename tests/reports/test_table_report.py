"""The report on a table: one page that asks nothing of any network, shows every record, and trusts no name."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import polars
import pytest
from playwright.sync_api import Browser

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.evaluation.scores import scored
from separatrix.reports.table_report import TableReport, _caption, table_page
from tests.html_page import Page
from tests.reports.conftest import EVIL


@pytest.fixture(scope="module")
def html(full: TableReport) -> str:
    return table_page(full)


def test_fault_39_it_loads_nothing_from_elsewhere(html: str) -> None:
    found = Page(html)
    assert all(each.startswith(("data:image/", "#")) for each in found.loads)
    assert not {"script", "link", "iframe", "object", "form"} & set(found.tags)
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert "http://" not in re.sub(r"base64,[\w+/=]+", "", html)


def test_fault_38_names_labels_and_values_that_hold_html_are_inert(html: str) -> None:
    found = Page(html)
    assert found.handlers == []
    assert "<img src=x" not in html
    assert found.tags.count("img") == 11  # pictures, none of them of a name
    assert found.text.count(EVIL) > 12
    for picture in re.findall(r"svg\+xml;base64,([\w+/=]+)", html):
        assert b"<img" not in base64.b64decode(picture)


def test_every_link_leads_somewhere(html: str) -> None:
    found = Page(html)
    targets = [each[1:] for each in found.loads if each.startswith("#")]
    assert len(targets) == 9
    assert set(targets) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_it_shows_every_column_and_every_concern(html: str, full: TableReport) -> None:
    text = Page(html).text
    for column in full.overview.columns:
        assert column.name in text
    for concern in full.overview.concerns:
        assert concern.sentence in text
    assert {each.kind for each in full.overview.concerns} >= {"leak", "constant"}


def test_it_is_made_for_light_and_dark(html: str) -> None:
    assert html.count("prefers-color-scheme: dark") >= 2
    for picture in re.findall(r"svg\+xml;base64,([\w+/=]+)", html):
        assert b"prefers-color-scheme: dark" in base64.b64decode(picture)


def test_what_is_not_given_is_left_out() -> None:
    found = Page(table_page(TableReport("t", "a", scored([0, 1], [0.2, 0.7]))))
    assert found.tags.count("img") == 6
    assert not {"columns", "warnings", "importance", "training"} & set(found.ids)


def test_an_unknown_palette_is_named() -> None:
    with pytest.raises(InvalidParameter, match="palette 'coolwram'"):
        table_page(TableReport("t", "a", scored([0, 1], [0.2, 0.7])), palette="coolwram")


def test_the_same_report_gives_the_same_bytes() -> None:
    first, second = (table_page(TableReport("t", "a", scored([0, 1], [0.2, 0.7]))) for _ in range(2))
    assert first == second


ALL_SHOWN = "[...document.images].filter(image => image.complete && image.naturalWidth > 0).length"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NARROWEST = "Math.min(...[...document.querySelectorAll('.columns td:first-child')].map(cell => cell.clientWidth))"


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme"), [(1366, "light"), (390, "dark")])
def test_a_browser_shows_it_on_screens_of_any_width_and_runs_nothing(
    browser: Browser, width: int, theme: str, html: str, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(html)
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    said: list[str] = []
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.on("request", lambda request: said.append(request.url))
    tab.goto(f"file://{tmp_path / 'report.html'}")
    for each in tab.query_selector_all("summary"):
        each.click()
    assert tab.evaluate(ALL_SHOWN) == 11
    assert tab.evaluate(SIDEWAYS) == 0
    assert tab.evaluate(NARROWEST) > 120  # names aren't broken after a few letters
    assert [each for each in said if not each.startswith(("data:", f"file://{tmp_path}"))] == []
    tab.close()


class Slope:
    """Class 1 where a is above a place; with another place, another model."""

    def __init__(self, place: float, steepness: float = 9.0) -> None:
        self.place, self.steepness = place, steepness

    def predict_proba(self, x: polars.DataFrame) -> np.ndarray:
        p = 1 / (1 + np.exp(-self.steepness * (x["a"].to_numpy() - self.place)))
        return np.column_stack([1 - p, p])


def test_a_caption_says_only_what_the_picture_of_a_border_shows() -> None:
    stream = np.random.default_rng(0)
    everywhere = polars.DataFrame(stream.uniform(size=(2000, 2)), ["a", "b"])
    corner = everywhere.filter((polars.col("a") < 0.3) | (polars.col("b") < 0.3))
    line, hatch = "On the line both classes are equally probable.", "In the hatched area there are no rows nearby."
    kinds = {"a": "number", "b": "number"}

    def caption(place: float, frame: polars.DataFrame, members: tuple[Slope, ...] = ()) -> list[str]:
        return _caption(sx.section_of(Slope(place), frame, kinds, ("a", "b"), members=members), ("no", "yes"))

    assert caption(0.5, everywhere) == [line]
    assert caption(0.5, corner) == [line, hatch]
    assert caption(0.5, everywhere, (Slope(0.3), Slope(0.7))) == [line, "In the shaded band 3 models disagree."]
    assert caption(0.5, everywhere, (Slope(0.5, 8.0), Slope(0.5, 10.0))) == [line]  # they agree on the class
    assert caption(5.0, everywhere) == ["Everywhere no is more probable."]
    assert caption(-5.0, everywhere) == ["Everywhere yes is more probable."]
