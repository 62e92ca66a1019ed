"""Figures in a notebook: shown once on one's own axes, shown by `show()`, and films that play."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

import separatrix as sx


@pytest.fixture(scope="module")
def run() -> sx.Run:
    return sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=20, snapshots=(0, 20)), sx.circle(seed=0))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A kernel that notes what is displayed."""
    displayed: list[object] = []
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell, version_info=(9, 0)))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=displayed.append))
    return displayed


def test_a_picture_on_ones_own_axes_is_not_displayed_a_second_time(run: sx.Run, shown: list[object]) -> None:
    figure = Figure()
    drawn = sx.pictures.boundary(run, sx.circle(seed=0), ax=figure.add_subplot())
    assert not hasattr(drawn, "_repr_png_")
    assert drawn.axes == figure.axes
    assert hasattr(sx.pictures.boundary(run, sx.circle(seed=0)), "_repr_png_")


def test_outside_a_notebook_the_figure_itself_is_returned(run: sx.Run) -> None:
    figure = Figure()
    assert sx.pictures.boundary(run, sx.circle(seed=0), ax=figure.add_subplot()) is figure


def test_show_displays_the_figure_below_the_cell(run: sx.Run, shown: list[object]) -> None:
    picture = sx.pictures.boundary(run, sx.circle(seed=0))
    picture.show()
    assert shown == [picture]


def test_a_film_plays_by_itself(run: sx.Run) -> None:
    assert "<script" in sx.pictures.animation(run, sx.circle(seed=0))._repr_html_()
