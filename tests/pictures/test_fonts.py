"""Letters that Matplotlib's own font lacks: another font where one is installed, else the name of the one to install."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry

import separatrix as sx
from separatrix.pictures import _fonts
from separatrix.pictures.svg import for_both_themes

# STIX, which comes with Matplotlib, has this letter, and Matplotlib's default font doesn't.
LETTER = "の"
_ENTRIES = _fonts._entries  # as it is, before a test replaces it
Y, P = np.arange(40) % 2, np.linspace(0.01, 0.99, 40)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FontEntry]]:
    """Which fonts are installed; none at first."""
    entries: list[FontEntry] = []
    monkeypatch.setattr(_fonts, "_entries", lambda: tuple(entries))
    _fonts._families.cache_clear()
    yield entries
    _fonts._families.cache_clear()


def stix() -> FontEntry:
    return next(entry for entry in _ENTRIES() if entry.name == "STIXGeneral")


def roc(name: str = LETTER, **settings: object) -> Figure:
    figure: Figure = sx.pictures.roc(Y, P, comparisons={name: P**2}, **settings)
    return figure


def test_a_letter_is_drawn_by_a_font_that_has_it(installed: list[FontEntry]) -> None:
    installed.append(stix())
    figure = roc()
    (text,) = [part for part in figure.axes[0].get_legend().get_texts() if LETTER in part.get_text()]  # type: ignore[union-attr]
    assert text.get_fontfamily()[-1] == "STIXGeneral"
    assert not figure.missing_letters  # type: ignore[attr-defined]
    figure.canvas.draw()  # a warning would be an error here


def test_plain_letters_keep_their_font(installed: list[FontEntry]) -> None:
    installed.append(stix())
    families = {tuple(text.get_fontfamily()) for text in _fonts._texts(roc("é, ß, −"))}
    assert len(families) == 1


def test_labels_of_ticks_get_a_font_too(installed: list[FontEntry]) -> None:
    installed.append(stix())
    figure = sx.pictures.confusion(Y, P, classes=(LETTER, "b"))
    figure.canvas.draw()


def test_without_a_font_the_one_to_install_is_named_once(installed: list[FontEntry]) -> None:
    figure = roc("好客户")
    with pytest.warns(UserWarning, match="letters 好客户, .* Install Noto Sans CJK .*fonts-noto-cjk"):
        figure.savefig(io.BytesIO(), format="png")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure.canvas.draw()
    assert not [warning for warning in caught if "no installed font" in str(warning.message)]


def test_a_browsers_fonts_are_the_readers(installed: list[FontEntry]) -> None:
    assert "好客户" in for_both_themes(roc("好客户")).decode()  # and no warning


def test_every_script_has_its_advice() -> None:
    assert "Noto Sans Arabic" in _fonts.advice("م")
    assert "fonts-noto-cjk" in _fonts.advice("한")
    assert "Noto fonts" in _fonts.advice("ᚠ")


def test_fonts_that_are_not_fonts_are_skipped(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("fonts") / "broken.ttf"
    path.write_bytes(b"no font")
    assert _fonts._letters(str(path), 0) == frozenset()
    assert _fonts._letters(str(path.with_name("none.ttf")), 0) == frozenset()


def test_the_list_of_fonts_has_none_whose_letters_are_boxes() -> None:
    names = [entry.name for entry in _fonts._entries()]
    assert "STIXGeneral" in names
    assert not [name for name in names if name.startswith("Last Resort")]
