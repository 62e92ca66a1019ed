"""A figure as SVG that follows the reader's light or dark screen.

It is drawn once in the light theme; a style sheet in the file replaces its colours on a dark screen. Text stays text, in
the reader's fonts: names in any script are readable, and the file is small.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.colors import to_hex

from separatrix.pictures.style import Style, style_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOUR = re.compile(rb"(fill|stroke): ?(#[0-9a-f]{6})\b")
_GROUND = re.compile(rb'fill="(#[0-9a-f]{6})"')  # only of hatched areas; an attribute can't hold a CSS variable


def for_both_themes(figure: Figure, palette: str = "coolwarm") -> bytes:
    """The bytes of an SVG file with a transparent background.

    Args:
        figure: drawn with `theme="light"` and this palette.
        palette: "coolwarm" or "safe".

    Raises:
        InvalidParameter: an unknown palette.

    Examples:
        >>> import separatrix as sx
        >>> b"prefers-color-scheme: dark" in for_both_themes(sx.pictures.roc([0, 1], [0.2, 0.7]))
        True
    """
    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "separatrix", "svg.fonttype": "none"}), warnings.catch_warnings():
        # The browser has fonts for letters that Matplotlib's font lacks; only their measured widths are slightly wrong.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        with _laid_out(figure):
            figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    return _switched(out.getvalue(), _dark_of(palette))


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Compute the layout now and fix it meanwhile; `savefig` would draw everything once more to compute it."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)


def _dark_of(palette: str) -> dict[bytes, bytes]:
    """The dark theme's colour for each of the light theme's."""
    light, dark = (_colours(style_of(palette, theme)) for theme in ("light", "dark"))
    return {day: night for day, night in zip(light, dark, strict=True) if day != night}


def _colours(style: Style) -> list[bytes]:
    theme, colours = style.theme, style.palette
    grounds = (theme.edge, theme.paper, theme.ink, theme.faint, theme.grid)
    curves = (colours.loss, colours.accuracy, colours.validation, colours.event, *colours.layers)
    classes = (colours.of_class(0), colours.of_class(1))
    return [to_hex(colour).encode() for colour in (*grounds, *curves, *classes)]


# Two kinds of text hold colours: `style` attributes, which can use CSS variables, and presentation attributes such as
# `fill` of hatchings, which can't and become styles first. Palettes have few colours, so the style sheet is short; those
# of images and colormaps stay as they are.
def _switched(svg: bytes, dark_of: dict[bytes, bytes]) -> bytes:
    """The SVG with each colour that differs between the themes as a variable of a style sheet in the file."""
    names = {day: b"--c%d" % k for k, day in enumerate(dark_of)}
    day = b";".join(name + b":" + colour for colour, name in names.items())
    night = b";".join(name + b":" + dark_of[colour] for colour, name in names.items())
    sheet = b"<style>:root{%s}@media(prefers-color-scheme: dark){:root{%s}}</style>" % (day, night)
    svg = _GROUND.sub(rb'style="fill: \1"', svg)
    body = _COLOUR.sub(
        lambda match: b"%s:var(%s)" % (match[1], names[match[2]]) if match[2] in names else match[0], svg
    )
    start = body.index(b">", body.index(b"<svg")) + 1
    return body[:start] + sheet + body[start:]
