"""Fonts for letters that Matplotlib's own lacks: names of columns and classes are in any script.

Matplotlib draws a box for a letter that its font lacks, but takes a list of fonts and looks into the next one. So each text
with such letters gets a list that ends in installed fonts that have them.
"""

from __future__ import annotations

from functools import cache

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

# Common fonts with many letters come first: of hundreds that are installed, few have to be opened.
_WIDESPREAD = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "Microsoft YaHei", "SimHei",
    "Droid Sans Fallback", "Arial Unicode MS", "Noto Sans",
)  # fmt: skip  # names of fonts
# First and last letters of scripts, and the font to install for them.
_CJK = "Noto Sans CJK (Debian and Ubuntu: fonts-noto-cjk; Fedora: google-noto-sans-cjk-fonts)"
_ADVICE = (
    ("\u0590", "\u05ff", "Noto Sans Hebrew"),
    ("\u0600", "\u06ff", "Noto Sans Arabic"),
    ("\u0900", "\u097f", "Noto Sans Devanagari"),
    ("\u0e00", "\u0e7f", "Noto Sans Thai"),
    ("\u1100", "\u11ff", _CJK),
    ("\u2e80", "\u9fff", _CJK),
    ("\uac00", "\ud7af", _CJK),
    ("\uf900", "\ufaff", _CJK),
    ("\uff00", "\uffef", _CJK),
    ("\U00020000", "\U0003ffff", _CJK),
)


def complete_fonts(figure: Figure) -> str:
    """Give every text of a figure fonts for all of its letters.

    Args:
        figure: as it was drawn; its texts are changed.

    Returns:
        The letters that no installed font has, in their order.
    """
    missing: dict[str, None] = {}
    for text in _texts(figure):
        letters = text.get_text()
        if letters.isascii():
            continue
        lacking = [letter for letter in dict.fromkeys(letters) if not _has(text.get_fontproperties(), letter)]
        families = _families(tuple(lacking))
        if families:
            text.set_fontfamily([*text.get_fontfamily(), *families])
        missing |= dict.fromkeys(letter for letter in lacking if not any(_covers(name, letter) for name in families))
    return "".join(missing)


def advice(missing: str) -> str:
    """What to do about letters that no installed font has, in whole sentences."""
    fonts = {font: None for first, last, font in _ADVICE if any(first <= letter <= last for letter in missing)}
    wanted = " and ".join(fonts) or "a font that has them, such as one of the Noto fonts"
    letters = missing if len(missing) <= 8 else f"{missing[:8]}…"
    return f"no installed font has the letters {letters}, which a picture shows as boxes. Install {wanted}."


def _texts(figure: Figure) -> list[Text]:
    """All texts of a figure; those of the axes' ticks as they will be drawn."""
    for axes in figure.axes:
        for axis in axes.findobj(Axis, include_self=False) if axes.axison else ():
            axis.get_ticklabels()  # ticks get their labels when these are asked for
    return [text for text in figure.findobj(Text) if isinstance(text, Text)]


@cache
def _letters(path: str, index: int) -> frozenset[int]:
    """The codes of the letters that a font has; none of one that can't be read."""
    try:
        return frozenset(FT2Font(path, face_index=index).get_charmap())
    except (OSError, RuntimeError):  # a font that is damaged, or was removed since Matplotlib listed it
        return frozenset()


def _has(font: FontProperties, letter: str) -> bool:
    """Whether one of the fonts in a text's list has a letter; what isn't printed needs none."""
    if not letter.isprintable():
        return True
    return any(ord(letter) in _letters(*_file_of(family)) for family in font.get_family())


@cache
def _file_of(family: str) -> tuple[str, int]:
    """The file of the font that Matplotlib takes for a family, and its number in the file."""
    path = fontManager.findfont(FontProperties(family=[family]))
    return str(path), getattr(path, "face_index", 0)  # older Matplotlibs know only the first one


def _covers(name: str, letter: str) -> bool:
    return any(
        ord(letter) in _letters(entry.fname, getattr(entry, "index", 0))
        for entry in fontManager.ttflist
        if entry.name == name
    )


@cache
def _families(lacking: tuple[str, ...]) -> tuple[str, ...]:
    """Names of installed fonts that together have these letters, as far as there are any."""
    left = {ord(letter) for letter in lacking}
    families: list[str] = []
    for entry in _entries() if left else ():
        letters = _letters(entry.fname, getattr(entry, "index", 0))
        if left & letters:
            families.append(entry.name)
            left -= letters
        if not left:
            break
    return tuple(dict.fromkeys(families))


@cache
def _entries() -> tuple[FontEntry, ...]:
    """All installed fonts of usual weight, widespread ones first."""
    # Matplotlib lists the fonts once and for all; one that was installed since, maybe by our advice, is added here.
    listed = {entry.fname for entry in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - listed):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError):  # not a font that Matplotlib can use, such as one of coloured bitmaps
            continue
    rank = {name: k for k, name in enumerate(_WIDESPREAD)}
    usual = [
        entry
        for entry in fontManager.ttflist
        if entry.style == "normal"
        and str(entry.weight) in ("400", "normal")
        # Matplotlib's own font of last resort has boxes for all letters.
        and not entry.name.startswith("Last Resort")
    ]
    return tuple(sorted(usual, key=lambda entry: (rank.get(entry.name, len(rank)), entry.name, entry.fname)))
