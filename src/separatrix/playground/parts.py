"""Small parts that several panels are made of."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from bokeh.models import Button, Div, UIElement

from separatrix.playground.looks import PROSE, SHEET

WIDE = {"sizing_mode": "stretch_width"}
LONGEST = 500  # characters of a message

# Puts `text` into the clipboard and says so on `button`; a browser that has none shows it, to be copied by hand.
COPY = """
    const done = () => { const old = button.label; button.label = "✓"; setTimeout(() => { button.label = old }, 1200) };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => window.prompt("", text));
    else window.prompt("", text);
"""


def button(name: str, act: Callable[[], None] | None = None) -> Button:
    """A button of that name, which is also the name of its word."""
    made = Button(name=name, stylesheets=[SHEET])
    if act is not None:
        made.on_click(act)
    return made


def prose(name: str) -> Div:
    """A place for a sentence."""
    return Div(name=name, stylesheets=[PROSE], **WIDE)


def explain(part: UIElement, *sentences: str) -> None:
    """One sentence about a control, shown when the pointer or the focus comes to it; several for a group, one a button."""
    part.html_attributes = part.html_attributes | {"data-tip": "\n".join(sentences)}


def complaint(message: str) -> str:
    """A message as HTML that shows whatever is in it and does nothing."""
    return f"<span class='diverged'>{inert(message)}</span>"


def inert(text: str) -> str:
    """Text as HTML, cut to a length that a page can bear."""
    return escape(text[:LONGEST])
