"""The part with the table: what many columns share is said once, and a histogram has the bars that were counted."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from separatrix.evaluation.overview import Overview, overview_of
from separatrix.evaluation.overview._records import Spread
from separatrix.reports._overview_html import columns_html, histogram_svg, warnings_html
from tests.evaluation.overview.conftest import Made
from tests.html_page import Page


@pytest.fixture(scope="module")
def many() -> Overview:
    """Twelve columns that say nothing, and one that does."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    columns = {f"empty {k}": np.zeros(200) for k in range(12)} | {"x": rng.normal(size=200) + y}
    return overview_of(Made(pl.DataFrame(columns), pl.Series(y)))


def test_columns_with_the_same_fault_share_a_warning(many: Overview) -> None:
    found = Page(warnings_html(many))
    assert found.tags.count("li") == 1
    assert "empty 7 and 4 more:" in found.text


def test_a_healthy_table_is_told_so(many: Overview) -> None:
    assert "No warnings" in warnings_html(replace(many, concerns=()))


def test_every_column_has_a_line_and_very_many_are_cut(many: Overview) -> None:
    assert Page(columns_html(many)).tags.count("tr") == 14
    wide = replace(many, columns=many.columns * 30)
    found = Page(columns_html(wide))
    assert found.tags.count("tr") == 301
    assert "90 more columns are not listed" in found.text


def test_bars_are_as_tall_as_their_counts() -> None:
    svg = histogram_svg(Spread(("a", "b", "c"), np.array([[10, 0], [5, 5], [0, 0]])), width=60, height=41)
    heights = {
        which: re.findall(r"v([\d.]+)h", path) for which, path in re.findall(r'class="(zero|one)" d="(.*?)"', svg)
    }
    assert heights == {"zero": ["40.0", "20.0"], "one": ["20.0"]}
    Page(svg)


def test_a_column_without_values_has_no_picture() -> None:
    assert histogram_svg(Spread((), np.zeros((0, 2), int))) == ""
