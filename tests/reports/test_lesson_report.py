"""The report: one page that asks nothing of any network, shows every figure, and trusts no name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.reports.html_elements import Illustration
from separatrix.reports.lesson import NETWORK, Lesson, Source, lesson, summary
from separatrix.reports.lesson_folder import lesson_page
from tests.html_page import Page

PICTURES = [
    Illustration("The points", "Colour is the label.", "png", b"\x89PNG"),
    Illustration("Curves", "Loss.", "svg", b"<svg/>"),
]


@pytest.fixture(scope="module")
def short() -> Lesson:
    return lesson(NETWORK, Recipe(epochs=60), engine="torch")


def test_loads_nothing_from_elsewhere(short: Lesson) -> None:
    text = lesson_page(short, PICTURES)
    found = Page(text)
    assert all(each.startswith(("data:image/", "#")) for each in found.loads)
    assert not {"script", "link", "iframe", "object"} & set(found.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_shows_every_figure_and_picture(short: Lesson) -> None:
    found = Page(lesson_page(short, PICTURES))
    for figure in summary(short):
        assert figure.name in found.text
        assert figure.value in found.text
        assert figure.note in found.text
    assert found.tags.count("img") == len(PICTURES)
    assert "The points" in found.text


def test_is_made_for_light_and_dark(short: Lesson) -> None:
    text = lesson_page(short, [])
    assert "prefers-color-scheme: dark" in text
    assert "color-scheme: light dark" in text


def test_holds_one_step_in_numbers(short: Lesson) -> None:
    assert "Backward: fc3" in Page(lesson_page(short, [])).text


def test_says_why_there_is_no_step_of_another_optimiser() -> None:
    found = lesson(Network.parse("2-3-1"), Recipe(optimizer="adam", epochs=3), engine="torch")
    assert "sgd" in Page(lesson_page(found, [])).text


def test_names_that_hold_html_are_inert(tmp_path: Path) -> None:
    file = tmp_path / "<img src=x onerror=alert(1)>.csv"
    file.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    found = lesson(NETWORK, Recipe(epochs=2), Source(file=str(file)), engine="torch")
    text = lesson_page(found, [Illustration("<script>alert(1)</script>", '"><b>', "png", b"")])
    assert "<script" not in text
    assert "<img src=x" not in text
    assert not re.search(r'alt="[^"]*<', text)
    Page(text)
