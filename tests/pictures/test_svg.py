"""SVG for both themes: a sound file, without a ground, whose colours all follow the reader's screen."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import separatrix as sx
from separatrix.pictures.style import PALETTES, style_of
from separatrix.pictures.svg import for_both_themes
from tests.pictures.conftest import Records


@pytest.mark.parametrize("palette", PALETTES)
def test_no_colour_of_the_light_theme_stands_outside_the_style_sheet(records: Records, palette: str) -> None:
    figures = [
        sx.pictures.section(records.sections["age", "job"], palette=palette),
        sx.pictures.section(records.sections["age", "noise"], palette=palette),
        sx.pictures.dependence(records.dependences, palette=palette),
        sx.pictures.calibration(records.scored.y, records.scored.probability, palette=palette),
    ]
    theme = style_of(palette, "light").theme
    for figure in figures:
        svg = for_both_themes(figure, palette).decode()
        ElementTree.fromstring(svg.split("?>", 1)[1])
        body = re.sub(r"<style>.*?</style>", "", svg, count=1)
        for colour in (theme.paper, theme.ink, theme.faint, theme.grid):
            assert colour not in body
        assert f"{style_of(palette, 'dark').theme.ink}" in svg


def test_lettering_is_text_and_html_in_it_is_inert() -> None:
    name = "<script>alert(1)</script>"
    svg = for_both_themes(sx.pictures.roc([0, 1], [0.1, 0.9], name=name)).decode()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_names_in_any_script_are_kept_without_a_warning() -> None:
    figure = sx.pictures.roc([0, 1], [0.1, 0.9], name="客户 клиент 🙂")
    assert "客户 клиент 🙂" in for_both_themes(figure).decode()


def test_the_same_figure_gives_the_same_bytes() -> None:
    first, second = (for_both_themes(sx.pictures.roc([0, 1], [0.1, 0.9])) for _ in range(2))
    assert first == second
